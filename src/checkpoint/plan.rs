//! What directories and options make of a checkpoint, before any tensor is read.

use super::{
    CheckpointError,
    describe::{Shapes, describe, is_qkv_bias},
    names::Naming,
    preprocessor,
    stream::{File, LoadOptions, entries},
    survey::survey,
};
use crate::{
    config::{Family, ModelConfig},
    error::Error,
    model::{
        ActionPredictor, Classifier, Encoder, OptionalNetwork, Predictor, group::GroupSpec, position::sincos_table,
    },
    precision::Precision,
};
use std::collections::{BTreeMap, HashMap, HashSet};

pub(super) struct Plan {
    pub naming: Naming,
    pub config: ModelConfig,
    pub precision: Precision,
    /// The groups to load with the prefixes of their names.
    pub specs: Vec<(&'static str, GroupSpec)>,
    /// What such a model has and the files have not.
    pub missing: Vec<String>,
    /// Parts that are all zeros because the files have none of them, with their sizes.
    pub noughts: Vec<(String, usize)>,
    /// What is computed here and must be what is stored, by our names.
    pub tables: BTreeMap<String, Vec<f32>>,
}

pub(super) fn plan<B>(files: &[File<B>], options: &LoadOptions) -> Result<Plan, Error> {
    let unreadable = files.iter().flat_map(|file| file.directory.unreadable.keys());
    let names = entries(files).map(|entry| &entry.name).chain(unreadable).map(String::as_str);
    let naming = Naming::of(names).ok_or(CheckpointError::Unrecognised)?;
    let shapes = survey(entries(files), &naming)?;
    let port = naming == Naming::HuggingFace;
    let described = describe(&shapes, options.config.as_deref(), &options.name, port);
    let config = cut(described.map_err(|error| reason(error, files, &naming))?, options.frames)?;
    if let Some(text) = &options.preprocessor {
        preprocessor::check(text, config.size)?;
    }
    let predictor = shapes.keys().any(|name| name.starts_with("predictor."));
    let precision = if config.packable() { options.precision } else { Precision::F32 };
    config.fits_looking(options.limits, precision, predictor)?;
    let specs = specs(&config, predictor);
    let mut missing: Vec<String> = (!predictor).then(|| "predictor".to_string()).into_iter().collect();
    let unreadable = files.iter().flat_map(|file| file.directory.unreadable.keys());
    let stored = entries(files).map(|entry| &entry.name).chain(unreadable).filter_map(|name| naming.place(name));
    let biases: Vec<String> = stored.map(|place| place.name).filter(|name| is_qkv_bias(name)).collect();
    let noughts = noughts(&specs, &biases, &mut missing);
    check(&specs, &shapes, &noughts).map_err(|error| reason(error, files, &naming))?;
    strangers(&config, &specs, &shapes)?;
    Ok(Plan { naming, precision, specs, missing, noughts, tables: tables(&config, &shapes), config })
}

/// A tensor may be missing because it can't be read.
fn reason<B>(error: CheckpointError, files: &[File<B>], naming: &Naming) -> Error {
    let CheckpointError::Missing(name) = &error else { return error.into() };
    let belongs = |stored: &str| naming.place(stored).is_some_and(|place| place.name == *name);
    let mut unreadable = files.iter().flat_map(|file| &file.directory.unreadable);
    let why = unreadable.find(|(stored, _)| belongs(stored)).map(|(_, why)| why.clone());
    why.map_or_else(|| error.into(), Error::from)
}

/// Clips of other lengths: positions are computed, so they may be shorter than those of the release. V-JEPA 1's are
/// stored for its 16 frames.
fn cut(config: ModelConfig, frames: usize) -> Result<ModelConfig, Error> {
    let frames = match frames {
        0 => config.frames.min(16),
        frames => frames,
    };
    let config = match config.family {
        Family::VJepa1 => config,
        Family::VJepa2 | Family::VJepa21 => ModelConfig { frames, ..config },
    };
    config.validate()?;
    Ok(config)
}

/// The groups to load with the prefixes of their names.
fn specs(config: &ModelConfig, predictor: bool) -> Vec<(&'static str, GroupSpec)> {
    let mut specs: Vec<(&str, GroupSpec)> = below("encoder", Encoder::specs(config)).collect();
    // A file has one predictor, of one kind or the other.
    match config.actions {
        Some(_) => specs.extend(below("predictor", ActionPredictor::specs(config))),
        None if predictor => specs.extend(below("predictor", Predictor::specs(config))),
        None => {}
    }
    specs.extend(below("classifier", Classifier::specs(config)));
    specs
}

fn below(prefix: &'static str, specs: Vec<GroupSpec>) -> impl Iterator<Item = (&'static str, GroupSpec)> {
    specs.into_iter().map(move |spec| (prefix, spec))
}

/// Biases of queries, keys and values where a network has none of them (`qkv_bias` was false): they are zero then. `stored`
/// are those of which the files have any share.
fn noughts(specs: &[(&str, GroupSpec)], stored: &[String], missing: &mut Vec<String>) -> Vec<(String, usize)> {
    let mut noughts = Vec::new();
    for network in ["encoder", "predictor"] {
        let below = |name: &str| name.starts_with(network) && is_qkv_bias(name);
        if stored.iter().any(|name| below(name)) {
            continue;
        }
        let parts = specs.iter().flat_map(|(prefix, spec)| spec.names(prefix)).filter(|(name, _)| below(name));
        let before = noughts.len();
        noughts.extend(parts.map(|(name, part)| (name, part.size())));
        if noughts.len() > before {
            missing.push(format!("{network}.*.attn.qkv.bias"));
        }
    }
    noughts
}

/// Every part must be there with its shape, before anything is read.
fn check(specs: &[(&str, GroupSpec)], shapes: &Shapes, noughts: &[(String, usize)]) -> Result<(), CheckpointError> {
    let given: HashMap<&str, usize> = noughts.iter().map(|(name, size)| (name.as_str(), *size)).collect();
    for (name, part) in specs.iter().flat_map(|(prefix, spec)| spec.names(prefix)) {
        match shapes.get(&name) {
            None if given.contains_key(name.as_str()) => {}
            Some(found) if *found == part.shape => {}
            Some(found) => {
                let (found, expected) = (found.clone(), part.shape.clone());
                return Err(CheckpointError::Shape { name, found, expected });
            }
            None => return Err(CheckpointError::Missing(name)),
        }
    }
    Ok(())
}

/// Tensors that the published code would compute with and this does not: in a block that is computed, or among what makes
/// tokens and norms. What else is in a file (a head, blocks beyond the last one) changes no number.
fn strangers(config: &ModelConfig, specs: &[(&str, GroupSpec)], shapes: &Shapes) -> Result<(), CheckpointError> {
    let known: HashSet<String> =
        specs.iter().flat_map(|(prefix, spec)| spec.names(prefix)).map(|(name, _)| name).collect();
    let strange = |name: &&String| !known.contains(*name) && counts(config, name);
    match shapes.keys().find(strange) {
        Some(name) => Err(CheckpointError::Stranger(name.clone())),
        None => Ok(()),
    }
}

/// Whether a tensor with this name takes part in what a model computes.
fn counts(config: &ModelConfig, name: &str) -> bool {
    let Some((network, rest)) = name.split_once('.') else { return false };
    let part = rest.split('.').next().unwrap_or_default();
    let block = |prefix: &str, depth: usize| {
        let number = rest.strip_prefix(prefix).and_then(|rest| rest.split('.').next()?.parse::<usize>().ok());
        number.is_some_and(|number| number < depth)
    };
    match network {
        "encoder" => block("blocks.", config.depth) || (!part.starts_with("pos_embed") && makes_tokens(part)),
        "predictor" => {
            block("predictor_blocks.", config.predictor_depth)
                || !["predictor_pos_embed", "mask_tokens"].contains(&part) && makes_tokens(part)
        }
        // The published code has this projection in its file and does not apply it.
        "classifier" => {
            let depth = config.classifier.as_ref().map_or(0, |classifier| classifier.depth);
            block("pooler.blocks.", depth)
                || rest.starts_with("pooler.cross_attention_block.") && !rest.contains(".xattn.proj.")
        }
        _ => false,
    }
}

fn makes_tokens(part: &str) -> bool {
    ["embed", "token", "register", "norm"].iter().any(|word| part.contains(word))
}

/// The positions of V-JEPA 1 are computed, so they must be those that a file has.
fn tables(config: &ModelConfig, shapes: &Shapes) -> BTreeMap<String, Vec<f32>> {
    let stored = [("encoder.pos_embed", config.width), ("predictor.predictor_pos_embed", config.predictor_width)];
    let of_family =
        stored.into_iter().filter(|(name, _)| config.family == Family::VJepa1 && shapes.contains_key(*name));
    of_family.map(|(name, width)| (name.to_string(), sincos_table(config.grid(), width))).collect()
}
