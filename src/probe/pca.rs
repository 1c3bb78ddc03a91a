//! Main axes of features, steady from clip to clip, and colours along them.

use super::{column_means, dot, finite_rows};
use crate::rng::Rng;

/// Iterations of the first fit, which starts from random axes.
const FIRST: usize = 48;
/// Iterations of each later one: it starts from axes that are nearly right.
const LATER: usize = 4;
/// How far mean and ranges move towards those of a new clip: a tenth of a second's flicker is smoothed, a second's
/// change is followed.
const PACE: f32 = 0.15;
/// Share of values beyond each end of the colour range: a few outliers must not dim the rest.
const TAIL: f32 = 0.02;
/// Features further from their mean than this are a fault, not something to colour.
const LARGEST: f32 = 1e30;

/// The top `k` principal directions of rows `[n, d]`.
///
/// Subspace iteration that starts from the previous fit: an axis turns only as far as the features do, so order, sign
/// and colour stay the same from clip to clip.
#[derive(Clone, Debug)]
pub struct Projection {
    k: usize,
    d: usize,
    /// Orthonormal, [k][d]; a row of zeros where features have fewer directions than `k`.
    axes: Vec<Vec<f32>>,
    mean: Vec<f32>,
    /// Low and high end of each axis's colour range, [k].
    ranges: Vec<(f32, f32)>,
    fitted: bool,
}

impl Projection {
    pub fn new(k: usize) -> Self {
        Self { k, d: 0, axes: vec![], mean: vec![], ranges: vec![], fitted: false }
    }

    /// Fits rows `[n, d]`. Fewer than two finite rows change nothing; another `d` than before starts afresh.
    pub fn update(&mut self, rows: &[f32], d: usize) {
        if d != self.d {
            self.reset(d);
        }
        let rows: Vec<&[f32]> = finite_rows(rows, d).collect();
        if rows.len() < 2 {
            return;
        }
        let mean = column_means(&rows, d);
        let mut centred: Vec<Vec<f32>> =
            rows.iter().map(|row| row.iter().zip(&mean).map(|(v, m)| v - m).collect()).collect();
        // Axes don't depend on the scale; squares of very large or small features would leave f32.
        let scale = centred.iter().flatten().fold(0f32, |most, v| most.max(v.abs()));
        if !(f32::MIN_POSITIVE..LARGEST).contains(&scale) {
            return;
        }
        centred.iter_mut().flatten().for_each(|v| *v /= scale);
        for _ in 0..if self.fitted { LATER } else { FIRST } {
            self.turn(&centred);
        }
        if !self.fitted {
            self.axes.iter_mut().for_each(|axis| fix_sign(axis));
        }
        let pace = if self.fitted { PACE } else { 1.0 };
        self.mean.iter_mut().zip(&mean).for_each(|(old, new)| *old += pace * (new - *old));
        self.follow_ranges(&rows, pace);
        self.fitted = true;
    }

    /// Coordinates of rows `[n, d]` along the axes, [n, k]; NaN for rows that aren't finite. Empty before the first
    /// [`update`](Self::update) has told `d`.
    pub fn project(&self, rows: &[f32]) -> Vec<f32> {
        let coordinate = |row: &[f32], axis: &Vec<f32>| -> f32 {
            row.iter().zip(&self.mean).zip(axis).map(|((v, m), a)| (v - m) * a).sum()
        };
        let along = |row| self.axes.iter().map(move |axis| coordinate(row, axis));
        rows.chunks_exact(self.d.max(1)).flat_map(along).collect()
    }

    /// Colours of rows `[n, d]`, one byte an axis, [n, k]: 0 to 255 over the usual range. Mid-grey where features don't
    /// vary, black for rows that aren't finite.
    pub fn rgb(&self, rows: &[f32]) -> Vec<u8> {
        let byte = |(i, value): (usize, f32)| {
            let (lo, hi) = self.ranges[i % self.k];
            let share = if hi > lo { (value - lo) / (hi - lo) } else { 0.5 };
            if value.is_nan() { 0 } else { (share * 255.0 + 0.5) as u8 }
        };
        self.project(rows).into_iter().enumerate().map(byte).collect()
    }

    fn reset(&mut self, d: usize) {
        let mut rng = Rng::new(0);
        let mut axis = |_| (0..d).map(|_| rng.normal() as f32).collect();
        *self = Self {
            d,
            axes: (0..self.k).map(&mut axis).collect(),
            mean: vec![0.0; d],
            ranges: vec![(0.0, 0.0); self.k],
            ..Self::new(self.k)
        };
        orthonormalise(&mut self.axes, &vec![vec![]; self.k]);
    }

    /// One subspace iteration: `axes <- orthonormalise(axes X^T X)`. As X^T X has no negative eigenvalue, no axis
    /// flips.
    fn turn(&mut self, centred: &[Vec<f32>]) {
        let mut turned = vec![vec![0f32; self.d]; self.k];
        for row in centred {
            for (axis, sum) in self.axes.iter().zip(&mut turned) {
                let along = dot(row, axis);
                sum.iter_mut().zip(row).for_each(|(s, v)| *s += along * v);
            }
        }
        orthonormalise(&mut turned, &self.axes);
        self.axes = turned;
    }

    /// Moves each range towards the percentiles of the rows just fitted.
    fn follow_ranges(&mut self, rows: &[&[f32]], pace: f32) {
        let coordinates: Vec<f32> = rows.iter().flat_map(|row| self.project(row)).collect();
        for (i, range) in self.ranges.iter_mut().enumerate() {
            let mut along: Vec<f32> = coordinates[i..].iter().step_by(self.k).copied().collect();
            along.sort_by(f32::total_cmp);
            let end = (along.len() - 1) as f32;
            let (lo, hi) = (along[(TAIL * end) as usize], along[((1.0 - TAIL) * end).ceil() as usize]);
            range.0 += pace * (lo - range.0);
            range.1 += pace * (hi - range.1);
        }
    }
}

/// Gram-Schmidt, in order. An axis that vanishes, for features have no further direction, is `before` again, so that
/// it is there when they do.
fn orthonormalise(axes: &mut [Vec<f32>], before: &[Vec<f32>]) {
    let largest = axes.iter().map(|axis| dot(axis, axis)).fold(0f32, f32::max).sqrt();
    for (i, old) in before.iter().enumerate() {
        let (done, rest) = axes.split_at_mut(i);
        let axis = &mut rest[0];
        if !make_orthogonal(axis, done, 1e-6 * largest) && !old.is_empty() {
            axis.copy_from_slice(old);
            if !make_orthogonal(axis, done, 1e-3) {
                axis.fill(0.0);
            }
        }
    }
}

/// Takes the directions `done` out of `axis` and makes it unit length; false if no more than `least` was left.
fn make_orthogonal(axis: &mut [f32], done: &[Vec<f32>], least: f32) -> bool {
    // Twice: the first pass leaves rounding errors as large as what was taken out.
    for other in [done, done].into_iter().flatten() {
        let along = dot(axis, other);
        axis.iter_mut().zip(other).for_each(|(v, o)| *v -= along * o);
    }
    let length = dot(axis, axis).sqrt();
    let left = length > least;
    axis.iter_mut().for_each(|v| *v = if left { *v / length } else { 0.0 });
    left
}

/// Either direction of an axis is as good: the one whose largest component is positive is the same every time.
fn fix_sign(axis: &mut [f32]) {
    let largest = axis.iter().copied().fold(0f32, |most, v| if v.abs() > most.abs() { v } else { most });
    if largest < 0.0 {
        axis.iter_mut().for_each(|v| *v = -*v);
    }
}
