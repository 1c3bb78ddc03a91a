//! One model at work: it holds the clip, looks at it, trains on it, and saves itself.
//!
//! This is what the page, native programs and tests drive. All reads are asynchronous; one call at a time.

mod export;
mod extractor;
mod look;
mod network;
mod proof;
mod source;
mod training;
mod warm;

pub use extractor::Extractor;
pub use look::{Guess, Look, MaskKind};
pub use proof::{ProofRow, prove};
pub use training::TrainReport;

use crate::{
    checkpoint::{HostReads, LoadReport, Loaded, Snapshot, SnapshotHeader, random},
    clip::{self, Ring},
    config::{Limits, ModelConfig},
    error::Error,
    model::normalise_targets,
    probe::{pca::Projection, similarity::cosine},
    recipe::Recipe,
    rng::Rng,
    train::Trainer,
};
use burn::tensor::{Device, Transaction};
use network::Network;
use source::Source;
use std::collections::VecDeque;

/// Random streams that must not disturb each other: looking never changes what training draws.
const TRAINING: u64 = 1;
const LOOKING: u64 = 2;

/// A model, its clip and its training state on one device.
pub struct Session {
    config: ModelConfig,
    device: Device,
    seed: u64,
    step: u64,
    network: Network,
    /// Some gradient has been seen to arrive.
    learning: bool,
    recipe: Recipe,
    training_rng: Rng,
    looking_rng: Rng,
    ring: Ring,
    /// The one picture that is looked at instead of the ring, at model size.
    still: Option<Vec<u8>>,
    source: Source,
    colours: Projection,
    /// Axes of predicted features that live in another model's space.
    guessed_colours: Projection,
    map: Projection,
    /// Pooled features of recent looks, newest last.
    embeddings: VecDeque<Vec<f32>>,
    /// Features of the last look, `[N, D]`.
    features: Option<Vec<f32>>,
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
        let header = SnapshotHeader { config, seed, step: 0, rng: Rng::stream(seed, TRAINING) };
        Self::restore(Snapshot { header, weights }, device, limits)
    }

    /// A session as it was saved; the clip has to be sent again.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] if a tensor is missing or misshaped, [`Error::Config`] if the device can't hold it.
    pub fn restore(snapshot: Snapshot, device: Device, limits: Limits) -> Result<Self, Error> {
        let SnapshotHeader { config, seed, step, rng } = snapshot.header;
        config.fits(limits)?;
        let network = Network::Learning(Box::new(Trainer::load(&config, snapshot.weights, step, &device)?));
        Ok(Self { training_rng: rng, step, ..Self::new(config, network, seed, device) })
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
            recipe: Recipe::published(&config),
            training_rng: Rng::stream(seed, TRAINING),
            looking_rng: Rng::stream(seed, LOOKING),
            ring: Ring::new(config.frames, config.size),
            still: None,
            source: Source::default(),
            colours: Projection::new(3),
            guessed_colours: Projection::new(3),
            map: Projection::new(2),
            embeddings: VecDeque::new(),
            features: None,
            config,
            device,
            seed,
            step: 0,
        }
    }

    /// What came of the files, if this is a checkpoint.
    pub fn report(&self) -> Option<&LoadReport> {
        self.network.report()
    }

    pub fn config(&self) -> &ModelConfig {
        &self.config
    }

    /// How it trains.
    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// From the next step on.
    pub fn set_recipe(&mut self, recipe: Recipe) {
        self.recipe = recipe;
    }

    pub fn device(&self) -> &Device {
        &self.device
    }

    /// Training steps taken since the weights were made.
    pub fn step(&self) -> u64 {
        self.step
    }

    /// What is learned so far, for exams.
    ///
    /// # Errors
    /// [`Error::Frozen`] for a checkpoint.
    pub fn examinee(&self) -> Result<crate::exam::Examinee, Error> {
        Ok(self.network.learning()?.examinee())
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
            rng: self.training_rng.clone(),
        };
        Ok(Snapshot { header, weights })
    }

    /// Features of a clip of RGBA frames `[T, size, size, 4]` -> `[N, D]`, row by row: of a checkpoint as its encoder gives
    /// them, of a model that learns those of the target encoder, normed as the loss sees them.
    ///
    /// # Errors
    /// [`Error::Frame`] for another number of bytes, [`Error::Read`] if the device is lost.
    pub async fn embed(&self, clip: Vec<u8>) -> Result<Vec<f32>, Error> {
        let ModelConfig { frames, size, .. } = self.config;
        let expected = frames * size * size * 4;
        if clip.len() != expected {
            return Err(Error::Frame { found: clip.len(), expected, size });
        }
        let patches = clip::patches(&[clip], self.config.patch_shape(), &self.device);
        let features = self.network.features(patches, self.config.grid());
        let features = if self.report().is_some() { features } else { normalise_targets(features) };
        let [features] = read([features]).await?;
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

/// Read float tensors of one rank together.
pub(crate) async fn read<const D: usize, const N: usize>(
    tensors: [burn::tensor::Tensor<D>; N],
) -> Result<[Vec<f32>; N], Error> {
    Ok(read_all(tensors.into()).await?.try_into().expect("as many results as tensors"))
}

/// [`read`] for as many as there are.
async fn read_all<const D: usize>(tensors: Vec<burn::tensor::Tensor<D>>) -> Result<Vec<Vec<f32>>, Error> {
    let reads = tensors.into_iter().fold(Transaction::default(), Transaction::register);
    let data = reads.execute_async().await.map_err(|error| Error::Read(error.to_string()))?;
    let values = data.into_iter().map(|data| data.try_into_vec::<f32>());
    values.collect::<Result<_, _>>().map_err(|error| Error::Read(format!("{error:?}")))
}
