//! Kernels, parity, a training step and the engines' agreement on WebGPU: in a worker of headless Chromium (`make
//! test-browser`) and on the graphics adapter of this machine, which may be one in software (`make test-native`).
//!
//! Shapes are tiny: a software adapter compiles each kernel for a tenth of a second or more.
#![cfg(all(feature = "cpu", feature = "webgpu"))]

mod ablated;
#[path = "../parity/actions.rs"]
mod actions;
mod causal;
#[path = "../parity/golden.rs"]
mod golden;
mod halves;
mod kernels;
#[path = "../parity/model.rs"]
mod model;
#[path = "../parity/outcome.rs"]
mod outcome;
mod tiles;
#[path = "../parity/train.rs"]
mod train;

use burn::tensor::Device;
pub use outcome::{F32, Outcome};
use serde_json::Value;
pub use vjepa_web::kernels as under_test;
use vjepa_web::{
    checkpoint::read_safetensors,
    device,
    kernels::gpu::{Adapter, Choice, Choices, Side, Staging, Tile, Tuning, tune},
    precision::Precision,
    session::{ProofRow, prove},
};

macro_rules! fixture {
    ($name:literal) => {
        (
            $name,
            include_str!(concat!("../fixtures/", $name, ".json")),
            include_bytes!(concat!("../fixtures/", $name, ".safetensors")).as_slice(),
        )
    };
}

macro_rules! proof {
    ($name:literal) => {
        include_bytes!(concat!("../../www/assets/proof/", $name, ".safetensors")).as_slice()
    };
}

/// Adam moves a parameter whose gradient is only rounding by a whole learning rate, so steps on another device drift apart
/// faster than f32 alone would.
const THREE_STEPS: f64 = 1e-3;

/// One device for all: the runtime opens once, and compiled kernels are shared. `subgroup`: the least size of one, as only
/// the realm knows it.
async fn everything_agrees(say: fn(String), subgroup: impl Fn() -> Option<usize>) {
    let opened = device::open_webgpu().await.unwrap();
    say(format!("adapter: {}, limits: {:?}", opened.adapter, opened.limits));
    let (gpu, offered) = (opened.device, opened.offered.unwrap());
    let offered = Adapter { subgroup: offered.subgroup.or_else(subgroup), ..offered };
    say(format!("it offers {offered:?}"));
    let mut outcomes = Vec::new();
    for (name, tuning, whole) in variants(offered) {
        tune(tuning);
        let mut checked = if whole { kernels::check(&gpu).await } else { kernels::layers_alone(&gpu).await };
        checked.iter_mut().for_each(|outcome| outcome.fixture += &format!(", {name}"));
        outcomes.extend(checked);
    }
    outcomes.extend(halves::check(&gpu, offered).await);
    outcomes.push(tiles::check(&gpu, offered).await);
    if offered.stages(Staging::Halves) {
        tune(Tuning { choices: staged(Side::Eight, Staging::Halves), ..offered.tuning() });
        outcomes.extend(proofs(&gpu, "staged as halves", &[Precision::F16, Precision::Int8]).await);
    }
    tune(offered.tuning());
    // In a browser a software adapter would take minutes for the longest clips.
    outcomes.push(kernels::many_tokens(&gpu, if cfg!(target_arch = "wasm32") { 1024 } else { 8192 }).await);
    for (name, json, bytes) in [fixture!("vjepa1_b_trunc_posembed"), fixture!("vjepa2_b_encpred")] {
        let json: Value = serde_json::from_str(json).unwrap();
        assert!(model::supports(&json));
        outcomes.push(model::check(name, &json, bytes, &gpu).await);
    }
    for (name, json, bytes) in [fixture!("train_v1_a"), fixture!("train_v2_a")] {
        let json: Value = serde_json::from_str(json).unwrap();
        assert!(train::supports(&json));
        outcomes.push(train::check(name, &json, bytes, &gpu, THREE_STEPS).await);
    }
    for (name, json, bytes) in [fixture!("vjepa2ac_a"), fixture!("vjepa2ac_c_extrinsics")] {
        let json: Value = serde_json::from_str(json).unwrap();
        assert!(actions::supports(&json));
        outcomes.extend(actions::check(name, &json, bytes, &gpu, [F32, THREE_STEPS]).await);
    }
    outcomes.extend(proofs(&gpu, "as opened", &[Precision::F32, Precision::F16, Precision::Int8]).await);
    outcomes.push(engines_agree(&gpu).await);
    outcomes.extend(ablated::check(&gpu).await);
    outcomes.extend(causal::check(&gpu).await);
    say(outcome::table(&outcomes));
    assert!(outcomes.iter().all(Outcome::passed));
}

