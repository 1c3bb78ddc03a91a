//! Work shared with other engines by messages: whatever engine does it and whenever, the numbers are the same bit for bit,
//! and the steps are those of one worker with the whole batch.
#![cfg(not(target_arch = "wasm32"))]

#[path = "common/small_learner.rs"]
mod small_learner;

use burn::tensor::Device;
use pollster::block_on;
use small_learner::small_learner;
use std::{
    cell::{Cell, RefCell},
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};
use vjepa_web::{
    Family, ModelConfig, Session,
    checkpoint::{Snapshot, Weights},
    config::Limits,
    exam::{Exam, ExamRun, ProbeSizes, Report},
    helpers::{Answer, Helpers, Job, Kind, Numbers},
    recipe::{Ablation, Recipe, Regulariser, RegulariserKind},
    session::{TrainReport, help},
    world::WorldSpec,
};

const CLIPS: usize = 5;

/// What becomes of a job.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fate {
    /// The answer comes when it was asked for so many times.
    Done(usize),
    /// The helper is busy, or was never started.
    Busy,
    /// It dies in the middle of it.
    Dies,
    /// It answers with a number less, or one more.
    Babbles,
    Rambles,
}

/// Of helper and job.
type Decision<'a> = &'a dyn Fn(usize, usize) -> Fate;

/// Helpers on this thread, which do each job at once and say so when `fate` of helper and job lets them.
struct Messages<F: Fn(usize, usize) -> Fate> {
    workers: usize,
    fate: F,
    jobs: Cell<usize>,
    /// Bytes of each message, there and back.
    sent: RefCell<Vec<(Kind, usize, usize)>>,
}

impl<F: Fn(usize, usize) -> Fate> Messages<F> {
    fn new(workers: usize, fate: F) -> Self {
        Self { workers, fate, jobs: Cell::new(0), sent: RefCell::default() }
    }
}

fn prompt(workers: usize) -> Messages<impl Fn(usize, usize) -> Fate> {
    Messages::new(workers, |_, _| Fate::Done(0))
}

impl<F: Fn(usize, usize) -> Fate> Helpers for Messages<F> {
    fn workers(&self) -> usize {
        self.workers
    }

    fn ask<'a>(&self, helper: usize, job: &dyn Fn() -> Job<'a>) -> Option<Answer> {
        let (fate, number) = ((self.fate)(helper, self.jobs.get()), self.jobs.get());
        self.jobs.set(number + 1);
        if fate == Fate::Busy {
            return None;
        }
        let job = job();
        let (kind, mut weights) = (job.kind, job.weights.concat().into_iter());
        let bytes = job.task.len() + job.clips.len() + 4 * weights.len();
        let answer = block_on(help(kind, &job.task, (&job.clips, &mut weights), &Device::flex())).unwrap().concat();
        self.sent.borrow_mut().push((kind, bytes, 4 * answer.len()));
        Some(match fate {
            Fate::Done(later) => Box::pin(async move {
                Later(later).await;
                Some(boxed(answer))
            }),
            Fate::Babbles => Box::pin(async move { Some(boxed(answer[1..].to_vec())) }),
            Fate::Rambles => Box::pin(async move { Some(boxed([answer, vec![0.0]].concat())) }),
            Fate::Dies | Fate::Busy => Box::pin(async { None }),
        })
    }
}

fn boxed(numbers: Vec<f32>) -> Box<dyn Numbers> {
    Box::new(numbers.into_iter())
}

/// Ready when it was polled so many times.
struct Later(usize);

