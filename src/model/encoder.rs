//! The encoder: patches, positions, blocks, a final norm. Context and target encoder are two of these.

use super::{
    Block, LAYER_NORM_EPS, Positions, Tokens,
    group::{Group, Part, layer, norm},
};
use crate::{
    checkpoint::{CheckpointError, Weights},
    config::{Family, ModelConfig},
    grid::Grid,
    kernels::{self, BlockShape},
};
use burn::tensor::{Device, Tensor};

/// A video transformer (spec §2, §3.1, §4.2).
#[derive(Debug, Clone)]
pub struct Encoder {
    patch_embed: Group,
    pub blocks: Vec<Block>,
    norm: Group,
    shape: EncoderShape,
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
        let &ModelConfig { family, width, heads, mlp: hidden, tubelet, patch, .. } = config;
        let shape = EncoderShape { family, grid: config.grid(), width, head_dim: width / heads };
        let mut group = |path: &str, parts: Vec<Part>| Group::load(weights, prefix, path, parts, device);
        let [_, bias] = layer("proj", width, 1);
        let kernel = Part::matrix("proj.weight", &[width, 3, tubelet, patch, patch]);
        let patch_embed = group("patch_embed", vec![kernel, bias])?;
        let last = group("norm", norm("", width).into())?;
        let block = BlockShape { width, heads, hidden };
        let blocks = (0..config.depth).map(|i| Block::load(block, weights, prefix, &format!("blocks.{i}"), device));
        Ok(Self {
            patch_embed,
            blocks: blocks.collect::<Result<_, _>>()?,
            norm: last,
            positions: shape.positions(shape.grid, device),
            shape,
        })
    }

    /// Patches of a batch `[B * N, values]` on `grid` -> features of `tokens` `[R, D]`.
    ///
    /// Tokens that are not kept are dropped before the first block: nothing stands in for them.
    pub fn forward(&self, patches: Tensor<2>, grid: Grid, tokens: &Tokens) -> Tensor<2> {
        self.forward_visiting(patches, grid, tokens, |_, _| {})
    }

    /// [`forward`](Self::forward), showing `visit` the embedded tokens (as `None`) and each block's output `[R, D]`.
    pub fn forward_visiting(
        &self,
        patches: Tensor<2>,
        grid: Grid,
        tokens: &Tokens,
        mut visit: impl FnMut(Option<usize>, &Tensor<2>),
    ) -> Tensor<2> {
        let positions = self.positions_for(grid, &patches.device());
        let mut x = self.embed(patches, tokens);
        visit(None, &x);
        x = positions.add(x, tokens);
        let rope = positions.rotary(tokens);
        for (i, block) in self.blocks.iter().enumerate() {
            x = block.forward(x, rope.clone(), tokens.spans.clone());
            visit(Some(i), &x);
        }
        kernels::layer_norm(x, self.norm.weights(), LAYER_NORM_EPS as f32)
    }

    /// Patches -> embedded tokens `[R, D]`, without positions.
    pub fn embed(&self, patches: Tensor<2>, tokens: &Tokens) -> Tensor<2> {
        // Patches that several sequences keep are taken twice: nobody asks for their gradient.
        let kept = match &tokens.kept {
            Some(kept) => kernels::pick(patches, kept.clone(), kept.clone()),
            None => patches,
        };
        kernels::linear(kept, self.patch_embed.weights(), self.shape.width)
    }

    /// What turns the queries and keys of `tokens` on `grid`, `[R, 2 * head_dim]`.
    pub fn rotary(&self, grid: Grid, tokens: &Tokens, device: &Device) -> Tensor<2> {
        self.positions_for(grid, device).rotary(tokens)
    }

    /// The same parameters without gradients.
    pub fn valid(&self) -> Self {
        let mut valid = self.clone();
        valid.groups_mut().for_each(|group| *group = group.valid());
        valid
    }

    /// All parameters, always in this order.
    pub fn groups(&self) -> impl Iterator<Item = &Group> {
        let blocks = self.blocks.iter().map(|block| &block.group);
        std::iter::once(&self.patch_embed).chain(blocks).chain([&self.norm])
    }

    pub fn groups_mut(&mut self) -> impl Iterator<Item = &mut Group> {
        let blocks = self.blocks.iter_mut().map(|block| &mut block.group);
        std::iter::once(&mut self.patch_embed).chain(blocks).chain([&mut self.norm])
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

/// What the predictor has to guess: features normalised over channels without gain or bias (spec §8.2), `[R, D]`.
pub fn normalise_targets(features: Tensor<2>) -> Tensor<2> {
    kernels::normalise(features, 1e-5)
}
