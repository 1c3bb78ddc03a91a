//! The header of a safetensors file: eight bytes of length, then JSON.
//!
//! The `safetensors` crate defines the types of numbers; its own reader is not used. It counts in `usize`, which ends at
//! 4 GiB in a browser, keeps the last of two tensors with one name, and its errors don't name the tensor. The rules are the
//! same, and `fuzz/` compares the two.

use super::error::short;
use super::{
    Bytes, Directory, Dtype, Entry, Format, FormatError, MAX_DIMS, MAX_DIRECTORY, MAX_NAME, MAX_TENSORS, Place, bytes,
};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use std::collections::{BTreeMap, BTreeSet};

/// # Errors
/// [`FormatError`].
pub(super) async fn open(source: &mut impl Bytes) -> Result<Directory, FormatError> {
    let length = bytes::read(source, 0, 8, "header").await?;
    let length = length.try_into().map_or(0, u64::from_le_bytes);
    if length > MAX_DIRECTORY {
        return Err(FormatError::TooLarge { what: "header", found: length, limit: MAX_DIRECTORY });
    }
    let json = bytes::read(source, 8, length, "header").await?;
    let header = serde_json::from_slice(&json).map_err(|error| FormatError::Header(short(error)))?;
    let (directory, end) = directory(header, 8 + length)?;
    match source.size() {
        Some(size) if end > size => Err(FormatError::Truncated { what: "weights" }),
        Some(size) if end < size => Err(FormatError::Header(format!("{} bytes belong to no tensor", size - end))),
        _ => Ok(directory),
    }
}

/// What the header says, and where the file must end if that is true.
fn directory(mut header: Header, data: u64) -> Result<(Directory, u64), FormatError> {
    if header.tensors.len() > MAX_TENSORS {
        let found = header.tensors.len() as u64;
        return Err(FormatError::TooLarge { what: "list of tensors", found, limit: MAX_TENSORS as u64 });
    }
    if let Some(name) = repeated(&header.tensors) {
        return Err(FormatError::Duplicate(short(name)));
    }
    if let Some((name, _)) =
        header.tensors.iter().find(|(name, info)| name.len() > MAX_NAME || info.shape.len() > MAX_DIMS)
    {
        return Err(FormatError::Header(format!("the name or the shape of \"{}\" is too long", short(name))));
    }
    header.tensors.sort_by_key(|(_, info)| info.data_offsets);
    let metadata = header.metadata;
    let mut directory =
        Directory { format: Format::Safetensors, entries: Vec::new(), unreadable: BTreeMap::new(), metadata };
    let mut end = data;
    for (name, info) in header.tensors {
        let at = end;
        end = info.end(at, data).ok_or_else(|| FormatError::Offsets(short(&name)))?;
        match dtype(info.dtype) {
            Some(dtype) => {
                let entry = Entry { name, dtype, shape: info.shape, place: Place::At(at), bytes: end - at };
                directory.entries.push(entry);
            }
            None => {
                let error = FormatError::Dtype { name: short(&name), dtype: info.dtype.to_string() };
                directory.unreadable.insert(name, error);
            }
        }
    }
    Ok((directory, end))
}

fn repeated(tensors: &[(String, Info)]) -> Option<&str> {
    let mut seen = BTreeSet::new();
    tensors.iter().map(|(name, _)| name.as_str()).find(|name| !seen.insert(*name))
}

fn dtype(stored: ::safetensors::Dtype) -> Option<Dtype> {
    use ::safetensors::Dtype as Stored;
    Some(match stored {
        Stored::F64 => Dtype::F64,
        Stored::F32 => Dtype::F32,
        Stored::F16 => Dtype::F16,
        Stored::BF16 => Dtype::BF16,
        Stored::I64 => Dtype::I64,
        Stored::I32 => Dtype::I32,
        Stored::I16 => Dtype::I16,
        Stored::I8 => Dtype::I8,
        Stored::U8 => Dtype::U8,
        Stored::BOOL => Dtype::Bool,
        _ => return None,
    })
}

#[derive(serde::Deserialize)]
struct Info {
    dtype: ::safetensors::Dtype,
    shape: Vec<usize>,
    /// First byte and end, from the end of the header.
    data_offsets: (u64, u64),
}

impl Info {
    /// Where this tensor ends in the file. It must begin `at` the end of the one before, as the format demands, and be as
    /// long as its shape says.
    fn end(&self, at: u64, data: u64) -> Option<u64> {
        let count = self.shape.iter().try_fold(1u64, |count, &size| count.checked_mul(size as u64))?;
        let bits = count.checked_mul(self.dtype.bitsize() as u64)?;
        let (begin, end) = self.data_offsets;
        let fits = at == data.checked_add(begin)? && end.checked_sub(begin)? == bits / 8 && bits.is_multiple_of(8);
        fits.then_some(data.checked_add(end)?)
    }
}

/// The JSON object, in which a name may come twice.
struct Header {
    metadata: BTreeMap<String, String>,
    tensors: Vec<(String, Info)>,
}

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(HeaderVisitor)
    }
}

struct HeaderVisitor;

impl<'de> Visitor<'de> for HeaderVisitor {
    type Value = Header;

    fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str("an object of tensors")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Header, M::Error> {
        let (mut metadata, mut tensors) = (None, Vec::new());
        while let Some(name) = map.next_key::<String>()? {
            if name == "__metadata__" {
                if metadata.replace(map.next_value::<Option<_>>()?.unwrap_or_default()).is_some() {
                    return Err(Error::duplicate_field("__metadata__"));
                }
            } else {
                let info = map.next_value().map_err(|error| Error::custom(format!("\"{}\": {error}", short(&name))))?;
                tensors.push((name, info));
            }
        }
        Ok(Header { metadata: metadata.unwrap_or_default(), tensors })
    }
}
