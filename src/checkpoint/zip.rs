//! A zip archive as a stream: each byte is written once, none is read back, nothing is compressed.
//!
//! Checksum and size follow a file's data in a *data descriptor*, because a stream knows the checksum only then. Records
//! have 64-bit sizes (zip64) where a file or its place is beyond 4 GB. Source: PKWARE's APPNOTE 6.3.10, §4.3. All files
//! carry the format's earliest date, so that the same weights are the same bytes.

use crate::error::Error;
use crc32fast::Hasher;

/// Where 32-bit fields end.
const LARGE: u64 = u32::MAX as u64;
/// 32-bit and 16-bit fields that say "look in the zip64 record".
const ELSEWHERE: u32 = u32::MAX;
const ELSEWHERE_COUNT: u16 = u16::MAX;
/// Versions of the format that a reader needs without and with zip64.
const PLAIN: u16 = 20;
const ZIP64: u16 = 45;
/// Written under Unix, where the upper half of the attributes is the file's mode.
const UNIX: u16 = 3 << 8;
const MODE: u32 = 0o100_644 << 16;
/// A data descriptor follows (bit 3), names are UTF-8 (bit 11).
const FLAGS: u16 = 1 << 3 | 1 << 11;
/// 1 January 1980.
const DATE: u16 = 1 << 5 | 1;

/// An archive on its way into `sink`, which takes the bytes in order and may refuse them.
pub struct Zip<S> {
    sink: S,
    /// Bytes written.
    at: u64,
    entries: Vec<Entry>,
    /// Sizes and places from here on are written with 64 bits.
    large: u64,
}

struct Entry {
    name: String,
    /// Where its local header is.
    offset: u64,
    size: u64,
    checksum: Hasher,
    zip64: bool,
}

impl<S: AsyncFnMut(&[u8]) -> Result<(), Error>> Zip<S> {
    pub fn new(sink: S) -> Self {
        Self { sink, at: 0, entries: Vec::new(), large: LARGE }
    }

    /// A whole file at once.
    ///
    /// # Errors
    /// The sink's.
    pub async fn file(&mut self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        self.begin(name, bytes.len() as u64).await?;
        self.write(bytes).await?;
        self.end().await
    }

    /// Begin a file of `size` bytes, which [`write`](Self::write) is then called with, up to [`end`](Self::end).
    ///
    /// # Errors
    /// The sink's.
    pub async fn begin(&mut self, name: &str, size: u64) -> Result<(), Error> {
        let zip64 = size.max(self.at) >= self.large;
        let entry = Entry { name: name.into(), offset: self.at, size, checksum: Hasher::new(), zip64 };
        let header = entry.local_header();
        self.entries.push(entry);
        self.put(&header).await
    }

    /// More of the file that was begun.
    ///
    /// # Errors
    /// The sink's.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.entries.last_mut().expect("a file was begun").checksum.update(bytes);
        self.put(bytes).await
    }

    /// # Errors
    /// The sink's.
    pub async fn end(&mut self) -> Result<(), Error> {
        let entry = self.entries.last().expect("a file was begun");
        let written = self.at - entry.offset - entry.local_header().len() as u64;
        assert_eq!(written, entry.size, "{} is as long as was said", entry.name);
        self.put(&entry.descriptor()).await
    }

    /// Write the directory. Without it the archive cannot be read.
    ///
    /// # Errors
    /// The sink's.
    pub async fn finish(mut self) -> Result<(), Error> {
        let start = self.at;
        let directory: Vec<u8> = self.entries.iter().flat_map(Entry::directory_header).collect();
        let end = end_records(self.entries.len() as u16, start, directory.len() as u64, self.large);
        self.put(&directory).await?;
        self.put(&end).await
    }

    async fn put(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.at += bytes.len() as u64;
        (self.sink)(bytes).await
    }
}

impl Entry {
    fn version(&self) -> u16 {
        if self.zip64 { ZIP64 } else { PLAIN }
    }

    fn checksum(&self) -> u32 {
        self.checksum.clone().finalize()
    }

    /// APPNOTE §4.3.7. Checksum and sizes are zero: the descriptor has them.
    fn local_header(&self) -> Vec<u8> {
        let size = if self.zip64 { ELSEWHERE } else { 0 };
        let extra = if self.zip64 { Record::default().u16(1).u16(16).u64(0).u64(0) } else { Record::default() };
        let record = Record::default().u32(0x0403_4b50).u16(self.version()).u16(FLAGS).u16(0).u16(0).u16(DATE);
        let record = record.u32(0).u32(size).u32(size).u16(self.name.len() as u16).u16(extra.0.len() as u16);
        record.bytes(self.name.as_bytes()).bytes(&extra.0).0
    }

    /// APPNOTE §4.3.9. Stored files have the same size twice.
    fn descriptor(&self) -> Vec<u8> {
        let record = Record::default().u32(0x0807_4b50).u32(self.checksum());
        match self.zip64 {
            true => record.u64(self.size).u64(self.size).0,
            false => record.u32(self.size as u32).u32(self.size as u32).0,
        }
    }

