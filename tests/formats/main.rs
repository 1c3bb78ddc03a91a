//! Reading the directories of checkpoint files: every published layout, and files made to do harm.
#![cfg(not(target_arch = "wasm32"))]

mod build;
mod fixtures;
mod mutations;
mod numbers;
mod others;
mod pickle;
mod safetensors;
mod zip;

use vjepa_web::formats::{self, Bytes, Directory, Entry, FormatError, SourceError};

/// Bytes in memory that remember how much of them was read.
pub struct Watched<'a> {
    bytes: &'a [u8],
    size: Option<u64>,
    pub read: usize,
}

impl<'a> Watched<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, size: Some(bytes.len() as u64), read: 0 }
    }

    /// A server that does not say how much there is.
    pub fn without_size(bytes: &'a [u8]) -> Self {
        Self { size: None, ..Self::new(bytes) }
    }
}

impl Bytes for Watched<'_> {
    fn size(&self) -> Option<u64> {
        self.size
    }

    async fn read(&mut self, at: u64, count: usize) -> Result<Vec<u8>, SourceError> {
        self.read += count;
        self.bytes.read(at, count).await
    }
}

/// # Errors
/// What is wrong with the file.
pub fn open(bytes: &[u8]) -> Result<Directory, FormatError> {
    pollster::block_on(formats::open(&mut &*bytes))
}

/// The one sentence with which a file is refused.
#[track_caller]
pub fn refusal(bytes: &[u8]) -> FormatError {
    let error = open(bytes).expect_err("this file should be refused");
    let message = error.to_string();
    assert!(message.ends_with('.') && message.len() < 500 && !message.contains('\n'), "{message}");
    error
}

pub fn entry<'a>(directory: &'a Directory, name: &str) -> &'a Entry {
    let found = directory.entries.iter().find(|entry| entry.name == name);
    found.unwrap_or_else(|| {
        panic!("no \"{name}\" in {:?}", directory.entries.iter().map(|e| &e.name).take(9).collect::<Vec<_>>())
    })
}

/// All numbers of one tensor.
pub fn values(bytes: &[u8], entry: &Entry) -> Vec<f32> {
    let mut source = bytes;
    let begin = pollster::block_on(entry.begin(&mut source)).unwrap() as usize;
    let mut values = Vec::new();
    formats::decode(entry.dtype, &bytes[begin..begin + entry.bytes as usize], &mut values);
    assert_eq!(values.len(), entry.shape.iter().product::<usize>(), "{}", entry.name);
    values
}
