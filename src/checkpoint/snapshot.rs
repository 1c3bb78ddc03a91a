//! A session on disk: one safetensors file with weights, EMA and optimiser moments, and the rest as JSON in its metadata.

use super::{CheckpointError, Weights, read_safetensors, write_safetensors};
use crate::{config::ModelConfig, rng::Rng};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// The metadata key the header is stored under.
const HEADER: &str = "vjepa-web";

/// Everything about a session that is not a tensor.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SnapshotHeader {
    pub config: ModelConfig,
    /// Seed of the first weights.
    pub seed: u64,
    /// Steps taken since.
    pub step: u64,
    /// Where the random choices of training (clips, masks) stand.
    pub rng: Rng,
}

/// A header and its tensors: `encoder.*`, `predictor.*`, `target_encoder.*` as published, and
/// `adamw.{encoder,predictor}.{first,second}.*` flat and in the engine's own orientation.
///
/// A file that is only for looking and for exams may lack the moments, and `encoder.*` as well: the target encoder then
/// stands in for it. Its tensors may be halves.
#[derive(Debug, Clone)]
pub struct Snapshot {
    pub header: SnapshotHeader,
    pub weights: Weights,
}

impl Snapshot {
    /// # Errors
    /// [`CheckpointError::Format`].
    pub fn to_bytes(&self) -> Result<Vec<u8>, CheckpointError> {
        let header = serde_json::to_string(&self.header).map_err(|e| CheckpointError::Format(e.to_string()))?;
        write_safetensors(&self.weights, HashMap::from([(HEADER.into(), header)]))
    }

    /// # Errors
    /// [`CheckpointError::Format`] for a broken file, [`CheckpointError::NotASnapshot`] for any other,
    /// [`CheckpointError::Config`] if its configuration is impossible.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CheckpointError> {
        let (weights, metadata) = read_safetensors(bytes)?;
        let header = metadata.get(HEADER).ok_or(CheckpointError::NotASnapshot)?;
        let header: SnapshotHeader = serde_json::from_str(header).map_err(|_| CheckpointError::NotASnapshot)?;
        header.config.validate().map_err(|error| CheckpointError::Config(error.to_string()))?;
        Ok(Self { header, weights: published(weights) })
    }
}

/// The first snapshots named the moments of norms as Burn does.
fn published(weights: Weights) -> Weights {
    let name = |name: String| match name.starts_with("adamw.") {
        true => name.replace(".gamma", ".weight").replace(".beta", ".bias"),
        false => name,
    };
    Weights(weights.0.into_iter().map(|(old, tensor)| (name(old), tensor)).collect())
}
