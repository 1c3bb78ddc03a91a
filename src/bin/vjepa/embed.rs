//! Features of frames, as the page's own models and published checkpoints see them.

use crate::{Failure, cpu, models, progress};
use clap::Args;
use pollster::block_on;
use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};
use vjepa_web::{
    Error, Session,
    checkpoint::{CheckpointError, LoadOptions, Start, Weights, load, write_safetensors},
    config::Limits,
    device,
    precision::Precision,
};

/// Write the features of a video: of each clip, one after the other, of each token
///
/// The file holds one tensor, \"features\", [clips, tokens, channels]; frames after the last whole clip are left out.
#[derive(Args)]
pub struct Options {
    /// A model of the page or a published checkpoint of V-JEPA 1, 2 or 2.1
    model: PathBuf,
    /// Frames at the model's size, RGBA one after the other
    video: PathBuf,
    /// Where the features go
    #[arg(long, value_name = "FILE.safetensors", default_value = "features.safetensors")]
    out: PathBuf,
    /// The config.json beside a published checkpoint, if its weights alone don't tell which model it is
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Frames a clip of a published checkpoint; 0 for 16, or as many as it was released for
    #[arg(long, value_name = "N", default_value_t = 0)]
    frames: usize,
    /// 0 for all cores
    #[arg(long, value_name = "N", default_value_t = 0)]
    threads: usize,
}

pub fn embed(options: &Options) -> Result<(), Failure> {
    cpu::share_out(options.threads)?;
    let (session, video) = (opened(options)?, models::read(&options.video)?);
    let config = session.config();
    let frame = config.size * config.size * 4;
    if !video.len().is_multiple_of(frame) {
        return Err(Error::Frame { found: video.len(), expected: frame, size: config.size }.into());
    }
    let clips = video.chunks_exact(config.frames * frame);
    if clips.len() == 0 {
        return Err(Error::ShortClip { held: video.len() / frame, needed: config.frames }.into());
    }
    let shape = [clips.len(), config.grid().tokens(), config.width];
    let bar = progress::bar(0, clips.len() as u64, "{pos} of {len} clips");
    let mut features = Vec::with_capacity(shape.iter().product());
    for clip in clips {
        features.extend(block_on(session.embed(clip.to_vec()))?);
        bar.inc(1);
    }
    bar.finish_and_clear();
    let mut file = Weights::default();
    file.insert("features", shape, features);
    fs::write(&options.out, write_safetensors(&file, HashMap::new())?)?;
    println!("{}: {} clips, {} tokens of {} channels", options.out.display(), shape[0], shape[1], shape[2]);
    Ok(())
}

/// One of the page's models knows what it is; everything else is read as published.
fn opened(options: &Options) -> Result<Session, Failure> {
    let bytes = models::read(&options.model)?;
    match Start::from_bytes(&bytes) {
        Ok(start) if start.config.is_some() => return models::of(start),
        Ok(_) | Err(CheckpointError::Format(_) | CheckpointError::Unrecognised | CheckpointError::Dtype { .. }) => {}
        Err(broken) => return Err(broken.into()),
    }
    let device = device::open_cpu().device;
    let asked = LoadOptions {
        name: options.model.display().to_string(),
        config: options.config.as_deref().map(text).transpose()?,
        preprocessor: None,
        frames: options.frames,
        precision: Precision::F32,
        limits: Limits::default(),
    };
    Ok(Session::frozen(block_on(load(vec![bytes.as_slice()], &asked, &device, |_| {}))?, device))
}

fn text(path: &Path) -> Result<String, Failure> {
    Ok(String::from_utf8(models::read(path)?)?)
}
