//! A block's weights in one slice, cut into its parts.

use super::super::{BlockParts, BlockShape};

pub fn parts<V>(shape: BlockShape, weights: &[V]) -> BlockParts<&[V]> {
    debug_assert_eq!(weights.len(), shape.weights());
    let mut rest = weights;
    BlockParts::cut(shape, |count| rest.split_off(..count).unwrap_or_default())
}

pub fn parts_mut(shape: BlockShape, weights: &mut [f32]) -> BlockParts<&mut [f32]> {
    debug_assert_eq!(weights.len(), shape.weights());
    let mut rest = weights;
    BlockParts::cut(shape, |count| rest.split_off_mut(..count).unwrap_or_default())
}