impl Future for Later {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.0 == 0 {
            return Poll::Ready(());
        }
        self.0 -= 1;
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

fn nano(family: Family) -> ModelConfig {
    ModelConfig::preset("nano", family).unwrap()
}

fn session(config: ModelConfig, change: impl Fn(&mut Recipe)) -> Session {
    let mut session = Session::create(config, 3, Device::flex(), Limits::default()).unwrap();
    let mut recipe = session.recipe().clone();
    (recipe.batch, recipe.schedule.warmup) = (CLIPS, 1);
    change(&mut recipe);
    session.set_recipe(recipe).unwrap();
    session.set_world(&WorldSpec::rich(), 3);
    session
}

fn train(session: &mut Session, steps: usize, helpers: &dyn Helpers) -> TrainReport {
    block_on(session.train_among(steps, async || (), helpers)).unwrap()
}

fn snapshot(session: &Session) -> Snapshot {
    block_on(session.snapshot()).unwrap()
}

fn exam(session: &Session, helpers: &dyn Helpers) -> Report {
    let probes = ProbeSizes { train: 40, validation: 8, test: 20 };
    let exam = Exam { pairs: 3, probes, ..Exam::new(session.config(), WorldSpec::simple(), 7) };
    let mut run = ExamRun::new(exam, session.eval_model().unwrap(), Device::flex()).unwrap();
    while block_on(run.next_among(helpers)).unwrap().is_some() {}
    run.report().clone()
}

/// How far `found` is from `expected` in what was moved since `start`, as a share of how far it was moved.
fn off([found, expected, start]: [&Weights; 3], prefix: &str) -> f64 {
    let (mut off, mut way) = (0.0, 0.0);
    for (name, expected) in expected.0.iter().filter(|(name, _)| name.starts_with(prefix)) {
        let values = expected.data.iter().zip(&found.0[name].data).zip(&start.0[name].data);
        for ((expected, found), start) in values {
            off += f64::from(found - expected).powi(2);
            way += f64::from(expected - start).powi(2);
        }
    }
    assert!(way > 0.0, "nothing below {prefix} was moved");
    (off / way).sqrt()
}

/// Muon, clipping and the predictor's average come after the sum, masks and targets before it.
#[test]
fn steps_in_parts_are_those_with_the_whole_batch() {
    let ablated = |ablation: Ablation| move |recipe: &mut Recipe| recipe.ablation = ablation;
    let hiding = |recipe: &mut Recipe| recipe.masks.future = 0.0;
    let all = Ablation::default();
    let alike = |what: &str, config: ModelConfig, change: &dyn Fn(&mut Recipe)| {
        let start = snapshot(&session(config.clone(), change)).weights;
        let mut alone = session(config.clone(), change);
        let expected = train(&mut alone, 3, &prompt(1));
        assert_eq!(expected.engines, 1);
        for workers in [2, 3, 64] {
            let helpers = prompt(workers);
            let mut shared = session(config.clone(), change);
            let found = train(&mut shared, 3, &helpers);
            assert_eq!(found.engines, workers.min(CLIPS), "{what}");
            assert_eq!(helpers.sent.borrow().len(), 3 * (workers.min(CLIPS) - 1), "{what}");
            for (found, expected) in found.losses.iter().zip(&expected.losses) {
                assert!((found - expected).abs() < 1e-4 * expected.abs().max(0.1), "{what}: {found}, not {expected}");
            }
            let std = (found.health.std - expected.health.std).abs();
            assert!(std < 1e-4, "{what}: targets of other clips, off by {std}");
            let [found, expected] = [&shared, &alone].map(snapshot);
            assert_eq!(found.header.rng, expected.header.rng, "{what}: other clips or masks were drawn");
            let off = off([&found.weights, &expected.weights, &start], "encoder.");
            assert!(off < 1e-2, "{what}, {workers} workers: off by {off}");
        }
    };
    alike("V-JEPA 1", nano(Family::VJepa1), &|_| ());
    alike("V-JEPA 2", nano(Family::VJepa2), &|_| ());
    alike("frame-causal", small_learner(), &|_| ());
    alike("frame-causal that hides", small_learner(), &hiding);
    alike("without stop-gradient", nano(Family::VJepa2), &ablated(Ablation { stop_gradient: false, ..all }));
    alike(
        "without EMA and predictor",
        nano(Family::VJepa2),
        &ablated(Ablation { ema: false, predictor: false, ..all }),
    );
}

#[test]
fn whatever_engine_computes_a_part_and_whenever_the_weights_are_the_same_bit_for_bit() {
    let after = |fate: Decision<'_>| {
        let mut session = session(small_learner(), |_| ());
        let report = train(&mut session, 3, &Messages::new(4, fate));
        (report.losses, snapshot(&session).weights)
    };
    let expected = after(&|_, _| Fate::Done(0));
    let fates: [(&str, Decision<'_>); 7] = [
        ("the last one first", &|helper, _| Fate::Done(7 - 2 * helper)),
        ("the first one first", &|helper, _| Fate::Done(3 * helper)),
        ("none is there", &|_, _| Fate::Busy),
        ("one comes later", &|_, job| if job < 4 { Fate::Busy } else { Fate::Done(1) }),
        ("one dies in the second step", &|helper, job| match (helper, job) {
            (1, 4) => Fate::Dies,
            (1, 5..) => Fate::Busy,
            _ => Fate::Done(2),
        }),
        ("one answers too little", &|helper, _| if helper == 0 { Fate::Babbles } else { Fate::Done(0) }),
        ("one answers too much", &|helper, _| if helper == 1 { Fate::Rambles } else { Fate::Done(0) }),
    ];
    for (what, fate) in fates {
        assert!(after(fate) == expected, "{what}: it came out elsewhere");
    }
}

#[test]
fn who_takes_part_is_counted_and_what_is_no_mean_over_clips_is_not_shared() {
    let with = |kind| move |recipe: &mut Recipe| recipe.regulariser = Regulariser { kind, ..Regulariser::default() };
    for kind in [RegulariserKind::Vicreg, RegulariserKind::Sigreg] {
        let mut alone = session(nano(Family::VJepa2), with(kind));
        let mut offered = session(nano(Family::VJepa2), with(kind));
        let helpers = prompt(3);
        let reports = [train(&mut alone, 2, &prompt(1)), train(&mut offered, 2, &helpers)];
        assert_eq!(reports.map(|report| report.engines), [1, 1]);
        assert!(helpers.sent.borrow().is_empty());
        assert!(snapshot(&alone).weights == snapshot(&offered).weights);
    }
    let helpers = prompt(3);
    let actor = ModelConfig::preset("actor", Family::VJepa2).unwrap();
    let acting = ModelConfig { size: 32, width: 16, depth: 1, heads: 1, mlp: 32, ..actor };
    assert_eq!(train(&mut session(acting, |_| ()), 1, &helpers).engines, 1, "play is not shared");
    assert!(helpers.sent.borrow().is_empty());
    let mut one = session(nano(Family::VJepa2), |recipe| recipe.batch = 1);
    assert_eq!(train(&mut one, 1, &helpers).engines, 1, "a single clip can't be shared");
    let lazy = Messages::new(3, |helper, _| if helper == 1 { Fate::Busy } else { Fate::Done(0) });
    assert_eq!(train(&mut session(nano(Family::VJepa2), |_| ()), 1, &lazy).engines, 2);
}

#[test]
fn a_run_with_helpers_goes_on_after_a_save_a_rewind_and_a_divergence() {
    let helpers = prompt(2);
    let mut shared = session(small_learner(), |_| ());
    train(&mut shared, 2, &helpers);
    shared.keep_model().unwrap();
    let saved = snapshot(&shared);
    let losses = train(&mut shared, 2, &helpers).losses;
    let straight = snapshot(&shared).weights;
    shared.rewind(2).unwrap();
    assert_eq!(train(&mut shared, 2, &helpers).losses, losses);
    assert!(snapshot(&shared).weights == straight, "a rewound run came out elsewhere");
    let mut resumed = Session::restore(saved, Device::flex(), Limits::default()).unwrap();
    assert_eq!(train(&mut resumed, 2, &helpers).losses, losses);
    assert!(snapshot(&resumed).weights == straight, "a resumed run came out elsewhere");
    // Numbers that are none: the steps since are undone.
    let step = shared.step();
    let poisoned = Poisoned(prompt(2));
    let refused = block_on(shared.train_among(2, async || (), &poisoned)).unwrap_err();
    assert_eq!((refused.code(), shared.step()), ("diverged", step));
    assert!(snapshot(&shared).weights == straight, "what diverged was kept");
}

/// Answers of the right size that are not numbers.
struct Poisoned<H>(H);

impl<H: Helpers> Helpers for Poisoned<H> {
    fn workers(&self) -> usize {
        self.0.workers()
    }

