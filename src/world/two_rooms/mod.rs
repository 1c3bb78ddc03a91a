//! Two rooms seen from above: an inner wall with one door, a disc that pushes move, and blocks that it can push. A
//! common task for planning with a world model ("Two Rooms", e.g. Sobal et al. 2025, arXiv:2502.14819).
//!
//! The unit of length is the picture's side: x to the right, y down, both 0 to 1.

mod layout;
mod physics;
mod play;
mod render;
mod truth;
mod way;

pub use layout::{Door, RoomsSpec, Wall};
pub use play::RandomPlay;
pub use truth::{AgentTruth, RoomsTruth};

use super::object::Shape;
use crate::rng::Rng;
use layout::Layout;
use physics::{Body, FASTEST};

/// Numbers of a push: x, y.
pub const ACTION_DIM: usize = 2;
/// Ticks of physics an action lasts.
pub const TICKS: usize = 4;
/// The agent's radius.
pub const RADIUS: f64 = 0.06;
/// Fastest the agent can be made by [`TwoRooms::shove`], in units of [`TwoRooms::state`].
const SHOVED: f64 = 2.0;
/// Farthest the inner wall slides before bodies are pushed aside: less than half of it, so that none gets across.
const SLIDE: f64 = 0.01;
/// Places tried for the agent before it stays where it is.
const TRIES: usize = 1000;
/// Places of which the one nearest to the inner wall is taken.
const NEAR_TRIES: usize = 4;
/// Places a side among which the nearest free one is searched.
const LATTICE: usize = 128;

/// A room in two parts with the agent in it.
#[derive(Clone, Debug, PartialEq)]
pub struct TwoRooms {
    layout: Layout,
    /// The agent, then blocks.
    bodies: Vec<Body>,
}

impl TwoRooms {
    /// The layout of a seed, and the agent at rest somewhere in it.
    pub fn new(spec: &RoomsSpec, seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let layout = Layout::new(spec, &mut rng);
        let agent = Body { position: [0.5; 2], velocity: [0.0; 2], radius: RADIUS, shape: Shape::Disc };
        let mut room = Self { layout, bodies: vec![agent] };
        let start = room.free_place(&mut rng);
        room.place(start);
        room.layout.add_blocks(spec, &mut room.bodies, &mut rng);
        room
    }

    /// Pushes the agent for [`TICKS`] ticks. Components are limited to -1..=1; one that is not a number counts as 0.
    pub fn act(&mut self, push: [f64; 2]) {
        let (walls, push) = (self.layout.walls(), limited(push));
        for _ in 0..TICKS {
            physics::tick(&mut self.bodies, &walls, push);
        }
    }

    /// The picture, RGBA [size, size, 4], opaque.
    pub fn render(&self, size: usize) -> Vec<u8> {
        render::render(&self.layout, &self.bodies, size)
    }

    /// Centre of the agent.
    pub fn position(&self) -> [f64; 2] {
        self.bodies[0].position
    }

    /// What the agent feels of itself: its velocity, 1 for the fastest a push can make it.
    pub fn state(&self) -> [f64; 2] {
        self.bodies[0].velocity.map(|v| v / FASTEST)
    }

    /// The state after `push` if nothing is in the way: the kinematics that imagination uses.
    pub fn free_state(state: [f64; 2], push: [f64; 2]) -> [f64; 2] {
        let push = limited(push);
        let after = |i: usize| (0..TICKS).fold(state[i], |v, _| physics::pushed(v, push[i], 1.0));
        [after(0), after(1)]
    }

    /// Puts the agent there, at rest; where it can't stand, to the nearest place where it can.
    pub fn place(&mut self, position: [f64; 2]) {
        let mut agent = self.bodies[0].clone();
        agent.position = self.nearest(position);
        agent.velocity = [0.0; 2];
        self.bodies[0] = agent;
    }

    /// Puts blocks there, at rest and beside walls, in the order of [`RoomsTruth::blocks`]; those that are not named, or
    /// whose place is no number, stay. An agent that one of them would stand on makes room.
    pub fn arrange(&mut self, blocks: &[[f64; 2]]) {
        let walls = self.layout.walls();
        for (block, position) in self.bodies[1..].iter_mut().zip(blocks) {
            if position.iter().all(|v| v.is_finite()) {
                block.position = *position;
                block.velocity = [0.0; 2];
                walls.stop(block);
            }
        }
        if !self.fits(self.position()) {
            self.place(self.position());
        }
    }

    /// Whether the agent could stand there, clear of walls, door and blocks.
    pub fn fits(&self, position: [f64; 2]) -> bool {
        self.layout.walls().clear(position, RADIUS) && layout::apart(self.blocks(), position, RADIUS)
    }

