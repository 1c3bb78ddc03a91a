//! Surprise at clips that are given, window by window: what the lab compares.

use super::Session;
use crate::{
    error::Error,
    exam::{Exam, Surprise, surprises},
    surprise::peak,
};

/// Tokens that are looked at together: what a device holds easily.
const TOKENS: usize = 8192;

/// How surprising a clip is, by the nearest tubelet that each window foretells.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// The tubelet of the clip that the first window foretells; each window after it, one more.
    pub first: usize,
    /// Mean error of the ninth of the places that are furthest off, `[windows]`.
    pub peak: Vec<f32>,
    /// Mean error of all places, `[windows]`.
    pub mean: Vec<f32>,
    /// Error of each place, `[windows, rows * columns]`.
    pub heat: Vec<f32>,
}

impl Session {
    /// Surprise at `count` clips of RGBA frames, one after the other and all equally long, `[count, F, size, size, 4]`,
    /// asked as in an exam: a window slides over each clip, three quarters of it are seen and what follows is foretold.
    ///
    /// # Errors
    /// [`Error::ShortClip`] if a clip is shorter than the model's, [`Error::Frame`] for what are no whole frames,
    /// [`Error::Mask`] for a model without time, [`Error::Unexaminable`] for a checkpoint without a predictor of its
    /// own features, [`Error::Read`] if the device is lost, [`Error::Unusable`] if the weights overflow.
    pub async fn surprise_of(&self, frames: &[u8], count: usize) -> Result<Vec<Curve>, Error> {
        let (config, grid) = (&self.config, self.config.grid());
        let frame = config.size * config.size * 4;
        let held = frames.len() / frame / count.max(1);
        if held * frame * count != frames.len() {
            let expected = (held.max(1) * frame).saturating_mul(count);
            return Err(Error::Frame { found: frames.len(), expected, size: config.size });
        }
        if held < config.frames {
            return Err(Error::ShortClip { held, needed: config.frames });
        }
        let model = self.examinee()?;
        let questions = Exam::new(config, self.recipe.world.clone(), 0).questions();
        let (length, hop) = (config.frames * frame, config.tubelet * frame);
        let windows: Vec<Vec<u8>> = frames
            .chunks_exact(held * frame)
            .flat_map(|clip| (0..=(clip.len() - length) / hop).map(move |i| clip[i * hop..i * hop + length].to_vec()))
            .collect();
        let mut seen = Vec::with_capacity(windows.len());
        for portion in windows.chunks((TOKENS / grid.tokens()).max(1)) {
            seen.extend(surprises(&model, portion, questions, &self.device).await?);
        }
        Ok(seen.chunks_exact(windows.len() / count).map(|clip| curve(questions.past, clip)).collect())
    }
}

/// `windows`: surprise at each, as a clip of its own.
fn curve(first: usize, windows: &[Surprise]) -> Curve {
    let nearest = || windows.iter().map(|window| &window.errors[0][0]);
    Curve {
        first,
        peak: nearest().map(|errors| peak(errors)).collect(),
        mean: nearest().map(|errors| errors.iter().sum::<f32>() / errors.len() as f32).collect(),
        heat: nearest().flatten().copied().collect(),
    }
}
