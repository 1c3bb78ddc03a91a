//! From named host tensors to modules on a device.

use super::{CheckpointError, Weights, weights::transpose};
use burn::{
    module::Param,
    nn::{LayerNorm, LayerNormConfig, Linear},
    tensor::{Device, Tensor, TensorData},
};

/// Takes tensors out of [`Weights`] by path and puts them on a device.
pub struct Loader<'a> {
    weights: &'a mut Weights,
    path: String,
    device: Device,
}

impl<'a> Loader<'a> {
    pub fn new(weights: &'a mut Weights, prefix: &str, device: &Device) -> Self {
        Self { weights, path: prefix.into(), device: device.clone() }
    }

    /// Load a part whose names start with `name`.
    pub fn within<T>(
        &mut self,
        name: &str,
        load: impl FnOnce(&mut Loader) -> Result<T, CheckpointError>,
    ) -> Result<T, CheckpointError> {
        let path = self.named(name);
        load(&mut Loader { weights: self.weights, path, device: self.device.clone() })
    }

    /// Load `count` parts named `name.0`, `name.1`, ...
    pub fn list<T>(
        &mut self,
        name: &str,
        count: usize,
        mut load: impl FnMut(&mut Loader) -> Result<T, CheckpointError>,
    ) -> Result<Vec<T>, CheckpointError> {
        (0..count).map(|i| self.within(&format!("{name}.{i}"), &mut load)).collect()
    }

    /// Load `count` parameters named `name.0`, `name.1`, ...
    pub fn list_of_params<const D: usize>(
        &mut self,
        name: &str,
        count: usize,
        shape: [usize; D],
    ) -> Result<Vec<Param<Tensor<D>>>, CheckpointError> {
        (0..count).map(|i| self.param(&format!("{name}.{i}"), shape)).collect()
    }

    pub fn param<const D: usize>(
        &mut self,
        name: &str,
        shape: [usize; D],
    ) -> Result<Param<Tensor<D>>, CheckpointError> {
        let data = self.weights.take(&self.named(name), &shape)?;
        Ok(self.upload(data, shape))
    }

    pub fn linear(&mut self, name: &str, input: usize, output: usize) -> Result<Linear, CheckpointError> {
        self.linear_shaped(name, &[output, input], input, output)
    }

    /// A convolution whose kernel equals its stride, as a linear layer over flattened patches.
    pub fn patch_projection(
        &mut self,
        name: &str,
        kernel: [usize; 4],
        output: usize,
    ) -> Result<Linear, CheckpointError> {
        let [c, t, h, w] = kernel;
        self.linear_shaped(name, &[output, c, t, h, w], c * t * h * w, output)
    }

    fn linear_shaped(
        &mut self,
        name: &str,
        stored: &[usize],
        input: usize,
        output: usize,
    ) -> Result<Linear, CheckpointError> {
        let weight = self.weights.take(&self.named(&format!("{name}.weight")), stored)?;
        let weight = self.upload(transpose(&weight, output, input), [input, output]);
        Ok(Linear { weight, bias: Some(self.param(&format!("{name}.bias"), [output])?) })
    }

    pub fn layer_norm(&mut self, name: &str, width: usize, epsilon: f64) -> Result<LayerNorm, CheckpointError> {
        let mut norm = LayerNormConfig::new(width).with_epsilon(epsilon).init(&self.device);
        norm.gamma = self.param(&format!("{name}.weight"), [width])?;
        norm.beta = Some(self.param(&format!("{name}.bias"), [width])?);
        Ok(norm)
    }

    fn upload<const D: usize>(&self, data: Vec<f32>, shape: [usize; D]) -> Param<Tensor<D>> {
        Param::from_data(TensorData::new(data, shape), &self.device)
    }

    fn named(&self, name: &str) -> String {
        match self.path.is_empty() {
            true => name.into(),
            false => format!("{}.{name}", self.path),
        }
    }
}
