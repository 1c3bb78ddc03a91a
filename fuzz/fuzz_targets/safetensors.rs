//! Whole safetensors files, held against the `safetensors` crate.
#![no_main]

use libfuzzer_sys::fuzz_target;
use safetensors::{SafeTensorError, SafeTensors};
use vjepa_web_fuzz::{check, formats::FormatError};

fuzz_target!(|bytes: &[u8]| {
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
});