    fn ask<'a>(&self, helper: usize, job: &dyn Fn() -> Job<'a>) -> Option<Answer> {
        let answer = self.0.ask(helper, job)?;
        Some(Box::pin(async move { Some(boxed(vec![f32::NAN; answer.await?.left()])) }))
    }
}

#[test]
fn an_exam_among_helpers_has_the_report_of_one_without() {
    for config in [nano(Family::VJepa2), small_learner()] {
        let mut session = session(config, |_| ());
        train(&mut session, 2, &prompt(1));
        let expected = exam(&session, &prompt(1));
        assert_eq!((expected.done, expected.probes.is_empty()), (expected.portions, false));
        let fates: [Decision<'_>; 4] = [
            &|helper, _| Fate::Done(5 - 2 * helper),
            &|_, _| Fate::Busy,
            &|helper, job| if helper == 0 && job > 9 { Fate::Dies } else { Fate::Done(0) },
            &|_, job| if job % 3 == 0 { Fate::Babbles } else { Fate::Done(1) },
        ];
        for fate in fates {
            let helpers = Messages::new(3, fate);
            assert_eq!(exam(&session, &helpers), expected);
            assert!(helpers.sent.borrow().iter().all(|(kind, ..)| *kind == Kind::Exam));
        }
    }
}

