//! What model a checkpoint is of: its `config.json`, and where there is none, the shapes of its tensors.

use super::{CheckpointError, folder_config};
use crate::config::{ClassifierConfig, Family, ModelConfig};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Shapes of the tensors of a file by our names.
pub type Shapes = BTreeMap<String, Vec<usize>>;

/// Most blocks of a classifier, and of a predictor that is not there.
const MOST_BLOCKS: usize = 64;
/// Most outputs of a classifier.
const MOST_LABELS: usize = 1 << 16;

/// What shapes don't tell, from a `config.json` that says no more than that.
#[derive(Debug, Default, Deserialize)]
struct Hints {
    crop_size: Option<usize>,
    frames_per_clip: Option<usize>,
    num_attention_heads: Option<usize>,
    pred_num_attention_heads: Option<usize>,
    /// Heads of the classifier, where they are not the encoder's.
    pooler_num_attention_heads: Option<usize>,
    /// Rows and columns of V-JEPA 2.1's predictor stretched as in training.
    pred_interpolate_rope: Option<bool>,
    id2label: Option<BTreeMap<String, String>>,
    hidden_size: Option<usize>,
    /// This program's own configurations name theirs.
    family: Option<String>,
}

/// The configuration of a model with these tensors.
///
/// `json` is the text of a `config.json`: Hugging Face's, this program's own, or just what shapes can't tell
/// (`crop_size`, `frames_per_clip`, `num_attention_heads`, `pred_num_attention_heads`). Without it, heads are those of the
/// published model of this width, and the clip is the released one of its family.
///
/// # Errors
/// [`CheckpointError::Config`] if neither tells enough.
pub fn describe(shapes: &Shapes, json: Option<&str>, name: &str) -> Result<ModelConfig, CheckpointError> {
    let text = json.unwrap_or("{}");
    let hints: Hints = serde_json::from_str(text).map_err(|error| invalid(&error))?;
    let mut config = match hints.family.is_some() || hints.hidden_size.is_some() {
        true => folder_config(text)?,
        false => inferred(shapes, &hints)?,
    };
    // A ratio in a text may be off in its last digit; a weight is as large as it is.
    config.mlp = axes::<2>(shapes, "encoder.blocks.0.mlp.fc1.weight")?[0];
    if let Ok([hidden, _]) = axes::<2>(shapes, "predictor.predictor_blocks.0.mlp.fc1.weight") {
        config.predictor_mlp = hidden;
    }
    config.name = name.into();
    config.classifier = classifier(shapes, &hints, &config);
    config.validate().map_err(|error| invalid(&error))?;
    // Before anyone lists what such a model is made of.
    if config.depth.max(config.predictor_depth).max(config.mask_tokens) > shapes.len().max(MOST_BLOCKS) {
        return Err(CheckpointError::Config(format!(
            "it has more blocks than the {} tensors of the file",
            shapes.len()
        )));
    }
    Ok(config)
}

/// In the middle of a sentence.
pub fn invalid(error: &dyn std::fmt::Display) -> CheckpointError {
    CheckpointError::Config(error.to_string().trim_end_matches('.').into())
}

/// Heads of the published models by width (spec §1).
fn published_heads(width: usize) -> Option<usize> {
    Some(match width {
        192 => 3,
        384 => 6,
        768 => 12,
        1024 | 1280 => 16,
        1408 => 22,
        1664 => 26,
        _ => return None,
    })
}

fn inferred(shapes: &Shapes, hints: &Hints) -> Result<ModelConfig, CheckpointError> {
    let family = match shapes {
        shapes if shapes.contains_key("encoder.norms_block.0.weight") => Family::VJepa21,
        shapes if shapes.contains_key("encoder.pos_embed") => Family::VJepa1,
        _ => Family::VJepa2,
    };
    let kernel = axes::<5>(shapes, "encoder.patch_embed.proj.weight")?;
    let [width, _, tubelet, patch, _] = kernel;
    let unknown = || {
        let what = format!("a model {width} wide is none of the published ones");
        CheckpointError::Config(format!("{what}; add a config.json with num_attention_heads"))
    };
    let heads = hints.num_attention_heads.or(published_heads(width)).ok_or_else(unknown)?;
    let base = ModelConfig {
        heads,
        width,
        tubelet,
        patch,
        depth: count(shapes, "encoder.blocks."),
        mlp: axes::<2>(shapes, "encoder.blocks.0.mlp.fc1.weight")?[0],
        batch: 1,
        ..ModelConfig::preset("vit_l", family).map_err(|error| invalid(&error))?
    };
    clip(shapes, hints, with_predictor(shapes, hints, base)?)
}

