//! An exam under way: asked in portions, so that a page stays at hand and can show the score as it rises.

use super::{
    Exam, Features, Probe, ProbeScore, Report, Tally,
    features::{Eyes, SOURCES},
    pairs::{self, Scored},
    portion::{Drawn, Of, Portion, PortionTask},
    probes::{self, Seen, Subject},
};
use crate::{
    error::Error,
    helpers::{Alone, Helpers, Job, Kind, Numbers, share},
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

/// Asks a model an exam, portion by portion.
pub struct ExamRun {
    exam: Exam,
    model: EvalModel,
    eyes: Eyes,
    device: Device,
    /// The model's parameters for helpers; empty until some are asked.
    weights: Vec<Vec<f32>>,
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
            weights: vec![],
            portions,
        })
    }

    /// [`next_among`](Self::next_among) nobody else: one portion.
    ///
    /// # Errors
    /// As there.
    pub async fn next(&mut self) -> Result<Option<&Report>, Error> {
        self.next_among(&Alone).await
    }

    /// Asks as many portions at once as there are workers; none once all is asked. Which these are, and in which order what
    /// came of them is counted, depends on no helper: the report is that of an exam without any.
    ///
    /// # Errors
    /// [`Error::Mask`] for questions that leave nothing to see or predict, [`Error::Read`] if the device is lost,
    /// [`Error::Unusable`] if the weights overflow.
    pub async fn next_among(&mut self, helpers: &dyn Helpers) -> Result<Option<&Report>, Error> {
        let Some(first) = self.portions.front() else { return Ok(None) };
        if let Portion::Tell { subject, source } = *first {
            self.portions.pop_front();
            self.tell(subject, source);
        } else {
            let drawn = self.draw(helpers.workers());
            let rows = self.compute(&drawn, helpers).await?;
            drawn.into_iter().zip(rows).for_each(|(drawn, row)| self.count(drawn, &row));
            self.score();
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

    /// Clips of the next portions, at most so many, until something is to be told of them.
    fn draw(&mut self, most: usize) -> Vec<Drawn> {
        let mut drawn = Vec::with_capacity(most);
        while drawn.len() < most {
            match self.portions.front().cloned() {
                Some(Portion::Pairs { kind, pairs }) => drawn.extend(self.draw_pairs(kind, pairs)),
                Some(Portion::Scenes { subject, split, count }) => drawn.push(self.draw_scenes(subject, split, count)),
                Some(Portion::Tell { .. }) | None => break,
            }
        }
        drawn
    }

    /// None where the world has no such pairs, which are then left out.
    fn draw_pairs(&mut self, kind: usize, pairs: Range<usize>) -> Option<Drawn> {
        self.portions.pop_front();
        let violation = self.tallies[kind].violation();
        let clips = pairs::draw(&self.exam, self.model.config.size, pairs, violation);
        if clips.is_err() {
            self.portions.retain(|portion| !matches!(portion, Portion::Pairs { kind: other, .. } if *other == kind));
            self.report.skipped.push(violation);
        }
        Some(Drawn { clips: clips.ok()?, of: Of::Pairs { kind } })
    }

    fn draw_scenes(&mut self, subject: Subject, split: usize, count: usize) -> Drawn {
        self.portions.pop_front();
        let world = subject.world(&self.exam.world);
        let scene = |_| subject.scene(&world, &self.model.config, exam_seed(&mut self.rng));
        let (clips, answers): (Vec<_>, Vec<_>) = (0..count).map(scene).unzip();
        Drawn { clips, of: Of::Scenes { split, answers: answers.concat() } }
    }

    /// A row of numbers of each.
    async fn compute(&mut self, drawn: &[Drawn], helpers: &dyn Helpers) -> Result<Vec<Vec<f32>>, Error> {
        if helpers.workers() > 1 && self.weights.is_empty() {
            self.weights = self.model.flat().await?;
        }
        let seen = self.seen_of_a_clip();
        let Self { exam, model, eyes, device, weights, .. } = self;
        let job = |i: usize| {
            let Drawn { clips, of } = &drawn[i];
            let task = serde_json::to_string(&PortionTask::new(&model.config, exam, of)).expect("numbers and strings");
            Job { kind: Kind::Exam, task, clips: clips.concat(), weights }
        };
        let taken = |i: usize, numbers: &mut dyn Numbers| {
            let row = numbers.next(numbers.left())?;
            drawn[i].fits(&row, seen).then_some(row)
        };
        let own = async |i: usize| drawn[i].compute(model, eyes, exam.questions(), device).await;
        Ok(share(helpers, drawn.len(), job, taken, own).await?.results)
    }

    /// Numbers of the last tubelet, from each source.
    fn seen_of_a_clip(&self) -> [usize; SOURCES] {
        self.eyes.widths().map(|width| width * self.model.config.grid().frame())
    }

    fn count(&mut self, Drawn { clips, of }: Drawn, mut row: &[f32]) {
        match of {
            Of::Pairs { kind } => self.tallies[kind].add(&Scored::from_flat(row, clips.len())),
            Of::Scenes { split, answers } => {
                let source = |seen: usize| row.split_off(..clips.len() * seen).unwrap_or_default().to_vec();
                let features = self.seen_of_a_clip().map(source);
                probes::gather(&mut self.seen, split, features, &answers);
            }
        }
    }

    /// Of all pairs so far.
    fn score(&mut self) {
        let sat = self.tallies.iter().filter(|tally| !self.report.skipped.contains(&tally.violation()));
        self.report.kinds = sat.clone().map(Tally::kind).filter(|kind| kind.mean.n > 0).collect();
        self.report.alarm = Tally::alarm(sat.clone());
        let [mean, max, peak] = Tally::together(sat).map(|share| (share.n > 0).then_some(share));
        (self.report.mean, self.report.max, self.report.peak) = (mean, max, peak);
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
