//! Checkpoints through the loader the page uses: which model a file is of, what of it is used, the same numbers as from the
//! same weights read at once, and what is said of files that can't be used.
#![cfg(not(target_arch = "wasm32"))]

mod actions;
mod arithmetic;
mod configs;
mod errors;
mod exported;
mod files;
mod layouts;
mod precisions;
mod same;
mod source;
#[path = "../common/unzip.rs"]
mod unzip;

use burn::tensor::{Device, Tensor, TensorData};
use std::path::PathBuf;
use vjepa_web::{
    Error, ModelConfig,
    checkpoint::{LoadOptions, Loaded, Weights, from_hugging_face, load, read_safetensors},
    config::Limits,
    formats::Bytes,
    mask::Masks,
    model::{Classifier, Encoder, Hidden, Predictor, Tokens, patches_of},
    precision::Precision,
};

/// Heads and clips of the tiny models, which shapes can't tell.
const HEADS: &str = r#"{"num_attention_heads": 2, "pred_num_attention_heads": 2, "pooler_num_attention_heads": 2,
    "crop_size": 64, "frames_per_clip": 4}"#;

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/checkpoints").join(name)
}

/// `config.json` and `model.safetensors` of a Hugging Face folder.
fn folder(name: &str) -> (String, Vec<u8>) {
    let file = |file: &str| std::fs::read(fixture(name).join(file)).unwrap();
    (String::from_utf8(file("config.json")).unwrap(), file("model.safetensors"))
}

/// The tiny V-JEPA 2 with its classifier, by the published names; [`HEADS`] describes it.
fn tiny() -> Weights {
    from_hugging_face(read_safetensors(&folder("hf_vjepa2_tiny_cls").1).unwrap().0).unwrap()
}

fn options(config: &str) -> LoadOptions {
    LoadOptions {
        name: "tiny".into(),
        config: Some(config.into()),
        preprocessor: None,
        frames: 0,
        precision: Precision::F32,
        limits: Limits::default(),
    }
}

fn load_all<B: Bytes>(sources: Vec<B>, options: &LoadOptions) -> Result<Loaded, Error> {
    pollster::block_on(load(sources, options, &Device::flex(), |_| {}))
}

/// What a model makes of a clip: features, what it predicts of hidden tokens, logits. Empty where it has no such part.
#[derive(Debug, PartialEq)]
struct Numbers {
    features: Vec<f32>,
    predicted: Vec<f32>,
    logits: Vec<f32>,
}

fn numbers(loaded: &Loaded) -> Numbers {
    look(&loaded.config, &loaded.encoder, loaded.predictor.as_ref(), loaded.classifier.as_ref())
}

/// The same clip for all models of a size.
fn look(
    config: &ModelConfig,
    encoder: &Encoder,
    predictor: Option<&Predictor>,
    classifier: Option<&Classifier>,
) -> Numbers {
    let (device, grid, patches) = (Device::flex(), config.grid(), video(config));
    let features = encoder.forward(patches.clone(), grid, &Tokens::all(grid, 1, &device));
    let (context, target) = (0..grid.tokens() as u32).partition(|token| token % 3 > 0);
    let masks = [Masks { context: vec![context], target: vec![target] }];
    let seen = encoder.context(patches, grid, &Tokens::context(&masks, grid, &device));
    let hidden = Hidden::new(&masks, &[0], grid, &device);
    let read = |tensor: Tensor<2>| tensor.into_data().try_into_vec().unwrap();
    Numbers {
        predicted: predictor.map_or(Vec::new(), |predictor| read(predictor.forward(seen, &hidden, &[0]))),
        logits: classifier.map_or(Vec::new(), |classifier| read(classifier.forward(features.clone(), 1))),
        features: read(features),
    }
}

/// The patches of that clip.
fn video(config: &ModelConfig) -> Tensor<2> {
    let count = 3 * config.frames * config.size * config.size;
    let video: Vec<f32> = (0..count).map(|i| ((i * 7919) % 255) as f32 / 128.0 - 1.0).collect();
    let shape = [1, 3, config.frames, config.size, config.size];
    let video: Tensor<5> = Tensor::from_data(TensorData::new(video, shape), &Device::flex());
    patches_of(video, config.tubelet, config.patch)
}
