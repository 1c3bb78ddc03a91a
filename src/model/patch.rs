//! Patch embedding: a Conv3d whose kernel equals its stride is one matrix product over flattened tubelet patches.

use crate::{
    checkpoint::{CheckpointError, Loader},
    config::ModelConfig,
    grid::Grid,
};
use burn::{module::Module, nn::Linear, tensor::Tensor};

/// `[B, 3, T, H, W]` -> `[B, N, D]` (spec §2; `Conv3d` weight `[D, 3, tubelet, patch, patch]` flattened row by row).
#[derive(Module, Debug)]
pub struct PatchEmbed {
    proj: Linear,
    tubelet: usize,
    patch: usize,
}

impl PatchEmbed {
    pub(crate) fn load(config: &ModelConfig, weights: &mut Loader) -> Result<Self, CheckpointError> {
        let kernel = [3, config.tubelet, config.patch, config.patch];
        Ok(Self {
            proj: weights.patch_projection("proj", kernel, config.width)?,
            tubelet: config.tubelet,
            patch: config.patch,
        })
    }

    /// Grid of a clip with `T`, `H`, `W` frames and pixels.
    pub fn grid(&self, [_, _, t, h, w]: [usize; 5]) -> Grid {
        Grid { t: t / self.tubelet, h: h / self.patch, w: w / self.patch }
    }

    pub fn forward(&self, video: Tensor<5>) -> Tensor<3> {
        let dims = video.dims();
        let (b, Grid { t, h, w }) = (dims[0], self.grid(dims));
        let (tubelet, patch) = (self.tubelet, self.patch);
        let patches = video
            .reshape([b, 3, t, tubelet, h, patch, w, patch])
            .permute([0, 2, 4, 6, 1, 3, 5, 7]) // [B, t, h, w, 3, tubelet, patch, patch]
            .reshape([b, t * h * w, 3 * tubelet * patch * patch]);
        self.proj.forward(patches)
    }
}
