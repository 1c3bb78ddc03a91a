//! What kinds of scenes a world shows.

use serde::{Deserialize, Serialize};

/// The scenes of a world. Shares are of scenes, 0 to 1; the unit of length is the picture's side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorldSpec {
    /// For people.
    pub name: String,
    /// Fewest and most objects.
    pub objects: (usize, usize),
    /// Smallest and largest radius.
    pub radius: (f64, f64),
    /// Slowest and fastest start, a frame.
    pub speed: (f64, f64),
    /// Share of scenes in which things fall.
    pub gravity: f64,
    /// How fast they do, a frame squared.
    pub fall: f64,
    /// Share of scenes with a pillar to pass behind.
    pub occluder: f64,
    /// Share of scenes with a block to bounce off.
    pub solid: f64,
    /// Share of scenes seen by a camera that moves.
    pub camera: f64,
    /// Share of scenes in which the background moves, too, and means nothing.
    pub distractor: f64,
    /// Kinds of shapes, 1 to 4: discs, squares, triangles, rings.
    pub shapes: usize,
    /// Share of objects with a pattern on them.
    pub patterned: f64,
    /// Contrast of the background's grain, 0 for none.
    pub grain: f64,
}

/// Every world by name, simplest first.
pub const WORLDS: [&str; 3] = ["simple", "standard", "rich"];

impl WorldSpec {
    /// A world by name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "simple" => Some(Self::simple()),
            "standard" => Some(Self::standard()),
            "rich" => Some(Self::rich()),
            _ => None,
        }
    }

    /// The same world with so many objects, fewest and most, and nothing they could be hidden by.
    pub fn in_the_open(&self, objects: (usize, usize)) -> Self {
        Self { objects, occluder: 0.0, ..self.clone() }
    }

    /// Discs that glide on a table: what a small model can learn in minutes.
    pub fn simple() -> Self {
        Self {
            name: "simple".into(),
            objects: (1, 1),
            radius: (0.1, 0.14),
            speed: (0.02, 0.045),
            gravity: 0.0,
            fall: 0.0035,
            occluder: 0.0,
            solid: 0.0,
            camera: 0.0,
            distractor: 0.0,
            shapes: 1,
            patterned: 0.0,
            grain: 0.0,
        }
    }

    /// Things that fall, bounce, meet, and pass behind others.
    pub fn standard() -> Self {
        Self {
            name: "standard".into(),
            objects: (1, 2),
            radius: (0.11, 0.15),
            gravity: 0.4,
            occluder: 0.3,
            solid: 0.3,
            shapes: 4,
            patterned: 0.15,
            grain: 0.15,
            ..Self::simple()
        }
    }

    /// All there is at once, in every other scene before a camera that moves.
    pub fn rich() -> Self {
        Self {
            name: "rich".into(),
            objects: (2, 5),
            radius: (0.06, 0.12),
            speed: (0.012, 0.04),
            gravity: 0.5,
            occluder: 0.6,
            solid: 0.5,
            camera: 0.5,
            distractor: 0.5,
            patterned: 0.6,
            grain: 1.0,
            ..Self::standard()
        }
    }
}
