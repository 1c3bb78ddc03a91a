//! A thing in the world: what it looks like and how it moves.

use serde::Serialize;

/// Outline of an object, about as large as a circle of its radius, which it collides as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Shape {
    Disc,
    Square,
    Triangle,
    Ring,
}

impl Shape {
    pub const ALL: [Self; 4] = [Self::Disc, Self::Square, Self::Triangle, Self::Ring];

    /// Signed distance from the outline of unit radius, negative inside.
    pub(super) fn distance(self, u: f32, v: f32) -> f32 {
        match self {
            Self::Disc => (u * u + v * v).sqrt() - 1.0,
            Self::Square => u.abs().max(v.abs()) - 0.84,
            Self::Triangle => (v - 0.62).max(0.866 * u.abs() - 0.5 * v - 0.5),
            Self::Ring => ((u * u + v * v).sqrt() - 0.72).abs() - 0.28,
        }
    }
}

/// What is painted on an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Pattern {
    Plain,
    /// Dark bands.
    Stripes,
    /// Its lower half is dark.
    Halves,
    /// A light dot in the middle.
    Dot,
}

impl Pattern {
    pub const PAINTED: [Self; 3] = [Self::Stripes, Self::Halves, Self::Dot];

    /// What brightness is multiplied by at a place of the unit circle.
    pub(super) fn shade(self, u: f32, v: f32) -> f32 {
        match self {
            Self::Plain => 1.0,
            Self::Stripes if (v * 1.8 + 4.0) as i32 % 2 == 0 => 0.55,
            Self::Halves if v > 0.0 => 0.5,
            Self::Dot if u * u + v * v < 0.16 => 1.7,
            _ => 1.0,
        }
    }
}

/// One object in motion.
#[derive(Debug, Clone)]
pub(super) struct Object {
    /// Stays the same for the life of the world.
    pub id: usize,
    /// Centre, in sides of the room.
    pub position: [f64; 2],
    /// Sides a frame.
    pub velocity: [f64; 2],
    pub radius: f64,
    pub shape: Shape,
    pub pattern: Pattern,
    /// Red, green, blue, 0 to 255.
    pub colour: [f32; 3],
    /// Blocks don't stop it: only what is impossible does that.
    pub ghost: bool,
}

impl Object {
    /// All are of one material: mass goes with area.
    pub fn mass(&self) -> f64 {
        self.radius * self.radius
    }

    pub fn touches(&self, other: &Self, gap: f64) -> bool {
        let [u, v] = [0, 1].map(|i| self.position[i] - other.position[i]);
        let reach = self.radius + other.radius + gap;
        u * u + v * v < reach * reach
    }
}
