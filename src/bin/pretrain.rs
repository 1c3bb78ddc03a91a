//! Trains a model natively, on scenes of the procedural world: the same trainer, recipe and world as the page.
#![cfg(not(target_arch = "wasm32"))]
#![expect(clippy::disallowed_types, reason = "a native program may measure time")]

#[path = "../../examples/native/mod.rs"]
mod native;

mod command;

use burn::tensor::Device;
use command::Failure;
use pollster::block_on;
use serde_json::{Value, json};
use std::{
    fs::{self, File, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
    thread,
    time::Instant,
};
use vjepa_web::{
    Family, ModelConfig, Session, checkpoint::Snapshot, config::Limits, device, exam::Exam, exam::ExamRun,
    exam::ProbeSizes, recipe::Recipe, session::TrainReport, train::Workers, world::WorldSpec,
};

const USAGE: &str = "\
usage: pretrain RUN.safetensors [--preset learner] [--family vjepa2] [--steps N] [--seed 1] [--world NAME]
                [--device cpu|webgpu|cuda] [--workers 1] [--threads N] [--save-every 100] [--exam-every 1000]
                [--exam-pairs 16] [--log FILE.jsonl] [--ship MODEL.safetensors] [--set FIELD=JSON]...

Goes on where RUN.safetensors stopped, if it is there; a kill costs the steps since it was last saved.
--preset  one of the page's: nano, tiny, starter, learner, small...
--steps   in all; by default as many as the recipe plans
--workers share every batch, and take one step together: threads of the CPU, or as many CUDA devices
--threads of each worker; by default all cores, shared out
--log     one line a step and an exam, as JSON
--ship    when done, the model alone in f16, as the page loads it
--set     a field of the recipe from here on, such as schedule.horizon=10000 to bring the rate down earlier,
          or regulariser.kind=vicreg (sigreg, none) and regulariser.weight=0.5";

struct Options {
    run: PathBuf,
    preset: String,
    family: Family,
    steps: Option<u64>,
    seed: u64,
    world: Option<WorldSpec>,
    threads: usize,
    workers: usize,
    device: String,
    save_every: u64,
    exam_every: u64,
    exam_pairs: usize,
    log: Option<PathBuf>,
    ship: Option<PathBuf>,
    set: Vec<(String, Value)>,
}

fn main() -> ExitCode {
    command::run(USAGE, |arguments| pretrain(&options(arguments)?))
}

fn options(arguments: &[String]) -> Result<Options, Failure> {
    let mut options = Options {
        run: PathBuf::new(),
        preset: "learner".into(),
        family: Family::VJepa2,
        steps: None,
        seed: 1,
        world: None,
        threads: 0,
        workers: 1,
        device: "cpu".into(),
        save_every: 100,
        exam_every: 1000,
        exam_pairs: 16,
        log: None,
        ship: None,
        set: vec![],
    };
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("{argument} needs a value: see --help."));
        match argument.as_str() {
            "--preset" => options.preset = value()?.clone(),
            "--family" => options.family = value()?.parse()?,
            "--steps" => options.steps = Some(value()?.parse()?),
            "--seed" => options.seed = value()?.parse()?,
            "--world" => options.world = Some(command::world(value()?)?),
            "--threads" => options.threads = value()?.parse()?,
            "--workers" => options.workers = value()?.parse::<usize>()?.max(1),
            "--device" => options.device = value()?.clone(),
            "--save-every" => options.save_every = value()?.parse::<u64>()?.max(1),
            "--exam-every" => options.exam_every = value()?.parse()?,
            "--exam-pairs" => options.exam_pairs = value()?.parse()?,
            "--log" => options.log = Some(value()?.into()),
            "--ship" => options.ship = Some(value()?.into()),
            "--set" => options.set.push(field(value()?)?),
            other if other.starts_with('-') => return Err(format!("There is no option {other}: see --help.").into()),
            run => options.run = run.into(),
        }
    }
    match options.run.as_os_str().is_empty() {
        true => Err("Name the file of the run: see --help.".into()),
        false => Ok(options),
    }
}

/// `path.to.field=json`; what is no JSON is a string.
fn field(text: &str) -> Result<(String, Value), Failure> {
    let (path, value) = text.split_once('=').ok_or("--set takes FIELD=JSON: see --help.")?;
    let pointer = format!("/{}", path.replace('.', "/"));
    Ok((pointer, serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.into()))))
}

