//! Surprise, live: the clip's past as context, its newest tubelets as target, judged against the recent past. A frame-causal
//! model goes on from where it was and computes each tubelet once.

use super::Session;
use crate::{
    error::Error,
    grid::Grid,
    imagine::Remembered,
    mask::{self, Masks},
    predict::{Comparison, EvalModel, Questions, Stream},
    surprise::{AlarmReport, LawReport, Laws, Light, Monitor, Reading, Trust, by_place, mean},
};
use std::ops::RangeInclusive;

/// What is asked of the clips of a source, and what came of it so far.
#[derive(Debug, Default)]
pub(super) struct Watch {
    pub monitor: Monitor,
    pub light: Light,
    pub laws: Laws,
    asked: Option<Questions>,
    following: Option<Following>,
}

/// A stream of tubelets from the ring.
#[derive(Debug)]
struct Following {
    stream: Stream,
    /// Frames that had been pushed after its newest tubelet.
    at: u64,
    /// What that tubelet was judged, and its frames.
    newest: (Reading, Vec<u8>),
}

impl Watch {
    /// What was usual is of no use elsewhere.
    pub fn leave_place(&mut self) {
        self.monitor.reset();
        self.light = Light::default();
        self.laws.forget_pending();
        self.weights_changed();
    }

    /// What a stream keeps of the tubelets so far was computed by other weights.
    pub fn weights_changed(&mut self) {
        self.following = None;
    }

    /// Another question calibrates anew.
    fn ask(&mut self, asked: Questions) {
        if self.asked.replace(asked) != Some(asked) {
            self.monitor.recalibrate();
        }
    }

    /// The mean of each place of a frame over all that was predicted of it, against what is usual there. What the predictor
    /// expected to be wrong is no surprise, and errors are told as they are. `new`: the frames that came with this window,
    /// as the ring counts them.
    fn judge(&mut self, comparison: &Comparison, frame: usize, new: RangeInclusive<u64>) -> Judged {
        let errors = by_place(&comparison.errors(), frame);
        let (reading, alarm) = self.monitor.observe(&by_place(&comparison.unexpected(), frame));
        let laws = self.laws.observe(new, reading.missing == 0, &alarm);
        Judged { reading: Reading { error: mean(&errors), errors, ..reading }, alarm, laws }
    }
}

/// A window against what is usual.
struct Judged {
    reading: Reading,
    alarm: AlarmReport,
    laws: LawReport,
}

/// How surprising the newest window is.
#[derive(Debug, Clone)]
pub struct Surprised {
    pub reading: Reading,
    pub alarm: AlarmReport,
    /// What came of laws that were broken.
    pub laws: LawReport,
    /// RGBA, of the tubelets that were predicted, `[horizon * tubelet, size, size, 4]`.
    pub frames: Vec<u8>,
    /// Of the clip that a label is of.
    grid: Grid,
}

impl Surprised {
    /// What a label is worth now that has this share of certainty, 0 to 1; without one, what is surprising.
    pub fn trust(&self, share: Option<f32>) -> Trust {
        Trust::of(share, &self.reading, &self.alarm, self.grid)
    }
}

impl Session {
    /// The usual window: all tubelets of a clip but the newest are seen, and that one is predicted.
    pub fn newest(&self) -> Questions {
        Questions { past: self.config.grid().t.saturating_sub(1), horizon: 1 }
    }

