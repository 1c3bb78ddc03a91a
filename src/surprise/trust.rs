//! A fast label checked by surprise. The classifier answers at once, whatever it sees; the predictor notices when what is
//! seen does not go on as predicted. Sure but surprised: wait. A label is of a whole clip, so it waits for as long as the clip
//! shows what was surprising. Page and evaluation both judge by this rule.

use super::{AlarmReport, Reading};
use crate::grid::Grid;

/// From this share of certainty on a label counts as sure.
pub const SURE: f32 = 0.8;
/// Thirds of the picture, as the page names them.
const PARTS: [[&str; 3]; 3] =
    [["top-left", "top", "top-right"], ["left", "middle", "right"], ["bottom-left", "bottom", "bottom-right"]];

/// What is to be done with a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// There is no label.
    None,
    /// What is usual is not known yet, so nothing could be surprising.
    Unknown,
    /// It may be something else.
    Unsure,
    /// Believe it.
    Sure,
    /// It is given with confidence, yet an alarm rings or rang within the clip that it is of.
    Wait,
}

/// What surprise makes of a label, and what is surprising if an alarm rings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trust {
    pub verdict: Verdict,
    /// Places of a frame at which the alarm would not be released, the hottest first; none while it is silent.
    pub places: Vec<usize>,
    /// Roughly where their middle is.
    pub part: Option<&'static str>,
}

impl Verdict {
    /// Its name for the page.
    pub fn id(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Unknown => "unknown",
            Self::Unsure => "unsure",
            Self::Sure => "sure",
            Self::Wait => "wait",
        }
    }
}

impl Trust {
    /// Of a label with this share of certainty, 0 to 1, beside the newest window, which is a tubelet; `clip`: what the label
    /// is of.
    pub fn of(share: Option<f32>, reading: &Reading, alarm: &AlarmReport, clip: Grid) -> Self {
        let verdict = match share {
            None => Verdict::None,
            Some(_) if reading.missing > 0 => Verdict::Unknown,
            Some(share) if share >= SURE => {
                if alarm.since.is_some_and(|windows| windows < clip.t) {
                    Verdict::Wait
                } else {
                    Verdict::Sure
                }
            }
            Some(_) => Verdict::Unsure,
        };
        let places = if alarm.ringing { hottest(&reading.heat, alarm.release()) } else { vec![] };
        let part = part(&places, clip.w, clip.h);
        Self { verdict, places, part }
    }
}

/// Places at or above a level, the hottest first.
fn hottest(heat: &[f32], level: f32) -> Vec<usize> {
    let mut places: Vec<usize> = (0..heat.len()).filter(|&place| heat[place] >= level).collect();
    places.sort_by(|&a, &b| heat[b].total_cmp(&heat[a]));
    places
}

/// The third of the picture that the middle of these places is in.
fn part(places: &[usize], columns: usize, rows: usize) -> Option<&'static str> {
    let middle = |of: fn(usize, usize) -> usize, length: usize| {
        let sum: f32 = places.iter().map(|&place| of(place, columns) as f32 + 0.5).sum();
        ((3.0 * sum / places.len() as f32 / length as f32) as usize).min(2)
    };
    (!places.is_empty()).then(|| {
        PARTS[middle(|place, columns| place / columns, rows)][middle(|place, columns| place % columns, columns)]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::surprise::{Alarm, WARM_UP};

    /// On a grid of 6 by 6, with this heat at these places.
    fn judged(share: Option<f32>, hot: &[(usize, f32)], ringing: bool, missing: usize) -> Trust {
        let mut heat = vec![0.0; 36];
        hot.iter().for_each(|&(place, value)| heat[place] = value);
        let reading = Reading { errors: vec![], error: 0.0, heat, mean: 0.0, max: 0.0, peak: 0.0, missing };
        let since = ringing.then_some(0);
        let alarm = AlarmReport { ringing, since, ..Alarm::with_threshold(10.0).report() };
        Trust::of(share, &reading, &alarm, Grid::new(8, 6, 6))
    }

    #[test]
    fn a_sure_label_is_believed_while_the_alarm_is_silent_and_waits_while_it_rings() {
        for (share, silent, ringing) in [
            (None, Verdict::None, Verdict::None),
            (Some(0.79), Verdict::Unsure, Verdict::Unsure),
            (Some(SURE), Verdict::Sure, Verdict::Wait),
            (Some(1.0), Verdict::Sure, Verdict::Wait),
            (Some(f32::NAN), Verdict::Unsure, Verdict::Unsure),
        ] {
            assert_eq!(judged(share, &[(3, 40.0)], false, 0).verdict, silent, "{share:?}");
            assert_eq!(judged(share, &[(3, 40.0)], true, 0).verdict, ringing, "{share:?}");
        }
        assert_eq!(judged(Some(1.0), &[], false, WARM_UP).verdict, Verdict::Unknown, "nothing is usual yet");
    }

    #[test]
    fn a_sure_label_waits_until_its_clip_begins_after_the_surprise() {
        let mut alarm = Alarm::with_threshold(10.0);
        let reading = Reading { errors: vec![], error: 0.0, heat: vec![], mean: 0.0, max: 0.0, peak: 0.0, missing: 0 };
        let mut verdict = |peak| Trust::of(Some(0.9), &reading, &alarm.hear(Some(peak)), Grid::new(8, 6, 6)).verdict;
        assert_eq!(verdict(0.0), Verdict::Sure, "it never rang");
        // One window rings, two are quiet enough to end it, and the clip has seven tubelets more.
        let heard: Vec<Verdict> = std::iter::once(20.0).chain([0.0; 12]).map(&mut verdict).collect();
        assert_eq!(heard.iter().filter(|&&verdict| verdict == Verdict::Wait).count(), 3 + 7, "{heard:?}");
        assert_eq!(heard.last(), Some(&Verdict::Sure));
        alarm.hear(Some(20.0));
        alarm.clear();
        let quiet = alarm.hear(Some(0.0));
        assert_eq!(Trust::of(Some(0.9), &reading, &quiet, Grid::new(8, 6, 6)).verdict, Verdict::Sure, "another place");
    }

    #[test]
    fn the_reason_is_every_place_that_keeps_the_alarm_ringing() {
        let hot = [(24, 7.0), (25, 12.0), (30, 6.0), (0, 5.9), (1, f32::NAN)];
        let trust = judged(Some(0.9), &hot, true, 0);
        assert_eq!(trust.places, [25, 24, 30], "the hottest first, down to where an alarm ends");
        assert_eq!(trust.part, Some("bottom-left"));
        assert_eq!(judged(Some(0.9), &hot, false, 0).places, [0; 0], "a silent alarm has no reason");
        let fading = judged(Some(0.9), &[(5, 1.0)], true, 0);
        assert_eq!((fading.verdict, fading.places.len(), fading.part), (Verdict::Wait, 0, None));
    }

    #[test]
    fn the_middle_of_places_is_in_a_third_of_the_picture() {
        for (places, part) in [
            (vec![0], "top-left"),
            (vec![5], "top-right"),
            (vec![14, 15, 20, 21], "middle"),
            (vec![12], "left"),
            (vec![35], "bottom-right"),
            (vec![0, 5], "top"),
        ] {
            let hot: Vec<(usize, f32)> = places.into_iter().map(|place| (place, 20.0)).collect();
            assert_eq!(judged(None, &hot, true, 0).part, Some(part), "{hot:?}");
        }
    }
}
