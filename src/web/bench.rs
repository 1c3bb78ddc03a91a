//! What the benchmark page drives: an encoder on given weights, training steps, and what these and plans cost.

use super::{
    convert::{self, JsResult, failure},
    engine::{opened, parse},
};
use crate::{
    config::{ConfigError, Family, ModelConfig},
    device::Opened,
    flops,
    helpers::Alone,
    mask::Masks,
    planner::PlanSettings,
    recipe::Recipe,
    rng::Rng,
    schedule::Values,
    session::{Extractor, FixedStep, Session},
    world::WorldSpec,
};
use serde::Deserialize;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
pub struct BenchEncoder {
    extractor: Extractor,
}

#[wasm_bindgen]
impl BenchEncoder {
    /// `config`: the text of a Hugging Face `config.json`; `safetensors`: its model file.
    pub fn create(config: &str, safetensors: &[u8]) -> JsResult<BenchEncoder> {
        let extractor = Extractor::from_hugging_face(config, safetensors, opened()?.device).map_err(failure)?;
        Ok(BenchEncoder { extractor })
    }

    /// `video`: normalised, `[B, 3, T, H, W]`. Resolves to features `[B * N, D]`.
    pub async fn encode(&self, video: Vec<f32>, batch: usize) -> JsResult<Vec<f32>> {
        self.extractor.features(video, batch).await.map_err(failure)
    }
}

#[wasm_bindgen]
pub struct BenchTrainer {
    session: Session,
}

#[wasm_bindgen]
impl BenchTrainer {
    /// A seeded model that trains on the procedural world.
    pub fn create(family: &str, preset: &str, seed: f64) -> JsResult<BenchTrainer> {
        let family = family.parse().map_err(|error: ConfigError| failure(error))?;
        let config = ModelConfig::preset(preset, family).map_err(failure)?;
        let Opened { device, limits, .. } = opened()?;
        let mut session = Session::create(config, seed as u64, device, limits).map_err(failure)?;
        session.set_world(&WorldSpec::rich(), seed as u64);
        Ok(BenchTrainer { session })
    }

    /// Resolves to the loss.
    pub async fn step(&mut self) -> JsResult<f32> {
        self.steps(1).await
    }

    /// Resolves to the last loss.
    pub async fn steps(&mut self, count: usize) -> JsResult<f32> {
        let report = self.session.train_among(count, convert::turn, &Alone).await.map_err(failure)?;
        Ok(report.losses.last().copied().unwrap_or(f32::NAN))
    }
}

/// A training step on given weights, clips and masks, the same at every step.
#[wasm_bindgen]
pub struct BenchStep {
    fixed: FixedStep,
}

/// What a [`BenchStep`] is besides weights and clips.
#[derive(Deserialize)]
struct Task {
    preset: String,
    masks: Vec<Masks>,
    rates: Values,
}

#[wasm_bindgen]
impl BenchStep {
    /// `task`: JSON `{preset, masks: {context, target}[], rates: {learning_rate, weight_decay, momentum}}`; `safetensors`:
    /// weights under their published names; `video`: normalised, `[B, 3, T, H, W]`.
    pub fn create(task: &str, safetensors: &[u8], video: Vec<f32>) -> JsResult<BenchStep> {
        let Task { preset, masks, rates } = parse(task, "training step")?;
        let config = ModelConfig::preset(&preset, Family::VJepa2).map_err(failure)?;
        let device = opened()?.device;
        let fixed = FixedStep::new(&config, safetensors, video, masks, rates, &device).map_err(failure)?;
        Ok(BenchStep { fixed })
    }

    /// Resolves to the loss.
    pub async fn step(&mut self) -> JsResult<f32> {
        self.fixed.step().await.map_err(failure)
    }
}

/// Operations of a training step of a preset under the masks of its recipe.
#[wasm_bindgen(js_name = stepFlops)]
pub fn step_flops(preset: &str) -> JsResult<f64> {
    let config = ModelConfig::preset(preset, Family::VJepa2).map_err(failure)?;
    let recipe = Recipe::of(&config);
    let masks = recipe.masks.sample(config.grid(), recipe.batch, &mut Rng::new(1)).map_err(failure)?;
    Ok(flops::action_step(&config, &masks, &recipe))
}

/// Operations of a plan of a preset with actions, as the page plans.
#[wasm_bindgen(js_name = planFlops)]
pub fn plan_flops(preset: &str) -> JsResult<f64> {
    let config = ModelConfig::preset(preset, Family::VJepa2).map_err(failure)?;
    Ok(flops::plan(&config, &PlanSettings::pushes()))
}
