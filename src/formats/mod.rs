//! Checkpoint files: what is in them and where, without reading their weights.
//!
//! A published checkpoint has up to thirty gigabytes, most of them optimiser state, and a page needs a few hundred megabytes
//! of it. So [`open`] reads only the *directory* of a file, in a handful of ranged reads from any source of [`Bytes`]: a
//! local file, a network address, memory. The caller picks [`Entry`]s, reads their bytes and turns them into floats with
//! [`decode`]; a set of several files ([`shards`]) is several directories.
//!
//! Files come from anywhere, so nothing in them is believed: sizes are checked before memory is taken, pickles are read as
//! data and never run, and each way to be wrong is a [`FormatError`] that a person can act on. `fuzz/` tries to break this.

mod bytes;
mod dtype;
mod error;
mod ordered;
mod pickle;
mod safetensors;
mod shards;
mod sniff;
mod torch;
mod zip;

pub use bytes::{AnyBytes, Bytes, SourceError};
pub use dtype::{Dtype, decode};
pub use error::FormatError;
pub use ordered::ordered;
pub use shards::shards;

use std::collections::BTreeMap;

/// The most tensors a file may have. The largest published checkpoint has about 5,000, with its optimiser.
pub const MAX_TENSORS: usize = 50_000;
/// Bytes of a tensor's name, at most: it goes into sentences.
pub const MAX_NAME: usize = 512;
/// The most dimensions a tensor may have.
pub const MAX_DIMS: usize = 16;
/// The longest directory that is read, in bytes: a safetensors header, a zip directory, a pickle.
pub const MAX_DIRECTORY: u64 = 16 << 20;

/// The kinds of file that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Safetensors,
    /// A zip file written by `torch.save`.
    Torch,
}

/// What a file holds.
#[derive(Debug, Clone)]
pub struct Directory {
    pub format: Format,
    /// In the order in which they lie in the file, so that it can be read from front to back. Names differ.
    pub entries: Vec<Entry>,
    /// Tensors that are there but can't be read, by name, with the reason: an error only for those who want them.
    pub unreadable: BTreeMap<String, FormatError>,
    /// The strings of a safetensors header; empty for PyTorch's files.
    pub metadata: BTreeMap<String, String>,
}

/// One tensor: row-major, little-endian, `bytes` long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// As stored; nested dictionaries and lists of a PyTorch file are joined by dots
    /// (`target_encoder.module.backbone.norm.weight`, `classifiers.0.module.linear.bias`).
    pub name: String,
    pub dtype: Dtype,
    pub shape: Vec<usize>,
    pub place: Place,
    /// Length of the data; inside the file, if the file's length is known.
    pub bytes: u64,
}

/// Where data begins. Orders as the file does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// At this position of the file.
    At(u64),
    /// `skip` bytes into the zip entry whose local header is at `header`; how long that is, only reading it tells.
    InZip { header: u64, skip: u64 },
}

impl Entry {
    /// Position of the first byte of the data. Reads the 30 bytes of a zip entry's local header.
    ///
    /// # Errors
    /// [`FormatError::Source`], or [`FormatError::Zip`] if there is no such header.
    pub async fn begin(&self, source: &mut impl Bytes) -> Result<u64, FormatError> {
        match self.place {
            Place::At(at) => Ok(at),
            Place::InZip { header, skip } => {
                let begin = zip::begin(source, header).await?.saturating_add(skip);
                bytes::expect(source, begin, self.bytes, "weights")?;
                Ok(begin)
            }
        }
    }
}

/// Read a file's directory. What it is, its first bytes tell.
///
/// # Errors
/// [`FormatError`]: the source fails, the file is something else, broken, or larger than a checkpoint can be.
pub async fn open(source: &mut impl Bytes) -> Result<Directory, FormatError> {
    match sniff::sniff(source).await? {
        Format::Safetensors => safetensors::open(source).await,
        Format::Torch => torch::open(source).await,
    }
}
