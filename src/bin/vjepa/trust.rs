//! How often a fast label is confidently wrong about a scene in which something impossible happens, and how often once it is
//! checked by surprise.
//!
//! The fast label is few-shot: which of four hues the object has, or that there is nothing, taught by thirty clips each. It
//! is asked at every tubelet of longer clips, half of which are possible; in the others the object takes the opposite hue or
//! vanishes, and the label of a clip that mostly shows what was is then wrong about what is. What counts as surprised is
//! chosen on possible clips of seeds of their own.

use crate::{Failure, cpu, models};
use clap::Args;
use pollster::block_on;
use serde::Serialize;
use std::{fs, path::PathBuf};
use vjepa_web::{
    Session,
    exam::{Surprise, surprises},
    fewshot::{BUDGET, Classifier, Examples, THUMBNAIL, pool, pooled},
    predict::Questions,
    probe::interval::Share,
    rng::Rng,
    surprise::{Check, Verdict},
    world::{Course, Pair, Truth, Violation, World, WorldSpec, training_seed},
};

const CLASSES: [&str; 5] = ["red", "green", "cyan", "violet", "nothing"];
const SHOTS: usize = 30;
/// Clips that the threshold of surprise is chosen on, and the share of them that may be above.
const CALIBRATION: usize = 200;
const FALSE_ALARMS: f64 = 0.05;
/// From this share of certainty on, an answer is sure.
const CONFIDENCE: f32 = 0.8;
/// Frames that clips are longer than one of the model's.
const FURTHER: usize = 12;
const KINDS: [Violation; 2] = [Violation::Colour, Violation::Vanish];

/// Measure the check of fast labels by surprise: how often a label is confidently wrong with it, and without
#[derive(Args)]
pub struct Options {
    /// Pairs of clips of each kind
    #[arg(long, value_name = "N", default_value_t = 60)]
    pairs: u64,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// A snapshot saved from the page, or a model as the page loads it
    #[arg(long, value_name = "FILE", default_value = models::SHIPPED)]
    model: PathBuf,
    /// 0 for all cores
    #[arg(long, value_name = "N", default_value_t = 0)]
    threads: usize,
    /// The report as JSON as well
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

pub fn measure(options: &Options) -> Result<(), Failure> {
    let Options { pairs, seed, .. } = *options;
    cpu::share_out(options.threads)?;
    let session = models::session(&options.model)?;
    let bench = Bench { spec: WorldSpec::standard().in_the_open((1, 1)), session };
    let classifier = bench.taught(&mut Rng::stream(seed, 1))?;
    let check = bench.calibrated(&mut Rng::stream(seed, 2))?;
    let mut figures = vec![Figures::new("possible clips")];
    for kind in KINDS {
        figures.push(Figures::new(kind.id()));
        for i in 0..pairs {
            let pair = Pair::new(&bench.spec, kind, bench.session.config().frames + FURTHER, seed << 20 | i)?;
            let impossible = figures.len() - 1;
            for (course, group) in [(pair.possible(), 0), (pair.impossible(), impossible)] {
                bench.ask(course, &classifier, check, &mut figures[group])?;
            }
        }
    }
    let all = figures.iter().fold(Figures::new("all"), |sum, figures| sum.plus(figures));
    figures.push(all);
    let report = Report { seed, pairs, accuracy: classifier.report().ridge.accuracy, check, figures };
    report.print();
    if let Some(path) = &options.json {
        fs::write(path, serde_json::to_string_pretty(&report)?)?;
    }
    Ok(())
}

struct Bench {
    spec: WorldSpec,
    session: Session,
}

impl Bench {
    fn features(&self, clip: Vec<u8>) -> Result<Vec<f32>, vjepa_web::Error> {
        Ok(pool(&block_on(self.session.embed(clip))?, self.session.config().grid()))
    }

    /// Taught by clips of scenes whose hue is clear.
    fn taught(&self, rng: &mut Rng) -> Result<Classifier, Failure> {
        let config = self.session.config();
        let mut examples = Examples::new(pooled(config.width));
        for (class, name) in CLASSES.into_iter().enumerate() {
            let id = examples.add_class(name)?;
            let spec = if name == "nothing" { self.spec.in_the_open((0, 0)) } else { self.spec.clone() };
            for _ in 0..SHOTS {
                let mut world = std::iter::repeat_with(|| World::new(&spec, training_seed(rng)))
                    .find(|world| label(&world.truth()) == Some(class))
                    .expect("endless");
                let clip = world.clip(config.frames, config.size);
                examples.add(id, &self.features(clip)?, vec![0; THUMBNAIL * THUMBNAIL * 4])?;
            }
        }
        assert!(examples.usage().bytes < BUDGET);
        Ok(Classifier::fit(&examples)?)
    }

    fn calibrated(&self, rng: &mut Rng) -> Result<Check, Failure> {
        let config = self.session.config();
        let mut levels = Vec::with_capacity(CALIBRATION);
        for _ in 0..CALIBRATION {
            let clip = World::new(&self.spec, training_seed(rng)).clip(config.frames + FURTHER, config.size);
            levels.push(self.surprise(clip)?.peak());
        }
        Ok(Check::calibrated(CONFIDENCE, &levels, FALSE_ALARMS).expect("there are clips"))
    }

