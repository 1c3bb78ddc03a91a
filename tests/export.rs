//! Exported folders: the zip, the names and shapes transformers expects, and the same weights back, bit for bit.
//!
//! `tests/tools/check_export.py` loads one in transformers itself; this needs nothing but cargo.
#![cfg(not(target_arch = "wasm32"))]

#[path = "common/unzip.rs"]
mod unzip;

use burn::tensor::Device;
use safetensors::{Dtype, SafeTensors};
use serde_json::Value;
use std::{collections::BTreeMap, fs, path::PathBuf};
use unzip::unzip;
use vjepa_web::{
    Error, Family, ModelConfig, Session,
    checkpoint::{
        FileDtype, Snapshot, SnapshotHeader, Weights, folder_config, from_hugging_face, hugging_face_config,
        read_safetensors,
    },
    config::Limits,
    recipe::RunSource,
    rng::Rng,
    world::WorldSpec,
};

/// A nano model after a step, so that the moving average is not the encoder.
fn trained(family: Family) -> Session {
    let config = ModelConfig::preset("nano", family).unwrap();
    let mut session = Session::create(config, 1, Device::flex(), Limits::default()).unwrap();
    session.set_world(&WorldSpec::rich(), 1);
    pollster::block_on(session.train(1, async || ())).unwrap();
    session
}

/// What the session exports: predictor, and target encoder as encoder.
fn expected(session: &Session) -> Weights {
    let weights = pollster::block_on(session.snapshot()).unwrap().weights;
    let mut expected = weights.below("target_encoder.").prefixed("encoder.");
    expected.extend(weights.below("predictor.").prefixed("predictor."));
    assert_ne!(expected.below("encoder."), weights.below("encoder."));
    expected
}

fn export(session: &Session, precision: FileDtype) -> BTreeMap<String, Vec<u8>> {
    let mut bytes = Vec::new();
    let sink = async |chunk: &[u8]| {
        bytes.extend_from_slice(chunk);
        Ok(())
    };
    pollster::block_on(session.export(precision, sink)).unwrap();
    unzip(&bytes)
}

fn json(file: &[u8]) -> Value {
    serde_json::from_slice(file).unwrap()
}

fn text(file: &[u8]) -> &str {
    std::str::from_utf8(file).unwrap()
}

fn shapes(safetensors: &[u8]) -> BTreeMap<String, (Dtype, Vec<usize>)> {
    let file = SafeTensors::deserialize(safetensors).unwrap();
    file.iter().map(|(name, view)| (name.into(), (view.dtype(), view.shape().to_vec()))).collect()
}

#[test]
fn vjepa2_comes_back_bit_for_bit() {
    let session = trained(Family::VJepa2);
    let files = export(&session, FileDtype::F32);
    let names = ["README.md", "config.json", "model.safetensors", "video_preprocessor_config.json"];
    assert!(files.keys().map(String::as_str).eq(names.map(|name| format!("vjepa2-nano/{name}"))));
    let config = hugging_face_config(text(&files["vjepa2-nano/config.json"])).unwrap();
    let (name, batch) = (session.config().name.clone(), session.config().batch);
    assert_eq!(&ModelConfig { name, batch, ..config }, session.config());
    let (weights, metadata) = read_safetensors(&files["vjepa2-nano/model.safetensors"]).unwrap();
    assert_eq!(metadata["format"], "pt");
    assert!(weights.0.contains_key("encoder.layer.1.attention.query.bias"));
    assert_eq!(from_hugging_face(weights).unwrap(), expected(&session));
}

#[test]
fn vjepa1_keeps_the_published_names_and_its_configuration() {
    let session = trained(Family::VJepa1);
    let files = export(&session, FileDtype::F32);
    assert!(text(&files["vjepa1-nano/README.md"]).contains("transformers has no class"));
    assert_eq!(json(&files["vjepa1-nano/config.json"])["model_type"], "vjepa1");
    assert_eq!(&folder_config(text(&files["vjepa1-nano/config.json"])).unwrap(), session.config());
    let (weights, _) = read_safetensors(&files["vjepa1-nano/model.safetensors"]).unwrap();
    assert_eq!(weights, expected(&session));
}

