//! How a model is trained: everything a run is, besides the weights it starts from.

mod actions;
mod check;
mod scenes;

pub use actions::ActionRecipe;
pub use check::{RecipeError, check_world};
pub use scenes::Scenes;

use crate::{
    config::{Family, ModelConfig},
    grid::Grid,
    mask::{self, MaskError, MaskSpec, Masks},
    rng::Rng,
    schedule::{Decay, Schedule},
    world::WorldSpec,
};
use serde::{Deserialize, Serialize};

/// A run, apart from the model's geometry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Recipe {
    /// Trained on, and shown, while a world is the source.
    pub world: WorldSpec,
    pub masks: MaskMix,
    pub schedule: Schedule,
    /// Clips a step.
    pub batch: usize,
    /// Largest gradient norm of encoder and predictor, each on its own, once the warm-up is over.
    pub clip: Option<f64>,
    #[serde(default)]
    pub loss: Loss,
    /// The encoder's learning rate, as a share of the predictor's: a predictor that is ahead of its encoder keeps features
    /// from narrowing to what is easily predicted.
    #[serde(default = "one")]
    pub encoder_rate: f64,
    #[serde(default)]
    pub ablation: Ablation,
    #[serde(default)]
    pub optimiser: Optimiser,
    /// The predictor is evaluated as its own moving average with this momentum, which grows to it over the first steps; 0
    /// evaluates it as it is.
    #[serde(default)]
    pub predictor_momentum: f64,
    /// Frame-causal models: weight of hidden tokens beside that of the tubelets ahead, where a step hides anything.
    #[serde(default = "half")]
    pub hidden_weight: f64,
    /// Frame-causal models: how much more tokens count that change. An error counts 1 + this × the mean squared change of its
    /// target since the tubelet it is predicted from, so that what may come or not is expected at a smaller chance.
    #[serde(default)]
    pub change_weight: f64,
    #[serde(default)]
    pub scenes: Scenes,
    #[serde(default)]
    pub regulariser: Regulariser,
    /// Models with actions alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actions: Option<ActionRecipe>,
}

/// What is added to the loss so that features stay apart, with or without a moving average and stopped gradients.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Regulariser {
    pub kind: RegulariserKind,
    /// Of the term in the loss.
    pub weight: f64,
}

impl Default for Regulariser {
    /// None, and a weight with which either kind keeps features alive alone; beside the moving average less will do.
    fn default() -> Self {
        Self { kind: RegulariserKind::None, weight: 2.0 }
    }
}

/// Which term it is; the published models have none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RegulariserKind {
    #[default]
    None,
    /// Each channel varies over tokens, and no two vary together (Bardes et al. 2022).
    Vicreg,
    /// Along random directions tokens are spread like a Gaussian (Balestriero & LeCun 2025).
    Sigreg,
}

/// Steps of Muon's iteration (Newton and Schulz).
pub const MUON_ITERATIONS: usize = 5;

/// How weights follow gradients.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Optimiser {
    /// Matrices of transformer blocks move by Muon, all else by AdamW. Off: all by AdamW.
    pub muon: bool,
    /// How slowly AdamW's mean of squared gradients moves.
    pub beta2: f64,
}

impl Default for Optimiser {
    fn default() -> Self {
        Self { muon: false, beta2: 0.999 }
    }
}

/// How far a guess is from its target, mean over channels (spec §8.2: `loss_exp` 1 or 2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Loss {
    /// Its magnitude, as all published runs have it. Every token pulls with the same force, however far off it is: where
    /// most of a picture stands still, what moves is outvoted for a long time.
    #[default]
    Absolute,
    /// Half its square: what is far off pulls most.
    Squared,
}

fn one() -> f64 {
    1.0
}

fn half() -> f64 {
    0.5
}

/// What keeps V-JEPA's features from collapsing, each of which can be taken away to see what it was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Ablation {
    /// The targets come from a moving average. Off: from the context encoder as it is now.
    pub ema: bool,
    /// The targets are constants. Off: they come from the context encoder itself, and the loss moves them as well.
    pub stop_gradient: bool,
    /// A predictor guesses each hidden token. Off: the guess is the mean of the context's features.
    pub predictor: bool,
}

