//! Encoder, action-conditioned predictor and reflex, without gradients: what is, what would be, what to do at once.

use crate::{
    clip,
    config::{Actions, ModelConfig},
    error::Error,
    grid::{Grid, PatchShape},
    kernels,
    model::{ActionPredictor, Conditions, Encoder, Reflex, TemporalDistance, Tokens, group::upload, normalise_targets},
    planner::{Cost, Energy, Motion},
    read::{read_all, usable, usable_features},
    train::Trainer,
};
use burn::tensor::{Device, Tensor, TensorData};

/// A model of a world with actions.
#[derive(Debug, Clone)]
pub struct WorldModel {
    pub config: ModelConfig,
    pub actions: Actions,
    encoder: Encoder,
    predictor: ActionPredictor,
    reflex: Option<Reflex>,
    distance: Option<TemporalDistance>,
    motion: Motion,
    device: Device,
}

/// What came of candidates in imagination.
#[derive(Debug, Clone, Default)]
pub struct Imagined {
    /// Of each candidate after each action how far it is from the goal, `[C][H]`.
    pub energies: Vec<Vec<f64>>,
    /// Where the agent seems to be then, x and y, `[C][H]`; empty without a probe.
    pub places: Vec<Vec<[f32; 2]>>,
}

impl Imagined {
    /// What each candidate costs.
    pub fn costs(&self, cost: Cost) -> Vec<f64> {
        let of = |energies: &Vec<f64>| match cost {
            Cost::Sum => energies.iter().sum(),
            Cost::Last => energies.last().copied().unwrap_or(f64::INFINITY),
        };
        self.energies.iter().map(of).collect()
    }
}

impl WorldModel {
    /// What `trainer` has learned so far; none if its model has no actions.
    pub fn of(trainer: &Trainer, device: &Device) -> Option<Self> {
        let parts = trainer.actions.as_ref()?;
        let small = (parts.reflex.as_ref().map(Reflex::valid), parts.distance.as_ref().map(TemporalDistance::valid));
        Self::new(trainer.config.clone(), trainer.target.clone(), parts.predictor.valid(), small, device)
    }

    /// From networks without gradients; none if `config` has no actions.
    pub fn new(
        config: ModelConfig,
        encoder: Encoder,
        predictor: ActionPredictor,
        (reflex, distance): (Option<Reflex>, Option<TemporalDistance>),
        device: &Device,
    ) -> Option<Self> {
        let actions = config.actions?;
        Some(Self {
            config,
            actions,
            encoder,
            predictor,
            reflex,
            distance,
            motion: Motion::of(actions.dim),
            device: device.clone(),
        })
    }

    pub fn device(&self) -> &Device {
        &self.device
    }

    /// How a state goes on in imagination.
    pub fn motion(&self) -> Motion {
        self.motion
    }

    pub fn has_reflex(&self) -> bool {
        self.reflex.is_some()
    }

    pub fn has_distance(&self) -> bool {
        self.distance.is_some()
    }

    /// How far frames `[F * hw, D]` are from a goal `[hw, D]`: `[F, 1]`.
    pub fn energies(&self, features: Tensor<2>, goal: &Tensor<2>, energy: Energy) -> Tensor<2> {
        match (energy, &self.distance) {
            (Energy::Time, Some(distance)) => {
                TemporalDistance::between(distance.points(features), distance.points(goal.clone()))
            }
            _ => {
                let [rows, width] = features.dims();
                let values = self.hw() * width;
                let off = features.reshape([rows / self.hw(), values]) - goal.clone().reshape([1, values]);
                off.abs().mean_dim(1)
            }
        }
    }

    /// Tokens of a frame.
    fn hw(&self) -> usize {
        self.config.grid().frame()
    }

    /// Normed features of frames, each encoded alone, RGBA `[size, size, 4]` -> `[F * hw, D]`.
    ///
    /// # Errors
    /// [`Error::Frame`] for another number of bytes.
    pub fn encode(&self, frames: &[Vec<u8>]) -> Result<Tensor<2>, Error> {
        let size = self.config.size;
        let expected = size * size * 4;
        if let Some(frame) = frames.iter().find(|frame| frame.len() != expected) {
            return Err(Error::Frame { found: frame.len(), expected, size });
        }
        let still = |frame: &Vec<u8>| frame.repeat(self.config.tubelet);
        let clips: Vec<Vec<u8>> = frames.iter().map(still).collect();
        let shape = PatchShape { frames: self.config.tubelet, ..self.config.patch_shape() };
        let patches = clip::patches(&clips, shape, &self.device);
        let frame = Grid { t: 1, ..self.config.grid() };
        let tokens = Tokens::all(frame, frames.len(), &self.device);
        Ok(normalise_targets(self.encoder.forward(patches, frame, &tokens)))
    }

