//! The step: target, context, predictor, L1, backward, clip, AdamW, EMA, in this order.

use super::{AdamW, follow, gradient_norm, parameter_sum};
use crate::{
    checkpoint::{CheckpointError, HostReads, Weights},
    config::ModelConfig,
    exam::Examinee,
    kernels,
    mask::Masks,
    model::{Encoder, Hidden, Predictor, Tokens, group::upload, normalise_targets},
    schedule::Values,
};
use burn::tensor::{Device, Gradients, Tensor};

/// Context encoder, predictor, target encoder and the optimiser's memory.
///
/// Cloning is cheap (tensors are shared), which is how a step is undone.
#[derive(Debug, Clone)]
pub struct Trainer {
    pub config: ModelConfig,
    /// Learns; lives on the autodiff device.
    pub encoder: Encoder,
    /// Learns; lives on the autodiff device.
    pub predictor: Predictor,
    /// Follows the encoder; no gradient.
    pub target: Encoder,
    encoder_optimiser: AdamW,
    predictor_optimiser: AdamW,
    /// Largest gradient norm of encoder and predictor, each on its own (V-JEPA 1: 10 after warm-up; V-JEPA 2: none).
    pub clip: Option<f64>,
    pub squared: bool,
}

/// What a step leaves on the device until somebody reads it.
#[derive(Debug)]
pub struct StepOutcome {
    /// One element.
    pub loss: Tensor<1>,
    /// The normalised target features of the batch, `[B * N, D]`.
    pub targets: Tensor<2>,
}

impl Trainer {
    /// From `encoder.*`, `predictor.*` and, if there, `target_encoder.*` and `adamw.*` after `step` steps.
    ///
    /// # Errors
    /// A tensor that is missing or has another shape, by name.
    pub fn load(
        config: &ModelConfig,
        mut weights: Weights,
        step: u64,
        device: &Device,
    ) -> Result<Self, CheckpointError> {
        let tracked = device.clone().autodiff();
        let encoder = Encoder::load(config, &mut weights, "encoder", &tracked)?;
        let has_target = weights.0.keys().any(|name| name.starts_with("target_encoder."));
        let target = match has_target {
            true => Encoder::load(config, &mut weights, "target_encoder", device)?,
            // Not trained yet: the same tensors, without a copy.
            false => encoder.valid(),
        };
        let predictor = Predictor::load(config, &mut weights, "predictor", &tracked)?;
        Ok(Self {
            config: config.clone(),
            target,
            encoder_optimiser: AdamW::restore(encoder.groups(), &weights, "adamw.encoder", step, device),
            predictor_optimiser: AdamW::restore(predictor.groups(), &weights, "adamw.predictor", step, device),
            encoder,
            predictor,
            clip: None,
            squared: false,
        })
    }

    /// Normalised features of all tokens of `clips` clips, patches `[B * N, values]` -> `[B * N, D]`: what the predictor
    /// has to guess.
    pub fn targets(&self, patches: Tensor<2>, clips: usize) -> Tensor<2> {
        let grid = self.config.grid();
        let all = Tokens::all(grid, clips, &patches.device());
        normalise_targets(self.target.forward(patches, grid, &all))
    }

    /// Mean absolute error over all masks (spec §8.2 with `loss_exp = 1`), and the targets it was measured against.
    ///
    /// The masks of all generators go through encoder and predictor as one ragged batch.
    pub fn loss(&self, patches: Tensor<2>, masks: &[Masks]) -> StepOutcome {
        let (grid, device) = (self.config.grid(), patches.device());
        let targets = self.targets(patches.clone(), masks.first().map_or(1, |mask| mask.context.len()));
        let (used, of) = self.config.trained_mask_tokens(masks.len());
        let hidden = Hidden::new(masks, &of, grid, &device);
        let seen = self.encoder.context(patches, grid, &Tokens::context(masks, grid, &device));
        let predicted = self.predictor.forward(seen, &hidden, &used);
        let share: Vec<f32> = hidden.share.iter().map(|share| share / self.config.width as f32).collect();
        let share = upload(share, &device);
        let loss = if self.squared {
            let [rows, _] = predicted.dims();
            let off = predicted - Tensor::from_inner(targets.clone().select(0, hidden.targets));
            let each = off.clone().mul(off).sum_dim(1).reshape([rows]);
            each.mul(Tensor::from_inner(share)).sum().mul_scalar(0.5)
        } else {
            kernels::l1(predicted, targets.clone(), hidden.targets, share)
        };
        StepOutcome { loss, targets }
    }

    /// One step on patches of a batch `[B * N, values]` with one [`Masks`] a generator.
    pub fn step(&mut self, patches: Tensor<2>, masks: &[Masks], rates: Values) -> StepOutcome {
        let StepOutcome { loss, targets } = self.loss(patches, masks);
        self.apply(loss.backward(), rates);
        StepOutcome { loss: loss.inner(), targets }
    }

    /// The second half of a step: clip, AdamW, EMA.
    pub fn apply(&mut self, mut gradients: Gradients, rates: Values) {
        let device = self.device();
        let scale = |norm: Tensor<1>, largest: f64| norm.add_scalar(1e-6).recip().mul_scalar(largest).clamp_max(1.0);
        let [encoder_scale, predictor_scale] = match self.clip {
            Some(largest) => [
                scale(gradient_norm(self.encoder.groups(), &gradients), largest),
                scale(gradient_norm(self.predictor.groups(), &gradients), largest),
            ],
            None => [upload(vec![1.0], &device), upload(vec![1.0], &device)],
        };
        self.encoder_optimiser.update(self.encoder.groups_mut(), &mut gradients, rates, &encoder_scale);
        self.predictor_optimiser.update(self.predictor.groups_mut(), &mut gradients, rates, &predictor_scale);
        follow(&mut self.target, &self.encoder, rates.momentum);
    }

    /// Where the weights are; without gradients.
    fn device(&self) -> Device {
        let group = self.target.groups().next().expect("an encoder has parameters");
        group.value.device()
    }

    /// What learned, to be examined, without gradients.
    pub fn examinee(&self) -> Examinee {
        Examinee {
            config: self.config.clone(),
            encoder: self.encoder.valid(),
            predictor: self.predictor.valid(),
            target: self.target.clone(),
        }
    }

    /// One element that is finite only if every trained parameter is.
    pub fn parameter_sum(&self) -> Tensor<1> {
        parameter_sum(self.encoder.groups().chain(self.predictor.groups()))
    }

    /// One element that is zero only if no gradient has arrived since the first step.
    pub fn activity(&self) -> Tensor<1> {
        self.encoder_optimiser.activity() + self.predictor_optimiser.activity()
    }

    /// Add everything a snapshot needs to `reads`.
    pub fn collect(&self, reads: &mut HostReads) {
        self.encoder.groups().for_each(|group| group.collect("encoder", reads));
        self.predictor.groups().for_each(|group| group.collect("predictor", reads));
        self.target.groups().for_each(|group| group.collect("target_encoder", reads));
        self.encoder_optimiser.collect(self.encoder.groups(), "adamw.encoder", reads);
        self.predictor_optimiser.collect(self.predictor.groups(), "adamw.predictor", reads);
    }
}
