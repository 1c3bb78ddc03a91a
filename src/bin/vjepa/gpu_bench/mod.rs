//! `vjepa gpu-bench`: what matters of one graphics adapter, in a few minutes and from one file: no network, no folder.

mod clock;
mod forward;
mod limits;
mod made_up;
mod parity;
mod products;
mod report;
mod torch;
mod training;

use crate::Failure;
use burn::tensor::Device;
use clap::Args;
use clock::Clock;
use report::Report;
use std::{path::PathBuf, time::Duration};
use vjepa_web::device::{self, Opened};

/// Measure this machine's graphics adapter: parity, products, forward passes, training steps, and PyTorch beside them
///
/// Tables on stdout as they come. What no longer fits in the time is named and left out. PyTorch is asked for the same where
/// Python has it and it sees a GPU.
#[derive(Args)]
pub struct Options {
    /// Time for all of it
    #[arg(long, value_name = "N", default_value_t = 270)]
    seconds: u64,
    /// The same as JSON
    #[arg(long, value_name = "FILE.json")]
    json: Option<PathBuf>,
    /// Python that may have PyTorch
    #[arg(long, value_name = "PROGRAM", default_value = "python3")]
    python: String,
    /// The CPU instead, to try the command out
    #[arg(long)]
    cpu: bool,
}

/// The shares of the time after which each part ends; PyTorch, which has nothing to load, has the rest.
const PRODUCTS: f64 = 0.2;
const TRAINING: f64 = 0.4;
const FORWARD: f64 = 0.75;

pub fn measure(options: &Options) -> Result<(), Failure> {
    let clock = Clock::new(Duration::from_secs(options.seconds));
    let opened = if options.cpu { device::open_cpu() } else { adapter()? };
    let mut report = Report::new(&opened);
    #[cfg(feature = "webgpu")]
    report.say("kernels", &crate::gpu::describe(&opened));
    let device: Device = opened.device;
    parity::measure(&device, &mut report)?;
    let limits = if options.cpu { None } else { limits::measure(&mut report) };
    products::measure(&device, limits, &clock.part(PRODUCTS), &mut report)?;
    training::measure(&device, &clock.part(TRAINING), &mut report)?;
    forward::measure(&device, &clock.part(FORWARD), &mut report)?;
    torch::measure(options, &clock, &mut report);
    report.finish(options.json.as_deref())
}

/// With the kernels that are the fastest on it.
#[cfg(feature = "webgpu")]
fn adapter() -> Result<Opened, Failure> {
    crate::gpu::open().map_err(|error| format!("There is no usable graphics adapter here: {error}").into())
}

#[cfg(not(feature = "webgpu"))]
fn adapter() -> Result<Opened, Failure> {
    Err("This build has no WebGPU: build with --features native,webgpu, or choose --cpu.".into())
}
