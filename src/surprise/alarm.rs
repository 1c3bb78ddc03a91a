//! When surprise is worth a call: once an event, not once a window.

use crate::error::Error;
use serde::Serialize;

/// Where the threshold stands at first, in deviations.
pub const THRESHOLD: f32 = 6.0;
/// An event is over when its peak has fallen below this share of the threshold...
const RELEASE: f32 = 0.6;
/// ...for so many windows, so that an object that stops and goes on is one event.
const QUIET: usize = 3;

/// A threshold with hysteresis, and what came of it.
#[derive(Debug, Clone)]
pub struct Alarm {
    threshold: f32,
    /// Windows in a row below the release level, while an event goes on.
    quiet: Option<usize>,
    /// Windows since an event went on, 0 while one does; none before the first one.
    since: Option<usize>,
    /// Of every alarm so far, whether somebody called it false.
    refuted: Vec<bool>,
}

/// What the alarm says of a window, and of all so far.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AlarmReport {
    /// An event begins with this window; its number, from 0.
    pub began: Option<usize>,
    /// An event goes on.
    pub ringing: bool,
    /// Windows since one went on, 0 while it does; none if there was none.
    #[serde(skip)]
    pub since: Option<usize>,
    /// In deviations.
    pub threshold: f32,
    pub alarms: usize,
    /// Of these, how many somebody called false.
    pub false_alarms: usize,
}

impl AlarmReport {
    /// An event goes on down to this peak, in deviations.
    pub fn release(&self) -> f32 {
        RELEASE * self.threshold
    }
}

impl Default for Alarm {
    fn default() -> Self {
        Self::with_threshold(THRESHOLD)
    }
}

impl Alarm {
    pub fn with_threshold(threshold: f32) -> Self {
        Self { threshold, quiet: None, since: None, refuted: vec![] }
    }

    /// The next window's peak; none while there is no calibration, when nothing can be an event.
    pub fn hear(&mut self, peak: Option<f32>) -> AlarmReport {
        let peak = peak.unwrap_or(0.0);
        let mut began = None;
        self.quiet = match self.quiet {
            None if peak >= self.threshold => {
                began = Some(self.refuted.len());
                self.refuted.push(false);
                Some(0)
            }
            None => None,
            Some(_) if peak >= self.report().release() => Some(0),
            Some(quiet) => Some(quiet + 1).filter(|&quiet| quiet < QUIET),
        };
        self.since = if self.quiet.is_some() { Some(0) } else { self.since.map(|windows| windows + 1) };
        AlarmReport { began, ..self.report() }
    }

    /// How it stands, without a window.
    pub fn report(&self) -> AlarmReport {
        AlarmReport {
            began: None,
            ringing: self.quiet.is_some(),
            since: self.since,
            threshold: self.threshold,
            alarms: self.refuted.len(),
            false_alarms: self.refuted.iter().filter(|&&refuted| refuted).count(),
        }
    }

    pub fn threshold(&self) -> f32 {
        self.threshold
    }

    /// The event is over, whatever comes next, and what comes next has nothing to do with it.
    pub fn clear(&mut self) {
        (self.quiet, self.since) = (None, None);
    }

    pub(super) fn move_to(&mut self, threshold: f32) {
        self.threshold = threshold;
    }

    /// Say that an alarm was false, or that it was not after all.
    ///
    /// # Errors
    /// [`Error::NoAlarm`].
    pub fn refute(&mut self, alarm: usize, is_false: bool) -> Result<(), Error> {
        *self.refuted.get_mut(alarm).ok_or(Error::NoAlarm(alarm))? = is_false;
        Ok(())
    }
}
