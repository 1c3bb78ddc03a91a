//! The step: target, context, predictor, loss, backward, clip, AdamW, EMA, in this order.

use super::{ActionTrainer, AdamW, Play, ablated, distance, ema_update, gradient_norm, parameter_sum, regulariser};
use crate::{
    config::ModelConfig,
    mask::Masks,
    model::{Encoder, Hidden, Prediction, Predictor, Tokens, group::upload, integers, normalise_targets, normed},
    predict::EvalModel,
    read::HostReads,
    recipe::{Ablation, ActionRecipe, Loss, Optimiser, Recipe, Regulariser},
    schedule::Values,
    weights::{CheckpointError, Weights},
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
    /// The predictor's own moving average, which is evaluated in its place; none if it is evaluated as it is.
    pub predictor_average: Option<Predictor>,
    /// What knows of actions, in models that have them.
    pub actions: Option<ActionTrainer>,
    encoder_optimiser: AdamW,
    pub(super) predictor_optimiser: AdamW,
    /// Largest gradient norm of encoder and predictor, each on its own (V-JEPA 1: 10 after warm-up; V-JEPA 2: none).
    pub clip: Option<f64>,
    /// How far off a guess is.
    pub loss: Loss,
    /// The encoder's learning rate, as a share of the predictor's.
    pub encoder_rate: f64,
    /// What is taken away of V-JEPA; nothing, unless someone wants to see it collapse.
    pub ablation: Ablation,
    pub optimiser: Optimiser,
    /// Of the predictor's average.
    pub predictor_momentum: f64,
    /// Frame-causal models: weight of hidden tokens in the loss.
    pub hidden_weight: f64,
    /// Frame-causal models: how much more tokens count that change.
    pub change_weight: f64,
    pub regulariser: Regulariser,
    /// Steps taken; random directions of the regulariser are drawn by it.
    step: u64,
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
        let predictor_average = match weights.0.keys().any(|name| name.starts_with("predictor_average.")) {
            true => Some(Predictor::load(config, &mut weights, "predictor_average", device)?),
            false => None,
        };
        let actions = ActionTrainer::load(config, &mut weights, step, &tracked)?;
        Ok(Self {
            encoder_optimiser: AdamW::restore(encoder.groups(), &weights, "adamw.encoder", step, device)?,
            predictor_optimiser: AdamW::restore(predictor.groups(), &weights, "adamw.predictor", step, device)?,
            predictor_average,
            actions,
            step,
            ..Self::new(config, encoder, predictor, target)
        })
    }

    /// Without anything in the optimiser's memory; how it trains is as published. Encoder and predictor learn.
    pub(super) fn new(config: &ModelConfig, encoder: Encoder, predictor: Predictor, target: Encoder) -> Self {
        let recipe = Recipe::published(config);
        Self {
            config: config.clone(),
            encoder,
            predictor,
            target,
            predictor_average: None,
            actions: None,
            encoder_optimiser: AdamW::default(),
            predictor_optimiser: AdamW::default(),
            clip: None,
            loss: recipe.loss,
            encoder_rate: recipe.encoder_rate,
            ablation: recipe.ablation,
            optimiser: recipe.optimiser,
            predictor_momentum: recipe.predictor_momentum,
            hidden_weight: recipe.hidden_weight,
            change_weight: recipe.change_weight,
            regulariser: recipe.regulariser,
            step: 0,
        }
    }

    /// Train as `recipe` says after `step` steps.
    pub fn follow_recipe(&mut self, recipe: &Recipe, step: u64) {
        self.ablation = recipe.ablation;
        self.loss = recipe.loss;
        self.encoder_rate = recipe.encoder_rate;
        self.clip = recipe.clip.filter(|_| step > recipe.schedule.warmup);
        self.optimiser = recipe.optimiser;
        self.hidden_weight = recipe.hidden_weight;
        self.change_weight = recipe.change_weight;
        self.regulariser = recipe.regulariser;
        self.step = step;
        // Of a few steps the average is of all alike.
        self.predictor_momentum = recipe.predictor_momentum.min((step + 1) as f64 / (step + 11) as f64);
        if recipe.predictor_momentum == 0.0 {
            self.predictor_average = None;
        }
    }

    /// Normalised features of all tokens of `clips` clips, patches `[B * N, values]` -> `[B * N, D]`: what the predictor
    /// has to guess.
    pub fn targets(&self, patches: Tensor<2>, clips: usize) -> Tensor<2> {
        let grid = self.config.grid();
        let all = Tokens::all(grid, clips, &patches.device());
        normalise_targets(self.target.forward(patches, grid, &all))
    }

    /// Mean error over all masks (spec §8.2), and the targets it was measured against.
    ///
    /// The masks of all generators go through encoder and predictor as one ragged batch. [`Ablation`] says what is otherwise
    /// where something is taken away.
    pub fn loss(&self, patches: Tensor<2>, masks: &[Masks]) -> StepOutcome {
        let (grid, device) = (self.config.grid(), patches.device());
        let clips = masks.first().map_or(1, |mask| mask.context.len());
        let (used, of) = self.config.trained_mask_tokens(masks.len());
        let hidden = match self.config.causal {
            Some(causal) => Hidden::every(masks, causal, self.hidden_weight as f32, grid, &device),
            None => Hidden::new(masks, &of, grid, &device),
        };
        // On the host: a division on the device would be a kernel for each length.
        let each = hidden.share.iter().map(|share| share / self.config.width as f32).collect();
        let each = upload(each, &device);
        let seen = self.encoder.context(patches.clone(), grid, &Tokens::context(masks, grid, &device));
        let regular = regulariser::term(self.regulariser, &seen, self.config.width, self.step);
        let Prediction { features: predicted, log_error } = match self.ablation.predictor {
            true => self.predictor.predict(seen, &hidden, &used, &mut |_, _| {}),
            false => Prediction { features: ablated::pooled(seen, masks, &hidden), log_error: None },
        };
        let rows = hidden.targets;
        let weigh = |targets: &Tensor<2>| match hidden.since.is_empty() || self.change_weight == 0.0 {
            true => each.clone(),
            false => {
                let since = integers(hidden.since, &device);
                distance::weigh_change(each.clone(), targets.clone(), [rows.clone(), since], self.change_weight)
            }
        };
        let (loss, targets) = match self.ablation.stop_gradient {
            true => {
                let targets = self.targets(patches, clips);
                let each = weigh(&targets);
                (distance::between(self.loss, predicted.clone(), targets.clone(), rows.clone(), each), targets)
            }
            false => {
                let all = Tokens::all(grid, clips, &device);
                let targets = normed(self.encoder.forward(patches, grid, &all));
                let each = weigh(&targets.clone().inner());
                let loss =
                    distance::between_learning(self.loss, predicted.clone(), targets.clone(), rows.clone(), each);
                (loss, targets.inner())
            }
        };
        let loss = match log_error {
            Some(log_error) => {
                let share = upload(hidden.share, &device);
                loss + distance::of_own_error(log_error, predicted.inner(), targets.clone(), rows, share)
            }
            None => loss,
        };
        let loss = match regular {
            Some(term) => loss + term,
            None => loss,
        };
        StepOutcome { loss, targets }
    }

    /// Without a moving average the targets come from the encoder as it is now.
    pub(super) fn begin_step(&mut self) {
        if !self.ablation.ema {
            self.target = self.encoder.valid();
        }
    }

    /// One step on patches of a batch `[B * N, values]` with one [`Masks`] a generator.
    pub fn step(&mut self, patches: Tensor<2>, masks: &[Masks], rates: Values) -> StepOutcome {
        self.begin_step();
        let StepOutcome { loss, targets } = self.loss(patches, masks);
        self.apply(loss.backward(), rates);
        StepOutcome { loss: loss.inner(), targets }
    }

    /// [`step`](Self::step) of a model with actions, on clips of doubled frames whose actions are known: the masked loss at
    /// its weight, and what [`action_loss`](Self::action_loss) adds. The loss that is told is their sum.
    pub fn action_step(
        &mut self,
        patches: Tensor<2>,
        (masks, play): (&[Masks], &Play),
        recipe: &ActionRecipe,
        rates: Values,
    ) -> StepOutcome {
        let acting = self.action_loss(patches.clone(), play, recipe);
        let StepOutcome { loss, targets } = match recipe.masked > 0.0 {
            true => self.loss(patches, masks),
            false => StepOutcome { loss: Tensor::zeros([1], &patches.device()), targets: self.frame_features(patches) },
        };
        let loss = loss.mul_scalar(recipe.masked);
        let loss = match acting {
            Some(acting) => acting + loss,
            None => loss,
        };
        let mut gradients = loss.backward();
        if let Some(actions) = &mut self.actions {
            actions.update(&mut gradients, rates, self.clip, self.optimiser);
        }
        self.apply(gradients, rates);
        StepOutcome { loss: loss.inner(), targets }
    }

    /// Steps taken so far.
    pub(super) fn steps(&self) -> u64 {
        self.step
    }

    /// A copy on another device, state of the optimiser included.
    #[cfg(feature = "threads")]
    pub fn on(&self, device: &Device) -> Self {
        let tracked = device.clone().autodiff();
        let encoder = |groups: &Encoder, device: &Device| {
            Encoder::assemble(&self.config, groups.groups().map(|group| group.on(device)).collect(), device)
        };
        let predictor = |groups: &Predictor, device: &Device| {
            Predictor::assemble(&self.config, groups.groups().map(|group| group.on(device)).collect(), device)
        };
        Self {
            encoder: encoder(&self.encoder, &tracked),
            predictor: predictor(&self.predictor, &tracked),
            predictor_average: self.predictor_average.as_ref().map(|average| predictor(average, device)),
            target: encoder(&self.target, device),
            encoder_optimiser: self.encoder_optimiser.on(device),
            predictor_optimiser: self.predictor_optimiser.on(device),
            ..self.clone()
        }
    }

    /// Take over how `other` trains, not what it has learned.
    #[cfg(feature = "threads")]
    pub fn train_like(&mut self, other: &Self) {
        self.clip = other.clip;
        self.loss = other.loss;
        self.encoder_rate = other.encoder_rate;
        self.ablation = other.ablation;
        self.optimiser = other.optimiser;
        self.predictor_momentum = other.predictor_momentum;
        self.hidden_weight = other.hidden_weight;
        self.change_weight = other.change_weight;
        self.regulariser = other.regulariser;
        self.step = other.step;
    }

    /// The second half of a step: clip, AdamW, EMA.
    pub fn apply(&mut self, mut gradients: Gradients, rates: Values) {
        let device = self.device();
        let [encoder_scale, predictor_scale] = match self.clip {
            Some(largest) => [
                scale(gradient_norm(self.encoder.groups(), &gradients, &device), largest),
                scale(gradient_norm(self.predictor.groups(), &gradients, &device), largest),
            ],
            None => [upload(vec![1.0], &device), upload(vec![1.0], &device)],
        };
        let slow = Values { learning_rate: rates.learning_rate * self.encoder_rate, ..rates };
        self.encoder_optimiser.update(self.encoder.groups_mut(), &mut gradients, slow, &encoder_scale, self.optimiser);
        self.predictor_optimiser.update(
            self.predictor.groups_mut(),
            &mut gradients,
            rates,
            &predictor_scale,
            self.optimiser,
        );
        match self.ablation.ema {
            true => ema_update(self.target.groups_mut(), self.encoder.groups(), rates.momentum),
            false => self.target = self.encoder.valid(),
        }
        if self.predictor_momentum > 0.0 {
            let average = self.predictor_average.get_or_insert_with(|| self.predictor.valid());
            ema_update(average.groups_mut(), self.predictor.groups(), self.predictor_momentum);
        }
    }

    /// The predictor that is evaluated, without gradients.
    pub fn evaluated_predictor(&self) -> Predictor {
        self.predictor_average.clone().unwrap_or_else(|| self.predictor.valid())
    }

    /// Where the weights are; without gradients.
    pub(super) fn device(&self) -> Device {
        let group = self.target.groups().next().expect("an encoder has parameters");
        group.value.device()
    }

    /// What learned, to be examined, without gradients.
    pub fn eval_model(&self) -> EvalModel {
        EvalModel {
            config: self.config.clone(),
            encoder: self.encoder.valid(),
            predictor: self.evaluated_predictor(),
            target: self.target.clone(),
        }
    }

    /// One element that is finite only if every trained parameter is.
    pub fn parameter_sum(&self) -> Tensor<1> {
        let acting = self.actions.iter().flat_map(ActionTrainer::groups);
        parameter_sum(self.encoder.groups().chain(self.predictor.groups()).chain(acting))
    }

    /// One element that is zero only if no gradient has arrived since the first step.
    pub fn activity(&self) -> Tensor<1> {
        let device = self.device();
        let activity = self.encoder_optimiser.activity(&device) + self.predictor_optimiser.activity(&device);
        self.actions.iter().fold(activity, |sum, actions| sum + actions.activity(&device))
    }

    /// Add everything a snapshot needs to `reads`.
    pub fn collect(&self, reads: &mut HostReads) {
        self.encoder.groups().for_each(|group| group.collect("encoder", reads));
        self.predictor.groups().for_each(|group| group.collect("predictor", reads));
        self.target.groups().for_each(|group| group.collect("target_encoder", reads));
        if let Some(average) = &self.predictor_average {
            average.groups().for_each(|group| group.collect("predictor_average", reads));
        }
        self.encoder_optimiser.collect(self.encoder.groups(), "adamw.encoder", reads);
        self.predictor_optimiser.collect(self.predictor.groups(), "adamw.predictor", reads);
        if let Some(actions) = &self.actions {
            actions.collect(reads);
        }
    }
}

/// What gradients of such a norm are scaled by, so that it is at most `largest`: one element.
pub(super) fn scale(norm: Tensor<1>, largest: f64) -> Tensor<1> {
    norm.add_scalar(1e-6).recip().mul_scalar(largest).clamp_max(1.0)
}
