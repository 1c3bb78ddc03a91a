//! Training steps that V-JEPA doesn't take: squared errors, and a part of it taken away.

use crate::{Outcome, golden};
use burn::tensor::Device;
use vjepa_web::{
    Family, ModelConfig, Session,
    checkpoint::Weights,
    config::Limits,
    recipe::{Ablation, Loss, Recipe},
    world::WorldSpec,
};

/// Gradients are compared relative to the largest entry of each; a sum of thousands stands behind every one.
const TOLERANCE: f64 = 1e-3;

/// One step of each kind on `device` and on the CPU.
pub async fn check(device: &Device) -> Vec<Outcome> {
    let whole = Ablation::default();
    let cases = [
        ("squared errors", whole, Loss::Squared),
        ("no EMA", Ablation { ema: false, ..whole }, Loss::Absolute),
        ("no stop-gradient", Ablation { stop_gradient: false, ..whole }, Loss::Absolute),
        ("no stop-gradient, squared errors", Ablation { stop_gradient: false, ..whole }, Loss::Squared),
        ("no predictor", Ablation { predictor: false, ..whole }, Loss::Absolute),
    ];
    let mut outcomes = Vec::new();
    for (name, ablation, loss) in cases {
        let expected = step(&Device::flex(), ablation, loss).await;
        let found = step(device, ablation, loss).await;
        let mut outcome = Outcome::new(&format!("a step with {name}"), TOLERANCE);
        for (name, expected) in &expected.0 {
            outcome.add(name, golden::difference(name, &found.0[name].data, &expected.data));
        }
        outcomes.push(outcome);
    }
    outcomes
}

/// The loss, and AdamW's first moments: a tenth of each gradient.
async fn step(device: &Device, ablation: Ablation, loss: Loss) -> Weights {
    let config = ModelConfig::preset("nano", Family::VJepa2).unwrap();
    let mut session = Session::create(config, 3, device.clone(), Limits::default()).unwrap();
    session.set_recipe(Recipe { ablation, loss, ..session.recipe().clone() }).unwrap();
    session.set_world(&WorldSpec::rich(), 3);
    let losses = session.train(1, async || ()).await.unwrap().losses;
    let state = session.snapshot().await.unwrap().weights;
    let mut found = Weights::default();
    found.insert("loss", [1], losses);
    let gradients = golden::gradients(&state).0.into_iter();
    // What is left out of a step has no gradient, and none to compare.
    found.extend(Weights(gradients.filter(|(_, moment)| moment.data.iter().any(|value| *value != 0.0)).collect()));
    found
}
