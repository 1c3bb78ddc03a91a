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

impl Tally {
    pub fn new(violation: Violation) -> Self {
        Self { violation, mean: vec![], max: vec![], peak: vec![], errors: Errors::default() }
    }

    pub fn violation(&self) -> Violation {
        self.violation
    }

    fn add(&mut self, possible: &Surprise, impossible: &Surprise) {
        self.mean.push((impossible.mean(), possible.mean()));
        self.max.push((impossible.max(), possible.max()));
        self.peak.push((impossible.peak(), possible.peak()));
        for (sums, surprise) in [(&mut self.errors.possible, possible), (&mut self.errors.impossible, impossible)] {
            let steps = surprise.errors.first().map_or(0, Vec::len);
            sums.resize(steps, 0.0);
            sums.iter_mut().enumerate().for_each(|(step, sum)| *sum += f64::from(surprise.at_horizon(step)));
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
    let mut clips = Vec::with_capacity(2 * pairs.len());
    for i in pairs {
        let seed = exam.seed.wrapping_mul(1 << 20).wrapping_add(i as u64);
        match Pair::new(&exam.world, tally.violation, exam.frames, seed) {
            Ok(pair) => {
                clips.extend([pair.possible(), pair.impossible()].map(|mut course| course.clip(exam.frames, size)));
            }
            Err(none) => return Ok(Err(none)),
        }
    }
    let surprises = judge(clips).await?;
    surprises.chunks_exact(2).for_each(|pair| tally.add(&pair[0], &pair[1]));
    Ok(Ok(()))
}
