//! Forward passes of the published sizes in every precision.

use super::{
    clock::Clock,
    made_up::MadeUp,
    report::{Cell, Report},
};
use crate::Failure;
use burn::tensor::{Device, Tensor, TensorData};
use pollster::block_on;
use std::time::Instant;
use vjepa_web::{
    Family, ModelConfig,
    checkpoint::{LoadOptions, Loaded, load},
    config::Limits,
    flops,
    model::Tokens,
    precision::Precision,
    rng::Rng,
};

/// 16 frames of 256 pixels a side: 2,048 tokens.
const FRAMES: usize = 16;

/// `(name, width, depth, heads, mlp)` (spec §1).
pub const MODELS: [(&str, usize, usize, usize, usize); 3] =
    [("ViT-B", 768, 12, 12, 3072), ("ViT-L", 1024, 24, 16, 4096), ("ViT-g", 1408, 40, 22, 6144)];

pub fn measure(device: &Device, clock: &Clock, report: &mut Report) -> Result<(), Failure> {
    let columns = ["model", "weights", "loaded in s", "GFLOP", "ms", "clips/s", "TFLOP/s"];
    let heading = "Encoder, forward, one clip of 16 frames at 256 pixels, features read back";
    let mut table = report.table("forward", heading, &columns);
    // Seconds that a number of operations took, loading included: a guess at the next case.
    let mut pace = 0.0;
    for (name, width, depth, heads, mlp) in MODELS {
        let preset = ModelConfig::preset("vit_l", Family::VJepa2)?;
        let config = ModelConfig { name: name.into(), frames: FRAMES, width, depth, heads, mlp, ..preset };
        let flop = flops::forward(&config);
        for precision in [Precision::F32, Precision::F16, Precision::Int8] {
            let kept = format!("{precision:?}").to_lowercase();
            let cells = |seconds, ms: Option<f64>| {
                let rates = [ms.map(|ms| 1000.0 / ms), ms.map(|ms| flop / ms / 1e9)].map(Cell::of);
                let [clips, rate] = rates;
                [name.into(), kept.as_str().into(), Cell::of(seconds), (flop / 1e9).into(), Cell::of(ms), clips, rate]
            };
            if clock.left().as_secs_f64() < pace * flop {
                table.row(&cells(None, None));
                continue;
            }
            let begin = Instant::now();
            let loaded = block_on(made_up(&config, precision, device))?;
            let seconds = begin.elapsed().as_secs_f64();
            let ms = clock.median(forward(&loaded, device))?;
            pace = begin.elapsed().as_secs_f64() / flop;
            table.row(&cells(Some(seconds), ms));
            if let Some(ms) = ms {
                table.report().forward(name, &kept, ms);
            }
        }
    }
    Ok(())
}

async fn made_up(config: &ModelConfig, precision: Precision, device: &Device) -> Result<Loaded, Failure> {
    let options = LoadOptions {
        name: config.name.clone(),
        config: Some(serde_json::to_string(config)?),
        preprocessor: None,
        frames: config.frames,
        precision,
        limits: Limits::default(),
    };
    Ok(load(vec![MadeUp::new(config)?], &options, device, |_| {}).await?)
}

/// A forward pass of the encoder on noise.
fn forward<'a>(loaded: &'a Loaded, device: &'a Device) -> impl FnMut() -> Result<(), Failure> + 'a {
    let Loaded { config, encoder, .. } = loaded;
    let mut rng = Rng::new(1);
    let shape = [config.grid().tokens(), config.patch_values()];
    let values: Vec<f32> = (0..shape.iter().product()).map(|_| rng.normal() as f32).collect();
    let patches = Tensor::<2>::from_data(TensorData::new(values, shape), device);
    let all = Tokens::all(config.grid(), 1, device);
    move || {
        let features = encoder.forward(patches.clone(), config.grid(), &all);
        let read = features.into_data().try_into_vec::<f32>().map_err(|error| format!("{error:?}"))?;
        match read.iter().all(|value| value.is_finite()) {
            true => Ok(()),
            false => Err(format!("{} gives features that are not finite.", config.name).into()),
        }
    }
}
