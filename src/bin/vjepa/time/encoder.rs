//! Times an encoder, for `make bench`.

use crate::{Failure, cpu, models};
use burn::tensor::Device;
use clap::Args;
use pollster::block_on;
use serde_json::json;
use std::{fs, path::PathBuf};
use vjepa_web::session::Extractor;

/// Time an encoder on the CPU
///
/// After a warm-up, one JSON line: {"engine": .., "ms": [one a run], "head": [the first features]}
#[derive(Args)]
pub struct Options {
    /// Holds config.json, model.safetensors and video.f32 ([3, T, H, W], little endian)
    folder: PathBuf,
    runs: usize,
    threads: usize,
}

pub fn measure(options: &Options) -> Result<(), Failure> {
    let Options { folder, runs, threads } = options;
    let engine = cpu::share_out(*threads)?;
    let config = fs::read_to_string(folder.join("config.json"))?;
    let extractor =
        Extractor::from_hugging_face(&config, &models::read(&folder.join("model.safetensors"))?, Device::flex())?;
    let video: Vec<f32> = models::read(&folder.join("video.f32"))?
        .chunks_exact(4)
        .map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
        .collect();
    let (features, times) = super::timed(*runs, || Ok(block_on(extractor.features(video.clone(), 1))?))?;
    let head = &features[..features.len().min(16)];
    println!("{}", json!({ "engine": engine, "ms": times, "head": head }));
    Ok(())
}
