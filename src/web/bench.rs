//! What the benchmark page drives: an encoder on given weights, and training steps.

use super::{
    convert::{self, JsResult, failure},
    engine::opened,
};
use crate::{
    config::{ConfigError, ModelConfig},
    device::Opened,
    helpers::Alone,
    session::{Extractor, Session},
    world::WorldSpec,
};
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
