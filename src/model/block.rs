//! The pre-norm transformer block both networks are made of (spec §2).

use super::group::{Group, GroupSpec, Part, layer, norm};
use crate::{
    config::ModelConfig,
    kernels::{BlockShape, Spans},
};
use burn::tensor::Tensor;

/// `x += proj(attention(norm1(x)))`, then `x += fc2(activation(fc1(norm2(x))))`.
///
/// Who attends to whom is said by spans: full within each sequence, or within a window of tubelets. The fused qkv projection
/// has rows ordered `[q | k | v]`.
#[derive(Debug, Clone)]
pub struct Block {
    pub group: Group,
    pub shape: BlockShape,
}

impl Block {
    /// The shape of the blocks of a model, with its epsilon and its activation.
    pub(super) fn shape(config: &ModelConfig, width: usize, heads: usize, hidden: usize) -> BlockShape {
        let ModelConfig { norm_epsilon, activation, .. } = *config;
        BlockShape { epsilon: norm_epsilon as f32, activation, ..BlockShape::new(width, heads, hidden) }
    }

    /// What a block at `path` is made of.
    pub(super) fn spec(shape: BlockShape, path: String) -> GroupSpec {
        GroupSpec::new(path, parts(shape))
    }

    /// `[R, D]` -> `[R, D]`, with a row of `rope` for each; `spans` says who attends to whom.
    pub fn forward(&self, x: Tensor<2>, rope: Tensor<2>, spans: Spans) -> Tensor<2> {
        self.group.block(x, rope, spans, self.shape)
    }
}

/// In the order of [`BlockShape::layout`].
fn parts(BlockShape { width, hidden, .. }: BlockShape) -> Vec<Part> {
    let [qkv, qkv_bias] = layer("attn.qkv", 3 * width, width);
    let [proj, proj_bias] = layer("attn.proj", width, width);
    let [fc1, fc1_bias] = layer("mlp.fc1", hidden, width);
    let [fc2, fc2_bias] = layer("mlp.fc2", width, hidden);
    let [gain1, bias1] = norm("norm1", width);
    let [gain2, bias2] = norm("norm2", width);
    vec![qkv, proj, fc1, fc2, qkv_bias, proj_bias, fc1_bias, fc2_bias, gain1, bias1, gain2, bias2]
}
