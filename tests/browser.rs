//! The parity tests and more on real WebGPU, in a worker of headless Chromium: `make test-browser`.
//!
//! Shapes are tiny: a software adapter compiles each kernel for a second.
#![cfg(target_arch = "wasm32")]

#[path = "parity/model.rs"]
mod model;
#[path = "parity/outcome.rs"]
mod outcome;
#[path = "parity/train.rs"]
mod train;

use burn::tensor::Device;
pub use outcome::{F32, Outcome};
use serde_json::Value;
use vjepa_web::{Family, ModelConfig, Session, checkpoint::Weights, config::Limits, device, session::MaskKind};
use wasm_bindgen_test::{console_log, wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

macro_rules! fixture {
    ($name:literal) => {
        (
            $name,
            include_str!(concat!("fixtures/", $name, ".json")),
            include_bytes!(concat!("fixtures/", $name, ".safetensors")).as_slice(),
        )
    };
}

/// One device for all: the runtime opens once, and compiled kernels are shared.
#[wasm_bindgen_test]
async fn webgpu_agrees_with_the_reference_and_with_the_cpu() {
    count_gpu_errors();
    let opened = device::open_webgpu().await.unwrap();
    console_log!("adapter: {}, limits: {:?}", opened.adapter, opened.limits);
    let gpu = opened.device;

    let mut outcomes = Vec::new();
    for (name, json, bytes) in [fixture!("vjepa1_b_trunc_posembed"), fixture!("vjepa2_b_encpred")] {
        let json: Value = serde_json::from_str(json).unwrap();
        assert!(model::supports(&json));
        outcomes.push(model::check(name, &json, bytes, &gpu).await);
    }
    let (name, json, bytes) = fixture!("train_v2_a");
    let mut json: Value = serde_json::from_str(json).unwrap();
    json["log"].as_array_mut().unwrap().truncate(1);
    assert!(train::supports(&json));
    outcomes.push(train::check(name, &json, bytes, &gpu).await);
    console_log!("{}", outcome::table(&outcomes));
    assert!(outcomes.iter().all(Outcome::passed));

    engines_agree(&gpu).await;
    assert_eq!(gpu_errors(), 0, "the GPU reported errors; see the console");
}

/// The same seed gives the same features and the same first step on both engines.
async fn engines_agree(gpu: &Device) {
    let config = ModelConfig::preset("nano", Family::VJepa2).unwrap();
    let mut results = Vec::new();
    for device in [Device::flex(), gpu.clone()] {
        let mut session = Session::create(config.clone(), 3, device, Limits::default()).unwrap();
        session.set_world(3);
        session.advance_world(config.frames);
        let look = session.look(MaskKind::Future).await.unwrap();
        let features = session.embed(look.frames).await.unwrap();
        let report = session.train(1, async || ()).await.unwrap();
        results.push((features, look.error, report.losses, session.snapshot().await.unwrap().weights));
    }
    let [(features, error, losses, state), (gpu_features, gpu_error, gpu_losses, gpu_state)] = &results[..] else {
        unreachable!()
    };
    let mut outcome = Outcome::new("CPU and WebGPU", F32);
    outcome.add_tensor("features", gpu_features, features);
    let finite = |values: &[f32]| values.iter().copied().filter(|value| value.is_finite()).collect::<Vec<f32>>();
    outcome.add_tensor("error", &finite(gpu_error), &finite(error));
    outcome.add_tensor("loss", gpu_losses, losses);
    compare_gradients(&mut outcome, gpu_state, state);
    console_log!("{}", outcome::table(std::slice::from_ref(&outcome)));
    assert!(outcome.passed());
}

/// Gradients rather than parameters: Adam moves a parameter whose gradient is only rounding by a whole learning rate,
/// this way on one device and that way on the other.
fn compare_gradients(outcome: &mut Outcome, gpu: &Weights, cpu: &Weights) {
    let moments = cpu.below("adamw.");
    assert!(!moments.0.is_empty());
    for (name, expected) in moments.0.iter().filter(|(name, _)| name.contains(".first.")) {
        outcome.add_tensor(&format!("gradient of {name}"), &gpu.0[&format!("adamw.{name}")].data, &expected.data);
    }
}

/// Count what WebGPU reports about commands nobody checks: they leave wrong numbers behind.
fn count_gpu_errors() {
    let watch = "globalThis.gpuErrors = 0;
        const request = GPUAdapter.prototype.requestDevice;
        GPUAdapter.prototype.requestDevice = async function (...options) {
            const device = await request.apply(this, options);
            device.addEventListener('uncapturederror', (event) => {
                globalThis.gpuErrors += 1;
                console.error(event.error.message);
            });
            return device;
        };";
    js_sys::eval(watch).unwrap();
}

fn gpu_errors() -> u32 {
    js_sys::eval("globalThis.gpuErrors").unwrap().as_f64().unwrap() as u32
}
