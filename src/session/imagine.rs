//! Imagination without a decoder: a hidden part of the clip, filled in feature space and shown as real patches.

use super::Session;
use crate::{
    error::Error,
    imagine::{Horizon, Match, alike, by_horizon, nearest, patch_pixels},
    mask,
    predict::distance,
};
use serde::Serialize;

/// Real patches that are shown for each hidden token.
const SHOWN: usize = 3;

/// `H` hidden tokens as the predictor imagines them, each with `k` real patches.
#[derive(Debug, Clone)]
pub struct Imagination {
    /// The hidden tokens, ascending, `[H]`.
    pub hidden: Vec<u32>,
    /// Mean absolute error of each, `[H]`.
    pub error: Vec<f32>,
    /// Cosine of the angle between what was imagined and the truth, `[H]`.
    pub similarity: Vec<f32>,
    /// Patches for each hidden token: 3, or as many as there are.
    pub shown: usize,
    /// The patches whose features are nearest to what was imagined, best first, `[H * k]`.
    pub matches: Vec<Match>,
    /// Their pixels, middle frame of the tubelet, RGBA, `[H, k, patch, patch, 4]`.
    pub patches: Vec<u8>,
    /// The pixels of the truth, `[H, patch, patch, 4]`.
    pub truth: Vec<u8>,
    /// The clip, RGBA, `[T, size, size, 4]`.
    pub frames: Vec<u8>,
    /// Clips that patches were taken from, this one included.
    pub clips: usize,
}

/// How certainty fades: everything after the first `past` tubelets predicted at once.
#[derive(Debug, Clone)]
pub struct Roll {
    pub past: usize,
    /// Of what the predictor predicted.
    pub predicted: Horizon,
    /// Of saying that nothing changes: the features of the last tubelet that was seen. They come from the target encoder,
    /// which saw the whole clip, so this baseline knows a little of what comes.
    pub unchanged: Horizon,
}

/// How much there is to find patches in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PatchMemory {
    pub clips: usize,
    pub bytes: usize,
}

impl Session {
    /// Hide tokens of the clip in the ring, let the predictor fill them, and find the real patches that are most like it,
    /// among the visible ones of this clip and all of earlier clips that share no frame with it.
    ///
    /// # Errors
    /// [`Error::Mask`] if nothing or everything is hidden, or a token is not there or named twice; otherwise as
    /// [`surprise`](Self::surprise).
    pub async fn imagine(&mut self, hidden: &[u32]) -> Result<Imagination, Error> {
        let masks = mask::painted(self.config.grid(), hidden)?;
        let (hidden, visible) = (masks.target[0].clone(), masks.context[0].clone());
        let (comparison, clip) = self.predict(masks, None).await?;
        let shape = self.config.patch_shape();
        let clips = self.patches.beside(&clip, self.config.frames);
        let expected = || comparison.expected.chunks_exact(comparison.width);
        let matches: Vec<Match> = expected().flat_map(|feature| nearest(feature, &clips, &visible, SHOWN)).collect();
        let pixels = |found: &Match| patch_pixels(&clips[found.clip].frames, shape, found.token);
        let imagination = Imagination {
            error: comparison.errors(),
            similarity: expected().zip(comparison.truth()).map(|(guess, truth)| alike(guess, truth)).collect(),
            shown: matches.len() / hidden.len(),
            patches: matches.iter().flat_map(pixels).collect(),
            truth: hidden.iter().flat_map(|&token| patch_pixels(&clip.frames, shape, token)).collect(),
            frames: clip.frames.clone(),
            clips: clips.len(),
            matches,
            hidden,
        };
        self.patches.keep(clip, self.config.frames);
        Ok(imagination)
    }

    /// Predict `steps` tubelets, or as many as there are and a frame-causal model predicts, after the first `past` of the clip
    /// in the ring.
    ///
    /// All are predicted at once: the predictor takes what the encoder saw, and was never taught to take its own predictions.
    ///
    /// # Errors
    /// As [`surprise`](Self::surprise).
    pub async fn roll(&mut self, past: usize, steps: usize) -> Result<Roll, Error> {
        let grid = self.config.grid();
        let steps = self.config.causal.map_or(steps, |causal| steps.min(causal.horizons));
        let masks = mask::future(grid, past, steps, 1)?;
        let (comparison, clip) = self.predict(masks, None).await?;
        let last_seen = &comparison.features[(past - 1) * grid.frame() * comparison.width..];
        let last_seen = last_seen.chunks_exact(comparison.width).take(grid.frame()).cycle();
        let unchanged: Vec<f32> = last_seen.zip(comparison.truth()).map(|(now, then)| distance(now, then)).collect();
        self.patches.keep(clip, self.config.frames);
        Ok(Roll {
            past,
            predicted: by_horizon(&comparison.errors(), grid.frame()),
            unchanged: by_horizon(&unchanged, grid.frame()),
        })
    }

    /// Clips that are remembered for their patches.
    pub fn patch_memory(&self) -> PatchMemory {
        PatchMemory { clips: self.patches.clips(), bytes: self.patches.bytes() }
    }
}
