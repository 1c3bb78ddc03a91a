//! Networks as rows of numbers, which is how they cross to another engine.

use super::{
    Encoder, Group, Predictor,
    group::{GroupSpec, Part, upload},
};
use crate::{config::ModelConfig, error::Error, helpers::Numbers, read::read_all};
use burn::tensor::Device;

/// All parameters of groups, a row each, in the engine's own orientation.
///
/// # Errors
/// [`Error::Read`] if the device is lost.
pub async fn flat(groups: impl Iterator<Item = &Group>) -> Result<Vec<Vec<f32>>, Error> {
    let plain = |group: &Group| match group.value.is_autodiff() {
        true => group.value.clone().inner(),
        false => group.value.clone(),
    };
    read_all(groups.map(plain).collect()).await
}

/// The next encoder of those rows; none if too little is left. On an autodiff device it learns.
pub fn encoder_from(numbers: &mut dyn Numbers, config: &ModelConfig, device: &Device) -> Option<Encoder> {
    Some(Encoder::assemble(config, groups_from(numbers, Encoder::specs(config), device)?, device))
}

/// The next predictor likewise.
pub fn predictor_from(numbers: &mut dyn Numbers, config: &ModelConfig, device: &Device) -> Option<Predictor> {
    Some(Predictor::assemble(config, groups_from(numbers, Predictor::specs(config), device)?, device))
}

fn groups_from(numbers: &mut dyn Numbers, specs: Vec<GroupSpec>, device: &Device) -> Option<Vec<Group>> {
    let group = |spec: GroupSpec| {
        let value = upload(numbers.next(spec.parts.iter().map(Part::size).sum())?, device);
        let value = if device.is_autodiff() { value.require_grad() } else { value };
        Some(Group::new(spec, value))
    };
    specs.into_iter().map(group).collect()
}
