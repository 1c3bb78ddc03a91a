//! From the device back to named host tensors, in one asynchronous read.

use super::Weights;
use crate::error::Error;
use burn::tensor::{Tensor, Transaction};

/// Names and shapes what was read.
type Unpack = Box<dyn FnOnce(Vec<f32>, &mut Weights)>;

/// Tensors that wait to be read together.
#[derive(Default)]
pub struct HostReads {
    unpack: Vec<Unpack>,
    reads: Transaction,
}

impl HostReads {
    /// Add a tensor, and what is to be done with its values.
    pub fn add<const D: usize>(&mut self, tensor: Tensor<D>, unpack: impl FnOnce(Vec<f32>, &mut Weights) + 'static) {
        self.unpack.push(Box::new(unpack));
        self.reads = std::mem::take(&mut self.reads).register(tensor);
    }

    /// Read them all.
    ///
    /// # Errors
    /// [`Error::Read`] if the device is lost.
    pub async fn read(self) -> Result<Weights, Error> {
        let data = self.reads.execute_async().await.map_err(|error| Error::Read(error.to_string()))?;
        let mut weights = Weights::default();
        for (unpack, data) in self.unpack.into_iter().zip(data) {
            unpack(data.try_into_vec::<f32>().map_err(|error| Error::Read(format!("{error:?}")))?, &mut weights);
        }
        Ok(weights)
    }
}
