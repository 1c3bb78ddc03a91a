//! One model at work: it holds the clip, looks at it, trains on it, and saves itself.
//!
//! This is what the page, native programs and tests drive. All reads are asynchronous; one call at a time.

mod adapt;
mod energies;
mod export;
mod extractor;
mod fewshot;
mod fixed_step;
mod help;
mod imagine;
mod lab;
mod look;
mod network;
mod play;
mod proof;
mod source;
mod surprise;
#[cfg(feature = "webgpu")]
mod tiles;
mod timeline;
mod training;
mod warm;

pub use crate::mask::MaskKind;
pub use adapt::Adaptation;
pub use energies::{Landscape, Picture};
pub use extractor::Extractor;
pub use fixed_step::FixedStep;
pub use help::help;
pub use imagine::{Imagination, PatchMemory, Roll};
pub use lab::Curve;
pub use look::{Guess, Look};
pub use proof::{ProofRow, prove};
pub use source::{BANK_BUDGET, Bank};
pub use surprise::Surprised;
#[cfg(feature = "webgpu")]
pub use tiles::{TileSizes, measure_tiles};
pub use timeline::{BUDGET as TIMELINE_BUDGET, KeptModelInfo};
pub use training::{HealthSummary, TrainReport};

#[cfg(feature = "threads")]
use crate::train::Workers;
use crate::{
    act::WorldModel,
    checkpoint::{LoadReport, Loaded, Snapshot, SnapshotHeader, Start, Weights, random},
    clip::{self, Ring},
    config::{Limits, ModelConfig},
    error::Error,
    imagine::PatchBank,
    model::normalise_targets,
    predict::EvalModel,
    probe::{pca::Projection, similarity::cosine},
    read::{HostReads, read, usable_features},
    recipe::{Recipe, RunSource},
    rng::Rng,
    schedule::Rates,
    train::Trainer,
};
use adapt::Adapted;
use burn::tensor::Device;
use fewshot::Fewshot;
use network::Network;
use source::Source;
use std::collections::VecDeque;
use surprise::Watch;
use timeline::Timeline;

/// Random streams that must not disturb each other: looking never changes what training draws.
const TRAINING: u64 = 1;
const LOOKING: u64 = 2;

/// What a run begins with besides model and weights.
struct RunInit {
    recipe: Recipe,
    seed: u64,
    step: u64,
    before: u64,
}

/// A model, its clip and its training state on one device.
pub struct Session {
    config: ModelConfig,
    device: Device,
    seed: u64,
    step: u64,
    /// Steps that the first weights had been trained.
    before: u64,
    network: Network,
    /// Some gradient has been seen to arrive.
    learning: bool,
    recipe: Recipe,
    /// Who shares the batch with this session's own trainer.
    #[cfg(feature = "threads")]
    workers: Option<Workers>,
    training_rng: Rng,
    looking_rng: Rng,
    ring: Ring,
    /// The one picture that is looked at instead of the ring, at model size.
    still: Option<Vec<u8>>,
    source: Source,
    timeline: Timeline,
    /// What is looked at instead, if it has adapted to the source.
    adapted: Option<Adapted>,
    watch: Watch,
    patches: PatchBank,
    colours: Projection,
    /// Axes of predicted features that live in another model's space.
    guessed_colours: Projection,
    map: Projection,
    /// Pooled features of recent looks, newest last.
    embeddings: VecDeque<Vec<f32>>,
    /// Features of the last look, `[N, D]`.
    features: Option<Vec<f32>>,
    fewshot: Fewshot,
}

impl Session {
    /// A fresh model with seeded random weights.
    ///
    /// # Errors
    /// [`Error::Config`] if the parts don't fit together or the device can't hold it.
    pub fn create(config: ModelConfig, seed: u64, device: Device, limits: Limits) -> Result<Self, Error> {
        config.validate()?;
        config.fits(limits)?;
        let weights = random(&config, seed);
        let recipe = Recipe::of(&config);
        Self::learning(config, weights, RunInit { recipe, seed, step: 0, before: 0 }, device)
    }

