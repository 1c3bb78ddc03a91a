//! A step whose batch is shared: parts of it are computed here or by [helpers](crate::helpers), their gradients summed in
//! the order of the parts, and the step taken here.
//!
//! The loss is a mean over clips, for the masks of a generator are equally large: so the parts' means add up to it by their
//! shares, and the step is that of the whole batch but for rounding.

use super::{StepOutcome, Trainer};
use crate::{
    clip,
    config::ModelConfig,
    error::Error,
    helpers::{Helpers, Job, Kind, Numbers, Shared, share, shares},
    mask::Masks,
    model::{Group, encoder_from, flat, group::upload, predictor_from},
    read::read_all,
    recipe::Recipe,
    schedule::Values,
};
use burn::tensor::{Device, Gradients, Tensor};
use serde::{Deserialize, Serialize};

/// Gradients of a part of a batch, as a job.
///
/// Its weights are those of encoder, predictor and target encoder. Its answer: the gradients of encoder and predictor, the
/// targets, and the loss.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PartTask {
    config: ModelConfig,
    recipe: Recipe,
    /// Steps taken so far.
    step: u64,
    /// Of this part, one a generator.
    masks: Vec<Masks>,
    /// Clips of the whole batch.
    of: usize,
}

/// What a part of a batch adds to the step.
pub struct Contribution {
    /// The loss by the part's share of the clips; its targets.
    pub outcome: StepOutcome,
    /// Of each group of encoder and predictor, as far as it learns.
    pub gradients: Vec<Option<Tensor<1>>>,
    /// Where they are from, if they were computed here.
    pub(super) tape: Option<Gradients>,
}

impl PartTask {
    /// The answer in rows, for `clips` one after another.
    ///
    /// # Errors
    /// [`Error::Settings`] for numbers that are not this model's, [`Error::Read`] if the device is lost.
    pub async fn answer(
        &self,
        clips: &[u8],
        weights: &mut dyn Numbers,
        device: &Device,
    ) -> Result<Vec<Vec<f32>>, Error> {
        let config = &self.config;
        let trainer = self.trainer(weights, device);
        let trainer = trainer.ok_or_else(|| Error::Settings("these are not the weights of the job's model".into()))?;
        let clips = clip::split(clips, config.frames, config.size)?;
        let Contribution { outcome, gradients, tape } =
            trainer.contribution((&clips, &self.masks), clips.len() as f64 / self.of as f64, device);
        drop(tape);
        let [rows, width] = outcome.targets.dims();
        let zeros = |group: &Group| Tensor::zeros([group.value.dims()[0]], device);
        let gradients = gradients.into_iter().zip(trainer.learning());
        let mut answer: Vec<Tensor<1>> =
            gradients.map(|(gradient, group)| gradient.unwrap_or_else(|| zeros(group))).collect();
        answer.extend([outcome.targets.reshape([rows * width]), outcome.loss]);
        read_all(answer).await
    }

    fn trainer(&self, weights: &mut dyn Numbers, device: &Device) -> Option<Trainer> {
        let (config, tracked) = (&self.config, device.clone().autodiff());
        let encoder = encoder_from(weights, config, &tracked)?;
        let predictor = predictor_from(weights, config, &tracked)?;
        let target = encoder_from(weights, config, device)?;
        let mut trainer = (weights.left() == 0).then(|| Trainer::new(config, encoder, predictor, target))?;
        trainer.follow_recipe(&self.recipe, self.step);
        Some(trainer)
    }
}

