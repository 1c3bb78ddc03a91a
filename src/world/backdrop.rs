//! What is behind everything: sky and ground, or a table from above, with a grain like that of natural pictures.

use super::{
    render::{Colour, fade, mix, rgb, square},
    scene::Scene,
};
use crate::rng::Rng;

/// Where sky meets ground.
const HORIZON: f32 = 0.74;
/// Height over which they blend.
const HAZE: f32 = 0.035;
const WHITE: Colour = [255.0; 3];
const SHADOW: Colour = [18.0, 14.0, 40.0];

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

    fn at(&self, x: f32, y: f32) -> f32 {
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

/// The colour behind everything at a place of the room; `drift` moves the grain.
pub(super) fn backdrop(scene: &Scene, x: f32, y: f32, drift: [f32; 2]) -> Colour {
    let gradient = |[from, to]: [u32; 2], share: f32| mix(rgb(from), rgb(to), share.clamp(0.0, 1.0));
    let sky = gradient(scene.palette.sky, y / HORIZON);
    let colour = match scene.horizon {
        true => {
            let ground = gradient(scene.palette.ground, (y - HORIZON) / (1.0 - HORIZON));
            mix(ground, sky, fade(y - HORIZON + HAZE / 2.0, HAZE))
        }
        false => gradient(scene.palette.ground, 0.5 * (x + y)),
    };
    let glow = fade(square(x - 0.32) + square(y - 0.28), 0.3);
    let corner = square(x - 0.5) + square(y - 0.5);
    let lit = mix(mix(colour, WHITE, 0.16 * glow), SHADOW, 0.22 * corner);
    match &scene.grain {
        Some(grain) => {
            let depth = grain.at(x + drift[0], y + drift[1]);
            mix(lit, if depth > 0.0 { WHITE } else { SHADOW }, 0.22 * depth.abs().min(1.5))
        }
        None => lit,
    }
}
