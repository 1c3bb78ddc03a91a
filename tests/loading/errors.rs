//! Files that can't be used: each is refused by its directory alone, and says why.

use super::*;
use source::{Source, file};
use vjepa_web::{checkpoint::CheckpointError, config::ConfigError, formats::FormatError};

/// Refuses all of `files` without reading a tensor.
fn refused(files: &[Vec<u8>], options: &LoadOptions) -> Error {
    let sources: Vec<Source> = files.iter().cloned().map(Source::new).collect();
    let error = load_all(sources.clone(), options).expect_err("it can't be used");
    assert!(sources.iter().all(Source::only_header_read), "refused after reading tensors: {error}");
    println!("{}: {error}", error.code());
    error
}

fn changed(change: impl FnOnce(&mut Weights)) -> Vec<u8> {
    let mut weights = tiny();
    change(&mut weights);
    file(&weights)
}

fn reshape(weights: &mut Weights, name: &str, shape: &[usize]) {
    weights.insert(name, shape, vec![0.0; shape.iter().product()]);
}

#[test]
fn another_model_is_recognised_as_such() {
    for name in ["model.embed_tokens.weight", "videomae.embeddings.patch_embeddings.projection.weight"] {
        let mut weights = Weights::default();
        reshape(&mut weights, name, &[4, 4]);
        let error = refused(&[file(&weights)], &options(HEADS));
        assert!(matches!(error, Error::Checkpoint(CheckpointError::Unrecognised)), "{error}");
    }
    let error = load_all(Vec::<&[u8]>::new(), &options(HEADS)).unwrap_err();
    assert!(matches!(error, Error::Checkpoint(CheckpointError::Unrecognised)), "{error}");
    // A picture's transformer has kernels of four axes.
    let pictures = changed(|weights| reshape(weights, "encoder.patch_embed.proj.weight", &[32, 3, 16, 16]));
    assert!(matches!(refused(&[pictures], &options(HEADS)), Error::Checkpoint(CheckpointError::Config { .. })));
    let page = b"<!doctype html><title>Sign in</title>";
    let error = load_all(vec![page.as_slice()], &options(HEADS)).unwrap_err();
    assert!(matches!(error, Error::Format(FormatError::WebPage)), "{error}");
}

#[test]
fn a_tensor_of_another_shape_is_named() {
    for (name, shape) in [
        ("encoder.blocks.1.attn.qkv.weight", vec![32, 96]),
        ("encoder.norm.weight", vec![31]),
        ("predictor.predictor_embed.weight", vec![32, 31]),
        ("classifier.linear.bias", vec![8]),
        ("encoder.norm.bias", vec![]),
        ("encoder.norm.bias", vec![0, 7]),
    ] {
        let error = refused(&[changed(|weights| reshape(weights, name, &shape))], &options(HEADS));
        let Error::Checkpoint(CheckpointError::Shape { name: named, found, .. }) = error else {
            panic!("{name}: {error}")
        };
        assert_eq!((named.as_str(), found), (name, shape));
    }
}

#[test]
fn a_tensor_that_is_missing_is_named() {
    for name in [
        "encoder.blocks.2.mlp.fc2.bias",
        "encoder.norm.weight",
        "encoder.blocks.1.norm1.weight",
        "predictor.predictor_blocks.0.norm1.weight",
        "predictor.mask_tokens.0",
        "classifier.pooler.query_tokens",
    ] {
        let error = refused(&[changed(|weights| drop(weights.0.remove(name).unwrap()))], &options(HEADS));
        assert!(matches!(&error, Error::Checkpoint(CheckpointError::Missing(named)) if named == name), "{error}");
    }
}

