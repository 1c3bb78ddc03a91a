//! Trains a model on scenes of the procedural world: the same trainer, recipe and world as the page.

use crate::{
    Failure, cpu,
    fields::{field, with_fields},
    log::Log,
    models, progress,
    run_file::RunFile,
    ship,
};
use burn::tensor::Device;
use clap::Args;
use pollster::block_on;
use serde_json::{Value, json};
use std::{path::PathBuf, thread};
use vjepa_web::{
    Family, ModelConfig, Session, checkpoint::Snapshot, checkpoint::Start, config::Limits, device, exam::Exam,
    exam::ExamRun, exam::ProbeSizes, precision::Precision, recipe::Recipe, train::Workers, world::WorldSpec,
};

/// Train a model on scenes of the procedural world
///
/// Goes on where RUN stopped, if it is there; a kill costs the steps since it was last saved.
#[derive(Args)]
pub struct Options {
    /// File of the run, such as run.safetensors
    run: PathBuf,
    /// One of the page's: nano, tiny, starter, learner, small...
    #[arg(long, value_name = "NAME", default_value = "learner")]
    preset: String,
    #[arg(long, value_name = "NAME", default_value = "vjepa2")]
    family: Family,
    /// First weights of a new run: those of this model or run, without the optimiser's memory
    #[arg(long, value_name = "MODEL.safetensors")]
    from: Option<PathBuf>,
    /// Steps in all; by default as many as the recipe plans
    #[arg(long, value_name = "N")]
    steps: Option<u64>,
    /// Of the first weights, and of all that is random after them
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Kind of world of a new run; by default the one of its recipe
    #[arg(long, value_name = "NAME", value_parser = models::world)]
    world: Option<WorldSpec>,
    /// cpu, webgpu or cuda, as far as they are built in
    #[arg(long, value_name = "NAME", default_value = "cpu")]
    device: String,
    /// Share every batch, and take one step together: threads of the CPU, or as many CUDA devices
    #[arg(long, value_name = "N", default_value_t = 1)]
    workers: usize,
    /// Threads of each worker; 0 for all cores, shared out
    #[arg(long, value_name = "N", default_value_t = 0)]
    threads: usize,
    /// Steps between saves
    #[arg(long, value_name = "N", default_value_t = 100)]
    save_every: u64,
    /// Steps between exams; 0 for none
    #[arg(long, value_name = "N", default_value_t = 1000)]
    exam_every: u64,
    /// Pairs of each kind in such an exam
    #[arg(long, value_name = "N", default_value_t = 16)]
    exam_pairs: usize,
    /// One line a step and an exam, as JSON, after what is there
    #[arg(long, value_name = "FILE.jsonl")]
    log: Option<PathBuf>,
    /// When done, the model alone, as the page loads it
    #[arg(long, value_name = "MODEL.safetensors")]
    ship: Option<PathBuf>,
    /// With --ship: f32, f16, or int8, matrices as codes with a scale a row and the rest in f16
    #[arg(long, value_name = "PRECISION", default_value = "f16", value_parser = models::precision, requires = "ship")]
    ship_as: Precision,
    /// A field of the recipe from here on, such as schedule.horizon=10000 to bring the rate down earlier, or
    /// regulariser.kind=vicreg (sigreg, none) and regulariser.weight=0.5; more than once for several
    #[arg(long, value_name = "FIELD=JSON", value_parser = field)]
    set: Vec<(String, Value)>,
}

pub fn pretrain(options: &Options) -> Result<(), Failure> {
    let workers = options.workers.max(1);
    let threads = threads_of_each(options.threads, workers);
    cpu::share_out(threads)?;
    let mut devices = opened(&options.device, workers)?;
    let mut run = RunFile::at(&options.run);
    let mut session = match run.newest()? {
        Some(snapshot) => resumed(snapshot, options, devices.remove(0))?,
        None => begun(options, devices.remove(0))?,
    };
    if !devices.is_empty() {
        session.share_with(Workers::new(devices, threads)?);
    }
    train(&mut session, &run, options)?;
    run.done();
    match &options.ship {
        Some(path) => ship::write(&block_on(session.snapshot())?, path, options.ship_as),
        None => Ok(()),
    }
}

