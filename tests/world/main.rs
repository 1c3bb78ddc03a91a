//! The procedural world: the same for a seed, lawful, true to what it says about itself, and matched pairs that differ in
//! one impossible thing.
#![cfg(not(target_arch = "wasm32"))]

mod motion;
mod pairs;
mod pictures;
mod truth;
mod two_rooms;

use proptest::prelude::*;
use vjepa_web::world::{Truth, WORLDS, WorldSpec};

/// Every world, simplest first.
fn specs() -> impl Iterator<Item = WorldSpec> {
    WORLDS.into_iter().map(|name| WorldSpec::named(name).expect("a name from the list"))
}

fn any_spec() -> impl Strategy<Value = WorldSpec> {
    prop::sample::select(specs().collect::<Vec<_>>())
}

/// Few, because each looks at many frames.
fn cases(count: u32) -> ProptestConfig {
    ProptestConfig { cases: count, ..ProptestConfig::default() }
}

/// Levels, on average over all bytes.
fn mean_difference(a: &[u8], b: &[u8]) -> f64 {
    a.iter().zip(b).map(|(x, y)| f64::from(x.abs_diff(*y))).sum::<f64>() / a.len() as f64
}

fn distance(a: [f32; 2], b: [f32; 2]) -> f32 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

/// Between two outlines, negative where they overlap.
fn gap(a: &Truth, b: &Truth) -> f32 {
    distance(a.position, b.position) - a.radius - b.radius
}
