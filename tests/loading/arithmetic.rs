//! Configurations that change what a model computes, against what transformers makes of the same weights with the same
//! configuration (`tests/tools/arithmetic_fixtures.py`).

use super::*;
use serde_json::{Map, Value, json};
use source::file;
use unzip::unzip;
use vjepa_web::{Session, checkpoint::FileDtype};

/// The references' own noise is below 1e-5.
const TOLERANCE: f32 = 2e-5;

/// A folder, the text of its `config.json` with these fields in it, and its weights.
fn changed(changes: &Map<String, Value>) -> (String, Vec<u8>) {
    let mut changes = changes.clone();
    let name = changes.remove("folder");
    let (config, bytes) = folder(name.as_ref().and_then(Value::as_str).unwrap_or("hf_vjepa2_tiny_cls"));
    let mut config: Map<String, Value> = serde_json::from_str(&config).unwrap();
    config.extend(changes.clone());
    let bytes = match changes.get("qkv_bias") {
        Some(Value::Bool(false)) => without_biases(&bytes),
        _ => bytes,
    };
    (Value::Object(config).to_string(), bytes)
}

/// The file that transformers would write without biases of queries, keys and values.
fn without_biases(bytes: &[u8]) -> Vec<u8> {
    let mut weights = read_safetensors(bytes).unwrap().0;
    let bias =
        |name: &str| ["query", "key", "value"].iter().any(|part| name.ends_with(&format!(".attention.{part}.bias")));
    weights.0.retain(|name, _| !bias(name));
    file(&weights)
}

/// As the port computes: the context is what the encoder of all tokens makes of its rows, and mask token 1 stands in.
fn as_the_port(loaded: &Loaded) -> [Vec<f32>; 3] {
    let (config, device) = (&loaded.config, Device::flex());
    let (grid, video) = (config.grid(), video(config));
    let features = loaded.encoder.forward(video, grid, &Tokens::all(grid, 1, &device));
    let (context, target): (Vec<u32>, Vec<u32>) = (0..grid.tokens() as u32).partition(|token| token % 3 > 0);
    let rows: Vec<i32> = context.iter().map(|&token| token as i32).collect();
    let count = rows.len();
    let seen = features.clone().select(0, Tensor::from_data(TensorData::new(rows, [count]), &device));
    let hidden = Hidden::new(&[Masks { context: vec![context], target: vec![target] }], &[0], grid, &device);
    let predicted = loaded.predictor.as_ref().unwrap().forward(seen, &hidden, &[1]);
    let logits = loaded.classifier.as_ref().map(|classifier| classifier.forward(features.clone(), 1));
    let read = |tensor: Tensor<2>| tensor.into_data().try_into_vec().unwrap();
    [read(features), read(predicted), logits.map_or(Vec::new(), read)]
}

fn furthest(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter()
        .zip(b)
        .fold(0.0, |worst: f32, (a, b)| if (a - b).is_nan() { f32::INFINITY } else { worst.max((a - b).abs()) })
}

#[test]
fn a_configuration_is_computed_as_transformers_does() {
    let bytes = std::fs::read(fixture("../arithmetic.safetensors")).unwrap();
    let (expected, cases) = read_safetensors(&bytes).unwrap();
    assert!(cases.len() > 15);
    for (name, changes) in cases {
        let (config, bytes) = changed(&serde_json::from_str(&changes).unwrap());
        let loaded = load_all(vec![bytes.as_slice()], &options(&config)).unwrap_or_else(|e| panic!("{name}: {e}"));
        for (what, found) in ["features", "predicted", "logits"].iter().zip(as_the_port(&loaded)) {
            let Some(expected) = expected.0.get(&format!("{name}.{what}")) else { continue };
            let worst = furthest(&found, &expected.data);
            println!("{name} {what}: {worst:.1e}");
            assert!(worst < TOLERANCE, "{what} of {name} ({changes}) are {worst} off");
        }
    }
}

#[test]
fn what_cannot_be_computed_is_named() {
    for (changes, named) in [
        (json!({"hidden_act": "mish"}), "hidden_act"),
        (json!({"layer_norm_eps": -1e-6}), "layer_norm_eps"),
        (json!({"layer_norm_eps": "1e-6"}), "layer_norm_eps"),
        (json!({"use_SiLU": true}), "use_SiLU"),
        (json!({"in_chans": 1}), "in_chans"),
        (json!({"patch_size": [16, 8]}), "patch_size"),
        (json!({"mlp_ratio": 3.0}), "mlp_ratio"),
        (json!({"pred_mlp_ratio": 3.0}), "pred_mlp_ratio"),
        (json!({"pred_hidden_size": 48}), "pred_hidden_size"),
        (json!({"num_pooler_layers": 4}), "pooler.blocks.3"),
        (json!({"num_hidden_layers": 4}), "blocks.3"),
    ] {
        let (config, bytes) = changed(changes.as_object().unwrap());
        let error = load_all(vec![bytes.as_slice()], &options(&config)).unwrap_err();
        println!("{error}");
        assert!(error.to_string().contains(named) && error.code() == "bad-checkpoint", "{changes}: {error}");
    }
    // Biases that a configuration denies.
    let (config, bytes) = folder("hf_vjepa2_tiny");
    let config = config.replacen("\"qkv_bias\": true", "\"qkv_bias\": false", 1);
    let error = load_all(vec![bytes.as_slice()], &options(&config)).unwrap_err();
    assert!(error.to_string().contains("qkv_bias"), "{error}");
}

