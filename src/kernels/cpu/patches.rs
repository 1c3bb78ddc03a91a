//! Clips to the flattened tubelet patches that the patch embedding multiplies.

use super::super::PatchShape;
use crate::preprocess::normalised;

/// `frames`: RGBA pixels, one an i32 (R its lowest byte), `[B, T, size, size]` -> `[B * N, 3 * tubelet * patch * patch]`.
/// Tokens are ordered (t, y, x), a token's features (channel, frame in the tubelet, row, column), normalised.
pub fn patches(frames: &[i32], shape: PatchShape) -> Vec<f32> {
    let PatchShape { frames: clip, size, tubelet, patch } = shape;
    debug_assert!(frames.len().is_multiple_of((clip * size * size).max(1)));
    debug_assert!(clip.is_multiple_of(tubelet));
    let tables = [0, 1, 2].map(normalised);
    let (frame, across) = (size * size, size / patch);
    let mut features = Vec::with_capacity(frames.len() * 3);
    for tube in frames.chunks_exact((tubelet * frame).max(1)) {
        for token in 0..across * across {
            let corner = token / across * patch * size + token % across * patch;
            for (channel, table) in tables.iter().enumerate() {
                for picture in tube.chunks_exact(frame) {
                    for row in picture[corner..].chunks(size).take(patch) {
                        let byte = |pixel: &i32| usize::from(pixel.to_le_bytes()[channel]);
                        features.extend(row[..patch].iter().map(|pixel| table[byte(pixel)]));
                    }
                }
            }
        }
    }
    features
}
