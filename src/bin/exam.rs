//! The exam as a command: what a saved model has learned, as a table.
#![cfg(not(target_arch = "wasm32"))]

#[path = "../../examples/native/mod.rs"]
mod native;

mod command;

use command::Failure;
use pollster::block_on;
use std::{fs, io::Write, path::Path, process::ExitCode};
use vjepa_web::{
    checkpoint::Snapshot,
    device,
    exam::{Exam, ExamRun, Examinee, Measure, Probe, ProbeSizes, Report, Told, neighbours},
    probe::interval::Share,
    world::WorldSpec,
};

const USAGE: &str = "\
usage: exam MODEL [--pairs 100] [--seed 1] [--world standard] [--probes 1200,300,500] [--threads N]
            [--json FILE] [--video FILE.rgba]...

MODEL is a snapshot saved from the page or a checkpoint in the same layout (.safetensors).
--probes  scenes to fit, choose and report by; 0,0,0 leaves probes out
--video   frames at the model's size, RGBA one after the other, of a scene without cuts";

struct Options {
    model: String,
    pairs: usize,
    seed: u64,
    world: WorldSpec,
    probes: Option<ProbeSizes>,
    threads: usize,
    json: Option<String>,
    videos: Vec<String>,
}

fn main() -> ExitCode {
    command::run(USAGE, |arguments| examine(&options(arguments)?))
}

fn options(arguments: &[String]) -> Result<Options, Failure> {
    let world = WorldSpec::standard();
    let mut options = Options {
        model: String::new(),
        pairs: 100,
        seed: 1,
        world,
        probes: None,
        threads: 0,
        json: None,
        videos: vec![],
    };
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("{argument} needs a value: see --help."));
        match argument.as_str() {
            "--pairs" => options.pairs = value()?.parse()?,
            "--seed" => options.seed = value()?.parse()?,
            "--threads" => options.threads = value()?.parse()?,
            "--json" => options.json = Some(value()?.clone()),
            "--video" => options.videos.push(value()?.clone()),
            "--probes" => options.probes = Some(sizes(value()?)?),
            "--world" => options.world = command::world(value()?)?,
            other if other.starts_with('-') => return Err(format!("There is no option {other}: see --help.").into()),
            model => options.model = model.into(),
        }
    }
    Ok(options)
}

fn sizes(text: &str) -> Result<ProbeSizes, Failure> {
    let sizes = text.split(',').map(str::parse).collect::<Result<Vec<usize>, _>>()?;
    match sizes[..] {
        [train, validation, test] => Ok(ProbeSizes { train, validation, test }),
        _ => Err("--probes takes three numbers: scenes to fit, choose and report by.".into()),
    }
}

fn read(path: &str) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| format!("{path} can't be read: {error}.").into())
}

fn examine(options: &Options) -> Result<(), Failure> {
    native::share_out(options.threads)?;
    let device = device::open_cpu().device;
    let snapshot = Snapshot::from_bytes(&read(&options.model)?)?;
    let step = snapshot.header.step;
    let model = Examinee::load(snapshot, &device)?;
    let config = model.config.clone();
    let mut exam = Exam::new(&config, options.world.clone(), options.seed);
    exam.pairs = options.pairs;
    exam.probes = options.probes.unwrap_or(exam.probes);
    let videos = options.videos.iter().map(|path| read(path)).collect::<Result<Vec<_>, _>>()?;
    let name = Path::new(&options.model).file_name().unwrap_or_default().to_string_lossy().into_owned();
    println!(
        "{name}: {} after {step} steps, {} tokens of {} channels",
        config.name,
        config.grid().tokens(),
        config.width
    );
    println!(
        "world \"{}\", seed {}; {} of {} tubelets are seen",
        exam.world.name,
        exam.seed,
        exam.past,
        exam.past + exam.horizon
    );
    let mut run = ExamRun::new(exam, model.clone(), device.clone())?;
    while let Some(report) = block_on(run.next())? {
        eprint!("\r{:3.0} %", 100.0 * report.done as f64 / report.portions as f64);
        std::io::stderr().flush()?;
    }
    eprint!("\r      \r");
    let mut report = run.report().clone();
    if !videos.is_empty() {
        report.neighbours = Some(block_on(neighbours(&model, &videos, &device))?);
    }
    print(&report);
    if let Some(path) = &options.json {
        fs::write(path, serde_json::to_string_pretty(&report)?)?;
    }
    Ok(())
}