#[test]
fn a_preprocessor_of_another_kind_is_named() {
    let (config, bytes) = folder("hf_vjepa2_tiny");
    let with = |text: &str| {
        let options = LoadOptions { preprocessor: Some(text.into()), ..options(&config) };
        load_all(vec![bytes.as_slice()], &options).map(|_| ())
    };
    with(r#"{"image_mean": [0.485, 0.456, 0.406], "crop_size": 48, "size": {"shortest_edge": 54}}"#).unwrap();
    for (text, named) in [
        (r#"{"image_mean": [0.5, 0.5, 0.5]}"#, "image_mean"),
        (r#"{"image_std": [0.5, 0.5, 0.5]}"#, "image_std"),
        (r#"{"crop_size": {"height": 64, "width": 64}}"#, "crop_size"),
    ] {
        let error = with(text).unwrap_err().to_string();
        assert!(error.contains(named), "{error}");
    }
}

/// Arithmetic goes along with an export, and so into whatever opens it again.
#[test]
fn an_export_computes_what_its_model_did() {
    let changes = json!({"folder": "hf_vjepa2_tiny", "layer_norm_eps": 1e-3, "hidden_act": "gelu_new"});
    let (config, bytes) = changed(changes.as_object().unwrap());
    let loaded = load_all(vec![bytes.as_slice()], &options(&config)).unwrap();
    let expected = numbers(&loaded);
    let mut zip = Vec::new();
    let sink = async |chunk: &[u8]| {
        zip.extend_from_slice(chunk);
        Ok(())
    };
    pollster::block_on(Session::frozen(loaded, Device::flex()).export(FileDtype::F32, sink)).unwrap();
    let files = unzip(&zip);
    let read = |file: &str| files[&format!("vjepa2-tiny/{file}")].clone();
    let config = String::from_utf8(read("config.json")).unwrap();
    let fields: Value = serde_json::from_str(&config).unwrap();
    assert_eq!((&fields["hidden_act"], &fields["layer_norm_eps"]), (&json!("gelu_pytorch_tanh"), &json!(1e-3)));
    let preprocessor = Some(String::from_utf8(read("video_preprocessor_config.json")).unwrap());
    let options = LoadOptions { preprocessor, ..options(&config) };
    let again = load_all(vec![read("model.safetensors").as_slice()], &options).unwrap();
    assert!(numbers(&again) == expected);
}

/// V-JEPA 1 stores its positions, which are computed here.
#[test]
fn positions_that_are_not_the_published_ones_are_named() {
    let bytes = std::fs::read(fixture("vjepa1_tiny_meta_layout.pth.tar")).unwrap();
    let loaded = load_all(vec![bytes.as_slice()], &options(HEADS)).unwrap();
    for frames in ["2", "8"] {
        let other = HEADS.replacen("\"frames_per_clip\": 4", &format!("\"frames_per_clip\": {frames}"), 1);
        let error = load_all(vec![bytes.as_slice()], &options(&other)).unwrap_err();
        assert!(error.to_string().contains("positions"), "{frames}: {error}");
    }
    let session = Session::frozen(loaded, Device::flex());
    let mut zip = Vec::new();
    let sink = async |chunk: &[u8]| {
        zip.extend_from_slice(chunk);
        Ok(())
    };
    pollster::block_on(session.export(FileDtype::F32, sink)).unwrap();
    let mut weights = read_safetensors(&unzip(&zip)["vjepa1-tiny/model.safetensors"]).unwrap().0;
    let (width, tokens) = (session.config().width, session.config().grid().tokens());
    let table = vjepa_web::model::position::sincos_table(session.config().grid(), width);
    weights.insert("encoder.pos_embed", [1, tokens, width], table.clone());
    load_all(vec![file(&weights).as_slice()], &options(HEADS)).unwrap();
    let learned = table.iter().map(|value| value * 0.5).collect();
    weights.insert("encoder.pos_embed", [1, tokens, width], learned);
    let error = load_all(vec![file(&weights).as_slice()], &options(HEADS)).unwrap_err();
    assert!(error.to_string().contains("encoder.pos_embed"), "{error}");
}
