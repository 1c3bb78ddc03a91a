//! torchvision's antialiased bilinear resize of uint8 images, bit for bit.
//!
//! A triangle filter as wide as the shrinking factor, with int16 weights; the horizontal pass rounds to uint8 before
//! the vertical one. (ATen `UpSampleKernelAVXAntialias`, after Pillow's `Resample.c`.)

use super::Video;

/// For every output position, the first input position and the integer weights from there on.
struct Taps {
    taps: Vec<(usize, Vec<i32>)>,
    /// The weights sum to about `1 << bits`.
    bits: u32,
}

/// Every frame at `height` x `width` pixels; an axis that fits already is left alone.
pub fn resize(video: &Video, height: usize, width: usize) -> Video {
    let mut rgb = video.rgb.clone();
    if width != video.width {
        // A row is [width, 3]: neighbours lie 3 bytes apart.
        rgb = pass(&rgb, video.width, 3, &Taps::new(video.width, width));
    }
    if height != video.height {
        rgb = pass(&rgb, video.height, 3 * width, &Taps::new(video.height, height));
    }
    Video { frames: video.frames, height, width, rgb }
}

/// Filters the middle axis of [outer, n, inner].
fn pass(pixels: &[u8], n: usize, inner: usize, filter: &Taps) -> Vec<u8> {
    let mut out = Vec::with_capacity(pixels.len() / n * filter.taps.len());
    let mut sums = vec![0i32; inner];
    for line in pixels.chunks_exact(n * inner) {
        for (first, weights) in &filter.taps {
            sums.fill(1 << (filter.bits - 1));
            for (samples, weight) in line[first * inner..].chunks_exact(inner).zip(weights) {
                sums.iter_mut().zip(samples).for_each(|(sum, &v)| *sum += weight * i32::from(v));
            }
            out.extend(sums.iter().map(|sum| (sum >> filter.bits).clamp(0, 255) as u8));
        }
    }
    out
}

impl Taps {
    fn new(n: usize, m: usize) -> Self {
        let exact: Vec<_> = (0..m).map(|i| triangle(n, m, i)).collect();
        let largest = exact.iter().flat_map(|(_, weights)| weights).copied().fold(0.0, f64::max);
        // As many fraction bits as keep the largest weight inside an int16, 22 at most.
        let fits = |bits: u32| ((0.5 + largest * f64::from(1u32 << bits)) as i32) < 1 << 15;
        let bits = (1..=22).take_while(|&bits| fits(bits)).last().unwrap_or(1);
        let integer = |w: &f64| (w * f64::from(1u32 << bits)).round_ties_even() as i32;
        let taps = exact.iter().map(|(first, weights)| (*first, weights.iter().map(integer).collect()));
        Self { taps: taps.collect(), bits }
    }
}

/// Normalised weights of output `i` of `m` over the inputs it covers of `n`, with the index of the first.
fn triangle(n: usize, m: usize, i: usize) -> (usize, Vec<f64>) {
    let scale = n as f64 / m as f64;
    let reach = scale.max(1.0);
    let centre = (i as f64 + 0.5) * scale;
    let first = (centre - reach + 0.5).max(0.0) as usize;
    let end = ((centre + reach + 0.5) as usize).min(n);
    let weight = |x: usize| (1.0 - ((x as f64 - centre + 0.5) / reach).abs()).max(0.0);
    let sum: f64 = (first..end).map(weight).sum();
    (first, (first..end).map(|x| weight(x) / sum).collect())
}