#[test]
fn halves_have_half_the_bytes_and_say_so() {
    let session = trained(Family::VJepa2);
    let files = export(&session, FileDtype::F16);
    assert_eq!(json(&files["vjepa2-nano/config.json"])["dtype"], "float16");
    let file = SafeTensors::deserialize(&files["vjepa2-nano/model.safetensors"]).unwrap();
    let gain = file.tensor("encoder.layernorm.weight").unwrap();
    assert_eq!((gain.dtype(), gain.data().len()), (Dtype::F16, 2 * session.config().width));
    let bytes: Vec<u8> = expected(&session).0["encoder.norm.weight"]
        .data
        .iter()
        .flat_map(|&value| half::f16::from_f32(value).to_le_bytes())
        .collect();
    assert_eq!(gain.data(), bytes);
}

/// A folder that transformers 5.23.0 wrote goes in and comes out with the same names, shapes, weights and configuration.
#[test]
fn a_folder_of_transformers_goes_in_and_comes_out() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/checkpoints/hf_vjepa2_tiny");
    let original = fs::read(folder.join("model.safetensors")).unwrap();
    let config_text = fs::read_to_string(folder.join("config.json")).unwrap();
    let config = hugging_face_config(&config_text).unwrap();
    let header = SnapshotHeader {
        config,
        seed: 0,
        step: 0,
        before: 0,
        rng: Rng::new(0),
        recipe: None,
        source: RunSource::Other,
        notes: String::new(),
    };
    let weights = from_hugging_face(read_safetensors(&original).unwrap().0).unwrap();
    let session = Session::restore(Snapshot { header, weights }, Device::flex(), Limits::default()).unwrap();
    let files = export(&session, FileDtype::F32);

    let exported = &files["vjepa2-checkpoint/model.safetensors"];
    assert_eq!(shapes(exported), shapes(&original));
    assert_eq!(read_safetensors(exported).unwrap().0, read_safetensors(&original).unwrap().0);

    let (found, mut wanted) = (json(&files["vjepa2-checkpoint/config.json"]), json(config_text.as_bytes()));
    let wanted = wanted.as_object_mut().unwrap();
    wanted.remove("transformers_version");
    // The model without a classifier has no pooler: this is transformers' default.
    assert_eq!(wanted.remove("num_pooler_layers"), Some(1.into()));
    for (key, value) in wanted.iter() {
        assert_eq!(&found[key], value, "{key}");
    }
    let extra: Vec<&String> = found.as_object().unwrap().keys().filter(|key| !wanted.contains_key(*key)).collect();
    assert_eq!(extra, ["num_pooler_layers", "torch_dtype"]);
}

#[test]
fn videos_are_prepared_for_the_models_own_size() {
    let files = export(&trained(Family::VJepa2), FileDtype::F32);
    let processor = json(&files["vjepa2-nano/video_preprocessor_config.json"]);
    assert_eq!((&processor["crop_size"]["height"], &processor["size"]["shortest_edge"]), (&32.into(), &36.into()));
    assert_eq!(processor["video_processor_type"], "VJEPA2VideoProcessor");
}

#[test]
fn a_sink_that_refuses_is_heard() {
    let session = trained(Family::VJepa2);
    for allowed in [0, 2, 40] {
        let mut left = allowed;
        let sink = async |_: &[u8]| {
            left -= 1;
            if left < 0 { Err(Error::Write("the disk is full".into())) } else { Ok(()) }
        };
        let error = pollster::block_on(session.export(FileDtype::F32, sink)).unwrap_err();
        assert_eq!((error.code(), left), ("not-written", -1), "nothing is sent after a refusal");
    }
}

#[test]
fn a_name_from_a_file_leads_nowhere_else() {
    let mut snapshot = pollster::block_on(trained(Family::VJepa2).snapshot()).unwrap();
    snapshot.header.config.name = "../../home/ä b".into();
    let session = Session::restore(snapshot, Device::flex(), Limits::default()).unwrap();
    let files = export(&session, FileDtype::F32);
    assert!(files.contains_key("vjepa2-..-..-home---b/config.json"), "{:?}", files.keys());
}

#[test]
fn a_value_beyond_f16_is_named() {
    let mut snapshot = pollster::block_on(trained(Family::VJepa2).snapshot()).unwrap();
    snapshot.weights.0.get_mut("predictor.predictor_proj.bias").unwrap().data[3] = 1e6;
    let session = Session::restore(snapshot, Device::flex(), Limits::default()).unwrap();
    let error = pollster::block_on(session.export(FileDtype::F16, async |_: &[u8]| Ok(()))).unwrap_err();
    assert!(error.to_string().contains("predictor.predictor_proj.bias"), "{error}");
}
