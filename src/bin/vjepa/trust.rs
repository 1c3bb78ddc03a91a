//! How often a fast label is confidently wrong about a scene in which something impossible happens, and how often once it is
//! checked by surprise.
//!
//! The fast label is few-shot: which of four hues the object has, or that there is nothing, taught by thirty clips each. It
//! is asked at every tubelet of the second half of long clips, half of which are possible; in the others the object takes the
//! opposite hue or vanishes, and the label of a clip that mostly shows what was is then wrong about what is. Labels are judged
//! as on the page, by the same code: from the same share of certainty on, beside the live alarm at the threshold where it
//! stands at first.

use crate::{Failure, cpu, models};
use clap::Args;
use pollster::block_on;
use serde::Serialize;
use std::{fs, path::PathBuf};
use vjepa_web::{
    Session,
    fewshot::{BUDGET, Classifier, Examples, THUMBNAIL, parts, pool},
    probe::interval::Share,
    rng::Rng,
    surprise::{SURE, THRESHOLD, Verdict},
    world::{Course, Pair, Truth, Violation, World, WorldSpec, training_seed},
};

const CLASSES: [&str; 5] = ["red", "green", "cyan", "violet", "nothing"];
const SHOTS: usize = 30;
/// Frames of a clip: nothing happens in the first half, time enough to find out what is usual.
const FRAMES: usize = 112;
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
    let mut bench = Bench { spec: WorldSpec::standard().in_the_open((1, 1)), session };
    let classifier = bench.taught(&mut Rng::stream(seed, 1))?;
    let mut figures = vec![Figures::new("possible clips")];
    for kind in KINDS {
        figures.push(Figures::new(kind.id()));
        for i in 0..pairs {
            let pair = Pair::new(&bench.spec, kind, FRAMES, seed << 20 | i)?;
            let impossible = figures.len() - 1;
            for (course, group) in [(pair.possible(), 0), (pair.impossible(), impossible)] {
                bench.ask(course, &classifier, &mut figures[group])?;
            }
        }
    }
    let all = figures.iter().fold(Figures::new("all"), |sum, figures| sum.plus(figures));
    figures.push(all);
    let report =
        Report { seed, pairs, accuracy: classifier.report().ridge.accuracy, sure: SURE, threshold: THRESHOLD, figures };
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
        let mut examples = Examples::new(&parts(config.width));
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

    /// An answer at every tubelet of the second half, as the page gives it: from the newest clip, judged by the live alarm,
    /// which found out in the first half what is usual.
    fn ask(&mut self, mut course: Course, classifier: &Classifier, figures: &mut Figures) -> Result<(), Failure> {
        let (frames, size, tubelet) =
            (self.session.config().frames, self.session.config().size, self.session.config().tubelet);
        let (mut film, mut truths) = (vec![], vec![]);
        for _ in 0..FRAMES {
            film.push(course.render(size));
            truths.push(label(&course.truth()));
            course.advance();
        }
        // A hue between two classes has no right answer.
        if truths.iter().any(Option::is_none) {
            return Ok(());
        }
        self.session.clear_clip();
        let mut waited = false;
        for (frame, picture) in film.iter().enumerate() {
            self.session.push_frame(picture.clone())?;
            if frame + 1 < frames || (frame + 1) % tubelet != 0 {
                continue;
            }
            let surprised = block_on(self.session.surprise(self.session.newest()))?;
            if frame < FRAMES / 2 {
                continue;
            }
            let features = self.features(film[frame + 1 - frames..=frame].concat())?;
            let fast = classifier.answer(&features, 0.0)?.ridge.remove(0);
            let verdict = surprised.trust(Some(fast.share)).verdict;
            assert!(verdict != Verdict::Unknown, "half a clip is enough to know what is usual");
            let wrong = Some(fast.name.as_str()) != truths[frame].map(|class| CLASSES[class]);
            let sure = verdict != Verdict::Unsure;
            figures.answers += 1;
            figures.wrong += usize::from(wrong);
            figures.sure += usize::from(sure);
            figures.confident_mistakes += usize::from(sure && wrong);
            figures.waits += usize::from(verdict == Verdict::Wait);
            figures.left += usize::from(verdict == Verdict::Sure && wrong);
            waited |= verdict == Verdict::Wait;
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
    /// A label is sure from this share on.
    sure: f32,
    /// Of the alarm, in deviations.
    threshold: f32,
    figures: Vec<Figures>,
}

impl Report {
    fn print(&self) {
        println!("Fast label: {} right, each example told by the others.", percent(self.accuracy));
        println!("Sure from {:.0} %, the alarm rings from {} deviations.\n", 100.0 * self.sure, self.threshold);
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
