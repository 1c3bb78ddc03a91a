//! A grain like that of natural pictures, for what is behind everything.

use crate::rng::Rng;

/// Value noise of three octaves, each half as strong as the one before: roughly the spectrum of natural pictures.
#[derive(Debug, Clone)]
pub(super) struct Grain {
    contrast: f32,
    /// -1 to 1, [SIDE, SIDE], repeating.
    lattice: Vec<f32>,
}

const SIDE: usize = 16;

impl Grain {
    pub fn new(contrast: f64, rng: &mut Rng) -> Self {
        let lattice = (0..SIDE * SIDE).map(|_| rng.range(-1.0, 1.0) as f32).collect();
        Self { contrast: (contrast * rng.range(0.3, 1.0)) as f32, lattice }
    }

    /// How much brighter, above 0, or darker a place of the room is.
    pub fn at(&self, x: f32, y: f32) -> f32 {
        let octave = |frequency: f32| self.smooth(x * frequency, y * frequency);
        self.contrast * (octave(3.0) + 0.5 * octave(7.0) + 0.25 * octave(15.0))
    }

    /// Bilinear between the corners of the lattice, with flat corners.
    fn smooth(&self, x: f32, y: f32) -> f32 {
        let (left, top) = (x.floor(), y.floor());
        let ease = |v: f32| v * v * (3.0 - 2.0 * v);
        let (across, down) = (ease(x - left), ease(y - top));
        let at = |i: i32, j: i32| {
            let wrapped = |v: i32| v.rem_euclid(SIDE as i32) as usize;
            self.lattice[wrapped(top as i32 + j) * SIDE + wrapped(left as i32 + i)]
        };
        let line = |j| at(0, j) + (at(1, j) - at(0, j)) * across;
        line(0) + (line(1) - line(0)) * down
    }
}