fn pretrain(options: &Options) -> Result<(), Failure> {
    let threads = threads_of_each(options);
    native::share_out(threads)?;
    let mut devices = opened(&options.device, options.workers)?;
    let mut session = match options.run.exists() {
        true => resumed(options, devices.remove(0))?,
        false => begun(options, devices.remove(0))?,
    };
    if !devices.is_empty() {
        session.share_with(Workers::new(devices, threads)?);
    }
    let planned = session.recipe().schedule.horizon;
    let steps = options.steps.unwrap_or(planned);
    let mut log = options.log.as_ref().map(|path| appended(path)).transpose()?;
    let mut note = |line: &Value| match &mut log {
        Some(log) => writeln!(log, "{line}"),
        None => Ok(()),
    };
    note(
        &json!({ "run": { "config": session.config(), "recipe": session.recipe(), "from": session.step(), "to": steps } }),
    )?;
    let (start, first) = (Instant::now(), session.step());
    while session.step() < steps {
        let report = block_on(session.train(1, async || ()))?;
        note(&json!({ "step": report.step, "loss": report.losses[0], "learningRate": report.learning_rate,
            "momentum": report.momentum, "std": report.health.std, "effectiveRank": report.health.effective_rank }))?;
        show(&report, steps, (report.step - first) as f64 / start.elapsed().as_secs_f64())?;
        let (step, last) = (session.step(), session.step() == steps);
        if last || step.is_multiple_of(options.save_every) {
            save(&session, &options.run)?;
        }
        if options.exam_every > 0 && (last || step.is_multiple_of(options.exam_every)) {
            let line = examined(&session, options.exam_pairs)?;
            eprintln!("\r{:100}\r{line}", "");
            note(&line)?;
        }
    }
    eprintln!();
    match &options.ship {
        Some(path) => Ok(fs::write(path, block_on(session.snapshot())?.to_shipped_bytes()?)?),
        None => Ok(()),
    }
}

/// A device for each worker.
fn opened(name: &str, workers: usize) -> Result<Vec<Device>, Failure> {
    match name {
        "cpu" => Ok((0..workers).map(|_| device::open_cpu().device).collect()),
        #[cfg(feature = "webgpu")]
        "webgpu" if workers == 1 => Ok(vec![block_on(device::open_webgpu()).map_err(no_device)?.device]),
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
fn threads_of_each(options: &Options) -> usize {
    let cores = || thread::available_parallelism().map_or(1, usize::from);
    match (options.threads, options.workers) {
        (0, 2..) => (cores() / options.workers).max(1),
        (threads, _) => threads,
    }
}

fn begun(options: &Options, device: Device) -> Result<Session, Failure> {
    let config = ModelConfig::preset(&options.preset, options.family)?;
    let mut session = Session::create(config, options.seed, device, Limits::default())?;
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

fn with_fields(recipe: &Recipe, set: &[(String, Value)]) -> Result<Recipe, Failure> {
    let mut fields = serde_json::to_value(recipe)?;
    for (pointer, value) in set {
        let unknown = || format!("The recipe has no field {pointer}: it is {}.", json!(recipe));
        *fields.pointer_mut(pointer).ok_or_else(unknown)? = value.clone();
    }
    Ok(serde_json::from_value(fields)?)
}

fn resumed(options: &Options, device: Device) -> Result<Session, Failure> {
    if options.world.is_some() {
        return Err(format!("{} has its world: --world is for new runs.", options.run.display()).into());
    }
    let snapshot = Snapshot::from_bytes(&fs::read(&options.run)?)?;
    let mut session = Session::restore(snapshot, device, Limits::default())?;
    let recipe = with_fields(session.recipe(), &options.set)?;
    session.set_recipe(recipe)?;
    Ok(session)
}

/// Written beside and then moved, so that a kill never leaves half a file.
fn save(session: &Session, path: &Path) -> Result<(), Failure> {
    let beside = path.with_extension("part");
    fs::write(&beside, block_on(session.snapshot())?.to_bytes()?)?;
    Ok(fs::rename(&beside, path)?)
}

fn appended(path: &Path) -> Result<File, Failure> {
    Ok(OpenOptions::new().create(true).append(true).open(path)?)
}

fn show(report: &TrainReport, steps: u64, a_second: f64) -> Result<(), Failure> {
    const WIDTH: u64 = 24;
    let done = (report.step * WIDTH / steps.max(1)) as usize;
    let bar: String = (0..WIDTH as usize).map(|i| if i < done { '#' } else { '.' }).collect();
    let left = ((steps - report.step) as f64 / a_second.max(1e-9)) as u64;
    eprint!(
        "\r[{bar}] {} of {steps}, loss {:.4}, rank {:.0}, {a_second:.1} steps/s, {}:{:02} left  ",
        report.step,
        report.losses[0],
        report.health.effective_rank,
        left / 60,
        left % 60
    );
    Ok(std::io::stderr().flush()?)
}

/// A short exam: matched pairs alone.
fn examined(session: &Session, pairs: usize) -> Result<Value, Failure> {
    let exam = Exam::new(session.config(), session.recipe().world.clone(), 1);
    let exam = Exam { pairs, probes: ProbeSizes::NONE, ..exam };
    let mut run = ExamRun::new(exam, session.examinee()?, session.device().clone())?;
    while block_on(run.next())?.is_some() {}
    let report = run.report();
    let kinds = report.kinds.iter().map(|kind| (kind.violation.id().to_string(), json!(kind.peak.value)));
    let kinds: serde_json::Map<String, Value> = kinds.collect();
    Ok(
        json!({ "step": session.step(), "exam": { "peak": report.peak.map(|share| share.value), "pairs": pairs, "kinds": kinds } }),
    )
}