    /// What is predicted after each action of each candidate `[C][H * dim]`, all from one frame `[hw, D]` at `state`:
    /// features `[C * hw, D]` after each of the `H` actions.
    pub fn imagine(&self, now: &Tensor<2>, state: &[f64], candidates: &[Vec<f64>]) -> Vec<Tensor<2>> {
        let count = candidates.len();
        self.imagine_from(now.clone().repeat_dim(0, count), vec![state.to_vec(); count], candidates)
    }

    /// [`imagine`](Self::imagine) with a frame and a state of its own for each candidate, `[C * hw, D]`.
    pub fn imagine_from(
        &self,
        mut features: Tensor<2>,
        mut states: Vec<Vec<f64>>,
        candidates: &[Vec<f64>],
    ) -> Vec<Tensor<2>> {
        let (dim, count) = (self.actions.dim, candidates.len());
        let horizon = candidates.first().map_or(0, |actions| actions.len() / dim);
        let mut so_far = self.predictor.start(count);
        let mut steps = Vec::with_capacity(horizon);
        for step in 0..horizon {
            let actions: Vec<&[f64]> = candidates.iter().map(|actions| &actions[step * dim..][..dim]).collect();
            let conditions = Conditions {
                actions: self.upload(actions.iter().flat_map(|action| action.iter().copied())),
                states: self.upload(states.iter().flatten().copied()),
                extrinsics: self.actions.extrinsics.then(|| Tensor::zeros([count, dim - 1], &self.device)),
            };
            features = self.predictor.imagine(features, conditions, &mut so_far);
            steps.push(features.clone());
            for (state, action) in states.iter_mut().zip(actions) {
                *state = self.motion.next(state, action);
            }
        }
        steps
    }

    /// [`imagine`](Self::imagine), and how far from a goal `[hw, D]` that is, read once.
    ///
    /// # Errors
    /// [`Error::Read`] if the device is lost, [`Error::Unusable`] if the weights overflow.
    pub async fn weigh(
        &self,
        now: &Tensor<2>,
        state: &[f64],
        candidates: &[Vec<f64>],
        (goal, energy): (&Tensor<2>, Energy),
        probe: Option<&Tensor<1>>,
    ) -> Result<Imagined, Error> {
        let (count, values) = (candidates.len(), self.hw() * self.config.width);
        let steps = self.imagine(now, state, candidates);
        let horizon = steps.len();
        let all = Tensor::cat(steps, 0); // [H * C * hw, D]
        let mut reads = vec![self.energies(all.clone(), goal, energy)];
        reads.extend(probe.map(|probe| kernels::linear(all.reshape([horizon * count, values]), probe.clone(), 2)));
        let read = read_all(reads).await?;
        usable("energies", &read[0])?;
        let of_candidate = |at: usize| (0..horizon).map(move |step| step * count + at);
        let energies = |at: usize| of_candidate(at).map(|row| f64::from(read[0][row])).collect();
        let places =
            |places: &Vec<f32>, at: usize| of_candidate(at).map(|row| [places[2 * row], places[2 * row + 1]]).collect();
        Ok(Imagined {
            energies: (0..count).map(energies).collect(),
            places: read.get(1).map_or_else(Vec::new, |read| (0..count).map(|at| places(read, at)).collect()),
        })
    }

    /// What the reflex does at once at a frame `[hw, D]` with a goal `[hw, D]`; none without one.
    ///
    /// # Errors
    /// As [`weigh`](Self::weigh).
    pub async fn react(&self, now: &Tensor<2>, goal: &Tensor<2>, state: &[f64]) -> Result<Option<Vec<f64>>, Error> {
        let Some(reflex) = &self.reflex else { return Ok(None) };
        let action = reflex.forward(now.clone(), goal.clone(), self.upload(state.iter().copied()));
        let action = read_all(vec![action]).await?.remove(0);
        usable("actions", &action)?;
        Ok(Some(action.into_iter().map(f64::from).collect()))
    }

    /// Features on the host, `[R * D]`.
    ///
    /// # Errors
    /// As [`weigh`](Self::weigh).
    pub async fn read(&self, features: Tensor<2>) -> Result<Vec<f32>, Error> {
        let features = read_all(vec![features]).await?.remove(0);
        usable_features(&features)?;
        Ok(features)
    }

    /// The probe `[hw * D, 2]` of a linear map, for [`weigh`](Self::weigh): matrix, then bias.
    pub fn probe(&self, layer: Vec<f32>) -> Tensor<1> {
        upload(layer, &self.device)
    }

    /// `[n / dim, dim]`.
    fn upload(&self, values: impl Iterator<Item = f64>) -> Tensor<2> {
        let values: Vec<f32> = values.map(|value| value as f32).collect();
        let rows = values.len() / self.actions.dim;
        Tensor::from_data(TensorData::new(values, [rows, self.actions.dim]), &self.device)
    }
}
