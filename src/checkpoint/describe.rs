//! What model a checkpoint is of: its `config.json`, and where there is none, the shapes of its tensors.

use super::{
    CheckpointError,
    fields::{Fields, wrong},
    hugging_face::{PORT_FRAMES, own_config, with_fields},
    names::has_actions,
};
use crate::config::{Actions, ClassifierConfig, ConfigError, Family, ModelConfig};
use crate::message::message;
use std::collections::BTreeMap;

/// Shapes of the tensors of a file by our names.
pub type Shapes = BTreeMap<String, Vec<usize>>;

/// Most blocks of a classifier, and of a predictor that is not there.
const MOST_BLOCKS: usize = 64;
/// Most outputs of a classifier.
const MOST_LABELS: usize = 1 << 16;
/// Longest axis of a tensor that tells something: no sum of such overflows.
const MOST_AXIS: usize = 1 << 20;
/// Channels of a head of the released action-conditioned predictor (spec §10.2).
const ACTION_HEAD: usize = 64;

/// The configuration of a model with these tensors.
///
/// `json` is the text of a `config.json`: Hugging Face's, this program's own, or just what shapes can't tell
/// (`crop_size`, `frames_per_clip`, `num_attention_heads`, `pred_num_attention_heads`, `pooler_num_attention_heads`,
/// `pred_interpolate_rope`, `use_extrinsics`). What is not said there, shapes tell; heads are those of the published model
/// of this width, and the clip is the released one of its family. `port`: the names are those of Hugging Face's code.
///
/// # Errors
/// [`CheckpointError::Config`] if it can't be used or contradicts the shapes, [`CheckpointError::Undescribed`] if there is
/// none and shapes alone don't tell enough.
pub fn describe(shapes: &Shapes, json: Option<&str>, name: &str, port: bool) -> Result<ModelConfig, CheckpointError> {
    let described = match json {
        Some(text) => Fields::parse(text).and_then(|fields| described(shapes, fields, name, port)),
        None => described(shapes, Fields::none(), name, port),
    };
    described.map_err(|error| match error {
        CheckpointError::Config { why } if json.is_none() => CheckpointError::Undescribed { why },
        error => error,
    })
}

fn described(shapes: &Shapes, fields: Fields, name: &str, port: bool) -> Result<ModelConfig, CheckpointError> {
    let mut config = match fields.has("family") {
        true => own_config(fields.clone())?,
        false => inferred(shapes, &fields)?,
    };
    // This program's own configurations describe theirs.
    if config.classifier.is_none() {
        config.classifier = classifier(shapes, &fields, &config, port)?;
    }
    // A ratio in a text may be off in its last digit; a weight is as large as it is.
    config.mlp = hidden(shapes, &fields, "mlp_ratio", config.width, "encoder.blocks.0")?;
    if shapes.contains_key("predictor.predictor_blocks.0.mlp.fc1.weight") {
        let block = "predictor.predictor_blocks.0";
        config.predictor_mlp = hidden(shapes, &fields, "pred_mlp_ratio", config.predictor_width, block)?;
    }
    config.actions = actions(shapes, &fields, &config)?;
    config.name = name.into();
    config.validate().map_err(wrong)?;
    listable(&config, shapes.len())?;
    Ok(config)
}

/// Refuses what can't be made of so many tensors, before anyone lists what such a model is made of.
///
/// # Errors
/// [`CheckpointError::Config`].
pub fn listable(config: &ModelConfig, tensors: usize) -> Result<(), CheckpointError> {
    match config.parts() > tensors.max(MOST_BLOCKS) {
        true => Err(wrong(message!(
            "why.blocks",
            "it has more blocks than the {tensors} tensors of the file",
            tensors = tensors
        ))),
        false => Ok(()),
    }
}

