//! Clips that were seen, with the features of all their patches.

use crate::{grid::PatchShape, probe::dot};
use std::collections::VecDeque;

/// Bytes that pixels and features of all remembered clips may take together; one clip of any size is kept.
pub const BUDGET: usize = 16 << 20;

/// A clip with what the target encoder made of it.
#[derive(Debug, Clone)]
pub struct Remembered {
    /// RGBA, `[T, size, size, 4]`.
    pub frames: Vec<u8>,
    /// Of all tokens, each scaled to length 1, `[N, D]`.
    directions: Vec<f32>,
    /// Frames that the source had given by its end.
    end: u64,
}

impl Remembered {
    /// `features` `[N, D]` of `frames`, the last of which was number `end` of its source.
    pub fn new(frames: Vec<u8>, features: &[f32], width: usize, end: u64) -> Self {
        Self { frames, directions: features.chunks_exact(width).flat_map(direction).collect(), end }
    }

    fn bytes(&self) -> usize {
        self.frames.len() + 4 * self.directions.len()
    }
}

/// A real patch that is like what was asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Match {
    /// How many remembered clips ago it was; 0 is the present one.
    pub clip: usize,
    pub token: u32,
    /// Cosine of the angle between the features, -1 to 1.
    pub similarity: f32,
}

/// Clips of one source that share no frame, newest last.
#[derive(Debug, Clone, Default)]
pub struct PatchBank {
    clips: VecDeque<Remembered>,
}

impl PatchBank {
    /// Keep a clip, unless it shares frames with the newest of those that are kept: it would only add the same patches,
    /// some of them moved by a tubelet. The oldest go when [`BUDGET`] is used up.
    ///
    /// `length`: frames of a clip.
    pub fn keep(&mut self, clip: Remembered, length: usize) {
        if self.clips.back().is_some_and(|newest| clip.end < newest.end + length as u64) {
            return;
        }
        self.clips.push_back(clip);
        while self.clips.len() > 1 && self.bytes() > BUDGET {
            self.clips.pop_front();
        }
    }

    /// When features change their meaning, or the source does.
    pub fn clear(&mut self) {
        self.clips.clear();
    }

    pub fn clips(&self) -> usize {
        self.clips.len()
    }

    pub fn bytes(&self) -> usize {
        self.clips.iter().map(Remembered::bytes).sum()
    }

    /// The clips that a hidden part of `present` may be shown with: itself, then those that share no frame with it, newest
    /// first. Otherwise what is hidden would be found again a tubelet further in the clip before.
    pub fn beside<'a>(&'a self, present: &'a Remembered, length: usize) -> Vec<&'a Remembered> {
        let apart = self.clips.iter().rev().filter(|clip| clip.end + length as u64 <= present.end);
        std::iter::once(present).chain(apart).collect()
    }
}

/// The `count` patches of `clips` whose features are most like `feature`, best first; of clip 0 only those that `visible`
/// names.
pub fn nearest(feature: &[f32], clips: &[&Remembered], visible: &[u32], count: usize) -> Vec<Match> {
    let (asked, width) = (direction(feature), feature.len());
    let mut best: Vec<Match> = Vec::with_capacity(count + 1);
    let mut offer = |clip: usize, token: u32, row: &[f32]| {
        let similarity = cosine(&asked, row);
        let at = best.partition_point(|other| other.similarity >= similarity);
        if at < count {
            best.insert(at, Match { clip, token, similarity });
            best.truncate(count);
        }
    };
    for (i, clip) in clips.iter().enumerate() {
        let rows = || clip.directions.chunks_exact(width);
        match i {
            0 => visible.iter().for_each(|&token| offer(0, token, &clip.directions[token as usize * width..][..width])),
            _ => (0..).zip(rows()).for_each(|(token, row)| offer(i, token, row)),
        }
    }
    best
}

/// The middle frame of a token's patch, RGBA `[patch, patch, 4]`.
pub fn patch_pixels(frames: &[u8], shape: PatchShape, token: u32) -> Vec<u8> {
    let PatchShape { size, tubelet, patch, .. } = shape;
    let side = size / patch;
    let (place, frame) = (token as usize % (side * side), token as usize / (side * side) * tubelet + tubelet / 2);
    let (top, left) = (place / side * patch, place % side * patch);
    let row = |y: usize| {
        let start = 4 * ((frame * size + top + y) * size + left);
        &frames[start..start + 4 * patch]
    };
    (0..patch).flat_map(row).copied().collect()
}

/// Cosine of the angle between two features, -1 to 1; 0 where one has no direction.
pub fn alike(a: &[f32], b: &[f32]) -> f32 {
    cosine(&direction(a), &direction(b))
}

/// Of two features of length 1.
fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let cosine = dot(a, b);
    if cosine.is_finite() { cosine.clamp(-1.0, 1.0) } else { 0.0 }
}

/// Scaled to length 1; zeros stay zeros.
fn direction(feature: &[f32]) -> Vec<f32> {
    let length = dot(feature, feature).sqrt();
    feature.iter().map(|value| if length > 0.0 { value / length } else { 0.0 }).collect()
}