impl Default for Ablation {
    /// Nothing taken away: V-JEPA.
    fn default() -> Self {
        Self { ema: true, stop_gradient: true, predictor: true }
    }
}

impl Recipe {
    /// A preset's own, else the published one.
    pub fn of(config: &ModelConfig) -> Self {
        match config.name.as_str() {
            "learner" if config.causal.is_some() => Self::frame_causal(config),
            "starter" if config.causal.is_some() => Self::starter(config),
            "learner" | "starter" => Self::whole_clip(config),
            "actor" if config.actions.is_some() => Self::actor(config),
            _ => Self::published(config),
        }
    }

    /// Whether the loss of a batch without actions is the mean over its clips, so that parts of a batch add up to it: a
    /// regulariser looks at all of them together.
    pub fn divisible(&self) -> bool {
        self.regulariser.kind == RegulariserKind::None
    }

    /// As published, but for minutes rather than weeks: a short warm-up, then constant, with a target that follows within a
    /// hundred steps. V-JEPA 1 clips gradients once the warm-up is over, V-JEPA 2 never.
    pub fn published(config: &ModelConfig) -> Self {
        Self {
            world: WorldSpec::rich(),
            masks: MaskMix::blocks(),
            schedule: Schedule { warmup: 20, learning_rate_start: 1e-4, ..Schedule::constant(1e-3, 0.04, 0.99) },
            batch: config.batch,
            clip: (config.family == Family::VJepa1).then_some(10.0),
            loss: Loss::default(),
            encoder_rate: 1.0,
            ablation: Ablation::default(),
            optimiser: Optimiser::default(),
            predictor_momentum: 0.0,
            hidden_weight: half(),
            change_weight: 0.0,
            scenes: Scenes::default(),
            regulariser: Regulariser::default(),
            actions: config.actions.map(|_| ActionRecipe::default()),
        }
    }

    /// For weights that know something already, without the optimiser's memory: a quarter of the learning rate, warmed up to
    /// as ever and then held, and the target as slow as it was in the end.
    pub fn fine_tuning(self) -> Self {
        let Schedule { warmup, learning_rate, weight_decay_final, momentum_final, .. } = self.schedule;
        let held = Schedule::constant(learning_rate / 4.0, weight_decay_final, momentum_final);
        Self { schedule: Schedule { warmup, learning_rate_start: 0.0, ..held }, ..self }
    }

    /// For a small model that sees whole clips and is to know how things go on: mostly asked for the near future, in a world
    /// that is simple enough. MODEL_CARD.md says what else was tried.
    fn whole_clip(config: &ModelConfig) -> Self {
        let schedule = Schedule {
            warmup: 200,
            horizon: 9000,
            learning_rate_start: 1e-4,
            learning_rate_final: 1e-5,
            decay: Decay::Linear,
            momentum_final: 0.9995,
            ..Schedule::constant(2e-3, 0.04, 0.996)
        };
        Self {
            world: WorldSpec::standard(),
            masks: MaskMix { future: 0.8, past: (4, 7), horizon: (1, 2), ..MaskMix::blocks() },
            schedule,
            clip: Some(3.0),
            loss: Loss::Squared,
            encoder_rate: 0.3,
            ..Self::published(config)
        }
    }

    /// For a frame-causal model: every tubelet predicted from those before it, and in some steps blocks that are hidden for
    /// a while, as a pillar hides what is behind it. The model card says what each part is worth.
    fn frame_causal(config: &ModelConfig) -> Self {
        let schedule = Schedule {
            horizon: 10_000,
            learning_rate_start: 1e-5,
            learning_rate_final: 4e-5,
            decay: Decay::Trapezoid,
            ..Self::whole_clip(config).schedule
        };
        Self {
            masks: MaskMix { blocks: vec![mask::pillars()], future: 0.75, past: (1, 1), horizon: (1, 1) },
            schedule,
            clip: Some(1.5),
            optimiser: Optimiser { muon: true, beta2: 0.99 },
            predictor_momentum: 0.999,
            scenes: Scenes { occluder: Some(0.5), solid: Some(0.45), gravity: Some(0.45), ..Scenes::late(20) },
            ..Self::whole_clip(config)
        }
    }

