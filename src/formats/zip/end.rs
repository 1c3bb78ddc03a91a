//! The end record of a zip file: where its directory is.

use super::super::error::zip as broken;
use super::super::{Bytes, FormatError, bytes};
use super::fields::Fields;

/// Lengths of the records, in bytes.
const END: u64 = 22;
const LOCATOR: u64 = 20;
const END64: u64 = 56;
/// The longest comment that may follow the end record.
const COMMENT: u64 = 0xffff;

/// Where the directory is.
pub struct End {
    pub at: u64,
    pub length: u64,
    pub count: u64,
    /// Position of the record that says so: the directory lies before it.
    pub before: u64,
}

/// # Errors
/// [`FormatError`]: unknown length of the source, no end record, one that lies.
pub async fn find(source: &mut impl Bytes) -> Result<End, FormatError> {
    let size = source.size().ok_or(FormatError::UnknownSize)?;
    let from = size.saturating_sub(END + COMMENT);
    let tail = bytes::read(source, from, size - from, "zip directory").await?;
    // The last signature whose comment ends with the file.
    let is_end = |at: &usize| {
        tail[*at..].starts_with(b"PK\x05\x06")
            && usize::from(u16::from_le_bytes([tail[at + 20], tail[at + 21]])) == tail.len() - at - END as usize
    };
    let last = tail.len().checked_sub(END as usize).ok_or(FormatError::Truncated { what: "zip directory" })?;
    let at = (0..=last).rev().find(is_end).ok_or(FormatError::Truncated { what: "zip directory" })?;
    let mut fields = Fields(&tail[at + 4..]);
    let [disk, first_disk, here, count] = [fields.u16()?, fields.u16()?, fields.u16()?, fields.u16()?];
    let [length, directory] = [fields.u32()?, fields.u32()?];
    let before = from + at as u64;
    if count == u16::MAX || length == u32::MAX || directory == u32::MAX {
        return find64(source, before).await;
    }
    if disk != 0 || first_disk != 0 || here != count {
        return Err(broken("it is in several parts"));
    }
    Ok(End { at: directory.into(), length: length.into(), count: count.into(), before })
}

/// The 64-bit record, to which a locator right before the old one (at `end`) points.
async fn find64(source: &mut impl Bytes, end: u64) -> Result<End, FormatError> {
    let locator = end.checked_sub(LOCATOR).ok_or(FormatError::Truncated { what: "zip directory" })?;
    let bytes = bytes::read(source, locator, LOCATOR, "zip directory").await?;
    let mut fields = Fields(&bytes);
    let [signature, disk] = [fields.u32()?, fields.u32()?];
    let [before, disks] = [fields.u64()?, fields.u32()?.into()];
    if signature != 0x0706_4b50 || disk != 0 || disks > 1 {
        return Err(broken("it has no 64-bit part"));
    }
    if before.checked_add(END64).is_none_or(|after| after > locator) {
        return Err(broken("its 64-bit part lies outside the file"));
    }
    let bytes = bytes::read(source, before, END64, "zip directory").await?;
    let mut fields = Fields(&bytes);
    let signature = fields.u32()?;
    let [disk, first_disk] = [fields.skip(12)?.u32()?, fields.u32()?];
    let [here, count, length, at] = [fields.u64()?, fields.u64()?, fields.u64()?, fields.u64()?];
    if signature != 0x0606_4b50 || disk != 0 || first_disk != 0 || here != count {
        return Err(broken("its 64-bit part is wrong"));
    }
    Ok(End { at, length, count, before })
}
