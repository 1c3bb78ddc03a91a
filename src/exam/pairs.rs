//! Whether what can't be surprises more than what can (violation of expectation, Garrido et al. 2025, section 3): the same
//! scene twice, and the impossible one should have the larger error.

use super::{Errors, Exam, Kind, Surprise};
use crate::{
    error::Error,
    probe::{interval::Share, roc},
    world::{Pair, PairError, Violation},
};
use std::ops::Range;

/// What came of the pairs of one kind so far.
#[derive(Debug, Clone)]
pub struct Tally {
    violation: Violation,
    /// Mean, largest and peak surprise of each pair, impossible clip first.
    mean: Vec<(f32, f32)>,
    max: Vec<(f32, f32)>,
    peak: Vec<(f32, f32)>,
    /// Sums over pairs.
    errors: Errors,
}

/// What a tally keeps of the surprise of a clip.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scored {
    mean: f32,
    max: f32,
    peak: f32,
    /// Mean errors by how many tubelets ahead was predicted, nearest first.
    ahead: Vec<f32>,
}

impl Scored {
    pub fn of(surprise: &Surprise) -> Self {
        let steps = surprise.errors.first().map_or(0, Vec::len);
        let ahead = (0..steps).map(|step| surprise.at_horizon(step)).collect();
        Self { mean: surprise.mean(), max: surprise.max(), peak: surprise.peak(), ahead }
    }

    /// Of several clips, as one row.
    pub fn flat(clips: &[Self]) -> Vec<f32> {
        clips.iter().flat_map(|clip| [&[clip.mean, clip.max, clip.peak], clip.ahead.as_slice()].concat()).collect()
    }

    /// Whether a row can be that of so many clips.
    pub fn are(row: &[f32], clips: usize) -> bool {
        row.len().is_multiple_of(clips) && row.len() > 3 * clips
    }

    /// Of so many clips, from their row.
    pub fn from_flat(row: &[f32], clips: usize) -> Vec<Self> {
        let clip = |clip: &[f32]| Self { mean: clip[0], max: clip[1], peak: clip[2], ahead: clip[3..].to_vec() };
        row.chunks_exact(row.len() / clips).map(clip).collect()
    }
}

impl Tally {
    pub fn new(violation: Violation) -> Self {
        Self { violation, mean: vec![], max: vec![], peak: vec![], errors: Errors::default() }
    }

    pub fn violation(&self) -> Violation {
        self.violation
    }

    /// Clips of pairs, the possible one first.
    pub(super) fn add(&mut self, clips: &[Scored]) {
        for pair in clips.chunks_exact(2) {
            let (possible, impossible) = (&pair[0], &pair[1]);
            self.mean.push((impossible.mean, possible.mean));
            self.max.push((impossible.max, possible.max));
            self.peak.push((impossible.peak, possible.peak));
            for (sums, clip) in [(&mut self.errors.possible, possible), (&mut self.errors.impossible, impossible)] {
                sums.resize(clip.ahead.len(), 0.0);
                sums.iter_mut().zip(&clip.ahead).for_each(|(sum, error)| *sum += f64::from(*error));
            }
        }
    }

    pub fn kind(&self) -> Kind {
        let n = self.mean.len().max(1) as f64;
        let means = |sums: &[f64]| sums.iter().map(|sum| sum / n).collect();
        Kind {
            violation: self.violation,
            mean: Share::larger(self.mean.iter().copied()),
            max: Share::larger(self.max.iter().copied()),
            peak: Share::larger(self.peak.iter().copied()),
            alarm: Self::alarm(std::iter::once(self)),
            errors: Errors { possible: means(&self.errors.possible), impossible: means(&self.errors.impossible) },
        }
    }

    /// How well peak surprise tells impossible clips from possible ones without their other versions, as the area under its
    /// ROC curve; none without pairs.
    pub fn alarm<'a>(tallies: impl Iterator<Item = &'a Tally>) -> Option<f64> {
        let (impossible, possible): (Vec<f32>, Vec<f32>) = tallies.flat_map(|tally| tally.peak.iter().copied()).unzip();
        roc::area(&impossible, &possible)
    }

    /// Pairs of all kinds together, by mean, largest and peak surprise.
    pub fn together<'a>(tallies: impl Iterator<Item = &'a Tally> + Clone) -> [Share; 3] {
        let mean = Share::larger(tallies.clone().flat_map(|tally| tally.mean.iter().copied()));
        let max = Share::larger(tallies.clone().flat_map(|tally| tally.max.iter().copied()));
        [mean, max, Share::larger(tallies.flat_map(|tally| tally.peak.iter().copied()))]
    }
}

/// Asks `judge` about some of the exam's pairs: it is given clips `[frames, size, size, 4]`, of each pair first the one
/// that can be and then the one that can't, and answers a surprise for each.
///
/// # Errors
/// What `judge` fails with; the inner one if the world has no such pairs.
pub async fn ask(
    exam: &Exam,
    size: usize,
    pairs: Range<usize>,
    tally: &mut Tally,
    judge: impl AsyncFn(Vec<Vec<u8>>) -> Result<Vec<Surprise>, Error>,
) -> Result<Result<(), PairError>, Error> {
    let clips = match draw(exam, size, pairs, tally.violation) {
        Ok(clips) => clips,
        Err(none) => return Ok(Err(none)),
    };
    let surprises = judge(clips).await?;
    tally.add(&surprises.iter().map(Scored::of).collect::<Vec<_>>());
    Ok(Ok(()))
}

/// The clips of some of the exam's pairs, `[frames, size, size, 4]`, of each first the one that can be.
///
/// # Errors
/// If the world has no such pairs.
pub(super) fn draw(
    exam: &Exam,
    size: usize,
    pairs: Range<usize>,
    violation: Violation,
) -> Result<Vec<Vec<u8>>, PairError> {
    let mut clips = Vec::with_capacity(2 * pairs.len());
    for i in pairs {
        let pair = pair(exam, i, violation)?;
        clips.extend([pair.possible(), pair.impossible()].map(|mut course| course.clip(exam.frames, size)));
    }
    Ok(clips)
}

/// Whether the world has such pairs, without drawing them.
pub(super) fn exist(exam: &Exam, mut pairs: Range<usize>, violation: Violation) -> bool {
    pairs.all(|i| pair(exam, i, violation).is_ok())
}

fn pair(exam: &Exam, number: usize, violation: Violation) -> Result<Pair, PairError> {
    let seed = exam.seed.wrapping_mul(1 << 20).wrapping_add(number as u64);
    Pair::new(&exam.world, violation, exam.frames, seed)
}
