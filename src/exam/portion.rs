//! What is asked at once in an exam, computed here or by [helpers](crate::helpers): the surprise at some pairs, what is seen
//! of some scenes, or what can be told from all that was seen. Clips are drawn where they are looked at.

use super::{
    Exam,
    features::Eyes,
    pairs::{self, Scored},
    probes::{self, Subject},
    surprises,
};
use crate::{
    config::ModelConfig,
    error::Error,
    helpers::Numbers,
    model::{encoder_from, flat},
    predict::EvalModel,
    probe::{Split, Splits, attend::Frame},
    world::Violation,
};
use burn::tensor::Device;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// What is asked.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Of {
    Pairs {
        violation: Violation,
        pairs: Range<usize>,
    },
    /// Scenes of the training, validation or test split.
    Scenes {
        subject: Subject,
        split: usize,
        seeds: Vec<u64>,
    },
    /// From what a source of features saw of so many scenes of each split.
    Tell {
        subject: Subject,
        source: usize,
        counts: [usize; 3],
    },
}

/// A portion of an exam, as a job. It comes to one row of numbers.
///
/// The numbers it needs are those of the model and of the untrained encoder ([`asked`]), or what was seen ([`seen`]).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PortionTask {
    config: ModelConfig,
    exam: Exam,
    pub(super) of: Of,
}

/// What pairs and scenes are shown to, as rows.
///
/// # Errors
/// [`Error::Read`] if the device is lost.
pub(super) async fn asked(model: &EvalModel, eyes: &Eyes) -> Result<Vec<Vec<f32>>, Error> {
    Ok([model.flat().await?, flat(eyes.untrained().groups()).await?].concat())
}

/// What was seen, as rows.
pub(super) fn seen(splits: &Splits) -> Vec<&[f32]> {
    let splits = [&splits.train, &splits.validation, &splits.test];
    splits.into_iter().flat_map(|split| [split.features.as_slice(), split.targets.as_slice()]).collect()
}

impl PortionTask {
    pub(super) fn new(config: &ModelConfig, exam: &Exam, of: Of) -> Self {
        Self { config: config.clone(), exam: exam.clone(), of }
    }

    /// The answer for another engine.
    ///
    /// # Errors
    /// [`Error::Settings`] for numbers that are not this task's; as [`ExamRun::next`](super::ExamRun::next).
    pub async fn answer(&self, numbers: &mut dyn Numbers, device: &Device) -> Result<Vec<f32>, Error> {
        let answer = match self.of {
            Of::Tell { subject, source, counts } => {
                self.splits(subject, source, counts, numbers).map(|s| self.told(&s))
            }
            _ => match self.model(numbers, device) {
                Some((model, eyes)) => Some(self.shown(&model, &eyes, device).await?),
                None => None,
            },
        };
        answer.ok_or_else(|| Error::Settings("these are not the numbers that the job is about".into()))
    }

    fn model(&self, numbers: &mut dyn Numbers, device: &Device) -> Option<(EvalModel, Eyes)> {
        let model = EvalModel::from_flat(self.config.clone(), numbers, device)?;
        let untrained = encoder_from(numbers, &self.config, device)?;
        let eyes = Eyes::of(&model, untrained);
        (numbers.left() == 0).then_some((model, eyes))
    }

    fn splits(&self, subject: Subject, source: usize, counts: [usize; 3], from: &mut dyn Numbers) -> Option<Splits> {
        let (each, targets) = (self.seen_of_a_clip(source), subject.targets(&self.exam.world));
        let mut split =
            |count: usize| Some(Split { features: from.next(count * each)?, targets: from.next(count * targets)? });
        let [train, validation, test] = counts.map(&mut split);
        Some(Splits { train: train?, validation: validation?, test: test? })
    }

    /// What pairs or scenes come to: [`Scored`] clips; or what each source sees, and then the right answers.
    ///
    /// # Errors
    /// As [`ExamRun::next`](super::ExamRun::next).
    pub(super) async fn shown(&self, model: &EvalModel, eyes: &Eyes, device: &Device) -> Result<Vec<f32>, Error> {
        let Self { config, exam, of } = self;
        match of {
            Of::Pairs { violation, pairs } => {
                let clips = pairs::draw(exam, config.size, pairs.clone(), *violation)?;
                let surprises = surprises(model, &clips, exam.questions(), device).await?;
                Ok(Scored::flat(&surprises.iter().map(Scored::of).collect::<Vec<_>>()))
            }
            Of::Scenes { subject, seeds, .. } => {
                let world = subject.world(&exam.world);
                let scenes = seeds.iter().map(|&seed| subject.scene(&world, config, seed));
                let (clips, answers): (Vec<_>, Vec<_>) = scenes.unzip();
                Ok([eyes.see(&clips, device).await?.concat(), answers.concat()].concat())
            }
            Of::Tell { .. } => Ok(vec![]),
        }
    }

    /// What telling comes to: the scores of all questions.
    pub(super) fn told(&self, seen: &Splits) -> Vec<f32> {
        let Of::Tell { subject, source, .. } = self.of else { return vec![] };
        let (exam, grid) = (&self.exam, self.config.grid());
        let frame = Frame { h: grid.h, w: grid.w, d: Eyes::widths(&self.config)[source] };
        let questions = subject.questions(&exam.world);
        probes::flat(&probes::tell(seen, frame, subject.targets(&exam.world), &questions, exam.seed))
    }

    /// Numbers of the last tubelet from a source.
    pub(super) fn seen_of_a_clip(&self, source: usize) -> usize {
        Eyes::widths(&self.config)[source] * self.config.grid().frame()
    }

    /// Whether a row can be what it comes to.
    pub(super) fn fits(&self, row: &[f32]) -> bool {
        let world = &self.exam.world;
        match &self.of {
            Of::Pairs { pairs, .. } => Scored::are(row, 2 * pairs.len()),
            Of::Scenes { subject, seeds, .. } => {
                let seen: usize = (0..3).map(|source| self.seen_of_a_clip(source)).sum();
                row.len() == seeds.len() * (seen + subject.targets(world))
            }
            Of::Tell { subject, .. } => {
                probes::from_flat(row).is_some_and(|scores| scores.len() == subject.questions(world).len())
            }
        }
    }
}
