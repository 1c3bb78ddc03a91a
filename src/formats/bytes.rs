//! Where bytes come from.

use super::FormatError;
use crate::message::{Message, message};
use std::pin::Pin;

/// A file, a network address, memory: anything that gives ranges of bytes.
pub trait Bytes {
    /// Length of the whole, if known. PyTorch's files need it: their directory is at the end.
    fn size(&self) -> Option<u64>;

    /// Exactly `count` bytes from position `at`.
    ///
    /// # Errors
    /// [`SourceError`], also if the source ends before.
    fn read(&mut self, at: u64, count: usize) -> impl Future<Output = Result<Vec<u8>, SourceError>>;
}

/// Any source. What reads from it is compiled once, however many kinds of sources there are.
pub struct AnyBytes<'a>(Box<dyn Source + 'a>);

impl<'a> AnyBytes<'a> {
    pub fn new(source: impl Bytes + 'a) -> Self {
        Self(Box::new(source))
    }
}

impl Bytes for AnyBytes<'_> {
    fn size(&self) -> Option<u64> {
        self.0.length()
    }

    fn read(&mut self, at: u64, count: usize) -> impl Future<Output = Result<Vec<u8>, SourceError>> {
        self.0.boxed_read(at, count)
    }
}

/// [`Bytes`] behind a pointer.
trait Source {
    fn length(&self) -> Option<u64>;
    fn boxed_read(&mut self, at: u64, count: usize) -> Reading<'_>;
}

type Reading<'a> = Pin<Box<dyn Future<Output = Result<Vec<u8>, SourceError>> + 'a>>;

impl<B: Bytes> Source for B {
    fn length(&self) -> Option<u64> {
        self.size()
    }

    fn boxed_read(&mut self, at: u64, count: usize) -> Reading<'_> {
        Box::pin(self.read(at, count))
    }
}

/// What the source of the bytes says went wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SourceError {
    /// Stable, for programs; the page's reader has its own.
    pub code: String,
    /// One sentence, for people.
    pub message: Message,
}

impl SourceError {
    fn new(code: &str, message: Message) -> Self {
        Self { code: code.into(), message }
    }
}

impl Bytes for &[u8] {
    fn size(&self) -> Option<u64> {
        Some(self.len() as u64)
    }

    async fn read(&mut self, at: u64, count: usize) -> Result<Vec<u8>, SourceError> {
        let inside = usize::try_from(at).ok().and_then(|at| self.get(at..)?.get(..count));
        let inside = inside
            .ok_or_else(|| SourceError::new("ends", message!("ends", "The data ends too early: load it again.")))?;
        Ok(inside.to_vec())
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl Bytes for std::fs::File {
    fn size(&self) -> Option<u64> {
        self.metadata().ok().map(|metadata| metadata.len())
    }

    async fn read(&mut self, at: u64, count: usize) -> Result<Vec<u8>, SourceError> {
        use std::io::{Read, Seek, SeekFrom};
        let mut bytes = vec![0; count];
        let read = self.seek(SeekFrom::Start(at)).and_then(|_| self.read_exact(&mut bytes));
        read.map_err(|error| {
            let why = error.to_string();
            SourceError::new(
                "io",
                message!("io", "The file can't be read ({why}): check that it is complete.", why = why),
            )
        })?;
        Ok(bytes)
    }
}

/// Refuse a range that ends after the file, before anyone takes memory for it.
pub(super) fn expect(source: &impl Bytes, at: u64, count: u64, what: &'static str) -> Result<(), FormatError> {
    let end = at.checked_add(count).ok_or(FormatError::Truncated { what })?;
    match source.size() {
        Some(size) if end > size => Err(FormatError::Truncated { what }),
        _ => Ok(()),
    }
}

/// Read `count` bytes that must lie inside the file. `what` is for the error; callers bound `count`.
pub(super) async fn read(
    source: &mut impl Bytes,
    at: u64,
    count: u64,
    what: &'static str,
) -> Result<Vec<u8>, FormatError> {
    expect(source, at, count, what)?;
    let count = usize::try_from(count).map_err(|_| FormatError::Truncated { what })?;
    let bytes = source.read(at, count).await?;
    if bytes.len() == count { Ok(bytes) } else { Err(FormatError::Truncated { what }) }
}
