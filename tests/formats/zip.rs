//! Zip files, right and wrong.

use crate::build::{Stored, dict, end, stored, tensor, torch, torch_files, whole, zip};
use crate::{Watched, open, refusal, values};
use vjepa_web::formats::{self, FormatError, MAX_DIRECTORY};

/// Two tensors, and what a zip file needs for them.
fn files() -> Vec<Stored> {
    let tensors = dict(&[("a", tensor("0", 0, &[2, 2], &[2, 1])), ("b", tensor("0", 4, &[2], &[1]))]);
    torch_files(&whole(&tensors), 24)
}

/// The file with one of its entries changed.
fn with(change: impl Fn(&mut Stored), at: usize) -> Vec<u8> {
    let mut files = files();
    change(&mut files[at]);
    zip(&files, false)
}

#[test]
fn both_widths_of_numbers_are_read() {
    for wide in [false, true] {
        let mut files = files();
        files[2].data = [1.0f32, 2.0, 3.0, 4.0, 5.0, 6.0].map(f32::to_le_bytes).concat();
        let bytes = zip(&files, wide);
        let directory = open(&bytes).unwrap();
        assert_eq!(values(&bytes, &directory.entries[0]), [1.0, 2.0, 3.0, 4.0]);
        assert_eq!(values(&bytes, &directory.entries[1]), [5.0, 6.0]);
    }
}

#[test]
fn a_comment_may_follow_even_if_it_looks_like_an_end() {
    let mut bytes = zip(&files(), false);
    let comment = [b"PK\x05\x06".as_slice(), &[9; 40]].concat();
    let length = bytes.len() - 2;
    bytes[length..].copy_from_slice(&(comment.len() as u16).to_le_bytes());
    bytes.extend(comment);
    assert!(open(&bytes).is_ok());
}

#[test]
fn a_truncated_file_has_no_directory() {
    let bytes = zip(&files(), false);
    assert_eq!(refusal(&bytes[..bytes.len() - 1]), FormatError::Truncated { what: "zip directory" });
    assert_eq!(refusal(&bytes[..30]), FormatError::Truncated { what: "zip directory" });
}

#[test]
fn the_length_must_be_known() {
    let bytes = zip(&files(), false);
    let error = pollster::block_on(formats::open(&mut Watched::without_size(&bytes))).unwrap_err();
    assert_eq!(error, FormatError::UnknownSize);
}

#[test]
fn entries_must_lie_inside() {
    for at in 0..3 {
        for amount in [1 << 20, 1 << 31] {
            assert!(matches!(refusal(&with(|file| file.size = amount, at)), FormatError::Zip(_)));
            assert!(matches!(refusal(&with(|file| file.shift = amount as i64, at)), FormatError::Zip(_)));
        }
    }
    let wrong_header = with(|file| file.shift = 1, 0);
    assert!(matches!(refusal(&wrong_header), FormatError::Zip(_)));
}

/// The directory can't be trusted to know where headers are, either: a tensor's is read only when it is wanted.
#[test]
fn weights_must_begin_with_a_header() {
    let bytes = with(|file| file.shift = -1, 2);
    let directory = open(&bytes).unwrap();
    let error = pollster::block_on(directory.entries[0].begin(&mut bytes.as_slice())).unwrap_err();
    assert!(matches!(error, FormatError::Zip(_)));
}

/// As `torch.jit.save` and `torch.export.save` write them: code is compressed, which is not what matters.
#[test]
fn archives_of_programs_say_how_to_get_their_weights() {
    let mut script = files();
    script.push(stored("tiny/constants.pkl", *b"\x80\x02)."));
    script.push(Stored { method: 8, ..stored("tiny/code/__torch__/model.py", *b"deflated") });
    let error = refusal(&zip(&script, false));
    assert_eq!(error, FormatError::TorchScript);
    assert!(error.to_string().contains("torch.jit.load") && error.to_string().contains("state_dict()"));
    let exported = [stored("tiny/archive_format", *b"pt2"), stored("tiny/data/weights/weight_0", [0; 8])];
    assert_eq!(refusal(&zip(&exported, false)), FormatError::Exported);
    // A folder called code makes no program of a checkpoint.
    let mut other = files();
    other.push(stored("tiny/code/readme", *b"text"));
    assert!(open(&zip(&other, false)).is_ok());
}

#[test]
fn compressed_entries_are_refused() {
    let expected = FormatError::Compressed("tiny/data/0".into());
    assert_eq!(refusal(&with(|file| file.method = 8, 2)), expected);
}

/// Replaces the records at the end of a file whose directory is `length` bytes long.
fn with_end(count: u64, length: u64, at: u64, wide: bool) -> Vec<u8> {
    let mut bytes = zip(&files(), wide);
    bytes.truncate(bytes.len() - if wide { 98 } else { 22 });
    bytes.extend(end(count, length, at, wide));
    bytes
}

#[test]
fn the_directory_must_lie_inside() {
    let whole = zip(&files(), false).len() as u64;
    for (count, length, at) in
        [(3, 100, whole), (3, whole, 0), (3, 10, 60), (9, 100, 60), (3, 0, 60), (1, 46, u32::MAX as u64 - 1)]
    {
        assert!(matches!(refusal(&with_end(count, length, at, false)), FormatError::Zip(_)), "{count} {length} {at}");
    }
    let huge = u64::MAX / 2;
    for (count, length, at) in [(3, 100, huge), (3, 100, u64::MAX), (huge, 100, 60), (u64::MAX, 0, 0)] {
        assert!(matches!(refusal(&with_end(count, length, at, true)), FormatError::Zip(_)), "{count} {length} {at}");
    }
    let expected = FormatError::TooLarge { what: "zip directory", found: huge, limit: MAX_DIRECTORY };
    let mut bytes = zip(&files(), true);
    let record = bytes.len() - 98;
    bytes[record + 40..record + 48].copy_from_slice(&huge.to_le_bytes());
    assert_eq!(refusal(&bytes), expected);
}

#[test]
fn the_64_bit_part_must_be_there() {
    let bytes = zip(&files(), true);
    let locator = bytes.len() - 42;
    for (at, value) in [(locator, 0), (locator + 4, 1), (locator + 8, 0xff), (locator + 15, 0xff), (locator - 56, 0)] {
        let mut bytes = bytes.clone();
        bytes[at] = value;
        assert!(matches!(refusal(&bytes), FormatError::Zip(_)), "{at}");
    }
    let only_end = [b"PK\x03\x04".to_vec(), end(u16::MAX as u64, 0, 0, false)].concat();
    assert!(matches!(refusal(&only_end), FormatError::Zip(_) | FormatError::Truncated { .. }));
}

#[test]
fn it_must_be_a_checkpoint() {
    assert_eq!(refusal(&zip(&[stored("photo.jpg", *b"...")], false)), FormatError::NotTorch);
    assert_eq!(refusal(&zip(&[], false)), FormatError::NotTorch);
    assert_eq!(refusal(&with(|file| file.data = b"big".to_vec(), 1)), FormatError::BigEndian);
    let large = zip(&[stored("tiny/data.pkl", vec![0; MAX_DIRECTORY as usize + 1])], false);
    assert!(matches!(refusal(&large), FormatError::TooLarge { what: "list of tensors", .. }));
    let old = [files()[0].clone(), files()[2].clone()];
    assert_eq!(open(&zip(&old, false)).unwrap().entries.len(), 2);
    assert!(open(&torch(&whole(&dict(&[])), 0)).unwrap().entries.is_empty());
}
