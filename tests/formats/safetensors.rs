//! Safetensors headers that lie.

use crate::build::safetensors;
use crate::{Watched, open, refusal};
use vjepa_web::formats::{self, Dtype, FormatError, MAX_DIRECTORY, MAX_TENSORS, Place};

/// `"name":{...}` of a tensor.
fn info(name: &str, dtype: &str, shape: &str, begin: u64, end: u64) -> String {
    format!(r#""{name}":{{"dtype":"{dtype}","shape":{shape},"data_offsets":[{begin},{end}]}}"#)
}

fn file(infos: &[String], data: usize) -> Vec<u8> {
    safetensors(&format!("{{{}}}", infos.join(",")), data)
}

#[test]
fn entries_lie_one_after_the_other() {
    let bytes =
        file(&[info("b", "F16", "[2,2]", 8, 16), info("a", "F32", "[2]", 0, 8), info("c", "I64", "[0]", 16, 16)], 16);
    let directory = open(&bytes).unwrap();
    let begin = (bytes.len() - 16) as u64;
    let found: Vec<_> = directory.entries.iter().map(|e| (e.name.as_str(), e.dtype, e.place, e.bytes)).collect();
    let expected = [
        ("a", Dtype::F32, Place::At(begin), 8),
        ("b", Dtype::F16, Place::At(begin + 8), 8),
        ("c", Dtype::I64, Place::At(begin + 16), 0),
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_server_need_not_say_how_long_the_file_is() {
    let bytes = file(&[info("a", "F32", "[2]", 0, 8)], 8);
    let directory = pollster::block_on(formats::open(&mut Watched::without_size(&bytes))).unwrap();
    assert_eq!(directory.entries.len(), 1);
}

/// More than 4 GiB: a browser's `usize` ends there.
#[test]
fn positions_have_64_bits() {
    let large = 5 << 30;
    let bytes =
        file(&[info("a", "F32", &format!("[{}]", large / 4), 0, large), info("b", "U8", "[1]", large, large + 1)], 16);
    let directory = pollster::block_on(formats::open(&mut Watched::without_size(&bytes))).unwrap();
    assert_eq!(directory.entries[1].place, Place::At(bytes.len() as u64 - 16 + large));
}

#[test]
fn a_type_that_is_not_read_spoils_only_its_own_tensor() {
    let bytes = file(&[info("a", "F8_E4M3", "[2]", 0, 2), info("b", "U8", "[2]", 2, 4)], 4);
    let directory = open(&bytes).unwrap();
    assert_eq!(directory.entries.len(), 1);
    let expected = FormatError::Dtype { name: "a".into(), dtype: "F8_E4M3".into() };
    assert_eq!(directory.unreadable["a"], expected);
    assert!(
        matches!(refusal(&file(&[info("a", "F3", "[2]", 0, 2)], 2)), FormatError::Header(reason) if reason.contains("\"a\""))
    );
}

#[test]
fn a_header_of_impossible_length_is_not_read() {
    let with_length = |length: u64| [length.to_le_bytes().as_slice(), b"{}", &[b' '; 40]].concat();
    for length in [1 << 60, u64::MAX, MAX_DIRECTORY + 1] {
        let bytes = with_length(length);
        let expected = FormatError::TooLarge { what: "header", found: length, limit: MAX_DIRECTORY };
        assert_eq!(refusal(&bytes), expected);
        let mut source = Watched::without_size(&bytes);
        assert_eq!(pollster::block_on(formats::open(&mut source)).unwrap_err(), expected);
        assert!(source.read < 64);
    }
    assert_eq!(refusal(&with_length(43)), FormatError::Truncated { what: "header" });
    let unknown = pollster::block_on(formats::open(&mut Watched::without_size(&with_length(43))));
    assert!(matches!(unknown, Err(FormatError::Source(error)) if error.code == "ends"));
}

#[test]
fn offsets_must_fit_shapes_and_neighbours() {
    let offsets = |name: &str| FormatError::Offsets(name.into());
    let two = |begin, end| file(&[info("a", "F32", "[2]", 0, 8), info("b", "F32", "[2]", begin, end)], 16);
    assert!(open(&two(8, 16)).is_ok());
    for (begin, end) in [(4, 12), (0, 8), (9, 17), (16, 8), (8, 12), (8, 17), (u64::MAX, 3), (8, u64::MAX)] {
        assert!(matches!(refusal(&two(begin, end)), FormatError::Offsets(_)), "{begin}..{end}");
    }
    assert_eq!(refusal(&file(&[info("a", "F32", "[4294967296,4294967296]", 0, 0)], 0)), offsets("a"));
    assert_eq!(refusal(&file(&[info("a", "F32", "[4611686018427387904]", 0, 0)], 0)), offsets("a"));
    assert_eq!(refusal(&file(&[info("a", "F32", "[2]", 8, 0)], 8)), offsets("a"));
    assert_eq!(refusal(&file(&[info("a", "F4", "[1]", 0, 0)], 0)), offsets("a"));
}

#[test]
fn the_file_ends_where_the_last_tensor_does() {
    let infos = [info("a", "F32", "[2]", 0, 8)];
    assert_eq!(refusal(&file(&infos, 7)), FormatError::Truncated { what: "weights" });
    assert!(matches!(refusal(&file(&infos, 9)), FormatError::Header(_)));
}

#[test]
fn broken_headers_are_refused() {
    let infos = |shape: &str| file(&[info("a", "F32", shape, 0, 8)], 8);
    for shape in ["[-2]", "[2.0]", "[18446744073709551616]", "\"2\"", "[[2]]", "null"] {
        assert!(matches!(refusal(&infos(shape)), FormatError::Header(_)), "{shape}");
    }
    for json in [
        "{",
        "{}x",
        "{\"a\":1}",
        "{\"a\":{}}",
        "{\"__metadata__\":{\"a\":1}}",
        "{\"__metadata__\":{},\"__metadata__\":{}}",
    ] {
        let json = format!("{json:<40}");
        assert!(matches!(refusal(&safetensors(&json, 0)), FormatError::Header(_)), "{json}");
    }
    let mut text = safetensors("{\"a\":{}}               ", 0);
    text[10] = 0xff;
    assert!(matches!(refusal(&text), FormatError::Header(_)));
    let deep = format!("{{\"a\":{}", "[".repeat(1_000_000));
    assert!(matches!(refusal(&safetensors(&deep, 0)), FormatError::Header(_)));
    let long = file(&[info(&"n".repeat(1_000_000), "F32", "[3]", 0, 8)], 8);
    assert!(matches!(refusal(&long), FormatError::Header(why) if why.len() < 200));
    let flat = file(&[info("a", "F32", &format!("{:?}", [1; 17]), 0, 4)], 4);
    assert!(matches!(refusal(&flat), FormatError::Header(_)));
}

#[test]
fn a_name_comes_once() {
    let infos = [info("a", "F32", "[0]", 0, 0), info("a", "F32", "[0]", 0, 0)];
    assert_eq!(refusal(&file(&infos, 0)), FormatError::Duplicate("a".into()));
}

#[test]
fn there_is_an_end_to_tensors() {
    let infos: Vec<_> = (0..100_000).map(|i| info(&i.to_string(), "U8", "[0]", 0, 0)).collect();
    let limit = MAX_TENSORS as u64;
    assert_eq!(refusal(&file(&infos, 0)), FormatError::TooLarge { what: "list of tensors", found: 100_000, limit });
    assert_eq!(open(&file(&infos[..MAX_TENSORS], 0)).unwrap().entries.len(), MAX_TENSORS);
}
