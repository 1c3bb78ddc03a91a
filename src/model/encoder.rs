//! The encoder: patches, positions, blocks, a final norm. Context and target encoder are two of these.

use super::{
    Block, Kept, Positions, Tokens,
    group::{Group, GroupSpec, Groups, Part, layer, load_all, norm, upload},
};
use crate::{
    config::{Family, ModelConfig},
    grid::Grid,
    kernels,
    weights::{CheckpointError, Weights},
};
use burn::tensor::{Device, Tensor};

/// A video transformer (spec §2, §3.1, §4.2, §5).
#[derive(Debug, Clone)]
pub struct Encoder {
    config: ModelConfig,
    video: Tokenizer,
    /// V-JEPA 2.1 cuts still images into patches of one frame.
    image: Option<Tokenizer>,
    pub blocks: Vec<Block>,
    /// After which block each norm reads, ascending; the last norm's is the last block.
    levels: Vec<usize>,
    norms: Vec<Group>,
    positions: Positions,
}

/// Patches -> tokens of one kind of picture.
#[derive(Debug, Clone)]
struct Tokenizer {
    patch_embed: Group,
    /// V-JEPA 2.1: what tells this kind from the other, added to every token.
    kind: Option<Group>,
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
        Ok(Self::assemble(config, load_all(Self::specs(config), weights, prefix, device)?, device))
    }

    /// What it is made of, in the order in which [`assemble`](Self::assemble) wants it.
    pub fn specs(config: &ModelConfig) -> Vec<GroupSpec> {
        let &ModelConfig { family, width, heads, mlp: hidden, depth, tubelet, patch, .. } = config;
        let tokenizer = |path: &str, frames| {
            let [_, bias] = layer("proj", width, 1);
            GroupSpec::new(path, [Part::matrix("proj.weight", &[width, 3, frames, patch, patch]), bias])
        };
        let kind = |path: &str| GroupSpec::new(path, [Part::token("", &[1, 1, width])]);
        let mut specs = vec![tokenizer("patch_embed", tubelet)];
        if family == Family::VJepa21 {
            specs.extend([kind("video_mod_embed"), tokenizer("patch_embed_img", 1), kind("img_mod_embed")]);
        }
        let shape = Block::shape(config, width, heads, hidden);
        specs.extend((0..depth).map(|i| Block::spec(shape, format!("blocks.{i}"))));
        let norms = match family {
            Family::VJepa1 | Family::VJepa2 => vec!["norm".to_string()],
            Family::VJepa21 => (0..4).map(|level| format!("norms_block.{level}")).collect(),
        };
        specs.extend(norms.into_iter().map(|path| GroupSpec::new(path, norm("", width))));
        specs
    }

    /// From the groups of [`specs`](Self::specs).
    pub fn assemble(config: &ModelConfig, groups: Vec<Group>, device: &Device) -> Self {
        let &ModelConfig { width, heads, mlp: hidden, depth, .. } = config;
        let mut groups = Groups::new(groups);
        let deep = config.family == Family::VJepa21;
        let video = Tokenizer { patch_embed: groups.one(), kind: deep.then(|| groups.one()) };
        let image = deep.then(|| Tokenizer { patch_embed: groups.one(), kind: Some(groups.one()) });
        let shape = Block::shape(config, width, heads, hidden);
        let blocks = (0..depth).map(|_| Block { group: groups.one(), shape }).collect();
        let levels = match config.level_blocks() {
            Some(levels) if deep => levels.to_vec(),
            _ => vec![depth - 1],
        };
        Self {
            norms: levels.iter().map(|_| groups.one()).collect(),
            positions: Positions::of_encoder(config, config.grid(), device),
            config: config.clone(),
            video,
            image,
            blocks,
            levels,
        }
    }

    /// Patches of a batch `[B * N, values]` on `grid` -> features of `tokens` `[R, D]`.
    ///
    /// Tokens that are not kept are dropped before the first block: nothing stands in for them. Patches of one frame are
    /// those of a still image, which V-JEPA 2.1 alone knows.
    pub fn forward(&self, patches: Tensor<2>, grid: Grid, tokens: &Tokens) -> Tensor<2> {
        self.forward_visiting(patches, grid, tokens, |_, _| {})
    }

    /// [`forward`](Self::forward), showing `visit` the embedded tokens (as `None`) and each block's output `[R, D]`.
    pub fn forward_visiting(
        &self,
        patches: Tensor<2>,
        grid: Grid,
        tokens: &Tokens,
        visit: impl FnMut(Option<usize>, &Tensor<2>),
    ) -> Tensor<2> {
        self.levels(patches, grid, tokens, 1, visit).remove(0)
    }

    /// What the predictor takes, `[R, levels * D]`: V-JEPA 2.1 sees features of several depths (spec §5.4).
    pub fn context(&self, patches: Tensor<2>, grid: Grid, tokens: &Tokens) -> Tensor<2> {
        let mut levels = self.levels(patches, grid, tokens, self.config.levels, |_, _| {});
        match levels.len() {
            1 => levels.remove(0),
            _ => Tensor::cat(levels, 1),
        }
    }

    /// The normed features `[R, D]` of the last `count` levels, the last one last.
    pub fn levels(
        &self,
        patches: Tensor<2>,
        grid: Grid,
        tokens: &Tokens,
        count: usize,
        mut visit: impl FnMut(Option<usize>, &Tensor<2>),
    ) -> Vec<Tensor<2>> {
        let positions = self.positions_for(grid, &patches.device());
        let mut x = self.embed(patches, tokens, |x| visit(None, x));
        x = positions.add(x, tokens);
        let rope = positions.rotary(tokens);
        let spans = tokens.attending(self.config.causal.map(|causal| causal.encoder_window));
        let wanted = self.levels.len() - count;
        let mut found = Vec::with_capacity(count);
        for (i, block) in self.blocks.iter().enumerate() {
            x = block.forward(x, rope.clone(), spans.clone());
            visit(Some(i), &x);
            if let Some(level) = self.levels.iter().position(|&at| at == i).filter(|&level| level >= wanted) {
                found.push(kernels::layer_norm(
                    x.clone(),
                    self.norms[level].weights(),
                    self.config.norm_epsilon as f32,
                ));
            }
        }
        found
    }

    /// Patches -> embedded tokens `[R, D]`, without positions; `visit` sees them before their kind is added.
    pub fn embed(&self, patches: Tensor<2>, tokens: &Tokens, visit: impl FnOnce(&Tensor<2>)) -> Tensor<2> {
        let tokenizer = match &self.image {
            Some(image) if patches.dims()[1] == self.config.image_values() => image,
            _ => &self.video,
        };
        // Patches that several sequences keep are taken twice: nobody asks for their gradient.
        let kept = match &tokens.kept {
            Some(kept) => kernels::pick(patches, kept.clone(), kept.clone()),
            None => patches,
        };
        let x = tokenizer.patch_embed.linear(kept, self.config.width);
        visit(&x);
        match &tokenizer.kind {
            Some(kind) => x + kind.weights().reshape([1, self.config.width]),
            None => x,
        }
    }

    /// Nothing yet, for [`next`](Self::next) of a frame-causal encoder that attends to so many tubelets.
    pub fn kept(&self, window: usize, device: &Device) -> Kept {
        let ModelConfig { width, heads, depth, .. } = self.config;
        Kept::new(self.config.grid(), [width, heads, depth], window, device)
    }

    /// Frame-causal: patches of the next tubelet of a clip `[frame, values]` -> its features `[frame, D]`, as
    /// [`forward`](Self::forward) has them for all tubelets so far.
    pub fn next(&self, patches: Tensor<2>, kept: &mut Kept) -> Tensor<2> {
        let x = self.video.patch_embed.linear(patches, self.config.width);
        let x = kept.through(&self.blocks, x);
        kernels::layer_norm(x, self.norms[0].weights(), self.config.norm_epsilon as f32)
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

    /// All parameters, always in this order, which is that of [`specs`](Self::specs).
    pub fn groups(&self) -> impl Iterator<Item = &Group> {
        let tokenizers = std::iter::once(&self.video).chain(&self.image);
        let tokenizers =
            tokenizers.flat_map(|Tokenizer { patch_embed, kind }| std::iter::once(patch_embed).chain(kind));
        tokenizers.chain(self.blocks.iter().map(|block| &block.group)).chain(&self.norms)
    }

    pub fn groups_mut(&mut self) -> impl Iterator<Item = &mut Group> {
        let tokenizers = std::iter::once(&mut self.video).chain(&mut self.image);
        let tokenizers =
            tokenizers.flat_map(|Tokenizer { patch_embed, kind }| std::iter::once(patch_embed).chain(kind));
        tokenizers.chain(self.blocks.iter_mut().map(|block| &mut block.group)).chain(&mut self.norms)
    }

    /// Tables for another clip size are made on the spot; the configured one is kept.
    fn positions_for(&self, grid: Grid, device: &Device) -> Positions {
        match grid == self.config.grid() {
            true => self.positions.clone(),
            false => Positions::of_encoder(&self.config, grid, device),
        }
    }
}

/// What the predictor has to guess: features normalised over channels without gain or bias (spec §8.2), `[R, D]`.
pub fn normalise_targets(features: Tensor<2>) -> Tensor<2> {
    kernels::normalise(features, FEATURE_EPSILON)
}

/// The same with a gradient: for features that learn from being targets, and before predictions are fed back (spec §10.1).
pub fn normed(features: Tensor<2>) -> Tensor<2> {
    let [_, width] = features.dims();
    let plain = upload([vec![1.0; width], vec![0.0; width]].concat(), &features.device());
    kernels::layer_norm(features, plain, FEATURE_EPSILON)
}

/// Of the norm of features before they are compared.
const FEATURE_EPSILON: f32 = 1e-5;
