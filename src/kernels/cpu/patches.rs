//! Clips to the flattened tubelet patches that the patch embedding multiplies.

/// Mean and standard deviation of each ImageNet colour channel, on a scale of 0 to 1.
const IMAGENET: [(f64, f64); 3] = [(0.485, 0.229), (0.456, 0.224), (0.406, 0.225)];

/// `frames`: RGBA pixels, one an i32 (R its lowest byte), `[B, T, size, size]` -> `[B * N, 3 * tubelet * patch * patch]`.
/// Tokens are ordered (t, y, x), a token's features (channel, frame in the tubelet, row, column), normalised.
pub fn patches(frames: &[i32], frames_per_clip: usize, size: usize, tubelet: usize, patch: usize) -> Vec<f32> {
    debug_assert!(frames.len().is_multiple_of((frames_per_clip * size * size).max(1)));
    debug_assert!(frames_per_clip.is_multiple_of(tubelet));
    // There are only 256 values a channel: each is normalised once.
    let tables = IMAGENET
        .map(|(mean, std)| -> [f32; 256] { std::array::from_fn(|value| ((value as f64 / 255.0 - mean) / std) as f32) });
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
