//! A block's weights in one slice: where each part lies.

use super::BlockShape;

/// The parts, in their order: matrices `[in, out]`, then vectors. `norm1` and `norm2`: gain, then bias.
pub struct Parts<T> {
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

impl<T> Parts<T> {
    /// `take` hands out the next so many values.
    fn cut(BlockShape { width, hidden, .. }: BlockShape, mut take: impl FnMut(usize) -> T) -> Self {
        Self {
            qkv: take(width * 3 * width),
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

impl<'a, V> Parts<&'a [V]> {
    pub fn of(shape: BlockShape, weights: &'a [V]) -> Self {
        let mut rest = weights;
        let parts = Parts::cut(shape, |count| rest.split_off(..count).unwrap_or_default());
        debug_assert!(rest.is_empty() && parts.norm2.len() == 2 * shape.width, "a block's weights");
        parts
    }
}

impl<'a> Parts<&'a mut [f32]> {
    pub fn of_mut(shape: BlockShape, weights: &'a mut [f32]) -> Self {
        let mut rest = weights;
        Parts::cut(shape, |count| rest.split_off_mut(..count).unwrap_or_default())
    }
}
