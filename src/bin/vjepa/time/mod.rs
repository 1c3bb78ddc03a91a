//! How long things take on the CPU, a JSON line each.

mod encoder;
mod step;

use crate::Failure;
use clap::Subcommand;
use std::time::Instant;

/// Time an encoder or training steps on the CPU
#[derive(Subcommand)]
pub enum What {
    Encoder(encoder::Options),
    Step(step::Options),
}

pub fn measure(what: &What) -> Result<(), Failure> {
    match what {
        What::Encoder(options) => encoder::measure(options),
        What::Step(options) => step::measure(options),
    }
}

/// What `work` gave to warm up, and then the milliseconds of each of `runs`.
fn timed<T>(runs: usize, mut work: impl FnMut() -> Result<T, Failure>) -> Result<(T, Vec<f64>), Failure> {
    let first = work()?;
    let mut times = Vec::with_capacity(runs);
    for _ in 0..runs {
        let start = Instant::now();
        work()?;
        times.push(1000.0 * start.elapsed().as_secs_f64());
    }
    Ok((first, times))
}
