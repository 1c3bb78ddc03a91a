//! An agent in a room: it has a goal, and a way to decide what to do next.

use super::{
    Decision, Measured, Mode, Outcome, Step, Thought, Wait, WorldModel, measured::Seen, pictures::nearest_patches,
};
use crate::{
    error::Error,
    planner::{PlanSettings, Planner},
    rng::Rng,
    world::TwoRooms,
};
use burn::tensor::Tensor;
use std::collections::VecDeque;

/// What an agent sees and feels at an instant.
#[derive(Debug, Clone)]
struct Now {
    /// Of the room, `[hw, D]`.
    features: Tensor<2>,
    state: [f64; 2],
}

/// A plan in the making.
struct Thinking {
    planner: Planner,
    thought: Thought,
    energy: f64,
    frames: usize,
}

/// More surprise than this is a reason to stop.
pub const RINGS: f32 = 1.0;
/// Frames of a room that are kept to show imagination with.
const REMEMBERED: usize = 24;
/// Imagined actions of the reflex in a check.
const LOOK_AHEAD: usize = 3;
/// The least that a check wants the energy to fall in them, as a share of it.
const NEARER: f64 = 0.03;

/// A world model in a room.
pub struct Agent {
    pub world: TwoRooms,
    pub mode: Mode,
    model: WorldModel,
    measured: Measured,
    settings: PlanSettings,
    rng: Rng,
    goal: Option<(TwoRooms, Tensor<2>)>,
    /// What it last saw and felt.
    now: Option<Now>,
    /// The rest of the plan, and how much of it may be done before the next one.
    plan: Vec<f64>,
    may_do: usize,
    thinking: Option<Thinking>,
    /// What was thought for the last plan.
    thought: Thought,
    rang: bool,
    /// Frames of this room, newest last.
    here: VecDeque<Seen>,
    /// What was imagined of the last action, `[hw * D]`.
    expected: Vec<f32>,
    /// Energies at which it stood lately.
    lately: VecDeque<f64>,
}

impl Agent {
    pub fn new(model: WorldModel, measured: Measured, settings: PlanSettings, world: TwoRooms, seed: u64) -> Self {
        Self {
            world,
            mode: Mode::Check,
            model,
            measured,
            settings,
            rng: Rng::new(seed),
            goal: None,
            now: None,
            plan: Vec::new(),
            may_do: 0,
            thinking: None,
            thought: Thought::default(),
            rang: false,
            here: VecDeque::new(),
            expected: Vec::new(),
            lately: VecDeque::new(),
        }
    }

    pub fn model(&self) -> &WorldModel {
        &self.model
    }

    pub fn settings(&self) -> &PlanSettings {
        &self.settings
    }

    /// Plan so from the next plan on.
    ///
    /// # Errors
    /// [`Error::Plan`] if that can't be.
    pub fn set_settings(&mut self, settings: PlanSettings) -> Result<(), Error> {
        settings.check()?;
        self.settings = settings;
        self.forget_plan();
        Ok(())
    }

    /// The picture of the goal: this room with the agent there.
    pub fn goal(&self) -> Option<&TwoRooms> {
        self.goal.as_ref().map(|(picture, _)| picture)
    }

    /// Go there: to where it looks as it does in the room with the agent at `place`.
    ///
    /// # Errors
    /// As [`WorldModel::encode`].
    pub fn go_to(&mut self, place: [f64; 2]) -> Result<(), Error> {
        let picture = self.world.with_agent_at(place);
        let features = self.model.encode(&[picture.render(self.model.config.size)])?;
        self.goal = Some((picture, features));
        self.forget_plan();
        Ok(())
    }

    /// No goal any more.
    pub fn rest(&mut self) {
        self.goal = None;
        self.forget_plan();
    }

    /// Think no further: the next decision begins anew.
    pub fn stop(&mut self) {
        self.thinking = None;
    }

    /// What was thought for the last plan.
    pub fn thought(&self) -> &Thought {
        &self.thought
    }

    fn forget_plan(&mut self) {
        self.thinking = None;
        self.plan.clear();
        self.may_do = 0;
        self.lately.clear();
    }

    /// Another room.
    pub fn enter(&mut self, world: TwoRooms) {
        self.world = world;
        self.now = None;
        self.rang = false;
        self.here.clear();
        self.expected.clear();
        self.rest();
    }

    /// How far the agent is from its goal, in sides of the picture; none without one.
    pub fn distance(&self) -> Option<f64> {
        let goal = self.goal()?.position();
        let at = self.world.position();
        Some(((goal[0] - at[0]).powi(2) + (goal[1] - at[1]).powi(2)).sqrt())
    }

    fn seen(&mut self) -> Result<Now, Error> {
        if let Some(now) = &self.now {
            return Ok(now.clone());
        }
        let features = self.model.encode(&[self.world.render(self.model.config.size)])?;
        let now = Now { features, state: self.world.state() };
        self.now = Some(now.clone());
        Ok(now)
    }

    /// What to do next, thought through to the end.
    ///
    /// # Errors
    /// As [`next`](Self::next).
    pub async fn decide(&mut self) -> Result<Decision, Error> {
        loop {
            if let Step::Decided(decision) = self.next().await? {
                return Ok(decision);
            }
        }
    }

