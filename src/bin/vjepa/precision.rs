//! What weights in fewer bits cost and save: prints the tables of docs/precision.md.
//!
//! Trained weights are not part of the repository: the models here are the reference's tiny ones and a ViT-S, all with
//! random weights. Every table says how large the numbers are that differ.

use crate::Failure;
use burn::tensor::{Device, Tensor, TensorData};
use clap::Args;
use pollster::block_on;
use std::{collections::HashMap, fs, path::Path};
use vjepa_web::{
    Family, ModelConfig,
    checkpoint::{LoadOptions, Loaded, Weights, load, random, read_safetensors, write_safetensors},
    config::Limits,
    device,
    model::{Encoder, Predictor, Tokens, patches_of},
    precision::Precision,
    probe::similarity::least_cosine,
    rng::Rng,
};

const ALL: [Precision; 3] = [Precision::F32, Precision::F16, Precision::Int8];

/// A model as a file, and a clip `[1, 3, T, H, W]`.
struct Subject {
    name: String,
    config: String,
    file: Vec<u8>,
    video: Vec<f32>,
}

/// Compare weights in fewer bits with f32: bytes and errors, as tables
///
/// On this machine's graphics adapter if it has one and webgpu is built in, else on the CPU.
#[derive(Args)]
pub struct Options {
    /// How kernels stage operands with packed weights, instead of what is the fastest: registers, shared or halves
    #[cfg(feature = "webgpu")]
    #[arg(long, value_name = "STAGING")]
    staging: Option<String>,
}

pub fn compare(options: &Options) -> Result<(), Failure> {
    let (device, adapter) = opened(options)?;
    println!("On {adapter}:\n");
    println!(
        "| model | precision | bytes of weights | worst error | mean error | worst token's cosine | mean size of a feature |"
    );
    println!("|---|---|---:|---:|---:|---:|---:|");
    let mut subjects = fixtures()?;
    subjects.extend([small(1.0)?, small(4.0)?]);
    for subject in &subjects {
        block_on(subject.rows(&device))?;
    }
    println!("\n| released encoder and predictor | f32 | f16 | int8 |\n|---|---:|---:|---:|");
    released().iter().for_each(row_of_released);
    Ok(())
}

/// The graphics adapter, else the CPU; and what there is to say about it.
#[cfg(feature = "webgpu")]
fn opened(options: &Options) -> Result<(Device, String), Failure> {
    use vjepa_web::kernels::gpu::{Staging, tune};
    let Ok(opened) = crate::gpu::open() else { return Ok(on_the_cpu()) };
    if let Some((name, offered)) = options.staging.as_ref().zip(opened.offered) {
        let staging: Staging = serde_json::from_value(name.as_str().into())
            .map_err(|_| format!("There is no staging \"{name}\": choose registers, shared or halves."))?;
        let tuning = offered.tuned(crate::gpu::all_staged(staging));
        tune(tuning.ok_or_else(|| format!("This adapter can't stage operands as \"{name}\"."))?);
    }
    Ok((opened.device.clone(), crate::gpu::describe(&opened)))
}

#[cfg(not(feature = "webgpu"))]
fn opened(_: &Options) -> Result<(Device, String), Failure> {
    Ok(on_the_cpu())
}

fn on_the_cpu() -> (Device, String) {
    (device::open_cpu().device, "CPU".into())
}

/// The reference's tiny models: those the page proves itself with.
fn fixtures() -> Result<Vec<Subject>, Failure> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("www/assets/proof");
    ["vjepa1", "vjepa2", "vjepa21"]
        .iter()
        .map(|name| {
            let file = fs::read(folder.join(name).with_extension("safetensors"))?;
            let (tensors, metadata) = read_safetensors(&file)?;
            let config: ModelConfig = serde_json::from_str(&metadata["config"])?;
            Ok(Subject {
                name: format!("{}, {} blocks of {}", metadata["name"], config.depth, config.width),
                config: metadata["config"].clone(),
                video: tensors.0["in.video"].data.clone(),
                file,
            })
        })
        .collect()
}

/// A ViT-S as training starts it, its matrices `larger`: blocks then change their tokens as much as trained ones do.
fn small(larger: f32) -> Result<Subject, Failure> {
    let config = ModelConfig { size: 128, ..ModelConfig::preset("vit_s", Family::VJepa2)? };
    let mut weights: Weights = random(&config, 1);
    let matrices = weights.0.values_mut().filter(|tensor| tensor.shape.len() > 1);
    matrices.flat_map(|tensor| &mut tensor.data).for_each(|value| *value *= larger);
    let mut rng = Rng::new(2);
    let pixels = 3 * config.frames * config.size * config.size;
    let times = if larger == 1.0 { String::new() } else { format!(", matrices {larger} times as large") };
    Ok(Subject {
        name: format!("ViT-S, {} blocks of {}{times}", config.depth, config.width),
        config: serde_json::to_string(&config)?,
        file: write_safetensors(&weights, HashMap::new())?,
        video: (0..pixels).map(|_| rng.normal() as f32).collect(),
    })
}

