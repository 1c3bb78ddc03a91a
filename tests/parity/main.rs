//! Parity with the reference implementations.
//!
//! Reads every fixture in `tests/fixtures`, and in the folder `$VJEPA_FIXTURES` if that is set, by its JSON, and prints what
//! was compared. Differences are absolute; each kind names its tolerance and why.
#![cfg(not(target_arch = "wasm32"))]

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
            let found: Vec<Outcome> = CHECKS.iter().filter_map(|check| check(&folder, &name, &json)).collect();
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