    /// A step towards what to do next: a decision, or a round of planning. Who stops asking has cancelled nothing but the
    /// thought; [`stop`](Self::stop) lets go of it.
    ///
    /// # Errors
    /// [`Error::NoGoal`] without a goal, [`Error::NoReflex`] for a model without one that is to use it; as
    /// [`WorldModel::weigh`].
    pub async fn next(&mut self) -> Result<Step, Error> {
        let now = self.seen()?;
        let (_, goal) = self.goal.clone().ok_or(Error::NoGoal)?;
        if self.thinking.is_none()
            && let Some(decision) = self.at_once(&now, &goal).await?
        {
            return Ok(Step::Decided(decision));
        }
        let Some(mut thinking) = self.thinking.take() else { return Err(Error::NoGoal) };
        self.round(&now, &goal, &mut thinking).await?;
        if thinking.thought.left > 0 {
            let thought = thinking.thought.clone();
            self.thinking = Some(thinking);
            return Ok(Step::Thinking(thought));
        }
        let Thinking { thought, energy, frames, .. } = thinking;
        self.plan.clone_from(&thought.plan);
        self.may_do = match self.mode {
            // Who has been wrong is asked again only when the plan has led somewhere else.
            Mode::Check => self.settings.replan.max(self.settings.horizon / 2),
            Mode::Plan | Mode::Reflex => self.settings.replan,
        };
        self.thought = thought;
        Ok(Step::Decided(self.planned(self.thought.wait, energy, frames)))
    }

    /// What needs no plan: the reflex, where it is trusted, or the next action of the plan that is there. Otherwise a plan
    /// is begun.
    async fn at_once(&mut self, now: &Now, goal: &Tensor<2>) -> Result<Option<Decision>, Error> {
        let energy = self.energy(&now.features, goal).await?;
        let mut wait = self.rang.then_some(Wait::Surprise);
        let mut frames = 0;
        let asks_reflex = match self.mode {
            Mode::Reflex => true,
            Mode::Plan => false,
            Mode::Check => self.may_do == 0 && wait.is_none(),
        };
        if asks_reflex {
            let reflex = self.model.react(&now.features, goal, &now.state).await?.ok_or(Error::NoReflex)?;
            let action = [reflex[0], reflex[1]];
            let trusted = self.mode == Mode::Reflex || {
                frames += LOOK_AHEAD;
                self.helps(now, goal, action, energy).await?
            };
            if trusted {
                self.rang = false;
                self.note(energy);
                return Ok(Some(Decision { action, planned: false, wait: None, energy, frames }));
            }
            wait = Some(Wait::Fruitless);
        }
        if self.may_do > 0 && wait.is_none() {
            return Ok(Some(self.planned(None, energy, frames)));
        }
        let mut planner = Planner::new(self.settings.clone())?;
        planner.warm_start(&self.plan);
        let thought = Thought { left: self.settings.rounds, wait, ..Thought::default() };
        self.thinking = Some(Thinking { planner, thought, energy, frames });
        Ok(None)
    }

    /// The next action of the plan.
    fn planned(&mut self, wait: Option<Wait>, energy: f64, frames: usize) -> Decision {
        self.rang = false;
        self.note(energy);
        let action = [0, 1].map(|at| self.plan.get(at).copied().unwrap_or_default());
        self.plan.drain(..self.settings.dim().min(self.plan.len()));
        self.may_do = self.may_do.saturating_sub(1);
        Decision { action, planned: true, wait, energy, frames }
    }

    /// One round of planning.
    async fn round(&mut self, now: &Now, goal: &Tensor<2>, thinking: &mut Thinking) -> Result<(), Error> {
        let candidates = thinking.planner.propose(&mut self.rng).to_vec();
        let probe = Some(&self.measured.probe);
        let goal = (goal, self.settings.energy);
        let imagined = self.model.weigh(&now.features, &now.state, &candidates, goal, probe).await?;
        thinking.frames += candidates.len() * self.settings.horizon;
        thinking.planner.learn(&imagined.costs(self.settings.cost));
        let thought = &mut thinking.thought;
        thought.plan = thinking.planner.best().map_or_else(|| thinking.planner.plan(), |(plan, _)| plan.to_vec());
        thought.rounds.push(imagined);
        thought.left -= 1;
        Ok(())
    }

    fn note(&mut self, energy: f64) {
        self.lately.push_back(energy);
        if self.lately.len() > LOOK_AHEAD {
            self.lately.pop_front();
        }
    }

    /// How far a frame is from the goal.
    async fn energy(&self, now: &Tensor<2>, goal: &Tensor<2>) -> Result<f64, Error> {
        let energy = self.model.energies(now.clone(), goal, self.settings.energy);
        Ok(f64::from(self.model.read(energy).await?[0]))
    }

