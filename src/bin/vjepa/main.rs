//! The native program: it trains models, examines them and measures what the page claims, on the same crate as the page.
#![cfg(not(target_arch = "wasm32"))]
#![expect(clippy::disallowed_types, reason = "a native program may measure time")]

mod act;
mod alarm;
mod cpu;
mod embed;
mod exam;
mod fields;
mod files;
#[cfg(feature = "webgpu")]
mod gpu;
mod gpu_bench;
mod log;
mod models;
mod precision;
mod pretrain;
mod progress;
mod roofline;
mod run_file;
mod ship;
mod time;
mod trust;

use clap::{Parser, Subcommand};
use std::{error::Error, process::ExitCode};

/// What a command fails with: a sentence.
type Failure = Box<dyn Error + Send + Sync>;

/// V-JEPA natively: the trainer, world and exam of the page.
#[derive(Parser)]
#[command(name = "vjepa", version, arg_required_else_help = true, max_term_width = 120)]
struct Program {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Pretrain(pretrain::Options),
    Ship(ship::Options),
    Exam(exam::Options),
    Alarm(alarm::Options),
    Trust(trust::Options),
    Precision(precision::Options),
    Roofline(roofline::Options),
    Embed(embed::Options),
    GpuBench(gpu_bench::Options),
    #[command(subcommand)]
    Time(time::What),
}

fn main() -> ExitCode {
    let done = match Program::parse().command {
        Command::Pretrain(options) => pretrain::pretrain(&options),
        Command::Ship(options) => ship::ship(&options),
        Command::Exam(options) => exam::examine(&options),
        Command::Alarm(options) => alarm::measure(&options),
        Command::Trust(options) => trust::measure(&options),
        Command::Precision(options) => precision::compare(&options),
        Command::Roofline(options) => roofline::print(&options),
        Command::Embed(options) => embed::embed(&options),
        Command::GpuBench(options) => gpu_bench::measure(&options),
        Command::Time(what) => time::measure(&what),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
