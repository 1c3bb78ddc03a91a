//! A training step of a small frame-causal model with Muon, and what it predicts.

use crate::{Outcome, golden};
use burn::tensor::Device;
use vjepa_web::{
    Family, ModelConfig, Session,
    checkpoint::Weights,
    config::{Causal, Limits},
    exam::surprises,
    predict::Questions,
    recipe::{MaskMix, Recipe},
    schedule::Schedule,
    world::{World, WorldSpec},
};

/// As of other steps: gradients relative to the largest entry of each. Muon divides by the length of a gradient, which
/// enlarges its rounding.
const TOLERANCE: f64 = 1e-3;
const MUON_TOLERANCE: f64 = 5e-3;

/// Learning rate of the step.
const RATE: f64 = 1e-2;

fn small() -> ModelConfig {
    ModelConfig {
        frames: 8,
        size: 24,
        width: 24,
        depth: 1,
        heads: 2,
        mlp: 32,
        predictor_width: 24,
        predictor_depth: 1,
        predictor_heads: 2,
        predictor_mlp: 32,
        causal: Some(Causal { encoder_window: 2, predictor_window: 3, horizons: 2 }),
        batch: 2,
        ..ModelConfig::preset("learner", Family::VJepa2).unwrap()
    }
}

/// Everything on `device` and on the CPU.
pub async fn check(device: &Device) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    let (expected, found) = (step(&Device::flex()).await, step(device).await);
    for (name, part, tolerance) in [
        ("a causal step", 0, TOLERANCE),
        ("matrices moved by Muon", 1, MUON_TOLERANCE),
        ("a causal model's surprise", 2, TOLERANCE),
    ] {
        let mut outcome = Outcome::new(name, tolerance);
        for (name, expected) in &expected[part].0 {
            outcome.add(name, golden::difference(name, &found[part].0[name].data, &expected.data));
        }
        outcomes.push(outcome);
    }
    outcomes
}

/// Loss and gradients; how far each matrix of the blocks went, in learning rates; surprise at a longer clip.
async fn step(device: &Device) -> [Weights; 3] {
    let mut session = Session::create(small(), 3, device.clone(), Limits::default()).unwrap();
    let before = session.snapshot().await.unwrap().weights;
    let own = session.recipe().clone();
    // Every step hides blocks and asks for the tubelets ahead as well.
    let masks = MaskMix { future: 0.0, ..own.masks.clone() };
    let schedule = Schedule::constant(RATE, 0.04, 0.99);
    // Errors count more where the target changes.
    session.set_recipe(Recipe { masks, schedule, change_weight: 4.0, ..own }).unwrap();
    session.set_world(&WorldSpec::rich(), 3);
    let losses = session.train(1, async || ()).await.unwrap().losses;
    let state = session.snapshot().await.unwrap().weights;
    let mut gradients = golden::gradients(&state);
    gradients.insert("loss", [1], losses);
    let mut moved = Weights::default();
    for (name, tensor) in &state.0 {
        let block = name.starts_with("encoder.blocks.") || name.starts_with("predictor.predictor_blocks.");
        if block && (name.contains(".attn.") || name.contains(".mlp.")) && name.ends_with("weight") {
            let rate = RATE as f32;
            let by = tensor.data.iter().zip(&before.0[name].data).map(|(after, before)| (after - before) / rate);
            moved.insert(name.clone(), tensor.shape.clone(), by.collect());
        }
    }
    let clips = vec![World::new(&WorldSpec::rich(), 8).clip(12, session.config().size)];
    let questions = Questions { past: 2, horizon: 2 };
    let told = surprises(&session.eval_model().unwrap(), &clips, questions, device).await.unwrap().remove(0);
    let mut surprise = Weights::default();
    for (name, values) in [("errors", told.errors), ("unexpected", told.unexpected)] {
        let values = values.concat().concat();
        surprise.insert(name, [values.len()], values);
    }
    // The same clip as it goes by, each tubelet with what is kept of those before it.
    let mut stream = session.eval_model().unwrap().stream(device).unwrap();
    let mut streamed = vec![];
    for tubelet in clips[0].chunks_exact(clips[0].len() / 6) {
        if let Some(told) = stream.observe(tubelet, device).await.unwrap() {
            streamed.extend(told.errors());
        }
    }
    surprise.insert("streamed", [streamed.len()], streamed);
    [gradients, moved, surprise]
}