/// Hidden width of the MLPs of a network, which a ratio may say as well.
fn hidden(shapes: &Shapes, fields: &Fields, key: &str, width: usize, block: &str) -> Result<usize, CheckpointError> {
    let [hidden, _] = axes::<2>(shapes, &format!("{block}.mlp.fc1.weight"))?;
    match fields.number(key)? {
        Some(ratio) if (ratio * width as f64 - hidden as f64).abs() > 1.0 => Err(wrong(message!(
            "why.mlp",
            "{key} is {ratio}, and the MLPs of these weights are {hidden} wide, not {width} times that",
            key = key,
            ratio = ratio,
            hidden = hidden,
            width = width
        ))),
        _ => Ok(hidden),
    }
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

fn inferred(shapes: &Shapes, fields: &Fields) -> Result<ModelConfig, CheckpointError> {
    let family = match shapes {
        shapes if shapes.contains_key("encoder.norms_block.0.weight") => Family::VJepa21,
        shapes if shapes.contains_key("encoder.pos_embed") => Family::VJepa1,
        _ => Family::VJepa2,
    };
    let [width, _, tubelet, patch, _] = axes::<5>(shapes, "encoder.patch_embed.proj.weight")?;
    let preset = ModelConfig::preset("vit_l", family).map_err(wrong)?;
    // A whole configuration of transformers leaves out what is as in its class; a hint says only what it says.
    let whole = fields.has("model_type") || fields.has("hidden_size");
    let known = ModelConfig {
        heads: if whole { preset.heads } else { published_heads(width).unwrap_or(0) },
        frames: if whole && family == Family::VJepa2 { PORT_FRAMES } else { preset.frames },
        size: if family == Family::VJepa21 { 384 } else { preset.size },
        width,
        tubelet,
        patch,
        depth: count(shapes, "encoder.blocks."),
        batch: 1,
        ..preset
    };
    let known = positions(shapes, fields, with_predictor(shapes, known)?)?;
    let config = with_fields(fields, known.clone())?;
    if config.heads == 0 {
        return Err(wrong(message!(
            "why.heads",
            "a model {width} wide is none of the published ones; add a config.json with num_attention_heads",
            width = width
        )));
    }
    agree(&known, &config)?;
    biases(shapes, fields)?;
    Ok(config)
}

/// The predictor, if there is one; else the published one stands in, unused. V-JEPA 1's has the encoder's heads.
fn with_predictor(shapes: &Shapes, base: ModelConfig) -> Result<ModelConfig, CheckpointError> {
    if !shapes.contains_key("predictor.predictor_norm.weight") {
        return Ok(base);
    }
    let [predictor_width] = axes::<1>(shapes, "predictor.predictor_norm.weight")?;
    let levels = if shapes.contains_key("predictor.predictor_embed.0.weight") { 4 } else { 1 };
    let [guessed, _] = axes::<2>(shapes, "predictor.predictor_proj.weight")?;
    Ok(ModelConfig {
        predictor_width,
        predictor_depth: count(shapes, "predictor.predictor_blocks."),
        predictor_heads: match base.family {
            Family::VJepa1 => base.heads,
            // 0 of another width than heads of this size make up.
            _ if acts(shapes) => (predictor_width / ACTION_HEAD) * usize::from(predictor_width % ACTION_HEAD == 0),
            _ => 12,
        },
        mask_tokens: count(shapes, "predictor.mask_tokens.").max(1),
        levels,
        teacher_width: if guessed == levels * base.width { 0 } else { guessed },
        ..base
    })
}

/// Whether the predictor is action-conditioned.
fn acts(shapes: &Shapes) -> bool {
    shapes.keys().any(|name| has_actions(name))
}

/// The action-conditioned predictor, if that is the one there is: `config` has its geometry as that of its only predictor.
fn actions(shapes: &Shapes, fields: &Fields, config: &ModelConfig) -> Result<Option<Actions>, CheckpointError> {
    if !acts(shapes) {
        return Ok(None);
    }
    if shapes.keys().any(|name| name.starts_with("predictor.mask_tokens")) {
        return Err(wrong(message!(
            "why.both-predictors",
            "its predictor has both mask tokens and actions, and no published one has"
        )));
    }
    if config.predictor_heads == 0 {
        return Err(wrong(message!(
            "why.action-heads",
            "an action-conditioned predictor {width} wide is not the published one; add a config.json with pred_num_attention_heads",
            width = config.predictor_width
        )));
    }
    let [_, dim] = axes::<2>(shapes, "predictor.action_encoder.weight")?;
    Ok(Some(Actions {
        dim,
        extrinsics: fields.flag("use_extrinsics")?.unwrap_or(config.actions.is_some_and(|own| own.extrinsics)),
        width: config.predictor_width,
        depth: config.predictor_depth,
        heads: config.predictor_heads,
        mlp: config.predictor_mlp,
        reflex: false,
        distance: false,
    }))
}

/// V-JEPA 1 stores its positions, which tell how large the clip is.
fn positions(shapes: &Shapes, fields: &Fields, base: ModelConfig) -> Result<ModelConfig, CheckpointError> {
    let Some(&[_, tokens, _]) = shapes.get("encoder.pos_embed").map(Vec::as_slice) else { return Ok(base) };
    let frames = fields.count("frames_per_clip")?.unwrap_or(base.frames);
    let times = (frames / base.tubelet).max(1);
    let side = (tokens / times).isqrt();
    let size = side.saturating_mul(base.patch);
    let asked = fields.side("crop_size")?.unwrap_or(size);
    if times.saturating_mul(side.saturating_mul(side)) != tokens || asked != size {
        return Err(wrong(message!(
            "why.positions",
            "the positions stored with these weights are {tokens}, which are not those of a clip of {frames} frames, {size} pixels a side",
            tokens = tokens,
            frames = frames,
            size = asked
        )));
    }
    Ok(ModelConfig { frames, size, ..base })
}

/// What shapes tell, a configuration can only repeat.
fn agree(known: &ModelConfig, said: &ModelConfig) -> Result<(), CheckpointError> {
    let pairs = [
        ("patch_size", known.patch, said.patch),
        ("tubelet_size", known.tubelet, said.tubelet),
        ("hidden_size", known.width, said.width),
        ("pred_hidden_size", known.predictor_width, said.predictor_width),
    ];
    match pairs.into_iter().find(|(_, known, said)| known != said) {
        Some((key, known, said)) => Err(wrong(message!(
            "why.disagrees",
            "{key} is {said}, and that of the weights is {known}",
            key = key,
            said = said,
            known = known
        ))),
        None => Ok(()),
    }
}

/// Weights without biases of queries, keys and values are computed with none; biases that are there are not left out.
fn biases(shapes: &Shapes, fields: &Fields) -> Result<(), CheckpointError> {
    match fields.flag("qkv_bias")? {
        Some(false) if shapes.keys().any(|name| is_qkv_bias(name)) => {
            Err(wrong(message!("why.biases", "qkv_bias is false, and these weights have such biases")))
        }
        _ => Ok(()),
    }
}

/// Whether this is a bias of queries, keys and values in encoder or predictor.
pub fn is_qkv_bias(name: &str) -> bool {
    name.ends_with(".attn.qkv.bias") && !name.starts_with("classifier.")
}

/// An attentive classifier, if the file has one. Meta's have 16 heads whatever the encoder has and an epsilon of their own,
/// and the Hugging Face port takes the encoder's (spec §4.4): from the same weights of a ViT-g they compute different things.
fn classifier(
    shapes: &Shapes,
    fields: &Fields,
    config: &ModelConfig,
    port: bool,
) -> Result<Option<ClassifierConfig>, CheckpointError> {
    let Some(&count_labels) = shapes.get("classifier.linear.weight").and_then(|shape| shape.first()) else {
        return Ok(None);
    };
    let port = port || fields.has("hidden_size");
    let meta = if config.family == Family::VJepa1 { config.heads } else { 16 };
    let label = |id: usize| fields.label(id).unwrap_or_else(|| format!("class {id}"));
    let stored = count(shapes, "classifier.pooler.blocks.").min(MOST_BLOCKS);
    Ok(Some(ClassifierConfig {
        depth: fields.count_or_none("num_pooler_layers")?.filter(|_| port).unwrap_or(stored).min(MOST_BLOCKS),
        heads: fields.count("pooler_num_attention_heads")?.unwrap_or(if port { config.heads } else { meta }),
        epsilon: if port { config.norm_epsilon } else { 1e-5 },
        // What a header claims is not believed: the shape of the layer is held against this.
        labels: (0..count_labels.min(MOST_LABELS)).map(label).collect(),
    }))
}

fn axes<const N: usize>(shapes: &Shapes, name: &str) -> Result<[usize; N], CheckpointError> {
    let shape = shapes.get(name).ok_or_else(|| CheckpointError::Missing(name.into()))?;
    let found = || {
        let (found, usual) = (shape.len(), N);
        wrong(message!(
            "why.axes",
            "\"{name}\" has {found} axes where {usual} are usual",
            name = name,
            found = found,
            usual = usual
        ))
    };
    let axes: [usize; N] = shape.as_slice().try_into().map_err(|_| found())?;
    if let Some(&value) = axes.iter().find(|axis| **axis > MOST_AXIS) {
        return Err(wrong(ConfigError::OutOfRange { what: "size of a tensor", most: MOST_AXIS, value }));
    }
    if axes.contains(&0) {
        return Err(wrong(message!("why.empty", "\"{name}\" is empty", name = name)));
    }
    Ok(axes)
}

/// How many numbered parts there are below `prefix`: of one that is missing in between, its absence is told later.
fn count(shapes: &Shapes, prefix: &str) -> usize {
    let below = shapes.range(prefix.to_string()..).map_while(|(name, _)| name.strip_prefix(prefix));
    let numbers = below.filter_map(|rest| rest.split('.').next()?.parse::<usize>().ok());
    numbers.max().map_or(0, |last| last.saturating_add(1))
}
