//! The operations of devices without kernels of our own, held on the CPU to the twins that the kernels are held to.
#![cfg(all(feature = "cpu", not(target_arch = "wasm32")))]

#[path = "gpu/kernels.rs"]
mod kernels;
#[path = "parity/outcome.rs"]
mod outcome;

use burn::tensor::Device;
pub use outcome::{F32, Outcome};
pub use vjepa_web::kernels::composed as under_test;

#[test]
fn the_composed_operations_agree_with_the_twins_of_the_kernels() {
    let mut outcomes = pollster::block_on(kernels::check(&Device::flex()));
    outcomes.push(pollster::block_on(kernels::many_tokens(&Device::flex(), 512)));
    println!("{}", outcome::table(&outcomes));
    assert!(outcomes.iter().all(Outcome::passed));
}
