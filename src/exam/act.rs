//! How well a world model acts: episodes in rooms that no training ever saw, under conditions that differ in who decides.

use crate::{
    act::{Agent, Measured, Mode, WorldModel},
    error::Error,
    planner::{PlanSettings, Planner},
    probe::interval::Share,
    rng::Rng,
    world::{RandomPlay, RoomsSpec, TwoRooms, exam_seed},
};
use serde::{Deserialize, Serialize};

/// Who decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Condition {
    /// Random play.
    Random,
    /// Straight towards the goal, whatever is in the way.
    Straight,
    /// The model's reflex.
    Reflex,
    /// Planning with the learned model.
    Plan,
    /// The same planner with the true simulator and the shortest way that is left.
    Simulator,
    /// The reflex, checked by the learned model.
    Check,
    /// The same in rooms whose door shuts in the middle.
    Perturbed,
}

impl Condition {
    pub const ALL: [Self; 7] =
        [Self::Random, Self::Straight, Self::Reflex, Self::Plan, Self::Simulator, Self::Check, Self::Perturbed];

    /// Its name in files.
    pub fn id(self) -> &'static str {
        match self {
            Self::Random => "random",
            Self::Straight => "straight",
            Self::Reflex => "reflex",
            Self::Plan => "plan",
            Self::Simulator => "simulator",
            Self::Check => "check",
            Self::Perturbed => "perturbed",
        }
    }
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ActExam {
    pub seed: u64,
    pub rooms: RoomsSpec,
    /// Of each condition.
    pub episodes: usize,
    /// Most actions of an episode.
    pub actions: usize,
    pub plan: PlanSettings,
}

/// How near the agent has to come, in sides of the picture.
pub const ARRIVED: f64 = 0.08;
/// The least way of an episode, in sides of the picture.
const LEAST_WAY: f64 = 0.25;
/// Actions before the door shuts, and within which the agent has to notice.
const SHUTS_AFTER: usize = 2;
const NOTICE_WITHIN: usize = 3;

impl ActExam {
    pub fn new(seed: u64) -> Self {
        let rooms = RoomsSpec { shut: 0.0, ..RoomsSpec::default() };
        Self { seed, rooms, episodes: 200, actions: 30, plan: PlanSettings::pushes() }
    }

    /// Rooms and goals of an episode, the same for all conditions.
    fn task(&self, episode: usize) -> (TwoRooms, [f64; 2]) {
        let mut rng = Rng::stream(self.seed, episode as u64);
        loop {
            let mut world = TwoRooms::new(&self.rooms, exam_seed(&mut rng));
            let start = world.free_place(&mut rng);
            world.place(start);
            let goal = world.free_place(&mut rng);
            // Through the door: in one room the straight line would do.
            let through = world.way(goal).is_some_and(|way| way.len() > 1);
            if through && world.shortest(goal).is_some_and(|way| way > LEAST_WAY) {
                return (world, goal);
            }
        }
    }
}

/// One episode.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Episode {
    pub arrived: bool,
    pub actions: usize,
    /// Of the agent's centre, and the shortest one.
    pub way: f64,
    pub shortest: f64,
    /// Frames that were imagined.
    pub imagined: usize,
    /// Decisions that were planned.
    pub planned: usize,
    /// It was surprised by what came.
    pub rang: bool,
    /// Door shut: it was surprised in time; none if it did not come to that.
    pub noticed: Option<bool>,
}

/// Episodes of a condition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Acted {
    pub condition: Condition,
    pub episodes: usize,
    pub success: Share,
    /// Of those that arrived: length of the way over that of the shortest one, mean.
    pub detour: Option<f64>,
    /// Actions an episode, mean.
    pub actions: f64,
    /// Imagined frames a decision, mean.
    pub imagined: f64,
    /// Share of decisions that were planned.
    pub planned: f64,
    /// Episodes in which it was surprised.
    pub rang: Share,
    /// Of those whose door shut before the agent was through.
    pub noticed: Option<Share>,
}

