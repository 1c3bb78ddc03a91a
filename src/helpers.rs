//! Work that other engines can share: jobs that cross to another thread or worker as plain numbers, and what comes back.
//!
//! A job says all there is to know, weights included: a helper remembers nothing between two jobs. So it can never be behind,
//! whatever is loaded, undone or changed meanwhile, and when it is late or gone the same job gives the same numbers here. It
//! costs little: sending the weights of a step takes as long as sending the summed gradients, which helpers with weights of
//! their own would need.

use crate::error::Error;
use serde::{Deserialize, Serialize};
use std::{ops::Range, pin::Pin, vec::IntoIter};

/// What is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A part of a training step.
    Step,
    /// A portion of an exam.
    Exam,
}

/// Something to compute, as a message.
#[derive(Debug, Clone)]
pub struct Job<'a> {
    pub kind: Kind,
    /// JSON: all about it that is neither pixels nor weights.
    pub task: String,
    /// Clips one after another, RGBA `[T, size, size, 4]` each.
    pub clips: Vec<u8>,
    /// All other numbers the task is about, such as the weights of its model, one row after the other.
    pub weights: Vec<&'a [f32]>,
}

/// Numbers in a row that arrived, to be taken from its front: they are copied once, to where they are wanted.
pub trait Numbers {
    /// How many are left.
    fn left(&self) -> usize;

    /// The next ones; none if so many are not left.
    fn next(&mut self, count: usize) -> Option<Vec<f32>>;
}

impl Numbers for IntoIter<f32> {
    fn left(&self) -> usize {
        self.len()
    }

    fn next(&mut self, count: usize) -> Option<Vec<f32>> {
        (count <= self.len()).then(|| self.take(count).collect())
    }
}

/// What a job comes to; none if the helper failed or is late.
pub type Answer = Pin<Box<dyn Future<Output = Option<Box<dyn Numbers>>>>>;

/// Other engines, each of which does one job at a time.
pub trait Helpers {
    /// Engines that share work, this one included. What a step is divided into follows from it, whether they are there or not.
    fn workers(&self) -> usize;

    /// Hand a job to a helper, counted from 0, which begins at once; none if that one is busy or gone.
    fn ask<'a>(&self, helper: usize, job: &dyn Fn() -> Job<'a>) -> Option<Answer>;
}

/// Nobody else.
pub struct Alone;

impl Helpers for Alone {
    fn workers(&self) -> usize {
        1
    }

    fn ask<'a>(&self, _: usize, _: &dyn Fn() -> Job<'a>) -> Option<Answer> {
        None
    }
}

/// What came of jobs that were shared.
#[derive(Debug)]
pub struct Shared<T> {
    /// In the order of the jobs, whatever engine did them and whenever.
    pub results: Vec<T>,
    /// Engines that did any, this one included.
    pub engines: usize,
}

/// Have `count` jobs done, the first of them here, each other one by a helper if it is free and does it, or else here too.
///
/// `job` makes the message of one, `taken` reads its answer (none: it is no answer), `own` does it here.
///
/// # Errors
/// Those of `own`.
pub async fn share<'a, T>(
    helpers: &dyn Helpers,
    count: usize,
    job: impl Fn(usize) -> Job<'a>,
    taken: impl Fn(usize, &mut dyn Numbers) -> Option<T>,
    own: impl AsyncFn(usize) -> Result<T, Error>,
) -> Result<Shared<T>, Error> {
    let mut asked = Vec::with_capacity(count);
    for i in 0..count {
        asked.push(if i == 0 { None } else { helpers.ask(i - 1, &|| job(i)) });
    }
    let mut results: Vec<Option<T>> = Vec::with_capacity(count);
    for (i, answer) in asked.iter().enumerate() {
        results.push(if answer.is_none() { Some(own(i).await?) } else { None });
    }
    let mut engines = 1;
    for (i, answer) in asked.into_iter().enumerate() {
        let Some(answer) = answer else { continue };
        let found = answer.await.and_then(|mut numbers| taken(i, &mut *numbers).filter(|_| numbers.left() == 0));
        engines += usize::from(found.is_some());
        results[i] = Some(match found {
            Some(found) => found,
            None => own(i).await?,
        });
    }
    Ok(Shared { results: results.into_iter().flatten().collect(), engines })
}

/// Consecutive ones of `count` for each of so many workers, as evenly as they can be shared out and the larger shares first,
/// for the first worker has no messages to wait for. None is empty.
pub fn shares(count: usize, workers: usize) -> impl Iterator<Item = Range<usize>> {
    let workers = workers.clamp(1, count.max(1));
    let start = move |worker: usize| (worker * count).div_ceil(workers);
    (0..workers).map(move |worker| start(worker)..start(worker + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_clip_is_somebodys_and_nobody_is_idle() {
        for (clips, workers) in [(8, 2), (8, 3), (5, 5), (7, 4), (2, 8)] {
            let shares: Vec<_> = shares(clips, workers).collect();
            assert_eq!(shares.len(), workers.min(clips));
            assert_eq!(shares.iter().cloned().flatten().collect::<Vec<_>>(), (0..clips).collect::<Vec<_>>());
            assert!(shares.iter().all(|share| !share.is_empty()), "{clips} clips, {workers} workers");
            let sizes: Vec<_> = shares.iter().map(Range::len).collect();
            assert!(sizes.iter().all(|size| (sizes[0] - 1..=sizes[0]).contains(size)), "{sizes:?}");
        }
    }
}