/// The variants of kernels that compute in f32. The adapter at hand is most likely one in software: what hardware would run
/// is checked on it as well: all kernels, or layers alone.
fn variants(offered: Adapter) -> Vec<(&'static str, Tuning, bool)> {
    let [software, hardware] = [true, false].map(|software| Adapter { software, ..offered }.tuning());
    let staged = |side| Tuning { choices: staged(side, Staging::Shared), subgroup: None, ..hardware };
    vec![
        ("software", software, true),
        ("registers, subgroups", hardware, true),
        ("staged, eight", staged(Side::Eight), true),
        ("staged, four", staged(Side::Four), false),
    ]
}

/// All products and attention staged so.
fn staged(side: Side, staging: Staging) -> Choices {
    let tile = Tile { side, staging };
    let choice = Choice { small: tile, large: tile, attention: staging };
    Choices { flat: choice, packed: choice }
}

/// What the page proves itself with; `tests/proof.rs` does so on the CPU.
async fn proofs(gpu: &Device, variant: &str, precisions: &[Precision]) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for fixture in [proof!("vjepa1"), proof!("vjepa2"), proof!("vjepa21")] {
        let rows = prove(fixture, gpu, precisions).await.unwrap();
        for ProofRow { fixture, what, precision, worst, cosine, tolerance, .. } in rows {
            let name = format!("proof of {fixture} in {precision:?}, {variant}");
            let mut outcome = Outcome::new(&name, f64::from(tolerance));
            outcome.add(&format!("{what}, worst token's cosine {cosine:.6}"), f64::from(worst));
            outcomes.push(outcome);
        }
    }
    outcomes
}

/// The same seed gives the same features, errors and gradients as on the CPU (`tests/golden.rs` holds the CPU to the file).
async fn engines_agree(gpu: &Device) -> Outcome {
    let (expected, _) = read_safetensors(include_bytes!("../fixtures/golden_nano.safetensors")).unwrap();
    let found = golden::run(gpu).await;
    // The loss sums thousands of f32 differences, and a gradient all of its steps.
    let mut outcome = Outcome::new("CPU and WebGPU", 1e-3);
    for (name, expected) in &expected.0 {
        outcome.add(name, golden::difference(name, &found.0[name].data, &expected.data));
    }
    outcome
}

#[cfg(not(target_arch = "wasm32"))]
#[test]
fn the_adapter_of_this_machine_agrees_with_the_reference_and_with_the_cpu() {
    pollster::block_on(everything_agrees(|text| println!("{text}"), || None));
}

#[cfg(target_arch = "wasm32")]
mod browser {
    use wasm_bindgen_test::{console_log, wasm_bindgen_test, wasm_bindgen_test_configure};

    wasm_bindgen_test_configure!(run_in_dedicated_worker);

    /// Natively `tests/kernels.rs` does this; here other instructions are at work.
    #[wasm_bindgen_test]
    async fn the_cpu_kernels_agree_with_their_twins_in_webassembly() {
        let outcomes = super::kernels::check(&super::Device::flex()).await;
        console_log!("{}", super::outcome::table(&outcomes));
        assert!(outcomes.iter().all(super::Outcome::passed));
    }

    #[wasm_bindgen_test]
    async fn webgpu_agrees_with_the_reference_and_with_the_cpu() {
        count_gpu_errors();
        super::everything_agrees(|text| console_log!("{text}"), subgroup).await;
        assert_eq!(gpu_errors(), 0, "the GPU reported errors; see the console");
    }

    /// Count what WebGPU reports about commands nobody checks: they leave wrong numbers behind.
    fn count_gpu_errors() {
        let watch = "globalThis.gpuErrors = 0;
            const request = GPUAdapter.prototype.requestDevice;
            GPUAdapter.prototype.requestDevice = async function (...options) {
                // As www/js/worker/watch-gpu.js does it.
                const subgroups = this.features.has('subgroups');
                if (subgroups) options[0].requiredFeatures = [...(options[0].requiredFeatures ?? []), 'subgroups'];
                globalThis.subgroup = subgroups ? this.info.subgroupMinSize : 0;
                const device = await request.apply(this, options);
                device.addEventListener('uncapturederror', (event) => {
                    globalThis.gpuErrors += 1;
                    console.error(event.error.message);
                });
                return device;
            };";
        js_sys::eval(watch).unwrap();
    }

    fn subgroup() -> Option<usize> {
        let size = js_sys::eval("globalThis.subgroup").unwrap().as_f64().unwrap() as usize;
        (size > 0).then_some(size)
    }

    fn gpu_errors() -> u32 {
        js_sys::eval("globalThis.gpuErrors").unwrap().as_f64().unwrap() as u32
    }
}
