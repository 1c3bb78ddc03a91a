//! Writes what the page proves itself with: `www/assets/proof/*.safetensors` from the fixtures of the reference.
//!
//! `cargo run --example proof_fixtures`
//!
//! Of each fixture that is one clip, the weights it needs and the outputs that the reference gave; `session/proof.rs`
//! says how such a file looks and reads it.

use burn::tensor::Device;
use serde_json::{Value, json};
use std::{collections::HashMap, error::Error, fs, path::Path};
use vjepa_web::{
    ModelConfig,
    checkpoint::{HostTensor, LoadOptions, Weights, from_hugging_face, load, read_safetensors, write_safetensors},
    config::Limits,
    precision::Precision,
};

/// A file to write, and what its parts are called in the fixture.
struct Proof {
    file: &'static str,
    fixture: &'static str,
    context: &'static str,
    target: &'static str,
    predicted: &'static str,
}

const PROOFS: [Proof; 3] = [
    Proof {
        file: "vjepa1",
        fixture: "vjepa1_a_encpred",
        context: "in/ctx.0",
        target: "in/tgt.0",
        predicted: "out/pred.0",
    },
    Proof {
        file: "vjepa2",
        fixture: "vjepa2_a_encpredcls",
        context: "in/context_mask",
        target: "in/target_mask",
        predicted: "out/pred_on_masked.mask_index0",
    },
    Proof {
        file: "vjepa21",
        fixture: "vjepa21_a_4levels",
        context: "in/ctx",
        target: "in/tgt",
        predicted: "out/pred.target",
    },
];

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = root.join("www/assets/proof");
    fs::create_dir_all(&folder)?;
    let mut index = Vec::new();
    for proof in PROOFS {
        let source = root.join("tests/fixtures").join(proof.fixture);
        let json: Value = serde_json::from_str(&fs::read_to_string(source.with_extension("json"))?)?;
        let (tensors, _) = read_safetensors(&fs::read(source.with_extension("safetensors"))?)?;
        let bytes = proof.file(&json, &tensors)?;
        let name = format!("{}.safetensors", proof.file);
        println!("{name}: {} bytes", bytes.len());
        fs::write(folder.join(&name), bytes)?;
        index.push(name);
    }
    fs::write(folder.join("index.json"), serde_json::to_string(&index)? + "\n")?;
    Ok(())
}

impl Proof {
    fn file(&self, json: &Value, tensors: &Weights) -> Result<Vec<u8>, Box<dyn Error>> {
        let named = |name: &str| tensors.0.get(name).ok_or_else(|| format!("{}: no {name}", self.fixture));
        let ported = json["config"]["hidden_size"].is_number();
        let mut weights = published(tensors.below("w/"))?;
        let config = described(&weights, json, ported)?;
        let video = first(named("in/video")?);
        let (frames, size) = (config.frames, config.size);
        let pixels = if ported { channels_first(&video, frames, size * size) } else { video };
        weights.insert("in.video", [1, 3, frames, size, size], pixels);
        for (ours, theirs) in [
            ("in.context", self.context),
            ("in.target", self.target),
            ("out.features", "out/enc.final"),
            ("out.predicted", self.predicted),
        ] {
            let tensor = named(theirs)?;
            weights.insert(ours, &tensor.shape[1..], first(tensor));
        }
        if config.classifier.is_some() {
            let logits = named("out/logits")?;
            weights.insert("out.logits", &logits.shape[1..], first(logits));
        }
        Ok(write_safetensors(&weights, self.metadata(json, &config)?)?)
    }

    fn metadata(&self, json: &Value, config: &ModelConfig) -> Result<HashMap<String, String>, serde_json::Error> {
        let text = |key: &str| json[key].as_str().unwrap_or_default().to_string();
        let metadata = [
            ("name", text("family")),
            ("origin", text("reference")),
            ("fixture", self.fixture.into()),
            ("config", serde_json::to_string(config)?),
        ];
        Ok(metadata.map(|(key, value)| (key.to_string(), value)).into())
    }
}

/// Without the predictor's positions, which the engine computes itself (the encoder's tell the family), and without V-JEPA 1's probe: V-JEPA 2's stands for both.
fn published(weights: Weights) -> Result<Weights, Box<dyn Error>> {
    let mut weights = from_hugging_face(weights)?;
    weights.0.retain(|name, _| name != "predictor.predictor_pos_embed" && !name.starts_with("probe."));
    Ok(weights)
}

/// The configuration as the loader finds it, with what shapes don't tell from the fixture's own.
fn described(weights: &Weights, json: &Value, ported: bool) -> Result<ModelConfig, Box<dyn Error>> {
    let (given, name) = (&json["config"], json["family"].as_str().unwrap_or_default());
    let hints = json!({
        "crop_size": given["img_size"],
        "frames_per_clip": given["num_frames"],
        "num_attention_heads": given["num_heads"],
        "pred_num_attention_heads": given["predictor_num_heads"],
        "pred_interpolate_rope": given["interpolate_rope"],
    });
    let config = if ported { given.to_string() } else { hints.to_string() };
    let options = LoadOptions {
        name: name.into(),
        config: Some(config),
        preprocessor: None,
        frames: 0,
        precision: Precision::F32,
        limits: Limits::default(),
    };
    let file = write_safetensors(weights, HashMap::new())?;
    Ok(pollster::block_on(load(vec![file.as_slice()], &options, &Device::flex(), |_| {}))?.config)
}

/// The first clip's part.
fn first(tensor: &HostTensor) -> Vec<f32> {
    tensor.data[..tensor.data.len() / tensor.shape[0]].to_vec()
}

/// `[T, 3, pixels]` -> `[3, T, pixels]`.
fn channels_first(video: &[f32], frames: usize, pixels: usize) -> Vec<f32> {
    let plane = |c: usize, t: usize| &video[(t * 3 + c) * pixels..][..pixels];
    (0..3).flat_map(|c| (0..frames).flat_map(move |t| plane(c, t).iter().copied())).collect()
}
