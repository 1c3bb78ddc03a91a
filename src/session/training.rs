//! Training in small portions that the caller pulls.

use super::Session;
use crate::message::Message;
use crate::{
    clip,
    error::Error,
    helpers::{Alone, Helpers},
    probe::health::{self, Verdict},
    read::{read, usable},
    train::StepOutcome,
};
use burn::tensor::Tensor;
use serde::Serialize;

/// What came of some steps.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TrainReport {
    /// Steps taken since the weights were made.
    pub step: u64,
    /// Losses of the steps just taken.
    pub losses: Vec<f32>,
    pub learning_rate: f64,
    /// Momentum of the EMA.
    pub momentum: f64,
    /// Engines that had a part in the last step.
    pub engines: usize,
    pub health: HealthSummary,
}

/// Collapse health of the last step's target features. They are normed over channels, as the loss sees them: a scale that
/// shrinks harms nobody, and what is said here does not depend on it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HealthSummary {
    /// Mean over channels of their standard deviation over the tokens of a clip.
    pub std: f32,
    pub effective_rank: f32,
    pub verdict: Verdict,
    /// Why, in a sentence; empty while healthy.
    pub reason: Option<Message>,
}

impl Session {
    /// [`train_among`](Self::train_among) nobody else.
    ///
    /// # Errors
    /// As there.
    pub async fn train(&mut self, steps: usize, pause: impl AsyncFn()) -> Result<TrainReport, Error> {
        self.train_among(steps, pause, &Alone).await
    }

    /// Take `steps` steps, awaiting `pause` between them so that others get their turn, and read the losses once. Batches are
    /// shared with `helpers` where a batch's loss is the [mean over its clips](crate::recipe::Recipe::divisible).
    /// An adaptation and remembered patches are of the weights before and are let go.
    ///
    /// # Errors
    /// [`Error::Frozen`] for a checkpoint; [`Error::NoClip`] without anything to train on;
    /// [`Error::Workers`] if these can't share a batch; [`Error::Diverged`] if a loss, a weight or a feature is not finite and
    /// [`Error::NoGradient`] if nothing arrives to learn from: then all of these steps are undone.
    pub async fn train_among(
        &mut self,
        steps: usize,
        pause: impl AsyncFn(),
        helpers: &dyn Helpers,
    ) -> Result<TrainReport, Error> {
        let before = (self.network.learning()?.clone(), self.step, self.training_rng.clone());
        let mut losses = Vec::with_capacity(steps);
        let (mut targets, mut engines) = (None, 1);
        for i in 0..steps {
            if i > 0 {
                pause().await;
            }
            let outcome;
            (outcome, engines) = self.one_step(helpers).await?;
            losses.push(outcome.loss);
            targets = Some(outcome.targets);
        }
        let Some(targets) = targets else { return Err(Error::Settings("train at least one step".into())) };
        let count = targets.dims().iter().product::<usize>();
        let trainer = self.network.learning()?;
        let sum = trainer.parameter_sum();
        // Once a gradient has arrived, its traces in AdamW's moments never fade to nothing.
        let activity = if self.learning { sum.ones_like() } else { trainer.activity() };
        let tensors = [Tensor::cat(losses, 0), targets.reshape([count]), sum, activity];
        let [losses, targets, sum, activity] = read(tensors).await?;
        if let Err(error) = self.sound(before.1, &losses, &targets, sum[0], activity[0]) {
            let trainer;
            (trainer, self.step, self.training_rng) = before;
            *self.network.learning_mut()? = trainer;
            return Err(error);
        }
        self.learning = true;
        // Features have another meaning now.
        self.adapted = None;
        self.patches.clear();
        self.watch.weights_changed();
        let health = health::measure_within(&targets, self.config.width, self.config.grid().tokens());
        let rates = self.recipe.schedule.at(self.step.saturating_sub(1));
        Ok(TrainReport {
            step: self.step,
            losses,
            learning_rate: rates.learning_rate,
            momentum: if self.recipe.ablation.ema { rates.momentum } else { 0.0 },
            engines,
            health: HealthSummary {
                std: health.mean_std,
                effective_rank: health.effective_rank,
                verdict: health.verdict(),
                reason: health.reason(),
            },
        })
    }

    /// Whether the steps since `before` may be kept.
    fn sound(
        &self,
        before: u64,
        losses: &[f32],
        targets: &[f32],
        parameter_sum: f32,
        activity: f32,
    ) -> Result<(), Error> {
        if let Some(bad) = losses.iter().position(|loss| !loss.is_finite()) {
            return Err(Error::Diverged { step: before + 1 + bad as u64, what: "loss" });
        }
        // A bad gradient shows in the loss only one step later, when the weights are already lost.
        if !parameter_sum.is_finite() {
            return Err(Error::Diverged { step: self.step, what: "weights" });
        }
        if usable("features", targets).is_err() {
            return Err(Error::Diverged { step: self.step, what: "features" });
        }
        // Some GPU drivers return zeros where a kernel asks for more shared memory than there is.
        if activity == 0.0 {
            return Err(Error::NoGradient);
        }
        Ok(())
    }

    /// One step, and how many engines had a part in it.
    async fn one_step(&mut self, helpers: &dyn Helpers) -> Result<(StepOutcome, usize), Error> {
        let mut rng = self.training_rng.clone();
        let acted = self.played_batch(&mut rng);
        let (clips, play) = match acted {
            Some((clips, play)) => (clips, Some(play)),
            None => (self.batch(&mut rng)?, None),
        };
        let grid = self.config.grid();
        let masks = match self.config.causal {
            Some(_) => self.recipe.masks.sample_causal(grid, clips.len(), &mut rng)?,
            None => self.recipe.masks.sample(grid, clips.len(), &mut rng)?,
        };
        let trainer = self.network.learning_mut()?;
        trainer.follow_recipe(&self.recipe, self.step);
        let rates = self.recipe.schedule.at(self.step);
        let patches = || clip::patches(&clips, self.config.patch_shape(), &self.device);
        let shared = helpers.workers() > 1 && clips.len() > 1 && self.recipe.divisible();
        let outcome = match (&play, &self.recipe.actions) {
            (Some(play), Some(recipe)) => (trainer.action_step(patches(), (&masks, play), recipe, rates), 1),
            #[cfg(feature = "threads")]
            _ if self.workers.is_some() => {
                let workers = self.workers.as_mut().expect("there are some");
                (workers.step(self.step, (trainer, &self.device), (&clips, &masks), rates)?, 1)
            }
            _ if shared => trainer.shared_step(helpers, (&clips, &masks), &self.recipe, rates).await?,
            _ => (trainer.step(patches(), &masks, rates), 1),
        };
        self.training_rng = rng;
        self.step += 1;
        Ok(outcome)
    }
}