    /// A session as it was saved. A world that was the source is again; frames have to be sent again.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] if a tensor is missing or misshaped, [`Error::Config`] if the device can't hold it,
    /// [`Error::Recipe`] if its recipe can't be.
    pub fn restore(snapshot: Snapshot, device: Device, limits: Limits) -> Result<Self, Error> {
        let SnapshotHeader { config, seed, step, before, rng, recipe, source, .. } = snapshot.header;
        config.fits(limits)?;
        let recipe = recipe.unwrap_or_else(|| Recipe::published(&config));
        let mut session = Self::learning(config, snapshot.weights, RunInit { recipe, seed, step, before }, device)?;
        session.training_rng = rng;
        if let RunSource::World { seed } = source {
            session.show_world(seed);
        }
        Ok(session)
    }

    /// A new run that starts from weights that were trained before: step 0, nothing in the optimiser's memory, and without a
    /// recipe the model's own, [`fine-tuning`](Recipe::fine_tuning). A file that does not say which model it is belongs to one like
    /// `config`.
    ///
    /// # Errors
    /// As [`restore`](Self::restore).
    pub fn start_from(
        start: Start,
        config: &ModelConfig,
        recipe: Option<Recipe>,
        device: Device,
        limits: Limits,
    ) -> Result<Self, Error> {
        let config = start.config.unwrap_or_else(|| config.clone());
        config.fits(limits)?;
        let recipe = recipe.unwrap_or_else(|| Recipe::of(&config).fine_tuning());
        let begin = RunInit { recipe, seed: start.seed, step: 0, before: start.steps };
        Self::learning(config, start.weights, begin, device)
    }

    fn learning(config: ModelConfig, weights: Weights, begin: RunInit, device: Device) -> Result<Self, Error> {
        let RunInit { recipe, seed, step, before } = begin;
        recipe.check(&config)?;
        let network = Network::Learning(Box::new(Trainer::load(&config, weights, step, &device)?));
        Ok(Self { step, before, recipe, ..Self::new(config, network, seed, device) })
    }

    /// A checkpoint, to look with.
    pub fn frozen(loaded: Loaded, device: Device) -> Self {
        let config = loaded.config.clone();
        Self::new(config, Network::Frozen(Box::new(loaded.into())), 0, device)
    }

    fn new(config: ModelConfig, network: Network, seed: u64, device: Device) -> Self {
        Self {
            network,
            learning: false,
            #[cfg(feature = "threads")]
            workers: None,
            recipe: Recipe::of(&config),
            training_rng: Rng::stream(seed, TRAINING),
            looking_rng: Rng::stream(seed, LOOKING),
            ring: Ring::new(config.frames, config.size),
            still: None,
            source: Source::default(),
            timeline: Timeline::default(),
            adapted: None,
            watch: Watch::default(),
            patches: PatchBank::default(),
            colours: Projection::new(3),
            guessed_colours: Projection::new(3),
            map: Projection::new(2),
            embeddings: VecDeque::new(),
            features: None,
            fewshot: Fewshot::new(&config),
            config,
            device,
            seed,
            step: 0,
            before: 0,
        }
    }

    /// What came of the files, if this is a checkpoint.
    pub fn report(&self) -> Option<&LoadReport> {
        self.network.report()
    }

    pub fn config(&self) -> &ModelConfig {
        &self.config
    }

    /// Parameters of encoder, predictor and classifier, as far as there are any.
    pub fn params(&self) -> u64 {
        self.network.params()
    }

    /// How it trains.
    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// Train so from the next step on. While a world is the source, another kind of world is shown at once.
    ///
    /// # Errors
    /// [`Error::Recipe`] if it can't be, [`Error::Frozen`] for a checkpoint; the old one stays.
    pub fn set_recipe(&mut self, recipe: Recipe) -> Result<(), Error> {
        self.network.learning()?;
        recipe.check(&self.config)?;
        let other_world = recipe.world != self.recipe.world || recipe.actions != self.recipe.actions;
        self.recipe = recipe;
        if let (true, RunSource::World { seed }) = (other_world, self.source()) {
            let held = self.frames_held();
            self.show_world(seed);
            self.advance_world(held);
        }
        Ok(())
    }

