//! Configurations as people write them, names as other programs wrap them, and weights that are no numbers.

use super::*;
use half::f16;
use safetensors::Dtype;
use serde_json::{Map, Value};
use source::{file, file_as};
use vjepa_web::{Session, checkpoint::CheckpointError};

/// The folder's configuration after `change`.
fn rewritten(name: &str, change: impl FnOnce(&mut Map<String, Value>)) -> (String, Vec<u8>) {
    let (config, bytes) = folder(name);
    let mut fields = serde_json::from_str(&config).unwrap();
    change(&mut fields);
    (Value::Object(fields).to_string(), bytes)
}

fn same(bytes: &[u8], config: &str, expected: &Numbers) {
    let loaded = load_all(vec![bytes], &options(config)).unwrap_or_else(|error| panic!("{config}: {error}"));
    assert!(numbers(&loaded) == *expected, "{config}");
}

#[test]
fn what_the_weights_or_the_class_say_need_not_be_written() {
    let (config, bytes) = folder("hf_vjepa2_tiny_cls");
    let expected = numbers(&load_all(vec![bytes.as_slice()], &options(&config)).unwrap());
    let told = [
        "hidden_size",
        "num_hidden_layers",
        "mlp_ratio",
        "patch_size",
        "tubelet_size",
        "in_chans",
        "layer_norm_eps",
        "hidden_act",
        "qkv_bias",
        "num_pooler_layers",
        "pred_hidden_size",
        "pred_num_hidden_layers",
        "pred_mlp_ratio",
        "pred_num_mask_tokens",
        "architectures",
        "id2label",
    ];
    for field in told {
        let (config, bytes) = rewritten("hf_vjepa2_tiny_cls", |fields| drop(fields.remove(field).unwrap()));
        same(&bytes, &config, &expected);
    }
    let (config, bytes) =
        rewritten("hf_vjepa2_tiny_cls", |fields| fields.retain(|key, _| !told.contains(&key.as_str())));
    same(&bytes, &config, &expected);
    for patch in ["[16, 16]", "{\"height\": 16, \"width\": 16}", "16.0"] {
        let (config, bytes) = rewritten("hf_vjepa2_tiny_cls", |fields| {
            fields.insert("patch_size".into(), serde_json::from_str(patch).unwrap());
        });
        same(&bytes, &config, &expected);
    }
}

#[test]
fn heads_that_are_not_written_are_those_of_the_class() {
    let (config, bytes) = rewritten("hf_vjepa2_tiny", |fields| drop(fields.remove("num_attention_heads")));
    let error = load_all(vec![bytes.as_slice()], &options(&config)).unwrap_err().to_string();
    assert!(error.contains("A head of the encoder has 3 channels"), "16 heads of a width of 48: {error}");
}

#[test]
fn an_odd_number_of_frames_matters_only_to_those_who_ask_for_it() {
    let (config, bytes) = rewritten("hf_vjepa2_tiny", |fields| drop(fields.insert("frames_per_clip".into(), 7.into())));
    for (frames, expected) in [(0, 6), (4, 4), (8, 8)] {
        let loaded = load_all(vec![bytes.as_slice()], &LoadOptions { frames, ..options(&config) }).unwrap();
        assert_eq!(loaded.config.frames, expected, "a tokenizer leaves out what is no whole tubelet");
    }
}

#[test]
fn reasons_are_sentences_of_our_own() {
    let (_, bytes) = folder("hf_vjepa2_tiny");
    for config in [
        "",
        "{",
        "[]",
        "null",
        "{\"hidden_size\": \"48\"}",
        "{\"hidden_size\": 48.5}",
        "{\"mlp_ratio\": []}",
        "{\"family\": 7}",
        "{\"family\": \"vjepa3\"}",
        "{\"family\": \"vjepa2\"}",
        "{\"qkv_bias\": 1}",
        "{\"crop_size\": [48, 32]}",
        "{\"num_attention_heads\": -2}",
    ] {
        let error = load_all(vec![bytes.as_slice()], &options(config)).unwrap_err().to_string();
        println!("{error}");
        for word in ["expected", "invalid type", "missing field", "at line", "`", "usize", "EOF"] {
            assert!(!error.contains(word), "{config}: {error}");
        }
    }
}

