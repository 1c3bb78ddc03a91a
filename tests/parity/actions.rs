//! V-JEPA 2-AC against the published code: features, blocks, roll-outs, three training steps, a plan.

use crate::Outcome;
use burn::tensor::{Device, Tensor, TensorData};
use serde_json::Value;
use vjepa_web::{
    act::WorldModel,
    checkpoint::{HostTensor, Weights, random, read_safetensors},
    config::{Actions, Family, ModelConfig},
    model::{ActionPredictor, Conditions, Encoder, OptionalNetwork, Tokens, normalise_targets, normed, patches_of},
    planner::{Cost, Energy, PlanSettings, Planner},
    read::HostReads,
    recipe::{ActionRecipe, Optimiser},
    schedule::Values,
    train::{Play, Trainer},
};

/// Whether this fixture is of an action-conditioned model.
pub fn supports(json: &Value) -> bool {
    json["family"] == "V-JEPA 2-AC"
}

pub async fn check(name: &str, json: &Value, bytes: &[u8], device: &Device, tolerances: [f64; 2]) -> Vec<Outcome> {
    let (tensors, _) = read_safetensors(bytes).unwrap();
    let [tolerance, of_steps] = tolerances;
    let mut run = Run::new(json, tensors, device, Outcome::new(name, tolerance));
    run.networks().await;
    if json["cem"].is_object() {
        run.plan(&json["cem"]).await;
    }
    let networks = std::mem::replace(&mut run.outcome, Outcome::new(&format!("{name}, three steps"), of_steps));
    run.steps(json).await;
    vec![networks, run.outcome, run.later]
}

struct Run {
    config: ModelConfig,
    tensors: Weights,
    device: Device,
    /// Clips, and frames of each.
    clips: usize,
    frames: usize,
    outcome: Outcome,
    /// Gradients after the first step.
    later: Outcome,
}

/// Where a guess is about right, the sign of its error is rounding, and with it its whole share of an L1 gradient.
const LATER: f64 = 5e-3;

impl Run {
    fn new(json: &Value, tensors: Weights, device: &Device, outcome: Outcome) -> Self {
        let config = config(json);
        let shape = &tensors.0["in/frames"].shape;
        let (clips, frames) = (shape[0], shape[1]);
        let later = Outcome::new(&format!("{}, later gradients", outcome.fixture), LATER);
        Self { config, tensors, device: device.clone(), clips, frames, outcome, later }
    }

    fn tensor<const D: usize>(&self, name: &str) -> Tensor<D> {
        let HostTensor { data, shape } = self.tensors.0[name].clone();
        Tensor::from_data(TensorData::new(data, shape), &self.device)
    }

    /// Patches of frames `[B, T, 3, H, W]`, each doubled: `[B * T * hw, values]`.
    fn patches(&self, name: &str) -> Tensor<2> {
        let frames: Tensor<5> = self.tensor(name);
        let [b, t, c, h, w] = frames.dims();
        let video = frames.reshape([b * t, c, 1, h, w]).repeat_dim(2, self.config.tubelet);
        patches_of(video, self.config.tubelet, self.config.patch)
    }

    fn features(&self, encoder: &Encoder, name: &str) -> Tensor<2> {
        let (patches, frame) = (self.patches(name), vjepa_web::grid::Grid { t: 1, ..self.config.grid() });
        let tokens = Tokens::all(frame, patches.dims()[0] / frame.tokens(), &self.device);
        normalise_targets(encoder.forward(patches, frame, &tokens))
    }

    /// Of the first `frames` frames of all clips.
    fn conditions(&self, frames: usize) -> Conditions {
        let some = |name: &str| {
            let all: Tensor<3> = self.tensor(name);
            let [clips, _, dim] = all.dims();
            all.narrow(1, 0, frames).reshape([clips * frames, dim])
        };
        let extrinsics = self.config.actions.unwrap().extrinsics.then(|| some("in/extrinsics"));
        Conditions { actions: some("in/actions"), states: some("in/states"), extrinsics }
    }

    fn networks_of(&self) -> (Encoder, ActionPredictor) {
        let encoder = Encoder::load(&self.config, &mut self.tensors.below("w/"), "encoder", &self.device).unwrap();
        let predictor = ActionPredictor::load(&self.config, &mut self.tensors.below("w/"), "predictor", &self.device);
        (encoder, predictor.unwrap().unwrap())
    }

