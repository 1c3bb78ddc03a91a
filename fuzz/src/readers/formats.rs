//! Directories of checkpoint files: src/formats.

use super::{choices::Choices, json, said};
use crate::build;
use safetensors::{SafeTensorError, SafeTensors};
use serde_json::json;
use vjepa_web::formats::{self, Directory, Entry, FormatError};

/// Whole safetensors files, held against the `safetensors` crate.
pub fn safetensors(bytes: &[u8]) {
    let ours = check(bytes);
    // The format demands a brace, their reader does not.
    if bytes.get(8) != Some(&b'{') {
        return;
    }
    match (ours, SafeTensors::deserialize(bytes)) {
        (Ok(ours), Ok(theirs)) => {
            assert_eq!(ours.entries.len() + ours.unreadable.len(), theirs.len());
            for entry in &ours.entries {
                let tensor = theirs.tensor(&entry.name).unwrap();
                assert_eq!((tensor.shape(), tensor.data().len() as u64), (entry.shape.as_slice(), entry.bytes));
            }
        }
        // They look into fields that mean nothing; here those are skipped.
        (Ok(_), Err(SafeTensorError::InvalidHeaderDeserialization(_) | SafeTensorError::InvalidHeader(_))) => {}
        (Ok(_), Err(error)) => panic!("only the crate refuses: {error}"),
        (Err(FormatError::Duplicate(_) | FormatError::TooLarge { .. }), _) => {}
        (Err(error), Ok(_)) => panic!("the crate accepts: {error}"),
        (Err(_), Err(_)) => {}
    }
}

/// Whole files, mostly zip.
pub fn zip(bytes: &[u8]) {
    drop(check(bytes));
}

/// Pickles, each in a zip file that is right.
pub fn pickle(bytes: &[u8]) {
    drop(check(&build::torch(bytes, 64)));
}

/// Lists of shards: a right one with a few things wrong.
pub fn shards(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let name = |i: usize| format!("model-0000{i}-of-00002.safetensors");
    let mut index =
        json!({ "metadata": { "total_size": 8 }, "weight_map": { "a": name(1), "b": name(2), "c": name(1) } });
    json::change(&mut index, &mut choices);
    if choices.seldom(4) {
        let odd = String::from_utf8_lossy(choices.rest()).into_owned();
        index = json!({ "weight_map": { "a": name(1), "b": odd } });
    }
    match formats::shards(&json::text(&index, &mut choices)) {
        Ok(names) => {
            assert!(!names.is_empty() && names.is_sorted());
            for name in names {
                assert!(
                    name.ends_with(".safetensors") && !name.contains(['/', '\\', ':', '%']) && !name.starts_with('.')
                );
            }
        }
        Err(error) => said(&error),
    }
}

/// Open a file. Whatever its directory says, tensors lie inside the file and are as long as their shapes say.
fn check(bytes: &[u8]) -> Result<Directory, FormatError> {
    let opened = pollster::block_on(formats::open(&mut &*bytes));
    match &opened {
        Ok(directory) => directory.entries.iter().for_each(|entry| lies_inside(bytes, entry)),
        Err(error) => said(error),
    }
    opened
}

fn lies_inside(bytes: &[u8], entry: &Entry) {
    let Ok(begin) = pollster::block_on(entry.begin(&mut &*bytes)) else { return };
    let data = &bytes[begin as usize..][..entry.bytes as usize];
    let mut values = Vec::new();
    formats::decode(entry.dtype, data, &mut values);
    assert_eq!(values.len(), entry.shape.iter().product::<usize>());
}
