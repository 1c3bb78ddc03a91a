//! What is behind everything: sky and ground, or a table from above.

use super::{
    colour::{Colour, fade, mix, rgb, square},
    scene::Scene,
};

/// Where sky meets ground.
const HORIZON: f32 = 0.74;
/// Height over which they blend.
const HAZE: f32 = 0.035;
const WHITE: Colour = [255.0; 3];
const SHADOW: Colour = [18.0, 14.0, 40.0];

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
