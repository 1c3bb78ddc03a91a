//! Colours and how they blend.

/// Red, green and blue, 0 to 255.
pub(super) type Colour = [f32; 3];

/// 1 at 0, smoothly down to 0 at `end`.
pub(super) fn fade(value: f32, end: f32) -> f32 {
    let left = (1.0 - value / end).clamp(0.0, 1.0);
    left * left * (3.0 - 2.0 * left)
}

pub(super) fn square(v: f32) -> f32 {
    v * v
}

pub(super) fn mix(from: Colour, to: Colour, share: f32) -> Colour {
    std::array::from_fn(|i| from[i] + (to[i] - from[i]) * share)
}

pub(super) fn rgb(hex: u32) -> Colour {
    [hex >> 16, hex >> 8, hex].map(|v| (v & 255) as f32)
}