impl Trainer {
    /// [`step`](Self::step) on `clips`, RGBA `[T, size, size, 4]` each, with one [`Masks`] a generator, in as many parts as
    /// there are workers; and how many engines had a part in it.
    ///
    /// # Errors
    /// [`Error::Read`] if the device is lost.
    pub async fn shared_step(
        &mut self,
        helpers: &dyn Helpers,
        (clips, masks): (&[Vec<u8>], &[Masks]),
        recipe: &Recipe,
        rates: Values,
    ) -> Result<(StepOutcome, usize), Error> {
        self.begin_step();
        let device = self.device();
        let weights = flat(self.learning().chain(self.target.groups())).await?;
        let parts: Vec<_> = shares(clips.len(), helpers.workers()).collect();
        let masks_of = |i: usize| masks.iter().map(|masks| masks.of_clips(parts[i].clone())).collect::<Vec<_>>();
        let job = |i: usize| {
            let (config, recipe) = (self.config.clone(), recipe.clone());
            let task = PartTask { config, recipe, step: self.steps(), masks: masks_of(i), of: clips.len() };
            let task = serde_json::to_string(&task).expect("numbers and strings");
            Job {
                kind: Kind::Step,
                task,
                clips: clips[parts[i].clone()].concat(),
                weights: weights.iter().map(Vec::as_slice).collect(),
            }
        };
        let own = async |i: usize| {
            let share = parts[i].len() as f64 / clips.len() as f64;
            Ok(self.contribution((&clips[parts[i].clone()], &masks_of(i)), share, &device))
        };
        let taken = |i: usize, numbers: &mut dyn Numbers| self.taken(numbers, parts[i].len(), &device);
        let Shared { results, engines } = share(helpers, parts.len(), job, taken, own).await?;
        Ok((self.take(results, rates), engines))
    }

    /// What a part of a batch, which makes up `share` of its clips, adds to the step.
    pub fn contribution(&self, (clips, masks): (&[Vec<u8>], &[Masks]), share: f64, device: &Device) -> Contribution {
        let StepOutcome { loss, targets } = self.loss(clip::patches(clips, self.config.patch_shape(), device), masks);
        let loss = loss.mul_scalar(share);
        let mut tape = loss.backward();
        Contribution {
            // Taken out, they are nobody else's: to read and to add up needs no copy then.
            gradients: self.learning().map(|group| group.value.grad_remove(&mut tape)).collect(),
            outcome: StepOutcome { loss: loss.inner(), targets },
            tape: Some(tape),
        }
    }

    /// What moves by gradients of the masked loss.
    pub(super) fn learning(&self) -> impl Iterator<Item = &Group> {
        self.encoder.groups().chain(self.predictor.groups())
    }

    /// The contribution of so many clips from the front of an answer, if it is one.
    fn taken(&self, numbers: &mut dyn Numbers, clips: usize, device: &Device) -> Option<Contribution> {
        let mut next = |count: usize| Some(upload(numbers.next(count)?, device));
        let gradients = self.learning().map(|group| next(group.value.dims()[0]).map(Some)).collect::<Option<_>>()?;
        let (rows, width) = (clips * self.config.grid().tokens(), self.config.width);
        let (targets, loss) = (next(rows * width)?.reshape([rows, width]), next(1)?);
        Some(Contribution { outcome: StepOutcome { loss, targets }, gradients, tape: None })
    }

    /// Take the step by the sum of all contributions, the first of which was computed here.
    fn take(&mut self, contributions: Vec<Contribution>, rates: Values) -> StepOutcome {
        let mut losses = Vec::with_capacity(contributions.len());
        let mut targets = Vec::with_capacity(contributions.len());
        let mut sums: Vec<Option<Tensor<1>>> = vec![];
        let mut first = None;
        for Contribution { outcome, gradients, tape } in contributions {
            losses.push(outcome.loss);
            targets.push(outcome.targets);
            if first.is_none() {
                (first, sums) = (tape, gradients);
                continue;
            }
            let add = |(sum, more): (Option<Tensor<1>>, Option<Tensor<1>>)| Some(sum? + more?);
            sums = sums.into_iter().zip(gradients).map(add).collect();
        }
        self.apply_sums(first.expect("the first part is computed here"), sums, rates);
        StepOutcome { loss: Tensor::cat(losses, 0).sum(), targets: Tensor::cat(targets, 0) }
    }

    /// The second half of a step, by gradients that are the sums of those on the tape and of others.
    pub(super) fn apply_sums(&mut self, mut tape: Gradients, sums: Vec<Option<Tensor<1>>>, rates: Values) {
        for (group, sum) in self.learning().zip(sums) {
            if let Some(sum) = sum {
                group.value.grad_replace(&mut tape, sum);
            }
        }
        self.apply(tape, rates);
    }
}
