//! Files cut short and files with one bit wrong: an error or a directory that fits the file, never a panic.
//! `make fuzz` goes further.

use crate::build::{dict, safetensors, tensor, torch_files, whole, zip};
use crate::open;

fn samples() -> Vec<Vec<u8>> {
    let tensors = dict(&[("a", tensor("0", 0, &[2, 2], &[2, 1])), ("b", tensor("0", 4, &[2], &[1]))]);
    let files = torch_files(&whole(&tensors), 24);
    let header = r#"{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}"#;
    vec![safetensors(header, 16), zip(&files, false), zip(&files, true)]
}

/// Entries lie where their directory says, whatever that is.
fn check(bytes: &[u8]) {
    let Ok(directory) = open(bytes) else { return };
    for entry in &directory.entries {
        if let Ok(begin) = pollster::block_on(entry.begin(&mut &*bytes)) {
            assert!(begin + entry.bytes <= bytes.len() as u64, "{entry:?}");
            let count = entry.shape.iter().product::<usize>();
            assert_eq!(count * entry.dtype.size(), entry.bytes as usize, "{entry:?}");
        }
    }
}

#[test]
fn every_prefix_is_refused() {
    for sample in samples() {
        assert!(open(&sample).is_ok());
        for length in 0..sample.len() {
            assert!(open(&sample[..length]).is_err(), "{length} of {}", sample.len());
        }
    }
}

#[test]
fn no_flipped_bit_and_no_lost_byte_panics() {
    for sample in samples() {
        for at in 0..sample.len() {
            for bit in 0..8 {
                let mut flipped = sample.clone();
                flipped[at] ^= 1 << bit;
                check(&flipped);
            }
            for value in [0, 0x7f, 0xff] {
                let mut replaced = sample.clone();
                replaced[at] = value;
                check(&replaced);
            }
            check(&[&sample[..at], &sample[at + 1..]].concat());
        }
    }
}