#[test]
fn messages_are_as_large_in_the_last_step_as_in_the_first() {
    let helpers = prompt(2);
    let mut shared = session(nano(Family::VJepa2), |_| ());
    let floats = |prefixes: &[&str]| -> usize {
        let weights = snapshot(&shared).weights;
        let named = weights.0.iter().filter(|(name, _)| prefixes.iter().any(|prefix| name.starts_with(prefix)));
        named.map(|(_, tensor)| tensor.data.len()).sum()
    };
    let (learning, all) = (floats(&["encoder.", "predictor."]), floats(&["encoder.", "predictor.", "target_encoder."]));
    let (tokens, width) = (shared.config().grid().tokens(), shared.config().width);
    let pixels = shared.config().frames * shared.config().size.pow(2) * 4;
    train(&mut shared, 12, &helpers);
    let sent = helpers.sent.borrow();
    assert_eq!(sent.len(), 12);
    // Of five clips the helper has two.
    for (_, asked, answered) in sent.iter() {
        assert_eq!(*answered, 4 * (learning + 2 * tokens * width + 1));
        let task = asked - 4 * all - 2 * pixels;
        assert!((500..8000).contains(&task), "{task} bytes of JSON");
    }
}

#[test]
fn a_job_that_cannot_be_is_refused_with_a_sentence() {
    let refused = |task: &str, weights: &[f32]| {
        let mut weights = Vec::from(weights).into_iter();
        block_on(help(Kind::Step, task, (&[], &mut weights), &Device::flex())).unwrap_err()
    };
    assert_eq!(refused("{}", &[]).code(), "bad-settings");
    let task = RefCell::new(String::new());
    let spy = Spy(&task);
    train(&mut session(nano(Family::VJepa2), |_| ()), 1, &spy);
    let error = refused(&task.borrow(), &[0.0; 7]);
    assert!(error.to_string().contains("weights"), "{error}");
}

/// Keeps the task of the last job, and does none.
struct Spy<'s>(&'s RefCell<String>);

impl Helpers for Spy<'_> {
    fn workers(&self) -> usize {
        2
    }

    fn ask<'a>(&self, _: usize, job: &dyn Fn() -> Job<'a>) -> Option<Answer> {
        *self.0.borrow_mut() = job().task;
        None
    }
}
