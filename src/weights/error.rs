//! Why weights, or a file of them, can't be used.

use crate::message::{Message, debugged};
use serde::Serialize;

/// Why weights can't be used.
#[derive(Debug, thiserror::Error, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckpointError {
    #[error("This file holds no V-JEPA: choose a checkpoint of V-JEPA 1, 2 or 2.1.")]
    Unrecognised,
    #[error("The weights have no \"{0}\": this file belongs to another model.")]
    Missing(String),
    #[error("\"{name}\" has shape {found:?} where {expected:?} is needed: this file belongs to another model.")]
    Shape {
        name: String,
        #[serde(serialize_with = "debugged")]
        found: Vec<usize>,
        #[serde(serialize_with = "debugged")]
        expected: Vec<usize>,
    },
    #[error("\"{name}\" is stored as {dtype}, which can't be read yet: save it as float32.")]
    Dtype { name: String, dtype: String },
    #[error("This is not a readable safetensors file ({0}): download it again.")]
    Format(String),
    #[error("\"{0}\" has values beyond what float16 holds: save the model as float32.")]
    Half(String),
    #[error("This file holds no vjepa-web snapshot: choose one that was saved from this page.")]
    NotASnapshot,
    #[error("This file was damaged since it was saved: save it again, or download it again.")]
    Damaged,
    #[error("The configuration beside the weights can't be used: {why}.")]
    Config { why: Message },
    #[error("The weights alone don't tell which model they are of: {why}.")]
    Undescribed { why: Message },
    #[error(
        "The preprocessor file beside the weights can't be followed: {why}. Leave that file out to prepare frames as published."
    )]
    Preprocessor { why: Message },
    #[error("\"{0}\" holds values that are no finite numbers: save the weights again, as float32.")]
    NotFinite(String),
    #[error("\"{0}\" has values beyond what float16 holds: choose the precision f32 or int8.")]
    BeyondHalf(String),
    #[error("\"{0}\" scales a matrix that is not there in int8: download the file again, or save it again.")]
    ScaleAlone(String),
    #[error("\"{0}\" is no part of any V-JEPA that is computed here: this file belongs to another model.")]
    Stranger(String),
    #[error("The positions in \"{0}\" are not those that V-JEPA 1 was published with, and no others are computed.")]
    Positions(String),
}
