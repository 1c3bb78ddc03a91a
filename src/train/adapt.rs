//! Adapting to a place: steps in which only the predictor moves.
//!
//! Encoder and target stay bit for bit, so what is seen keeps its meaning and only what is expected of it changes. This is
//! no part of the published training, whose moving average would pull the target along.

use super::{AdamW, Trainer, gradient_norm};
use crate::{
    mask::Masks,
    model::{Hidden, Tokens, group::upload},
    recipe::Optimiser,
    schedule::Values,
    train::distance,
};
use burn::tensor::Tensor;

impl Trainer {
    /// A copy that shares all weights until they move, with a predictor's optimiser that remembers nothing.
    pub fn clone_for_adaptation(&self) -> Self {
        let mut copy = self.clone();
        copy.predictor_optimiser = AdamW::default();
        // What is evaluated is what adapts.
        if let Some(average) = copy.predictor_average.take() {
            copy.predictor = average.learning();
        }
        copy
    }

    /// One step of the predictor alone on patches of a batch `[B * N, values]` with one [`Masks`] a generator; the loss, one
    /// element. Nothing decays: what is not needed here is still worth knowing.
    pub fn adapt(&mut self, patches: Tensor<2>, masks: &[Masks], learning_rate: f64) -> Tensor<1> {
        let (grid, device) = (self.config.grid(), patches.device());
        let clips = masks.first().map_or(1, |mask| mask.context.len());
        let (used, of) = self.config.trained_mask_tokens(masks.len());
        let hidden = Hidden::of(&self.config, masks, &of, grid, &device);
        let share = hidden.share.iter().map(|share| share / self.config.width as f32).collect();
        let targets = self.targets(patches.clone(), clips);
        let seen = self.encoder.valid().context(patches, grid, &Tokens::context(masks, grid, &device));
        let expected = self.predictor.forward(Tensor::from_inner(seen), &hidden, &used);
        let loss = distance::between(self.loss, expected, targets, hidden.targets, upload(share, &device));
        let mut gradients = loss.backward();
        let scale = match self.clip {
            Some(largest) => super::step::scale(gradient_norm(self.predictor.groups(), &gradients, &device), largest),
            None => upload(vec![1.0], &device),
        };
        let rates = Values { learning_rate, weight_decay: 0.0, momentum: 1.0 };
        self.predictor_optimiser.update(
            self.predictor.groups_mut(),
            &mut gradients,
            rates,
            &scale,
            Optimiser::default(),
        );
        loss.inner()
    }
}
