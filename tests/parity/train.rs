//! Three whole training steps against the published code: losses, gradients, parameters.

use crate::Outcome;
use burn::tensor::{Device, Gradients, Tensor, TensorData};
use serde_json::Value;
use vjepa_web::{
    checkpoint::{Weights, read_safetensors},
    config::{Family, ModelConfig},
    mask::Masks,
    model::{Group, patches_of},
    read::HostReads,
    schedule::Values,
    train::Trainer,
};

/// Whether this fixture is a training step of a family that is supported.
pub fn supports(json: &Value) -> bool {
    family(json).is_some()
}

fn family(json: &Value) -> Option<Family> {
    let note = json["note"].as_str().filter(|_| json["family"] == "training step")?;
    match (note.starts_with("V-JEPA 1 "), note.starts_with("V-JEPA 2 ")) {
        (true, _) => Some(Family::VJepa1),
        (_, true) => Some(Family::VJepa2),
        _ => None,
    }
}

pub async fn check(name: &str, json: &Value, bytes: &[u8], device: &Device, tolerance: f64) -> Outcome {
    let (tensors, _) = read_safetensors(bytes).unwrap();
    Run::new(name, json, tensors, device, tolerance).all_steps(json).await
}

struct Run {
    trainer: Trainer,
    masks: Vec<Masks>,
    tensors: Weights,
    rates: Values,
    device: Device,
    outcome: Outcome,
}

impl Run {
    fn new(name: &str, json: &Value, tensors: Weights, device: &Device, tolerance: f64) -> Self {
        let number = |key: &str| json[key].as_f64().unwrap_or_else(|| panic!("no {key}"));
        let config = config(json, &tensors, family(json).unwrap());
        Self {
            trainer: Trainer::load(&config, tensors.below("w/"), 0, device).unwrap(),
            masks: masks(&tensors),
            rates: Values {
                learning_rate: number("lr"),
                weight_decay: number("weight_decay"),
                momentum: number("ema_momentum"),
            },
            tensors,
            device: device.clone(),
            outcome: Outcome::new(name, tolerance),
        }
    }

    async fn all_steps(mut self, json: &Value) -> Outcome {
        let log = json["log"].as_array().unwrap();
        for (step, log) in log.iter().enumerate() {
            let video = self.tensors.0[&format!("in/video.{step}")].clone();
            let video: Tensor<5> = Tensor::from_data(TensorData::new(video.data, video.shape), &self.device);
            self.trainer.clip = log["clip"].as_f64();
            let patches = patches_of(video, self.trainer.config.tubelet, self.trainer.config.patch);
            let loss = self.trainer.loss(patches, &self.masks).loss;
            let gradients = loss.backward();
            let mut reads = HostReads::default();
            reads.add(loss.inner(), |values, weights| weights.insert("loss", [1], values));
            named_gradients(self.trainer.encoder.groups(), "encoder", &gradients, &mut reads);
            named_gradients(self.trainer.predictor.groups(), "predictor", &gradients, &mut reads);
            self.compare_gradients(step, &reads.read().await.unwrap(), log);
            self.trainer.apply(gradients, self.rates);
        }
        self.compare_parameters(log.len()).await;
        self.outcome
    }

    fn compare_gradients(&mut self, step: usize, found: &Weights, log: &Value) {
        let difference = f64::from(found.0["loss"].data[0]) - log["loss"].as_f64().unwrap();
        self.outcome.add(&format!("loss {step}"), difference.abs());
        for (name, norm) in log["grad_l2"].as_object().unwrap() {
            let squares = found.0[name].data.iter().map(|g| f64::from(*g).powi(2));
            let difference = squares.sum::<f64>().sqrt() - norm.as_f64().unwrap();
            self.outcome.add(&format!("norm of gradient {step} of {name}"), difference.abs());
        }
        for name in log["no_grad"].as_array().unwrap() {
            let absent = !found.0.contains_key(name.as_str().unwrap());
            self.outcome.add(&format!("no gradient of {name}"), if absent { 0.0 } else { f64::INFINITY });
        }
        if step == 0 {
            for (name, expected) in &self.tensors.below("out/grad.").0 {
                self.outcome.add_tensor(&format!("gradient of {name}"), &found.0[name].data, &expected.data);
            }
        }
    }

    async fn compare_parameters(&mut self, steps: usize) {
        let mut reads = HostReads::default();
        self.trainer.collect(&mut reads);
        let found = reads.read().await.unwrap();
        let expected = self.tensors.below(&format!("out/after{steps}."));
        assert!(!expected.0.is_empty(), "the fixture records no parameters");
        for (name, expected) in &expected.0 {
            self.outcome.add_tensor(&format!("{name} after {steps} steps"), &found.0[name].data, &expected.data);
        }
    }
}

/// The fixtures record no configuration: read it off the weights. All have two heads.
fn config(json: &Value, tensors: &Weights, family: Family) -> ModelConfig {
    let shape = |name: &str| tensors.0[&format!("w/{name}")].shape.clone();
    let count = |part: &str| (0..).take_while(|i| tensors.0.contains_key(&part.replace("{}", &i.to_string()))).count();
    let heads = json["config"]["num_heads"].as_u64().unwrap_or(2) as usize;
    let patch = shape("encoder.patch_embed.proj.weight");
    let video = &tensors.0["in/video.0"].shape;
    ModelConfig {
        family,
        name: "fixture".into(),
        frames: video[2],
        size: video[3],
        patch: patch[3],
        tubelet: patch[2],
        width: patch[0],
        depth: count("w/encoder.blocks.{}.norm1.weight"),
        heads,
        mlp: shape("encoder.blocks.0.mlp.fc1.weight")[0],
        predictor_width: shape("predictor.predictor_embed.weight")[0],
        predictor_depth: count("w/predictor.predictor_blocks.{}.norm1.weight"),
        predictor_heads: heads,
        predictor_mlp: shape("predictor.predictor_blocks.0.mlp.fc1.weight")[0],
        mask_tokens: count("w/predictor.mask_tokens.{}"),
        batch: video[0],
        ..ModelConfig::preset("nano", family).unwrap()
    }
}

fn masks(tensors: &Weights) -> Vec<Masks> {
    let ids = |name: String| {
        let tensor = tensors.0.get(&name)?;
        let list = |row: &[f32]| row.iter().map(|&id| id as u32).collect();
        Some(tensor.data.chunks(tensor.shape[1]).map(list).collect())
    };
    let pair = |i| Some(Masks { context: ids(format!("in/ctx.{i}"))?, target: ids(format!("in/tgt.{i}"))? });
    (0..).map_while(pair).collect()
}

/// Gradients under the published names and in their orientation.
fn named_gradients<'a>(
    groups: impl Iterator<Item = &'a Group>,
    prefix: &str,
    gradients: &Gradients,
    reads: &mut HostReads,
) {
    for group in groups {
        if let Some(gradient) = group.value.grad(gradients) {
            group.collect_published(prefix, gradient, reads);
        }
    }
}
