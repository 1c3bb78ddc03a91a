//! The Hugging Face layout of V-JEPA 2 (spec §7.1): what [`super::names`] renames, reshaped; and its configuration.

use super::{
    CheckpointError, HostTensor, TensorShape, Weights,
    describe::invalid,
    names::{Naming, Place, Share, to_hugging_face},
};
use crate::config::{Family, ModelConfig};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Rename and reshape: q, k and v become one `[q | k | v]`, `mask_tokens [n, 1, 1, P]` becomes `n` of them. Published
/// names stay as they are, so that both kinds of folder can be read alike.
///
/// # Errors
/// A tensor of which a share is missing.
pub fn from_hugging_face(weights: Weights) -> Result<Weights, CheckpointError> {
    let naming = Naming::of(weights.0.keys().map(String::as_str)).unwrap_or(Naming::HuggingFace);
    let mut ours = Weights::default();
    let mut shares: BTreeMap<String, BTreeMap<usize, HostTensor>> = BTreeMap::new();
    for (name, tensor) in weights.0 {
        let Some(Place { name, share }) = naming.place(&name) else { continue };
        match share {
            Share::Whole => drop(ours.0.insert(name, tensor)),
            Share::Part { index, of } => {
                let found = shares.entry(name.clone()).or_default();
                found.insert(index, tensor);
                if found.len() == of {
                    let whole = shares.remove(&name).unwrap_or_default();
                    ours.0.insert(name, stacked(whole.into_values()));
                }
            }
            Share::Spread => spread(&name, &tensor, &mut ours),
        }
    }
    match shares.into_keys().next() {
        Some(name) => Err(CheckpointError::Missing(name)),
        None => Ok(ours),
    }
}

/// One below the other.
fn stacked(shares: impl Iterator<Item = HostTensor>) -> HostTensor {
    let mut whole = HostTensor { shape: Vec::new(), data: Vec::new() };
    for (i, share) in shares.enumerate() {
        whole.data.extend(share.data);
        whole.shape = share.shape;
        whole.shape[0] *= i + 1;
    }
    whole
}

fn spread(name: &str, tokens: &HostTensor, into: &mut Weights) {
    let width = *tokens.shape.last().unwrap_or(&1);
    for (i, token) in tokens.data.chunks(width.max(1)).enumerate() {
        into.insert(format!("{name}.{i}"), [1, 1, width], token.to_vec());
    }
}

/// What published tensors, in the order of a file, are called and shaped in a Hugging Face file: the inverse of
/// [`from_hugging_face`].
///
/// The data are the same bytes in the same order: q, k and v follow each other in `[q | k | v]`, and so do mask tokens,
/// which must stand together. If a classifier is among them, encoder and predictor get the prefix `vjepa2.`.
pub fn hugging_face_layout(published: &[TensorShape]) -> Vec<TensorShape> {
    let classified = published.iter().any(|tensor| tensor.name.starts_with("classifier."));
    let mut layout: Vec<TensorShape> = Vec::new();
    for TensorShape { name, shape } in published {
        let names = to_hugging_face(name, classified);
        let shape = match name.contains(".mask_tokens.") {
            true => [&[1], &shape[..]].concat(),
            false => [&[shape[0] / names.len()], &shape[1..]].concat(),
        };
        for name in names {
            match layout.last_mut().filter(|last| last.name == name) {
                Some(stack) => stack.shape[0] += 1,
                None => layout.push(TensorShape { name, shape: shape.clone() }),
            }
        }
    }
    layout
}

/// `config.json` of a folder: Hugging Face's, or this program's own for families that have no class there.
///
/// # Errors
/// [`CheckpointError::Config`] if a field is missing or the parts don't fit together.
pub fn folder_config(json: &str) -> Result<ModelConfig, CheckpointError> {
    let fields: serde_json::Value = serde_json::from_str(json).map_err(|error| invalid(&error))?;
    if fields.get("family").is_none() {
        return hugging_face_config(json);
    }
    let config: ModelConfig = serde_json::from_value(fields).map_err(|error| invalid(&error))?;
    config.validate().map_err(|error| invalid(&error))?;
    Ok(config)
}

/// The fields of `config.json` that shape the network.
#[derive(Deserialize)]
struct Fields {
    crop_size: usize,
    frames_per_clip: usize,
    patch_size: usize,
    tubelet_size: usize,
    hidden_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    mlp_ratio: f64,
    pred_hidden_size: usize,
    pred_num_hidden_layers: usize,
    pred_num_attention_heads: usize,
    pred_mlp_ratio: f64,
    pred_num_mask_tokens: usize,
}

/// `config.json` of a Hugging Face folder.
///
/// # Errors
/// [`CheckpointError::Config`] if a field is missing or the parts don't fit together.
pub fn hugging_face_config(json: &str) -> Result<ModelConfig, CheckpointError> {
    let fields: Fields = serde_json::from_str(json).map_err(|error| invalid(&error))?;
    let config = ModelConfig {
        family: Family::VJepa2,
        name: "checkpoint".into(),
        frames: fields.frames_per_clip,
        size: fields.crop_size,
        patch: fields.patch_size,
        tubelet: fields.tubelet_size,
        width: fields.hidden_size,
        depth: fields.num_hidden_layers,
        heads: fields.num_attention_heads,
        mlp: (fields.hidden_size as f64 * fields.mlp_ratio) as usize,
        predictor_width: fields.pred_hidden_size,
        predictor_depth: fields.pred_num_hidden_layers,
        predictor_heads: fields.pred_num_attention_heads,
        predictor_mlp: (fields.pred_hidden_size as f64 * fields.pred_mlp_ratio) as usize,
        mask_tokens: fields.pred_num_mask_tokens,
        batch: 1,
        levels: 1,
        teacher_width: 0,
        stretch_predictor: false,
        init_std: 0.02,
        classifier: None,
        causal: None,
    };
    config.validate().map_err(|error| invalid(&error))?;
    Ok(config)
}
