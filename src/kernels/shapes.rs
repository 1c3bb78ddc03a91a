//! Sizes and settings that kernels take beside their tensors.

use crate::{
    config::{Activation, LAYER_NORM_EPS},
    precision::Precision,
};

/// Geometry of a transformer block, and what its norms and its MLP compute.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BlockShape {
    pub width: usize,
    pub heads: usize,
    /// Hidden width of the MLP.
    pub hidden: usize,
    /// Of both layer norms.
    pub epsilon: f32,
    /// Between the layers of the MLP.
    pub activation: Activation,
}

impl BlockShape {
    /// With the epsilon and the activation of the published models.
    pub const fn new(width: usize, heads: usize, hidden: usize) -> Self {
        Self { width, heads, hidden, epsilon: LAYER_NORM_EPS as f32, activation: Activation::Gelu }
    }

    pub fn head_dim(self) -> usize {
        self.width / self.heads
    }

    /// Where each tensor of a block begins in its flat weights, in elements.
    pub fn layout(self) -> BlockParts<usize> {
        let mut end = 0;
        BlockParts::cut(self, |count| {
            end += count;
            end - count
        })
    }

    /// How many weights a block has.
    pub fn weights(self) -> usize {
        self.layout().norm2 + 2 * self.width
    }

    /// `[in, out]` of the matrices qkv, proj, fc1 and fc2.
    pub fn matrices(self) -> [[usize; 2]; 4] {
        let Self { width, hidden, .. } = self;
        [[width, 3 * width], [width, width], [width, hidden], [hidden, width]]
    }

    /// Whether the packed kernels take such a block: they read everything in fours, queries and keys a head at a time.
    pub fn packable(self) -> bool {
        self.head_dim().is_multiple_of(4) && self.matrices().into_iter().all(|[input, output]| packable(input, output))
    }

    /// Where everything begins in a block packed with `precision`.
    pub fn packed_layout(self, precision: Precision) -> PackedLayout {
        let flat = self.layout();
        let mut scales = 0;
        let starts = self.matrices().map(|[_, output]| {
            scales += precision.scales(output);
            scales - precision.scales(output)
        });
        let rest = |start: usize| start - flat.qkv_bias + scales;
        PackedLayout {
            parts: BlockParts {
                qkv_bias: rest(flat.qkv_bias),
                proj_bias: rest(flat.proj_bias),
                fc1_bias: rest(flat.fc1_bias),
                fc2_bias: rest(flat.fc2_bias),
                norm1: rest(flat.norm1),
                norm2: rest(flat.norm2),
                ..flat
            },
            scales: starts,
            codes: precision.words(flat.qkv_bias),
            rest: rest(self.weights()),
        }
    }
}

/// Whether the packed kernels take a matrix `[input, output]`: they read rows of both operands in fours.
pub fn packable(input: usize, output: usize) -> bool {
    input.is_multiple_of(4) && output.is_multiple_of(4)
}

/// Where everything begins in a packed block.
#[derive(Clone, Copy, Debug)]
pub struct PackedLayout {
    /// Matrices among the codes, counted in values; vectors in `rest`, behind all scales.
    pub parts: BlockParts<usize>,
    /// In `rest`: the scales of qkv, proj, fc1 and fc2; without scales all at its beginning.
    pub scales: [usize; 4],
    /// Words of codes.
    pub codes: usize,
    /// Elements of `rest`.
    pub rest: usize,
}

/// The tensors of a block in the order of its flat weights: matrices `[in, out]` first, because they decay, then vectors.
/// A norm is gain, then bias.
#[derive(Clone, Copy, Debug)]
pub struct BlockParts<T> {
    pub qkv: T,
    pub proj: T,
    pub fc1: T,
    pub fc2: T,
    pub qkv_bias: T,
    pub proj_bias: T,
    pub fc1_bias: T,
    pub fc2_bias: T,
    pub norm1: T,
    pub norm2: T,
}

/// A block on new rows of sequences that have gone on for a while.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AfterShape {
    pub block: BlockShape,
    /// Sequences, of equal length.
    pub count: usize,
    /// Rows before the new ones, of each sequence.
    pub past: usize,
}

impl<T> BlockParts<T> {
    /// `take` hands out the next so many weights.
    pub fn cut(BlockShape { width, hidden, .. }: BlockShape, mut take: impl FnMut(usize) -> T) -> Self {
        Self {
            qkv: take(3 * width * width),
            proj: take(width * width),
            fc1: take(width * hidden),
            fc2: take(hidden * width),
            qkv_bias: take(3 * width),
            proj_bias: take(width),
            fc1_bias: take(hidden),
            fc2_bias: take(width),
            norm1: take(2 * width),
            norm2: take(2 * width),
        }
    }
}

/// One step of AdamW (Loshchilov & Hutter 2019) in the order of `torch.optim.AdamW`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamStep {
    pub learning_rate: f32,
    pub weight_decay: f32,
    pub beta1: f32,
    pub beta2: f32,
    pub epsilon: f32,
    /// `1 - beta1^t` and `1 - beta2^t` at step `t`.
    pub correction1: f32,
    pub correction2: f32,
    /// Only entries before this one decay.
    pub decayed: usize,
}

/// What to add up over all elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Total {
    Values,
    Magnitudes,
    Squares,
}
