//! Models of a training run that are kept, to look back at and to go back to.

use super::{Session, network::Network};
use crate::{config::ModelConfig, error::Error, rng::Rng, train::Trainer};
use serde::Serialize;

/// Bytes on the device that all kept models together may take.
pub const BUDGET: u64 = 256 << 20;

/// The kept models of a run, oldest first.
#[derive(Default)]
pub(super) struct Timeline {
    kept_models: Vec<KeptModel>,
    /// The step of the kept model that is looked at instead of the newest state.
    shown: Option<u64>,
}

/// A run as it was after `step` steps. Tensors are shared with the trainer until it replaces them.
struct KeptModel {
    step: u64,
    network: Network,
    rng: Rng,
}

/// What is told of a kept model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct KeptModelInfo {
    pub step: u64,
}

impl Timeline {
    fn at(&self, step: u64) -> Result<&KeptModel, Error> {
        self.kept_models.iter().find(|model| model.step == step).ok_or(Error::NoKeptModel(step))
    }

    /// The network that is looked at, if it is not the newest.
    pub fn shown(&self) -> Option<&Network> {
        self.at(self.shown?).ok().map(|model| &model.network)
    }

    /// The step of that network.
    pub fn shown_step(&self) -> Option<u64> {
        self.shown().and(self.shown)
    }

    /// Add the newest one. When there are more than `most`, every second one goes, but never the first, the newest, or
    /// the one that is shown, which may be one too many.
    fn keep(&mut self, model: KeptModel, most: usize) {
        self.kept_models.retain(|kept| kept.step != model.step);
        self.kept_models.push(model);
        let mut before = usize::MAX;
        while self.kept_models.len() > most && self.kept_models.len() < before {
            before = self.kept_models.len();
            self.thin_out();
        }
    }

    fn thin_out(&mut self) {
        let step = |model: Option<&KeptModel>| model.map(|model| model.step);
        let fixed = [step(self.kept_models.first()), step(self.kept_models.last()), self.shown];
        // Of those that may go the first, the third, and so on.
        let mut goes = false;
        self.kept_models.retain(|model| {
            let free = !fixed.contains(&Some(model.step));
            goes ^= free;
            !(free && goes)
        });
    }
}

impl Session {
    /// Keep the run as it is now. Once [`BUDGET`] is used up the past is thinned out: the first and the newest stay.
    ///
    /// # Errors
    /// [`Error::Frozen`] for a checkpoint, [`Error::LargeKeptModel`] if not even two copies of this model fit.
    pub fn keep_model(&mut self) -> Result<(), Error> {
        let network = Network::Learning(Box::new(self.network.learning()?.clone()));
        let most = capacity(&self.config)?;
        self.timeline.keep(KeptModel { step: self.step, network, rng: self.training_rng.clone() }, most);
        Ok(())
    }

    /// The kept models, oldest first.
    pub fn kept_models(&self) -> Vec<KeptModelInfo> {
        self.timeline.kept_models.iter().map(|model| KeptModelInfo { step: model.step }).collect()
    }

    /// From now on every look, similarity, embedding and exam is of the model after `step` steps, or of the newest state
    /// again. Training always goes on from the newest.
    ///
    /// # Errors
    /// [`Error::NoKeptModel`].
    pub fn show_kept_model(&mut self, step: Option<u64>) -> Result<(), Error> {
        if let Some(step) = step {
            self.timeline.at(step)?;
        }
        if self.timeline.shown != step {
            self.change_network();
        }
        self.timeline.shown = step;
        Ok(())
    }

    /// Make a kept model the present: training goes on from there as it did then. Later ones are gone, and the newest
    /// state is shown.
    ///
    /// # Errors
    /// [`Error::NoKeptModel`], [`Error::Frozen`] for a checkpoint.
    pub fn rewind(&mut self, step: u64) -> Result<(), Error> {
        let KeptModel { network, rng, .. } = self.timeline.at(step)?;
        let trainer: Trainer = network.learning()?.clone();
        self.training_rng = rng.clone();
        *self.network.learning_mut()? = trainer;
        self.step = step;
        self.change_network();
        self.timeline.shown = None;
        self.timeline.kept_models.retain(|model| model.step <= step);
        Ok(())
    }

    /// The network that is looked at.
    pub(super) fn seen(&self) -> &Network {
        let adapted = self.adapted.as_ref().map(|adapted| &adapted.network);
        adapted.or(self.timeline.shown()).unwrap_or(&self.network)
    }

    /// Another network is looked at: nothing that was said of the last one holds.
    fn change_network(&mut self) {
        self.features = None;
        self.adapted = None;
        self.fewshot.weights_replaced();
        self.patches.clear();
        self.watch.monitor.recalibrate();
        self.watch.weights_changed();
    }
}

/// How many copies of this model fit.
fn capacity(config: &ModelConfig) -> Result<usize, Error> {
    // Two moments of AdamW for each weight that learns.
    let bytes = config.weight_bytes() + 8 * (config.encoder_params() + config.predictor_params());
    match BUDGET / bytes.max(1) {
        0 | 1 => Err(Error::LargeKeptModel { needed: bytes.div_ceil(1 << 20), budget: BUDGET >> 20 }),
        most => Ok(most as usize),
    }
}

#[cfg(all(test, feature = "cpu"))]
mod tests {
    use super::*;
    use crate::{checkpoint::blank, config::Family};
    use burn::tensor::Device;

    fn kept(most: usize, steps: impl IntoIterator<Item = u64>, shown: Option<u64>) -> Vec<u64> {
        let config = ModelConfig::preset("nano", Family::VJepa2).unwrap();
        let trainer = Trainer::load(&config, blank(&config), 0, &Device::flex()).unwrap();
        let mut timeline = Timeline { shown, ..Timeline::default() };
        for step in steps {
            let network = Network::Learning(Box::new(trainer.clone()));
            timeline.keep(KeptModel { step, network, rng: Rng::new(0) }, most);
        }
        timeline.kept_models.iter().map(|model| model.step).collect()
    }

    #[test]
    fn a_full_timeline_loses_every_second_model_but_not_the_first_or_the_newest() {
        assert_eq!(kept(4, 0..4, None), [0, 1, 2, 3]);
        assert_eq!(kept(4, 0..5, None), [0, 2, 4]);
        assert_eq!(kept(4, 0..7, None), [0, 4, 6]);
        assert_eq!(kept(2, 0..9, None), [0, 8]);
        for newest in 1..40 {
            let kept = kept(5, 0..=newest, None);
            assert!(kept.len() <= 5 && kept[0] == 0 && kept.last() == Some(&newest), "{kept:?}");
        }
    }

    #[test]
    fn the_model_that_is_shown_stays() {
        assert_eq!(kept(2, 0..9, Some(1)), [0, 1, 8]);
    }

    #[test]
    fn what_fits_is_within_the_budget_or_refused() {
        let of = |preset| ModelConfig::preset(preset, Family::VJepa2).unwrap();
        let most = capacity(&of("tiny")).unwrap() as u64;
        let bytes = 16 * of("tiny").encoder_params() + 12 * of("tiny").predictor_params();
        assert!(most * bytes <= BUDGET && (most + 1) * bytes > BUDGET, "{most}");
        assert!(matches!(capacity(&of("vit_l")), Err(Error::LargeKeptModel { budget: 256, .. })));
    }
}
