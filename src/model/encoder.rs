//! The encoder: patches, positions, blocks, a final norm. Context and target encoder are two of these.

use super::{Block, LAYER_NORM_EPS, PatchEmbed, Positions, TokenIds};
use crate::{
    checkpoint::{CheckpointError, Loader, Weights},
    config::{Family, ModelConfig},
    grid::Grid,
};
use burn::{
    module::Module,
    nn::LayerNorm,
    tensor::{Device, Tensor, module::layer_norm},
};

/// A video transformer (spec §2, §3.1, §4.2).
#[derive(Module, Debug)]
pub struct Encoder {
    patch_embed: PatchEmbed,
    blocks: Vec<Block>,
    norm: LayerNorm,
    #[module(skip)]
    shape: EncoderShape,
    #[module(skip)]
    positions: Positions,
}

#[derive(Debug, Clone)]
struct EncoderShape {
    family: Family,
    grid: Grid,
    width: usize,
    head_dim: usize,
}

impl Encoder {
    /// Build from `{prefix}.*` of `weights`, which are taken out of it.
    ///
    /// # Errors
    /// A tensor that is missing or has another shape, by name.
    pub fn load(
        config: &ModelConfig,
        weights: &mut Weights,
        prefix: &str,
        device: &Device,
    ) -> Result<Self, CheckpointError> {
        let shape = EncoderShape {
            family: config.family,
            grid: config.grid(),
            width: config.width,
            head_dim: config.width / config.heads,
        };
        let mut weights = Loader::new(weights, prefix, device);
        Ok(Self {
            patch_embed: weights.within("patch_embed", |w| PatchEmbed::load(config, w))?,
            blocks: weights.list("blocks", config.depth, |w| Block::load(config.width, config.heads, config.mlp, w))?,
            norm: weights.layer_norm("norm", config.width, LAYER_NORM_EPS)?,
            positions: shape.positions(shape.grid, device),
            shape,
        })
    }

    /// `[B, 3, T, H, W]` -> features `[B, K, D]` of the tokens in `keep`, or of all.
    ///
    /// Tokens that are not kept are dropped before the first block: nothing stands in for them.
    pub fn forward(&self, video: Tensor<5>, keep: Option<&TokenIds>) -> Tensor<3> {
        let last = self.walk(video, keep, |_, _| {});
        self.norm.forward(last)
    }

    /// [`forward`](Self::forward), showing `visit` the embedded tokens (as `None`) and each block's output `[B, K, D]`.
    pub fn forward_visiting(
        &self,
        video: Tensor<5>,
        keep: Option<&TokenIds>,
        visit: impl FnMut(Option<usize>, &Tensor<3>),
    ) -> Tensor<3> {
        let last = self.walk(video, keep, visit);
        self.norm.forward(last)
    }

    fn walk(
        &self,
        video: Tensor<5>,
        keep: Option<&TokenIds>,
        mut visit: impl FnMut(Option<usize>, &Tensor<3>),
    ) -> Tensor<3> {
        let positions = self.positions_for(self.patch_embed.grid(video.dims()), &video.device());
        let mut x = self.patch_embed.forward(video);
        visit(None, &x);
        if let Some(table) = positions.added() {
            x = x + table.unsqueeze_dim(0);
        }
        if let Some(ids) = keep {
            x = ids.gather(x);
        }
        let rope = positions.rotary(keep);
        for (i, block) in self.blocks.iter().enumerate() {
            x = block.forward(x, rope.as_ref());
            visit(Some(i), &x);
        }
        x
    }

    /// Queries and keys of the first block before and after turning, `[B, N, heads, head_dim]` each, for parity tests.
    pub fn first_queries_keys(&self, video: Tensor<5>) -> [[Tensor<4>; 2]; 2] {
        let positions = self.positions_for(self.patch_embed.grid(video.dims()), &video.device());
        let block = &self.blocks[0];
        let x = block.normalised(self.patch_embed.forward(video));
        let turned = |rope| {
            let [q, k, _] = block.attn.queries_keys_values(x.clone(), rope);
            [q, k]
        };
        let rope = positions.rotary(None);
        [turned(None), turned(rope.as_ref())]
    }

    /// Tables for another clip size are made on the spot; the configured one is kept.
    fn positions_for(&self, grid: Grid, device: &Device) -> Positions {
        match grid == self.shape.grid {
            true => self.positions.clone(),
            false => self.shape.positions(grid, device),
        }
    }
}

impl EncoderShape {
    fn positions(&self, grid: Grid, device: &Device) -> Positions {
        Positions::new(self.family, self.grid, grid, self.width, self.head_dim, device)
    }
}

/// What the predictor has to guess: features normalised over channels without gain or bias (spec §8.2), `[B, N, D]`.
pub fn normalise_targets(features: Tensor<3>) -> Tensor<3> {
    let [_, _, d] = features.dims();
    let gain = Tensor::ones([d], &features.device());
    layer_norm(features, gain, None, 1e-5)
}
