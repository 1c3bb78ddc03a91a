//! Clips cut into tubelet patches. A Conv3d whose kernel equals its stride is one matrix product over them.

use crate::{config::ModelConfig, grid::PatchShape};
use burn::tensor::Tensor;

impl ModelConfig {
    /// How this model cuts its clips.
    pub fn patch_shape(&self) -> PatchShape {
        PatchShape { frames: self.frames, size: self.size, tubelet: self.tubelet, patch: self.patch }
    }
}

/// Normalised video `[B, 3, T, H, W]` -> patches `[B * N, 3 * tubelet * patch * patch]`, each in the order (channel, frame,
/// row, column) of the published `Conv3d` weight (spec §2).
pub fn patches_of(video: Tensor<5>, tubelet: usize, patch: usize) -> Tensor<2> {
    let [b, _, frames, height, width] = video.dims();
    let (t, h, w) = (frames / tubelet, height / patch, width / patch);
    video
        .reshape([b, 3, t, tubelet, h, patch, w, patch])
        .permute([0, 2, 4, 6, 1, 3, 5, 7]) // [B, t, h, w, 3, tubelet, patch, patch]
        .reshape([b * t * h * w, 3 * tubelet * patch * patch])
}
