//! What a set of files may look like, and what the report says of it.

use super::*;
use half::{bf16, f16};
use safetensors::Dtype;
use sha2::{Digest, Sha256};
use source::{Source, file, file_as};
use std::collections::BTreeSet;

fn split(weights: &Weights, belongs: impl Fn(usize, &str) -> bool) -> [Weights; 2] {
    let (first, second) =
        weights.0.clone().into_iter().enumerate().partition::<Vec<_>, _>(|(i, (name, _))| belongs(*i, name));
    [first, second].map(|part| Weights(part.into_iter().map(|(_, tensor)| tensor).collect()))
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn halves_load_as_the_numbers_they_are() {
    let rounded = |round: fn(f32) -> f32| {
        let mut weights = tiny();
        weights.0.values_mut().flat_map(|tensor| &mut tensor.data).for_each(|value| *value = round(*value));
        numbers(&load_all(vec![file(&weights).as_slice()], &options(HEADS)).unwrap())
    };
    let f16_file = file_as(&tiny(), Dtype::F16, |value| f16::from_f32(value).to_le_bytes());
    let found = load_all(vec![f16_file.as_slice()], &options(HEADS)).unwrap();
    assert_eq!(numbers(&found), rounded(|value| f16::from_f32(value).to_f32()));
    let bf16_file = file_as(&tiny(), Dtype::BF16, |value| bf16::from_f32(value).to_le_bytes());
    let found = load_all(vec![bf16_file.as_slice()], &options(HEADS)).unwrap();
    assert_eq!(numbers(&found), rounded(|value| bf16::from_f32(value).to_f32()));
}

/// Hugging Face's layout, so that queries of a layer are in one file and its keys in the other.
#[test]
fn shards_come_in_any_order() {
    let (config, bytes) = folder("hf_vjepa2_tiny_cls");
    let [first, second] = split(&read_safetensors(&bytes).unwrap().0, |i, _| i % 2 == 0).map(|part| file(&part));
    let one_file = load_all(vec![bytes.as_slice()], &options(&config)).unwrap();
    for precision in [Precision::F32, Precision::Int8] {
        let options = LoadOptions { precision, ..options(&config) };
        let whole = numbers(&load_all(vec![bytes.as_slice()], &options).unwrap());
        for shards in [[&first, &second], [&second, &first]] {
            let loaded = load_all(shards.map(Vec::as_slice).to_vec(), &options).unwrap();
            assert_eq!(numbers(&loaded), whole);
            assert_eq!(loaded.report.sha256, shards.map(|shard| sha256(shard)));
            assert_eq!(loaded.report.matched, one_file.report.matched);
        }
    }
}

#[test]
fn the_report_tells_what_became_of_a_file() {
    let mut weights = tiny();
    weights.insert("encoder.pos_embed_of_old", [3], vec![0.0; 3]);
    weights.insert("opt.step", [1], vec![1.0]);
    let bytes = file(&weights);
    let source = Source::new(bytes.clone());
    let read = source.read.clone();
    let report = load_all(vec![source], &options(HEADS)).unwrap().report;
    assert_eq!((report.name.as_str(), report.matched), ("tiny", weights.0.len() - 2));
    let unused: BTreeSet<&str> = report.unused.iter().map(String::as_str).collect();
    assert_eq!(unused, BTreeSet::from(["encoder.pos_embed_of_old", "opt.step"]));
    assert!(report.missing.is_empty());
    assert_eq!((&report.sha256[..], report.whole), (&[sha256(&bytes)][..], true));
    assert_eq!(read.get(), bytes.len() as u64);
    assert!((bytes.len() as u64..bytes.len() as u64 + 64).contains(&report.bytes), "the header's length is read twice");
}

/// There is no way past numbers of an unknown type but to leave them out.
#[test]
fn a_file_with_a_gap_does_not_claim_the_hash_of_the_whole() {
    let mut bytes = file_as(&tiny(), Dtype::F32, f32::to_le_bytes);
    let header = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let mut json: serde_json::Value = serde_json::from_slice(&bytes[8..8 + header]).unwrap();
    let end = bytes.len() - 8 - header;
    json["a.scale"] = serde_json::json!({"dtype": "F8_E5M2", "shape": [8], "data_offsets": [end, end + 8]});
    let json = serde_json::to_vec(&json).unwrap();
    bytes = [&(json.len() as u64).to_le_bytes()[..], &json, &bytes[8 + header..], &[0; 8]].concat();
    let report = load_all(vec![bytes.as_slice()], &options(HEADS)).unwrap().report;
    assert!(!report.whole && report.sha256[0] != sha256(&bytes));
}

#[test]
fn a_model_works_without_predictor_and_classifier() {
    let whole = load_all(vec![file(&tiny()).as_slice()], &options(HEADS)).unwrap();
    let bare = tiny().below("encoder.");
    for weights in [bare.clone(), bare.clone().prefixed("module.backbone."), bare.prefixed("target_encoder.module.")] {
        let loaded = load_all(vec![file(&weights).as_slice()], &options(HEADS)).unwrap();
        assert!(loaded.predictor.is_none() && loaded.classifier.is_none());
        assert_eq!((&loaded.report.missing[..], loaded.report.matched), (&["predictor".into()][..], weights.0.len()));
        assert_eq!(numbers(&loaded).features, numbers(&whole).features);
    }
}

#[test]
fn clips_may_be_shorter_and_longer_than_those_of_the_release() {
    for frames in [2, 8] {
        let loaded = load_all(vec![file(&tiny()).as_slice()], &LoadOptions { frames, ..options(HEADS) }).unwrap();
        assert_eq!(loaded.config.frames, frames);
        assert_eq!(numbers(&loaded).features.len(), frames / 2 * 16 * 32);
    }
}

/// The stack may hold more mask tokens than its configuration counts.
#[test]
fn spare_mask_tokens_are_left_alone() {
    let (config, bytes) = folder("hf_vjepa2_tiny");
    let fewer = config.replace("\"pred_num_mask_tokens\": 3", "\"pred_num_mask_tokens\": 2");
    assert_ne!(fewer, config);
    let of = |config: &str| numbers(&load_all(vec![bytes.as_slice()], &options(config)).unwrap());
    assert_eq!(of(&fewer), of(&config));
}
