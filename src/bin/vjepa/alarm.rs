//! How good the live alarm is, with what is usual found out on the way, as on the page.
//!
//! Long pairs of the world are watched tubelet by tubelet until something happens in one version of each. How often does the
//! alarm then ring, at the threshold where it stands at first, and how often at the same moments of the version in which
//! nothing happens? And how often does it ring in so many minutes of worlds in which nothing impossible ever happens?

use crate::{Failure, cpu, models};
use clap::Args;
use pollster::block_on;
use std::{ops::Range, path::PathBuf};
use vjepa_web::{
    Session,
    probe::{interval::Share, roc},
    surprise::{AFTER, THRESHOLD},
    world::{Course, Pair, Violation, WorldSpec},
};

/// Frames of a clip: half of them come before anything happens, time enough to find out what is usual.
const FRAMES: usize = 96;
/// Worlds in which nothing happens, of each kind.
const WORLDS: u64 = 3;
/// Tubelets a minute: the page shows six a second.
const MINUTE: u64 = 360;

/// Measure the live alarm: how often it rings when something impossible happens, and when nothing does
#[derive(Args)]
pub struct Options {
    /// Pairs of clips of each kind
    #[arg(long, value_name = "N", default_value_t = 30)]
    pairs: u64,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// A snapshot saved from the page, or a model as the page loads it
    #[arg(long, value_name = "FILE", default_value = models::SHIPPED)]
    model: PathBuf,
    /// Of each world in which nothing impossible happens
    #[arg(long, value_name = "N", default_value_t = 5)]
    minutes: u64,
    /// 0 for all cores
    #[arg(long, value_name = "N", default_value_t = 0)]
    threads: usize,
}

pub fn measure(options: &Options) -> Result<(), Failure> {
    let Options { pairs, seed, minutes, .. } = *options;
    cpu::share_out(options.threads)?;
    let mut session = models::session(&options.model)?;
    println!("{:16}{:>6}  {:22}{:22}ROC area", "", "pairs", "rings when it happens", "rings when it doesn't");
    let mut all: [Vec<f32>; 2] = Default::default();
    for kind in Violation::ALL {
        let mut peaks: [Vec<f32>; 2] = Default::default();
        for i in 0..pairs {
            let pair = Pair::new(&WorldSpec::standard(), kind, FRAMES, seed << 20 | i)?;
            let moments = pair.moment..(pair.moment + AFTER as usize).min(FRAMES);
            peaks[0].push(highest(&mut session, pair.impossible(), moments.clone())?);
            peaks[1].push(highest(&mut session, pair.possible(), moments)?);
        }
        print(kind.id(), &peaks);
        all.iter_mut().zip(peaks).for_each(|(all, peaks)| all.extend(peaks));
    }
    print("all", &all);
    println!("\nin {WORLDS} worlds of each kind, {minutes} minutes each, in which nothing impossible happens");
    for (name, spec) in
        [("simple", WorldSpec::simple()), ("standard", WorldSpec::standard()), ("rich", WorldSpec::rich())]
    {
        let rings = (0..WORLDS).map(|i| false_rings(&mut session, &spec, (seed << 20) + 2 * i + 1, minutes * MINUTE));
        let rings: Vec<usize> = rings.collect::<Result<_, _>>()?;
        println!("{name:16}rings {rings:?} times");
    }
    Ok(())
}

/// How often the alarm rings in a world as it is, from a fresh visit on.
fn false_rings(session: &mut Session, spec: &WorldSpec, seed: u64, tubelets: u64) -> Result<usize, Failure> {
    session.set_world(spec, seed);
    session.reset_surprise();
    for _ in 0..tubelets {
        session.advance_world(session.config().tubelet);
        block_on(session.surprise(session.newest()))?;
    }
    Ok(session.alarm().alarms)
}

/// The highest reading of the windows that end in `moments`.
fn highest(session: &mut Session, mut course: Course, moments: Range<usize>) -> Result<f32, Failure> {
    let (frames, size, tubelet) = (session.config().frames, session.config().size, session.config().tubelet);
    session.clear_clip();
    let mut highest = f32::MIN;
    for frame in 0..moments.end {
        session.push_frame(course.render(size))?;
        course.advance();
        if frame + 1 >= frames && (frame + 1) % tubelet == 0 {
            let peak = block_on(session.surprise(session.newest()))?.reading.peak;
            highest = if moments.contains(&frame) { highest.max(peak) } else { highest };
        }
    }
    Ok(highest)
}

fn print(name: &str, [impossible, possible]: &[Vec<f32>; 2]) {
    let rings = |peaks: &[f32]| {
        let rung = peaks.iter().filter(|&&peak| peak >= THRESHOLD).count();
        let Share { value, low, high, .. } = Share::new(rung as f64, peaks.len());
        format!("{:3.0} % [{:.0}-{:.0}]", 100.0 * value, 100.0 * low, 100.0 * high)
    };
    let area = roc::area(impossible, possible).unwrap_or(0.5);
    println!("{name:16}{:6}  {:22}{:22}{area:.2}", possible.len(), rings(impossible), rings(possible));
}
