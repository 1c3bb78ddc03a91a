//! What a seed chooses: the inner wall and its door, colours, where the agent starts, what stands around.

use super::{
    RADIUS,
    physics::{Body, Walls},
};
use crate::{
    rng::Rng,
    world::{object::Shape, shapes::Rectangle},
};
use serde::{Deserialize, Serialize};

/// Thickness of the outer walls.
const OUTER: f64 = 0.04;
/// Half the thickness of the inner wall.
pub(super) const HALF: f64 = 0.025;
/// Least wall on both sides of the door.
const BESIDE: f64 = 0.1;
/// Most blocks of a room.
const MOST_BLOCKS: usize = 8;
/// Places a block tries before the room goes without it.
const TRIES: usize = 200;
/// Sets of colours for floor and walls.
pub(super) const PALETTES: usize = 4;

/// What layouts are drawn. Shares are of layouts, 0 to 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoomsSpec {
    /// Fewest and most blocks that can be pushed, 8 at most.
    pub blocks: (usize, usize),
    /// Share of layouts whose door is shut.
    pub shut: f64,
}

impl Default for RoomsSpec {
    fn default() -> Self {
        Self { blocks: (0, 0), shut: 0.1 }
    }
}

/// The inner wall.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Wall {
    /// Whether it runs from top to bottom; from left to right otherwise.
    pub vertical: bool,
    /// Its middle: x of a vertical wall, y of another.
    pub at: f64,
}

/// The door in the inner wall.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Door {
    /// Its middle along the wall.
    pub at: f64,
    pub width: f64,
    pub open: bool,
}

/// The room without what is in it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Layout {
    pub wall: Wall,
    pub door: Door,
    /// Below [`PALETTES`].
    pub palette: usize,
}

impl Layout {
    pub fn new(spec: &RoomsSpec, rng: &mut Rng) -> Self {
        let wall = Wall { vertical: rng.below(2) == 0, at: rng.range(0.38, 0.62) };
        let width = rng.range(0.2, 0.28);
        let edge = OUTER + BESIDE + width / 2.0;
        let door = Door { at: rng.range(edge, 1.0 - edge), width, open: rng.uniform() >= spec.shut };
        Self { wall, door, palette: rng.below(PALETTES) }
    }

    /// The place `across` the inner wall and `along` it.
    pub fn point(&self, across: f64, along: f64) -> [f64; 2] {
        if self.wall.vertical { [across, along] } else { [along, across] }
    }

    /// Where the door begins and ends along the wall.
    pub fn doorway(&self) -> [f64; 2] {
        [self.door.at - self.door.width / 2.0, self.door.at + self.door.width / 2.0]
    }

    /// The part of the inner wall between two places along it.
    pub fn strip(&self, from: f64, to: f64) -> Rectangle {
        let [left, top] = self.point(self.wall.at - HALF, from);
        let [right, bottom] = self.point(self.wall.at + HALF, to);
        Rectangle { left, top, right, bottom }
    }

    /// The inner wall: one piece when the door is shut.
    pub fn walls(&self) -> Walls {
        let [from, to] = self.doorway();
        let pieces = match self.door.open {
            true => vec![self.strip(-1.0, from), self.strip(to, 2.0)],
            false => vec![self.strip(-1.0, 2.0)],
        };
        Walls { room: Self::room(), pieces }
    }

    /// Inside the outer walls.
    pub fn room() -> Rectangle {
        Rectangle { left: OUTER, top: OUTER, right: 1.0 - OUTER, bottom: 1.0 - OUTER }
    }

    /// Where the inner wall can stand so that the agent fits twice into both rooms.
    pub fn nearest_wall(at: f64) -> f64 {
        let edge = OUTER + 4.0 * RADIUS + HALF;
        at.clamp(edge, 1.0 - edge)
    }

    /// Blocks at rest that touch nothing and no body there is.
    pub fn add_blocks(&self, spec: &RoomsSpec, bodies: &mut Vec<Body>, rng: &mut Rng) {
        let (fewest, most) = spec.blocks;
        let count = fewest.saturating_add(rng.below(most.saturating_sub(fewest).saturating_add(1))).min(MOST_BLOCKS);
        let walls = self.walls();
        for _ in 0..count {
            let radius = rng.range(0.04, 0.055);
            let shape = [Shape::Disc, Shape::Square][rng.below(2)];
            let free = (0..TRIES).find_map(|_| {
                let position = anywhere(rng, radius);
                (walls.clear(position, radius) && apart(bodies, position, radius)).then_some(position)
            });
            bodies.extend(free.map(|position| Body { position, velocity: [0.0; 2], radius, shape }));
        }
    }
}

/// Uniform inside the outer walls.
pub(super) fn anywhere(rng: &mut Rng, radius: f64) -> [f64; 2] {
    let edge = OUTER + radius;
    [rng.range(edge, 1.0 - edge), rng.range(edge, 1.0 - edge)]
}

/// Whether a disc overlaps none of these.
pub(super) fn apart(bodies: &[Body], position: [f64; 2], radius: f64) -> bool {
    bodies.iter().all(|body| {
        let [u, v] = [0, 1].map(|i| position[i] - body.position[i]);
        let reach = radius + body.radius - 1e-9;
        u * u + v * v >= reach * reach
    })
}
