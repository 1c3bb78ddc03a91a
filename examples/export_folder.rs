//! Exports a small trained model, and what it computes, for `tests/tools/check_export.py`.
//!
//! `cargo run --no-default-features --features cpu --example export_folder -- FOLDER PRESET`
//!
//! Writes `f32.zip`, `f16.zip` and `expected.safetensors` into `FOLDER`: a normalised `video` `[1, T, 3, S, S]`, the
//! encoder's `features` `[1, N, D]`, indices `context` and `target` (`[1, Nc]`, `[1, Nt]`, as floats), and what the predictor
//! makes of the context rows of `features` with mask token 1, as transformers does: `predicted` `[1, Nt, D]`.

use burn::tensor::{Device, Tensor, TensorData};
use std::{
    collections::HashMap,
    error::Error,
    fs::{self, File},
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};
use vjepa_web::{
    Family, ModelConfig, Session,
    checkpoint::{FileDtype, Weights, write_safetensors},
    config::Limits,
    mask,
    model::{Encoder, Hidden, Predictor, Tokens, patches_of},
    read::HostReads,
    rng::Rng,
    world::WorldSpec,
};

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, preset] = arguments.as_slice() else { return Err("usage: export_folder FOLDER PRESET".into()) };
    let folder = PathBuf::from(folder);
    fs::create_dir_all(&folder)?;
    pollster::block_on(async {
        let session = trained(ModelConfig::preset(preset, Family::VJepa2)?).await?;
        export(&session, FileDtype::F32, &folder.join("f32.zip")).await?;
        export(&session, FileDtype::F16, &folder.join("f16.zip")).await?;
        let bytes = write_safetensors(&computed(&session).await?, HashMap::new())?;
        Ok(fs::write(folder.join("expected.safetensors"), bytes)?)
    })
}

/// Two steps from random, then noise on every weight: without it attention is nearly uniform, biases and all mask tokens but
/// one are zero, and a mistake in any of these would not show.
async fn trained(config: ModelConfig) -> Outcome<Session> {
    let mut session = Session::create(config, 1, Device::flex(), Limits::default())?;
    session.set_world(&WorldSpec::rich(), 1);
    session.train(2, async || ()).await?;
    let mut snapshot = session.snapshot().await?;
    let mut rng = Rng::new(2);
    for (name, tensor) in &mut snapshot.weights.0 {
        if !name.starts_with("adamw.") {
            tensor.data.iter_mut().for_each(|value| *value += 0.1 * rng.normal() as f32);
        }
    }
    Ok(Session::restore(snapshot, Device::flex(), Limits::default())?)
}

async fn export(session: &Session, precision: FileDtype, path: &Path) -> Outcome<()> {
    let mut file = BufWriter::new(File::create(path)?);
    let failed = |error: std::io::Error| vjepa_web::Error::Write(error.to_string());
    session.export(precision, async |chunk: &[u8]| file.write_all(chunk).map_err(failed)).await?;
    Ok(file.flush()?)
}

async fn computed(session: &Session) -> Outcome<Weights> {
    let (config, device) = (session.config(), Device::flex());
    let mut weights = session.snapshot().await?.weights;
    let encoder = Encoder::load(config, &mut weights, "target_encoder", &device)?;
    let predictor = Predictor::load(config, &mut weights, "predictor", &device)?;

    let (frames, size, grid) = (config.frames, config.size, config.grid());
    let mut rng = Rng::new(3);
    let values: Vec<f32> = (0..frames * 3 * size * size).map(|_| rng.normal() as f32).collect();
    let video = Tensor::<5>::from_data(TensorData::new(values, [1, frames, 3, size, size]), &device);
    let patches = patches_of(video.clone().permute([0, 2, 1, 3, 4]), config.tubelet, config.patch); // [1, 3, T, S, S]
    let features = encoder.forward(patches, grid, &Tokens::all(grid, 1, &device)); // [N, D]

    let masks = mask::long().sample(grid, 1, &mut rng)?;
    let context = indices(&masks.context[0]);
    let rows = Tensor::from_data(TensorData::new(context.clone(), [context.len()]), &device);
    let hidden = Hidden::new(std::slice::from_ref(&masks), &[0], grid, &device);
    let predicted = predictor.forward(features.clone().select(0, rows), &hidden, &[1]); // [Nt, D]

    let mut reads = HostReads::default();
    named("video", video, &mut reads);
    named("features", features.unsqueeze::<3>(), &mut reads);
    named("predicted", predicted.unsqueeze::<3>(), &mut reads);
    let mut computed = reads.read().await?;
    for (name, indices) in [("context", context), ("target", indices(&masks.target[0]))] {
        computed.insert(name, [1, indices.len()], indices.into_iter().map(|i| i as f32).collect());
    }
    Ok(computed)
}

fn indices(tokens: &[u32]) -> Vec<i32> {
    tokens.iter().map(|&token| token as i32).collect()
}

fn named<const D: usize>(name: &'static str, tensor: Tensor<D>, reads: &mut HostReads) {
    let shape = tensor.dims();
    reads.add(tensor, move |values, into| into.insert(name, shape, values));
}