impl Acted {
    pub fn of(condition: Condition, episodes: &[Episode]) -> Self {
        let share = |of: &dyn Fn(&Episode) -> bool| {
            Share::new(episodes.iter().filter(|e| of(e)).count() as f64, episodes.len())
        };
        let mean = |of: &dyn Fn(&Episode) -> f64| episodes.iter().map(of).sum::<f64>() / episodes.len().max(1) as f64;
        let arrived: Vec<&Episode> = episodes.iter().filter(|episode| episode.arrived).collect();
        let decisions = episodes.iter().map(|episode| episode.actions).sum::<usize>().max(1) as f64;
        let asked: Vec<bool> = episodes.iter().filter_map(|episode| episode.noticed).collect();
        Self {
            condition,
            episodes: episodes.len(),
            success: share(&|episode| episode.arrived),
            detour: (!arrived.is_empty())
                .then(|| arrived.iter().map(|e| e.way / e.shortest).sum::<f64>() / arrived.len() as f64),
            actions: mean(&|episode| episode.actions as f64),
            imagined: episodes.iter().map(|e| e.imagined).sum::<usize>() as f64 / decisions,
            planned: episodes.iter().map(|e| e.planned).sum::<usize>() as f64 / decisions,
            rang: share(&|episode| episode.rang),
            noticed: (!asked.is_empty())
                .then(|| Share::new(asked.iter().filter(|noticed| **noticed).count() as f64, asked.len())),
        }
    }
}

/// What came of an exam so far.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ActReport {
    /// Episodes asked, of how many.
    pub done: usize,
    pub portions: usize,
    pub conditions: Vec<Acted>,
}

/// An exam that is asked episode by episode, condition by condition.
pub struct ActRun {
    exam: ActExam,
    conditions: Vec<Condition>,
    model: WorldModel,
    measured: Measured,
    /// Of the condition that is asked.
    episodes: Vec<Episode>,
    report: ActReport,
}

impl ActRun {
    pub fn new(exam: ActExam, conditions: &[Condition], model: WorldModel, measured: Measured) -> Self {
        let report = ActReport { portions: exam.episodes * conditions.len(), ..ActReport::default() };
        Self { exam, conditions: conditions.to_vec(), model, measured, episodes: Vec::new(), report }
    }

    /// One more episode; none once all are over.
    ///
    /// # Errors
    /// As [`Agent::decide`].
    pub async fn next(&mut self) -> Result<Option<&ActReport>, Error> {
        if self.report.done == self.report.portions {
            return Ok(None);
        }
        let at = self.report.done / self.exam.episodes;
        let (condition, episode) = (self.conditions[at], self.report.done % self.exam.episodes);
        let found = self.episode(condition, episode).await?;
        self.report.conditions.truncate(at);
        self.episodes.truncate(episode);
        self.episodes.push(found);
        self.report.conditions.push(Acted::of(condition, &self.episodes));
        self.report.done += 1;
        Ok(Some(&self.report))
    }

    pub fn report(&self) -> &ActReport {
        &self.report
    }

    /// Episode number `episode` under a condition.
    ///
    /// # Errors
    /// As [`Agent::decide`].
    async fn episode(&self, condition: Condition, episode: usize) -> Result<Episode, Error> {
        let (world, goal) = self.exam.task(episode);
        match condition {
            Condition::Random | Condition::Straight | Condition::Simulator => {
                Ok(self.without_model(condition, world, goal, episode))
            }
            _ => self.with_model(condition, world, goal, episode).await,
        }
    }

    fn without_model(&self, condition: Condition, mut world: TwoRooms, goal: [f64; 2], episode: usize) -> Episode {
        let mut rng = Rng::stream(self.exam.seed ^ 0x51, episode as u64);
        let mut player = RandomPlay::new(&mut rng);
        let mut so_far = Episode { shortest: world.shortest(goal).unwrap_or_default(), ..Episode::default() };
        let mut plan: Vec<f64> = Vec::new();
        let mut may_do = 0;
        while !so_far.over(&world, goal, self.exam.actions) {
            let push = match condition {
                Condition::Random => player.next(&mut rng),
                Condition::Straight => straight(&world, goal),
                _ => {
                    if may_do == 0 {
                        plan = simulated(&self.exam.plan, &world, goal, &plan, &mut rng);
                        may_do = self.exam.plan.replan;
                    }
                    may_do -= 1;
                    [plan.remove(0), plan.remove(0)]
                }
            };
            so_far.take(&mut world, |world| world.act(push));
        }
        so_far
    }

