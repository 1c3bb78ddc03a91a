//! What a model expects of hidden tokens, beside what is there: all that is asked about surprise and imagination.

use super::Examinee;
use crate::{
    clip,
    error::Error,
    mask::Masks,
    model::{Hidden, Tokens, normalise_targets},
    session::{read, usable, usable_features},
};
use burn::tensor::Device;

/// `B` clips of `N` tokens, `H` of them hidden in each, `D` channels.
#[derive(Debug, Clone)]
pub struct Expectation {
    /// Predicted features of the hidden tokens, clip by clip, `[B * H, D]`.
    pub expected: Vec<f32>,
    /// What the target encoder makes of all tokens, normed over channels, `[B * N, D]`.
    pub features: Vec<f32>,
    /// The row of each hidden token in `features`, `[B * H]`.
    pub rows: Vec<usize>,
    pub width: usize,
}

impl Expectation {
    /// Mean absolute error of each hidden token over channels, `[B * H]`.
    pub fn errors(&self) -> Vec<f32> {
        self.expected.chunks_exact(self.width).zip(self.truth()).map(|(guess, truth)| distance(guess, truth)).collect()
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

impl Examinee {
    /// Hide a part of clips of RGBA frames `[T, size, size, 4]`, as many as `masks` has lists, and foretell it.
    ///
    /// # Errors
    /// [`Error::Read`] if the device is lost, [`Error::Unusable`] if the weights overflow.
    pub async fn expect(&self, clips: &[Vec<u8>], masks: Masks, device: &Device) -> Result<Expectation, Error> {
        let grid = self.config.grid();
        let tokens = grid.tokens();
        let of_clip = |(clip, list): (usize, &Vec<u32>)| -> Vec<usize> {
            list.iter().map(|&token| clip * tokens + token as usize).collect()
        };
        let rows = masks.target.iter().enumerate().flat_map(of_clip).collect();
        let masks = [masks];
        let patches = clip::patches(clips, self.config.patch_shape(), device);
        let all = Tokens::all(grid, clips.len(), device);
        let features = normalise_targets(self.target.forward(patches.clone(), grid, &all));
        let seen = self.encoder.context(patches, grid, &Tokens::context(&masks, grid, device));
        let expected = self.predictor.forward(seen, &Hidden::new(&masks, &[0], grid, device), &[0]);
        let width = features.dims()[1];
        let [expected, features] = read([expected, features]).await?;
        usable_features(&features)?;
        usable("predictions", &expected)?;
        Ok(Expectation { expected, features, rows, width })
    }
}