    async fn networks(&mut self) {
        let (encoder, predictor) = self.networks_of();
        let features = self.features(&encoder, "in/frames");
        let [rows, width] = features.dims();
        let per_clip = features.clone().reshape([self.clips, rows / self.clips, width]);
        let hw = self.config.grid().frame();
        let first = |frames: usize| {
            let [clips, _, width] = per_clip.dims();
            per_clip.clone().narrow(1, 0, frames * hw).reshape([clips * frames * hw, width])
        };
        let seen = self.frames - 1;
        let mut found = vec![("out/features".to_string(), features.clone())];
        let raw = predictor.forward_visiting(first(seen), self.conditions(seen), self.clips, |i, x| {
            found.push((format!("out/tf.block.{i}"), x.clone()));
        });
        found.push(("out/tf".into(), normed(raw.clone())));
        found.push(("out/tf.raw".into(), raw));
        for frames in [2, 3] {
            let rolled = predictor.roll_out(first(1), &self.conditions(frames), [self.clips, 1, frames]);
            found.push((format!("out/rollout.{frames}"), rolled));
        }
        found.push(("out/rollout.3".into(), self.cached(&predictor, first(1))));
        for (name, tensor) in found {
            self.compare(&name, tensor).await;
        }
    }

    /// The roll-out of three frames by the cache of keys and values, `[B * 3 * hw, D]`.
    fn cached(&self, predictor: &ActionPredictor, mut features: Tensor<2>) -> Tensor<2> {
        let mut so_far = predictor.start(self.clips);
        let (hw, [_, width]) = (self.config.grid().frame(), features.dims());
        let all = self.conditions(3);
        let at = |x: &Tensor<2>, t: usize| {
            let [_, dim] = x.dims();
            x.clone().reshape([self.clips, 3, dim]).narrow(1, t, 1).reshape([self.clips, dim])
        };
        let mut frames = Vec::new();
        for t in 0..3 {
            let conditions = Conditions {
                actions: at(&all.actions, t),
                states: at(&all.states, t),
                extrinsics: all.extrinsics.as_ref().map(|x| at(x, t)),
            };
            features = predictor.imagine(features, conditions, &mut so_far);
            frames.push(features.clone().reshape([self.clips, hw, width]));
        }
        Tensor::cat(frames, 1).reshape([self.clips * 3 * hw, width])
    }

    async fn compare(&mut self, name: &str, found: Tensor<2>) {
        let mut reads = HostReads::default();
        reads.add(found, |values, weights| weights.insert("found", [values.len()], values));
        let found = reads.read().await.unwrap();
        let expected = &self.tensors.0[name].data;
        self.outcome.add_tensor(name, &found.0["found"].data, expected);
    }

    async fn plan(&mut self, json: &Value) {
        let number = |key: &str| json[key].as_f64().unwrap();
        let (encoder, predictor) = self.networks_of();
        let goal = self.features(&encoder, "in/goal");
        self.compare("out/goal_features", goal.clone()).await;
        let hw = self.config.grid().frame();
        let now = self.features(&encoder, "in/frames").narrow(0, 0, hw);
        let state: Vec<f64> = self.tensors.0["in/states"].data[..7].iter().map(|x| f64::from(*x)).collect();
        let model = WorldModel::new(self.config.clone(), encoder, predictor, (None, None), &self.device).unwrap();
        let settings = PlanSettings {
            horizon: number("rollout") as usize,
            candidates: number("samples") as usize,
            rounds: number("cem_steps") as usize,
            elites: number("topk") as usize,
            momentum: [number("momentum_mean"), number("momentum_std")],
            ..PlanSettings::published()
        };
        let (rounds, horizon, count) = (settings.rounds, settings.horizon, settings.candidates);
        let mut planner = Planner::new(settings).unwrap();
        let noise = self.tensors.0["in/cem.noise"].data.clone();
        for round in 0..rounds {
            let of = |candidate: usize| {
                let step = |step: usize| {
                    let at = ((round * horizon + step) * count + candidate) * 4;
                    let [x, y, z, gripper] = [0, 1, 2, 3].map(|i| f64::from(noise[at + i]));
                    [x, y, z, 0.0, 0.0, 0.0, gripper]
                };
                (0..horizon).flat_map(step).collect::<Vec<f64>>()
            };
            let noise: Vec<Vec<f64>> = (0..count).map(of).collect();
            let candidates = planner.propose_from(&noise).to_vec();
            let costs = model
                .weigh(&now, &state, &candidates, (&goal, Energy::Features), None)
                .await
                .unwrap()
                .costs(Cost::Last);
            let expected = self.tensors.0["out/cem.energies"].data[round * count..][..count].to_vec();
            let found: Vec<f32> = costs.iter().map(|cost| *cost as f32).collect();
            self.outcome.add_tensor(&format!("energies of round {round}"), &found, &expected);
            planner.learn(&costs);
        }
        let plan: Vec<f32> = planner.plan().into_iter().map(|x| x as f32).collect();
        self.outcome.add_tensor("the plan", &plan, &self.tensors.0["out/cem.action"].data.clone());
    }