impl Subject {
    /// A row for each precision, compared with f32 on the same device.
    async fn rows(&self, device: &Device) -> Result<(), Failure> {
        let mut exact: Option<[Vec<f32>; 2]> = None;
        for precision in ALL {
            let options = LoadOptions {
                name: self.name.clone(),
                config: Some(self.config.clone()),
                preprocessor: None,
                frames: 0,
                precision,
                limits: Limits::default(),
            };
            let loaded = load(vec![self.file.as_slice()], &options, device, |_| {}).await?;
            let found = self.look(&loaded, device).await?;
            let exact = exact.get_or_insert_with(|| found.clone());
            let name = format!("{:?}", loaded.report.precision).to_lowercase();
            for (what, (found, exact)) in ["", ": logits"].iter().zip(found.iter().zip(exact.iter())) {
                if !found.is_empty() {
                    let tokens = if what.is_empty() { loaded.config.grid().tokens() } else { 1 };
                    println!(
                        "| {}{what} | {name} | {} | {} |",
                        self.name,
                        bytes(&loaded),
                        errors(found, exact, exact.len() / tokens)
                    );
                }
            }
        }
        Ok(())
    }

    /// Features, and the logits of a classifier.
    async fn look(&self, loaded: &Loaded, device: &Device) -> Result<[Vec<f32>; 2], Failure> {
        let config = &loaded.config;
        let shape = [1, 3, config.frames, config.size, config.size];
        let video: Tensor<5> = Tensor::from_data(TensorData::new(self.video.clone(), shape), device);
        let patches = patches_of(video, config.tubelet, config.patch);
        let features = loaded.encoder.forward(patches, config.grid(), &Tokens::all(config.grid(), 1, device));
        let logits = loaded.classifier.as_ref().map(|classifier| classifier.forward(features.clone(), 1));
        let read = |tensor: Tensor<2>| tensor.into_data().try_into_vec::<f32>().map_err(|e| format!("{e:?}"));
        Ok([read(features)?, logits.map_or(Ok(Vec::new()), read)?])
    }
}

fn bytes(loaded: &Loaded) -> usize {
    let predictor = loaded.predictor.iter().flat_map(Predictor::groups);
    let classifier = loaded.classifier.iter().flat_map(|classifier| classifier.groups());
    loaded.encoder.groups().chain(predictor).chain(classifier).map(|group| group.bytes()).sum()
}

/// Worst and mean difference, the least cosine of a token of `width`, and how large the numbers are.
fn errors(found: &[f32], exact: &[f32], width: usize) -> String {
    let mean = |values: &mut dyn Iterator<Item = f32>| values.sum::<f32>() / exact.len() as f32;
    let differences = || found.iter().zip(exact).map(|(found, exact)| (found - exact).abs());
    let (worst, size) = (differences().fold(0.0, f32::max), mean(&mut exact.iter().map(|value| value.abs())));
    if worst == 0.0 {
        return format!("- | - | - | {size:.2}");
    }
    let cosine = least_cosine(found, exact, width);
    format!("{worst:.1e} | {:.1e} | {cosine:.6} | {size:.2}", mean(&mut differences()))
}

/// The published geometries, the largest release of each size.
fn released() -> Vec<(&'static str, ModelConfig)> {
    let of = |family, width, depth, heads, mlp| ModelConfig {
        width,
        depth,
        heads,
        mlp,
        ..ModelConfig::preset("vit_l", family).expect("it is a preset")
    };
    let deep = |config: ModelConfig| match config.width {
        768 | 1024 => ModelConfig { mask_tokens: 8, teacher_width: 1664, ..config },
        _ => ModelConfig { mask_tokens: 8, levels: 4, predictor_depth: 24, ..config },
    };
    vec![
        ("ViT-B (V-JEPA 2.1)", deep(of(Family::VJepa21, 768, 12, 12, 3072))),
        ("ViT-L (V-JEPA 1, 2)", of(Family::VJepa2, 1024, 24, 16, 4096)),
        ("ViT-L (V-JEPA 2.1)", deep(of(Family::VJepa21, 1024, 24, 16, 4096))),
        ("ViT-H (V-JEPA 1, 2)", of(Family::VJepa2, 1280, 32, 16, 5120)),
        ("ViT-g (V-JEPA 2)", of(Family::VJepa2, 1408, 40, 22, 6144)),
        ("ViT-g (V-JEPA 2.1)", deep(of(Family::VJepa21, 1408, 40, 22, 6144))),
        ("ViT-G (V-JEPA 2.1)", deep(of(Family::VJepa21, 1664, 48, 26, 8192))),
    ]
}

fn row_of_released((name, config): &(&str, ModelConfig)) {
    let specs = [Encoder::specs(config), Predictor::specs(config)].concat();
    let megabytes = ALL.map(|precision| {
        let bytes: usize = specs.iter().map(|spec| spec.bytes(precision)).sum();
        format!("{:.0} MB", bytes as f64 / 1e6)
    });
    println!("| {name} | {} |", megabytes.join(" | "));
}
