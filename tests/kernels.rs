//! The CPU kernels against their twins of plain Burn. `tests/gpu` holds the WebGPU kernels to the same.
#![cfg(not(target_arch = "wasm32"))]

#[path = "gpu/kernels.rs"]
mod kernels;
#[path = "parity/outcome.rs"]
mod outcome;

use burn::tensor::Device;
pub use outcome::{F32, Outcome};
pub use vjepa_web::kernels as under_test;

#[test]
fn the_cpu_kernels_agree_with_their_twins() {
    let mut outcomes = pollster::block_on(kernels::check(&Device::flex()));
    outcomes.push(pollster::block_on(kernels::many_tokens(&Device::flex(), 8192)));
    println!("{}", outcome::table(&outcomes));
    assert!(outcomes.iter().all(Outcome::passed));
}
