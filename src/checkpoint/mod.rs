//! Weights in and out: named host tensors, the modules they become, and the files they come from.
//!
//! Names and orientation are those of the published code (`encoder.blocks.0.attn.qkv.weight`, linear weights
//! `[out, in]`), so that its checkpoints need no table at all; other formats have one key table each.

mod build;
mod describe;
mod export;
mod hashed;
mod hugging_face;
mod init;
mod names;
mod safetensors;
mod snapshot;
mod stream;
mod weights;

pub use export::HostReads;
pub use hugging_face::{from_hugging_face, hugging_face_config};
pub use init::{blank, random};
pub use safetensors::{read_safetensors, write_safetensors};
pub use snapshot::{Snapshot, SnapshotHeader};
pub(crate) use weights::transpose;
pub use stream::{LoadOptions, LoadReport, Loaded, Progress, load};
pub use weights::{HostTensor, Weights};

/// Why weights can't be used.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    #[error("This file holds no V-JEPA: choose a checkpoint of V-JEPA 1, 2 or 2.1.")]
    Unrecognised,
    #[error("The weights have no \"{0}\": this file belongs to another model.")]
    Missing(String),
    #[error("\"{name}\" has shape {found:?} where {expected:?} is needed: this file belongs to another model.")]
    Shape { name: String, found: Vec<usize>, expected: Vec<usize> },
    #[error("\"{name}\" is stored as {dtype}, which can't be read yet: save it as float32.")]
    Dtype { name: String, dtype: String },
    #[error("This is not a readable safetensors file ({0}): download it again.")]
    Format(String),
    #[error("This file holds no vjepa-web snapshot: choose one that was saved from this page.")]
    NotASnapshot,
    #[error("The configuration beside the weights can't be used: {0}.")]
    Config(String),
}
