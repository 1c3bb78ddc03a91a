//! The list of files a large safetensors model is split into.

use super::error::short;
use super::{FormatError, MAX_DIRECTORY};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// The part of `model.safetensors.index.json` that matters.
#[derive(Deserialize)]
struct Index {
    /// Tensor -> file.
    weight_map: BTreeMap<String, String>,
}

/// The files `model.safetensors.index.json` names, in order (`model-00001-of-00004.safetensors` first), each once.
///
/// They are plain names of files beside the index, never paths or addresses: the list comes from the network.
///
/// # Errors
/// [`FormatError::Index`] or [`FormatError::TooLarge`].
pub fn shards(index_json: &str) -> Result<Vec<String>, FormatError> {
    if index_json.len() as u64 > MAX_DIRECTORY {
        let found = index_json.len() as u64;
        return Err(FormatError::TooLarge { what: "list of shards", found, limit: MAX_DIRECTORY });
    }
    let index: Index = serde_json::from_str(index_json).map_err(|error| FormatError::Index(short(error)))?;
    let files: BTreeSet<String> = index.weight_map.into_values().collect();
    match files.iter().find(|file| !is_plain(file)) {
        Some(file) => Err(FormatError::Index(format!("\"{}\" is not the name of a safetensors file", short(file)))),
        None if files.is_empty() => Err(FormatError::Index("it names no file".into())),
        None => Ok(files.into_iter().collect()),
    }
}

fn is_plain(file: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    file.ends_with(".safetensors") && !file.starts_with('.') && file.chars().all(allowed)
}