    /// Three steps as published: a frozen encoder, teacher forcing and a roll-out of two frames, AdamW.
    async fn steps(&mut self, json: &Value) {
        let mut weights = random(&self.config, 0);
        weights.extend(self.tensors.below("w/encoder.").prefixed("encoder."));
        weights.extend(self.tensors.below("w/predictor.").prefixed("action_predictor."));
        let mut trainer = Trainer::load(&self.config, weights, 0, &self.device).unwrap();
        let recipe = ActionRecipe {
            roll_out: 2,
            encoder: false,
            masked: 0.0,
            inverse: 0.0,
            reflex: 0.0,
            distance: 0.0,
            imagined_states: false,
            ..ActionRecipe::default()
        };
        let play = self.play();
        let number = |key: &str| json["adamw"][key].as_f64().unwrap();
        let rates = Values { learning_rate: number("lr"), weight_decay: number("weight_decay"), momentum: 1.0 };
        for (step, log) in json["log"].as_array().unwrap().iter().enumerate() {
            let loss = trainer.action_loss(self.patches("in/frames"), &play, &recipe).unwrap();
            let mut gradients = loss.backward();
            let mut reads = HostReads::default();
            reads.add(loss.inner(), |values, weights| weights.insert("loss", [1], values));
            let actions = trainer.actions.as_mut().unwrap();
            for group in actions.predictor.groups() {
                if let Some(gradient) = group.value.grad(&gradients) {
                    group.collect_published("", gradient, &mut reads);
                }
            }
            self.compare_gradients(step, &reads.read().await.unwrap(), log);
            actions.update(&mut gradients, rates, None, Optimiser::default());
        }
        let mut reads = HostReads::default();
        trainer.collect(&mut reads);
        let found = reads.read().await.unwrap();
        let expected = self.tensors.below("out/after3.predictor.");
        assert!(!expected.0.is_empty(), "the fixture records no parameters");
        for (name, expected) in &expected.0 {
            let found = &found.0[&format!("action_predictor.{name}")];
            self.outcome.add_tensor(&format!("{name} after 3 steps"), &found.data, &expected.data);
        }
    }

    fn compare_gradients(&mut self, step: usize, found: &Weights, log: &Value) {
        let difference = f64::from(found.0["loss"].data[0]) - log["loss"].as_f64().unwrap();
        self.outcome.add(&format!("loss {step}"), difference.abs());
        for (name, norm) in log["grad_l2"].as_object().unwrap() {
            let squares = found.0[name].data.iter().map(|g| f64::from(*g).powi(2));
            let difference = squares.sum::<f64>().sqrt() - norm.as_f64().unwrap();
            let outcome = if step == 0 { &mut self.outcome } else { &mut self.later };
            outcome.add(&format!("norm of gradient {step} of {name}"), difference.abs());
        }
        for name in log["no_grad"].as_array().unwrap() {
            let absent = !found.0.contains_key(name.as_str().unwrap());
            self.outcome.add(&format!("no gradient of {name}"), if absent { 0.0 } else { f64::INFINITY });
        }
        if step == 0 {
            for (name, expected) in &self.tensors.below("out/grad1.").0 {
                self.outcome.add_tensor(&format!("gradient of {name}"), &found.0[name].data, &expected.data);
            }
        }
    }

    /// Actions and states clip by clip; the last action of a clip, which the fixture lacks, is not used.
    fn play(&self) -> Play {
        let padded = |name: &str| -> Vec<f32> {
            let HostTensor { data, shape } = &self.tensors.0[name];
            let missing = (self.frames - shape[1]) * shape[2];
            data.chunks(shape[1] * shape[2]).flat_map(|clip| [clip, &vec![0.0; missing]].concat()).collect()
        };
        Play {
            actions: padded("in/actions"),
            states: padded("in/states"),
            first: 0,
            extrinsics: self.config.actions.unwrap().extrinsics.then(|| padded("in/extrinsics")),
        }
    }
}

fn config(json: &Value) -> ModelConfig {
    let json = &json["config"];
    let number = |key: &str| json[key].as_u64().unwrap() as usize;
    let width = number("predictor_width");
    let actions = Actions {
        dim: number("action_dim"),
        extrinsics: json["extrinsics"].as_bool().unwrap(),
        width,
        depth: number("predictor_depth"),
        heads: number("predictor_heads"),
        mlp: number("mlp_ratio") * width,
        reflex: false,
        distance: false,
    };
    ModelConfig {
        name: "fixture".into(),
        frames: number("frames") * number("tubelet"),
        size: number("size"),
        patch: number("patch"),
        tubelet: number("tubelet"),
        width: number("width"),
        depth: number("depth"),
        heads: number("heads"),
        mlp: number("mlp_ratio") * number("width"),
        actions: Some(actions),
        ..ModelConfig::preset("nano", Family::VJepa2).unwrap()
    }
}