/// The predictor, if there is one; else the published one stands in, unused.
fn with_predictor(shapes: &Shapes, hints: &Hints, base: ModelConfig) -> Result<ModelConfig, CheckpointError> {
    if !shapes.contains_key("predictor.predictor_norm.weight") {
        return Ok(base);
    }
    let [predictor_width] = axes::<1>(shapes, "predictor.predictor_norm.weight")?;
    let levels = if shapes.contains_key("predictor.predictor_embed.0.weight") { 4 } else { 1 };
    let [guessed, _] = axes::<2>(shapes, "predictor.predictor_proj.weight")?;
    let published = if base.family == Family::VJepa1 { base.heads } else { 12 };
    Ok(ModelConfig {
        predictor_width,
        predictor_depth: count(shapes, "predictor.predictor_blocks."),
        predictor_heads: hints.pred_num_attention_heads.unwrap_or(published),
        predictor_mlp: axes::<2>(shapes, "predictor.predictor_blocks.0.mlp.fc1.weight")?[0],
        mask_tokens: count(shapes, "predictor.mask_tokens.").max(1),
        levels,
        teacher_width: if guessed == levels * base.width { 0 } else { guessed },
        stretch_predictor: hints.pred_interpolate_rope.unwrap_or(false),
        init_std: 0.02,
        ..base
    })
}

/// The clip: given, told by the stored positions of V-JEPA 1, or the one it was released for.
fn clip(shapes: &Shapes, hints: &Hints, base: ModelConfig) -> Result<ModelConfig, CheckpointError> {
    let (mut frames, mut size) = match base.family {
        Family::VJepa1 | Family::VJepa2 => (base.frames, base.size),
        Family::VJepa21 => (base.frames, 384),
    };
    frames = hints.frames_per_clip.unwrap_or(frames);
    if let Some(&[_, tokens, _]) = shapes.get("encoder.pos_embed").map(Vec::as_slice) {
        let side = (tokens / (frames / base.tubelet).max(1)).isqrt();
        size = side.saturating_mul(base.patch);
    }
    Ok(ModelConfig { frames, size: hints.crop_size.unwrap_or(size), ..base })
}

/// An attentive classifier, if the file has one. Meta's have 16 heads whatever the encoder has, and the Hugging Face
/// port takes the encoder's (spec §4.4): from the same weights of a ViT-g they compute different things.
fn classifier(shapes: &Shapes, hints: &Hints, config: &ModelConfig) -> Option<ClassifierConfig> {
    let count_labels = *shapes.get("classifier.linear.weight")?.first()?;
    if let Some(known) = &config.classifier {
        return Some(known.clone());
    }
    let label = |i: usize| {
        let named = hints.id2label.as_ref().and_then(|labels| labels.get(&i.to_string()));
        named.cloned().unwrap_or_else(|| format!("class {i}"))
    };
    let port = hints.hidden_size.is_some();
    let meta = if config.family == Family::VJepa1 { config.heads } else { 16 };
    Some(ClassifierConfig {
        depth: count(shapes, "classifier.pooler.blocks.").min(MOST_BLOCKS),
        heads: hints.pooler_num_attention_heads.unwrap_or(if port { config.heads } else { meta }),
        epsilon: if port { 1e-6 } else { 1e-5 },
        // What a header claims is not believed: the shape of the layer is held against this.
        labels: (0..count_labels.min(MOST_LABELS)).map(label).collect(),
    })
}

fn axes<const N: usize>(shapes: &Shapes, name: &str) -> Result<[usize; N], CheckpointError> {
    let shape = shapes.get(name).ok_or_else(|| CheckpointError::Missing(name.into()))?;
    let found = || CheckpointError::Config(format!("\"{name}\" has {} axes where {N} are usual", shape.len()));
    let axes: [usize; N] = shape.as_slice().try_into().map_err(|_| found())?;
    if axes.contains(&0) {
        return Err(CheckpointError::Config(format!("\"{name}\" is empty")));
    }
    Ok(axes)
}

/// How many numbered parts there are below `prefix`: of one that is missing in between, its absence is told later.
fn count(shapes: &Shapes, prefix: &str) -> usize {
    let below = shapes.range(prefix.to_string()..).map_while(|(name, _)| name.strip_prefix(prefix));
    let numbers = below.filter_map(|rest| rest.split('.').next()?.parse::<usize>().ok());
    numbers.max().map_or(0, |last| last.saturating_add(1))
}
