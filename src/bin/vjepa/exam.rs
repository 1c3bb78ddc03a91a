//! What a saved model has learned, as a table.

use crate::{Failure, act, cpu, fields, models, progress};
use clap::Args;
use pollster::block_on;
use serde_json::Value;
use std::{fs, path::PathBuf};
use vjepa_web::{
    checkpoint::Snapshot,
    device,
    exam::{ActExam, Condition, Exam, ExamRun, Measure, Probe, ProbeScore, ProbeSizes, Report, neighbours},
    predict::EvalModel,
    probe::interval::Share,
    world::WorldSpec,
};

/// Examine a saved model: is it surprised by what can't be, what can be told from its features?
#[derive(Args)]
pub struct Options {
    /// A snapshot saved from the page or a checkpoint in the same layout (.safetensors)
    model: PathBuf,
    /// Ask how well it acts instead: episodes in rooms it never saw
    #[arg(long)]
    act: bool,
    /// With --act: episodes of each condition
    #[arg(long, value_name = "N", default_value_t = 200)]
    episodes: usize,
    /// With --act: conditions, all if none is named: random, straight, reflex, plan, simulator, check, perturbed
    #[arg(long, value_name = "NAME", value_parser = act::condition)]
    condition: Vec<Condition>,
    /// With --act: a field of the planner's settings, such as candidates=128; more than once for several
    #[arg(long, value_name = "FIELD=JSON", value_parser = fields::field)]
    set: Vec<(String, Value)>,
    /// Pairs of clips of each kind
    #[arg(long, value_name = "N", default_value_t = 100)]
    pairs: usize,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[arg(long, value_name = "NAME", value_parser = models::world, default_value = "standard")]
    world: WorldSpec,
    /// Scenes to fit, choose and report by, such as 1200,300,500; 0,0,0 leaves probes out
    #[arg(long, value_name = "FIT,CHOOSE,REPORT", value_parser = sizes)]
    probes: Option<ProbeSizes>,
    /// 0 for all cores
    #[arg(long, value_name = "N", default_value_t = 0)]
    threads: usize,
    /// The report as JSON as well
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Frames at the model's size, RGBA one after the other, of a scene without cuts; more than once for several
    #[arg(long, value_name = "FILE.rgba")]
    video: Vec<PathBuf>,
}

fn sizes(text: &str) -> Result<ProbeSizes, Failure> {
    let sizes = text.split(',').map(str::parse).collect::<Result<Vec<usize>, _>>()?;
    match sizes[..] {
        [train, validation, test] => Ok(ProbeSizes { train, validation, test }),
        _ => Err("--probes takes three numbers: scenes to fit, choose and report by".into()),
    }
}

pub fn examine(options: &Options) -> Result<(), Failure> {
    cpu::share_out(options.threads)?;
    let device = device::open_cpu().device;
    if options.act {
        let exam = ActExam { episodes: options.episodes, ..ActExam::new(options.seed) };
        let exam = ActExam { plan: fields::with_fields(&exam.plan, &options.set)?, ..exam };
        return act::examine(&options.model, exam, &options.condition, options.json.as_deref());
    }
    let snapshot = Snapshot::from_bytes(&models::read(&options.model)?)?;
    let step = snapshot.header.step;
    let model = EvalModel::load(snapshot, &device)?;
    let config = model.config.clone();
    let mut exam = Exam::new(&config, options.world.clone(), options.seed);
    exam.pairs = options.pairs;
    exam.probes = options.probes.unwrap_or(exam.probes);
    let videos = options.video.iter().map(|path| models::read(path)).collect::<Result<Vec<_>, _>>()?;
    let name = options.model.file_name().unwrap_or_default().to_string_lossy().into_owned();
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
    let bar = progress::bar(0, 100, "{pos} %");
    while let Some(report) = block_on(run.next())? {
        bar.set_position((100 * report.done / report.portions.max(1)) as u64);
    }
    bar.finish_and_clear();
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
    print_pairs(report);
    if let Some(features) = &report.features {
        println!("\nDo features of {} clips differ? All alike, deviation is 0 and rank 1.", features.clips);
        println!("{:16}{:.3}", "deviation", features.std);
        println!("{:16}{:.1} of {} directions in use", "effective rank", features.effective_rank, features.width);
    }
    print_probes(report);
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

fn print_pairs(report: &Report) {
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
}

fn print_probes(report: &Report) {
    if !report.probes.is_empty() {
        println!("\nWhat does a linear map tell from frozen features? R²: 1 is perfect, 0 is always saying the mean.");
        println!("{:16}{:12}{:>8}  {:18}{:18}{:18}", "", "", "chance", "model", "random weights", "pixels");
    }
    for Probe { asked, measure, chance, model, untrained, pixels } in &report.probes {
        let told = |told: &ProbeScore| match measure {
            Measure::R2 => format!("{:6.3} {:?}", told.score, told.readout).to_lowercase(),
            Measure::Accuracy => format!("{:4.1} % {:?}", 100.0 * told.score, told.readout).to_lowercase(),
        };
        let (unit, chance) = match measure {
            Measure::R2 => ("R²", format!("{chance}")),
            Measure::Accuracy => ("accuracy", format!("{:.0} %", 100.0 * chance)),
        };
        println!("{:16}{unit:12}{chance:>8}  {:18}{:18}{:18}", asked.id(), told(model), told(untrained), told(pixels));
    }
}

fn area(alarm: Option<f64>) -> String {
    alarm.map_or(String::new(), |area| format!("{area:.2}"))
}

/// With its interval of 95 %.
pub(crate) fn percent(share: Share) -> String {
    format!("{:3.0} % ({:.0} to {:.0})", 100.0 * share.value, 100.0 * share.low, 100.0 * share.high)
}