    /// The newest tubelet of every window is predicted from those before it.
    fn surprise(&self, clip: Vec<u8>) -> Result<Surprise, Failure> {
        let questions = Questions { past: self.session.config().grid().t - 1, horizon: 1 };
        let model = self.session.examinee()?;
        Ok(block_on(surprises(&model, &[clip], questions, self.session.device()))?.remove(0))
    }

    /// An answer at every tubelet, as a page gives it: from the newest clip, checked by the surprise so far.
    fn ask(
        &self,
        mut course: Course,
        classifier: &Classifier,
        check: Check,
        figures: &mut Figures,
    ) -> Result<(), Failure> {
        let (config, frame) = (self.session.config(), self.session.config().size.pow(2) * 4);
        let (mut clip, mut truths) = (vec![], vec![]);
        for _ in 0..config.frames + FURTHER {
            clip.extend(course.render(config.size));
            truths.push(label(&course.truth()));
            course.advance();
        }
        // A hue between two classes has no right answer.
        if truths.iter().any(Option::is_none) {
            return Ok(());
        }
        let surprise = self.surprise(clip.clone())?;
        let moments = surprise.places();
        let mut waited = false;
        for i in 0..moments.len() {
            let start = i * config.tubelet;
            let features = self.features(clip[start * frame..(start + config.frames) * frame].to_vec())?;
            let fast = classifier.answer(&features, 0.0)?.ridge.remove(0);
            let judged = check.judge(&fast, &moments[..=i]);
            let wrong = Some(judged.label.as_str()) != truths[start + config.frames - 1].map(|class| CLASSES[class]);
            figures.answers += 1;
            figures.wrong += usize::from(wrong);
            figures.sure += usize::from(judged.confidence >= check.confidence);
            figures.confident_mistakes += usize::from(judged.confidence >= check.confidence && wrong);
            figures.waits += usize::from(judged.verdict == Verdict::Wait);
            figures.left += usize::from(judged.verdict == Verdict::Sure && wrong);
            waited |= judged.verdict == Verdict::Wait;
        }
        figures.clips += 1;
        figures.clips_with_wait += usize::from(waited);
        Ok(())
    }
}

/// Which class a scene is of; none if its hue is between two.
fn label(truth: &[Truth]) -> Option<usize> {
    let Some(object) = truth.first() else { return Some(CLASSES.len() - 1) };
    let [r, g, b] = object.colour;
    let (most, least) = (r.max(g).max(b), r.min(g).min(b));
    let sixths = match most {
        most if most == r => ((g - b) / (most - least)).rem_euclid(6.0),
        most if most == g => (b - r) / (most - least) + 2.0,
        _ => (r - g) / (most - least) + 4.0,
    };
    let quarters = sixths / 6.0 * 4.0;
    ((quarters - quarters.round()).abs() < 0.35).then_some(quarters.round() as usize % 4)
}

/// Answers of one group of clips, counted.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Figures {
    group: String,
    clips: usize,
    clips_with_wait: usize,
    answers: usize,
    wrong: usize,
    /// Given with confidence.
    sure: usize,
    /// Of these, wrong.
    confident_mistakes: usize,
    /// Turned into "wait".
    waits: usize,
    /// Confident mistakes that were not.
    left: usize,
}

impl Figures {
    fn new(group: &str) -> Self {
        Self { group: group.into(), ..Self::default() }
    }

    fn plus(mut self, other: &Self) -> Self {
        self.clips += other.clips;
        self.clips_with_wait += other.clips_with_wait;
        self.answers += other.answers;
        self.wrong += other.wrong;
        self.sure += other.sure;
        self.confident_mistakes += other.confident_mistakes;
        self.waits += other.waits;
        self.left += other.left;
        self
    }
}

#[derive(Serialize)]
struct Report {
    seed: u64,
    pairs: u64,
    /// Of the fast label, each example told by the others.
    accuracy: Share,
    check: Check,
    figures: Vec<Figures>,
}

impl Report {
    fn print(&self) {
        println!("Fast label: {} right, each example told by the others.", percent(self.accuracy));
        println!("Sure from {:.0} %, surprised above {:.3}.\n", 100.0 * self.check.confidence, self.check.surprise);
        println!(
            "{:16}{:>6}{:>9}  {:20}{:24}{:24}{:20}clips with a wait",
            "", "clips", "answers", "sure", "confidently wrong", "with the check", "turned into wait"
        );
        for figures in &self.figures {
            let share = |count: usize| percent(Share::new(count as f64, figures.answers));
            println!(
                "{:16}{:6}{:9}  {:20}{:24}{:24}{:20}{}",
                figures.group,
                figures.clips,
                figures.answers,
                share(figures.sure),
                share(figures.confident_mistakes),
                share(figures.left),
                share(figures.waits),
                percent(Share::new(figures.clips_with_wait as f64, figures.clips)),
            );
        }
    }
}

/// With its interval of 95 %.
fn percent(share: Share) -> String {
    format!("{:.1} % ({:.1} to {:.1})", 100.0 * share.value, 100.0 * share.low, 100.0 * share.high)
}
