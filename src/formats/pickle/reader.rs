//! The pickle's bytes, front to back.

use super::super::FormatError;
use super::super::error::pickle as broken;

/// What is left, and how much was read.
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub fn at(&self) -> usize {
        self.at
    }

    /// # Errors
    /// [`FormatError::Pickle`] if less than `count` bytes are left; so for all below.
    pub fn take(&mut self, count: u64) -> Result<&'a [u8], FormatError> {
        let rest = &self.bytes[self.at..];
        let taken = usize::try_from(count).ok().and_then(|count| rest.get(..count));
        let taken = taken.ok_or_else(|| broken("it ends too early"))?;
        self.at += taken.len();
        Ok(taken)
    }

    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], FormatError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N as u64)?);
        Ok(array)
    }

    pub fn u8(&mut self) -> Result<u8, FormatError> {
        self.array().map(|[byte]| byte)
    }

    pub fn u32(&mut self) -> Result<u32, FormatError> {
        self.array().map(u32::from_le_bytes)
    }

    /// A length of `N` bytes.
    pub fn length<const N: usize>(&mut self) -> Result<u64, FormatError> {
        let mut wide = [0; 8];
        wide[..N].copy_from_slice(&self.array::<N>()?);
        Ok(u64::from_le_bytes(wide))
    }

    pub fn text(&mut self, count: u64) -> Result<&'a str, FormatError> {
        std::str::from_utf8(self.take(count)?).map_err(|_| broken("a name is no text"))
    }

    /// Up to the next line feed, without it.
    pub fn line(&mut self) -> Result<&'a str, FormatError> {
        let length = self.bytes[self.at..].iter().position(|byte| *byte == b'\n');
        let line = self.text(length.ok_or_else(|| broken("it ends too early"))? as u64)?;
        self.at += 1;
        Ok(line)
    }
}
