//! Parameter counts of the published models.

use crate::Outcome;
use serde_json::Value;
use std::path::Path;
use vjepa_web::{Family, ModelConfig};

pub fn check(_: &Path, name: &str, json: &Value) -> Option<Outcome> {
    let models = json.as_object()?;
    models.values().any(|model| model.get("encoder_trainable").is_some()).then_some(())?;
    let mut outcome = Outcome::new(name, 0.0);
    for (name, counts) in models {
        match config(name) {
            Some(config) => compare(&mut outcome, name, &config, counts),
            None => outcome.skipped.push(name.clone()),
        }
    }
    Some(outcome)
}

fn compare(outcome: &mut Outcome, name: &str, config: &ModelConfig, counts: &Value) {
    let mut add = |part: &str, found: u64, expected: &Value| {
        let difference = expected.as_f64().map_or(f64::INFINITY, |expected| (found as f64 - expected).abs());
        outcome.add(&format!("{part} of {name}"), difference);
    };
    if counts.is_number() {
        return add("encoder", config.encoder_params(), counts);
    }
    add("encoder", config.encoder_params(), &counts["encoder_trainable"]);
    add("predictor", config.predictor_params(), &counts["predictor_trainable"]);
    // V-JEPA 1 stores its position tables with the weights, though they are not trained.
    let table = if config.family == Family::VJepa1 { config.grid().tokens() as u64 } else { 0 };
    add("all of the encoder", config.encoder_params() + table * config.width as u64, &counts["encoder"]);
    add(
        "all of the predictor",
        config.predictor_params() + table * config.predictor_width as u64,
        &counts["predictor"],
    );
}

/// "v1 vitl16 224" or "v2 enc vit_large": family, size, resolution.
fn config(name: &str) -> Option<ModelConfig> {
    let words: Vec<&str> = name.split(' ').collect();
    let family = match words[0] {
        "v1" => Family::VJepa1,
        "v2" => Family::VJepa2,
        "v2.1" => Family::VJepa21,
        _ => return None,
    };
    let size = words.iter().find(|word| word.starts_with("vit"))?;
    let (width, depth, heads, mlp) = match size.trim_start_matches("vit").trim_start_matches('_').trim_end_matches("16")
    {
        "tiny" => (192, 12, 3, 768),
        "small" => (384, 12, 6, 1536),
        "b" | "base" => (768, 12, 12, 3072),
        "l" | "large" => (1024, 24, 16, 4096),
        "h" | "huge" => (1280, 32, 16, 5120),
        "g" | "giant_xformers" => (1408, 40, 22, 6144),
        "G" | "gigantic_xformers" => (1664, 48, 26, 8192),
        _ => return None,
    };
    let resolution = words.last()?.parse().unwrap_or(256);
    let base = ModelConfig::preset("vit_l", family).ok()?;
    let config = ModelConfig { width, depth, heads, mlp, size: resolution, ..base };
    Some(if family == Family::VJepa21 { deep(config) } else { config })
}

/// What V-JEPA 2.1 released (spec §1): B and L are distilled from G and guess its features.
fn deep(config: ModelConfig) -> ModelConfig {
    match config.width {
        768 | 1024 => ModelConfig { mask_tokens: 8, teacher_width: 1664, ..config },
        _ => ModelConfig { mask_tokens: 8, levels: 4, predictor_depth: 24, ..config },
    }
}
