//! From video frames to what the models were trained on: the published transforms, and the page's own short way.
//!
//! All of them end in ImageNet-normalised f32, [3, T, S, S].

pub mod eval;
pub mod resize_cv;
pub mod resize_hf;
pub mod sampling;
pub mod train;

use serde::Serialize;
use thiserror::Error;

/// Mean of each ImageNet colour channel, on a scale of 0 to 1.
pub const MEAN: [f64; 3] = [0.485, 0.456, 0.406];
/// Standard deviation of each ImageNet colour channel, on a scale of 0 to 1.
pub const STD: [f64; 3] = [0.229, 0.224, 0.225];

/// Why a video can't be transformed.
#[derive(Clone, Debug, PartialEq, Eq, Error, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PreprocessError {
    #[error("The video has no pixels ({frames} frames of {width}x{height}): choose another file.")]
    Empty { frames: usize, height: usize, width: usize },
    #[error("The video has {found} bytes where {expected} are needed: send RGB frames of equal size.")]
    Bytes { found: usize, expected: usize },
    #[error("A box of {h}x{w} pixels at row {top}, column {left} leaves the frame: choose one inside it.")]
    Box { top: usize, left: usize, h: usize, w: usize },
    #[error("A clip of 0 pixels a side was asked for: set the size to 1 or more.")]
    Size,
}

/// Frames of one size, RGB, row by row: [frames, height, width, 3].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Video {
    pub frames: usize,
    pub height: usize,
    pub width: usize,
    pub rgb: Vec<u8>,
}

impl Video {
    /// # Errors
    /// When a dimension is 0, or `rgb` has another length than the dimensions say.
    pub fn new(frames: usize, height: usize, width: usize, rgb: Vec<u8>) -> Result<Self, PreprocessError> {
        let expected = frames * height * width * 3;
        if expected == 0 {
            return Err(PreprocessError::Empty { frames, height, width });
        }
        if rgb.len() != expected {
            return Err(PreprocessError::Bytes { found: rgb.len(), expected });
        }
        Ok(Self { frames, height, width, rgb })
    }

    /// The part of every frame that `area` covers.
    ///
    /// # Errors
    /// When it reaches outside the frame.
    pub fn crop(&self, area: Area) -> Result<Self, PreprocessError> {
        let Area { top, left, h, w } = area;
        if h == 0 || w == 0 || top + h > self.height || left + w > self.width {
            return Err(PreprocessError::Box { top, left, h, w });
        }
        let mut rgb = Vec::with_capacity(self.frames * h * w * 3);
        for frame in self.rgb.chunks_exact(self.height * self.width * 3) {
            for row in frame.chunks_exact(self.width * 3).skip(top).take(h) {
                rgb.extend_from_slice(&row[left * 3..(left + w) * 3]);
            }
        }
        Ok(Self { frames: self.frames, height: h, width: w, rgb })
    }

    /// Normalised values, channel by channel: [3, frames, height, width].
    pub fn normalise(&self) -> Vec<f32> {
        normalise::<3>(&self.rgb)
    }
}

/// A rectangle of pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Area {
    pub top: usize,
    pub left: usize,
    pub h: usize,
    pub w: usize,
}

/// RGBA frames at model size, [t, size, size, 4], to normalised values, [3, t, size, size]. Alpha is ignored.
///
/// # Panics
/// When `frames` has another length.
pub fn normalise_rgba(frames: &[u8], t: usize, size: usize) -> Vec<f32> {
    assert_eq!(frames.len(), t * size * size * 4, "RGBA frames must be [{t}, {size}, {size}, 4]");
    normalise::<4>(frames)
}

/// What each of a channel's 256 values becomes: there are so few that each is normalised once.
pub fn normalised(channel: usize) -> [f32; 256] {
    std::array::from_fn(|v| ((v as f64 / 255.0 - MEAN[channel]) / STD[channel]) as f32)
}

/// Interleaved pixels of `N` bytes to three planes.
fn normalise<const N: usize>(pixels: &[u8]) -> Vec<f32> {
    let mut planes = Vec::with_capacity(pixels.len() / N * 3);
    for channel in 0..3 {
        let table = normalised(channel);
        planes.extend(pixels.chunks_exact(N).map(|pixel| table[usize::from(pixel[channel])]));
    }
    planes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rgba_becomes_planes_over_time() {
        // Two frames of one pixel: red, then white with alpha 0.
        let planes = normalise_rgba(&[255, 0, 0, 255, 255, 255, 255, 0], 2, 1);
        let value = |v: f64, c: usize| ((v - MEAN[c]) / STD[c]) as f32;
        assert_eq!(planes, [value(1., 0), value(1., 0), value(0., 1), value(1., 1), value(0., 2), value(1., 2)]);
    }

    #[test]
    fn crops_stay_inside_and_keep_their_pixels() {
        let video = Video::new(1, 2, 3, (0..18).collect()).unwrap();
        let crop = |top, left, h, w| video.crop(Area { top, left, h, w });
        assert_eq!(crop(1, 1, 1, 2).unwrap().rgb, [12, 13, 14, 15, 16, 17]);
        assert!(matches!(crop(1, 1, 2, 1), Err(PreprocessError::Box { .. })));
        assert!(matches!(Video::new(0, 2, 3, vec![]), Err(PreprocessError::Empty { .. })));
        assert!(matches!(Video::new(1, 2, 3, vec![0; 4]), Err(PreprocessError::Bytes { found: 4, expected: 18 })));
    }
}