    /// Anywhere the agent could stand.
    pub fn free_place(&self, rng: &mut Rng) -> [f64; 2] {
        let free = |_| Some(layout::anywhere(rng, RADIUS)).filter(|place| self.fits(*place));
        (0..TRIES).find_map(free).unwrap_or_else(|| self.position())
    }

    /// Where a play begins: half of them near the inner wall, where there is most to learn.
    pub fn play_start(&self, rng: &mut Rng) -> [f64; 2] {
        let wall = self.layout.wall;
        let off = |place: [f64; 2]| (place[usize::from(!wall.vertical)] - wall.at).abs();
        let tries = [1, NEAR_TRIES][rng.below(2)];
        let places: Vec<[f64; 2]> = (0..tries).map(|_| self.free_place(rng)).collect();
        places.into_iter().min_by(|a, b| off(*a).total_cmp(&off(*b))).unwrap_or_else(|| self.position())
    }

    /// The same room with the agent at rest at `goal`: the picture of a goal.
    pub fn with_agent_at(&self, goal: [f64; 2]) -> Self {
        let mut room = self.clone();
        room.place(goal);
        room
    }

    /// Length of [`Self::way`].
    pub fn shortest(&self, goal: [f64; 2]) -> Option<f64> {
        let way = self.way(goal)?;
        let from = std::iter::once(self.position()).chain(way.iter().copied());
        Some(from.zip(&way).map(|(a, b)| way::distance(a, *b)).sum())
    }

    /// Waypoints of the shortest way of the agent's centre, the goal last, as if there were no blocks. None where a
    /// shut door is between. A goal in a wall is taken beside it.
    pub fn way(&self, goal: [f64; 2]) -> Option<Vec<[f64; 2]>> {
        way::way(&self.layout, self.position(), self.beside_walls(goal))
    }

    /// Whether the door is open.
    pub fn door_open(&self) -> bool {
        self.layout.door.open
    }

    /// Opens or shuts the door. What stands in the doorway when it shuts is pushed out to the nearer side.
    pub fn set_door(&mut self, open: bool) {
        self.layout.door.open = open;
        physics::settle(&mut self.bodies, &self.layout.walls());
    }

    /// Slides the inner wall and its door `by` so much, to the right or down, as far as both rooms keep room for the
    /// agent twice over. Agent and blocks are pushed aside.
    pub fn move_wall(&mut self, by: f64) {
        let by = if by.is_nan() { 0.0 } else { by };
        let (from, to) = (self.layout.wall.at, Layout::nearest_wall(self.layout.wall.at + by));
        let steps = ((to - from).abs() / SLIDE).ceil().max(1.0);
        for step in 1..=steps as usize {
            self.layout.wall.at = from + (to - from) * (step as f64 / steps);
            physics::settle(&mut self.bodies, &self.layout.walls());
        }
    }

    /// Adds to the agent's velocity, in units of [`Self::state`]; the result is limited to -2..=2.
    pub fn shove(&mut self, velocity: [f64; 2]) {
        let state = self.state();
        let sum = |i: usize| state[i] + if velocity[i].is_nan() { 0.0 } else { velocity[i] };
        self.bodies[0].velocity = [0, 1].map(|i| sum(i).clamp(-SHOVED, SHOVED) * FASTEST);
    }

    /// The truth about everything in the room.
    pub fn truth(&self) -> RoomsTruth {
        let agent = AgentTruth { position: self.position(), velocity: self.state() };
        let blocks = self.blocks().iter().map(|block| block.position).collect();
        RoomsTruth { agent, blocks, wall: self.layout.wall, door: self.layout.door }
    }

    fn blocks(&self) -> &[Body] {
        &self.bodies[1..]
    }

    /// `position` pushed out of walls; the middle of the picture for one that is not a number.
    fn beside_walls(&self, position: [f64; 2]) -> [f64; 2] {
        let mut agent = self.bodies[0].clone();
        agent.position = position.map(|v| if v.is_nan() { 0.5 } else { v });
        self.layout.walls().stop(&mut agent);
        agent.position
    }

    /// Beside walls, or the nearest place of a lattice that blocks leave free.
    fn nearest(&self, position: [f64; 2]) -> [f64; 2] {
        let wanted = self.beside_walls(position);
        if self.fits(wanted) {
            return wanted;
        }
        let place = |i: usize| [i % LATTICE, i / LATTICE].map(|n| n as f64 / LATTICE as f64);
        let off = |place: &[f64; 2]| way::distance(*place, wanted);
        let free = (0..LATTICE * LATTICE).map(place).filter(|place| self.fits(*place));
        free.min_by(|a, b| off(a).total_cmp(&off(b))).unwrap_or(wanted)
    }
}

fn limited(push: [f64; 2]) -> [f64; 2] {
    push.map(|v| if v.is_nan() { 0.0 } else { v.clamp(-1.0, 1.0) })
}
