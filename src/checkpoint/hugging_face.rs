//! The Hugging Face layout of V-JEPA 2 (spec §7.1): one key table, one configuration.

use super::{CheckpointError, HostTensor, TensorShape, Weights};
use crate::config::{Family, ModelConfig};
use serde::Deserialize;

/// Hugging Face name <-> published name, tried in order on any part of a key.
const KEYS: [(&str, &str); 12] = [
    ("encoder.embeddings.patch_embeddings.", "encoder.patch_embed."),
    ("encoder.layer.", "encoder.blocks."),
    ("encoder.layernorm.", "encoder.norm."),
    ("predictor.embeddings.predictor_embeddings.", "predictor.predictor_embed."),
    ("predictor.embeddings.mask_tokens", "predictor.mask_tokens"),
    ("predictor.layer.", "predictor.predictor_blocks."),
    ("predictor.layernorm.", "predictor.predictor_norm."),
    ("predictor.proj.", "predictor.predictor_proj."),
    (".attention.query.", ".attn.q."),
    (".attention.key.", ".attn.k."),
    (".attention.value.", ".attn.v."),
    (".attention.proj.", ".attn.proj."),
];

/// Before the names of encoder and predictor, where a classifier is in the same file.
const BASE: &str = "vjepa2.";
/// Names of the classifier, which are the same on both sides and have no [`BASE`].
const HEAD: [&str; 2] = ["pooler.", "classifier."];
/// What a fused `.attn.qkv.` becomes, in the order of its rows.
const PROJECTIONS: [&str; 3] = [".attn.q.", ".attn.k.", ".attn.v."];

/// Rename and reshape: q, k and v become one `[q | k | v]`, `mask_tokens [n, 1, 1, P]` becomes `n` of them.
///
/// # Errors
/// A projection whose key or value is missing.
pub fn from_hugging_face(weights: Weights) -> Result<Weights, CheckpointError> {
    let mut renamed = Weights::default();
    for (name, tensor) in weights.0 {
        let name = name.strip_prefix(BASE).unwrap_or(&name).to_string();
        renamed.0.insert(KEYS.iter().fold(name, |name, (from, to)| name.replace(from, to)), tensor);
    }
    fuse_projections(&mut renamed)?;
    split_mask_tokens(&mut renamed);
    Ok(renamed)
}

fn fuse_projections(weights: &mut Weights) -> Result<(), CheckpointError> {
    let queries: Vec<String> = weights.0.keys().filter(|name| name.contains(".attn.q.")).cloned().collect();
    for name in queries {
        let mut fused = HostTensor { shape: Vec::new(), data: Vec::new() };
        for part in PROJECTIONS {
            let part = name.replace(".attn.q.", part);
            let tensor = weights.0.remove(&part).ok_or(CheckpointError::Missing(part))?;
            fused.data.extend(tensor.data);
            fused.shape = tensor.shape;
        }
        fused.shape[0] *= 3;
        weights.0.insert(name.replace(".attn.q.", ".attn.qkv."), fused);
    }
    Ok(())
}

fn split_mask_tokens(weights: &mut Weights) {
    let Some(tokens) = weights.0.remove("predictor.mask_tokens") else { return };
    let width = *tokens.shape.last().unwrap_or(&1);
    for (i, token) in tokens.data.chunks(width.max(1)).enumerate() {
        weights.insert(format!("predictor.mask_tokens.{i}"), [1, 1, width], token.to_vec());
    }
}

/// What published tensors, in the order of a file, are called and shaped in a Hugging Face file: the inverse of
/// [`from_hugging_face`].
///
/// The data are the same bytes in the same order: q, k and v follow each other in `[q | k | v]`, and so do mask tokens,
/// which must stand together. If a classifier is among them, encoder and predictor get the prefix `vjepa2.`.
pub fn hugging_face_layout(published: &[TensorShape]) -> Vec<TensorShape> {
    let is_head = |name: &str| HEAD.iter().any(|head| name.starts_with(head));
    let prefix = if published.iter().any(|tensor| is_head(&tensor.name)) { BASE } else { "" };
    let mut layout: Vec<TensorShape> = Vec::new();
    for tensor in published {
        if is_head(&tensor.name) {
            layout.push(tensor.clone());
            continue;
        }
        for TensorShape { name, shape } in unfused(tensor) {
            let name = KEYS.iter().fold(name, |name, (hugging_face, published)| name.replace(published, hugging_face));
            let name = format!("{prefix}{name}");
            match layout.last_mut().filter(|last| last.name == name) {
                Some(stack) => stack.shape[0] += 1,
                None => layout.push(TensorShape { name, shape }),
            }
        }
    }
    layout
}

/// `[q | k | v]` as three, a mask token `[1, 1, P]` as a stack of one `[1, 1, 1, P]`, others as they are.
fn unfused(TensorShape { name, shape }: &TensorShape) -> Vec<TensorShape> {
    if name.contains(".attn.qkv.") {
        let shape = [&[shape[0] / 3], &shape[1..]].concat();
        let part = |part: &&str| TensorShape { name: name.replace(".attn.qkv.", part), shape: shape.clone() };
        return PROJECTIONS.iter().map(part).collect();
    }
    match name.split_once(".mask_tokens.") {
        Some((module, _)) => {
            vec![TensorShape { name: format!("{module}.mask_tokens"), shape: [&[1], &shape[..]].concat() }]
        }
        None => vec![TensorShape { name: name.clone(), shape: shape.clone() }],
    }
}

/// `config.json` of a folder: Hugging Face's, or this program's own for families that have no class there.
///
/// # Errors
/// [`CheckpointError::Config`] if a field is missing or the parts don't fit together.
pub fn folder_config(json: &str) -> Result<ModelConfig, CheckpointError> {
    let invalid = |error: &dyn std::fmt::Display| CheckpointError::Config(error.to_string());
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
    let fields: Fields = serde_json::from_str(json).map_err(|error| CheckpointError::Config(error.to_string()))?;
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
        classifier: None,
    };
    config.validate().map_err(|error| CheckpointError::Config(error.to_string()))?;
    Ok(config)
}
