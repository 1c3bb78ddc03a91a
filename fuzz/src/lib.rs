//! What the targets share: the module under test, and what must hold for every file.

#[path = "../../tests/formats/build.rs"]
pub mod build;
#[path = "../../src/formats/mod.rs"]
pub mod formats;

use formats::{Directory, FormatError};

/// Open a file. Whatever its directory says, tensors lie inside the file and are as long as their shapes say.
pub fn check(bytes: &[u8]) -> Result<Directory, FormatError> {
    let opened = pollster::block_on(formats::open(&mut &*bytes));
    match &opened {
        Ok(directory) => directory.entries.iter().for_each(|entry| lies_inside(bytes, entry)),
        Err(error) => assert!(error.to_string().len() < 1000, "too long for the page: {error}"),
    }
    opened
}

fn lies_inside(bytes: &[u8], entry: &formats::Entry) {
    let Ok(begin) = pollster::block_on(entry.begin(&mut &*bytes)) else { return };
    let data = &bytes[begin as usize..][..entry.bytes as usize];
    let mut values = Vec::new();
    formats::decode(entry.dtype, data, &mut values);
    assert_eq!(values.len(), entry.shape.iter().product::<usize>());
}
