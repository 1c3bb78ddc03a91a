//! The evaluation transform: short side to 256/224 of the crop, centre crop, normalise.
//!
//! Two implementations are published and differ visibly when shrinking: Hugging Face's antialiases, Meta's does not.

use super::{Area, PreprocessError, Video, resize_cv, resize_hf};

/// `VJEPA2VideoProcessor` of Hugging Face transformers -> [3, T, crop, crop].
///
/// # Errors
/// When `crop` is 0.
pub fn hf(video: &Video, crop: usize) -> Result<Vec<f32>, PreprocessError> {
    Ok(hf_pixels(video, crop)?.normalise())
}

/// The same before normalising: frames of `crop x crop` pixels.
///
/// # Errors
/// As [`hf`].
pub fn hf_pixels(video: &Video, crop: usize) -> Result<Video, PreprocessError> {
    let (h, w) = resized(video, crop)?;
    let area = Area { top: (h - crop) / 2, left: (w - crop) / 2, h: crop, w: crop };
    resize_hf::resize(video, h, w).crop(area)
}

/// The evaluation transform of Meta's repositories (OpenCV on uint8) -> [3, T, crop, crop].
///
/// # Errors
/// When `crop` is 0.
pub fn meta(video: &Video, crop: usize) -> Result<Vec<f32>, PreprocessError> {
    Ok(meta_pixels(video, crop)?.normalise())
}

/// The same before normalising: frames of `crop x crop` pixels.
///
/// # Errors
/// As [`meta`].
pub fn meta_pixels(video: &Video, crop: usize) -> Result<Video, PreprocessError> {
    let (h, w) = resized(video, crop)?;
    // Python's round: halves go to the even neighbour, so this may be one pixel off the other transform.
    let middle = |side: usize| ((side - crop) as f64 / 2.0).round_ties_even() as usize;
    let area = Area { top: middle(h), left: middle(w), h: crop, w: crop };
    resize_cv::resize(video, h, w).crop(area)
}

/// Height and width whose short side is `crop * 256 / 224`.
fn resized(video: &Video, crop: usize) -> Result<(usize, usize), PreprocessError> {
    if crop == 0 {
        return Err(PreprocessError::Size);
    }
    let (short, height, width) = (crop * 256 / 224, video.height, video.width);
    Ok(if width <= height { (short * height / width, short) } else { (short, short * width / height) })
}
