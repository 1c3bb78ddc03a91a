//! An exam under way: asked in portions, so that a page stays at hand and can show the score as it rises.

use super::{
    Exam, Features, Probe, ProbeScore, Report, Tally,
    features::{Eyes, SOURCES},
    pairs::{self, Scored},
    portion::{self, Of, PortionTask},
    probes::{self, Seen, Subject},
};
use crate::{
    error::Error,
    helpers::{Alone, Helpers, Job, Kind, Numbers, share},
    predict::EvalModel,
    probe::{Splits, health},
    rng::Rng,
    world::{Violation, exam_seed},
};
use burn::tensor::Device;
use std::{collections::VecDeque, ops::Range};

/// Pairs asked at once.
const PAIRS: usize = 2;
/// Scenes seen at once.
const SCENES: usize = 16;
/// Sources in the order in which they are asked: what takes longest, first.
const TOLD: [usize; SOURCES] = [2, 0, 1];
/// Tokens that standard deviation and rank are measured by.
const TOKENS: usize = 4096;

/// What is asked next, without what has to be drawn for it.
#[derive(Debug, Clone)]
enum Portion {
    Pairs { violation: Violation, pairs: Range<usize> },
    Scenes { subject: Subject, split: usize, count: usize },
    Tell { subject: Subject, source: usize },
}

/// Asks a model an exam, portion by portion.
pub struct ExamRun {
    exam: Exam,
    model: EvalModel,
    eyes: Eyes,
    device: Device,
    /// Of model and untrained encoder, for helpers; empty until some are asked.
    weights: Vec<Vec<f32>>,
    portions: VecDeque<Portion>,
    tallies: Vec<Tally>,
    rng: Rng,
    seen: Seen,
    /// Answers from each source, once there are any.
    told: [Option<Vec<ProbeScore>>; SOURCES],
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
            told: Default::default(),
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
        if self.portions.is_empty() {
            return Ok(None);
        }
        let tasks = self.draw(helpers.workers());
        let rows = self.compute(&tasks, helpers).await?;
        tasks.into_iter().zip(rows).for_each(|(task, row)| self.count(&task, &row));
        self.score();
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

    /// The next portions, at most so many: what is told is of all that was seen before.
    fn draw(&mut self, most: usize) -> Vec<PortionTask> {
        let mut tasks = Vec::with_capacity(most);
        let telling = |portion: &Portion| matches!(portion, Portion::Tell { .. });
        let tells = self.portions.front().is_some_and(telling);
        while tasks.len() < most {
            let Some(portion) = self.portions.pop_front_if(|portion| telling(portion) == tells) else { break };
            let of = match portion {
                Portion::Pairs { violation, pairs } => self.pairs(violation, pairs),
                Portion::Scenes { subject, split, count } => {
                    let seeds = (0..count).map(|_| exam_seed(&mut self.rng)).collect();
                    Some(Of::Scenes { subject, split, seeds })
                }
                Portion::Tell { subject, source } => Some(self.tell(subject, source)),
            };
            tasks.extend(of.map(|of| PortionTask::new(&self.model.config, &self.exam, of)));
        }
        tasks
    }

    /// None where the world has no such pairs, which are then left out.
    fn pairs(&mut self, violation: Violation, pairs: Range<usize>) -> Option<Of> {
        if pairs::exist(&self.exam, pairs.clone(), violation) {
            return Some(Of::Pairs { violation, pairs });
        }
        self.portions
            .retain(|portion| !matches!(portion, Portion::Pairs { violation: other, .. } if *other == violation));
        self.report.skipped.push(violation);
        None
    }

    fn tell(&mut self, subject: Subject, source: usize) -> Of {
        if source == 0 && self.report.features.is_none() {
            let tokens = std::mem::take(&mut self.seen[source].train.features);
            self.report.features = Some(self.measure(&tokens));
            self.seen[source].train.features = tokens;
        }
        let Splits { train, validation, test } = &self.seen[source];
        let targets = subject.targets(&self.exam.world);
        Of::Tell { subject, source, counts: [train, validation, test].map(|split| split.targets.len() / targets) }
    }

