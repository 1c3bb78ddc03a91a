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

    /// Where each tensor of a block begins in its flat weights: matrices `[in, out]` first, because they decay, then
    /// vectors.
    pub fn layout(self) -> BlockLayout {
        let (width, hidden) = (self.width, self.hidden);
        let mut end = 0;
        let mut next = |size: usize| {
            end += size;
            end - size
        };
        BlockLayout {
            qkv: next(3 * width * width),
            proj: next(width * width),
            fc1: next(width * hidden),
            fc2: next(hidden * width),
            qkv_bias: next(3 * width),
            proj_bias: next(width),
            fc1_bias: next(hidden),
            fc2_bias: next(width),
            norm1: next(2 * width),
            norm2: next(2 * width),
            end: next(0),
        }
    }
}

/// Offsets into the flat weights of a block, in elements. A norm is gain, then bias.
#[derive(Clone, Copy, Debug)]
pub struct BlockLayout {
    pub qkv: usize,
    pub proj: usize,
    pub fc1: usize,
    pub fc2: usize,
    pub qkv_bias: usize,
    pub proj_bias: usize,
    pub fc1_bias: usize,
    pub fc2_bias: usize,
    pub norm1: usize,
    pub norm2: usize,
    /// How many elements there are.
    pub end: usize,
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
