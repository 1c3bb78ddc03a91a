//! The predictor: a narrow transformer that sees context features and guesses the features of hidden tokens.

use super::{Block, LAYER_NORM_EPS, Positions, TokenIds};
use crate::{
    checkpoint::{CheckpointError, Loader, Weights},
    config::ModelConfig,
};
use burn::{
    module::{Module, Param},
    nn::{LayerNorm, Linear},
    tensor::{Device, Tensor},
};

/// Context features and mask tokens in, predicted target features out (spec §3.2, §4.3).
#[derive(Module, Debug)]
pub struct Predictor {
    predictor_embed: Linear,
    mask_tokens: Vec<Param<Tensor<3>>>,
    predictor_blocks: Vec<Block>,
    predictor_norm: LayerNorm,
    predictor_proj: Linear,
    #[module(skip)]
    positions: Positions,
}

impl Predictor {
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
        let (width, grid) = (config.predictor_width, config.grid());
        let head_dim = width / config.predictor_heads;
        let mut weights = Loader::new(weights, prefix, device);
        Ok(Self {
            predictor_embed: weights.linear("predictor_embed", config.width, width)?,
            mask_tokens: weights.list_of_params("mask_tokens", config.mask_tokens, [1, 1, width])?,
            predictor_blocks: weights.list("predictor_blocks", config.predictor_depth, |w| {
                Block::load(width, config.predictor_heads, config.predictor_mlp, w)
            })?,
            predictor_norm: weights.layer_norm("predictor_norm", width, LAYER_NORM_EPS)?,
            predictor_proj: weights.linear("predictor_proj", width, config.width)?,
            positions: Positions::new(config.family, grid, grid, width, head_dim, device),
        })
    }

    /// Features `[B, Nc, D]` of the context -> predicted features `[B, Nt, D]` of the target.
    ///
    /// `mask_token` picks the stand-in: V-JEPA 1 trains one a mask generator, V-JEPA 2 trains number 0 and the Hugging Face
    /// port asks for number 1. The published code sorts context and target by position; attention does not care, so
    /// this one does not.
    pub fn forward(&self, context: Tensor<3>, at: &TokenIds, target: &TokenIds, mask_token: usize) -> Tensor<3> {
        self.forward_visiting(context, at, target, mask_token, |_, _| {})
    }

    /// [`forward`](Self::forward), showing `visit` each block's output and, as `None`, the normed tokens, all
    /// `[B, Nc + Nt, P]` with the context first.
    pub fn forward_visiting(
        &self,
        context: Tensor<3>,
        at: &TokenIds,
        target: &TokenIds,
        mask_token: usize,
        mut visit: impl FnMut(Option<usize>, &Tensor<3>),
    ) -> Tensor<3> {
        let (b, nc, nt) = (at.batch, at.count, target.count);
        let seen = self.predictor_embed.forward(context);
        let [_, _, width] = seen.dims();
        let hidden = self.mask_tokens[mask_token].val().expand([b, nt, width]);
        let all = at.followed_by(target);
        let mut x = Tensor::cat(vec![seen, hidden], 1); // [B, Nc + Nt, P]
        if let Some(table) = self.positions.added() {
            x = x + all.lookup(table);
        }
        let rope = self.positions.rotary(Some(&all));
        for (i, block) in self.predictor_blocks.iter().enumerate() {
            x = block.forward(x, rope.as_ref());
            visit(Some(i), &x);
        }
        let x = self.predictor_norm.forward(x);
        visit(None, &x);
        self.predictor_proj.forward(x.narrow(1, nc, nt))
    }
}
