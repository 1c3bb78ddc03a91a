//! Which scenes a run trains on.

use crate::{
    rng::Rng,
    world::{World, WorldSpec, training_seed},
};
use serde::{Deserialize, Serialize};

/// Which scenes of its world a run trains on more often than the world has them. Exams and the page know nothing of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Scenes {
    /// Shares of scenes with a pillar, with a block and with gravity, instead of the world's own.
    pub occluder: Option<f64>,
    pub solid: Option<f64>,
    pub gravity: Option<f64>,
    /// Share of scenes in which something passes behind a pillar within the clip, hidden as a whole, and comes out again.
    pub passing: Option<f64>,
    /// Pillars have between this share of their width and all of it, each width alike often: what is hidden for a moment
    /// is easier to learn than what is hidden for long.
    pub narrow: Option<f64>,
    /// Every second batch has scenes that began up to so many frames ago, when objects are no longer where they start.
    pub late: usize,
}

/// Scenes tried until something passes behind the pillar.
const TRIES: usize = 200;

impl Scenes {
    /// As the world has them, every second batch begun earlier.
    pub fn late(late: usize) -> Self {
        Self { late, ..Self::default() }
    }

    /// The world that training scenes are drawn from.
    pub fn of(&self, world: &WorldSpec) -> WorldSpec {
        WorldSpec {
            occluder: self.occluder.unwrap_or(world.occluder),
            solid: self.solid.unwrap_or(world.solid),
            gravity: self.gravity.unwrap_or(world.gravity),
            ..world.clone()
        }
    }

    /// So many worlds at the frames where their clips of `frames` frames begin.
    pub fn draw(&self, world: &WorldSpec, clips: usize, frames: usize, rng: &mut Rng) -> Vec<World> {
        let spec = self.of(world);
        let pillar = WorldSpec { occluder: 1.0, ..spec.clone() };
        let late = self.late > 0 && rng.uniform() < 0.5;
        let begun = |spec: &WorldSpec, rng: &mut Rng| {
            let mut world = World::new(spec, training_seed(rng));
            if late {
                world.advance(rng.below(self.late + 1));
            }
            world
        };
        let draw = |rng: &mut Rng| match self.passing.is_some_and(|passing| rng.uniform() < passing) {
            true => {
                let passing = (1..TRIES).map(|_| begun(&pillar, rng)).find(|world| world.passes_behind(frames));
                passing.unwrap_or_else(|| begun(&pillar, rng))
            }
            false => begun(&spec, rng),
        };
        let narrowed = |mut world: World, rng: &mut Rng| {
            if let Some(least) = self.narrow {
                world.narrow_pillar(rng.range(least, 1.0));
            }
            world
        };
        (0..clips).map(|_| narrowed(draw(rng), rng)).collect()
    }
}
