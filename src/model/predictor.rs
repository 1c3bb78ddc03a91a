//! The predictor: a narrow transformer that sees context features and guesses the features of hidden tokens.

use super::{
    Block, Hidden, Kept, Positions,
    group::{Group, GroupSpec, Groups, Part, layer, load_all, norm},
};
use crate::{
    config::{Family, ModelConfig},
    kernels::{self, BlockShape},
    weights::{CheckpointError, Weights},
};
use burn::tensor::{Device, Tensor, activation::gelu};

/// Predicted features, and how wrong they will be.
#[derive(Debug, Clone)]
pub struct Prediction {
    /// `[H, D]`.
    pub features: Tensor<2>,
    /// The log of the mean absolute error over channels that is expected, `[H, 1]`; of frame-causal models alone.
    pub log_error: Option<Tensor<2>>,
}

/// Context features and mask tokens in, predicted target features out (spec §3.2, §4.3, §5.6, §5.7, §5.8).
#[derive(Debug, Clone)]
pub struct Predictor {
    config: ModelConfig,
    /// V-JEPA 2.1 on several levels: through the encoder's width and a GELU first.
    embed_levels: Option<Group>,
    predictor_embed: Group,
    mask_tokens: Vec<Group>,
    /// V-JEPA 2.1: added to all tokens of a video, and of an image.
    kinds: Option<[Group; 2]>,
    predictor_blocks: Vec<Block>,
    predictor_norm: Group,
    predictor_proj: Group,
    /// V-JEPA 2.1 guesses the context's features as well.
    proj_context: Option<Group>,
    /// Frame-causal models: the log of how wrong each prediction will be.
    error_proj: Option<Group>,
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
        Ok(Self::assemble(config, load_all(Self::specs(config), weights, prefix, device)?, device))
    }

    /// What it is made of, in the order in which [`assemble`](Self::assemble) wants it.
    pub fn specs(config: &ModelConfig) -> Vec<GroupSpec> {
        let (width, seen, guessed) = (config.predictor_width, config.context_width(), config.predicted_width());
        let token = |path: String| GroupSpec::new(path, [Part::token("", &[1, 1, width])]);
        let deep = config.family == Family::VJepa21;
        let mut specs = match config.levels {
            1 => vec![GroupSpec::new("predictor_embed", layer("", width, seen))],
            _ => vec![
                GroupSpec::new("predictor_embed.0", layer("", config.width, seen)),
                GroupSpec::new("predictor_embed.2", layer("", width, config.width)),
            ],
        };
        specs.extend((0..config.mask_tokens).map(|i| token(format!("mask_tokens.{i}"))));
        if deep {
            specs.extend([token("video_mod_embed".into()), token("img_mod_embed".into())]);
        }
        let shape = Self::block_shape(config);
        specs.extend((0..config.predictor_depth).map(|i| Block::spec(shape, format!("predictor_blocks.{i}"))));
        specs.push(GroupSpec::new("predictor_norm", norm("", width)));
        specs.push(GroupSpec::new("predictor_proj", layer("", guessed * config.predictions(), width)));
        if deep {
            specs.push(GroupSpec::new("predictor_proj_context", layer("", guessed, width)));
        }
        if config.causal.is_some() {
            specs.push(GroupSpec::new("predictor_error", layer("", config.predictions(), width)));
        }
        specs
    }

    pub fn config(&self) -> &ModelConfig {
        &self.config
    }

    fn block_shape(config: &ModelConfig) -> BlockShape {
        let &ModelConfig { predictor_width, predictor_heads, predictor_mlp, .. } = config;
        Block::shape(config, predictor_width, predictor_heads, predictor_mlp)
    }

    /// From the groups of [`specs`](Self::specs).
    pub fn assemble(config: &ModelConfig, groups: Vec<Group>, device: &Device) -> Self {
        let mut groups = Groups::new(groups);
        let deep = config.family == Family::VJepa21;
        let shape = Self::block_shape(config);
        Self {
            embed_levels: (config.levels > 1).then(|| groups.one()),
            predictor_embed: groups.one(),
            mask_tokens: (0..config.mask_tokens).map(|_| groups.one()).collect(),
            kinds: deep.then(|| [groups.one(), groups.one()]),
            predictor_blocks: (0..config.predictor_depth).map(|_| Block { group: groups.one(), shape }).collect(),
            predictor_norm: groups.one(),
            predictor_proj: groups.one(),
            proj_context: deep.then(|| groups.one()),
            error_proj: config.causal.is_some().then(|| groups.one()),
            positions: Positions::of_predictor(config, config.grid(), device),
            config: config.clone(),
        }
    }

    /// Features `[R, levels * D]` of the context -> predicted features `[H, D]` of what is hidden.
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
        self.predict(context, hidden, mask_tokens, &mut visit).features
    }

    /// [`forward`](Self::forward), with the error that the predictor itself expects.
    pub fn predict(
        &self,
        context: Tensor<2>,
        hidden: &Hidden,
        mask_tokens: &[usize],
        visit: &mut impl FnMut(Option<usize>, &Tensor<2>),
    ) -> Prediction {
        let x = self.run(context, hidden, mask_tokens, visit);
        let [at, back] = hidden.hidden.clone();
        let width = self.config.predicted_width();
        let Some(error_proj) = &self.error_proj else {
            // The norm is of each row alone: the context's rows need none any more.
            let x = self.norm(kernels::pick(x, at, back));
            visit(None, &x);
            return Prediction { features: self.predictor_proj.linear(x, width), log_error: None };
        };
        let x = self.norm(x);
        visit(None, &x);
        let ([rows, _], predictions) = (x.dims(), self.config.predictions());
        let features = self.predictor_proj.linear(x.clone(), width * predictions); // [R, predictions * D]
        let features = kernels::pick(features.reshape([rows * predictions, width]), at.clone(), back.clone());
        // What is expected to be wrong learns from the predictor and teaches it nothing.
        let x = if x.is_autodiff() { Tensor::from_inner(x.inner()) } else { x };
        let log_error = error_proj.linear(x, predictions); // [R, predictions]
        let log_error = kernels::pick(log_error.reshape([rows * predictions, 1]), at, back);
        Prediction { features, log_error: Some(log_error) }
    }

    /// Nothing yet, for [`next`](Self::next) of a frame-causal predictor that attends to so many tubelets.
    pub fn kept(&self, window: usize, device: &Device) -> Kept {
        let ModelConfig { predictor_width, predictor_heads, predictor_depth, .. } = self.config;
        let network = [predictor_width, predictor_heads, predictor_depth];
        Kept::new(self.config.grid(), network, window, device)
    }

    /// Frame-causal: features of the next tubelet of a clip `[frame, D]`, of which nothing is hidden -> what is predicted of
    /// the tubelets after it, `[frame, horizons * D]`, and the logs of the errors that are expected, `[frame, horizons]`.
    ///
    /// # Panics
    /// Unless the model is frame-causal.
    pub fn next(&self, features: Tensor<2>, kept: &mut Kept) -> (Tensor<2>, Tensor<2>) {
        let error_proj = self.error_proj.as_ref().expect("a frame-causal predictor");
        let x = self.predictor_embed.linear(features, self.config.predictor_width);
        let x = self.norm(kept.through(&self.predictor_blocks, x));
        let ([rows, _], width, made) = (x.dims(), self.config.predicted_width(), self.config.predictions());
        // The first prediction at each token is of the token itself, which is seen.
        let features = self.predictor_proj.linear(x.clone(), made * width).slice([0..rows, width..made * width]);
        (features, error_proj.linear(x, made).slice([0..rows, 1..made]))
    }

    /// V-JEPA 2.1: predicted features of what is hidden, `[H, D]`, and of the context itself, `[R, D]` (spec §5.7). Other
    /// families have no second projection.
    pub fn forward_all(
        &self,
        context: Tensor<2>,
        hidden: &Hidden,
        mask_tokens: &[usize],
    ) -> (Tensor<2>, Option<Tensor<2>>) {
        let x = self.run(context, hidden, mask_tokens, &mut |_, _| {});
        let [at, back] = hidden.hidden.clone();
        let project = |x, proj: &Group| proj.linear(self.norm(x), self.config.predicted_width());
        let guessed = project(kernels::pick(x.clone(), at, back), &self.predictor_proj);
        let of_context = |proj| project(kernels::pick(x, hidden.back.clone(), hidden.from.clone()), proj);
        (guessed, self.proj_context.as_ref().map(of_context))
    }

    /// Through all blocks: `[R + H, P]`, sequence by sequence.
    fn run(
        &self,
        context: Tensor<2>,
        hidden: &Hidden,
        mask_tokens: &[usize],
        visit: &mut impl FnMut(Option<usize>, &Tensor<2>),
    ) -> Tensor<2> {
        let ModelConfig { width, predictor_width, .. } = self.config;
        let context = match &self.embed_levels {
            Some(first) => gelu(first.linear(context, width)),
            None => context,
        };
        let seen = self.predictor_embed.linear(context, predictor_width);
        let x = kernels::rows(seen, self.stand_ins(mask_tokens), hidden.from.clone(), hidden.back.clone());
        let positions = match hidden.grid == self.config.grid() || self.config.causal.is_none() {
            true => self.positions.clone(),
            false => Positions::of_predictor(&self.config, hidden.grid, &x.device()),
        };
        let mut x = positions.add(x, &hidden.all);
        if let Some([video, image]) = &self.kinds {
            let kind = if hidden.still { image } else { video };
            x = x + kind.weights().reshape([1, predictor_width]);
        }
        let rope = positions.rotary(&hidden.all);
        let spans = hidden.all.attending(self.config.causal.map(|causal| causal.predictor_window));
        for (i, block) in self.predictor_blocks.iter().enumerate() {
            x = block.forward(x, rope.clone(), spans.clone());
            visit(Some(i), &x);
        }
        x
    }

    fn norm(&self, x: Tensor<2>) -> Tensor<2> {
        kernels::layer_norm(x, self.predictor_norm.weights(), self.config.norm_epsilon as f32)
    }

    /// `[K, P]`.
    fn stand_ins(&self, mask_tokens: &[usize]) -> Tensor<2> {
        // The published code counts round as well where there are fewer.
        let token = |i: usize| &self.mask_tokens[i % self.mask_tokens.len()];
        let row = |&i: &usize| token(i).weights().reshape([1, self.config.predictor_width]);
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

    /// The same parameters, asking for gradients.
    pub fn learning(&self) -> Self {
        let mut learning = self.clone();
        learning.groups_mut().for_each(|group| group.value = Tensor::from_inner(group.value.clone()).require_grad());
        learning
    }

    /// All parameters, always in this order, which is that of [`specs`](Self::specs).
    pub fn groups(&self) -> impl Iterator<Item = &Group> {
        let first = self.embed_levels.iter().chain([&self.predictor_embed]).chain(&self.mask_tokens);
        let blocks = self.predictor_blocks.iter().map(|block| &block.group);
        let ends = [&self.predictor_norm, &self.predictor_proj];
        first
            .chain(self.kinds.iter().flatten())
            .chain(blocks)
            .chain(ends)
            .chain(&self.proj_context)
            .chain(&self.error_proj)
    }

    pub fn groups_mut(&mut self) -> impl Iterator<Item = &mut Group> {
        let first = self.embed_levels.iter_mut().chain([&mut self.predictor_embed]).chain(&mut self.mask_tokens);
        let blocks = self.predictor_blocks.iter_mut().map(|block| &mut block.group);
        let ends = [&mut self.predictor_norm, &mut self.predictor_proj];
        first
            .chain(self.kinds.iter_mut().flatten())
            .chain(blocks)
            .chain(ends)
            .chain(&mut self.proj_context)
            .chain(&mut self.error_proj)
    }
}
