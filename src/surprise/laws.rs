//! Laws that a visitor breaks in the live world, and what the alarm makes of them.

use super::AlarmReport;
use crate::world::Violation;
use serde::Serialize;
use std::ops::RangeInclusive;

/// An alarm that begins in so many frames after a violation first shows is one about it.
pub const AFTER: u64 = 16;
/// What follows a violation, such as gravity that comes back, is neither noticed nor false for so many frames more.
const ECHO: u64 = 24;

/// A violation that is waited for or being counted; frames are numbered as they reach the model.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Pending {
    violation: Violation,
    happens: u64,
    shows: u64,
    /// What came of it is in the score.
    counted: bool,
}

/// How often violations of one kind were noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Noticed {
    pub violation: Violation,
    pub broken: usize,
    pub noticed: usize,
}

/// What came of one violation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Outcome {
    pub violation: Violation,
    pub noticed: bool,
}

/// All that was broken, and how the alarm did, since the model was opened.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Score {
    pub broken: usize,
    pub noticed: usize,
    /// Windows in which nothing impossible happened or was still to be seen.
    pub windows: usize,
    /// Alarms that began in them.
    pub false_alarms: usize,
    /// Kinds that were broken, in the order in which they first were.
    pub kinds: Vec<Noticed>,
}

/// What a window brought.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LawReport {
    /// A law that is being broken and not counted yet.
    pub pending: Option<Violation>,
    /// In this window it happens.
    pub happened: Option<Violation>,
    /// In this window it is counted.
    pub outcome: Option<Outcome>,
    pub score: Score,
}

impl LawReport {
    /// Of several windows in a row that were asked about at once: what is new in any of them.
    pub fn after(self, before: Self) -> Self {
        Self { happened: self.happened.or(before.happened), outcome: self.outcome.or(before.outcome), ..self }
    }
}

/// Counts what the alarm makes of violations.
#[derive(Debug, Default)]
pub struct Laws {
    pending: Option<Pending>,
    score: Score,
}

impl Laws {
    /// A law is broken: it happens and shows in these frames, numbered as they reach the model.
    pub fn broken(&mut self, violation: Violation, happens: u64, shows: u64) {
        self.pending = Some(Pending { violation, happens, shows, counted: false });
    }

    /// Nobody will see what was to happen.
    pub fn forget_pending(&mut self) {
        self.pending = None;
    }

    /// Whether one is waited for or being counted.
    pub fn busy(&self) -> bool {
        self.pending.is_some()
    }

    /// How it stands, without a window.
    pub fn report(&self) -> LawReport {
        let pending = self.pending.map(|pending| pending.violation);
        LawReport { pending, score: self.score.clone(), ..LawReport::default() }
    }

    /// The next window, of frames that are `new` in it, and what the alarm says of it.
    pub fn observe(&mut self, new: RangeInclusive<u64>, calibrated: bool, alarm: &AlarmReport) -> LawReport {
        let last = *new.end();
        let began = alarm.began.is_some();
        let quiet = self.pending.is_none_or(|pending| last < pending.happens);
        if quiet && calibrated {
            self.score.windows += 1;
            self.score.false_alarms += usize::from(began);
        }
        let (mut happened, mut outcome) = (None, None);
        if let Some(pending) = &mut self.pending {
            happened = new.contains(&pending.happens).then_some(pending.violation);
            let noticed = last >= pending.happens && began;
            if !pending.counted && (noticed || last >= pending.shows + AFTER) {
                pending.counted = true;
                outcome = Some(Outcome { violation: pending.violation, noticed });
            }
        }
        if let Some(Outcome { violation, noticed }) = outcome {
            self.count(violation, noticed);
        }
        self.pending = self.pending.filter(|pending| last < pending.shows + AFTER + ECHO);
        LawReport { happened, outcome, ..self.report() }
    }

    fn count(&mut self, violation: Violation, noticed: bool) {
        let Score { broken, noticed: hits, kinds, .. } = &mut self.score;
        let known = kinds.iter().position(|kind| kind.violation == violation);
        let index = known.unwrap_or_else(|| {
            kinds.push(Noticed { violation, broken: 0, noticed: 0 });
            kinds.len() - 1
        });
        let kind = &mut kinds[index];
        for (count, hits) in [(broken, hits), (&mut kind.broken, &mut kind.noticed)] {
            *count += 1;
            *hits += usize::from(noticed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::surprise::Alarm;

    /// Windows of two frames from frame 1 on; the alarm begins in those that are named.
    fn watch(laws: &mut Laws, windows: std::ops::Range<u64>, rings: &[u64]) -> Vec<LawReport> {
        let report = |began| AlarmReport { began, ..Alarm::default().report() };
        windows
            .map(|window| {
                laws.observe(2 * window + 1..=2 * window + 2, true, &report(rings.contains(&window).then_some(0)))
            })
            .collect()
    }

    #[test]
    fn an_alarm_in_time_is_noticed_one_outside_is_false_and_none_is_a_miss() {
        let mut laws = Laws::default();
        watch(&mut laws, 0..10, &[3]);
        laws.broken(Violation::Teleport, 24, 25);
        assert!(laws.busy());
        let seen = watch(&mut laws, 10..40, &[12]);
        let happened: Vec<usize> = (0..seen.len()).filter(|&i| seen[i].happened.is_some()).collect();
        assert_eq!(happened, [1], "frame 24 is the last of window 11");
        assert_eq!(seen[2].outcome, Some(Outcome { violation: Violation::Teleport, noticed: true }));
        assert_eq!(seen.iter().filter(|report| report.outcome.is_some()).count(), 1, "it is counted once");
        let score = &seen.last().unwrap().score;
        assert_eq!((score.broken, score.noticed, score.false_alarms), (1, 1, 1));
        assert!(!laws.busy(), "the next one may come");
        laws.broken(Violation::Colour, 90, 90);
        let seen = watch(&mut laws, 40..80, &[]);
        let outcomes: Vec<_> = seen.iter().filter_map(|report| report.outcome).collect();
        assert_eq!(outcomes, [Outcome { violation: Violation::Colour, noticed: false }]);
        let score = &seen.last().unwrap().score;
        assert_eq!((score.broken, score.noticed), (2, 1));
        assert_eq!(score.kinds[1], Noticed { violation: Violation::Colour, broken: 1, noticed: 0 });
    }

    #[test]
    fn windows_about_a_violation_and_before_calibration_are_not_counted_as_quiet() {
        let mut laws = Laws::default();
        let report = Alarm::default().report();
        laws.observe(1..=2, false, &report);
        laws.broken(Violation::GravityOff, 8, 8);
        let seen = watch(&mut laws, 1..40, &[14]);
        // Windows 1 and 2 come before it; from frame 8 to its echo at 48 nothing counts.
        let quiet = seen.last().unwrap().score.windows;
        assert_eq!((quiet, seen.last().unwrap().score.false_alarms), (2 + (39 - 23), 0));
    }
}