    /// APPNOTE §4.3.12, with sizes and place in an extra field (§4.5.3) if they need 64 bits.
    fn directory_header(&self) -> Vec<u8> {
        let (size, offset, extra) = match self.zip64 {
            true => {
                let extra = Record::default().u16(1).u16(24).u64(self.size).u64(self.size).u64(self.offset);
                (ELSEWHERE, ELSEWHERE, extra)
            }
            false => (self.size as u32, self.offset as u32, Record::default()),
        };
        let record = Record::default().u32(0x0201_4b50).u16(UNIX | ZIP64).u16(self.version()).u16(FLAGS);
        let record = record.u16(0).u16(0).u16(DATE).u32(self.checksum()).u32(size).u32(size);
        let record = record.u16(self.name.len() as u16).u16(extra.0.len() as u16).u16(0).u16(0).u16(0);
        record.u32(MODE).u32(offset).bytes(self.name.as_bytes()).bytes(&extra.0).0
    }
}

/// APPNOTE §4.3.14 to §4.3.16: where the directory of `count` files is, with 64 bits if it starts at `large` or later.
fn end_records(count: u16, start: u64, length: u64, large: u64) -> Vec<u8> {
    let end = |count: u16, length: u32, start: u32| {
        Record::default().u32(0x0605_4b50).u16(0).u16(0).u16(count).u16(count).u32(length).u32(start).u16(0)
    };
    if start < large {
        return end(count, length as u32, start as u32).0;
    }
    let record = Record::default().u32(0x0606_4b50).u64(44).u16(UNIX | ZIP64).u16(ZIP64).u32(0).u32(0);
    let record = record.u64(count.into()).u64(count.into()).u64(length).u64(start);
    let locator = record.u32(0x0706_4b50).u32(0).u64(start + length).u32(1);
    locator.bytes(&end(ELSEWHERE_COUNT, ELSEWHERE, ELSEWHERE).0).0
}

/// Little-endian fields, one after the other.
#[derive(Default)]
struct Record(Vec<u8>);

impl Record {
    fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    fn u16(self, value: u16) -> Self {
        self.bytes(&value.to_le_bytes())
    }

    fn u32(self, value: u32) -> Self {
        self.bytes(&value.to_le_bytes())
    }

    fn u64(self, value: u64) -> Self {
        self.bytes(&value.to_le_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive(large: u64) -> Vec<u8> {
        let mut bytes = Vec::new();
        let write = async {
            let sink = async |chunk: &[u8]| {
                bytes.extend_from_slice(chunk);
                Ok(())
            };
            let mut zip = Zip { large, ..Zip::new(sink) };
            zip.file("m/ä.txt", b"hello").await?;
            zip.begin("m/b", 6).await?;
            zip.write(b"abc").await?;
            zip.write(b"def").await?;
            zip.end().await?;
            zip.finish().await
        };
        pollster::block_on(write).unwrap();
        bytes
    }

    fn u32_at(bytes: &[u8], at: usize) -> u32 {
        u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
    }

    fn u64_at(bytes: &[u8], at: usize) -> u64 {
        u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap())
    }

    #[test]
    fn every_record_is_where_the_others_say() {
        let bytes = archive(LARGE);
        // Local header 30 + name 8, data 5, descriptor 16; then 30 + 3, 6, 16.
        assert_eq!((&bytes[38..43], &bytes[59 + 33..59 + 39]), (&b"hello"[..], &b"abcdef"[..]));
        assert_eq!((u32_at(&bytes, 43), u32_at(&bytes, 47)), (0x0807_4b50, crc32fast::hash(b"hello")));
        let end = bytes.len() - 22;
        assert_eq!((u32_at(&bytes, end), u32_at(&bytes, end + 16)), (0x0605_4b50, 114));
        assert_eq!(114 + u32_at(&bytes, end + 12) as usize, end, "the directory ends where its end begins");
        let second = 114 + 46 + 8;
        assert_eq!((u32_at(&bytes, second), u32_at(&bytes, second + 16)), (0x0201_4b50, crc32fast::hash(b"abcdef")));
        assert_eq!((u32_at(&bytes, second + 24), u32_at(&bytes, second + 42)), (6, 59));
    }

    #[test]
    fn beyond_four_gigabytes_sizes_and_places_have_64_bits() {
        let bytes = archive(0);
        let end = bytes.len() - 22;
        assert_eq!(u32_at(&bytes, end + 16), ELSEWHERE);
        assert_eq!(u32_at(&bytes, end - 20), 0x0706_4b50);
        let record = u64_at(&bytes, end - 12) as usize;
        assert_eq!((u32_at(&bytes, record), record + 56), (0x0606_4b50, end - 20));
        let directory = u64_at(&bytes, record + 48) as usize;
        // 46 bytes of header and 8 of name, then identifier and length of the extra field.
        let extra = directory + 54 + 4;
        assert_eq!((u32_at(&bytes, directory), u32_at(&bytes, directory + 24)), (0x0201_4b50, ELSEWHERE));
        assert_eq!((u64_at(&bytes, extra), u64_at(&bytes, extra + 16)), (5, 0));
        assert_eq!(u64_at(&bytes, 30 + 8 + 20 + 5 + 8), 5, "the descriptor's sizes are wide as well");
    }

    #[test]
    fn a_sink_that_refuses_ends_it() {
        let sink = async |_: &[u8]| Err(Error::Write("the disk is full".into()));
        let refused = pollster::block_on(Zip::new(sink).file("a", b"b"));
        assert!(refused.unwrap_err().to_string().contains("the disk is full"));
    }
}
