//! Surprise as it happens: how far what comes is from what was expected, against what is usual at each place.
//!
//! Errors come from [`crate::predict::EvalModel::predict`]; everything here is arithmetic on them. [`Calibration`] says what is
//! usual, [`Alarm`] when to call, a [`Monitor`] is both at work on one source, [`Trust`] whether to believe a fast label now.

mod alarm;
mod calibrate;
mod exposure;
mod laws;
mod trust;

pub use alarm::{Alarm, AlarmReport, THRESHOLD};
pub use calibrate::{Calibration, Reading, WARM_UP};
pub use exposure::Light;
pub use laws::{AFTER, LawReport, Laws, Noticed, Outcome, Score};
pub use trust::{SURE, Trust, Verdict};

use crate::error::Error;

/// Calibration and alarm of one source, window after window.
#[derive(Debug, Clone, Default)]
pub struct Monitor {
    calibration: Calibration,
    pub alarm: Alarm,
}

impl Monitor {
    /// The next window: errors of each location of a frame, `[h * w]`. It is judged by what came before, then becomes part
    /// of that.
    pub fn observe(&mut self, errors: &[f32]) -> (Reading, AlarmReport) {
        let reading = self.calibration.read(errors);
        self.calibration.push(errors);
        let heard = (reading.missing == 0).then_some(reading.peak);
        let report = self.alarm.hear(heard);
        (reading, report)
    }

    /// Windows that are missing until it is known what is usual.
    pub fn missing(&self) -> usize {
        self.calibration.missing()
    }

    /// Begin to calibrate anew; threshold and count of alarms stay.
    pub fn recalibrate(&mut self) {
        self.calibration = Calibration::default();
        self.alarm.clear();
    }

    /// Forget all but the threshold.
    pub fn reset(&mut self) {
        *self = Self { alarm: Alarm::with_threshold(self.alarm.threshold()), ..Self::default() };
    }

    /// # Errors
    /// [`Error::Threshold`] unless it is a number above 0.
    pub fn set_threshold(&mut self, threshold: f32) -> Result<(), Error> {
        match threshold.is_finite() && threshold > 0.0 {
            true => self.alarm.move_to(threshold),
            false => return Err(Error::Threshold(threshold)),
        }
        Ok(())
    }
}

/// Of how many predictions the mean is taken where a predictor expects an error of itself: of the next two tubelets in a
/// window of an exam, live of the newest tubelet one before it and two. Chosen on development seeds, see the model card.
pub const AHEAD: usize = 2;

/// The mean of each place over several predictions, `[predictions * places]` -> `[places]`.
pub fn by_place(values: &[f32], places: usize) -> Vec<f32> {
    (0..places).map(|place| mean(&values.iter().copied().skip(place).step_by(places).collect::<Vec<f32>>())).collect()
}

/// Mean of the ninth of the values that are largest: one object is a few places of a frame, and a mean over all of them
/// mostly tells how many objects there are. 0 without values.
pub fn peak(values: &[f32]) -> f32 {
    mean(&furthest(values).into_iter().map(|place| values[place]).collect::<Vec<f32>>())
}

/// Where these are, the largest first.
pub fn furthest(values: &[f32]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[b].total_cmp(&values[a]));
    order.truncate(values.len().div_ceil(9));
    order
}

/// 0 without values.
pub(crate) fn mean(values: &[f32]) -> f32 {
    values.iter().sum::<f32>() / values.len().max(1) as f32
}
