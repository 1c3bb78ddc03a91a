//! What is done with files beyond reading them, as far as that goes without Burn. tests/hostile/deeper.rs has the rest.

use crate::{
    ModelConfig,
    checkpoint::{
        Snapshot, SnapshotHeader, Start, Weights, describe::describe, names::Naming, preprocessor, survey::survey,
    },
    formats,
    readers::{Case, config::sound, said},
    recipe::{Recipe, RunSource},
    rng::Rng,
};

/// Whether a checkpoint is opened: directory, names, shapes, configuration.
pub fn open(case: &Case) -> bool {
    let directory = match pollster::block_on(formats::open(&mut case.file.as_slice())) {
        Ok(directory) => directory,
        Err(error) => return refused(&error),
    };
    let names = directory.entries.iter().map(|entry| &entry.name).chain(directory.unreadable.keys());
    let Some(naming) = Naming::of(names.map(String::as_str)) else { return false };
    let port = naming == Naming::HuggingFace;
    let described = survey(directory.entries.iter(), &naming)
        .and_then(|shapes| describe(&shapes, case.config.as_deref(), "hostile", port))
        .and_then(|config| match &case.preprocessor {
            Some(text) => preprocessor::check(text, config.size).map(|()| config),
            None => Ok(config),
        });
    match described {
        Ok(config) => {
            sound(&config);
            true
        }
        Err(error) => refused(&error),
    }
}

fn refused(error: &dyn std::fmt::Display) -> bool {
    said(error);
    false
}

/// A run with a few tensors of each kind.
pub fn run(config: ModelConfig) -> Snapshot {
    let mut weights = Weights::default();
    weights.insert("encoder.norm.weight", [12], vec![1.0; 12]);
    weights.insert("target_encoder.blocks.0.mlp.fc1.weight", [12, 12], vec![0.5; 144]);
    weights.insert("target_encoder.norm.bias", [12], vec![0.0; 12]);
    weights.insert("predictor.mask_tokens.0", [1, 1, 12], vec![0.0; 12]);
    weights.insert("adamw.encoder.first.norm.weight", [12], vec![0.1; 12]);
    let (recipe, source) = (Some(Recipe::of(&config)), RunSource::World { seed: 1 });
    let header =
        SnapshotHeader { config, seed: 1, step: 1, before: 0, rng: Rng::new(1), recipe, source, notes: "{}".into() };
    Snapshot { header, weights }
}

/// Without Burn there is nothing more to do with a run,
pub fn resume(_: Snapshot, _: bool) {}

/// or with weights to start from.
pub fn begin(_: Start, _: &ModelConfig) {}
