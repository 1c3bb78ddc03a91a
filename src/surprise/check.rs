//! A fast label checked by slow surprise. The classifier answers at once, whatever it sees; the model that foretells what
//! comes next notices when something can't be. Sure but surprised: wait.

use super::{furthest, peak};
use crate::fewshot::Guess;
use serde::{Deserialize, Serialize};

/// What counts as sure, and what as surprised.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// Answers are sure from this share of certainty on, 0 to 1.
    pub confidence: f32,
    /// Moments are surprising above this [`peak`].
    pub surprise: f32,
}

/// What is to be done with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Believe it.
    Sure,
    /// It may be something else.
    Unsure,
    /// It is given with confidence, yet something happened that was not foreseen.
    Wait,
}

/// A fast answer and what the slow system makes of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Judgement {
    pub class: u32,
    pub label: String,
    /// 0 to 1.
    pub confidence: f32,
    /// The largest [`level`] of all moments; 0 if none was looked at.
    pub surprise: f32,
    pub verdict: Verdict,
    /// Where and since when, if anything was surprising.
    pub why: Option<Why>,
}

/// What was not foreseen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Why {
    /// The first moment that was surprising.
    pub since: usize,
    /// The most surprising one.
    pub moment: usize,
    /// Tokens of a frame that were furthest off then, the furthest first.
    pub patches: Vec<usize>,
}

impl Check {
    /// Surprised by what only a share of `false_alarms` of clips that can be exceed: `possible` are their largest levels.
    /// None without any.
    pub fn calibrated(confidence: f32, possible: &[f32], false_alarms: f64) -> Option<Self> {
        let mut levels: Vec<f32> = possible.iter().copied().filter(|level| level.is_finite()).collect();
        levels.sort_by(f32::total_cmp);
        let above = (levels.len() as f64 * false_alarms.clamp(0.0, 1.0)).floor() as usize;
        let lowest = levels.first().copied()?;
        let surprise = levels.iter().rev().nth(above).copied().unwrap_or(lowest);
        Some(Self { confidence, surprise })
    }

    /// Of the likeliest class, and the errors of each moment, `[moments][tokens of a frame]`.
    pub fn judge(&self, fast: &Guess, moments: &[Vec<f32>]) -> Judgement {
        let levels: Vec<f32> = moments.iter().map(|errors| peak(errors)).collect();
        let moment = (0..levels.len()).max_by(|&a, &b| levels[a].total_cmp(&levels[b]));
        let surprise = moment.map_or(0.0, |moment| levels[moment]);
        // What is no number was not foreseen either.
        let surprising = |level: f32| level > self.surprise || level.is_nan();
        let surprised = surprising(surprise);
        let verdict = match (fast.share >= self.confidence, surprised) {
            (false, _) => Verdict::Unsure,
            (true, true) => Verdict::Wait,
            (true, false) => Verdict::Sure,
        };
        let why = moment.filter(|_| surprised).map(|moment| Why {
            since: levels.iter().position(|&level| surprising(level)).unwrap_or(moment),
            moment,
            patches: furthest(&moments[moment]),
        });
        Judgement { class: fast.class, label: fast.name.clone(), confidence: fast.share, surprise, verdict, why }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guess(share: f32) -> Guess {
        Guess { class: 3, name: "ball".into(), share }
    }

    #[test]
    fn sure_but_surprised_is_wait_and_says_where_and_since_when() {
        let check = Check { confidence: 0.8, surprise: 1.0 };
        let mut moments = vec![vec![0.1; 18]; 4];
        assert_eq!(check.judge(&guess(0.9), &moments).verdict, Verdict::Sure);
        assert_eq!(check.judge(&guess(0.7), &moments).verdict, Verdict::Unsure);
        (moments[2][5], moments[2][6]) = (3.0, 4.0);
        (moments[1][7], moments[1][8]) = (2.0, 2.0);
        let judged = check.judge(&guess(0.9), &moments);
        assert_eq!((judged.verdict, judged.surprise), (Verdict::Wait, 3.5));
        assert_eq!(judged.why, Some(Why { since: 1, moment: 2, patches: vec![6, 5] }));
        let unsure = check.judge(&guess(0.5), &moments);
        assert!(unsure.verdict == Verdict::Unsure && unsure.why.is_some());
        assert_eq!(check.judge(&guess(0.9), &[]).verdict, Verdict::Sure);
        moments[0][3] = f32::NAN;
        let judged = check.judge(&guess(0.9), &moments);
        assert_eq!((judged.verdict, judged.why.unwrap().since), (Verdict::Wait, 0), "what is no number is not trusted");
    }

    #[test]
    fn the_threshold_is_where_so_few_clips_are_above() {
        let levels: Vec<f32> = (0..100).map(|i| i as f32).collect();
        for (share, above) in [(0.05, 5), (0.0, 0), (0.5, 50)] {
            let check = Check::calibrated(0.8, &levels, share).unwrap();
            assert_eq!(levels.iter().filter(|&&level| level > check.surprise).count(), above);
        }
        assert_eq!(Check::calibrated(0.8, &[], 0.05), None);
    }
}
