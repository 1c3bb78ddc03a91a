//! The step: target, context, predictor, L1, backward, clip, AdamW, EMA, in this order.

use super::{AdamW, follow, gradient_norm, parameter_sum};
use crate::{
    checkpoint::{CheckpointError, HostReads, Weights, collect},
    config::{Family, ModelConfig},
    mask::Masks,
    model::{Encoder, Predictor, TokenIds, normalise_targets},
    schedule::Values,
};
use burn::{
    module::Module,
    tensor::{Device, Gradients, Tensor},
};

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
}

/// What a step leaves on the device until somebody reads it.
#[derive(Debug)]
pub struct StepOutcome {
    /// One element.
    pub loss: Tensor<1>,
    /// The normalised target features of the batch, `[B, N, D]`.
    pub targets: Tensor<3>,
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
        Ok(Self {
            config: config.clone(),
            predictor: Predictor::load(config, &mut weights, "predictor", &tracked)?,
            encoder,
            target,
            encoder_optimiser: AdamW::restore(&weights, "adamw.encoder", step, device),
            predictor_optimiser: AdamW::restore(&weights, "adamw.predictor", step, device),
            clip: None,
        })
    }

    /// Normalised features of the whole clip, `[B, 3, T, H, W]` -> `[B, N, D]`: what the predictor has to guess.
    pub fn targets(&self, video: Tensor<5>) -> Tensor<3> {
        normalise_targets(self.target.forward(video, None))
    }

    /// Which of the predictor's mask tokens a generator trains: V-JEPA 1 has one each, V-JEPA 2 uses number 0 for all.
    pub fn mask_token(&self, generator: usize) -> usize {
        match self.config.family {
            Family::VJepa1 => generator,
            Family::VJepa2 => 0,
        }
    }

    /// Mean absolute error over all masks (spec §8.2 with `loss_exp = 1`), and the targets it was measured against.
    pub fn loss(&self, video: Tensor<5>, masks: &[Masks]) -> StepOutcome {
        let targets = self.targets(video.clone());
        let (tokens, device) = (self.config.grid().tokens(), video.device());
        let losses = masks.iter().enumerate().map(|(generator, mask)| {
            let context = TokenIds::new(&mask.context, tokens, &device);
            let target = TokenIds::new(&mask.target, tokens, &device);
            let seen = self.encoder.forward(video.clone(), Some(&context));
            let predicted = self.predictor.forward(seen, &context, &target, self.mask_token(generator));
            (predicted - Tensor::from_inner(target.gather(targets.clone()))).abs().mean()
        });
        let sum = losses.reduce(|a, b| a + b).expect("at least one mask generator");
        StepOutcome { loss: sum.div_scalar(masks.len() as f64), targets }
    }

    /// One step on a batch `[B, 3, T, H, W]` with one [`Masks`] a generator.
    pub fn step(&mut self, video: Tensor<5>, masks: &[Masks], rates: Values) -> StepOutcome {
        let StepOutcome { loss, targets } = self.loss(video, masks);
        self.apply(loss.backward(), rates);
        StepOutcome { loss: loss.inner(), targets }
    }

    /// The second half of a step: clip, AdamW, EMA.
    pub fn apply(&mut self, mut gradients: Gradients, rates: Values) {
        let scale = |norm: Tensor<1>| {
            let largest = self.clip?;
            Some(norm.add_scalar(1e-6).recip().mul_scalar(largest).clamp_max(1.0))
        };
        let scales = match self.clip {
            Some(_) => {
                [scale(gradient_norm(&self.encoder, &gradients)), scale(gradient_norm(&self.predictor, &gradients))]
            }
            None => [None, None],
        };
        let [encoder_scale, predictor_scale] = scales;
        self.encoder = self.encoder_optimiser.update(self.encoder.clone(), &mut gradients, rates, encoder_scale);
        self.predictor =
            self.predictor_optimiser.update(self.predictor.clone(), &mut gradients, rates, predictor_scale);
        self.target = follow(self.target.clone(), &self.encoder, rates.momentum);
    }

    /// One element that is finite only if every trained parameter is.
    pub fn parameter_sum(&self) -> Tensor<1> {
        parameter_sum(&self.encoder) + parameter_sum(&self.predictor)
    }

    /// One element that is zero only if no gradient has arrived since the first step.
    pub fn activity(&self) -> Tensor<1> {
        self.encoder_optimiser.activity() + self.predictor_optimiser.activity()
    }

    /// Add everything a snapshot needs to `reads`.
    pub fn collect(&self, reads: &mut HostReads) {
        collect(&self.encoder, "encoder", reads);
        collect(&self.predictor, "predictor", reads);
        collect(&self.target, "target_encoder", reads);
        self.encoder_optimiser.collect("adamw.encoder", reads);
        self.predictor_optimiser.collect("adamw.predictor", reads);
    }
}