    /// For a model with actions that learns from random play in two rooms. docs/acting.md says what else was tried.
    fn actor(config: &ModelConfig) -> Self {
        let schedule = Schedule {
            warmup: 100,
            horizon: 9_000,
            learning_rate_start: 1e-5,
            learning_rate_final: 2e-5,
            decay: Decay::Trapezoid,
            momentum: 0.99,
            momentum_final: 0.999,
            ..Schedule::constant(2e-3, 0.04, 0.99)
        };
        let actions =
            Some(ActionRecipe { roll_out: 4, imagined_states: true, similarity: 0.1, ..ActionRecipe::default() });
        let optimiser = Optimiser { muon: true, beta2: 0.99 };
        Self { schedule, clip: Some(1.5), optimiser, actions, ..Self::published(config) }
    }

    /// The same in the simplest world, for a model that is to know within 900 steps that what moves goes on moving.
    fn starter(config: &ModelConfig) -> Self {
        let learner = Self::frame_causal(config);
        Self {
            world: WorldSpec::simple(),
            schedule: Schedule { warmup: 100, horizon: 900, momentum: 0.99, ..learner.schedule.clone() },
            predictor_momentum: 0.99,
            scenes: Scenes::late(20),
            ..learner
        }
    }
}

/// What a run is trained on, as a file of it says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "ToldSource", into = "ToldSource")]
pub enum RunSource {
    /// Worlds of the recipe's kind; the shown one has this seed.
    World { seed: u64 },
    /// Frames that were pushed in, which no file holds; or nothing yet.
    #[default]
    Other,
}

/// A [`RunSource`] as JSON: `{kind: "world", seed}` or `{kind: "other"}`. A derived tag would cost kilobytes of code.
#[derive(Serialize, Deserialize)]
struct ToldSource {
    kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
}

impl From<ToldSource> for RunSource {
    fn from(told: ToldSource) -> Self {
        match (told.kind.as_str(), told.seed) {
            ("world", Some(seed)) => Self::World { seed },
            _ => Self::Other,
        }
    }
}

impl From<RunSource> for ToldSource {
    fn from(source: RunSource) -> Self {
        match source {
            RunSource::World { seed } => Self { kind: "world".into(), seed: Some(seed) },
            RunSource::Other => Self { kind: "other".into(), seed: None },
        }
    }
}

/// What the predictor is asked for, step by step: hidden blocks as published, or the future.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MaskMix {
    /// Generators of steps that hide blocks.
    pub blocks: Vec<MaskSpec>,
    /// Share of steps that ask for the future instead.
    pub future: f64,
    /// Fewest and most tubelets of the past that are seen.
    pub past: (usize, usize),
    /// Fewest and most tubelets that are then asked for.
    pub horizon: (usize, usize),
}

impl MaskMix {
    /// Short- and long-range blocks, as published (Bardes et al. 2024, section 3.2).
    pub fn blocks() -> Self {
        Self { blocks: vec![mask::short(), mask::long()], future: 0.0, past: (1, 1), horizon: (1, 1) }
    }

    /// The masks of one step of a frame-causal model, which is asked for the future by every token: `future` is the share of
    /// steps that hide nothing besides.
    ///
    /// # Errors
    /// As [`MaskSpec::sample`].
    pub fn sample_causal(&self, grid: Grid, batch: usize, rng: &mut Rng) -> Result<Vec<Masks>, MaskError> {
        if self.blocks.is_empty() || rng.uniform() < self.future {
            return Ok(vec![mask::nothing(grid, batch)]);
        }
        self.blocks.iter().map(|generator| generator.sample(grid, batch, rng)).collect()
    }

    /// The masks of one step, one [`Masks`] a generator.
    ///
    /// # Errors
    /// As [`MaskSpec::sample`] and [`mask::future`].
    pub fn sample(&self, grid: Grid, batch: usize, rng: &mut Rng) -> Result<Vec<Masks>, MaskError> {
        if self.future > 0.0 && rng.uniform() < self.future {
            let between = |(least, most): (usize, usize), rng: &mut Rng| least + rng.below(most.max(least) - least + 1);
            let past = between(self.past, rng).clamp(1, grid.t.saturating_sub(1).max(1));
            let horizon = between(self.horizon, rng);
            return Ok(vec![mask::future(grid, past, horizon, batch)?]);
        }
        self.blocks.iter().map(|generator| generator.sample(grid, batch, rng)).collect()
    }
}
