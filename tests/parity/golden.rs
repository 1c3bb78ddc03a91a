//! One look and one training step of a seeded nano session: what every engine has to agree on.

use burn::tensor::Device;
use vjepa_web::{
    Family, ModelConfig, Session, checkpoint::Weights, config::Limits, session::MaskKind, world::WorldSpec,
};

/// Gradients rather than parameters are compared: Adam moves a parameter whose gradient is only rounding by a whole
/// learning rate, this way on one device and that way on the other. These stand for the rest.
const GRADIENTS: [&str; 4] = ["patch_embed.proj.bias", "blocks.1.attn.qkv.weight", "mask_tokens", "norm"];

/// Features `[32, 64]`, the error of each hidden token, the loss and AdamW's first moments, by name.
pub async fn run(device: &Device) -> Weights {
    let config = ModelConfig::preset("nano", Family::VJepa2).unwrap();
    let mut session = Session::create(config.clone(), 3, device.clone(), Limits::default()).unwrap();
    session.set_world(&WorldSpec::rich(), 3);
    session.advance_world(config.frames);
    let look = session.look(MaskKind::Future).await.unwrap();
    let features = session.embed(look.frames).await.unwrap();
    let losses = session.train(1, async || ()).await.unwrap().losses;
    let state = session.snapshot().await.unwrap().weights;

    let mut found = Weights::default();
    found.insert("features", [32, 64], features);
    found.insert("error", [16], look.error[16..].to_vec());
    found.insert("loss", [1], losses);
    found.extend(gradients(&state));
    found
}

/// AdamW's first moments of some parameters, as `gradient.*`; after one step each is a tenth of the gradient.
pub fn gradients(state: &Weights) -> Weights {
    let mut found = Weights::default();
    for part in ["encoder", "predictor"] {
        let moments = state.below(&format!("adamw.{part}.first."));
        let kept = moments.0.into_iter().filter(|(name, _)| GRADIENTS.iter().any(|part| name.contains(part)));
        found.extend(Weights(kept.collect()).prefixed(&format!("gradient.{part}.")));
    }
    found
}

/// Largest difference of a tensor: absolute for features, errors and the loss, which are near one, and relative to the
/// largest entry for gradients, which are small.
pub fn difference(name: &str, found: &[f32], expected: &[f32]) -> f64 {
    let largest = |values: &mut dyn Iterator<Item = f32>| values.fold(0.0, f32::max);
    let scale = match name.starts_with("gradient.") {
        true => largest(&mut expected.iter().map(|value| value.abs())),
        false => 1.0,
    };
    assert!(scale > 0.0 && found.len() == expected.len(), "{name} has nothing to compare");
    f64::from(
        largest(
            &mut found.iter().zip(expected).map(|(a, b)| if (a - b).is_nan() { f32::INFINITY } else { (a - b).abs() }),
        ) / scale,
    )
}