#[test]
fn without_a_configuration_none_is_spoken_of() {
    let (_, bytes) = folder("hf_vjepa2_tiny");
    let error = load_all(vec![bytes.as_slice()], &LoadOptions { config: None, ..options("") }).unwrap_err();
    assert!(matches!(error, Error::Checkpoint(CheckpointError::Undescribed { .. })), "{error}");
    let said = error.to_string();
    assert!(!said.contains("beside") && said.contains("add a config.json with num_attention_heads"), "{said}");
}

#[test]
fn wrapped_names_load_and_the_report_says_what_was_taken_off() {
    let (config, bytes) = folder("hf_vjepa2_tiny_cls");
    let weights = read_safetensors(&bytes).unwrap().0;
    let plain = load_all(vec![bytes.as_slice()], &options(&config)).unwrap();
    assert!(plain.report.wrappers.is_empty());
    let expected = numbers(&plain);
    for (around, within, told) in [
        ("module.", "", vec!["module"]),
        ("state_dict.model.", "", vec!["model", "state_dict"]),
        ("backbone.", "_orig_mod.", vec!["_orig_mod", "backbone"]),
        ("_orig_mod.module.", "", vec!["_orig_mod", "module"]),
    ] {
        let mut wrapped = Weights::default();
        for (name, tensor) in &weights.0 {
            wrapped.0.insert(
                format!("{around}{}", name.replace(".layer.0.", &format!(".layer.0.{within}"))),
                tensor.clone(),
            );
        }
        // Beside the model, as trainers leave them there.
        wrapped.insert("optimizer.state.0.exp_avg", [2], vec![0.0; 2]);
        let loaded = load_all(vec![file(&wrapped).as_slice()], &options(&config)).unwrap();
        assert!(numbers(&loaded) == expected, "{around}");
        assert_eq!(loaded.report.wrappers, told);
        assert_eq!(loaded.report.unused, ["optimizer.state.0.exp_avg"]);
    }
}

#[test]
fn weights_that_are_no_finite_numbers_are_named() {
    let (config, bytes) = folder("hf_vjepa2_tiny");
    let spoilt = |name: &str, value: f32| {
        let mut weights = read_safetensors(&bytes).unwrap().0;
        *weights.0.get_mut(name).unwrap().data.last_mut().unwrap() = value;
        weights
    };
    let refused = |bytes: &[u8], precision| {
        load_all(vec![bytes], &LoadOptions { precision, ..options(&config) }).map(|_| ()).unwrap_err()
    };
    for name in [
        "encoder.layer.1.mlp.fc2.weight",
        "encoder.layernorm.bias",
        "encoder.layer.0.attention.key.bias",
        "predictor.embeddings.mask_tokens",
    ] {
        for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let weights = spoilt(name, value);
            for precision in [Precision::F32, Precision::F16, Precision::Int8] {
                let error = refused(&file(&weights), precision);
                let named = matches!(&error, Error::Checkpoint(CheckpointError::NotFinite(named)) if named == name);
                assert!(named, "{name} with {value}: {error}");
            }
        }
        // What was too large for the halves that were saved.
        let halves = file_as(&spoilt(name, 1e6), Dtype::F16, |value| f16::from_f32(value).to_le_bytes());
        let error = refused(&halves, Precision::F32);
        assert!(matches!(error, Error::Checkpoint(CheckpointError::NotFinite(_))), "{name}: {error}");
    }
    // And in f64, beyond f32.
    let mut large = spoilt("encoder.layernorm.bias", 0.0);
    large.0.get_mut("encoder.layernorm.bias").unwrap().data[0] = 1.0;
    let doubles =
        file_as(&large, Dtype::F64, |value| (if value == 1.0 { 1e300 } else { f64::from(value) }).to_le_bytes());
    assert!(matches!(refused(&doubles, Precision::F32), Error::Checkpoint(CheckpointError::NotFinite(_))));
}

