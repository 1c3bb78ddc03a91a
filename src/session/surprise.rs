//! Surprise, live: the clip's past as context, its newest tubelets as target, judged against the recent past.

use super::Session;
use crate::{
    error::Error,
    exam::{Examinee, Expectation, Questions},
    imagine::Remembered,
    mask::{self, Masks},
    surprise::{AlarmReport, Light, Monitor, Reading},
};

/// What is asked of the clips of a source, and what came of it so far.
#[derive(Debug, Default)]
pub(super) struct Watch {
    pub monitor: Monitor,
    pub light: Light,
    asked: Option<Questions>,
}

impl Watch {
    /// What was usual is of no use elsewhere.
    pub fn leave_place(&mut self) {
        self.monitor.reset();
        self.light = Light::default();
    }
}

/// How surprising the newest window is.
#[derive(Debug, Clone)]
pub struct Surprised {
    pub reading: Reading,
    pub alarm: AlarmReport,
    /// RGBA, of the tubelets that were foretold, `[horizon * tubelet, size, size, 4]`.
    pub frames: Vec<u8>,
}

impl Session {
    /// The usual window: all tubelets of a clip but the newest are seen, and that one is foretold.
    pub fn newest(&self) -> Questions {
        Questions { past: self.config.grid().t.saturating_sub(1), horizon: 1 }
    }

    /// Foretell the tubelets after the first `past` of the clip in the ring and compare; with several, the error of a place
    /// is its mean over them. Each call is a window of its own: let the source go on by a tubelet between two of them.
    /// Other questions than before begin a new calibration.
    ///
    /// # Errors
    /// [`Error::ShortClip`] until the ring is full, [`Error::Mask`] for questions that leave nothing to see or foretell,
    /// [`Error::Unexaminable`] for a checkpoint without a predictor of its own features, [`Error::Read`] if the device is
    /// lost, [`Error::Unusable`] if the weights overflow.
    pub async fn surprise(&mut self, asked: Questions) -> Result<Surprised, Error> {
        let grid = self.config.grid();
        let masks = mask::future(grid, asked.past, asked.horizon, 1)?;
        let mut light = self.watch.light.clone();
        let (expectation, clip) = self.expect(masks, Some(&mut light)).await?;
        self.watch.light = light;
        if self.watch.asked.replace(asked) != Some(asked) {
            self.watch.monitor.recalibrate();
        }
        let errors = expectation.errors();
        let steps = errors.len() / grid.frame();
        let of_place = |place: usize| errors.iter().skip(place).step_by(grid.frame()).sum::<f32>() / steps as f32;
        let errors: Vec<f32> = (0..grid.frame()).map(of_place).collect();
        let (reading, alarm) = self.watch.monitor.observe(&errors);
        let tubelet = clip.frames.len() / grid.t;
        let frames = clip.frames[asked.past * tubelet..(asked.past + steps) * tubelet].to_vec();
        self.patches.keep(clip, self.config.frames);
        Ok(Surprised { reading, alarm, frames })
    }

    /// How calibration and alarm stand.
    pub fn alarm(&self) -> AlarmReport {
        self.watch.monitor.alarm.report()
    }

    /// Ring from so many deviations on.
    ///
    /// # Errors
    /// [`Error::Threshold`] unless it is a number above 0.
    pub fn set_alarm(&mut self, threshold: f32) -> Result<(), Error> {
        self.watch.monitor.set_threshold(threshold)
    }

    /// Say that an alarm was false, or take it back.
    ///
    /// # Errors
    /// [`Error::NoAlarm`].
    pub fn refute_alarm(&mut self, alarm: usize, is_false: bool) -> Result<(), Error> {
        self.watch.monitor.alarm.refute(alarm, is_false)
    }

    /// Forget what is usual and all alarms; the threshold stays.
    pub fn reset_surprise(&mut self) {
        self.watch.leave_place();
    }

    /// What the model expects of the hidden part of the clip in the ring, which it sees in this light if there is one, and
    /// the clip as it is with all its features.
    pub(super) async fn expect(
        &self,
        masks: Masks,
        light: Option<&mut Light>,
    ) -> Result<(Expectation, Remembered), Error> {
        let model: Examinee = self.examinee()?;
        let frames = self.ring.clip()?;
        let mut seen = frames.clone();
        if let Some(light) = light {
            light.steady(&mut seen, self.config.frames);
        }
        let expectation = model.expect(&[seen], masks, &self.device).await?;
        let clip = Remembered::new(frames, &expectation.features, expectation.width, self.ring.pushed());
        Ok((expectation, clip))
    }
}
