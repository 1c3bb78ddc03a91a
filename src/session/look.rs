//! A look: what the model makes of the clip in the ring.

use super::{Session, read};
use crate::{
    clip,
    error::Error,
    mask::{self, Masks},
    model::{Hidden, Tokens},
    probe::health,
};
use serde::{Deserialize, Serialize};

/// Looks whose embeddings are kept for the scatter.
const HISTORY: usize = 256;

/// What is hidden from the context encoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MaskKind {
    /// Eight small tubes.
    Short,
    /// Two large tubes.
    Long,
    /// The second half of the clip.
    Future,
}

/// What the model makes of a clip: `N` tokens, `D` channels, `T` frames.
#[derive(Debug, Clone)]
pub struct Look {
    /// RGBA, `[T, size, size, 4]`.
    pub frames: Vec<u8>,
    /// Tokens the context encoder saw, ascending.
    pub context: Vec<u32>,
    /// Tokens that were hidden and predicted, ascending.
    pub target: Vec<u32>,
    /// Colours of the target encoder's features, `[N, 3]`.
    pub pca: Vec<u8>,
    /// Colours of the predicted features on the same axes, `[N, 3]`; black off target.
    pub predicted_pca: Vec<u8>,
    /// Mean absolute error a token, `[N]`; NaN off target.
    pub error: Vec<f32>,
    /// Mean of `error` over the target.
    pub loss: f32,
    /// Standard deviation of each channel over tokens, `[D]`.
    pub std: Vec<f32>,
    /// 1 to `D`.
    pub effective_rank: f32,
    /// Pooled embeddings of recent clips on their two main axes, `[clips, 2]`, newest last.
    pub scatter: Vec<f32>,
}

impl Session {
    /// Encode the whole clip, hide a part, predict it, and compare.
    ///
    /// # Errors
    /// [`Error::ShortClip`] until the ring is full, [`Error::Read`] if the device is lost.
    pub async fn look(&mut self, kind: MaskKind) -> Result<Look, Error> {
        let frames = self.ring.clip()?;
        let masks = self.masks(kind)?;
        let (features, predicted) = self.encode_and_predict(&frames, &masks, kind).await?;
        let width = self.config.width;
        let (context, target) = (masks.context[0].clone(), masks.target[0].clone());
        let error = errors(&features, &predicted, &target, width);
        let health = health::measure(&features, width);
        self.colours.update(&features, width);
        let scatter = self.remember(&features);
        let look = Look {
            pca: self.colours.rgb(&features),
            predicted_pca: spread(&self.colours.rgb(&predicted), &target, self.config.grid().tokens()),
            loss: target.iter().map(|&t| error[t as usize]).sum::<f32>() / target.len() as f32,
            frames,
            context,
            target,
            error,
            std: health.std,
            effective_rank: health.effective_rank,
            scatter,
        };
        self.features = Some(features);
        Ok(look)
    }

    fn masks(&mut self, kind: MaskKind) -> Result<Masks, Error> {
        let grid = self.config.grid();
        Ok(match kind {
            MaskKind::Short => self.generators[0].sample(grid, 1, &mut self.looking_rng)?,
            MaskKind::Long => self.generators[1].sample(grid, 1, &mut self.looking_rng)?,
            MaskKind::Future => mask::future(grid, grid.t.div_ceil(2), 1)?,
        })
    }

    /// Features of the whole clip `[N, D]` and predicted features of the target `[Nt, D]`.
    async fn encode_and_predict(
        &self,
        frames: &[u8],
        masks: &Masks,
        kind: MaskKind,
    ) -> Result<(Vec<f32>, Vec<f32>), Error> {
        let grid = self.config.grid();
        let patches = clip::patches(&[frames.to_vec()], self.config.patch_shape(), &self.device);
        let features = self.trainer.targets(patches.clone(), 1);
        // A generator's own mask token, where there is one each.
        let (used, of) = self.trainer.mask_tokens(2);
        let token = of[usize::from(kind == MaskKind::Long)];
        let masks = std::slice::from_ref(masks);
        let context = Tokens::context(masks, grid, &self.device);
        let seen = self.trainer.encoder.valid().forward(patches, grid, &context);
        let hidden = Hidden::new(masks, &[0], grid, &self.device);
        let predicted = self.trainer.predictor.valid().forward(seen, &hidden, &used[token..=token]);
        let [features, predicted] = read([features, predicted]).await?;
        Ok((features, predicted))
    }

    /// Add the pooled features to the history and lay it out in two dimensions.
    fn remember(&mut self, features: &[f32]) -> Vec<f32> {
        let width = self.config.width;
        let tokens = features.len() / width;
        let mut pooled = vec![0.0; width];
        for row in features.chunks_exact(width) {
            pooled.iter_mut().zip(row).for_each(|(sum, value)| *sum += value / tokens as f32);
        }
        if self.embeddings.len() == HISTORY {
            self.embeddings.pop_front();
        }
        self.embeddings.push_back(pooled);
        let rows: Vec<f32> = self.embeddings.iter().flatten().copied().collect();
        self.map.update(&rows, width);
        self.map.project(&rows)
    }
}

/// Mean absolute error of each target token, `[N]`; NaN elsewhere.
fn errors(features: &[f32], predicted: &[f32], target: &[u32], width: usize) -> Vec<f32> {
    let mut errors = vec![f32::NAN; features.len() / width];
    for (&token, guess) in target.iter().zip(predicted.chunks_exact(width)) {
        let truth = &features[token as usize * width..][..width];
        let sum: f32 = truth.iter().zip(guess).map(|(a, b)| (a - b).abs()).sum();
        errors[token as usize] = sum / width as f32;
    }
    errors
}

/// Colours of the target tokens at their places among all, `[N, 3]`.
fn spread(colours: &[u8], target: &[u32], tokens: usize) -> Vec<u8> {
    let mut all = vec![0; tokens * 3];
    for (&token, colour) in target.iter().zip(colours.chunks_exact(3)) {
        all[token as usize * 3..][..3].copy_from_slice(colour);
    }
    all
}
