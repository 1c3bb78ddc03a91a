//! The Hugging Face layout of V-JEPA 2 (spec §7.1): what [`super::names`] renames, reshaped; and its configuration.

use super::{
    CheckpointError, HostTensor, TensorShape, Weights,
    fields::{Fields, wrong},
    names::{Naming, Place, Share, to_hugging_face},
};
use crate::config::{Family, ModelConfig};
use crate::message::{Message, message, short};
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

/// Whether transformers has a class for this model.
pub(super) fn is_hugging_face(config: &ModelConfig) -> bool {
    config.family == Family::VJepa2 && config.causal.is_none()
}

/// `config.json` of a folder: Hugging Face's, or this program's own for families that have no class there.
///
/// # Errors
/// [`CheckpointError::Config`] if a field can't be used or the parts don't fit together.
pub fn folder_config(json: &str) -> Result<ModelConfig, CheckpointError> {
    let fields = Fields::parse(json)?;
    if fields.has("family") { own_config(fields) } else { hugging_face_config(json) }
}

/// This program's own.
pub(super) fn own_config(fields: Fields) -> Result<ModelConfig, CheckpointError> {
    let config: ModelConfig = serde_json::from_value(fields.value()).map_err(|error| wrong(misfit(&error)))?;
    config.validate().map_err(wrong)?;
    Ok(config)
}

/// What does not fit, in words of our own.
pub(super) fn misfit(error: &serde_json::Error) -> Message {
    let text = error.to_string();
    let quoted = |start: &str| Some(text.strip_prefix(start)?.split('`').next().unwrap_or_default().to_string());
    match (quoted("missing field `"), quoted("unknown variant `")) {
        (Some(field), _) => message!("why.lacks", "it has no {field}", field = field),
        (_, Some(value)) => {
            message!("why.unknown", "it says \"{value}\", which is not known here", value = short(value))
        }
        _ => message!("why.kind", "a field of it is of another kind than is needed"),
    }
}

/// `config.json` of a Hugging Face folder. What it does not say is as in `VJEPA2Config` without it.
///
/// # Errors
/// [`CheckpointError::Config`] if a field can't be used or the parts don't fit together.
pub fn hugging_face_config(json: &str) -> Result<ModelConfig, CheckpointError> {
    let fields = Fields::parse(json)?;
    let published = ModelConfig::preset("vit_l", Family::VJepa2).map_err(wrong)?;
    let unsaid = ModelConfig { name: "checkpoint".into(), frames: PORT_FRAMES, ..published };
    let mut config = with_fields(&fields, unsaid)?;
    let hidden = |key, width: usize| Ok((width as f64 * fields.number(key)?.unwrap_or(4.0)) as usize);
    config.mlp = hidden("mlp_ratio", config.width)?;
    config.predictor_mlp = hidden("pred_mlp_ratio", config.predictor_width)?;
    config.validate().map_err(wrong)?;
    Ok(config)
}

/// Frames a clip of `VJEPA2Config`.
pub(super) const PORT_FRAMES: usize = 64;

/// A model of which `known` is known without these fields. Ratios of MLPs are left to who knows their widths.
///
/// # Errors
/// [`CheckpointError::Config`] for a field that is of another kind, or of something that can't be computed.
pub(super) fn with_fields(fields: &Fields, known: ModelConfig) -> Result<ModelConfig, CheckpointError> {
    let count = |key, known| Ok(fields.count(key)?.unwrap_or(known));
    let side = |key, known| Ok(fields.side(key)?.unwrap_or(known));
    let tubelet = count("tubelet_size", known.tubelet)?;
    let frames = count("frames_per_clip", known.frames)?;
    let mut config = ModelConfig {
        tubelet,
        // The tokenizer leaves out what is no whole tubelet.
        frames: (frames / tubelet).max(1) * tubelet,
        size: side("crop_size", known.size)?,
        patch: side("patch_size", known.patch)?,
        width: count("hidden_size", known.width)?,
        depth: count("num_hidden_layers", known.depth)?,
        heads: count("num_attention_heads", known.heads)?,
        predictor_width: count("pred_hidden_size", known.predictor_width)?,
        predictor_depth: count("pred_num_hidden_layers", known.predictor_depth)?,
        predictor_heads: count("pred_num_attention_heads", known.predictor_heads)?,
        mask_tokens: count("pred_num_mask_tokens", known.mask_tokens)?,
        stretch_predictor: fields.flag("pred_interpolate_rope")?.unwrap_or(known.stretch_predictor),
        ..known
    };
    fields.arithmetic(&mut config)?;
    Ok(config)
}
