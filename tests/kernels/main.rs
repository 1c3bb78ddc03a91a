//! The kernels against their twins: on the CPU, and with the feature `webgpu` on the adapter this machine has.
#![cfg(not(target_arch = "wasm32"))]

mod cases;
#[path = "../parity/outcome.rs"]
mod outcome;

use burn::tensor::Device;
pub use outcome::Outcome;

fn hold(outcomes: &[Outcome]) {
    println!("{}", outcome::table(outcomes));
    assert!(outcomes.iter().all(Outcome::passed));
}

#[test]
fn the_cpu_kernels_agree_with_their_twins() {
    hold(&pollster::block_on(cases::check(&Device::flex())));
    hold(&[pollster::block_on(cases::many_tokens(&Device::flex(), 8192))]);
}

#[cfg(feature = "webgpu")]
#[test]
fn the_gpu_kernels_agree_with_their_twins() {
    let opened = pollster::block_on(vjepa_web::device::open_webgpu()).unwrap();
    println!("adapter: {}", opened.adapter);
    hold(&pollster::block_on(cases::check(&opened.device)));
    hold(&[pollster::block_on(cases::many_tokens(&opened.device, 8192))]);
}
