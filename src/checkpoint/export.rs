//! From modules back to named host tensors, in one asynchronous read.

use super::{Weights, weights::transpose};
use crate::error::Error;
use burn::{
    module::{Module, ModuleVisitor, Param},
    tensor::{Tensor, Transaction},
};

/// Tensors that wait to be read together.
#[derive(Default)]
pub struct HostReads {
    names: Vec<(String, Vec<usize>, bool)>,
    reads: Transaction,
}

impl HostReads {
    /// Add a tensor; `transposed` for a linear weight, which goes back to `[out, in]`.
    pub fn add<const D: usize>(&mut self, name: String, tensor: Tensor<D>, transposed: bool) {
        self.names.push((name, tensor.dims().to_vec(), transposed));
        self.reads = std::mem::take(&mut self.reads).register(tensor);
    }

    /// Read them all.
    ///
    /// # Errors
    /// [`Error::Read`] if the device is lost.
    pub async fn read(self) -> Result<Weights, Error> {
        let data = self.reads.execute_async().await.map_err(|error| Error::Read(error.to_string()))?;
        let mut weights = Weights::default();
        for ((name, mut shape, transposed), data) in self.names.into_iter().zip(data) {
            let mut values = data.try_into_vec::<f32>().map_err(|error| Error::Read(format!("{error:?}")))?;
            if transposed {
                values = transpose(&values, shape[0], shape[1]);
                shape.reverse();
            }
            weights.insert(name, shape, values);
        }
        Ok(weights)
    }
}

/// Add every parameter of `module` to `reads`, named as published, below `prefix`.
///
/// The patch projection keeps its flattened shape `[D, 3 * tubelet * patch * patch]` here; see [`super::Snapshot`].
pub fn collect(module: &impl Module, prefix: &str, reads: &mut HostReads) {
    let mut visitor = Collector { path: vec![prefix.into()], reads };
    module.visit(&mut visitor);
}

struct Collector<'a> {
    path: Vec<String>,
    reads: &'a mut HostReads,
}

impl ModuleVisitor for Collector<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.reads.add(self.path.join("."), param.val().inner(), D == 2);
    }

    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(published(name).into());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }
}

/// Burn's name of a parameter -> the published one.
pub fn published(name: &str) -> &str {
    match name {
        "gamma" => "weight",
        "beta" => "bias",
        other => other,
    }
}