/// Packing would make another number of it.
#[test]
fn a_weight_beyond_halves_is_named_where_it_would_become_one() {
    let mut weights = tiny();
    let name = "encoder.blocks.1.mlp.fc2.weight";
    weights.0.get_mut(name).unwrap().data[0] = -7e4;
    let load = |precision| load_all(vec![file(&weights).as_slice()], &LoadOptions { precision, ..options(HEADS) });
    load(Precision::F32).unwrap();
    load(Precision::Int8).unwrap();
    let error = load(Precision::F16).unwrap_err();
    assert!(matches!(&error, Error::Checkpoint(CheckpointError::BeyondHalf(named)) if named == name), "{error}");
    // Vectors stay f32 in every precision.
    let mut weights = tiny();
    weights.0.get_mut("encoder.norm.bias").unwrap().data[0] = -7e4;
    load_all(vec![file(&weights).as_slice()], &LoadOptions { precision: Precision::F16, ..options(HEADS) }).unwrap();
}

/// Parts of other architectures, which would be computed with there and be left out here.
#[test]
fn parts_that_would_be_computed_with_are_not_left_out() {
    for (name, known) in [
        ("encoder.blocks.1.mlp.fc3.weight", false),
        ("encoder.blocks.0.ls1.gamma", false),
        ("encoder.cls_token", false),
        ("encoder.register_tokens", false),
        ("predictor.predictor_blocks.0.attn.q_norm.weight", false),
        ("classifier.pooler.blocks.0.ls1.gamma", false),
        ("classifier.pooler.cross_attention_block.xattn.proj.weight", true),
        ("predictor.predictor_pos_embed", true),
        ("encoder.head.weight", true),
        ("encoder.blocks.7.mlp.fc3.weight", false),
    ] {
        let mut weights = tiny();
        weights.insert(name, [32], vec![0.5; 32]);
        match load_all(vec![file(&weights).as_slice()], &options(HEADS)) {
            Ok(loaded) => assert!(known && loaded.report.unused == [name], "{name}"),
            Err(error) => assert!(!known, "{name}: {error}"),
        }
    }
}

/// Without biases at all they are zero; with some of them, or some that can't be read, the file is not whole.
#[test]
fn only_biases_of_which_there_is_none_are_zero() {
    let (config, bytes) = folder("hf_vjepa2_tiny");
    let refused = |kept: &[&str]| {
        let mut weights = read_safetensors(&bytes).unwrap().0;
        let bias = |name: &str| name.contains(".attention.") && name.ends_with(".bias") && !name.contains(".proj.");
        weights.0.retain(|name, _| !bias(name) || kept.iter().any(|part| name.contains(part)));
        load_all(vec![file(&weights).as_slice()], &options(&config))
    };
    let error = refused(&["query", "value"]).unwrap_err().to_string();
    assert!(error.contains("attn.qkv.bias"), "{error}");
    let error = refused(&["encoder.layer.1.", "predictor."]).unwrap_err().to_string();
    assert!(error.contains("encoder.blocks.0.attn.qkv.bias"), "{error}");
    let missing = refused(&["predictor."]).unwrap().report.missing;
    assert_eq!(missing, ["encoder.*.attn.qkv.bias"]);
}

/// A predictor that is not there is neither counted nor in the way of a device that can hold the rest.
#[test]
fn only_what_is_there_is_counted() {
    let mut weights = tiny();
    let all = load_all(vec![file(&weights).as_slice()], &options(HEADS)).unwrap();
    let values = |weights: &Weights| weights.0.values().map(|tensor| tensor.data.len() as u64).sum::<u64>();
    assert_eq!(Session::frozen(all, Device::flex()).params(), values(&weights));
    weights.0.retain(|name, _| name.starts_with("encoder."));
    let limits = Limits { max_buffer_bytes: 0, max_total_bytes: 4 << 20 };
    let alone = load_all(vec![file(&weights).as_slice()], &LoadOptions { limits, ..options(HEADS) }).unwrap();
    assert_eq!(alone.report.missing, ["predictor"]);
    assert_eq!(Session::frozen(alone, Device::flex()).params(), values(&weights));
}