fn print(report: &Report) {
    if !report.kinds.is_empty() {
        println!(
            "\nIs it surprised by what can't be? Pairs in which the impossible clip had the larger error; 50 % is chance."
        );
        println!(
            "{:16}{:>6}  {:22}{:>9}   {:22}{:22}error by tubelets ahead, possible / impossible",
            "", "pairs", "most surprising place", "ROC area", "mean over windows", "largest window"
        );
    }
    for kind in &report.kinds {
        let ahead = kind.errors.possible.iter().zip(&kind.errors.impossible);
        let ahead: Vec<String> =
            ahead.map(|(possible, impossible)| format!("{possible:.3} / {impossible:.3}")).collect();
        println!(
            "{:16}{:6}  {:22}{:>9}   {:22}{:22}{}",
            kind.violation.id(),
            kind.mean.n,
            percent(kind.peak),
            area(kind.alarm),
            percent(kind.mean),
            percent(kind.max),
            ahead.join("   ")
        );
    }
    if let (Some(mean), Some(max), Some(peak)) = (report.mean, report.max, report.peak) {
        let (peak, alarm) = (percent(peak), area(report.alarm));
        println!("{:16}{:6}  {:22}{alarm:>9}   {:22}{:22}", "all", mean.n, peak, percent(mean), percent(max));
    }
    for violation in &report.skipped {
        println!("{:16}this world doesn't show it in clips of this length", violation.id());
    }
    if let Some(features) = &report.features {
        println!("\nDo features of {} clips differ? All alike, deviation is 0 and rank 1.", features.clips);
        println!("{:16}{:.3}", "deviation", features.std);
        println!("{:16}{:.1} of {} directions in use", "effective rank", features.effective_rank, features.width);
    }
    if !report.probes.is_empty() {
        println!("\nWhat does a linear map tell from frozen features? R²: 1 is perfect, 0 is always saying the mean.");
        println!("{:16}{:12}{:>8}  {:18}{:18}{:18}", "", "", "chance", "model", "random weights", "pixels");
    }
    for Probe { asked, measure, chance, model, untrained, pixels } in &report.probes {
        let told = |told: &Told| match measure {
            Measure::R2 => format!("{:6.3} {:?}", told.score, told.readout).to_lowercase(),
            Measure::Accuracy => format!("{:4.1} % {:?}", 100.0 * told.score, told.readout).to_lowercase(),
        };
        let (unit, chance) = match measure {
            Measure::R2 => ("R²", format!("{chance}")),
            Measure::Accuracy => ("accuracy", format!("{:.0} %", 100.0 * chance)),
        };
        println!("{:16}{unit:12}{chance:>8}  {:18}{:18}{:18}", asked.id(), told(model), told(untrained), told(pixels));
    }
    if let Some(found) = report.neighbours {
        println!(
            "\nIs what is close in time close in features? Clips of video whose nearest neighbour is within two clips."
        );
        println!(
            "{:16}{:6}  {}; chance is {:.0} %",
            "neighbours",
            found.share.n,
            percent(found.share),
            100.0 * found.chance
        );
    }
}

fn area(alarm: Option<f64>) -> String {
    alarm.map_or(String::new(), |area| format!("{area:.2}"))
}

/// With its interval of 95 %.
fn percent(share: Share) -> String {
    format!("{:3.0} % ({:.0} to {:.0})", 100.0 * share.value, 100.0 * share.low, 100.0 * share.high)
}
