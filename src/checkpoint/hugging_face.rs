//! The Hugging Face layout of V-JEPA 2 (spec §7.1): one key table, one configuration.

use super::{CheckpointError, HostTensor, Weights};
use crate::config::{Family, ModelConfig};
use serde::Deserialize;

/// Hugging Face name -> published name, tried in order on any part of a key.
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

/// Rename and reshape: q, k and v become one `[q | k | v]`, `mask_tokens [n, 1, 1, P]` becomes `n` of them.
///
/// # Errors
/// A projection whose key or value is missing.
pub fn from_hugging_face(weights: Weights) -> Result<Weights, CheckpointError> {
    let mut renamed = Weights::default();
    for (name, tensor) in weights.0 {
        let name = name.strip_prefix("vjepa2.").unwrap_or(&name).to_string();
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
        for part in [".attn.q.", ".attn.k.", ".attn.v."] {
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
