//! Data-parallel training: workers with a device, a copy of the trainer and a share of every batch each.
//!
//! A step is that of one worker with the whole batch, but for the order in which gradients are added up: clips and masks
//! are drawn once and then shared out, each worker's loss counts as much as it has clips, gradients are summed over all
//! workers *before* they are clipped, and everybody takes the same step of AdamW and EMA. A regulariser alone is not a mean
//! over clips: each worker's is that of its own share.

use super::{Contribution, StepOutcome, Trainer, all_reduce::AllReduce};
use crate::{error::Error, helpers::shares, mask::Masks, schedule::Values};
use burn::tensor::{Device, Tensor};
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::{panic::resume_unwind, thread};

/// All workers but the first, whose trainer is the session's own.
pub struct Workers {
    others: Vec<Worker>,
    /// After this many steps the copies are what the first worker's trainer is.
    step: Option<u64>,
}

struct Worker {
    device: Device,
    /// None until the first step.
    trainer: Option<Trainer>,
    /// Its kernels run here: the pool of another worker may be waiting for this one.
    pool: ThreadPool,
}

/// What a worker is given to do.
struct Part<'a> {
    clips: &'a [Vec<u8>],
    masks: Vec<Masks>,
    /// Of all clips of the step.
    share: f64,
    rates: Values,
    meet: AllReduce,
}

impl Workers {
    /// Workers beside the first, one on each of `devices`, with so many threads for kernels on the CPU.
    ///
    /// # Errors
    /// [`Error::Device`] if the system grants no more threads.
    pub fn new(devices: Vec<Device>, threads: usize) -> Result<Self, Error> {
        let worker = |device| {
            let pool = ThreadPoolBuilder::new().num_threads(threads).build();
            let pool = pool.map_err(|error| Error::Device(error.to_string()))?;
            Ok(Worker { device, trainer: None, pool })
        };
        Ok(Self { others: devices.into_iter().map(worker).collect::<Result<_, Error>>()?, step: None })
    }

    /// The step after `step` steps on `clips`, RGBA `[T, size, size, 4]` each, with one [`Masks`] a generator. Loss and
    /// targets are those of the whole batch, on the first worker's `device`.
    ///
    /// # Errors
    /// [`Error::Workers`] if there are more workers than clips.
    pub fn step(
        &mut self,
        step: u64,
        (first, device): (&mut Trainer, &Device),
        (clips, masks): (&[Vec<u8>], &[Masks]),
        rates: Values,
    ) -> Result<StepOutcome, Error> {
        let workers = 1 + self.others.len();
        if workers > clips.len() {
            return Err(Error::Workers { workers, clips: clips.len() });
        }
        let behind = self.step != Some(step);
        for worker in &mut self.others {
            match &mut worker.trainer {
                Some(trainer) if !behind => trainer.train_like(first),
                trainer => *trainer = Some(first.on(&worker.device)),
            }
        }
        let devices: Vec<Device> =
            [device.clone()].into_iter().chain(self.others.iter().map(|worker| worker.device.clone())).collect();
        let mut parts = shares(clips.len(), workers).zip(AllReduce::among(&devices)).map(|(range, meet)| Part {
            clips: &clips[range.clone()],
            masks: masks.iter().map(|masks| masks.of_clips(range.clone())).collect(),
            share: range.len() as f64 / clips.len() as f64,
            rates,
            meet,
        });
        let mine = parts.next().expect("there are workers");
        let outcomes = thread::scope(|scope| {
            let others = self.others.iter_mut().zip(parts).map(|(Worker { device, trainer, pool }, part)| {
                let trainer = trainer.as_mut().expect("every worker has one by now");
                let pool = &*pool;
                scope.spawn(move || pool.install(|| part.done_by(trainer, device)))
            });
            let others: Vec<_> = others.collect();
            let mine = mine.done_by(first, device);
            let others = others.into_iter().map(|worker| worker.join().unwrap_or_else(|panic| resume_unwind(panic)));
            [mine].into_iter().chain(others).collect::<Vec<_>>()
        });
        self.step = Some(step + 1);
        Ok(together(outcomes, device))
    }
}

impl Part<'_> {
    fn done_by(self, trainer: &mut Trainer, device: &Device) -> StepOutcome {
        trainer.step_within((self.clips, &self.masks), self.rates, self.share, (device, self.meet))
    }
}

impl Trainer {
    /// The step that all workers take: this one's contribution, and gradients summed over all.
    fn step_within(
        &mut self,
        part: (&[Vec<u8>], &[Masks]),
        rates: Values,
        share: f64,
        (device, meet): (&Device, AllReduce),
    ) -> StepOutcome {
        self.begin_step();
        let Contribution { outcome, gradients, tape } = self.contribution(part, share, device);
        let learns: Vec<bool> = gradients.iter().map(Option::is_some).collect();
        let mut sums = meet.sum(gradients.into_iter().flatten().collect()).into_iter();
        let sums = learns.into_iter().map(|learns| if learns { sums.next() } else { None }).collect();
        self.apply_sums(tape.expect("it was computed here"), sums, rates);
        outcome
    }
}

/// Losses are parts of a sum already; targets follow one another as the clips do.
fn together(outcomes: Vec<StepOutcome>, device: &Device) -> StepOutcome {
    let (losses, targets): (Vec<Tensor<1>>, Vec<Tensor<2>>) = outcomes
        .into_iter()
        .map(|StepOutcome { loss, targets }| (loss.to_device(device), targets.to_device(device)))
        .unzip();
    StepOutcome { loss: Tensor::cat(losses, 0).sum(), targets: Tensor::cat(targets, 0) }
}
