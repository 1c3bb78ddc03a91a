//! OpenCV's `INTER_LINEAR` resize of uint8 images, bit for bit: two taps an axis, no antialiasing, 11-bit weights.

use super::Video;

/// Two neighbouring inputs and their weights, which sum to 2048.
struct Tap {
    at: [usize; 2],
    weight: [i32; 2],
}

/// Every frame at `height` x `width` pixels.
pub fn resize(video: &Video, height: usize, width: usize) -> Video {
    let (rows, columns) = (taps(video.height, height), taps(video.width, width));
    let stride = video.width * 3;
    let mut rgb = Vec::with_capacity(video.frames * height * width * 3);
    for frame in video.rgb.chunks_exact(video.height * stride) {
        let wide: Vec<Vec<i32>> = frame.chunks_exact(stride).map(|row| stretch(row, &columns)).collect();
        for tap in &rows {
            let (above, below) = (&wide[tap.at[0]], &wide[tap.at[1]]);
            // OpenCV's vector code shifts each product down before it adds; the order of rounding is its own.
            let share = |value: i32, weight: i32| ((value >> 4) * weight) >> 16;
            let mix = |(&a, &b)| ((share(a, tap.weight[0]) + share(b, tap.weight[1]) + 2) >> 2).clamp(0, 255) as u8;
            rgb.extend(above.iter().zip(below).map(mix));
        }
    }
    Video { frames: video.frames, height, width, rgb }
}

/// One row at its new width, scaled by 2048.
fn stretch(row: &[u8], columns: &[Tap]) -> Vec<i32> {
    let value = |x: usize, channel: usize| i32::from(row[x * 3 + channel]);
    let pixel =
        |tap: &Tap| [0, 1, 2].map(|c| value(tap.at[0], c) * tap.weight[0] + value(tap.at[1], c) * tap.weight[1]);
    columns.iter().flat_map(pixel).collect()
}

/// Half-pixel centres, in f32 as OpenCV computes them, clamped at both edges.
fn taps(n: usize, m: usize) -> Vec<Tap> {
    let tap = |i: usize| {
        let centre = ((i as f64 + 0.5) * (n as f64 / m as f64) - 0.5) as f32;
        let fixed = |w: f32| (w * 2048.0).round_ties_even() as i32;
        if centre < 0.0 {
            return Tap { at: [0, (n - 1).min(1)], weight: [2048, 0] };
        }
        if centre.floor() as usize >= n - 1 {
            return Tap { at: [n - 1, n - 1], weight: [2048, 0] };
        }
        let left = centre.floor();
        let share = centre - left;
        Tap { at: [left as usize, left as usize + 1], weight: [fixed(1.0 - share), fixed(share)] }
    };
    (0..m).map(tap).collect()
}
