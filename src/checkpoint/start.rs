//! Weights to go on learning from: a file of them without an optimiser's memory.

use super::{CheckpointError, Weights, read_safetensors, snapshot};
use super::{describe::listable, fields::wrong, hugging_face::misfit};
use crate::config::ModelConfig;
use serde::Deserialize;

/// What a new run can start from, as a snapshot or a shipped checkpoint has it.
#[derive(Debug, Clone)]
pub struct Start {
    /// Which model these weights are of, if the file says so.
    pub config: Option<ModelConfig>,
    /// Of the run that made them, 0 if the file does not say.
    pub seed: u64,
    /// Steps they have been trained in all, 0 if the file does not say.
    pub steps: u64,
    /// `encoder.*`, `predictor.*` and perhaps `target_encoder.*`.
    pub weights: Weights,
}

/// What is needed of a header.
#[derive(Deserialize)]
struct Header {
    config: ModelConfig,
    #[serde(default)]
    seed: u64,
    #[serde(default)]
    step: u64,
    #[serde(default)]
    before: u64,
}

impl Start {
    /// A safetensors file in f32, f16, bf16 or int8 with a scale a row. The target encoder's weights stand in for an encoder's that are not there;
    /// moments of an optimiser are left out.
    ///
    /// # Errors
    /// [`CheckpointError`]: the file is broken or damaged, or has no encoder; its configuration is impossible.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CheckpointError> {
        let (mut weights, metadata) = read_safetensors(bytes)?;
        snapshot::verify(&metadata, &weights)?;
        let header = metadata.get(snapshot::HEADER).map(|header| serde_json::from_str(header));
        let header: Option<Header> = header.transpose().map_err(|error| wrong(misfit(&error)))?;
        if let Some(Header { config, .. }) = &header {
            config.validate().map_err(wrong)?;
            listable(config, weights.0.len())?;
        }
        weights.0.retain(|name, _| !name.starts_with("adamw."));
        if weights.below("encoder.").0.is_empty() {
            weights.extend(weights.below("target_encoder.").prefixed("encoder."));
        }
        if weights.below("encoder.").0.is_empty() {
            return Err(CheckpointError::Unrecognised);
        }
        Ok(Self {
            seed: header.as_ref().map_or(0, |header| header.seed),
            steps: header.as_ref().map_or(0, |header| header.before.saturating_add(header.step)),
            config: header.map(|header| header.config),
            weights,
        })
    }
}