    async fn with_model(
        &self,
        condition: Condition,
        world: TwoRooms,
        goal: [f64; 2],
        episode: usize,
    ) -> Result<Episode, Error> {
        let mut so_far = Episode { shortest: world.shortest(goal).unwrap_or_default(), ..Episode::default() };
        let seed = self.exam.seed.wrapping_add(episode as u64);
        let mut agent = Agent::new(self.model.clone(), self.measured.clone(), self.exam.plan.clone(), world, seed);
        agent.mode = match condition {
            Condition::Reflex => Mode::Reflex,
            Condition::Plan => Mode::Plan,
            _ => Mode::Check,
        };
        agent.go_to(goal)?;
        let mut shut: Option<usize> = None;
        while !so_far.over(&agent.world, goal, self.exam.actions) {
            let decision = agent.decide().await?;
            so_far.imagined += decision.frames;
            so_far.planned += usize::from(decision.planned);
            // The door shuts only before the eyes of an agent that still has to go through it.
            let through = agent.world.way(goal).is_none_or(|way| way.len() > 1);
            let shuts = condition == Condition::Perturbed && shut.is_none() && so_far.actions >= SHUTS_AFTER && through;
            let before = agent.world.position();
            let outcome = agent
                .act_and(decision.action, |world| {
                    if shuts {
                        world.set_door(false);
                    }
                })
                .await?;
            so_far.moved(before, agent.world.position());
            if shuts {
                shut = Some(so_far.actions);
            }
            match shut {
                None => so_far.rang |= outcome.rings,
                Some(since) => {
                    let noticed =
                        so_far.noticed.unwrap_or(false) || outcome.rings && so_far.actions < since + NOTICE_WITHIN;
                    so_far.noticed = Some(noticed);
                    if so_far.actions + 1 >= since + NOTICE_WITHIN {
                        break;
                    }
                }
            }
        }
        Ok(so_far)
    }
}

impl Episode {
    fn over(&mut self, world: &TwoRooms, goal: [f64; 2], most: usize) -> bool {
        let at = world.position();
        self.arrived = (at[0] - goal[0]).powi(2) + (at[1] - goal[1]).powi(2) < ARRIVED * ARRIVED;
        self.arrived || self.actions >= most
    }

    fn take(&mut self, world: &mut TwoRooms, act: impl FnOnce(&mut TwoRooms)) {
        let before = world.position();
        act(world);
        self.moved(before, world.position());
    }

    fn moved(&mut self, from: [f64; 2], to: [f64; 2]) {
        self.actions += 1;
        self.way += ((to[0] - from[0]).powi(2) + (to[1] - from[1]).powi(2)).sqrt();
    }
}

/// Towards the goal, softer as it comes near.
fn straight(world: &TwoRooms, goal: [f64; 2]) -> [f64; 2] {
    let (at, state) = (world.position(), world.state());
    let off = [0, 1].map(|axis| (goal[axis] - at[axis]) / 0.15 - 0.3 * state[axis]);
    let size = (off[0] * off[0] + off[1] * off[1]).sqrt().max(1.0);
    off.map(|x| x / size)
}

/// A plan with copies of the world itself; what a sequence costs is the shortest way that is left.
fn simulated(settings: &PlanSettings, world: &TwoRooms, goal: [f64; 2], before: &[f64], rng: &mut Rng) -> Vec<f64> {
    let mut planner = Planner::new(settings.clone()).expect("settings were checked");
    planner.warm_start(before);
    for _ in 0..settings.rounds {
        let candidates = planner.propose(rng).to_vec();
        let cost = |actions: &Vec<f64>| {
            let mut copy = world.clone();
            let distance = |push: &[f64]| {
                copy.act([push[0], push[1]]);
                copy.shortest(goal).unwrap_or(f64::INFINITY)
            };
            actions.chunks_exact(2).map(distance).sum()
        };
        let costs: Vec<f64> = candidates.iter().map(cost).collect();
        planner.learn(&costs);
    }
    planner.best().map_or_else(|| planner.plan(), |(plan, _)| plan.to_vec())
}
