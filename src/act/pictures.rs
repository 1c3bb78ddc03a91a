//! Imagination shown without a decoder: at each place the patch of a real frame whose features are most like those that are
//! imagined there.

use super::measured::Seen;
use crate::{grid::Grid, imagine::alike};

/// A frame RGBA `[size, size, 4]` for features `[hw * D]`, put together from patches of `seen`.
pub(super) fn nearest_patches(features: &[f32], seen: &[&Seen], grid: Grid, size: usize) -> Vec<u8> {
    let width = features.len() / grid.frame();
    let patch = size / grid.h;
    let mut picture = vec![0; size * size * 4];
    for (token, wanted) in features.chunks_exact(width).enumerate() {
        let like = |seen: &&&Seen| alike(wanted, &seen.features[token * width..][..width]);
        let Some(best) = seen.iter().max_by(|a, b| like(a).total_cmp(&like(b))) else { continue };
        let (row, column) = (token / grid.w * patch, token % grid.w * patch);
        for y in row..row + patch {
            let line = (y * size + column) * 4..(y * size + column + patch) * 4;
            picture[line.clone()].copy_from_slice(&best.frame[line]);
        }
    }
    picture
}
