//! Files that are no snapshot, or a broken one: an error in words each, never a panic.
#![cfg(not(target_arch = "wasm32"))]

use burn::tensor::Device;
use std::collections::HashMap;
use vjepa_web::{
    Error, Family, ModelConfig, Session,
    checkpoint::{Snapshot, Weights, write_safetensors},
    config::Limits,
    world::WorldSpec,
};

fn snapshot() -> Snapshot {
    let config = ModelConfig::preset("nano", Family::VJepa2).unwrap();
    let session = Session::create(config, 1, Device::flex(), Limits::default()).unwrap();
    pollster::block_on(session.snapshot()).unwrap()
}

fn open(bytes: &[u8]) -> Result<(), Error> {
    let snapshot = Snapshot::from_bytes(bytes)?;
    Session::restore(snapshot, Device::flex(), Limits { max_buffer_bytes: 1 << 27, max_total_bytes: 3 << 30 })
        .map(|_| ())
}

fn code(bytes: &[u8]) -> String {
    open(bytes).err().map_or_else(|| "opened".into(), |error| error.code().to_string())
}

#[test]
fn a_file_that_is_cut_off_anywhere_is_refused() {
    let bytes = snapshot().to_bytes().unwrap();
    assert_eq!(code(&bytes), "opened");
    for length in [0, 1, 7, 8, 9, 100, 5000, bytes.len() / 2, bytes.len() - 1] {
        assert_eq!(code(&bytes[..length]), "bad-checkpoint", "cut to {length}");
    }
    let mut lying = bytes.clone();
    lying[..8].copy_from_slice(&(1u64 << 60).to_le_bytes());
    assert_eq!(code(&lying), "bad-checkpoint");
}

#[test]
fn another_safetensors_file_is_named_as_such() {
    let mut weights = Weights::default();
    weights.insert("encoder.norm.weight", [2], vec![1.0, 2.0]);
    let foreign = write_safetensors(&weights, HashMap::new()).unwrap();
    assert!(open(&foreign).unwrap_err().to_string().contains("no vjepa-web snapshot"));
    let garbled = write_safetensors(&weights, HashMap::from([("vjepa-web".into(), "{".into())])).unwrap();
    assert!(open(&garbled).unwrap_err().to_string().contains("no vjepa-web snapshot"));
}

#[test]
fn a_configuration_that_does_not_belong_to_the_weights_is_refused() {
    type Change = fn(&mut ModelConfig);
    let changes: [(&str, Change, &str); 6] = [
        ("no depth", |config| config.depth = 0, "bad-checkpoint"),
        ("deeper than its weights", |config| config.depth = 3, "bad-checkpoint"),
        ("wider than its weights", |config| config.width = 128, "bad-checkpoint"),
        ("a clip beyond all memory", |config| (config.frames, config.size) = (65_536, 65_536), "bad-checkpoint"),
        ("more tokens than a buffer holds", |config| config.frames = 65_536, "bad-config"),
        ("numbers that overflow", |config| config.mlp = usize::MAX, "bad-checkpoint"),
    ];
    for (what, change, expected) in changes {
        let mut snapshot = snapshot();
        change(&mut snapshot.header.config);
        assert_eq!(code(&snapshot.to_bytes().unwrap()), expected, "{what}");
    }
}

#[test]
fn a_tensor_that_is_missing_or_misshaped_is_named() {
    let mut without = snapshot();
    without.weights.0.remove("predictor.mask_tokens.1");
    assert!(open(&without.to_bytes().unwrap()).unwrap_err().to_string().contains("predictor.mask_tokens.1"));
    let mut bent = snapshot();
    bent.weights.0.get_mut("encoder.norm.bias").unwrap().shape = vec![32, 2];
    assert!(open(&bent.to_bytes().unwrap()).unwrap_err().to_string().contains("encoder.norm.bias"));
}

#[test]
fn moments_of_the_first_snapshots_are_still_found() {
    let mut session = Session::restore(snapshot(), Device::flex(), Limits::default()).unwrap();
    session.set_world(&WorldSpec::rich(), 1);
    pollster::block_on(session.train(1, async || ())).unwrap();
    let trained = pollster::block_on(session.snapshot()).unwrap();
    let mut old = trained.clone();
    let norm = |name: &str| name.starts_with("adamw.") && name.contains("norm");
    let was = |name: &str| name.replace(".weight", ".gamma").replace(".bias", ".beta");
    old.weights.0 =
        old.weights.0.into_iter().map(|(name, x)| (if norm(&name) { was(&name) } else { name }, x)).collect();
    assert_ne!(old.weights, trained.weights);
    let reopened = Snapshot::from_bytes(&old.to_bytes().unwrap()).unwrap();
    let resumed = Session::restore(reopened, Device::flex(), Limits::default()).unwrap();
    assert_eq!(pollster::block_on(resumed.snapshot()).unwrap().weights, trained.weights);
}
