//! The pre-norm transformer block both networks are made of (spec §2).

use super::{LAYER_NORM_EPS, position::Rope};
use crate::checkpoint::{CheckpointError, Loader};
use burn::{
    module::Module,
    nn::{LayerNorm, Linear},
    tensor::{Tensor, activation},
};

/// Full bidirectional self-attention with a fused qkv projection, rows ordered `[q | k | v]`.
#[derive(Module, Debug)]
pub struct Attention {
    qkv: Linear,
    proj: Linear,
    heads: usize,
}

impl Attention {
    fn load(width: usize, heads: usize, weights: &mut Loader) -> Result<Self, CheckpointError> {
        Ok(Self { qkv: weights.linear("qkv", width, 3 * width)?, proj: weights.linear("proj", width, width)?, heads })
    }

    /// Queries, keys and values, each `[B, K, heads, head_dim]`, queries and keys turned by their positions.
    pub fn queries_keys_values(&self, x: Tensor<3>, rope: Option<&Rope>) -> [Tensor<4>; 3] {
        let [b, k, d] = x.dims();
        let (heads, dim) = (self.heads, d / self.heads);
        let qkv = self.qkv.forward(x).reshape([b, k, 3 * heads, dim]);
        // One rotation serves queries and keys: they are neighbours in the fused projection.
        let mut turned = qkv.clone().narrow(2, 0, 2 * heads);
        if let Some(rope) = rope {
            turned = rope.apply(turned);
        }
        let value = qkv.narrow(2, 2 * heads, heads);
        [turned.clone().narrow(2, 0, heads), turned.narrow(2, heads, heads), value]
    }

    /// `[B, K, D]` -> `[B, K, D]`.
    pub fn forward(&self, x: Tensor<3>, rope: Option<&Rope>) -> Tensor<3> {
        let [b, k, d] = x.dims();
        let [q, key, v] = self.queries_keys_values(x, rope).map(|x| x.swap_dims(1, 2)); // [B, heads, K, head_dim]
        let scale = ((d / self.heads) as f64).powf(-0.5);
        let scores = q.mul_scalar(scale).matmul(key.swap_dims(2, 3)); // [B, heads, K, K]
        let mixed = activation::softmax(scores, 3).matmul(v); // [B, heads, K, head_dim]
        self.proj.forward(mixed.swap_dims(1, 2).reshape([b, k, d]))
    }
}

/// Two layers with an exact (erf) GELU between them.
#[derive(Module, Debug)]
pub struct Mlp {
    fc1: Linear,
    fc2: Linear,
}

impl Mlp {
    fn load(width: usize, hidden: usize, weights: &mut Loader) -> Result<Self, CheckpointError> {
        Ok(Self { fc1: weights.linear("fc1", width, hidden)?, fc2: weights.linear("fc2", hidden, width)? })
    }

    /// `[B, K, D]` -> `[B, K, D]`.
    pub fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        self.fc2.forward(activation::gelu(self.fc1.forward(x)))
    }
}

/// `x += attention(norm1(x))`, then `x += mlp(norm2(x))`.
#[derive(Module, Debug)]
pub struct Block {
    norm1: LayerNorm,
    pub attn: Attention,
    norm2: LayerNorm,
    mlp: Mlp,
}

impl Block {
    pub(crate) fn load(
        width: usize,
        heads: usize,
        hidden: usize,
        weights: &mut Loader,
    ) -> Result<Self, CheckpointError> {
        Ok(Self {
            norm1: weights.layer_norm("norm1", width, LAYER_NORM_EPS)?,
            attn: weights.within("attn", |w| Attention::load(width, heads, w))?,
            norm2: weights.layer_norm("norm2", width, LAYER_NORM_EPS)?,
            mlp: weights.within("mlp", |w| Mlp::load(width, hidden, w))?,
        })
    }

    /// What attention gets to see: `norm1(x)`.
    pub fn normalised(&self, x: Tensor<3>) -> Tensor<3> {
        self.norm1.forward(x)
    }

    /// `[B, K, D]` -> `[B, K, D]`.
    pub fn forward(&self, x: Tensor<3>, rope: Option<&Rope>) -> Tensor<3> {
        let x = x.clone() + self.attn.forward(self.norm1.forward(x), rope);
        x.clone() + self.mlp.forward(self.norm2.forward(x))
    }
}