#[test]
fn a_share_that_is_missing_or_there_twice_is_found_before_reading() {
    let (config, bytes) = folder("hf_vjepa2_tiny");
    let mut weights = read_safetensors(&bytes).unwrap().0;
    let value = weights.0.remove_entry("encoder.layer.1.attention.value.weight").unwrap();
    let error = refused(&[file(&weights)], &options(&config));
    let missing = |named: &str| named == "encoder.blocks.1.attn.qkv.weight";
    assert!(matches!(&error, Error::Checkpoint(CheckpointError::Missing(named)) if missing(named)), "{error}");
    for name in ["encoder.layer.1.attention.key.weight", "predictor.embeddings.mask_tokens", "encoder.layernorm.bias"] {
        let again = (name.to_string(), weights.0[name].clone());
        let mut second = Weights::default();
        second.0.extend([value.clone(), again]);
        let error = refused(&[file(&weights), file(&second)], &options(&config));
        assert!(matches!(error, Error::Checkpoint(CheckpointError::Format(_))), "{name}: {error}");
    }
}

#[test]
fn shares_and_stacks_of_odd_shapes_are_refused() {
    let (config, bytes) = folder("hf_vjepa2_tiny");
    for (name, shape) in [
        ("encoder.layer.1.attention.key.weight", vec![48, 47]),
        ("encoder.layer.1.attention.key.bias", vec![]),
        ("predictor.embeddings.mask_tokens", vec![3, 2, 1, 36]),
        ("predictor.embeddings.mask_tokens", vec![3, 1, 1, 35]),
        ("predictor.embeddings.mask_tokens", vec![36]),
    ] {
        let mut weights = read_safetensors(&bytes).unwrap().0;
        reshape(&mut weights, name, &shape);
        let error = refused(&[file(&weights)], &options(&config));
        assert!(matches!(error, Error::Checkpoint(CheckpointError::Shape { .. })), "{name}: {error}");
    }
}

/// A header of sizes that no file has, one of them nothing: products must not overflow.
#[test]
fn a_header_may_claim_anything() {
    for shape in ["[0,9223372036854775807]", "[9223372036854775807,0]"] {
        let key = "encoder.layer.0.attention.key.weight";
        let json = format!(
            r#"{{"encoder.embeddings.patch_embeddings.proj.weight":{{"dtype":"F32","shape":{shape},"data_offsets":[0,0]}},"{key}":{{"dtype":"F32","shape":{shape},"data_offsets":[0,0]}}}}"#
        );
        let bytes = [&(json.len() as u64).to_le_bytes()[..], json.as_bytes()].concat();
        assert!(matches!(refused(&[bytes], &options(HEADS)), Error::Checkpoint(_)));
    }
}

#[test]
fn numbers_that_cannot_be_read_are_named_by_their_type() {
    let (config, bytes) = folder("hf_vjepa2_tiny");
    for name in ["encoder.layer.1.attention.key.weight", "encoder.embeddings.patch_embeddings.proj.weight"] {
        let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        let mut json: serde_json::Value = serde_json::from_slice(&bytes[8..8 + length]).unwrap();
        // As many bytes, of numbers a quarter as long.
        let mut shape: Vec<u64> = serde_json::from_value(json[name]["shape"].clone()).unwrap();
        shape[0] *= 4;
        json[name]["shape"] = shape.into();
        json[name]["dtype"] = "F8_E4M3".into();
        let json = serde_json::to_vec(&json).unwrap();
        let bytes = [&(json.len() as u64).to_le_bytes()[..], &json, &bytes[8 + length..]].concat();
        let error = refused(&[bytes], &options(&config));
        assert!(matches!(&error, Error::Format(FormatError::Dtype { dtype, .. }) if dtype == "F8_E4M3"), "{error}");
    }
}

/// A model of the page in int8 is for the page's own reader: its codes are no values without their scales.
#[test]
fn scales_of_codes_are_strangers_to_a_published_model() {
    let name = "encoder.blocks.0.attn.qkv.weight.scale";
    let error = refused(&[changed(|weights| reshape(weights, name, &[96]))], &options(HEADS));
    assert!(matches!(&error, Error::Checkpoint(CheckpointError::Stranger(named)) if named == name), "{error}");
}

#[test]
fn a_width_nobody_published_needs_a_configuration() {
    let error = refused(&[file(&tiny())], &LoadOptions { config: None, ..options("") });
    assert!(
        matches!(&error, Error::Checkpoint(CheckpointError::Undescribed { why }) if why.message.contains("num_attention_heads"))
    );
}

