//! The predictor: a narrow transformer that sees context features and guesses the features of hidden tokens.

use super::{
    Block, Hidden, LAYER_NORM_EPS, Positions,
    group::{Group, Part, layer, norm},
};
use crate::{
    checkpoint::{CheckpointError, Weights},
    config::ModelConfig,
    kernels::{self, BlockShape},
};
use burn::tensor::{Device, Tensor};

/// Context features and mask tokens in, predicted target features out (spec §3.2, §4.3).
#[derive(Debug, Clone)]
pub struct Predictor {
    predictor_embed: Group,
    mask_tokens: Vec<Group>,
    predictor_blocks: Vec<Block>,
    predictor_norm: Group,
    predictor_proj: Group,
    width: usize,
    output: usize,
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
        let (width, output, grid) = (config.predictor_width, config.width, config.grid());
        let (heads, hidden) = (config.predictor_heads, config.predictor_mlp);
        let mut group = |path: &str, parts: Vec<Part>| Group::load(weights, prefix, path, parts, device);
        let token = |i: usize| (format!("mask_tokens.{i}"), vec![Part::token("", &[1, 1, width])]);
        let predictor_embed = group("predictor_embed", layer("", width, output).into())?;
        let mask_tokens = (0..config.mask_tokens).map(token).map(|(path, parts)| group(&path, parts));
        let mask_tokens = mask_tokens.collect::<Result<_, _>>()?;
        let predictor_norm = group("predictor_norm", norm("", width).into())?;
        let predictor_proj = group("predictor_proj", layer("", output, width).into())?;
        let shape = BlockShape { width, heads, hidden };
        let block = |i| Block::load(shape, weights, prefix, &format!("predictor_blocks.{i}"), device);
        let predictor_blocks = (0..config.predictor_depth).map(block).collect::<Result<_, _>>()?;
        let positions = Positions::new(config.family, grid, grid, width, width / heads, device);
        Ok(Self {
            predictor_embed,
            mask_tokens,
            predictor_blocks,
            predictor_norm,
            predictor_proj,
            width,
            output,
            positions,
        })
    }

    /// Features `[R, D]` of the context -> predicted features `[H, D]` of what is hidden.
    ///
    /// `mask_tokens` are the stand-ins in use, in the order [`Hidden`] counts them: V-JEPA 1 trains one a mask generator,
    /// V-JEPA 2 trains number 0 and the Hugging Face port asks for number 1. The published code sorts context and target
    /// by position; attention does not care, so this one does not.
    pub fn forward(&self, context: Tensor<2>, hidden: &Hidden, mask_tokens: &[usize]) -> Tensor<2> {
        self.forward_visiting(context, hidden, mask_tokens, |_, _| {})
    }

    /// [`forward`](Self::forward), showing `visit` each block's output, sequence by sequence with the context first, and
    /// as `None` the normed hidden tokens.
    pub fn forward_visiting(
        &self,
        context: Tensor<2>,
        hidden: &Hidden,
        mask_tokens: &[usize],
        mut visit: impl FnMut(Option<usize>, &Tensor<2>),
    ) -> Tensor<2> {
        let seen = kernels::linear(context, self.predictor_embed.weights(), self.width);
        let x = kernels::rows(seen, self.stand_ins(mask_tokens), hidden.from.clone(), hidden.back.clone());
        let mut x = self.positions.add(x, &hidden.all);
        let rope = self.positions.rotary(&hidden.all);
        for (i, block) in self.predictor_blocks.iter().enumerate() {
            x = block.forward(x, rope.clone(), hidden.all.spans.clone());
            visit(Some(i), &x);
        }
        // The norm is of each row alone: the context's rows need none any more.
        let [at, back] = hidden.hidden.clone();
        let x = kernels::layer_norm(kernels::pick(x, at, back), self.predictor_norm.weights(), LAYER_NORM_EPS as f32);
        visit(None, &x);
        kernels::linear(x, self.predictor_proj.weights(), self.output)
    }

    /// `[K, P]`.
    fn stand_ins(&self, mask_tokens: &[usize]) -> Tensor<2> {
        let row = |&i: &usize| self.mask_tokens[i].weights().reshape([1, self.width]);
        match mask_tokens {
            [one] => row(one),
            several => Tensor::cat(several.iter().map(row).collect(), 0),
        }
    }

    /// The same parameters without gradients.
    pub fn valid(&self) -> Self {
        let mut valid = self.clone();
        valid.groups_mut().for_each(|group| *group = group.valid());
        valid
    }

    /// All parameters, always in this order.
    pub fn groups(&self) -> impl Iterator<Item = &Group> {
        let blocks = self.predictor_blocks.iter().map(|block| &block.group);
        let ends = [&self.predictor_norm, &self.predictor_proj];
        std::iter::once(&self.predictor_embed).chain(&self.mask_tokens).chain(blocks).chain(ends)
    }

    pub fn groups_mut(&mut self) -> impl Iterator<Item = &mut Group> {
        let blocks = self.predictor_blocks.iter_mut().map(|block| &mut block.group);
        let ends = [&mut self.predictor_norm, &mut self.predictor_proj];
        std::iter::once(&mut self.predictor_embed).chain(&mut self.mask_tokens).chain(blocks).chain(ends)
    }
}
