//! Encoders and predictors against the published code and the Hugging Face port.

#[path = "deep.rs"]
mod deep;

use crate::{F32, Outcome};
use burn::tensor::{Device, Int, Tensor, TensorData};
use serde_json::Value;
use vjepa_web::{
    checkpoint::{Weights, from_hugging_face, hugging_face_config, read_safetensors},
    config::{ClassifierConfig, Family, ModelConfig},
    grid::Grid,
    kernels::{self, plain},
    mask::Masks,
    model::{
        Classifier, Encoder, Hidden, OptionalNetwork, Predictor, Tokens, normalise_targets, patches_of,
        position::{resize_table, sincos_table},
    },
    read::HostReads,
};

/// Whether this fixture is a network of a family that is supported.
pub fn supports(json: &Value) -> bool {
    matches!(json["family"].as_str(), Some("V-JEPA 1" | "V-JEPA 2" | "V-JEPA 2.1")) && json["config"].is_object()
}

pub async fn check(name: &str, json: &Value, bytes: &[u8], device: &Device) -> Outcome {
    let config = match json["family"].as_str() {
        Some("V-JEPA 1") => published_config(&json["config"], Family::VJepa1),
        Some("V-JEPA 2.1") => deep::config(&json["config"]),
        _ => hugging_face_config(&json["config"].to_string()).unwrap(),
    };
    let mut fixture = Fixture::read(name, bytes, config, device);
    match fixture.config.family {
        Family::VJepa1 => fixture.vjepa1(json),
        Family::VJepa2 => fixture.vjepa2(),
        Family::VJepa21 => fixture.vjepa21(json),
    }
    fixture.finish().await
}

fn published_config(json: &Value, family: Family) -> ModelConfig {
    let number = |key: &str| json[key].as_u64().unwrap_or_else(|| panic!("no {key}")) as usize;
    ModelConfig {
        family,
        name: "fixture".into(),
        frames: number("num_frames"),
        size: number("img_size"),
        patch: number("patch_size"),
        tubelet: number("tubelet_size"),
        width: number("embed_dim"),
        depth: number("depth"),
        heads: number("num_heads"),
        predictor_width: number("predictor_embed_dim"),
        predictor_depth: number("predictor_depth"),
        predictor_heads: number("predictor_num_heads"),
        mask_tokens: number("num_mask_tokens"),
        batch: 1,
        ..ModelConfig::preset("nano", family).unwrap()
    }
}

/// The classifier that was recorded with a network, if one was: Meta's of V-JEPA 1, or the port's of V-JEPA 2.
fn classifier(weights: &Weights, config: &ModelConfig) -> Option<ClassifierConfig> {
    let labels = weights.0.get("classifier.linear.weight")?.shape[0];
    let block = |i: usize| weights.0.contains_key(&format!("classifier.pooler.blocks.{i}.norm1.weight"));
    Some(ClassifierConfig {
        depth: (0..).take_while(|&i| block(i)).count(),
        heads: config.heads,
        epsilon: if config.family == Family::VJepa1 { 1e-5 } else { 1e-6 },
        labels: (0..labels).map(|i| i.to_string()).collect(),
    })
}

