//! Sizes and settings that kernels take beside their tensors.

/// Geometry of a transformer block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockShape {
    pub width: usize,
    pub heads: usize,
    /// Hidden width of the MLP.
    pub hidden: usize,
}

impl BlockShape {
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

/// How clips of RGBA frames are cut into tubelet patches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PatchShape {
    /// Frames a clip.
    pub frames: usize,
    /// Pixels a side.
    pub size: usize,
    pub tubelet: usize,
    pub patch: usize,
}

impl PatchShape {
    /// Tokens a clip.
    pub fn tokens(self) -> usize {
        self.frames / self.tubelet * (self.size / self.patch).pow(2)
    }

    /// Values in a patch, in the order (channel, frame, row, column).
    pub fn values(self) -> usize {
        3 * self.tubelet * self.patch * self.patch
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
