//! The directory of a zip file (APPNOTE.TXT of PKWARE), with its 64-bit extension: names, lengths, positions.
//!
//! `torch.save` stores without compression, so that is all that is read; what is compressed is only listed. The directory lies at the end of the file and says
//! where each entry's local header is; the data comes after that header, whose length it alone knows.

mod end;
mod fields;

use super::error::zip as broken;
use super::{Bytes, FormatError, MAX_DIRECTORY, bytes};
use fields::Fields;

/// Fixed part of a local header, in bytes.
const LOCAL: u64 = 30;
/// Fixed part of an entry of the directory.
const CENTRAL: usize = 46;

/// One stored file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ZipEntry {
    pub name: String,
    /// Position of its local header.
    pub header: u64,
    /// Bytes of data. Header and data lie before the directory.
    pub size: u64,
    /// Compressed or encrypted: its data can't be read as they are.
    pub packed: bool,
}

/// All entries, in the directory's order.
///
/// # Errors
/// [`FormatError`]: unknown length of the source, no directory, one that lies.
pub(super) async fn entries(source: &mut impl Bytes) -> Result<Vec<ZipEntry>, FormatError> {
    let end = end::find(source).await?;
    if end.length > MAX_DIRECTORY {
        return Err(FormatError::TooLarge { what: "zip directory", found: end.length, limit: MAX_DIRECTORY });
    }
    if end.at.checked_add(end.length).is_none_or(|after| after > end.before) {
        return Err(broken("it does not lie where it should"));
    }
    let directory = bytes::read(source, end.at, end.length, "zip directory").await?;
    let mut rest = Fields(&directory);
    let mut entries = Vec::new();
    for _ in 0..end.count {
        let entry = central(&mut rest)?;
        let data = entry.header.checked_add(LOCAL).and_then(|data| data.checked_add(entry.size));
        if data.is_none_or(|after| after > end.at) {
            return Err(broken("an entry lies outside the file"));
        }
        entries.push(entry);
    }
    Ok(entries)
}

/// Position of the data behind the local header at `header`.
///
/// # Errors
/// [`FormatError::Zip`] if there is none.
pub(super) async fn begin(source: &mut impl Bytes, header: u64) -> Result<u64, FormatError> {
    let local = bytes::read(source, header, LOCAL, "weights").await?;
    let mut fields = Fields(&local);
    let [signature, method] = [fields.u32()?, fields.skip(4)?.u16().map(u32::from)?];
    if signature != 0x0403_4b50 || method != 0 {
        return Err(broken("an entry does not begin where it should"));
    }
    let [name, extra] = [fields.skip(16)?.u16()?, fields.u16()?];
    Ok(header.saturating_add(LOCAL + u64::from(name) + u64::from(extra)))
}

fn central(fields: &mut Fields) -> Result<ZipEntry, FormatError> {
    if fields.0.len() < CENTRAL || fields.u32()? != 0x0201_4b50 {
        return Err(broken("it ends too early"));
    }
    let [flags, method] = [fields.skip(4)?.u16()?, fields.u16()?];
    let [stored, size] = [fields.skip(8)?.u32()?, fields.u32()?];
    let [name, extra, comment] = [fields.u16()?, fields.u16()?, fields.u16()?];
    let header = fields.skip(8)?.u32()?;
    let name = String::from_utf8_lossy(fields.take(name.into())?).into_owned();
    let mut wide = extra64(fields.take(extra.into())?);
    fields.skip(comment.into())?;
    // The 64-bit extension holds those numbers, in this order, that don't fit here.
    let mut number = |narrow: u32| if narrow == u32::MAX { wide.u64() } else { Ok(narrow.into()) };
    let [size, stored, header] = [number(size)?, number(stored)?, number(header)?];
    // Bit 0 of the flags: encrypted.
    let packed = method != 0 || flags & 1 != 0 || stored != size;
    Ok(ZipEntry { name, header, size: stored, packed })
}

/// The 64-bit extension among an entry's extra fields (each: id, length, data); empty if there is none.
fn extra64(extra: &[u8]) -> Fields<'_> {
    let mut fields = Fields(extra);
    while let (Ok(id), Ok(length)) = (fields.u16(), fields.u16()) {
        match fields.take(length.into()) {
            Ok(data) if id == 1 => return Fields(data),
            Ok(_) => {}
            Err(_) => break,
        }
    }
    Fields(&[])
}
