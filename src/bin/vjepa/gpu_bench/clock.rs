//! How much time is left, and the median of runs within it.

use crate::Failure;
use std::time::{Duration, Instant};

/// Runs of a case: at least one counts, and more than this say nothing new.
const MOST_RUNS: usize = 20;
/// A case takes no longer than this if it has run three times.
const CASE: Duration = Duration::from_secs(3);

/// A span of time that began when it was made.
pub struct Clock {
    end: Instant,
    begin: Instant,
}

impl Clock {
    pub fn new(time: Duration) -> Self {
        let begin = Instant::now();
        Self { begin, end: begin + time }
    }

    /// The first `share` of it.
    pub fn part(&self, share: f64) -> Self {
        Self { begin: self.begin, end: self.begin + (self.end - self.begin).mul_f64(share) }
    }

    pub fn left(&self) -> Duration {
        self.end.saturating_duration_since(Instant::now())
    }

    /// Median milliseconds of `work` after one run to warm up, in as many runs as there is time for; nothing where there is
    /// no time, or the first run took all of it.
    pub fn median(&self, mut work: impl FnMut() -> Result<(), Failure>) -> Result<Option<f64>, Failure> {
        if self.left().is_zero() {
            return Ok(None);
        }
        work()?;
        let begin = Instant::now();
        let mut times = Vec::new();
        while times.len() < MOST_RUNS && (times.len() < 3 || begin.elapsed() < CASE) && !self.left().is_zero() {
            let start = Instant::now();
            work()?;
            times.push(1000.0 * start.elapsed().as_secs_f64());
        }
        times.sort_by(f64::total_cmp);
        Ok(times.get(times.len() / 2).copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_without_time_is_not_run() {
        let ended = Clock::new(Duration::ZERO).median(|| panic!("there is no time"));
        assert!(ended.unwrap().is_none());
    }

    #[test]
    fn a_quick_case_runs_as_often_as_is_of_use() {
        let mut runs = 0;
        let median = Clock::new(Duration::from_secs(60)).median(|| {
            runs += 1;
            Ok(())
        });
        assert!(median.unwrap().is_some_and(|ms| ms >= 0.0));
        assert_eq!(runs, 1 + MOST_RUNS);
    }
}