/// All steps that are left, each noted in the log.
fn train(session: &mut Session, run: &RunFile, options: &Options) -> Result<(), Failure> {
    let steps = options.steps.unwrap_or(session.recipe().schedule.horizon);
    let (config, recipe, seed, from) = (session.config(), session.recipe(), session.seed(), session.step());
    let begin = json!({ "run": { "config": config, "recipe": recipe, "seed": seed, "from": from, "to": steps } });
    let mut log = Log::open(options.log.as_deref(), &begin, from)?;
    let bar = progress::bar(session.step(), steps, "{pos} of {len}, {msg}, {rate} steps/s, {eta} left");
    while session.step() < steps {
        let report = block_on(session.train(1, async || ()))?;
        log.note(&json!({ "step": report.step, "loss": report.losses[0], "learningRate": report.learning_rate,
            "momentum": report.momentum, "std": report.health.std, "effectiveRank": report.health.effective_rank }))?;
        bar.set_message(format!("loss {:.4}, rank {:.0}", report.losses[0], report.health.effective_rank));
        bar.set_position(report.step);
        let (step, last) = (session.step(), session.step() == steps);
        // Before the save, or a kill between the two would leave the exam out for good.
        if options.exam_every > 0 && (last || step.is_multiple_of(options.exam_every)) {
            let line = examined(session, options.exam_pairs)?;
            bar.suspend(|| eprintln!("{line}"));
            log.note(&line)?;
        }
        if last || step.is_multiple_of(options.save_every.max(1)) {
            run.save(session)?;
        }
    }
    bar.abandon();
    Ok(())
}

/// A device for each worker.
fn opened(name: &str, workers: usize) -> Result<Vec<Device>, Failure> {
    match name {
        "cpu" => Ok((0..workers).map(|_| device::open_cpu().device).collect()),
        #[cfg(feature = "webgpu")]
        "webgpu" if workers == 1 => Ok(vec![crate::gpu::open().map_err(no_device)?.device]),
        #[cfg(feature = "webgpu")]
        "webgpu" => Err("WebGPU opens one device: choose one worker, or the devices cpu or cuda.".into()),
        #[cfg(feature = "cuda")]
        "cuda" => {
            let opened = device::open_cuda(workers).map_err(no_device)?;
            Ok(opened.into_iter().map(|opened| opened.device).collect())
        }
        other => Err(format!(
            "There is no device \"{other}\" in this build: choose cpu, or build with --features native,webgpu or native,cuda."
        )
        .into()),
    }
}

/// In words for a program rather than a page.
#[cfg(any(feature = "webgpu", feature = "cuda"))]
fn no_device(error: vjepa_web::Error) -> Failure {
    match error {
        vjepa_web::Error::Device(why) => format!("No usable device: {why}. Choose --device cpu.").into(),
        other => other.into(),
    }
}

/// 0 for all cores.
fn threads_of_each(threads: usize, workers: usize) -> usize {
    let cores = || thread::available_parallelism().map_or(1, usize::from);
    match (threads, workers) {
        (0, 2..) => (cores() / workers).max(1),
        (threads, _) => threads,
    }
}

fn begun(options: &Options, device: Device) -> Result<Session, Failure> {
    let config = ModelConfig::preset(&options.preset, options.family)?;
    let mut session = match &options.from {
        Some(path) => {
            let start = Start { seed: options.seed, ..Start::from_bytes(&models::read(path)?)? };
            let recipe = Recipe::of(start.config.as_ref().unwrap_or(&config));
            Session::start_from(start, &config, Some(recipe), device, Limits::default())?
        }
        None => Session::create(config, options.seed, device, Limits::default())?,
    };
    let mut recipe = session.recipe().clone();
    if let Some(world) = &options.world {
        recipe.world = world.clone();
    }
    let recipe = with_fields(&recipe, &options.set)?;
    let world = recipe.world.clone();
    session.set_recipe(recipe)?;
    session.set_world(&world, options.seed);
    Ok(session)
}

fn resumed(snapshot: Snapshot, options: &Options, device: Device) -> Result<Session, Failure> {
    if options.world.is_some() {
        return Err(format!("{} has its world: --world is for new runs.", options.run.display()).into());
    }
    let mut session = Session::restore(snapshot, device, Limits::default())?;
    let recipe = with_fields(session.recipe(), &options.set)?;
    session.set_recipe(recipe)?;
    Ok(session)
}

/// A short exam: matched pairs alone.
fn examined(session: &Session, pairs: usize) -> Result<Value, Failure> {
    let exam = Exam::new(session.config(), session.recipe().world.clone(), 1);
    let exam = Exam { pairs, probes: ProbeSizes::NONE, ..exam };
    let mut run = ExamRun::new(exam, session.eval_model()?, session.device().clone())?;
    while block_on(run.next())?.is_some() {}
    let report = run.report();
    let kinds = report.kinds.iter().map(|kind| (kind.violation.id().to_string(), json!(kind.peak.value)));
    let kinds: serde_json::Map<String, Value> = kinds.collect();
    Ok(
        json!({ "step": session.step(), "exam": { "peak": report.peak.map(|share| share.value), "pairs": pairs, "kinds": kinds } }),
    )
}
