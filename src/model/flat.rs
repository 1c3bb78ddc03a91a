//! Networks as one row of numbers, which is how they cross to another engine.

use super::{
    Encoder, Group, Predictor,
    group::{GroupSpec, upload},
};
use crate::{config::ModelConfig, error::Error, read::read_all};
use burn::tensor::Device;

/// All parameters of groups, one group after the other, each in the engine's own orientation.
///
/// # Errors
/// [`Error::Read`] if the device is lost.
pub async fn flat(groups: impl Iterator<Item = &Group>) -> Result<Vec<f32>, Error> {
    let plain = |group: &Group| match group.value.is_autodiff() {
        true => group.value.clone().inner(),
        false => group.value.clone(),
    };
    Ok(read_all(groups.map(plain).collect()).await?.concat())
}

/// Takes networks out of a row again, in the order in which they were put in; none once too little is left.
pub struct FlatReader<'a>(&'a [f32]);

impl<'a> FlatReader<'a> {
    pub fn new(numbers: &'a [f32]) -> Self {
        Self(numbers)
    }

    /// On an autodiff device it learns.
    pub fn encoder(&mut self, config: &ModelConfig, device: &Device) -> Option<Encoder> {
        Some(Encoder::assemble(config, self.groups(Encoder::specs(config), device)?, device))
    }

    /// On an autodiff device it learns.
    pub fn predictor(&mut self, config: &ModelConfig, device: &Device) -> Option<Predictor> {
        Some(Predictor::assemble(config, self.groups(Predictor::specs(config), device)?, device))
    }

    /// The next `count` numbers.
    pub fn numbers(&mut self, count: usize) -> Option<&'a [f32]> {
        self.0.split_off(..count)
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn groups(&mut self, specs: Vec<GroupSpec>, device: &Device) -> Option<Vec<Group>> {
        let group = |spec: GroupSpec| {
            let size = spec.parts.iter().map(super::group::Part::size).sum();
            let value = upload(self.numbers(size)?.to_vec(), device);
            let value = if device.is_autodiff() { value.require_grad() } else { value };
            Some(Group::new(spec, value))
        };
        specs.into_iter().map(group).collect()
    }
}