/// A network and the tensors it was recorded with.
struct Fixture {
    config: ModelConfig,
    encoder: Encoder,
    predictor: Predictor,
    classifier: Option<Classifier>,
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
        weights.extend(weights.below("probe.").prefixed("classifier."));
        let hidden = |block: &str| weights.0[&format!("{block}.0.mlp.fc1.weight")].shape[0];
        let config = ModelConfig {
            classifier: classifier(&weights, &config),
            // Its JSON has one ratio, which is the encoder's: only shapes tell both.
            mlp: hidden("encoder.blocks"),
            predictor_mlp: hidden("predictor.predictor_blocks"),
            ..config
        };
        Self {
            classifier: Classifier::load(&config, &mut weights, "classifier", device).unwrap(),
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
        self.classify(&features, video.dims()[0]);
        let (mut losses, mut count) = (Tensor::<1>::zeros([1], &self.device), 0);
        while let Some(masks) = self.masks(&format!("ctx.{count}"), &format!("tgt.{count}")) {
            let seen = self.encode_kept(&video, &masks);
            self.compare(&format!("enc_masked.{count}"), &seen);
            let predicted = self.predict(seen, &masks, count, |i| format!("pred.block.{i}.mask{count}"));
            self.compare(&format!("pred.{count}"), &predicted);
            let expected = normalise_targets(features.clone()).select(0, self.hidden(&masks).targets);
            self.compare(&format!("target_ln.{count}"), &expected);
            losses = losses + (predicted - expected).abs().mean();
            count += 1;
        }
        let loss = json["loss_l1_mean_over_masks"].as_f64().unwrap();
        self.outputs.insert("loss", [1], vec![loss as f32]);
        self.compare("loss", &losses.div_scalar(count as f64));
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
            let (from, to, width) = (self.config.grid(), self.grid(&video), self.config.width);
            let table = resize_table(&sincos_table(from, width), from, to, width);
            let table = Tensor::<1>::from_data(TensorData::new(table.clone(), [table.len()]), &self.device);
            self.compare(&format!("pos_embed_alt.{i}"), &table);
            let all = self.all(&video);
            let features = self.encoder.forward(self.patches(&video), to, &all);
            self.compare(&format!("enc_alt.{i}"), &features);
        }
    }

    fn vjepa2(&mut self) {
        let video: Tensor<5> = self.video("video").permute([0, 2, 1, 3, 4]); // Hugging Face: [B, T, C, H, W]
        let features = self.encode_all("enc.embed", &video);
        self.classify(&features, video.dims()[0]);
        self.first_queries_keys(&video);
        let masks = self.masks("context_mask", "target_mask").unwrap();
        let kept = self.rows(&masks.context, self.config.grid().tokens());
        let seen = features.clone().select(0, kept);
        self.compare("enc.context_features", &seen);
        let hidden = self.hidden(&masks);
        self.compare("pred.target_features", &features.select(0, hidden.targets.clone()));
        self.sorted_blocks(&seen, &masks, &[1]);
        let predicted = self.predictor.forward(seen, &hidden, &[1]);
        self.compare("pred.final", &predicted);
        let masked = self.encode_kept(&video, &masks);
        self.compare("enc_masked.final", &masked);
        for token in [0, 1] {
            let predicted = self.predictor.forward(masked.clone(), &hidden, &[token]);
            self.compare(&format!("pred_on_masked.mask_index{token}"), &predicted);
        }
    }

    /// Queries and keys of the first block before and after turning. Inside the block they never leave its kernels, so
    /// they are computed by the kernels' twins; `tests/kernels` holds the kernels to these.
    fn first_queries_keys(&mut self, video: &Tensor<5>) {
        let (all, grid) = (self.all(video), self.grid(video));
        let x = self.encoder.embed(self.patches(video), &all, |_| {});
        let block = &self.encoder.blocks[0];
        let (shape, at) = (block.shape, block.shape.layout());
        let part = |start: usize, size: usize| block.group.weights().narrow(0, start, size);
        let (d, rows) = (shape.width, grid.tokens());
        let normed = kernels::layer_norm(x, part(at.norm1, 2 * d), self.config.norm_epsilon as f32);
        let matrix = Tensor::cat(vec![part(at.qkv, 3 * d * d), part(at.qkv_bias, 3 * d)], 0);
        let qkv = kernels::linear(normed, matrix, 3 * d);
        let rope = self.encoder.rotary(grid, &all, &self.device);
        let still = Tensor::cat(
            vec![rope.ones_like().narrow(1, 0, d / shape.heads), rope.zeros_like().narrow(1, 0, d / shape.heads)],
            1,
        );
        for (what, rope) in [("pre", still), ("rot", rope)] {
            let clips = (0..video.dims()[0]).map(|clip| {
                let of = |x: &Tensor<2>| x.clone().narrow(0, clip * rows, rows);
                plain::queries_keys_values(of(&qkv), of(&rope), shape).map(|x| x.swap_dims(0, 1))
            });
            let (queries, keys): (Vec<_>, Vec<_>) = clips.map(|[q, k, _]| (q, k)).unzip();
            self.compare(&format!("enc.block.0.q_{what}"), &Tensor::cat(queries, 0));
            self.compare(&format!("enc.block.0.k_{what}"), &Tensor::cat(keys, 0));
        }
    }

    fn encode_all(&mut self, embedded: &str, video: &Tensor<5>) -> Tensor<2> {
        let mut seen = Vec::new();
        let (patches, grid, all) = (self.patches(video), self.grid(video), self.all(video));
        let features = self.encoder.forward_visiting(patches, grid, &all, |block, x| {
            let name = block.map_or_else(|| embedded.to_string(), |i| format!("enc.block.{i}"));
            seen.push((name, x.clone()));
        });
        seen.iter().for_each(|(name, x)| self.compare(name, x));
        self.compare("enc.final", &features);
        features
    }

    fn classify(&mut self, features: &Tensor<2>, clips: usize) {
        let Some(classifier) = &self.classifier else { return };
        let mut seen = Vec::new();
        let logits = classifier.forward_visiting(features.clone(), clips, |block, x| match block {
            Some(i) => seen.push((format!("pool.self.{i}"), x.clone())),
            None => seen.extend(["pool.final", "probe.pooled"].map(|name| (name.to_string(), x.clone()))),
        });
        seen.extend(["logits", "probe.logits"].map(|name| (name.to_string(), logits.clone())));
        seen.iter().for_each(|(name, x)| self.compare(name, x));
    }

    fn encode_kept(&self, video: &Tensor<5>, masks: &Masks) -> Tensor<2> {
        let context = Tokens::context(std::slice::from_ref(masks), self.grid(video), &self.device);
        self.encoder.forward(self.patches(video), self.grid(video), &context)
    }

    fn predict(
        &mut self,
        seen: Tensor<2>,
        masks: &Masks,
        mask_token: usize,
        name: impl Fn(usize) -> String,
    ) -> Tensor<2> {
        let mut blocks = Vec::new();
        let predicted = self.predictor.forward_visiting(seen, &self.hidden(masks), &[mask_token], |block, x| {
            blocks.extend(block.map(|i| (name(i), x.clone())));
        });
        blocks.iter().for_each(|(name, x)| self.compare(name, x));
        predicted
    }

    /// The port sorts its tokens by position and we don't: sort ours before comparing.
    fn sorted_blocks(&mut self, seen: &Tensor<2>, masks: &Masks, mask_tokens: &[usize]) {
        let count = masks.context[0].len() + masks.target[0].len();
        let order = masks.context.iter().zip(&masks.target).map(|(context, target)| {
            let ids = [context.as_slice(), target.as_slice()].concat();
            let mut order: Vec<u32> = (0..count as u32).collect();
            order.sort_by_key(|&i| ids[i as usize]);
            order
        });
        let order = self.rows(&order.collect::<Vec<_>>(), count);
        let mut blocks = Vec::new();
        self.predictor.forward_visiting(seen.clone(), &self.hidden(masks), mask_tokens, |block, x| {
            blocks.extend(block.map(|i| (format!("pred.block.{i}.sorted"), x.clone().select(0, order.clone()))));
        });
        // The predictor norms only what it is asked for; the port norms all.
        if let Some((_, last)) = blocks.last() {
            let norm = self.predictor.groups().find(|group| group.path == "predictor_norm").unwrap();
            let normed = kernels::layer_norm(last.clone(), norm.weights(), self.config.norm_epsilon as f32);
            blocks.push(("pred.norm.sorted".into(), normed));
        }
        blocks.iter().for_each(|(name, x)| self.compare(name, x));
    }

    fn grid(&self, video: &Tensor<5>) -> Grid {
        let ([_, _, t, h, w], ModelConfig { tubelet, patch, .. }) = (video.dims(), &self.config);
        Grid { t: t / tubelet, h: h / patch, w: w / patch }
    }

    fn patches(&self, video: &Tensor<5>) -> Tensor<2> {
        patches_of(video.clone(), self.config.tubelet, self.config.patch)
    }

    fn all(&self, video: &Tensor<5>) -> Tokens {
        Tokens::all(self.grid(video), video.dims()[0], &self.device)
    }

    fn hidden(&self, masks: &Masks) -> Hidden {
        Hidden::new(std::slice::from_ref(masks), &[0], self.config.grid(), &self.device)
    }

    /// Index lists, one a clip of `each` rows, as rows of the batch.
    fn rows(&self, lists: &[Vec<u32>], each: usize) -> Tensor<1, Int> {
        let rows =
            lists.iter().enumerate().flat_map(|(i, list)| list.iter().map(move |id| (i * each) as i32 + *id as i32));
        let rows: Vec<i32> = rows.collect();
        Tensor::from_data(TensorData::new(rows.clone(), [rows.len()]), &self.device)
    }

    fn video(&self, name: &str) -> Tensor<5> {
        let tensor = &self.inputs.0[name];
        Tensor::from_data(TensorData::new(tensor.data.clone(), tensor.shape.clone()), &self.device)
    }

    fn masks(&self, context: &str, target: &str) -> Option<Masks> {
        Some(Masks { context: self.lists(context)?, target: self.lists(target)? })
    }

    fn lists(&self, name: &str) -> Option<Vec<Vec<u32>>> {
        let tensor = self.inputs.0.get(name)?;
        let list = |row: &[f32]| row.iter().map(|&id| id as u32).collect();
        Some(tensor.data.chunks(tensor.shape[1]).map(list).collect())
    }

    /// Compare with a recorded output; not every fixture records every step.
    fn compare<const D: usize>(&mut self, name: &str, found: &Tensor<D>) {
        if self.outputs.0.contains_key(name) {
            let name = name.to_string();
            self.found.add(found.clone(), move |values, weights| weights.insert(name, [values.len()], values));
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
