//! What can be wrong with a configuration.

use crate::message::term;
use serde::Serialize;

/// Why a configuration can't be built or run.
#[derive(Debug, thiserror::Error, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConfigError {
    #[error("There is no preset \"{name}\": choose one of {list}.")]
    UnknownPreset { name: String, list: String },
    #[error("There is no family \"{0}\": choose vjepa1, vjepa2 or vjepa21.")]
    UnknownFamily(String),
    #[error("{what} must be between 1 and {most}, not {value}.")]
    OutOfRange { what: &'static str, most: usize, value: usize },
    #[error(
        "{tokens} tokens a clip are more than the {most} this program can address: use fewer frames or larger patches."
    )]
    Unaddressable { tokens: u64, most: u64 },
    #[error("{what} ({value}) must be divisible by {by} ({divisor}): change one of them.")]
    Indivisible { what: &'static str, value: usize, by: &'static str, divisor: usize },
    #[error(
        "V-JEPA 2.1 has features of 1 or 4 depths and an encoder of 12, 24, 40 or 48 blocks, not {levels} and {depth}."
    )]
    Levels { levels: usize, depth: usize },
    #[error("The layer norms have an epsilon of {0}; it must be above 0 and at most 1.")]
    Epsilon(f64),
    #[error("A head of the {part} has {dim} channels; rotary positions need an even number of at least 12.")]
    HeadDim {
        #[serde(serialize_with = "term")]
        part: &'static str,
        dim: usize,
    },
    #[error("Only a model of the family vjepa2 can be frame-causal: choose it, or leave out \"causal\".")]
    CausalFamily,
    #[error(
        "Only a model of the family vjepa2 that is not frame-causal can have actions: change the family, or leave out \"actions\"."
    )]
    ActionsFamily,
    #[error(
        "{name} needs a buffer of {needed} MB for {tokens} tokens and this device allows {limit} MB: choose a smaller preset."
    )]
    TooManyTokens { name: String, tokens: usize, needed: u64, limit: u64 },
    #[error("{name} needs about {needed} MB and this engine can hold {limit} MB: choose a smaller preset.")]
    TooLarge { name: String, needed: u64, limit: u64 },
}
