//! The target encoder: an exponential moving average of the context encoder.

use crate::{
    kernels::{self, Total},
    model::{Encoder, Group},
};
use burn::tensor::Tensor;

/// `target = momentum * target + (1 - momentum) * online`, over all parameters (spec §8.2).
pub fn follow(target: &mut Encoder, online: &Encoder, momentum: f64) {
    for (target, online) in target.groups_mut().zip(online.groups()) {
        target.value = kernels::ema(target.value.clone(), online.value.clone().inner(), momentum as f32);
    }
}

/// Sum of all parameters, one element, on the device.
pub fn parameter_sum<'a>(groups: impl Iterator<Item = &'a Group>) -> Tensor<1> {
    let sums = groups.map(|group| kernels::total(group.value.clone().inner(), Total::Values));
    kernels::total(Tensor::cat(sums.collect(), 0), Total::Values)
}
