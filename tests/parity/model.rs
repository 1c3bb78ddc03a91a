//! Encoders and predictors of V-JEPA 1 and 2 against the published code and the Hugging Face port.

use crate::{F32, Outcome};
use burn::tensor::{Device, Tensor, TensorData};
use serde_json::Value;
use vjepa_web::{
    checkpoint::{HostReads, Weights, from_hugging_face, hugging_face_config, read_safetensors},
    config::{Family, ModelConfig},
    grid::Grid,
    model::{
        Encoder, Predictor, TokenIds, normalise_targets,
        position::{resize_table, sincos_table},
    },
};

/// Whether this fixture is a network of a family that is supported.
pub fn supports(json: &Value) -> bool {
    matches!(json["family"].as_str(), Some("V-JEPA 1" | "V-JEPA 2")) && json["config"].is_object()
}

pub async fn check(name: &str, json: &Value, bytes: &[u8], device: &Device) -> Outcome {
    let config = match json["family"].as_str() {
        Some("V-JEPA 1") => vjepa1_config(&json["config"]),
        _ => hugging_face_config(&json["config"].to_string()).unwrap(),
    };
    let mut fixture = Fixture::read(name, bytes, config, device);
    match fixture.config.family {
        Family::VJepa1 => fixture.vjepa1(json),
        Family::VJepa2 => fixture.vjepa2(),
    }
    fixture.finish().await
}

fn vjepa1_config(json: &Value) -> ModelConfig {
    let number = |key: &str| json[key].as_u64().unwrap_or_else(|| panic!("no {key}")) as usize;
    let ratio = json["mlp_ratio"].as_f64().unwrap();
    let hidden = |width: usize| (width as f64 * ratio) as usize;
    ModelConfig {
        family: Family::VJepa1,
        name: "fixture".into(),
        frames: number("num_frames"),
        size: number("img_size"),
        patch: number("patch_size"),
        tubelet: number("tubelet_size"),
        width: number("embed_dim"),
        depth: number("depth"),
        heads: number("num_heads"),
        mlp: hidden(number("embed_dim")),
        predictor_width: number("predictor_embed_dim"),
        predictor_depth: number("predictor_depth"),
        predictor_heads: number("predictor_num_heads"),
        predictor_mlp: hidden(number("predictor_embed_dim")),
        mask_tokens: number("num_mask_tokens"),
        batch: 1,
    }
}

/// A network and the tensors it was recorded with.
struct Fixture {
    config: ModelConfig,
    encoder: Encoder,
    predictor: Predictor,
    inputs: Weights,
    outputs: Weights,
    device: Device,
    /// What was found, to be read from the device at once.
    found: HostReads,
    outcome: Outcome,
}

impl Fixture {
    fn read(name: &str, bytes: &[u8], config: ModelConfig, device: &Device) -> Self {
        let (tensors, _) = read_safetensors(bytes).unwrap();
        let mut weights = tensors.below("w/");
        if config.family == Family::VJepa2 {
            weights = from_hugging_face(weights).unwrap();
        }
        Self {
            encoder: Encoder::load(&config, &mut weights, "encoder", device).unwrap(),
            predictor: Predictor::load(&config, &mut weights, "predictor", device).unwrap(),
            inputs: tensors.below("in/"),
            outputs: tensors.below("out/"),
            outcome: Outcome::new(name, F32),
            config,
            device: device.clone(),
            found: HostReads::default(),
        }
    }

    fn vjepa1(&mut self, json: &Value) {
        let video = self.video("video");
        let features = self.encode_all("enc.patch", &video);
        let (mut losses, mut masks) = (Tensor::<1>::zeros([1], &self.device), 0);
        while let Some((context, target)) = self.masks(&format!("ctx.{masks}"), &format!("tgt.{masks}")) {
            let seen = self.encoder.forward(video.clone(), Some(&context));
            self.compare(&format!("enc_masked.{masks}"), &seen);
            let predicted = self.predict(seen, &context, &target, masks, |i| format!("pred.block.{i}.mask{masks}"));
            self.compare(&format!("pred.{masks}"), &predicted);
            let expected = target.gather(normalise_targets(features.clone()));
            self.compare(&format!("target_ln.{masks}"), &expected);
            losses = losses + (predicted - expected).abs().mean();
            masks += 1;
        }
        let loss = json["loss_l1_mean_over_masks"].as_f64().unwrap();
        self.outputs.insert("loss", [1], vec![loss as f32]);
        self.compare("loss", &losses.div_scalar(masks as f64));
        self.other_sizes();
    }

    /// Clips of other sizes: the position table is resized.
    fn other_sizes(&mut self) {
        for i in 0.. {
            let name = format!("video_alt.{i}");
            if !self.inputs.0.contains_key(&name) {
                break;
            }
            let video = self.video(&name);
            let [_, _, t, h, w] = video.dims();
            let ModelConfig { tubelet, patch, width, .. } = self.config;
            let (from, to) = (self.config.grid(), Grid { t: t / tubelet, h: h / patch, w: w / patch });
            let table = resize_table(&sincos_table(from, width), from, to, width);
            let table = Tensor::<1>::from_data(TensorData::new(table.clone(), [table.len()]), &self.device);
            self.compare(&format!("pos_embed_alt.{i}"), &table);
            let features = self.encoder.forward(video, None);
            self.compare(&format!("enc_alt.{i}"), &features);
        }
    }

