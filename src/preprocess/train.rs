//! The training transform: the same random box of every frame, stretched to a square, sometimes mirrored.
//!
//! Random resized crop and horizontal flip, without colour changes (Bardes et al. 2024, appendix).

use super::{Area, MEAN, PreprocessError, STD, Video};
use crate::rng::Rng;

/// How boxes are drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RandomCrop {
    /// Smallest and largest share of the frame's area.
    pub area: (f64, f64),
    /// Smallest and largest width / height; drawn uniformly in the logarithm, so wide and tall are equally likely.
    pub aspect: (f64, f64),
    /// Chance to mirror a clip.
    pub flip: f64,
}

impl Default for RandomCrop {
    /// As published for V-JEPA 1, 2 and 2.1.
    fn default() -> Self {
        Self { area: (0.3, 1.0), aspect: (0.75, 1.35), flip: 0.5 }
    }
}

impl RandomCrop {
    /// A box inside a frame, and whether to mirror it.
    pub fn sample(&self, height: usize, width: usize, rng: &mut Rng) -> (Area, bool) {
        let area = (0..10).find_map(|_| self.attempt(height, width, rng));
        let area = area.unwrap_or_else(|| self.central(height, width));
        (area, rng.uniform() < self.flip)
    }

    /// A random box, if it fits.
    fn attempt(&self, height: usize, width: usize, rng: &mut Rng) -> Option<Area> {
        let area = rng.range(self.area.0, self.area.1) * (height * width) as f64;
        let aspect = rng.range(self.aspect.0.ln(), self.aspect.1.ln()).exp();
        let side = |square: f64| square.sqrt().round_ties_even() as usize;
        let (w, h) = (side(area * aspect), side(area / aspect));
        let fits = (1..=width).contains(&w) && (1..=height).contains(&h);
        fits.then(|| Area { top: rng.below(height - h + 1), left: rng.below(width - w + 1), h, w })
    }

    /// The largest box in the middle whose aspect ratio is allowed.
    fn central(&self, height: usize, width: usize) -> Area {
        let aspect = width as f64 / height as f64;
        let round = |side: f64| (side.round_ties_even() as usize).max(1);
        let (h, w) = if aspect < self.aspect.0 {
            (round(width as f64 / self.aspect.0), width)
        } else if aspect > self.aspect.1 {
            (height, round(height as f64 * self.aspect.1))
        } else {
            (height, width)
        };
        Area { top: (height - h) / 2, left: (width - w) / 2, h, w }
    }
}

/// The given box of every frame, stretched to `size` x `size` (bilinear, half-pixel centres, no antialiasing),
/// mirrored if `flip`, normalised -> [3, T, size, size].
///
/// # Errors
/// When the box reaches outside the frame, or `size` is 0.
pub fn transform(video: &Video, area: Area, flip: bool, size: usize) -> Result<Vec<f32>, PreprocessError> {
    if size == 0 {
        return Err(PreprocessError::Size);
    }
    let video = video.crop(area)?;
    let rows = taps(video.height, size);
    let mut columns = taps(video.width, size);
    if flip {
        columns.reverse();
    }
    let mut planes = Vec::with_capacity(3 * video.frames * size * size);
    for channel in 0..3 {
        let (mean, std) = ((255.0 * MEAN[channel]) as f32, (255.0 * STD[channel]) as f32);
        for frame in video.rgb.chunks_exact(video.height * video.width * 3) {
            let value = |y: usize, x: usize| f32::from(frame[(y * video.width + x) * 3 + channel]);
            for &(y0, y1, v) in &rows {
                let row = |&(x0, x1, u): &(usize, usize, f32)| {
                    let across = |y| value(y, x0) * (1.0 - u) + value(y, x1) * u;
                    (across(y0) * (1.0 - v) + across(y1) * v - mean) / std
                };
                planes.extend(columns.iter().map(row));
            }
        }
    }
    Ok(planes)
}

/// For every output position, its two neighbours and the share of the second.
fn taps(n: usize, m: usize) -> Vec<(usize, usize, f32)> {
    let scale = n as f32 / m as f32;
    let tap = |i: usize| {
        let centre = ((i as f32 + 0.5) * scale - 0.5).max(0.0);
        let left = (centre as usize).min(n - 1);
        (left, (left + 1).min(n - 1), centre - left as f32)
    };
    (0..m).map(tap).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_stay_inside_the_frame_and_keep_to_their_ranges() {
        let (mut rng, crop) = (Rng::new(0), RandomCrop::default());
        let mut flips = 0;
        for _ in 0..2000 {
            let (area, flip) = crop.sample(120, 160, &mut rng);
            assert!(area.top + area.h <= 120 && area.left + area.w <= 160);
            let (share, aspect) = ((area.h * area.w) as f64 / (120.0 * 160.0), area.w as f64 / area.h as f64);
            // Rounding to whole pixels moves both a little.
            assert!((0.29..=1.01).contains(&share) && (0.73..=1.38).contains(&aspect), "{area:?}");
            flips += usize::from(flip);
        }
        assert!((900..1100).contains(&flips));
    }

    #[test]
    fn frames_too_narrow_for_any_box_get_the_central_one() {
        let (area, _) = RandomCrop::default().sample(1000, 10, &mut Rng::new(0));
        assert_eq!(area, Area { top: 493, left: 0, h: 13, w: 10 });
    }

    #[test]
    fn flipping_mirrors_every_row() {
        let video = Video::new(1, 4, 6, (0..72).map(|v| v * 3).collect()).unwrap();
        let whole = Area { top: 0, left: 0, h: 4, w: 6 };
        let [plain, flipped] = [false, true].map(|flip| transform(&video, whole, flip, 5).unwrap());
        for (row, mirrored) in plain.chunks_exact(5).zip(flipped.chunks_exact(5)) {
            assert!(row.iter().eq(mirrored.iter().rev()));
        }
    }
}
