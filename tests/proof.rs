//! The page's proof of itself, on the CPU: every fixture passes in every precision, and a weight that is wrong fails it.
#![cfg(not(target_arch = "wasm32"))]

use burn::tensor::Device;
use std::path::PathBuf;
use vjepa_web::{
    checkpoint::{read_safetensors, write_safetensors},
    precision::Precision,
    session::{ProofRow, prove},
};

const ALL: [Precision; 3] = [Precision::F32, Precision::F16, Precision::Int8];
/// Of every token with the reference's, in each of them: one that a precision moved would show here first.
const LEAST_COSINE: [f32; 3] = [0.999_999, 0.999_999, 0.999];

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("www/assets/proof")
}

/// The files that the page finds by its index.
fn fixtures() -> Vec<(String, Vec<u8>)> {
    let index = std::fs::read_to_string(folder().join("index.json")).unwrap();
    let names: Vec<String> = serde_json::from_str(&index).unwrap();
    names.into_iter().map(|name| (name.clone(), std::fs::read(folder().join(name)).unwrap())).collect()
}

fn rows(fixture: &[u8], precisions: &[Precision]) -> Vec<ProofRow> {
    pollster::block_on(prove(fixture, &Device::flex(), precisions)).unwrap()
}

#[test]
fn every_fixture_passes_in_every_precision() {
    let mut labels = 0;
    for (name, fixture) in fixtures() {
        let rows = rows(&fixture, &ALL);
        for row in &rows {
            let ProofRow { fixture, what, precision, worst, mean, cosine, tolerance, .. } = row;
            println!(
                "{fixture:<12} {what:<10} {precision:?}: worst {worst:.1e} of {tolerance:.0e}, mean {mean:.1e}, cosine {cosine:.6}"
            );
            assert!(*cosine > LEAST_COSINE[*precision as usize], "{row:?}");
        }
        assert!(rows.iter().all(|row| row.passed), "{name}");
        for precision in ALL {
            let found: Vec<&str> = rows.iter().filter(|row| row.precision == precision).map(|row| row.what).collect();
            assert!(found.starts_with(&["features", "predicted"]), "{name} in {precision:?}: {found:?}");
            labels += usize::from(found.contains(&"labels"));
        }
    }
    assert_eq!(labels, 3, "one fixture has a classifier");
}

/// One number, off by as much as the weights are large, in the part that each row is about.
#[test]
fn a_wrong_weight_is_found_in_every_precision() {
    for (name, fixture) in fixtures() {
        let (tensors, metadata) = read_safetensors(&fixture).unwrap();
        for (tensor, what) in [
            ("encoder.patch_embed.proj.bias", "features"),
            ("predictor.predictor_proj.bias", "predicted"),
            ("classifier.linear.bias", "labels"),
        ] {
            let mut wrong = tensors.clone();
            let Some(tensor) = wrong.0.get_mut(tensor) else { continue };
            tensor.data[1] += 1.0;
            for row in rows(&write_safetensors(&wrong, metadata.clone()).unwrap(), &ALL) {
                assert!(row.what != what || !row.passed, "{name}: {row:?}");
            }
        }
        let mut broken = tensors.clone();
        // Sums of these are beyond f32; a weight that is no number itself is named before anything is computed.
        broken.0.get_mut("encoder.blocks.0.mlp.fc1.weight").unwrap().data.fill(f32::MAX);
        let found = rows(&write_safetensors(&broken, metadata).unwrap(), &[Precision::F32]);
        let hopeless = |row: &ProofRow| !row.passed && row.worst == f32::INFINITY && row.cosine == 0.0;
        assert!(found.iter().all(hopeless), "{name}: {found:?}");
    }
}

#[test]
fn an_incomplete_fixture_is_an_error() {
    let (_, fixture) = fixtures().remove(0);
    let (tensors, metadata) = read_safetensors(&fixture).unwrap();
    for name in ["in.video", "in.target", "out.features", "out.predicted", "encoder.norm.bias"] {
        let mut less = tensors.clone();
        less.0.remove(name).unwrap();
        let bytes = write_safetensors(&less, metadata.clone()).unwrap();
        let error = pollster::block_on(prove(&bytes, &Device::flex(), &[Precision::F32])).unwrap_err();
        assert!(error.code() == "bad-checkpoint" && error.to_string().contains(name), "{error}");
    }
    let nameless = write_safetensors(&tensors, Default::default()).unwrap();
    assert!(pollster::block_on(prove(&nameless, &Device::flex(), &ALL)).is_err());
}