    /// A row of numbers of each.
    async fn compute(&mut self, tasks: &[PortionTask], helpers: &dyn Helpers) -> Result<Vec<Vec<f32>>, Error> {
        if helpers.workers() > 1 && self.weights.is_empty() {
            self.weights = portion::asked(&self.model, &self.eyes).await?;
        }
        let Self { model, eyes, device, weights, seen, .. } = self;
        let job = |i: usize| Job {
            kind: Kind::Exam,
            task: serde_json::to_string(&tasks[i]).expect("numbers and strings"),
            clips: vec![],
            weights: match tasks[i].of {
                Of::Tell { source, .. } => portion::seen(&seen[source]),
                Of::Pairs { .. } | Of::Scenes { .. } => weights.iter().map(Vec::as_slice).collect(),
            },
        };
        let taken = |i: usize, numbers: &mut dyn Numbers| {
            let row = numbers.next(numbers.left())?;
            tasks[i].fits(&row).then_some(row)
        };
        let own = async |i: usize| match tasks[i].of {
            Of::Tell { source, .. } => Ok(tasks[i].told(&seen[source])),
            Of::Pairs { .. } | Of::Scenes { .. } => tasks[i].shown(model, eyes, device).await,
        };
        Ok(share(helpers, tasks.len(), job, taken, own).await?.results)
    }

    fn count(&mut self, task: &PortionTask, mut row: &[f32]) {
        match &task.of {
            Of::Pairs { violation, pairs } => {
                let tally = self.tallies.iter_mut().find(|tally| tally.violation() == *violation);
                tally.expect("every kind has one").add(&Scored::from_flat(row, 2 * pairs.len()));
            }
            Of::Scenes { split, seeds, .. } => {
                let features = std::array::from_fn(|source| {
                    row.split_off(..seeds.len() * task.seen_of_a_clip(source)).unwrap_or_default().to_vec()
                });
                probes::gather(&mut self.seen, *split, features, row);
            }
            Of::Tell { subject, source, .. } => {
                self.seen[*source] = Splits::default();
                self.told[*source] = probes::from_flat(row);
                self.compare(*subject);
            }
        }
    }

    /// Once all sources have answered.
    fn compare(&mut self, subject: Subject) {
        let [Some(model), Some(untrained), Some(pixels)] = &self.told else { return };
        let questions = subject.questions(&self.exam.world);
        self.report.probes.extend(questions.iter().enumerate().map(|(i, question)| Probe {
            asked: question.asked,
            measure: question.measure(),
            chance: question.chance(),
            model: model[i].clone(),
            untrained: untrained[i].clone(),
            pixels: pixels[i].clone(),
        }));
        self.told = Default::default();
    }

    /// Of all pairs so far.
    fn score(&mut self) {
        let sat = self.tallies.iter().filter(|tally| !self.report.skipped.contains(&tally.violation()));
        self.report.kinds = sat.clone().map(Tally::kind).filter(|kind| kind.mean.n > 0).collect();
        self.report.alarm = Tally::alarm(sat.clone());
        let [mean, max, peak] = Tally::together(sat).map(|share| (share.n > 0).then_some(share));
        (self.report.mean, self.report.max, self.report.peak) = (mean, max, peak);
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
    let kinds = exam.kinds();
    let turns = (0..exam.pairs).step_by(PAIRS).flat_map(|start| {
        let pairs = start..(start + PAIRS).min(exam.pairs);
        kinds.iter().map(move |&violation| Portion::Pairs { violation, pairs: pairs.clone() })
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
        scenes.chain(TOLD.map(|source| Portion::Tell { subject, source }))
    });
    turns.chain(probes).collect()
}
