//! Why a file can't be used: one sentence each, for the person who chose it.

use super::SourceError;
pub(super) use crate::message::short;
use crate::message::term;
use serde::Serialize;

/// Why a checkpoint can't be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FormatError {
    /// The bytes don't arrive.
    #[error(transparent)]
    #[serde(skip)]
    Source(#[from] SourceError),

    // It is something else.
    #[error("The file is empty: download it again.")]
    Empty,
    #[error("The server sent a web page instead of weights: check the address, and whether the file needs a login.")]
    WebPage,
    #[error("This is a pointer of Git LFS, not the weights it stands for: download the file itself.")]
    LfsPointer,
    #[error("This is a text file in JSON, not weights: choose the .safetensors file that belongs to it.")]
    Json,
    #[error("The file is compressed with gzip: unpack it and choose what was inside.")]
    Gzip,
    #[error("The file has the format PyTorch wrote before version 1.6: load it in Python and save it again.")]
    LegacyTorch,
    #[error(
        "This is a TorchScript archive, a program with its weights: load it with torch.jit.load and save its state_dict() with torch.save."
    )]
    TorchScript,
    #[error(
        "This is a program written by torch.export: load it with torch.export.load and save its state_dict with torch.save."
    )]
    Exported,
    #[error("This zip file was not written by PyTorch: choose a .safetensors, .pt or .pth file.")]
    NotTorch,
    #[error("This is no file of weights that can be read here: choose a .safetensors, .pt or .pth file.")]
    Unknown,

    // It is broken.
    #[error("The file ends before its {what}: download it again.")]
    Truncated {
        #[serde(serialize_with = "term")]
        what: &'static str,
    },
    #[error("The header of this safetensors file can't be read ({0}): download it again.")]
    Header(String),
    #[error(
        "The safetensors header gives \"{0}\" a place that does not fit its shape or its neighbours: download it again."
    )]
    Offsets(String),
    #[error("The file has two tensors named \"{0}\": save it again with one of them.")]
    Duplicate(String),
    #[error("The zip directory of this file can't be read ({0}): download it again.")]
    Zip(String),
    #[error("The list of tensors in this PyTorch file can't be read ({0}): download it again.")]
    Pickle(String),
    #[error("The numbers of \"{0}\" are not all in the file: download it again.")]
    Storage(String),
    #[error("The list of shards can't be read ({0}): download model.safetensors.index.json again.")]
    Index(String),

    // It is more than this reader takes on.
    #[error("The {what} of this file would be {found} long, and at most {limit} is read: choose another file.")]
    TooLarge {
        #[serde(serialize_with = "term")]
        what: &'static str,
        found: u64,
        limit: u64,
    },
    #[error("The length of the file is unknown and its directory is at its end: download it and open it from disk.")]
    UnknownSize,
    #[error(
        "\"{0}\" is compressed inside the zip file: load the checkpoint in PyTorch and save it again with torch.save."
    )]
    Compressed(String),
    #[error("The file was written on a big-endian machine: load it in PyTorch there and save it as safetensors.")]
    BigEndian,
    #[error(
        "The file wants to run \"{0}\", which weights don't need: use it only if you trust it, after saving its weights as safetensors."
    )]
    Global(String),
    #[error(
        "The file has an instruction (code {code} at {at}) that weights don't need: save its weights as safetensors."
    )]
    Opcode { code: u8, at: usize },

    // One tensor of it.
    #[error("\"{name}\" is stored as {dtype}, which can't be read: save it as float32 or float16.")]
    Dtype { name: String, dtype: String },
    #[error("\"{0}\" is not stored row by row: call .contiguous() on it in PyTorch and save it again.")]
    Layout(String),
}

pub(super) fn zip(reason: &str) -> FormatError {
    FormatError::Zip(reason.into())
}

pub(super) fn pickle(reason: &str) -> FormatError {
    FormatError::Pickle(reason.into())
}
