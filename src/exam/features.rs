//! What the probes see of a clip: the tokens of its last tubelet, as the model has them and as its baselines do.

use crate::{
    clip,
    config::ModelConfig,
    error::Error,
    kernels,
    model::{Encoder, Tokens, normalise_targets},
    predict::EvalModel,
    probe::attend::Frame,
    read::{read, usable_features},
    weights::CheckpointError,
};
use burn::tensor::{Device, Int, Tensor, TensorData};

/// Where features come from: the model, an encoder with random weights, the pixels themselves.
pub(super) const SOURCES: usize = 3;

/// The model and its baselines.
#[derive(Debug, Clone)]
pub(super) struct Eyes {
    target: Encoder,
    untrained: Encoder,
    config: ModelConfig,
}

impl Eyes {
    /// # Errors
    /// For a family whose weights are never drawn at random.
    pub fn new(model: &EvalModel, seed: u64, device: &Device) -> Result<Self, CheckpointError> {
        Ok(Self::of(model, model.untrained(seed, device)?))
    }

    /// With an encoder that has learned nothing.
    pub fn of(model: &EvalModel, untrained: Encoder) -> Self {
        Self { target: model.target.clone(), untrained, config: model.config.clone() }
    }

    pub fn untrained(&self) -> &Encoder {
        &self.untrained
    }

    /// Values of a token of each source.
    pub fn widths(config: &ModelConfig) -> [usize; SOURCES] {
        [config.width, config.width, config.patch_values()]
    }

    /// Of clips `[frames, size, size, 4]` of each source the tokens of the last tubelet, `[clips, h, w, values]`: features
    /// normalised as the loss sees them, pixels as the encoder gets them.
    ///
    /// # Errors
    /// [`Error::Read`] if the device is lost, [`Error::Unusable`] if the weights overflow.
    pub async fn see(&self, clips: &[Vec<u8>], device: &Device) -> Result<[Vec<f32>; SOURCES], Error> {
        let grid = self.config.grid();
        let patches = clip::patches(clips, self.config.patch_shape(), device);
        let last = last_tubelets(grid.tokens(), grid.frame(), clips.len(), device);
        let all = Tokens::all(grid, clips.len(), device);
        let pick = |x: Tensor<2>| kernels::pick(x, last.clone(), last.clone());
        let of = |encoder: &Encoder| pick(normalise_targets(encoder.forward(patches.clone(), grid, &all)));
        let seen = read([of(&self.target), of(&self.untrained), pick(patches.clone())]).await?;
        usable_features(&seen[0])?;
        Ok(seen)
    }
}

/// Mean of the tokens of each frame, `[n, d]`.
pub(super) fn pool(features: &[f32], frame: Frame) -> Vec<f32> {
    let mean = |tokens: &[f32]| {
        let mut mean = vec![0f32; frame.d];
        for token in tokens.chunks_exact(frame.d) {
            mean.iter_mut().zip(token).for_each(|(sum, v)| *sum += v / frame.tokens() as f32);
        }
        mean
    };
    features.chunks_exact(frame.tokens() * frame.d).flat_map(mean).collect()
}

/// Rows of the last `frame` of each clip's `tokens`.
fn last_tubelets(tokens: usize, frame: usize, clips: usize, device: &Device) -> Tensor<1, Int> {
    let rows: Vec<i32> =
        (0..clips).flat_map(|i| (i + 1) * tokens - frame..(i + 1) * tokens).map(|row| row as i32).collect();
    let count = rows.len();
    Tensor::from_data(TensorData::new(rows, [count]), device)
}
