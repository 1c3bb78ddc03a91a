//! What a file is, by its first bytes.

use super::{Bytes, Format, FormatError, bytes};

/// As many bytes as the longest mark.
const LOOK: u64 = 24;

/// Marks of files that are not weights, or not any more.
const OTHERS: [(&[u8], FormatError); 5] = [
    (b"version https://git-lfs", FormatError::LfsPointer),
    (b"\x1f\x8b", FormatError::Gzip),
    (b"\x80\x02", FormatError::LegacyTorch),
    (b"\x80\x03", FormatError::LegacyTorch),
    (b"\x80\x04", FormatError::LegacyTorch),
];

/// # Errors
/// [`FormatError`] that says what it is instead.
pub(super) async fn sniff(source: &mut impl Bytes) -> Result<Format, FormatError> {
    let count = source.size().unwrap_or(LOOK).min(LOOK);
    if count == 0 {
        return Err(FormatError::Empty);
    }
    recognise(&bytes::read(source, 0, count, "header").await?)
}

/// A safetensors header begins at byte 8 with a brace. Its length comes before, and may look like any mark of two bytes, so
/// it is asked first. Zip files begin with a mark of four that would be a length of over 64 MiB.
fn recognise(first: &[u8]) -> Result<Format, FormatError> {
    if first.starts_with(b"PK\x03\x04") || first.starts_with(b"PK\x05\x06") {
        return Ok(Format::Torch);
    }
    let brace = first.get(8) == Some(&b'{');
    if brace && first[4..8] == [0; 4] {
        return Ok(Format::Safetensors);
    }
    if let Some((_, other)) = OTHERS.iter().find(|(mark, _)| first.starts_with(mark)) {
        return Err(other.clone());
    }
    let text = first.strip_prefix(b"\xef\xbb\xbf").unwrap_or(first).trim_ascii_start();
    match text.first() {
        Some(b'<') => Err(FormatError::WebPage),
        Some(b'{') if !brace => Err(FormatError::Json),
        // A length that no file has; reading the header says so.
        _ if brace => Ok(Format::Safetensors),
        _ => Err(FormatError::Unknown),
    }
}
