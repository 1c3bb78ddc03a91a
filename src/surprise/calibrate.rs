//! What is usual at each place of a frame: noise, flicker and fine texture are always a little unforeseen, and only what
//! goes beyond that is surprising.

use super::{mean, peak};
use std::collections::VecDeque;

/// Windows that are remembered.
const MEMORY: usize = 48;
/// Windows until a median and a deviation mean something.
pub const WARM_UP: usize = 16;
/// Of a normal distribution, the standard deviation is so many median absolute deviations.
const DEVIATIONS: f32 = 1.4826;
/// The smallest deviation that counts is so much of an error (features are normed, so that errors of all models are alike)...
const FLOOR: f32 = 0.033;
/// ...and such a share of what the furthest places of a lively window are above their medians. Where things move, they come to
/// places where nothing was before, whose own deviation knows nothing of that: each would be an event. Both are measured on
/// worlds in which nothing impossible happens, see the model card.
const MOTION_SHARE: f32 = 0.3;

/// The errors of recent windows at each location.
///
/// Median and median absolute deviation do not follow a few outliers: what is surprising is not at once usual, but becomes
/// so when it lasts for half of what is remembered.
#[derive(Debug, Clone, Default)]
pub struct Calibration {
    /// `[windows][h * w]`, newest last.
    recent: VecDeque<Vec<f32>>,
}

/// One window against what is usual. Heat is in deviations above the median of its location; below it is negative.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// As they were given: mean absolute error of each location, `[h * w]`.
    pub errors: Vec<f32>,
    /// Their mean, which needs no calibration.
    pub error: f32,
    /// `[h * w]`; all 0 until calibrated, as are the three below.
    pub heat: Vec<f32>,
    /// Of heat.
    pub mean: f32,
    pub max: f32,
    /// Mean of the ninth of the locations that are hottest.
    pub peak: f32,
    /// Windows that are missing until calibrated.
    pub missing: usize,
}

impl Calibration {
    /// Windows that are missing until calibrated.
    pub fn missing(&self) -> usize {
        WARM_UP.saturating_sub(self.recent.len())
    }

    /// Judge a window by those before it.
    pub fn read(&self, errors: &[f32]) -> Reading {
        let missing = self.missing();
        let heat = if missing == 0 { self.heat(errors) } else { vec![0.0; errors.len()] };
        Reading {
            error: mean(errors),
            errors: errors.to_vec(),
            mean: mean(&heat),
            max: heat.iter().copied().reduce(f32::max).unwrap_or(0.0),
            peak: peak(&heat),
            heat,
            missing,
        }
    }

    /// Remember a window. One of another size, or with a value that is no number, begins anew or is left out.
    pub fn push(&mut self, errors: &[f32]) {
        if errors.iter().any(|error| !error.is_finite()) {
            return;
        }
        if self.recent.front().is_some_and(|first| first.len() != errors.len()) {
            self.recent.clear();
        }
        if self.recent.len() == MEMORY {
            self.recent.pop_front();
        }
        self.recent.push_back(errors.to_vec());
    }

    /// `(e - median) / deviation` of each location.
    fn heat(&self, errors: &[f32]) -> Vec<f32> {
        let usual: Vec<(f32, f32)> = (0..errors.len()).map(|place| self.usual(place)).collect();
        let floor = FLOOR + MOTION_SHARE * self.motion_floor(&usual);
        errors.iter().zip(usual).map(|(error, (median, deviation))| (error - median) / deviation.max(floor)).collect()
    }

    /// How far the furthest places are above their medians in the upper quarter of the windows: what moves only now and then
    /// counts, and one event does not.
    fn motion_floor(&self, usual: &[(f32, f32)]) -> f32 {
        let above = |window: &Vec<f32>| -> Vec<f32> {
            window.iter().zip(usual).map(|(error, (median, _))| error - median).collect()
        };
        let mut peaks: Vec<f32> = self.recent.iter().map(|window| peak(&above(window))).collect();
        peaks.sort_by(f32::total_cmp);
        peaks.get(peaks.len() * 3 / 4).copied().unwrap_or(0.0)
    }

    /// Median and scaled median absolute deviation at one location.
    fn usual(&self, place: usize) -> (f32, f32) {
        let past: Vec<f32> = self.recent.iter().filter_map(|window| window.get(place).copied()).collect();
        let middle = median(past.clone());
        (middle, DEVIATIONS * median(past.into_iter().map(|error| (error - middle).abs()).collect()))
    }
}

/// Of an even number of values the mean of the middle two; 0 without values.
pub(super) fn median(mut values: Vec<f32>) -> f32 {
    values.sort_by(f32::total_cmp);
    match values.len() {
        0 => 0.0,
        n if n % 2 == 1 => values[n / 2],
        n => 0.5 * (values[n / 2 - 1] + values[n / 2]),
    }
}
