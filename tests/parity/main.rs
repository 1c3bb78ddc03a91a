//! Parity with the reference implementations.
//!
//! Reads every fixture in `tests/fixtures`, and in the folder `$VJEPA_FIXTURES` if that is set, by its JSON, and prints what
//! was compared. Differences are absolute; each kind names its tolerance and why.
#![cfg(not(target_arch = "wasm32"))]

mod actions;
mod counts;
mod masks;
mod model;
mod outcome;
mod preprocess;
mod sampling;
mod schedules;
mod train;

use burn::tensor::Device;
use outcome::table;
pub use outcome::{F32, Outcome};
use serde_json::Value;
use std::path::{Path, PathBuf};
use vjepa_web::checkpoint::{HostTensor, read_safetensors, write_safetensors};

/// A parameter whose gradient is next to nothing moves by a share of the learning rate, 4e-4, that rounding decides.
const THREE_STEPS: f64 = 3e-4;

type Check = fn(&Path, &str, &Value) -> Option<Outcome>;

const CHECKS: [Check; 7] =
    [networks, steps, masks::check, schedules::check, sampling::check, preprocess::check, counts::check];

/// These two run in the browser as well, where nothing may block and files are compiled in.
fn networks(folder: &Path, name: &str, json: &Value) -> Option<Outcome> {
    model::supports(json).then(|| pollster::block_on(model::check(name, json, &tensors(folder, name), &Device::flex())))
}

fn steps(folder: &Path, name: &str, json: &Value) -> Option<Outcome> {
    let check = || pollster::block_on(train::check(name, json, &tensors(folder, name), &Device::flex(), F32));
    train::supports(json).then(check)
}

fn tensors(folder: &Path, name: &str) -> Vec<u8> {
    std::fs::read(folder.join(format!("{name}.safetensors"))).unwrap()
}

#[test]
fn every_fixture_is_reproduced() {
    let mut folders = vec![PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")];
    folders.extend(std::env::var_os("VJEPA_FIXTURES").map(PathBuf::from));
    let (mut outcomes, mut unsupported) = (Vec::new(), Vec::new());
    for folder in folders {
        for (name, json) in fixtures(&folder) {
            let mut found: Vec<Outcome> = CHECKS.iter().filter_map(|check| check(&folder, &name, &json)).collect();
            if actions::supports(&json) {
                let bytes = tensors(&folder, &name);
                found.extend(pollster::block_on(actions::check(
                    &name,
                    &json,
                    &bytes,
                    &Device::flex(),
                    [F32, THREE_STEPS],
                )));
            }
            match found.is_empty() {
                true => unsupported.push(name),
                false => outcomes.extend(found),
            }
        }
    }
    println!("{}", table(&outcomes));
    if !unsupported.is_empty() {
        println!("skipped, not supported yet: {}", unsupported.join(", "));
    }
    let failed: Vec<&str> =
        outcomes.iter().filter(|outcome| !outcome.passed()).map(|outcome| outcome.fixture.as_str()).collect();
    assert!(!outcomes.is_empty(), "no fixture was found");
    assert!(failed.is_empty(), "not reproduced: {failed:?}");
}

/// The published predictors have a ratio of 4 beside encoders of any, such as ViT-g's 48/11: hidden channels that nobody
/// listens to widen the encoder of a fixture to that, and change nothing it computes.
#[test]
fn a_predictor_has_a_ratio_of_its_own() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let name = "vjepa1_a_encpred";
    let (_, mut json) = fixtures(&folder).into_iter().find(|(found, _)| found == name).unwrap();
    json["config"]["mlp_ratio"] = (48.0 / 11.0).into();
    let (mut tensors, metadata) = read_safetensors(&tensors(&folder, name)).unwrap();
    let narrow: Vec<String> = tensors.0.keys().filter(|key| key.starts_with("w/encoder.blocks.")).cloned().collect();
    for key in narrow.iter().filter(|key| key.contains(".mlp.fc")) {
        let HostTensor { shape, data } = tensors.0[key].clone();
        let wide = (48.0 * 48.0 / 11.0) as usize;
        match (key.contains(".fc1."), &shape[..]) {
            (true, [hidden, rest @ ..]) => {
                let more = (wide - hidden) * rest.iter().product::<usize>();
                let data = data.iter().copied().chain((0..more).map(|i| i as f32 / more as f32)).collect();
                tensors.insert(key, [&[wide], rest].concat(), data);
            }
            (false, [outputs, hidden]) => {
                let row = |row: &[f32]| [row, &vec![0.0; wide - hidden]].concat();
                tensors.insert(key, [*outputs, wide], data.chunks(*hidden).flat_map(row).collect());
            }
            _ => {}
        }
    }
    let bytes = write_safetensors(&tensors, metadata).unwrap();
    let outcome = pollster::block_on(model::check(name, &json, &bytes, &Device::flex()));
    println!("{}", table(std::slice::from_ref(&outcome)));
    assert!(outcome.passed());
}

/// Every JSON file of a folder by name.
fn fixtures(folder: &Path) -> Vec<(String, Value)> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    paths.sort();
    let read = |path: PathBuf| {
        let json = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        (path.file_stem().unwrap().to_string_lossy().into_owned(), json)
    };
    paths.into_iter().map(read).collect()
}
