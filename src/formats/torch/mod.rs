//! A file of `torch.save`: a zip file with a pickle (`NAME/data.pkl`) that lists the tensors, and one entry of raw numbers
//! for each storage (`NAME/data/KEY`), which several tensors may share.

mod layout;

use super::error::short;
use super::pickle::{self, Tensor};
use super::zip::{self, ZipEntry};
use super::{Bytes, Directory, Entry, Format, FormatError, MAX_DIRECTORY, Place, bytes};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// # Errors
/// [`FormatError`].
pub(super) async fn open(source: &mut impl Bytes) -> Result<Directory, FormatError> {
    let entries = zip::entries(source).await?;
    if let Some(program) = program(&entries) {
        return Err(program);
    }
    if let Some(packed) = entries.iter().find(|entry| entry.packed) {
        return Err(FormatError::Compressed(short(&packed.name)));
    }
    let files: HashMap<&str, &ZipEntry> = entries.iter().map(|entry| (entry.name.as_str(), entry)).collect();
    let pickled = entries.iter().find(|entry| folder(&entry.name).is_some()).ok_or(FormatError::NotTorch)?;
    let folder = folder(&pickled.name).unwrap_or_default();
    // Files older than PyTorch 2.1 don't say; they were written on little-endian machines.
    if let Some(order) = files.get(format!("{folder}/byteorder").as_str())
        && content(source, order, "byte order").await? != b"little"
    {
        return Err(FormatError::BigEndian);
    }
    let pickled = content(source, pickled, "list of tensors").await?;
    directory(pickle::tensors(&pickled)?, |key| files.get(format!("{folder}/data/{key}").as_str()).copied())
}

/// Archives that hold a program with its weights, by what only they have.
fn program(entries: &[ZipEntry]) -> Option<FormatError> {
    // `NAME/code/...`: files are at the second level at least.
    let inside = |entry: &ZipEntry| entry.name.split_once('/').map_or(entry.name.clone(), |(_, rest)| rest.into());
    let has = |what: &dyn Fn(&str) -> bool| entries.iter().any(|entry| what(&inside(entry)));
    if has(&|name| name == "constants.pkl") && has(&|name| name.starts_with("code/")) {
        return Some(FormatError::TorchScript);
    }
    has(&|name| ["archive_format", "serialized_exported_program.json"].contains(&name)).then_some(FormatError::Exported)
}

/// `NAME` of `NAME/data.pkl`.
fn folder(name: &str) -> Option<&str> {
    name.strip_suffix("/data.pkl").filter(|folder| !folder.contains('/'))
}

async fn content(source: &mut impl Bytes, entry: &ZipEntry, what: &'static str) -> Result<Vec<u8>, FormatError> {
    if entry.size > MAX_DIRECTORY {
        return Err(FormatError::TooLarge { what, found: entry.size, limit: MAX_DIRECTORY });
    }
    let begin = zip::begin(source, entry.header).await?;
    bytes::read(source, begin, entry.size, what).await
}

/// Each tensor with its place in the file.
fn directory<'z>(
    tensors: Vec<Tensor>,
    storage: impl Fn(&str) -> Option<&'z ZipEntry>,
) -> Result<Directory, FormatError> {
    let mut directory = Directory {
        format: Format::Torch,
        entries: Vec::with_capacity(tensors.len()),
        unreadable: BTreeMap::new(),
        metadata: BTreeMap::new(),
    };
    let mut names = BTreeSet::new();
    for tensor in tensors {
        if !names.insert(tensor.name.clone()) {
            return Err(FormatError::Duplicate(short(tensor.name)));
        }
        let storage = storage(tensor.key).ok_or_else(|| FormatError::Storage(short(&tensor.name)))?;
        if !layout::is_row_major(&tensor.shape, &tensor.stride) {
            directory.unreadable.insert(tensor.name.clone(), FormatError::Layout(short(tensor.name)));
            continue;
        }
        directory.entries.push(entry(tensor, storage)?);
    }
    directory.entries.sort_by_key(|entry| entry.place);
    Ok(directory)
}

fn entry(tensor: Tensor, storage: &ZipEntry) -> Result<Entry, FormatError> {
    let Tensor { name, dtype, offset, shape, .. } = tensor;
    let (skip, bytes) = layout::span(offset, &shape, dtype.size())
        .filter(|(skip, bytes)| skip.checked_add(*bytes).is_some_and(|end| end <= storage.size))
        .ok_or_else(|| FormatError::Storage(short(&name)))?;
    Ok(Entry { name, dtype, shape, place: Place::InZip { header: storage.header, skip }, bytes })
}