    fn vjepa2(&mut self) {
        let video: Tensor<5> = self.video("video").permute([0, 2, 1, 3, 4]); // Hugging Face: [B, T, C, H, W]
        let features = self.encode_all("enc.embed", &video);
        let [before, after] = self.encoder.first_queries_keys(video.clone());
        for (what, [q, k]) in [("pre", before), ("rot", after)] {
            self.compare(&format!("enc.block.0.q_{what}"), &q.swap_dims(1, 2));
            self.compare(&format!("enc.block.0.k_{what}"), &k.swap_dims(1, 2));
        }
        let (context, target) = self.masks("context_mask", "target_mask").unwrap();
        let seen = context.gather(features.clone());
        self.compare("enc.context_features", &seen);
        self.compare("pred.target_features", &target.gather(features));
        self.sorted_blocks(&seen, &context, &target);
        let predicted = self.predictor.forward(seen, &context, &target, 1);
        self.compare("pred.final", &predicted);
        let masked = self.encoder.forward(video, Some(&context));
        self.compare("enc_masked.final", &masked);
        for token in [0, 1] {
            let predicted = self.predictor.forward(masked.clone(), &context, &target, token);
            self.compare(&format!("pred_on_masked.mask_index{token}"), &predicted);
        }
    }

    fn encode_all(&mut self, embedded: &str, video: &Tensor<5>) -> Tensor<3> {
        let mut seen = Vec::new();
        let features = self.encoder.forward_visiting(video.clone(), None, |block, x| {
            let name = block.map_or_else(|| embedded.to_string(), |i| format!("enc.block.{i}"));
            seen.push((name, x.clone()));
        });
        seen.iter().for_each(|(name, x)| self.compare(name, x));
        self.compare("enc.final", &features);
        features
    }

    fn predict(
        &mut self,
        seen: Tensor<3>,
        context: &TokenIds,
        target: &TokenIds,
        mask_token: usize,
        name: impl Fn(usize) -> String,
    ) -> Tensor<3> {
        let mut blocks = Vec::new();
        let predicted = self.predictor.forward_visiting(seen, context, target, mask_token, |block, x| {
            blocks.extend(block.map(|i| (name(i), x.clone())));
        });
        blocks.iter().for_each(|(name, x)| self.compare(name, x));
        predicted
    }

    /// The port sorts its tokens by position and we don't: sort ours before comparing.
    fn sorted_blocks(&mut self, seen: &Tensor<3>, context: &TokenIds, target: &TokenIds) {
        let count = context.count + target.count;
        let order: Vec<Vec<u32>> = (self.lists("context_mask").unwrap().iter())
            .zip(self.lists("target_mask").unwrap())
            .map(|(context, target)| {
                let ids = [context.as_slice(), target.as_slice()].concat();
                let mut order: Vec<u32> = (0..count as u32).collect();
                order.sort_by_key(|&i| ids[i as usize]);
                order
            })
            .collect();
        let order = TokenIds::new(&order, count, &self.device);
        let mut blocks = Vec::new();
        self.predictor.forward_visiting(seen.clone(), context, target, 1, |block, x| {
            let name = block.map_or("pred.norm.sorted".into(), |i| format!("pred.block.{i}.sorted"));
            blocks.push((name, order.gather(x.clone())));
        });
        blocks.iter().for_each(|(name, x)| self.compare(name, x));
    }

    fn video(&self, name: &str) -> Tensor<5> {
        let tensor = &self.inputs.0[name];
        Tensor::from_data(TensorData::new(tensor.data.clone(), tensor.shape.clone()), &self.device)
    }

    fn masks(&self, context: &str, target: &str) -> Option<(TokenIds, TokenIds)> {
        let ids = |name| Some(TokenIds::new(&self.lists(name)?, self.config.grid().tokens(), &self.device));
        Some((ids(context)?, ids(target)?))
    }

    fn lists(&self, name: &str) -> Option<Vec<Vec<u32>>> {
        let tensor = self.inputs.0.get(name)?;
        let list = |row: &[f32]| row.iter().map(|&id| id as u32).collect();
        Some(tensor.data.chunks(tensor.shape[1]).map(list).collect())
    }

    /// Compare with a recorded output; not every fixture records every step.
    fn compare<const D: usize>(&mut self, name: &str, found: &Tensor<D>) {
        if self.outputs.0.contains_key(name) {
            self.found.add(name.into(), found.clone(), false);
        }
    }

    async fn finish(mut self) -> Outcome {
        for (name, found) in self.found.read().await.unwrap().0 {
            let expected = self.outputs.0.remove(&name).unwrap();
            self.outcome.add_tensor(&name, &found.data, &expected.data);
        }
        self.outcome.skipped = self.outputs.0.into_keys().collect();
        self.outcome
    }
}
