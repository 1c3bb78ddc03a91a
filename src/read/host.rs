//! From the device back to named host tensors, in one asynchronous read.

use crate::{error::Error, weights::Weights};
use burn::tensor::{Element, Int, Tensor, TensorData, Transaction};

/// Names and shapes what was read: takes as many tensors as it registered.
type Unpack = Box<dyn FnOnce(&mut dyn Iterator<Item = TensorData>, &mut Weights) -> Result<(), Error>>;

/// Tensors that wait to be read together.
#[derive(Default)]
pub struct HostReads {
    unpack: Vec<Unpack>,
    reads: Transaction,
}

impl HostReads {
    /// Add a tensor, and what is to be done with its values.
    pub fn add<const D: usize>(&mut self, tensor: Tensor<D>, unpack: impl FnOnce(Vec<f32>, &mut Weights) + 'static) {
        self.unpack.push(Box::new(|read, weights| {
            unpack(values(read)?, weights);
            Ok(())
        }));
        self.reads = std::mem::take(&mut self.reads).register(tensor);
    }

    /// Add words and floats that belong together.
    pub fn add_packed(
        &mut self,
        words: Tensor<1, Int>,
        rest: Tensor<1>,
        unpack: impl FnOnce(Vec<u32>, Vec<f32>, &mut Weights) + 'static,
    ) {
        self.unpack.push(Box::new(|read, weights| {
            let words: Vec<i32> = values(read)?;
            unpack(words.into_iter().map(|word| word as u32).collect(), values(read)?, weights);
            Ok(())
        }));
        self.reads = std::mem::take(&mut self.reads).register(words).register(rest);
    }

    /// Read them all.
    ///
    /// # Errors
    /// [`Error::Read`] if the device is lost.
    pub async fn read(self) -> Result<Weights, Error> {
        let data = self.reads.execute_async().await.map_err(|error| Error::Read(error.to_string()))?;
        let mut weights = Weights::default();
        let mut data = data.into_iter();
        for unpack in self.unpack {
            unpack(&mut data, &mut weights)?;
        }
        Ok(weights)
    }
}

/// The next tensor's values.
fn values<T: Element>(read: &mut dyn Iterator<Item = TensorData>) -> Result<Vec<T>, Error> {
    let data = read.next().ok_or_else(|| Error::Read("fewer tensors than were asked for".into()))?;
    data.try_into_vec::<T>().map_err(|error| Error::Read(format!("{error:?}")))
}
