//! Every kernel against plain f64 loops; gradients against finite differences of those.

mod block;
mod elementwise;
mod parts;
mod product;
mod reference;

use super::BlockShape;

/// Values in [-1, 1), the same every time.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1 << 23) as f32 - 1.0
    }

    pub fn values(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| self.next()).collect()
    }
}

pub fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().map(|value| f64::from(*value)).collect()
}

/// The largest difference, relative to the largest value expected.
pub fn distance(found: &[f32], expected: &[f64]) -> f64 {
    assert_eq!(found.len(), expected.len());
    let largest = expected.iter().fold(1e-30, |most: f64, value| most.max(value.abs()));
    let difference = |(found, expected): (&f32, &f64)| (f64::from(*found) - expected).abs() / largest;
    // A NaN must not slip through `max`.
    found.iter().zip(expected).map(difference).fold(0.0, |most, next| if next <= most { most } else { next })
}

#[track_caller]
pub fn assert_close(found: &[f32], expected: &[f64], tolerance: f64) {
    let distance = distance(found, expected);
    assert!(distance < tolerance, "relative distance {distance:e}, at most {tolerance:e}");
}