    /// Whether the reflex, let alone in imagination, comes nearer the goal.
    async fn helps(&self, now: &Now, goal: &Tensor<2>, action: [f64; 2], energy: f64) -> Result<bool, Error> {
        let held = action.repeat(LOOK_AHEAD);
        let goal = (goal, self.settings.energy);
        let imagined = self.model.weigh(&now.features, &now.state, &[held], goal, None).await?;
        let least = imagined.energies[0].iter().copied().fold(f64::INFINITY, f64::min);
        // Standing still for as long as it looks ahead is no progress either, whatever imagination says.
        let stuck =
            self.lately.len() == LOOK_AHEAD && self.lately.iter().all(|before| *before <= energy * (1.0 + NEARER));
        Ok(least < energy * (1.0 - NEARER) && !stuck)
    }

    /// Do it, and compare what came with what was imagined of it.
    ///
    /// # Errors
    /// As [`WorldModel::weigh`].
    pub async fn act(&mut self, action: [f64; 2]) -> Result<Outcome, Error> {
        self.act_and(action, |_| {}).await
    }

    /// [`act`](Self::act), with somebody meddling before the agent sees what came of it.
    ///
    /// # Errors
    /// As [`WorldModel::weigh`].
    pub async fn act_and(&mut self, action: [f64; 2], meddle: impl FnOnce(&mut TwoRooms)) -> Result<Outcome, Error> {
        let before = self.seen()?;
        let expected = self.model.imagine(&before.features, &before.state, &[action.to_vec()]).remove(0);
        self.world.act(action);
        meddle(&mut self.world);
        self.now = None;
        let after = self.seen()?.features;
        let both = self.model.read(Tensor::cat(vec![expected, after], 0)).await?;
        let (expected, after) = both.split_at(both.len() / 2);
        let surprise = self.measured.surprise.of(expected, after);
        self.expected = expected.to_vec();
        self.remember(after.to_vec());
        let rings = surprise > RINGS;
        if rings {
            self.rang = true;
            self.forget_plan();
            // Its goal lies in the room as it is now.
            if let Some(place) = self.goal().map(TwoRooms::position) {
                self.go_to(place)?;
            }
        }
        Ok(Outcome { surprise, rings })
    }

    fn remember(&mut self, features: Vec<f32>) {
        if self.here.len() == REMEMBERED {
            self.here.pop_front();
        }
        self.here.push_back(Seen { frame: self.world.render(self.model.config.size), features });
    }

    /// What was imagined of the last action, as nearest real patches, RGBA `[size, size, 4]`; none before one.
    pub fn expected(&self) -> Option<Vec<u8>> {
        (!self.expected.is_empty()).then(|| self.picture(&self.expected))
    }

    /// The future of the last plan as nearest real patches, a frame RGBA `[size, size, 4]` for each of its actions.
    ///
    /// # Errors
    /// As [`WorldModel::weigh`].
    pub async fn future(&mut self) -> Result<Vec<Vec<u8>>, Error> {
        let plan = self.thought.plan.clone();
        if plan.is_empty() {
            return Ok(Vec::new());
        }
        let now = self.seen()?;
        let imagined = self.model.imagine(&now.features, &now.state, &[plan]);
        let steps = imagined.len();
        let features = self.model.read(Tensor::cat(imagined, 0)).await?;
        Ok(features.chunks_exact(features.len() / steps).map(|features| self.picture(features)).collect())
    }

    fn picture(&self, features: &[f32]) -> Vec<u8> {
        let seen: Vec<&Seen> = self.here.iter().chain(&self.measured.seen).collect();
        nearest_patches(features, &seen, self.model.config.grid(), self.model.config.size)
    }

    /// How far the room would be from the goal with the agent at places of a square raster, row by row, `[side * side]`;
    /// NaN where it doesn't fit.
    ///
    /// # Errors
    /// [`Error::NoGoal`]; as [`WorldModel::weigh`].
    pub async fn landscape(&self, side: usize) -> Result<Vec<f32>, Error> {
        let (_, goal) = self.goal.as_ref().ok_or(Error::NoGoal)?;
        let at = |i: usize| (i as f64 + 0.5) / side as f64;
        let places: Vec<[f64; 2]> = (0..side * side).map(|i| [at(i % side), at(i / side)]).collect();
        let free: Vec<bool> = places.iter().map(|place| self.world.fits(*place)).collect();
        let frames: Vec<Vec<u8>> = places
            .iter()
            .zip(&free)
            .filter(|(_, free)| **free)
            .map(|(place, _)| self.world.with_agent_at(*place).render(self.model.config.size))
            .collect();
        let mut energies = vec![f32::NAN; places.len()];
        if frames.is_empty() {
            return Ok(energies);
        }
        let found = self.model.energies(self.model.encode(&frames)?, goal, self.settings.energy);
        let found = self.model.read(found).await?;
        let open = energies.iter_mut().zip(free).filter(|(_, free)| *free).map(|(energy, _)| energy);
        open.zip(found).for_each(|(energy, found)| *energy = found);
        Ok(energies)
    }

    /// Change the room behind its back: in the middle of a deed it sees that only when it has acted.
    pub fn meddle(&mut self, how: impl FnOnce(&mut TwoRooms)) {
        how(&mut self.world);
        if self.goal.is_none() {
            self.now = None;
        }
    }
}
