//! Three whole training steps against the published code: losses, gradients, parameters.

use crate::{F32, Outcome};
use burn::{
    module::{Module, ModuleVisitor, Param},
    tensor::{Device, Gradients, Tensor, TensorData},
};
use serde_json::Value;
use std::path::Path;
use vjepa_web::{
    checkpoint::{HostReads, Weights, published, read_safetensors},
    config::{Family, ModelConfig},
    mask::Masks,
    schedule::Values,
    train::Trainer,
};

pub fn check(folder: &Path, name: &str, json: &Value) -> Option<Outcome> {
    if json.get("family")?.as_str()? != "training step" || !json["note"].as_str()?.contains("V-JEPA") {
        return None;
    }
    let note = json["note"].as_str()?;
    let family = match (note.starts_with("V-JEPA 1"), note.starts_with("V-JEPA 2 ")) {
        (true, _) => Family::VJepa1,
        (_, true) => Family::VJepa2,
        _ => return None,
    };
    let bytes = std::fs::read(folder.join(format!("{name}.safetensors"))).unwrap();
    let (tensors, _) = read_safetensors(&bytes).unwrap();
    Some(Run::new(name, json, tensors, family).three_steps(json))
}

struct Run {
    trainer: Trainer,
    masks: Vec<Masks>,
    tensors: Weights,
    rates: Values,
    outcome: Outcome,
}

impl Run {
    fn new(name: &str, json: &Value, tensors: Weights, family: Family) -> Self {
        let number = |key: &str| json[key].as_f64().unwrap_or_else(|| panic!("no {key}"));
        let config = config(json, &tensors, family);
        Self {
            trainer: Trainer::load(&config, tensors.below("w/"), 0, &Device::flex()).unwrap(),
            masks: masks(&tensors),
            rates: Values {
                learning_rate: number("lr"),
                weight_decay: number("weight_decay"),
                momentum: number("ema_momentum"),
            },
            tensors,
            outcome: Outcome::new(name, F32),
        }
    }

    fn three_steps(mut self, json: &Value) -> Outcome {
        for (step, log) in json["log"].as_array().unwrap().iter().enumerate() {
            let video = &self.tensors.0[&format!("in/video.{step}")];
            let video: Tensor<5> =
                Tensor::from_data(TensorData::new(video.data.clone(), video.shape.clone()), &Device::flex());
            self.trainer.clip = log["clip"].as_f64();
            let loss = self.trainer.loss(video, &self.masks).loss;
            let gradients = loss.backward();
            let difference = f64::from(loss.into_scalar::<f32>()) - log["loss"].as_f64().unwrap();
            self.outcome.add(&format!("loss {step}"), difference.abs());
            self.compare_gradients(step, &gradients, log);
            self.trainer.apply(gradients, self.rates);
        }
        self.compare_parameters(json["log"].as_array().unwrap().len());
        self.outcome
    }

    fn compare_gradients(&mut self, step: usize, gradients: &Gradients, log: &Value) {
        let mut reads = HostReads::default();
        named_gradients(&self.trainer.encoder, "encoder", gradients, &mut reads);
        named_gradients(&self.trainer.predictor, "predictor", gradients, &mut reads);
        let found = pollster::block_on(reads.read()).unwrap();
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

    fn compare_parameters(&mut self, steps: usize) {
        let mut reads = HostReads::default();
        self.trainer.collect(&mut reads);
        let found = pollster::block_on(reads.read()).unwrap();
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
fn named_gradients(module: &impl Module, prefix: &str, gradients: &Gradients, reads: &mut HostReads) {
    struct Named<'a> {
        path: Vec<String>,
        gradients: &'a Gradients,
        reads: &'a mut HostReads,
    }
    impl ModuleVisitor for Named<'_> {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            if let Some(gradient) = param.grad(self.gradients) {
                self.reads.add(self.path.join("."), gradient, D == 2);
            }
        }
        fn enter_module(&mut self, name: &str, _: &str) {
            self.path.push(published(name).into());
        }
        fn exit_module(&mut self, _: &str, _: &str) {
            self.path.pop();
        }
    }
    module.visit(&mut Named { path: vec![prefix.into()], gradients, reads });
}
