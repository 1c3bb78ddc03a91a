//! Times an encoder natively on the CPU, for `make bench`.
//!
//! `cargo run --release --no-default-features --features cpu --example encoder_cpu -- FOLDER RUNS THREADS`
//!
//! `FOLDER` holds `config.json`, `model.safetensors` and `video.f32` (`[3, T, H, W]`, little endian). After a warm-up it
//! prints one JSON line: `{"engine": .., "ms": [one a run], "head": [the first features]}`. More than one thread needs the
//! feature `threads`.

#![expect(clippy::disallowed_types, reason = "a native program may measure time")]

mod native;

use burn::tensor::Device;
use std::{error::Error, fs, path::PathBuf, time::Instant};
use vjepa_web::session::Extractor;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, runs, threads] = arguments.as_slice() else {
        return Err("usage: encoder_cpu FOLDER RUNS THREADS".into());
    };
    let (folder, runs, threads) = (PathBuf::from(folder), runs.parse::<usize>()?, threads.parse::<usize>()?);
    let engine = native::share_out(threads)?;
    let config = fs::read_to_string(folder.join("config.json"))?;
    let extractor =
        Extractor::from_hugging_face(&config, &fs::read(folder.join("model.safetensors"))?, Device::flex())?;
    let video: Vec<f32> = fs::read(folder.join("video.f32"))?
        .chunks_exact(4)
        .map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
        .collect();
    let encode = || pollster::block_on(extractor.features(video.clone(), 1));
    let features = encode()?;
    let mut times = Vec::with_capacity(runs);
    for _ in 0..runs {
        let start = Instant::now();
        encode()?;
        times.push(1000.0 * start.elapsed().as_secs_f64());
    }
    let head = &features[..features.len().min(16)];
    println!("{}", serde_json::json!({ "engine": engine, "ms": times, "head": head }));
    Ok(())
}
