//! Adaptation: for a while only the predictor adapts to what is seen here, and it can be undone.

use super::{Session, network::Network};
use crate::{
    clip,
    error::Error,
    read::read,
    recipe::{MaskMix, RecipeError},
    rng::Rng,
    train::Trainer,
};
use burn::tensor::Tensor;
use serde::Serialize;

/// The random stream that chooses clips and masks to adapt to.
const ADAPTATION: u64 = 3;

/// A copy of what was looked at that adapted to the place. The original is never touched, so undoing it is letting go of
/// the copy; and since a copy shares what doesn't move, it costs a predictor and its optimiser.
pub(super) struct Adapted {
    pub network: Network,
    rng: Rng,
    steps: u64,
}

/// What came of some steps.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Adaptation {
    /// Steps since it began.
    pub steps: u64,
    /// Of the steps just taken.
    pub losses: Vec<f32>,
}

impl Session {
    /// Take `steps` steps in which only the predictor moves, towards predicting what this source shows: of a world the
    /// scene that is shown, as far as it was; of frames those that were pushed. Looks, surprise, imagination and exams are
    /// then of the adapted predictor. Snapshots, exports, kept models and training stay those of the model before, whose
    /// weights do not change; training it, or going to another kept model, ends adaptation.
    ///
    /// # Errors
    /// [`Error::Frozen`] for a checkpoint, [`Error::NoClip`] without anything to adapt to, [`Error::Recipe`] for a
    /// learning rate that can't be, [`Error::Diverged`] if a loss or a weight is not finite: then these steps are undone.
    pub async fn adapt(
        &mut self,
        steps: usize,
        learning_rate: f64,
        pause: impl AsyncFn(),
    ) -> Result<Adaptation, Error> {
        let (mut trainer, mut rng, before) = self.adaptation_so_far()?;
        if !(0.0..=1.0).contains(&learning_rate) {
            let (least, most) = (0.0, 1.0);
            return Err(RecipeError::Range { what: "learning rate", least, most, value: learning_rate }.into());
        }
        let mut losses = Vec::with_capacity(steps);
        for i in 0..steps {
            if i > 0 {
                pause().await;
            }
            losses.push(self.habit(&mut trainer, &mut rng, learning_rate)?);
        }
        if losses.is_empty() {
            return Err(Error::Settings("adapt for at least one step".into()));
        }
        let [losses, sum] = read([Tensor::cat(losses, 0), trainer.parameter_sum()]).await?;
        if let Some(bad) = losses.iter().position(|loss| !loss.is_finite()) {
            return Err(Error::Diverged { step: before + 1 + bad as u64, what: "loss" });
        }
        let steps = before + steps as u64;
        if !sum[0].is_finite() {
            return Err(Error::Diverged { step: steps, what: "weights" });
        }
        self.adapted = Some(Adapted { network: Network::Learning(Box::new(trainer)), rng, steps });
        self.watch.weights_changed();
        Ok(Adaptation { steps, losses })
    }

    /// The model is again what it was before it adapted to anything. What is usual has to be found out anew.
    pub fn undo_adaptation(&mut self) {
        if self.adapted.take().is_some() {
            self.watch.monitor.recalibrate();
            self.watch.weights_changed();
        }
    }

    /// Steps taken since adaptation began; 0 if the model is as it was trained.
    pub fn adapted(&self) -> u64 {
        self.adapted.as_ref().map_or(0, |adapted| adapted.steps)
    }

    fn adaptation_so_far(&self) -> Result<(Trainer, Rng, u64), Error> {
        Ok(match &self.adapted {
            Some(Adapted { network, rng, steps }) => (network.learning()?.clone(), rng.clone(), *steps),
            None => (self.seen().learning()?.clone_for_adaptation(), Rng::stream(self.seed, ADAPTATION), 0),
        })
    }

    /// One step; its loss.
    fn habit(&self, trainer: &mut Trainer, rng: &mut Rng, learning_rate: f64) -> Result<Tensor<1>, Error> {
        let clips = self.batch_here(rng)?;
        let grid = self.config.grid();
        let last = grid.t.saturating_sub(1).max(1);
        // What surprise asks, and a little more, so that it doesn't adapt to one question.
        let futures = MaskMix { blocks: vec![], future: 1.0, past: (last.div_ceil(2), last), horizon: (1, 2) };
        let masks = futures.sample(grid, clips.len(), rng)?;
        trainer.loss = self.recipe.loss;
        trainer.clip = self.recipe.clip;
        let patches = clip::patches(&clips, self.config.patch_shape(), &self.device);
        Ok(trainer.adapt(patches, &masks, learning_rate))
    }
}