    /// Hold learning rate or momentum of the moving average from the next step on.
    ///
    /// # Errors
    /// As [`set_recipe`](Self::set_recipe).
    pub fn set_rates(&mut self, rates: Rates) -> Result<(), Error> {
        let mut recipe = self.recipe.clone();
        recipe.schedule = rates.held_in(recipe.schedule);
        self.set_recipe(recipe)
    }

    /// From the next step on share every batch with `workers`.
    #[cfg(feature = "threads")]
    pub fn share_with(&mut self, workers: Workers) {
        self.workers = Some(workers);
    }

    pub fn device(&self) -> &Device {
        &self.device
    }

    /// Of the first weights, and of all that was random after them.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Training steps taken since the weights were made.
    pub fn step(&self) -> u64 {
        self.step
    }

    /// What is learned so far, or was in the kept model that is shown, for exams.
    ///
    /// # Errors
    /// [`Error::Unexaminable`] for a checkpoint without a predictor of its own features.
    pub fn eval_model(&self) -> Result<EvalModel, Error> {
        self.seen().eval_model(&self.config)
    }

    /// What is learned of actions so far; of a checkpoint without a reflex.
    ///
    /// # Errors
    /// [`Error::NoActions`] for a model without actions.
    pub fn world_model(&self) -> Result<WorldModel, Error> {
        self.network.world_model(&self.config, &self.device).ok_or(Error::NoActions)
    }

    /// Everything needed to go on later or elsewhere.
    ///
    /// # Errors
    /// [`Error::Read`] if the device is lost, [`Error::Frozen`] for a checkpoint.
    pub async fn snapshot(&self) -> Result<Snapshot, Error> {
        let mut reads = HostReads::default();
        self.network.learning()?.collect(&mut reads);
        let weights = reads.read().await?;
        let header = SnapshotHeader {
            config: self.config.clone(),
            seed: self.seed,
            step: self.step,
            before: self.before,
            rng: self.training_rng.clone(),
            recipe: Some(self.recipe.clone()),
            source: self.source(),
            notes: String::new(),
        };
        Ok(Snapshot { header, weights })
    }

    /// Features of a clip of RGBA frames `[T, size, size, 4]` -> `[N, D]`, row by row: of a checkpoint as its encoder gives
    /// them, of a model that learns those of the target encoder, normed as the loss sees them.
    ///
    /// # Errors
    /// [`Error::Frame`] for another number of bytes, [`Error::Read`] if the device is lost, [`Error::Unusable`] if the weights
    /// overflow.
    pub async fn embed(&self, clip: Vec<u8>) -> Result<Vec<f32>, Error> {
        let ModelConfig { frames, size, .. } = self.config;
        let expected = frames * size * size * 4;
        if clip.len() != expected {
            return Err(Error::Frame { found: clip.len(), expected, size });
        }
        let patches = clip::patches(&[clip], self.config.patch_shape(), &self.device);
        let features = self.seen().features(patches, self.config.grid());
        let features = if self.report().is_some() { features } else { normalise_targets(features) };
        let [features] = read([features]).await?;
        usable_features(&features)?;
        Ok(features)
    }

    /// Cosine similarity of every token of the last look with one of them, `[N]`.
    ///
    /// # Errors
    /// [`Error::NoLook`] or [`Error::Token`].
    pub fn similarity(&self, token: usize) -> Result<Vec<f32>, Error> {
        let features = self.features.as_ref().ok_or(Error::NoLook)?;
        let tokens = features.len() / self.config.width;
        if token >= tokens {
            return Err(Error::Token { token, tokens });
        }
        Ok(cosine(features, self.config.width, token))
    }
}
