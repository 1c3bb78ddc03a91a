//! V-JEPA 2.1 against the published code: levels, images, both projections, and the loss on the context.

use super::Fixture;
use burn::tensor::Tensor;
use serde_json::Value;
use vjepa_web::{
    config::{Family, ModelConfig},
    grid::Grid,
    mask::Masks,
    model::{Hidden, Predictor, Tokens, group::upload, normalise_targets, patches_of},
    train::context_distances,
};

pub fn config(json: &Value) -> ModelConfig {
    ModelConfig {
        family: Family::VJepa21,
        levels: json["n_output_distillation"].as_u64().unwrap() as usize,
        teacher_width: json["teacher_embed_dim"].as_u64().unwrap_or(0) as usize,
        stretch_predictor: json["interpolate_rope"].as_bool().unwrap(),
        // The predictor of the fixtures has hidden layers of four times its width.
        predictor_mlp: 4 * json["predictor_embed_dim"].as_u64().unwrap() as usize,
        ..super::published_config(json, Family::VJepa21)
    }
}

/// Token lists of a video or a picture, and the grid they count on.
struct Question<'a> {
    masks: &'a Masks,
    grid: Grid,
    still: bool,
}

impl Fixture {
    pub(super) fn vjepa21(&mut self, json: &Value) {
        let video = self.video("video");
        let features = self.encode_all("enc.patch", &video);
        let grid = self.config.grid();
        let all = self.all(&video);
        let levels = self.encoder.levels(self.patches(&video), grid, &all, 4, |_, _| {});
        self.compare("enc.hier", &Tensor::cat(levels.clone(), 1));
        let first_clip = |level: usize| levels[level].clone().narrow(0, 0, grid.tokens());
        self.compare("enc.out_layers_1_2", &Tensor::cat(vec![first_clip(1), first_clip(2)], 0));
        self.compare("enc.final", &features);
        let masks = self.masks("ctx", "tgt").unwrap();
        let (guessed, of_context) = self.predictions(&video, &masks);
        let distances = self.distances(&masks);
        self.compare("loss.ctx_distance_sqrt", &distances);
        if json["losses"]["pred"].is_number() {
            self.losses(json, &levels, (guessed, of_context), &masks);
        }
        self.pictures();
        if self.inputs.0.contains_key("video_nonsquare") {
            let video = self.video("video_nonsquare");
            let (all, grid) = (self.all(&video), self.grid(&video));
            let features = self.encoder.forward(self.patches(&video), grid, &all);
            self.compare("enc_nonsquare.final", &features);
        }
    }

    fn predictions(&mut self, video: &Tensor<5>, masks: &Masks) -> (Tensor<2>, Tensor<2>) {
        let question = Question { masks, grid: self.config.grid(), still: false };
        let tokens = Tokens::context(std::slice::from_ref(masks), question.grid, &self.device);
        let seen = self.encoder.context(self.patches(video), question.grid, &tokens);
        self.compare("enc_masked.hier", &seen);
        self.sorted_blocks(&seen, masks, &[0]);
        let found = self.ask(&self.predictor, &seen, &question, 0);
        let [guessed, of_context] = ["pred.target", "pred.context"].map(String::from);
        self.compare(&guessed, &found.0);
        self.compare(&of_context, &found.1);
        let other = self.ask(&self.predictor, &seen, &question, 1);
        self.compare("pred.target.mask_index1", &other.0);
        let hub = ModelConfig { stretch_predictor: false, ..self.config.clone() };
        let groups = self.predictor.groups().cloned().collect();
        let hub = self.ask(&Predictor::assemble(&hub, groups, &self.device), &seen, &question, 0);
        self.compare("pred_hub.target", &hub.0);
        self.compare("pred_hub.context", &hub.1);
        found
    }

    /// Still images have a tokenizer, a grid and a modality of their own.
    fn pictures(&mut self) {
        let image = self.video("image");
        let patches = patches_of(image.clone(), 1, self.config.patch);
        let grid = Grid { t: 1, ..self.config.grid() };
        let features = self.encoder.forward(patches.clone(), grid, &Tokens::all(grid, image.dims()[0], &self.device));
        self.compare("enc_img.final", &features);
        let masks = self.masks("img_ctx", "img_tgt").unwrap();
        let tokens = Tokens::context(std::slice::from_ref(&masks), grid, &self.device);
        let seen = self.encoder.context(patches, grid, &tokens);
        self.compare("enc_img_masked.hier", &seen);
        let found = self.ask(&self.predictor, &seen, &Question { masks: &masks, grid, still: true }, 0);
        self.compare("pred_img.target", &found.0);
        self.compare("pred_img.context", &found.1);
    }

    fn ask(
        &self,
        predictor: &Predictor,
        seen: &Tensor<2>,
        question: &Question,
        token: usize,
    ) -> (Tensor<2>, Tensor<2>) {
        let masks = std::slice::from_ref(question.masks);
        let hidden = match question.still {
            true => Hidden::still(masks, &[0], question.grid, &self.device),
            false => Hidden::new(masks, &[0], question.grid, &self.device),
        };
        let (guessed, of_context) = predictor.forward_all(seen.clone(), &hidden, &[token]);
        (guessed, of_context.unwrap())
    }

    /// By which the errors of the context's tokens are divided, `[R]`.
    fn distances(&self, masks: &Masks) -> Tensor<1> {
        let pairs = masks.context.iter().zip(&masks.target);
        let of = |(context, target): (&Vec<u32>, &Vec<u32>)| context_distances(self.config.grid(), context, target);
        upload(pairs.flat_map(of).collect(), &self.device)
    }

    /// Each level normed alone, the context's errors divided by the root of their distance to the target (spec §8.3).
    fn losses(&mut self, json: &Value, levels: &[Tensor<2>], found: (Tensor<2>, Tensor<2>), masks: &Masks) {
        let grid = self.config.grid();
        let truth = Tensor::cat(levels.iter().cloned().map(normalise_targets).collect(), 1);
        let rows = |lists: &[Vec<u32>]| truth.clone().select(0, self.rows(lists, grid.tokens()));
        let guess_errors = (found.0 - rows(&masks.target)).abs();
        let context_errors = (found.1 - rows(&masks.context)).abs();
        let distances = self.distances(masks);
        let weighted = context_errors.clone().div(distances.reshape([-1, 1])).mean();
        let predicted = guess_errors.mean();
        let total = predicted.clone() + weighted.clone().mul_scalar(0.5);
        for (name, found) in [
            ("pred", predicted),
            ("context_distance_weighted", weighted),
            ("context_unweighted", context_errors.mean()),
            ("total_lambda_0.5_weighted", total),
        ] {
            let expected = json["losses"][name].as_f64().unwrap() as f32;
            let name = format!("loss {name}");
            self.outputs.insert(name.clone(), [1], vec![expected]);
            self.compare(&name, &found);
        }
    }
}
