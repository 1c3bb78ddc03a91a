//! Terms that keep features apart by themselves (`recipe::Regulariser`): the context encoder's features should vary, and
//! in all directions.
//!
//! They see features that are normed as targets are, over all context tokens of a step. So norms of the encoder can't make
//! up for tokens that are alike, and what such features could reach at best, variance 1 in all directions, is what both
//! terms ask for.

use super::muon::product;
use crate::{
    kernels,
    model::{group::upload, normed},
    recipe::{Regulariser, RegulariserKind},
    rng::Rng,
};
use burn::tensor::Tensor;
use std::f32::consts::FRAC_PI_2;

/// The share of the loss, one element, of the last `width` channels of context features `[R, levels * D]`, if there is any.
pub(super) fn term(
    Regulariser { kind, weight }: Regulariser,
    seen: &Tensor<2>,
    width: usize,
    step: u64,
) -> Option<Tensor<1>> {
    let features = || {
        let [_, all] = seen.dims();
        normed(seen.clone().narrow(1, all - width, width))
    };
    let term = match kind {
        RegulariserKind::None => return None,
        RegulariserKind::Vicreg => vicreg(features()),
        RegulariserKind::Sigreg => sigreg(features(), step),
    };
    Some(term.mul_scalar(weight))
}

/// Added to a variance before its root, whose slope has no end at 0.
const LEAST_VARIANCE: f64 = 1e-4;
/// Weight of the covariances beside the variances, as published: 1 to 25.
const COVARIANCE: f64 = 0.04;

/// What features `[R, D]` lack of a standard deviation of 1 in each channel, and the squares of their covariances, each a
/// mean over channels: one element (VICReg, Bardes et al. 2022, equations 1 to 4; the invariance is the rest of the loss).
pub fn vicreg(features: Tensor<2>) -> Tensor<1> {
    let [rows, width] = features.dims();
    let each = 1.0 / (rows.max(2) - 1) as f64;
    let centred = features.clone() - features.mean_dim(0);
    let variance = centred.clone().mul(centred.clone()).sum_dim(0).mul_scalar(each); // [1, D]
    let covariance = product(centred.clone().transpose(), centred).mul_scalar(each); // [D, D]
    let off_diagonal = covariance.clone().mul(covariance).sum() - variance.clone().mul(variance.clone()).sum();
    // 1 less what there is of a deviation is what it lacks.
    let held = variance.add_scalar(LEAST_VARIANCE).sqrt().clamp_max(1.0).sum();
    (off_diagonal.mul_scalar(COVARIANCE) - held).mul_scalar(1.0 / width as f64).add_scalar(1.0)
}

/// Random directions a step; those of all steps together cover the space.
const DIRECTIONS: usize = 32;
/// Frequencies at which distributions are compared, and how far apart they are. Published are 17 from -5 to 5: a real
/// distribution has the same to tell at a frequency and at its negative, nothing at 0, and the weight beyond these is below
/// a thousandth.
const POINTS: usize = 6;
const SPACING: f32 = 0.625;
/// Of the random numbers of a step.
const STREAM: u64 = 0x5167;

/// How far features `[R, D]` are from an isotropic Gaussian, one element: along random directions of this step, the integral
/// of the squared difference between their characteristic function and `exp(-t^2 / 2)`, weighted by that (SIGReg with the
/// test of Epps and Pulley, Balestriero & LeCun 2025). Not multiplied by `R`, so that a weight means the same for all batches.
pub fn sigreg(features: Tensor<2>, step: u64) -> Tensor<1> {
    let [_, width] = features.dims();
    let device = features.device();
    let half = POINTS * DIRECTIONS;
    let frequencies: Vec<f32> = (0..half).map(|at| SPACING * (at / DIRECTIONS + 1) as f32).collect();
    // A layer whose outputs are the angles of sines, and of cosines as sines a quarter turn ahead.
    let directions = directions(width, step);
    let channel = |row: &[f32]| -> Vec<f32> {
        let angles: Vec<f32> = frequencies.iter().enumerate().map(|(at, t)| t * row[at % DIRECTIONS]).collect();
        [angles.clone(), angles].concat()
    };
    let matrix: Vec<f32> = directions.chunks_exact(DIRECTIONS).flat_map(channel).collect();
    let turns = [vec![0.0; half], vec![FRAC_PI_2; half]].concat();
    let gaussian: Vec<f32> = frequencies.iter().map(|t| (-0.5 * t * t).exp()).collect();
    let weights: Vec<f32> = gaussian.iter().map(|g| 2.0 * SPACING * g / DIRECTIONS as f32).collect();
    let expected = [vec![0.0; half], gaussian].concat();
    let row = |values: Vec<f32>| upload(values, &device).reshape([1, 2 * half]);

    let waves = kernels::linear(features, upload([matrix, turns].concat(), &device), 2 * half).sin();
    let off = waves.mean_dim(0) - row(expected);
    off.clone().mul(off).mul(row([weights.clone(), weights].concat())).sum()
}

/// The directions of a step, of length 1: `[width, DIRECTIONS]`.
fn directions(width: usize, step: u64) -> Vec<f32> {
    let mut rng = Rng::stream(step, STREAM);
    let drawn: Vec<f64> = (0..width * DIRECTIONS).map(|_| rng.normal()).collect();
    let length = |at: usize| drawn.iter().skip(at).step_by(DIRECTIONS).map(|x| x * x).sum::<f64>().sqrt();
    let lengths: Vec<f64> = (0..DIRECTIONS).map(length).collect();
    drawn.iter().enumerate().map(|(at, x)| (x / lengths[at % DIRECTIONS]) as f32).collect()
}
