//! How certainty fades: the error of what is predicted, tubelet by tubelet ahead.

use crate::surprise::{mean, peak};

/// Errors by tubelets ahead, nearest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Horizon {
    /// Each token's, `[steps][h * w]`.
    pub errors: Vec<Vec<f32>>,
    /// Over all places, `[steps]`.
    pub mean: Vec<f32>,
    /// Over the ninth of the places that are furthest off, `[steps]`.
    pub peak: Vec<f32>,
}

/// Of errors `[steps * frame]`.
pub fn by_horizon(errors: &[f32], frame: usize) -> Horizon {
    let errors: Vec<Vec<f32>> = errors.chunks_exact(frame).map(<[f32]>::to_vec).collect();
    let of = |measure: fn(&[f32]) -> f32| errors.iter().map(|step| measure(step)).collect();
    Horizon { mean: of(mean), peak: of(peak), errors }
}
