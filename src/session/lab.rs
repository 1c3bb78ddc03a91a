//! Surprise at clips that are given, window by window: what the lab compares.

use super::Session;
use crate::{
    error::Error,
    exam::{Exam, Surprise, surprises},
    surprise::mean,
};

/// How surprising a clip is, tubelet by tubelet.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// The tubelet of the clip that the first value is about; each one after it, one more.
    pub first: usize,
    /// Mean of the ninth of the places that are furthest off, as in an exam, `[tubelets]`.
    pub peak: Vec<f32>,
    /// Mean error of all places, `[tubelets]`.
    pub mean: Vec<f32>,
    /// How far each place is off: [`Surprise::places`], `[tubelets, rows * columns]`.
    pub heat: Vec<f32>,
}

impl Session {
    /// Surprise at `count` clips of RGBA frames, one after the other and all equally long, `[count, F, size, size, 4]`,
    /// asked as in an exam: a window slides over each clip, its first part is seen and what follows is predicted.
    ///
    /// # Errors
    /// [`Error::ShortClip`] if a clip is shorter than the model's, [`Error::Frame`] for what are no whole frames,
    /// [`Error::Mask`] for a model without time, [`Error::Unexaminable`] for a checkpoint without a predictor of its
    /// own features, [`Error::Read`] if the device is lost, [`Error::Unusable`] if the weights overflow.
    pub async fn surprise_of(&self, frames: &[u8], count: usize) -> Result<Vec<Curve>, Error> {
        let config = &self.config;
        let frame = config.size * config.size * 4;
        let held = frames.len() / frame / count.max(1);
        if held * frame * count != frames.len() {
            let expected = (held.max(1) * frame).saturating_mul(count);
            return Err(Error::Frame { found: frames.len(), expected, size: config.size });
        }
        if held < config.frames {
            return Err(Error::ShortClip { held, needed: config.frames });
        }
        let model = self.eval_model()?;
        let questions = Exam::new(config, self.recipe.world.clone(), 0).questions();
        let clips: Vec<Vec<u8>> = frames.chunks_exact(held * frame).map(<[u8]>::to_vec).collect();
        let told = surprises(&model, &clips, questions, &self.device).await?;
        Ok(told.iter().map(|surprise| curve(questions.past, surprise)).collect())
    }
}

/// `past`: tubelets that the first window sees.
fn curve(past: usize, surprise: &Surprise) -> Curve {
    Curve {
        first: past,
        peak: surprise.peaks(),
        mean: surprise.errors.iter().map(|window| mean(&window[0])).collect(),
        heat: surprise.places().concat(),
    }
}
