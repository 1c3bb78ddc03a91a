//! The CPU engine against its own recorded numbers, which the browser tests hold WebGPU to.
//!
//! `UPDATE_GOLDEN=1 cargo test --test golden` records them anew; do so only when the network is meant to change.
#![cfg(not(target_arch = "wasm32"))]

#[path = "parity/golden.rs"]
mod golden;

use burn::tensor::Device;
use vjepa_web::checkpoint::{read_safetensors, write_safetensors};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/golden_nano.safetensors");

#[test]
fn the_cpu_gives_the_recorded_numbers() {
    let found = pollster::block_on(golden::run(&Device::flex()));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(FILE, write_safetensors(&found, Default::default()).unwrap()).unwrap();
    }
    let (expected, _) = read_safetensors(&std::fs::read(FILE).unwrap()).unwrap();
    assert_eq!(found.0.keys().collect::<Vec<_>>(), expected.0.keys().collect::<Vec<_>>());
    for (name, expected) in &expected.0 {
        let worst = golden::difference(name, &found.0[name].data, &expected.data);
        // Other processors add in another order.
        assert!(worst < 1e-4, "{name} differs by {worst}");
    }
}