    /// Predict the tubelets after the first `past` of the clip in the ring and compare; with several, the error of a place is
    /// its mean over them. Each call is a window of its own: let the source go on by a tubelet between two of them. Other
    /// questions than before begin a new calibration.
    ///
    /// A frame-causal model that is asked the [usual](Self::newest) compares every tubelet since the last call with what was
    /// predicted of it one tubelet before, and two. Without a whole new tubelet it says again what it said of the newest one.
    ///
    /// # Errors
    /// [`Error::ShortClip`] until the ring is full, [`Error::Mask`] for questions that leave nothing to see or predict,
    /// [`Error::Unexaminable`] for a checkpoint without a predictor of its own features, [`Error::Read`] if the device is
    /// lost, [`Error::Unusable`] if the weights overflow.
    pub async fn surprise(&mut self, asked: Questions) -> Result<Surprised, Error> {
        let grid = self.config.grid();
        let masks = mask::future(grid, asked.past, asked.horizon, 1)?;
        if self.config.causal.is_some() && asked == self.newest() {
            return self.follow(asked).await;
        }
        let mut light = self.watch.light.clone();
        let (comparison, clip) = self.predict(masks, Some(&mut light)).await?;
        self.watch.light = light;
        self.watch.ask(asked);
        let last = self.ring.pushed();
        let new = last.saturating_sub(self.config.tubelet as u64) + 1..=last;
        let Judged { reading, alarm, laws } = self.watch.judge(&comparison, grid.frame(), new);
        let steps = comparison.rows.len() / grid.frame();
        let tubelet = clip.frames.len() / grid.t;
        let frames = clip.frames[asked.past * tubelet..(asked.past + steps) * tubelet].to_vec();
        self.patches.keep(clip, self.config.frames);
        Ok(Surprised { reading, alarm, laws, frames, grid })
    }

    /// The tubelets of the ring that are new since the last call; all of it, if more went by than it holds.
    async fn follow(&mut self, asked: Questions) -> Result<Surprised, Error> {
        let (clip, pushed, held) = (self.ring.clip()?, self.ring.pushed(), self.config.frames as u64);
        let (tubelet, frame) = (self.config.tubelet, self.config.grid().frame());
        let frame_bytes = clip.len() / self.config.frames;
        let mut light = self.watch.light.clone();
        let before = self.watch.following.take().filter(|before| pushed - before.at <= held);
        let (mut stream, mut at, mut newest) = match before {
            Some(Following { stream, at, newest }) => (stream, at, Some(newest)),
            None => (self.eval_model()?.stream(&self.device).ok_or(Error::Unexaminable)?, pushed - held, None),
        };
        let begins = newest.is_none();
        let (mut began, mut laws) = (None, self.watch.laws.report());
        self.watch.ask(asked);
        while at + tubelet as u64 <= pushed {
            let first = (held - (pushed - at)) as usize;
            let frames = &clip[first * frame_bytes..(first + tubelet) * frame_bytes];
            let mut seen = frames.to_vec();
            light.steady(&mut seen, tubelet);
            let comparison = stream.observe(&seen, &self.device).await?;
            at += tubelet as u64;
            // Where a stream begins, all but the newest tubelet is seen without a past, or was judged before.
            let Some(comparison) = comparison.filter(|_| !begins || at + tubelet as u64 > pushed) else { continue };
            let judged = self.watch.judge(&comparison, frame, at - tubelet as u64 + 1..=at);
            (began, laws) = (began.or(judged.alarm.began), judged.laws.after(laws));
            let reading = judged.reading;
            newest = Some((reading, frames.to_vec()));
        }
        self.watch.light = light;
        let newest = newest.ok_or(Error::ShortClip { held: self.ring.held(), needed: self.config.frames })?;
        let (reading, frames) = newest.clone();
        self.watch.following = Some(Following { stream, at, newest });
        let grid = self.config.grid();
        Ok(Surprised { reading, alarm: AlarmReport { began, ..self.alarm() }, laws, frames, grid })
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
    pub(super) async fn predict(
        &self,
        masks: Masks,
        light: Option<&mut Light>,
    ) -> Result<(Comparison, Remembered), Error> {
        let model: EvalModel = self.eval_model()?;
        let frames = self.ring.clip()?;
        let mut seen = frames.clone();
        if let Some(light) = light {
            light.steady(&mut seen, self.config.frames);
        }
        let comparison = model.predict(&[seen], masks, &self.device).await?;
        let clip = Remembered::new(frames, &comparison.features, comparison.width, self.ring.pushed());
        Ok((comparison, clip))
    }
}
