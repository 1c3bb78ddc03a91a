//! Weights in and out: the files that named host tensors come from, and the models they become.
//!
//! Names and orientation are those of the published code (`encoder.blocks.0.attn.qkv.weight`, linear weights
//! `[out, in]`), so that its checkpoints need no table at all; other formats have one key table each.

mod build;
mod describe;
mod fields;
mod folder;
mod folder_texts;
mod hashed;
mod hugging_face;
mod init;
mod int8;
mod layout;
mod names;
mod plan;
mod preprocessor;
mod safetensors;
mod ship;
mod snapshot;
mod start;
mod stream;
mod survey;
mod zip;

pub use folder::FolderWriter;
pub use hugging_face::{folder_config, from_hugging_face, hugging_face_config, hugging_face_layout};
pub use init::{blank, random};
pub use layout::{FileDtype, safetensors_header};
pub use safetensors::{read_safetensors, write_safetensors};
pub use snapshot::{Snapshot, SnapshotHeader};
pub use start::Start;
pub use stream::{LoadOptions, LoadReport, Loaded, Progress, load};

pub use crate::weights::{CheckpointError, HostTensor, TensorShape, Weights};
