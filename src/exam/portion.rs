//! What is computed at once in an exam, here or by [helpers](crate::helpers): the surprise at some pairs, or what is seen of
//! some scenes.

use super::{
    features::{Eyes, SOURCES},
    pairs::Scored,
    probes::Subject,
    surprises,
};
use crate::{
    clip,
    config::ModelConfig,
    error::Error,
    helpers::Numbers,
    predict::{EvalModel, Questions},
};
use burn::tensor::Device;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// What is asked at once.
#[derive(Debug, Clone)]
pub(super) enum Portion {
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

/// A portion whose clips are drawn: what is left is to compute.
pub(super) struct Drawn {
    pub clips: Vec<Vec<u8>>,
    pub of: Of,
}

/// What they are clips of.
pub(super) enum Of {
    Pairs { kind: usize },
    Scenes { split: usize, answers: Vec<f32> },
}

/// The same as a job. Its weights are those of the model, its answer is one row.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PortionTask {
    config: ModelConfig,
    /// Of the exam.
    seed: u64,
    /// Of a clip.
    frames: usize,
    /// About pairs; none for scenes.
    questions: Option<Questions>,
}

impl PortionTask {
    pub(super) fn new(config: &ModelConfig, exam: &super::Exam, of: &Of) -> Self {
        let (frames, questions) = match of {
            Of::Pairs { .. } => (exam.frames, Some(exam.questions())),
            Of::Scenes { .. } => (config.frames, None),
        };
        Self { config: config.clone(), seed: exam.seed, frames, questions }
    }

    /// The answer, for `clips` one after another.
    ///
    /// # Errors
    /// [`Error::Settings`] for numbers that are not this model's; as [`ExamRun::next`](super::ExamRun::next).
    pub async fn answer(&self, clips: &[u8], weights: &mut dyn Numbers, device: &Device) -> Result<Vec<f32>, Error> {
        let model = EvalModel::from_flat(self.config.clone(), weights, device);
        let model = model.ok_or_else(|| Error::Settings("these are not the weights of the job's model".into()))?;
        let clips = clip::split(clips, self.frames, self.config.size)?;
        Ok(match self.questions {
            Some(questions) => scored(&model, &clips, questions, device).await?,
            None => Eyes::new(&model, self.seed, device)?.see(&clips, device).await?.concat(),
        })
    }
}

impl Drawn {
    /// Compute it: a row of numbers, [`Scored`] clips or what each source sees of all clips.
    ///
    /// # Errors
    /// As [`ExamRun::next`](super::ExamRun::next).
    pub async fn compute(&self, model: &EvalModel, eyes: &Eyes, questions: Questions, device: &Device) -> Result<Vec<f32>, Error> {
        match self.of {
            Of::Pairs { .. } => scored(model, &self.clips, questions, device).await,
            Of::Scenes { .. } => Ok(eyes.see(&self.clips, device).await?.concat()),
        }
    }

    /// Whether a row can be what it comes to, where each source sees so many numbers of a clip.
    pub fn fits(&self, row: &[f32], seen: [usize; SOURCES]) -> bool {
        match self.of {
            Of::Pairs { .. } => Scored::are(row, self.clips.len()),
            Of::Scenes { .. } => row.len() == self.clips.len() * seen.iter().sum::<usize>(),
        }
    }
}

async fn scored(
    model: &EvalModel,
    clips: &[Vec<u8>],
    questions: Questions,
    device: &Device,
) -> Result<Vec<f32>, Error> {
    let surprises = surprises(model, clips, questions, device).await?;
    Ok(Scored::flat(&surprises.iter().map(Scored::of).collect::<Vec<_>>()))
}
