//! AdamW with decoupled weight decay (Loshchilov & Hutter 2019), as `torch.optim.AdamW` with the published parameter groups.

use super::muon::{self, Moved};
use crate::{
    kernels::{self, AdamStep, Total},
    model::{Group, group::upload},
    read::HostReads,
    recipe::Optimiser,
    schedule::Values,
    weights::{CheckpointError, Weights},
};
use burn::tensor::{Device, Gradients, Tensor};
use std::collections::BTreeMap;

const BETA1: f64 = 0.9;
const EPSILON: f64 = 1e-8;

/// Running means of the gradient and of its square, `[2 n]`, by the path of a parameter group.
#[derive(Debug, Clone, Default)]
pub struct AdamW {
    moments: BTreeMap<String, Tensor<1>>,
    step: u64,
}

impl AdamW {
    /// Move the parameters of `groups` by one step, gradients scaled by `scale`, one element; with Muon, matrices of
    /// transformer blocks go along their orthogonalised momentum instead.
    ///
    /// Vectors (biases, norms) do not decay; mask tokens do, as in the reference. Groups without a gradient stay as they
    /// are.
    pub fn update<'a>(
        &mut self,
        groups: impl Iterator<Item = &'a mut Group>,
        gradients: &mut Gradients,
        rates: Values,
        scale: &Tensor<1>,
        optimiser: Optimiser,
    ) {
        self.step += 1;
        for group in groups {
            let Some(gradient) = group.value.grad_remove(gradients) else { continue };
            let value = group.value.clone().inner();
            let none = || Tensor::zeros([2 * value.dims()[0]], &value.device());
            let moments = self.moments.remove(&group.path).unwrap_or_else(none);
            let step = self.settings(rates, group.decayed(), optimiser.beta2);
            let (moved, moments) = match optimiser.muon {
                false => kernels::adamw(value, gradient, moments, scale.clone(), step),
                true => {
                    let (moved, moments) =
                        kernels::adamw(value.clone(), gradient.clone(), moments, scale.clone(), step);
                    let by_adamw = Moved { value, gradient: gradient * scale.clone(), moments: moments.clone(), moved };
                    (muon::instead(group, by_adamw, rates), moments)
                }
            };
            self.moments.insert(group.path.clone(), moments);
            group.value = Tensor::from_inner(moved).require_grad();
        }
    }

    fn settings(&self, rates: Values, decayed: usize, beta2: f64) -> AdamStep {
        let steps = i32::try_from(self.step).unwrap_or(i32::MAX);
        let correction = |beta: f64| (1.0 - beta.powi(steps)) as f32;
        AdamStep {
            learning_rate: rates.learning_rate as f32,
            weight_decay: rates.weight_decay as f32,
            beta1: BETA1 as f32,
            beta2: beta2 as f32,
            epsilon: EPSILON as f32,
            correction1: correction(BETA1),
            correction2: correction(beta2),
            decayed,
        }
    }

    /// A copy on another device.
    #[cfg(feature = "threads")]
    pub fn on(&self, device: &Device) -> Self {
        let moved = |(path, moments): (&String, &Tensor<1>)| (path.clone(), moments.clone().to_device(device));
        Self { moments: self.moments.iter().map(moved).collect(), step: self.step }
    }

    /// Sum of the absolute moments, one element: zero only if no gradient has ever been anything else.
    pub fn activity(&self, device: &Device) -> Tensor<1> {
        let sum = |moments: &Tensor<1>| kernels::total(moments.clone(), Total::Magnitudes);
        sum_of(self.moments.values().map(sum), device)
    }

    /// Add the moments of `groups` to `reads` as `{prefix}.first.*` and `{prefix}.second.*`, each flat and in the engine's
    /// own orientation.
    pub fn collect<'a>(&self, groups: impl Iterator<Item = &'a Group>, prefix: &str, reads: &mut HostReads) {
        for group in groups {
            let Some(moments) = self.moments.get(&group.path) else { continue };
            let (group, prefix) = (group.clone(), prefix.to_string());
            reads.add(moments.clone(), move |values, weights| {
                let (first, second) = values.split_at(values.len() / 2);
                group.unpack(&format!("{prefix}.first"), first, weights);
                group.unpack(&format!("{prefix}.second"), second, weights);
            });
        }
    }

    /// The state after `step` steps from what [`collect`](Self::collect) wrote.
    ///
    /// # Errors
    /// A tensor of a group that is missing or has another size, by name; groups of which there is none have no state.
    pub fn restore<'a>(
        groups: impl Iterator<Item = &'a Group>,
        weights: &Weights,
        prefix: &str,
        step: u64,
        device: &Device,
    ) -> Result<Self, CheckpointError> {
        let mut moments = BTreeMap::new();
        for group in groups {
            let moment = |order: &str| group.pack(&format!("{prefix}.{order}"), weights);
            if let (Some(first), Some(second)) = (moment("first")?, moment("second")?) {
                moments.insert(group.path.clone(), upload([first, second].concat(), device));
            }
        }
        Ok(Self { moments, step })
    }
}

/// Euclidean norm of all gradients of `groups`, one element, on the device; 0 if there are none.
pub fn gradient_norm<'a>(groups: impl Iterator<Item = &'a Group>, gradients: &Gradients, device: &Device) -> Tensor<1> {
    let square = |group: &Group| Some(kernels::total(group.value.grad(gradients)?, Total::Squares));
    sum_of(groups.filter_map(square), device).sqrt()
}

/// One element each -> one element.
fn sum_of(parts: impl Iterator<Item = Tensor<1>>, device: &Device) -> Tensor<1> {
    let parts: Vec<Tensor<1>> = parts.collect();
    match parts.is_empty() {
        true => Tensor::zeros([1], device),
        false => kernels::total(Tensor::cat(parts, 0), Total::Values),
    }
}
