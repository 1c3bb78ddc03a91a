//! A session on disk: one safetensors file with weights, EMA and optimiser moments, and the rest as JSON in its metadata.

use super::{CheckpointError, HostTensor, Weights, read_safetensors, write_safetensors};
use super::{describe::listable, fields::wrong};
use crate::{
    config::ModelConfig,
    recipe::{Recipe, RunSource},
    rng::Rng,
};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// The metadata key the header is stored under.
pub(super) const HEADER: &str = "vjepa-web";
/// More than any run takes: a page counts no further.
const MOST_STEPS: u64 = 1 << 53;
/// The one of the checksum over the header and all tensors, in hexadecimal digits.
const CHECKSUM: &str = "vjepa-web-crc32";

/// Everything about a session that is not a tensor.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SnapshotHeader {
    pub config: ModelConfig,
    /// Seed of the first weights.
    pub seed: u64,
    /// Steps taken since.
    pub step: u64,
    /// Steps that the first weights had been trained in runs before this one.
    #[serde(default)]
    pub before: u64,
    /// Where the random choices of training (clips, masks) stand.
    pub rng: Rng,
    /// How it trains. None in files from before there were recipes: as published.
    #[serde(default)]
    pub recipe: Option<Recipe>,
    #[serde(default)]
    pub source: RunSource,
    /// Whatever the page wants back with the run, such as its curves.
    #[serde(default)]
    pub notes: String,
}

/// A header and its tensors: `encoder.*`, `predictor.*`, `target_encoder.*` as published, and
/// `adamw.{encoder,predictor}.{first,second}.*` flat and in the engine's own orientation.
///
/// A file that is only for looking and for exams may lack the moments, and `encoder.*` as well: the target encoder then
/// stands in for it. Its tensors may be halves, and matrices in int8.
#[derive(Debug, Clone)]
pub struct Snapshot {
    pub header: SnapshotHeader,
    pub weights: Weights,
}

impl Snapshot {
    /// # Errors
    /// [`CheckpointError::Format`].
    pub fn to_bytes(&self) -> Result<Vec<u8>, CheckpointError> {
        write_safetensors(&self.weights, metadata(&self.header, &self.weights)?)
    }

    /// # Errors
    /// [`CheckpointError::Format`] for a broken file, [`CheckpointError::Damaged`] for one with a wrong checksum,
    /// [`CheckpointError::NotASnapshot`] for any other, [`CheckpointError::Config`] if its configuration is impossible.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CheckpointError> {
        let (weights, metadata) = read_safetensors(bytes)?;
        verify(&metadata, &weights)?;
        let header = metadata.get(HEADER).ok_or(CheckpointError::NotASnapshot)?;
        let header: SnapshotHeader = serde_json::from_str(header).map_err(|_| CheckpointError::NotASnapshot)?;
        if header.step > MOST_STEPS || !header.rng.is_sound() {
            return Err(CheckpointError::NotASnapshot);
        }
        header.config.validate().map_err(wrong)?;
        listable(&header.config, weights.0.len())?;
        Ok(Self { header, weights: published(weights) })
    }
}

/// The header and the checksum of it and of all tensors, as metadata of a file.
///
/// # Errors
/// [`CheckpointError::Format`].
pub(super) fn metadata(header: &SnapshotHeader, weights: &Weights) -> Result<HashMap<String, String>, CheckpointError> {
    let header = serde_json::to_string(header).map_err(|e| CheckpointError::Format(e.to_string()))?;
    let checksum = checksum(&header, weights);
    Ok(HashMap::from([(HEADER.into(), header), (CHECKSUM.into(), checksum)]))
}

/// Whether header and tensors are what they were when the file was written. Old files don't tell.
///
/// # Errors
/// [`CheckpointError::Damaged`].
pub(super) fn verify(metadata: &HashMap<String, String>, weights: &Weights) -> Result<(), CheckpointError> {
    let header = metadata.get(HEADER).map_or("", String::as_str);
    match metadata.get(CHECKSUM) {
        Some(found) if *found != checksum(header, weights) => Err(CheckpointError::Damaged),
        _ => Ok(()),
    }
}

/// Of everything that matters: the header, and names, shapes and values of all tensors.
fn checksum(header: &str, weights: &Weights) -> String {
    let mut hash = crc32fast::Hasher::new();
    hash.update(header.as_bytes());
    for (name, HostTensor { shape, data }) in &weights.0 {
        hash.update(name.as_bytes());
        shape.iter().for_each(|&size| hash.update(&(size as u64).to_le_bytes()));
        data.iter().for_each(|value| hash.update(&value.to_le_bytes()));
    }
    format!("{:08x}", hash.finalize())
}

/// The first snapshots named the moments of norms as Burn does.
fn published(weights: Weights) -> Weights {
    let name = |name: String| match name.starts_with("adamw.") {
        true => name.replace(".gamma", ".weight").replace(".beta", ".bias"),
        false => name,
    };
    Weights(weights.0.into_iter().map(|(old, tensor)| (name(old), tensor)).collect())
}
