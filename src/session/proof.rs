//! The reference's own numbers, computed again on the device at hand: whether this engine does here what the published
//! code does.
//!
//! A fixture is a safetensors file with a tiny model's weights by their published names, one clip (`in.video`
//! `[1, 3, T, H, W]`, `in.context` and `in.target` token lists), what the reference made of it (`out.features` `[N, D]`,
//! `out.predicted` `[H, D]` of the target with mask token 0, perhaps `out.logits`), and as metadata a `name`, the `origin`
//! and the model's `config`. `examples/proof_fixtures.rs` writes them.

use crate::{
    checkpoint::{CheckpointError, HostTensor, LoadOptions, Loaded, Weights, load, read_safetensors},
    config::Limits,
    error::Error,
    mask::Masks,
    model::{Hidden, Tokens, patches_of},
    precision::Precision,
    probe::similarity::least_cosine,
    read::read,
};
use burn::tensor::{Device, Tensor, TensorData};
use serde::Serialize;
use std::collections::HashMap;

/// Worst differences that pass, for numbers of unit scale.
///
/// F32: the references' own noise is below 1e-5. For the others the worst that rounding of the weights did to any of the
/// fixtures was measured on the CPU (2.4e-3 and 8.6e-2), and three times that is allowed, because another device rounds
/// sums otherwise; a mistake moves numbers by about their own size.
const WORST_F32: f32 = 1e-4;
const WORST_F16: f32 = 7e-3;
const WORST_INT8: f32 = 0.25;

/// One output of one fixture, compared.
#[derive(Debug, Clone, Serialize)]
pub struct ProofRow {
    /// The fixture's name.
    pub fixture: String,
    pub what: &'static str,
    /// What the weights were kept in.
    pub precision: Precision,
    /// Largest and mean absolute difference.
    pub worst: f32,
    pub mean: f32,
    /// The least cosine of a token with the reference's: one token that is off hardly shows in the mean.
    pub cosine: f32,
    pub tolerance: f32,
    pub passed: bool,
}

/// Compare with a fixture, its weights kept in each of `precisions`.
///
/// # Errors
/// [`Error::Format`] or [`Error::Checkpoint`] if the fixture is incomplete, [`Error::Read`] if the device is lost.
pub async fn prove(fixture: &[u8], device: &Device, precisions: &[Precision]) -> Result<Vec<ProofRow>, Error> {
    let (tensors, metadata) = read_safetensors(fixture)?;
    let inputs = Inputs::of(&tensors)?;
    let expected = tensors.below("out.");
    let mut rows = Vec::new();
    for &precision in precisions {
        let options = LoadOptions {
            name: text(&metadata, "name")?,
            config: Some(text(&metadata, "config")?),
            preprocessor: None,
            frames: 0,
            precision,
            limits: Limits::default(),
        };
        let loaded = load(vec![fixture], &options, device, |_| {}).await?;
        for (what, found) in inputs.outputs(&loaded, device).await? {
            let name = if what == "labels" { "logits" } else { what };
            let expected = expected.0.get(name).ok_or_else(|| CheckpointError::Missing(format!("out.{name}")))?;
            rows.push(compare(&loaded, what, &found, expected));
        }
    }
    Ok(rows)
}

fn text(metadata: &HashMap<String, String>, key: &str) -> Result<String, CheckpointError> {
    metadata.get(key).cloned().ok_or_else(|| CheckpointError::Format(format!("it has no {key}")))
}

/// The clip, and its tokens that are seen and hidden.
struct Inputs {
    video: HostTensor,
    masks: [Masks; 1],
}

impl Inputs {
    fn of(tensors: &Weights) -> Result<Self, CheckpointError> {
        let tensor = |name: &str| tensors.0.get(name).ok_or_else(|| CheckpointError::Missing(name.into()));
        let list = |name| Ok(vec![tensor(name)?.data.iter().map(|&id| id as u32).collect()]);
        let masks = [Masks { context: list("in.context")?, target: list("in.target")? }];
        Ok(Self { video: tensor("in.video")?.clone(), masks })
    }

    /// What the model makes of it, by the names of the rows.
    async fn outputs(&self, loaded: &Loaded, device: &Device) -> Result<Vec<(&'static str, Vec<f32>)>, Error> {
        let Loaded { config, encoder, predictor, classifier, .. } = loaded;
        let grid = config.grid();
        let shape = [1, 3, config.frames, config.size, config.size];
        if self.video.shape != shape {
            let found = self.video.shape.clone();
            return Err(CheckpointError::Shape { name: "in.video".into(), found, expected: shape.into() }.into());
        }
        let video: Tensor<5> = Tensor::from_data(TensorData::new(self.video.data.clone(), shape), device);
        let patches = patches_of(video, config.tubelet, config.patch);
        let features = encoder.forward(patches.clone(), grid, &Tokens::all(grid, 1, device));
        let mut outputs = vec![("features", read([features.clone()]).await?)];
        if let Some(predictor) = predictor {
            let seen = encoder.context(patches, grid, &Tokens::context(&self.masks, grid, device));
            let hidden = Hidden::new(&self.masks, &[0], grid, device);
            outputs.push(("predicted", read([predictor.forward(seen, &hidden, &[0])]).await?));
        }
        if let Some(classifier) = classifier {
            outputs.push(("labels", read([classifier.forward(features, 1)]).await?));
        }
        Ok(outputs.into_iter().map(|(what, [values])| (what, values)).collect())
    }
}

/// NaN, and another number of values, are infinitely wrong.
fn compare(loaded: &Loaded, what: &'static str, found: &[f32], expected: &HostTensor) -> ProofRow {
    let HostTensor { shape, data: expected } = expected;
    let precision = loaded.report.precision;
    let tolerance = match precision {
        Precision::F32 => WORST_F32,
        Precision::F16 => WORST_F16,
        Precision::Int8 => WORST_INT8,
    };
    let sound = found.len() == expected.len() && found.iter().all(|value| value.is_finite());
    let differences = || found.iter().zip(expected).map(|(a, b)| (a - b).abs());
    let (worst, mean) = match sound {
        true => (differences().fold(0.0, f32::max), differences().sum::<f32>() / found.len().max(1) as f32),
        false => (f32::INFINITY, f32::INFINITY),
    };
    let cosine = least_cosine(found, expected, shape.last().copied().unwrap_or_default());
    let (fixture, passed) = (loaded.report.name.clone(), worst <= tolerance && !found.is_empty());
    ProofRow { fixture, what, precision, worst, mean, cosine, tolerance, passed }
}
