//! What a model expects of hidden tokens, beside what is there: all that is asked about surprise and imagination.

use super::{EvalModel, Questions};
use crate::{
    clip,
    config::{Causal, ModelConfig},
    error::Error,
    grid::{Grid, PatchShape},
    mask::{self, Masks},
    model::{Hidden, Prediction, Tokens, normalise_targets},
    read::{read, usable, usable_features},
};
use burn::tensor::Device;

/// `B` clips of `N` tokens, `H` of them hidden in each, `D` channels.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// Predicted features of the hidden tokens, clip by clip, `[B * H, D]`.
    pub expected: Vec<f32>,
    /// What the target encoder makes of all tokens, normed over channels, `[B * N, D]`.
    pub features: Vec<f32>,
    /// The row of each hidden token in `features`, `[B * H]`.
    pub rows: Vec<usize>,
    pub width: usize,
    /// The error that the predictor itself expects of each hidden token, `[B * H]`; empty if it expects none.
    pub own_error: Vec<f32>,
}

/// How much of the error that a predictor expects of itself is no surprise. Chosen on development seeds, see the model card.
const EXPECTED_SHARE: f32 = 0.6;

impl Comparison {
    /// Mean absolute error of each hidden token over channels, `[B * H]`.
    pub fn errors(&self) -> Vec<f32> {
        self.expected.chunks_exact(self.width).zip(self.truth()).map(|(guess, truth)| distance(guess, truth)).collect()
    }

    /// How far each hidden token is off beyond what the predictor expects of itself, `[B * H]`: its error less a share of the
    /// expected one, or the whole error if nothing is expected.
    pub fn unexpected(&self) -> Vec<f32> {
        let mut errors = self.errors();
        errors.iter_mut().zip(&self.own_error).for_each(|(error, own)| *error -= EXPECTED_SHARE * own);
        errors
    }

    /// Those of more clips after these.
    pub(crate) fn append(&mut self, more: Self) {
        let before = self.features.len() / self.width;
        self.expected.extend(more.expected);
        self.features.extend(more.features);
        self.rows.extend(more.rows.into_iter().map(|row| before + row));
        self.own_error.extend(more.own_error);
    }

    /// The actual features of each hidden token.
    pub fn truth(&self) -> impl Iterator<Item = &[f32]> {
        self.rows.iter().map(|row| &self.features[row * self.width..][..self.width])
    }
}

/// Mean absolute difference of two features.
pub fn distance(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum::<f32>() / a.len().max(1) as f32
}

/// What a predictor said, if all of it are usable numbers: predicted features, and the errors whose logs these are.
///
/// # Errors
/// [`Error::Unusable`].
pub(super) fn predictions(features: Vec<f32>, log_error: Vec<f32>) -> Result<(Vec<f32>, Vec<f32>), Error> {
    usable("predictions", &features)?;
    let own_error: Vec<f32> = log_error.into_iter().map(f32::exp).collect();
    usable("predictions", &own_error)?;
    Ok((features, own_error))
}

impl EvalModel {
    /// Hide a part of clips of RGBA frames `[T, size, size, 4]`, as many as `masks` has lists, and predict it.
    ///
    /// # Errors
    /// [`Error::Mask`] for what is further ahead than a frame-causal model predicts, [`Error::Read`] if the device is lost,
    /// [`Error::Unusable`] if the weights overflow.
    pub async fn predict(&self, clips: &[Vec<u8>], masks: Masks, device: &Device) -> Result<Comparison, Error> {
        let grid = self.config.grid();
        if let Some(causal) = self.config.causal {
            causal.reaches(&masks, grid)?;
        }
        let hidden = Hidden::of(&self.config, std::slice::from_ref(&masks), &[0], grid, device);
        self.ask(clips, masks, hidden, grid, device).await
    }

    /// A frame-causal model's predictions in every window of longer clips `[T, size, size, 4]`, all of one length, from one
    /// pass: for each clip, for each number of tubelets from `past` on that are seen, each of the next `horizon` tubelets.
    ///
    /// # Errors
    /// [`Error::Mask`] if that leaves nothing to see or predict; otherwise as [`predict`](Self::predict).
    pub async fn predict_windows(
        &self,
        causal: Causal,
        clips: &[Vec<u8>],
        Questions { past, horizon }: Questions,
        device: &Device,
    ) -> Result<Comparison, Error> {
        let ModelConfig { size, tubelet, .. } = self.config;
        let frames = clips.first().map_or(0, Vec::len) / (size * size * 4);
        let grid = Grid { t: frames / tubelet, ..self.config.grid() };
        mask::future(grid, past, horizon, clips.len())?;
        let hidden = Hidden::windows(clips.len(), [past, horizon], causal, grid, device);
        self.ask(clips, mask::nothing(grid, clips.len()), hidden, grid, device).await
    }

    /// What the predictor says where `masks` leave something to see.
    async fn ask(
        &self,
        clips: &[Vec<u8>],
        masks: Masks,
        hidden: Hidden,
        grid: Grid,
        device: &Device,
    ) -> Result<Comparison, Error> {
        let shape = PatchShape { frames: grid.t * self.config.tubelet, ..self.config.patch_shape() };
        let patches = clip::patches(clips, shape, device);
        let all = Tokens::all(grid, clips.len(), device);
        let features = normalise_targets(self.target.forward(patches.clone(), grid, &all));
        let seen = self.encoder.context(patches, grid, &Tokens::context(&[masks], grid, device));
        let Prediction { features: expected, log_error } = self.predictor.predict(seen, &hidden, &[0], &mut |_, _| {});
        let width = features.dims()[1];
        let (expected, features, log_error) = match log_error {
            Some(log_error) => {
                let [expected, features, log_error] = read([expected, features, log_error]).await?;
                (expected, features, log_error)
            }
            None => {
                let [expected, features] = read([expected, features]).await?;
                (expected, features, vec![])
            }
        };
        usable_features(&features)?;
        let (expected, own_error) = predictions(expected, log_error)?;
        Ok(Comparison { expected, features, rows: hidden.rows, width, own_error })
    }
}