#[test]
fn a_device_that_is_too_small_is_told_before_reading() {
    let of = |max_buffer_bytes, max_total_bytes| Limits { max_buffer_bytes, max_total_bytes };
    let error = refused(&[file(&tiny())], &LoadOptions { limits: of(4096, 0), ..options(HEADS) });
    assert!(matches!(error, Error::Config(ConfigError::TooManyTokens { .. })), "{error}");
    let error = refused(&[file(&tiny())], &LoadOptions { limits: of(0, 300_000), ..options(HEADS) });
    assert!(matches!(error, Error::Config(ConfigError::TooLarge { .. })), "{error}");
    // The same model in fewer bits fits.
    let packed = LoadOptions { limits: of(0, 300_000), precision: Precision::Int8, ..options(HEADS) };
    load_all(vec![file(&tiny()).as_slice()], &packed).unwrap();
}

#[test]
fn what_the_source_says_passes_through() {
    let bytes = file(&tiny());
    for fails_after in [0, 100, bytes.len() as u64 / 2, bytes.len() as u64 - 1] {
        let source = Source { fails_after, ..Source::new(bytes.clone()) };
        let error = load_all(vec![source], &options(HEADS)).unwrap_err();
        assert_eq!((error.code(), error.to_string().as_str()), ("offline", "The network is gone."));
    }
}

#[test]
fn hostile_configurations_are_refused() {
    let fields = [
        ("num_attention_heads", 2),
        ("pred_num_attention_heads", 2),
        ("pooler_num_attention_heads", 2),
        ("crop_size", 64),
        ("frames_per_clip", 4),
    ];
    for (name, sound) in fields {
        for value in ["0", "-1", "5", "65537", "18446744073709551615", "1e400", "\"two\"", "[]"] {
            let config = HEADS.replacen(&format!("\"{name}\": {sound}"), &format!("\"{name}\": {value}"), 1);
            assert_ne!(config, HEADS, "{name}");
            if (name, value) == ("frames_per_clip", "5") {
                continue; // What is no whole tubelet is left out.
            }
            let error = refused(&[file(&tiny())], &options(&config));
            assert_eq!(error.code(), if matches!(error, Error::Config(_)) { "bad-config" } else { "bad-checkpoint" });
        }
    }
    for config in ["", "[]", "{", "null", r#"{"family": "vjepa3"}"#, r#"{"hidden_size": 32}"#, r#"{"family": 7}"#] {
        let error = refused(&[file(&tiny())], &options(config));
        assert!(matches!(error, Error::Checkpoint(CheckpointError::Config { .. })), "{config}: {error}");
    }
}

/// A folder's configuration that does not fit its weights.
#[test]
fn a_configuration_of_another_model_is_refused() {
    let (config, bytes) = folder("hf_vjepa2_tiny");
    for (field, value) in [
        ("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3"),
        ("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 65536"),
        ("\"pred_num_hidden_layers\": 3", "\"pred_num_hidden_layers\": 65536"),
        ("\"pred_num_mask_tokens\": 3", "\"pred_num_mask_tokens\": 4"),
        ("\"hidden_size\": 48", "\"hidden_size\": 96"),
        ("\"patch_size\": 16", "\"patch_size\": 12"),
        ("\"tubelet_size\": 2", "\"tubelet_size\": 0"),
        ("\"mlp_ratio\": 4.363636363636363", "\"mlp_ratio\": -1e308"),
    ] {
        let config = config.replacen(field, value, 1);
        let error = refused(std::slice::from_ref(&bytes), &options(&config));
        assert_eq!(error.code(), "bad-checkpoint", "{value}: {error}");
    }
}

#[test]
fn frames_that_do_not_fit_are_refused() {
    for frames in [1, 3, 65_538, usize::MAX] {
        let error = refused(&[file(&tiny())], &LoadOptions { frames, ..options(HEADS) });
        assert!(matches!(error, Error::Config(_)), "{frames}: {error}");
    }
}
