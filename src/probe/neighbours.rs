//! Whether what is close in time is close in features.

use super::interval::Share;
use serde::{Deserialize, Serialize};

/// Where a clip was cut from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub video: usize,
    /// Its first frame.
    pub frame: usize,
}

/// How often the nearest neighbour of a clip, among clips of the same video that share no frame with it, is one of those
/// close in time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Consistency {
    /// Of clips that have anything to be compared with.
    pub share: Share,
    /// What it would be if features said nothing, 0 to 1.
    pub chance: f64,
}

/// Of mean-pooled features `[n, d]` of clips `length` frames long; close in time are those that begin at most `within`
/// frames apart. Equally near neighbours count by their shares, so that features that are all alike are at chance.
pub fn consistency(features: &[f32], d: usize, places: &[Place], length: usize, within: usize) -> Consistency {
    let rows: Vec<&[f32]> = features.chunks_exact(d).collect();
    let (mut n, mut share, mut chance) = (0, 0.0, 0.0);
    for (row, place) in rows.iter().zip(places) {
        let others = rows
            .iter()
            .zip(places)
            .filter(|(_, other)| other.video == place.video && other.frame.abs_diff(place.frame) >= length);
        let candidates: Vec<(f64, bool)> = others
            .map(|(other, at)| (distance(row, other), at.frame.abs_diff(place.frame) <= within))
            .filter(|(distance, _)| distance.is_finite())
            .collect();
        let least = candidates.iter().map(|(distance, _)| *distance).fold(f64::INFINITY, f64::min);
        // The one clip that is left is no choice.
        if candidates.len() < 2 {
            continue;
        }
        n += 1;
        share += share_close(candidates.iter().filter(|(distance, _)| *distance <= least));
        chance += share_close(candidates.iter());
    }
    Consistency { share: Share::new(share, n), chance: chance / n.max(1) as f64 }
}

fn share_close<'a>(candidates: impl Iterator<Item = &'a (f64, bool)>) -> f64 {
    let (mut close, mut all) = (0.0, 0.0);
    for (_, is_close) in candidates {
        close += f64::from(u8::from(*is_close));
        all += 1.0;
    }
    close / all
}

/// Squared.
fn distance(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(x, y)| f64::from(x - y).powi(2)).sum()
}
