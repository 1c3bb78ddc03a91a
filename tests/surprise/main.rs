//! Surprise as it happens, imagination and adaptation: what is usual, when it rings, what is imagined, what is undone.
#![cfg(not(target_arch = "wasm32"))]

mod adapt;
mod imagine;
mod lab;
mod laws;
mod live;
mod monitor;

use burn::tensor::Device;
use std::fs;
use vjepa_web::{Family, ModelConfig, Session, checkpoint::Start, config::Limits, rng::Rng, world::WorldSpec};

/// 2 tubelets of 4 by 4 patches, with random weights.
fn nano(seed: u64) -> Session {
    let config = ModelConfig::preset("nano", Family::VJepa2).unwrap();
    Session::create(config, seed, Device::flex(), Limits::default()).unwrap()
}

/// In a world of which a whole clip has been shown.
fn nano_in_a_world(seed: u64) -> Session {
    let mut session = nano(seed);
    session.set_world(&WorldSpec::simple(), seed);
    session.advance_world(4);
    session
}

/// The page's own model: 8 tubelets of 6 by 6 patches.
fn learner() -> Session {
    let file = fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/www/assets/learner.safetensors")).unwrap();
    let config = ModelConfig::preset("learner", Family::VJepa2).unwrap();
    Session::start_from(Start::from_bytes(&file).unwrap(), &config, None, Device::flex(), Limits::default()).unwrap()
}

/// A room before a camera that doesn't move.
struct Room {
    /// RGBA, `[size, size, 4]`.
    picture: Vec<u8>,
    size: usize,
    rng: Rng,
    frame: usize,
}

/// What a sensor and a lamp do to a picture.
#[derive(Clone, Copy)]
struct Light {
    /// Standard deviation of each pixel's noise, of 255.
    noise: f64,
    /// How much a slow wave changes the brightness, as a share.
    drift: f64,
    /// The same from frame to frame, as lamps do on the mains.
    flicker: f64,
    /// What red, green and blue are multiplied with: another lamp, or a camera that balances colours anew.
    lamp: [f64; 3],
}

impl Room {
    fn new(picture: Vec<u8>, size: usize, seed: u64) -> Self {
        Self { picture, size, rng: Rng::stream(seed, 9), frame: 0 }
    }

    /// The next frame.
    fn shoot(&mut self, light: Light) -> Vec<u8> {
        self.frame += 1;
        let wave = (self.frame as f64 / 40.0).sin();
        let brightness = 1.0 + light.drift * wave + light.flicker * (self.frame as f64 * 2.4).sin();
        let shoot = |(i, &value): (usize, &u8)| match i % 4 {
            3 => 255,
            _ => (f64::from(value) * brightness * light.lamp[i % 4] + light.noise * self.rng.normal())
                .round()
                .clamp(0.0, 255.0) as u8,
        };
        self.picture.iter().enumerate().map(shoot).collect()
    }

    /// A disc that wasn't there, in shares of the picture's side.
    fn put_disc(&mut self, [x, y]: [f64; 2], radius: f64, colour: [u8; 3]) {
        let size = self.size as f64;
        for (i, pixel) in self.picture.chunks_exact_mut(4).enumerate() {
            let at = [(i % self.size) as f64 + 0.5, (i / self.size) as f64 + 0.5].map(|at| at / size);
            if (at[0] - x).hypot(at[1] - y) < radius {
                pixel[..3].copy_from_slice(&colour);
            }
        }
    }
}
