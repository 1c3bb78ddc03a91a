//! Files that are not weights, and lists of shards.

use crate::refusal;
use vjepa_web::formats::{FormatError, shards};

#[test]
fn other_files_are_named() {
    for (bytes, expected) in [
        (b"".as_slice(), FormatError::Empty),
        (b"<!DOCTYPE html><html></html>", FormatError::WebPage),
        (b"\xef\xbb\xbf\r\n <html>", FormatError::WebPage),
        (b"<", FormatError::WebPage),
        (b"<?xml version=\"1.0\"?><Error/>", FormatError::WebPage),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:4", FormatError::LfsPointer),
        (b"{\"error\":\"Unauthorized\"}", FormatError::Json),
        (b"{}", FormatError::Json),
        (b"\x1f\x8b\x08\x00\x00\x00\x00\x00", FormatError::Gzip),
        (b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.", FormatError::LegacyTorch),
        (b"GGUF\x03\x00\x00\x00\x00\x00\x00\x00", FormatError::Unknown),
        (b"\x08\x08\x12\x07pytorch\x1a\x05", FormatError::Unknown),
        (b"\x00", FormatError::Unknown),
        (b"PK\x03\x04", FormatError::Truncated { what: "zip directory" }),
    ] {
        assert_eq!(refusal(bytes), expected, "{}", bytes.escape_ascii());
    }
}

#[test]
fn shards_are_listed_once_and_in_order() {
    let index = |names: &[&str]| {
        let names: Vec<_> = names.iter().enumerate().map(|(i, name)| format!("\"{i}\":\"{name}\"")).collect();
        format!("{{\"metadata\":{{\"total_size\":7}},\"weight_map\":{{{}}}}}", names.join(","))
    };
    let [one, two] = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];
    assert_eq!(shards(&index(&[two, one, two])).unwrap(), [one, two]);
    for name in [
        "../x.safetensors",
        "https://a/b.safetensors",
        "x.bin",
        "",
        ".safetensors",
        "a%2f.safetensors",
        "a?.safetensors",
    ] {
        assert!(matches!(shards(&index(&[one, name])), Err(FormatError::Index(_))), "{name}");
    }
    for json in ["", "[]", "{}", "{\"weight_map\":{}}", "{\"weight_map\":{\"a\":1}}", "{\"weight_map\":"] {
        assert!(matches!(shards(json), Err(FormatError::Index(_))), "{json}");
    }
}
