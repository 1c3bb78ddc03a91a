//! A source of bytes whose content is hashed on the way.

use crate::formats::{Bytes, SourceError};
use sha2::{Digest, Sha256};

/// Hashes every byte once, in the order of the file: reads that go back add nothing. If a file is read without gaps, its
/// hash is that of the whole.
pub struct Hashed<B> {
    source: B,
    hash: Sha256,
    next: u64,
    /// Some bytes before `next` were never read.
    gaps: bool,
    /// Bytes read, again and again counted.
    pub bytes: u64,
}

impl<B: Bytes> Hashed<B> {
    pub fn new(source: B) -> Self {
        Self { source, hash: Sha256::new(), next: 0, gaps: false, bytes: 0 }
    }

    /// Forget what was hashed: a zip file is opened from its end.
    pub fn restart(&mut self) {
        (self.hash, self.next, self.gaps) = (Sha256::new(), 0, false);
    }

    /// Whether every byte so far was hashed, to the end if that is known.
    pub fn whole(&self) -> bool {
        !self.gaps && self.size().is_none_or(|size| size == self.next)
    }

    /// Sha256 in hexadecimal digits.
    pub fn digest(self) -> String {
        self.hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl<B: Bytes> Bytes for Hashed<B> {
    fn size(&self) -> Option<u64> {
        self.source.size()
    }

    async fn read(&mut self, at: u64, count: usize) -> Result<Vec<u8>, SourceError> {
        let bytes = self.source.read(at, count).await?;
        self.bytes += bytes.len() as u64;
        let end = at + bytes.len() as u64;
        if end > self.next {
            self.gaps |= at > self.next;
            let known = self.next.saturating_sub(at) as usize;
            self.hash.update(&bytes[known..]);
            self.next = end;
        }
        Ok(bytes)
    }
}
