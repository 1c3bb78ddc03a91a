//! Gradients of a transformer block, from the output back to the input.

use super::{
    super::BlockParts,
    BlockShape,
    activation::activate_backward,
    attention_backward::{Attended, attention_backward},
    block::Saved,
    linear::{add_gradient, pull_back},
    norm::add_backward,
    rope::turn_back,
    split,
    weights::{parts, parts_mut},
};

/// The gradients of `x` `[R, D]` and `weights`, from `dy` `[R, D]`. Everything else as it was in
/// [`block_saving`](super::block_saving).
pub fn block_backward(
    shape: BlockShape,
    x: &[f32],
    weights: &[f32],
    rope: &[f32],
    spans: &[i32],
    saved: &Saved,
    dy: &[f32],
) -> (Vec<f32>, Vec<f32>) {
    let BlockShape { width, heads, hidden, epsilon, .. } = shape;
    let mut gradients = vec![0.0; weights.len()];
    let (weights, mut into) = (parts(shape, weights), parts_mut(shape, &mut gradients));

    let dmiddle = mlp_backward(shape, &weights, &mut into, saved, dy);

    let dmixed = pull_back(&dmiddle, weights.proj, width);
    add_gradient(&saved.mixed, &dmiddle, into.proj, into.proj_bias);
    let attended = Attended { qkv: &saved.qkv, mixed: &saved.mixed, lse: &saved.lse };
    let mut dqkv = attention_backward(shape, attended, &dmixed, spans);
    let head = width / heads;
    let rows = split::rows(x.len() / width);
    let pieces = dqkv.chunks_mut(3 * rows * width).zip(rope.chunks(2 * rows * head));
    split::each(pieces, |(dqkv, rope)| turn_back(dqkv, rope, width, head));
    let dnormed = pull_back(&dqkv, weights.qkv, 3 * width);
    add_gradient(&saved.normed1, &dqkv, into.qkv, into.qkv_bias);
    let mut dx = dmiddle;
    add_backward(x, weights.norm1, &dnormed, epsilon, width, &mut dx, into.norm1);
    debug_assert_eq!(saved.pre.len(), x.len() / width * hidden);
    (dx, gradients)
}

/// The gradient of x1 `[R, D]`, by way of the MLP and past it.
fn mlp_backward(
    shape: BlockShape,
    weights: &BlockParts<&[f32]>,
    into: &mut BlockParts<&mut [f32]>,
    saved: &Saved,
    dy: &[f32],
) -> Vec<f32> {
    let mut dpre = pull_back(dy, weights.fc2, shape.width);
    let size = split::rows(dy.len() / shape.width) * shape.hidden;
    let pieces = saved.pre.chunks(size).zip(dpre.chunks_mut(size));
    split::each(pieces, |(pre, dpre)| activate_backward(shape.activation, pre, dpre));
    add_gradient(&saved.post, dy, into.fc2, into.fc2_bias);
    let dnormed = pull_back(&dpre, weights.fc1, shape.hidden);
    add_gradient(&saved.normed2, &dpre, into.fc1, into.fc1_bias);
    let mut dmiddle = dy.to_vec();
    add_backward(&saved.middle, weights.norm2, &dnormed, shape.epsilon, shape.width, &mut dmiddle, into.norm2);
    dmiddle
}
