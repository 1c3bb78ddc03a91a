//! Which frames of a video make a clip, exactly as the published data loader picks them.

use thiserror::Error;

use crate::rng::Rng;

/// Why no frames could be picked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SamplingError {
    #[error("The video has no frames: choose another file.")]
    Empty,
    #[error("A sample needs at least one clip of at least one frame: set clips and frames to 1 or more.")]
    Nothing,
}

/// Distance between the frames of a clip.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Step {
    /// Every n-th frame (V-JEPA 1: 4).
    Frames(usize),
    /// So many frames a second (V-JEPA 2 and 2.1: 4).
    PerSecond(usize),
}

/// How clips are cut from a video.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FrameSampling {
    /// Frames a clip.
    pub frames: usize,
    pub step: Step,
    /// Clips a video, one from each of as many equal segments.
    pub clips: usize,
    /// Whether clips may share frames when the segments are too short for them; else their last frame is repeated.
    pub overlap: bool,
}

impl FrameSampling {
    /// The first clip of each segment of a video of `len` frames at `fps`: frame indices, `[clips][frames]`.
    ///
    /// # Errors
    /// When the video or the request is empty.
    pub fn first(&self, len: usize, fps: f64) -> Result<Vec<Vec<usize>>, SamplingError> {
        self.clips_with(len, fps, |_| 0)
    }

    /// A random clip of each segment, as in training.
    ///
    /// # Errors
    /// When the video or the request is empty.
    pub fn random(&self, len: usize, fps: f64, rng: &mut Rng) -> Result<Vec<Vec<usize>>, SamplingError> {
        self.clips_with(len, fps, |spare| rng.below(spare))
    }

    /// `choose(spare)` gives the start of a window that has `spare` places in its segment.
    fn clips_with(
        &self,
        len: usize,
        fps: f64,
        mut choose: impl FnMut(usize) -> usize,
    ) -> Result<Vec<Vec<usize>>, SamplingError> {
        if len == 0 {
            return Err(SamplingError::Empty);
        }
        if self.clips == 0 || self.frames == 0 {
            return Err(SamplingError::Nothing);
        }
        let step = self.frame_step(fps);
        let window = self.frames * step;
        let segment = len / self.clips;
        let clip = |i: usize| {
            if segment > window {
                let start = choose(segment - window);
                let indices = linspace(start, start + window, self.frames);
                return shifted(indices, start, start + window - 1, i * segment);
            }
            if !self.overlap {
                return shifted(self.padded(segment, step), 0, segment.saturating_sub(1), i * segment);
            }
            let last = window.min(len) - 1;
            let apart = len.saturating_sub(window) / (self.clips - 1).max(1);
            shifted(self.padded(last, step), 0, last.saturating_sub(1), i * apart)
        };
        Ok((0..self.clips).map(clip).collect())
    }

    fn frame_step(&self, fps: f64) -> usize {
        let step = match self.step {
            Step::Frames(step) => step,
            Step::PerSecond(wanted) => fps.ceil() as usize / wanted.max(1),
        };
        // A video slower than the wanted rate gives every frame it has.
        step.max(1)
    }

    /// As many frames as there are up to `end`, then `end` again and again.
    fn padded(&self, end: usize, step: usize) -> Vec<f64> {
        let mut indices = linspace(0, end, (end / step).min(self.frames));
        indices.resize(self.frames, end as f64);
        indices
    }
}

/// `count` evenly spaced numbers, both ends included, with numpy's order of operations: truncation follows, so the last
/// bit counts.
fn linspace(start: usize, end: usize, count: usize) -> Vec<f64> {
    let step = (end - start) as f64 / count.saturating_sub(1).max(1) as f64;
    let mut numbers: Vec<f64> = (0..count).map(|i| i as f64 * step + start as f64).collect();
    if count > 1 {
        numbers[count - 1] = end as f64;
    }
    numbers
}

/// Clamped to `lo..=hi`, truncated, then moved by `offset`.
fn shifted(indices: Vec<f64>, lo: usize, hi: usize, offset: usize) -> Vec<usize> {
    indices.into_iter().map(|index| (index as usize).clamp(lo, hi) + offset).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLISHED: FrameSampling = FrameSampling { frames: 16, step: Step::PerSecond(4), clips: 1, overlap: false };

    #[test]
    fn every_clip_has_its_frames_and_stays_in_the_video() {
        let mut rng = Rng::new(0);
        for len in 1..200 {
            for (clips, overlap) in [(1, false), (3, false), (3, true)] {
                let sampling = FrameSampling { clips, overlap, ..PUBLISHED };
                for fps in [0.5, 3.0, 12.0, 29.97] {
                    for picked in [sampling.first(len, fps), sampling.random(len, fps, &mut rng)] {
                        let picked = picked.unwrap();
                        assert!(picked.len() == clips && picked.iter().all(|clip| clip.len() == 16));
                        assert!(picked.iter().flatten().all(|&index| index < len), "{len} {clips} {overlap} {fps}");
                        assert!(picked.iter().all(|clip| clip.is_sorted()));
                    }
                }
            }
        }
    }

    #[test]
    fn random_windows_move() {
        let mut rng = Rng::new(0);
        let starts: Vec<usize> = (0..50).map(|_| PUBLISHED.random(300, 30.0, &mut rng).unwrap()[0][0]).collect();
        assert!(starts.iter().max() > Some(&120) && starts.iter().min() < Some(&60), "{starts:?}");
        assert_eq!(PUBLISHED.first(0, 30.0), Err(SamplingError::Empty));
    }
}
