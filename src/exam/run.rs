//! An exam under way: asked in portions, so that a page stays at hand and can show the score as it rises.

use super::{
    Exam, Features, Probe, ProbeScore, Report, Tally, ask,
    features::{Eyes, SOURCES},
    probes::{self, Seen, Subject},
    surprises,
};
use crate::{
    error::Error,
    predict::EvalModel,
    probe::{attend::Frame, health},
    rng::Rng,
    world::exam_seed,
};
use burn::tensor::Device;
use std::{collections::VecDeque, ops::Range};

/// Pairs asked at once.
const PAIRS: usize = 2;
/// Scenes seen at once.
const SCENES: usize = 16;
/// Tokens that standard deviation and rank are measured by.
const TOKENS: usize = 4096;

/// What is asked at once.
#[derive(Debug, Clone)]
enum Portion {
    Pairs {
        kind: usize,
        pairs: Range<usize>,
    },
    /// Scenes of the training, validation or test split.
    Scenes {
        subject: Subject,
        split: usize,
        count: usize,
    },
    Tell {
        subject: Subject,
        source: usize,
    },
}

/// Asks a model an exam, portion by portion.
pub struct ExamRun {
    exam: Exam,
    model: EvalModel,
    eyes: Eyes,
    device: Device,
    portions: VecDeque<Portion>,
    tallies: Vec<Tally>,
    rng: Rng,
    seen: Seen,
    /// Answers from the sources so far.
    told: Vec<Vec<ProbeScore>>,
    report: Report,
}

impl ExamRun {
    /// # Errors
    /// [`Error::Checkpoint`] for a family without random weights to compare with.
    pub fn new(exam: Exam, model: EvalModel, device: Device) -> Result<Self, Error> {
        let portions = portions(&exam);
        Ok(Self {
            eyes: Eyes::new(&model, exam.seed, &device)?,
            tallies: exam.kinds().into_iter().map(Tally::new).collect(),
            rng: Rng::stream(exam.seed, 3),
            seen: Seen::default(),
            told: vec![],
            report: Report { portions: portions.len(), ..Report::default() },
            exam,
            model,
            device,
            portions,
        })
    }

    /// Asks the next portion; none once all is asked.
    ///
    /// # Errors
    /// [`Error::Mask`] for questions that leave nothing to see or predict, [`Error::Read`] if the device is lost,
    /// [`Error::Unusable`] if the weights overflow.
    pub async fn next(&mut self) -> Result<Option<&Report>, Error> {
        let Some(portion) = self.portions.pop_front() else { return Ok(None) };
        match portion {
            Portion::Pairs { kind, pairs } => self.pairs(kind, pairs).await?,
            Portion::Scenes { subject, split, count } => self.scenes(subject, split, count).await?,
            Portion::Tell { subject, source } => self.tell(subject, source),
        }
        self.report.done = self.report.portions - self.portions.len();
        Ok(Some(&self.report))
    }

    /// Whether all is asked.
    pub fn finished(&self) -> bool {
        self.portions.is_empty()
    }

    /// What came of it so far.
    pub fn report(&self) -> &Report {
        &self.report
    }

    async fn pairs(&mut self, kind: usize, pairs: Range<usize>) -> Result<(), Error> {
        let Self { exam, model, device, tallies, .. } = self;
        let questions = exam.questions();
        let judge = async |clips: Vec<Vec<u8>>| surprises(model, &clips, questions, device).await;
        let asked = ask(exam, model.config.size, pairs, &mut tallies[kind], judge).await?;
        if asked.is_err() {
            self.portions.retain(|portion| !matches!(portion, Portion::Pairs { kind: other, .. } if *other == kind));
            self.report.skipped.push(self.tallies[kind].violation());
        }
        let sat = self.tallies.iter().filter(|tally| !self.report.skipped.contains(&tally.violation()));
        self.report.kinds = sat.clone().map(Tally::kind).filter(|kind| kind.mean.n > 0).collect();
        self.report.alarm = Tally::alarm(sat.clone());
        let [mean, max, peak] = Tally::together(sat).map(|share| (share.n > 0).then_some(share));
        (self.report.mean, self.report.max, self.report.peak) = (mean, max, peak);
        Ok(())
    }

    async fn scenes(&mut self, subject: Subject, split: usize, count: usize) -> Result<(), Error> {
        let world = subject.world(&self.exam.world);
        let scene = |_| subject.scene(&world, &self.model.config, exam_seed(&mut self.rng));
        let (clips, answers): (Vec<_>, Vec<_>) = (0..count).map(scene).unzip();
        let features = self.eyes.see(&clips, &self.device).await?;
        probes::gather(&mut self.seen, split, features, &answers.concat());
        Ok(())
    }

    fn tell(&mut self, subject: Subject, source: usize) {
        let (grid, width) = (self.model.config.grid(), self.eyes.widths()[source]);
        let seen = std::mem::take(&mut self.seen[source]);
        if source == 0 && self.report.features.is_none() {
            self.report.features = Some(self.measure(&seen.train.features));
        }
        let world = &self.exam.world;
        let questions = subject.questions(world);
        let frame = Frame { h: grid.h, w: grid.w, d: width };
        self.told.push(probes::tell(seen, frame, subject.targets(world), &questions, self.exam.seed));
        if self.told.len() == SOURCES {
            let told = std::mem::take(&mut self.told);
            let of = |source: usize, i: usize| told[source][i].clone();
            self.report.probes.extend(questions.iter().enumerate().map(|(i, question)| Probe {
                asked: question.asked,
                measure: question.measure(),
                chance: question.chance(),
                model: of(0, i),
                untrained: of(1, i),
                pixels: of(2, i),
            }));
        }
    }

    /// Of tokens drawn from those of all clips: at even strides they might all be of one place.
    fn measure(&mut self, tokens: &[f32]) -> Features {
        let width = self.model.config.width;
        let n = tokens.len() / width;
        let drawn = (0..TOKENS.min(n)).map(|_| self.rng.below(n)).flat_map(|i| &tokens[i * width..(i + 1) * width]);
        let health = health::measure(&drawn.copied().collect::<Vec<f32>>(), width);
        let clips = n / self.model.config.grid().frame();
        Features { clips, std: health.mean_std, effective_rank: health.effective_rank, width }
    }
}

/// Everything that is asked, in order: kinds take turns, so that the score is of all of them from early on.
fn portions(exam: &Exam) -> VecDeque<Portion> {
    let kinds = exam.kinds().len();
    let turns = (0..exam.pairs).step_by(PAIRS).flat_map(|start| {
        let pairs = start..(start + PAIRS).min(exam.pairs);
        (0..kinds).map(move |kind| Portion::Pairs { kind, pairs: pairs.clone() })
    });
    let subjects = match exam.probes.train {
        0 => vec![],
        _ => vec![Subject::Object, Subject::Number],
    };
    let probes = subjects.into_iter().flat_map(|subject| {
        let scenes = subject.sizes(exam.probes).into_iter().enumerate().flat_map(move |(split, count)| {
            (0..count).step_by(SCENES).map(move |start| (split, SCENES.min(count - start)))
        });
        let scenes = scenes.map(move |(split, count)| Portion::Scenes { subject, split, count });
        scenes.chain((0..SOURCES).map(move |source| Portion::Tell { subject, source }))
    });
    turns.chain(probes).collect()
}
