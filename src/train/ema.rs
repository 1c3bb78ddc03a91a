//! Exponential moving averages: the target encoder is one of the context encoder.

use crate::{
    kernels::{self, Total},
    model::Group,
};
use burn::tensor::Tensor;

/// `average = momentum * average + (1 - momentum) * online`, over all parameters (spec §8.2).
pub fn ema_update<'a>(
    averages: impl Iterator<Item = &'a mut Group>,
    online: impl Iterator<Item = &'a Group>,
    momentum: f64,
) {
    for (average, online) in averages.zip(online) {
        average.value = kernels::ema(average.value.clone(), online.value.clone().inner(), momentum as f32);
    }
}

/// Sum of all parameters, one element, on the device.
pub fn parameter_sum<'a>(groups: impl Iterator<Item = &'a Group>) -> Tensor<1> {
    let sums = groups.map(|group| kernels::total(group.value.clone().inner(), Total::Values));
    kernels::total(Tensor::cat(sums.collect(), 0), Total::Values)
}
