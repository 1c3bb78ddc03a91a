//! What a model with actions learns besides masked clips: what an action leads to, which action led here, a reflex,
//! and how many actions a way takes (spec §10.3; the terms beyond it are of the recipe).

use super::{AdamW, Trainer, distance, gradient_norm, regulariser, step::scale, temporal_distance};
use crate::{
    config::ModelConfig,
    grid::Grid,
    model::{
        ActionPredictor, Conditions, Group, OptionalNetwork, Reflex, TemporalDistance, Tokens, group::upload, integers,
        normalise_targets, normed,
    },
    planner::Motion,
    read::HostReads,
    recipe::{ActionRecipe, Optimiser},
    rng::Rng,
    schedule::Values,
    weights::{CheckpointError, Weights},
};
use burn::tensor::{Device, Gradients, Int, Tensor, TensorData};

/// What was done and felt in a batch of clips: `B` clips of `T` frames, `dim` numbers each, clip by clip,
/// [`PLAYS`](super::PLAYS) of each room.
#[derive(Debug, Clone, Default)]
pub struct Play {
    /// The action after each frame, `[B * T * dim]`; the last one of a clip is not used.
    pub actions: Vec<f32>,
    /// The agent's state at each frame, `[B * T * dim]`.
    pub states: Vec<f32>,
    /// The frame at which roll-outs begin.
    pub first: usize,
    /// Extrinsics, `[B * T * (dim - 1)]`, where the model takes them.
    pub extrinsics: Option<Vec<f32>>,
}

/// Pairs of frames in a clip that the reflex learns from, a step.
const REFLEX_PAIRS: usize = 4;
/// Of the pairs of a step.
const STREAM: u64 = 0xac;

/// The parts of a model that know of actions, and their optimisers' memory.
#[derive(Debug, Clone)]
pub struct ActionTrainer {
    pub predictor: ActionPredictor,
    pub inverse: Option<Reflex>,
    pub reflex: Option<Reflex>,
    pub distance: Option<TemporalDistance>,
    optimisers: [AdamW; 4],
}

/// What files call the four parts.
const PARTS: [&str; 4] = ["action_predictor", "inverse", "reflex", "temporal_distance"];

impl ActionTrainer {
    /// From `action_predictor.*`, `inverse.*`, `reflex.*`, `temporal_distance.*` and, if there, `adamw.*` after `step` steps;
    /// none if the model has no actions. `device` has gradients.
    ///
    /// # Errors
    /// A tensor that is missing or has another shape, by name.
    pub fn load(
        config: &ModelConfig,
        weights: &mut Weights,
        step: u64,
        device: &Device,
    ) -> Result<Option<Self>, CheckpointError> {
        let [of_predictor, of_inverse, of_reflex, of_distance] = PARTS;
        let Some(predictor) = ActionPredictor::load(config, weights, of_predictor, device)? else { return Ok(None) };
        let inverse = Reflex::load(config, weights, of_inverse, device)?;
        let reflex = Reflex::load(config, weights, of_reflex, device)?;
        let distance = TemporalDistance::load(config, weights, of_distance, device)?;
        let mut trainer = Self { predictor, inverse, reflex, distance, optimisers: Default::default() };
        let plain = device.clone().inner();
        for (part, name) in PARTS.iter().enumerate() {
            let groups = trainer.groups_of(part).into_iter();
            trainer.optimisers[part] = AdamW::restore(groups, weights, &format!("adamw.{name}"), step, &plain)?;
        }
        Ok(Some(trainer))
    }

    fn groups_of(&self, part: usize) -> Vec<&Group> {
        match part {
            0 => self.predictor.groups().collect(),
            1 => self.inverse.iter().flat_map(Reflex::groups).collect(),
            2 => self.reflex.iter().flat_map(Reflex::groups).collect(),
            _ => self.distance.iter().flat_map(TemporalDistance::groups).collect(),
        }
    }

    /// All parameters.
    pub fn groups(&self) -> impl Iterator<Item = &Group> {
        (0..PARTS.len()).flat_map(|part| self.groups_of(part))
    }

    /// One step of the optimisers; gradients that are used are taken out.
    pub fn update(&mut self, gradients: &mut Gradients, rates: Values, clip: Option<f64>, optimiser: Optimiser) {
        let device = self.predictor.groups().next().expect("it has parameters").value.device().inner();
        let one = || upload(vec![1.0], &device);
        let scale = match clip {
            Some(largest) => scale(gradient_norm(self.predictor.groups(), gradients, &device), largest),
            None => one(),
        };
        let [of_predictor, of_inverse, of_reflex, of_distance] = &mut self.optimisers;
        of_predictor.update(self.predictor.groups_mut(), gradients, rates, &scale, optimiser);
        let small: [(Vec<&mut Group>, &mut AdamW); 3] = [
            (self.inverse.iter_mut().flat_map(Reflex::groups_mut).collect(), of_inverse),
            (self.reflex.iter_mut().flat_map(Reflex::groups_mut).collect(), of_reflex),
            (self.distance.iter_mut().flat_map(TemporalDistance::groups_mut).collect(), of_distance),
        ];
        for (groups, memory) in small.into_iter().filter(|(groups, _)| !groups.is_empty()) {
            memory.update(groups.into_iter(), gradients, rates, &one(), optimiser);
        }
    }

    /// One element that is zero only if no gradient has arrived since the first step.
    pub fn activity(&self, device: &Device) -> Tensor<1> {
        self.optimisers[0].activity(device)
    }

    /// Add everything a snapshot needs to `reads`.
    pub fn collect(&self, reads: &mut HostReads) {
        for (part, name) in PARTS.into_iter().enumerate() {
            self.groups_of(part).iter().for_each(|group| group.collect(name, reads));
            self.optimisers[part].collect(self.groups_of(part).into_iter(), &format!("adamw.{name}"), reads);
        }
    }
}

/// Frames of a batch, for terms of the loss.
struct Frames {
    clips: usize,
    /// Of each clip.
    frames: usize,
    /// Tokens of a frame.
    hw: usize,
}

impl Frames {
    /// `count` frames from `first` on of each clip, of rows `[B * T * per_frame, C]`.
    fn some(&self, x: &Tensor<2>, first: usize, count: usize) -> Tensor<2> {
        let [rows, channels] = x.dims();
        let per_frame = rows / (self.clips * self.frames);
        let x = x.clone().reshape([self.clips, self.frames * per_frame, channels]);
        x.narrow(1, first * per_frame, count * per_frame).reshape([self.clips * count * per_frame, channels])
    }

    /// What was done and felt at those frames.
    fn conditions(&self, all: &Conditions, first: usize, count: usize) -> Conditions {
        Conditions {
            actions: self.some(&all.actions, first, count),
            states: self.some(&all.states, first, count),
            extrinsics: all.extrinsics.as_ref().map(|x| self.some(x, first, count)),
        }
    }

    /// The rows of `count` frames from `first` on of each clip among the tokens of all, on the device.
    fn rows(&self, first: usize, count: usize, device: &Device) -> Tensor<1, Int> {
        let of_clip =
            |clip: usize| (clip * self.frames + first) * self.hw..(clip * self.frames + first + count) * self.hw;
        integers((0..self.clips).flat_map(of_clip).map(|row| row as i32).collect(), device)
    }
}

impl Trainer {
    /// Normed features of frames that are encoded alone, each as a clip that stands still: patches of doubled frames
    /// `[F * hw, values]` -> `[F * hw, D]` (spec §10.1).
    pub fn frame_features(&self, patches: Tensor<2>) -> Tensor<2> {
        let (frame, tokens) = self.single_frames(&patches);
        normalise_targets(self.target.forward(patches, frame, &tokens))
    }

    fn single_frames(&self, patches: &Tensor<2>) -> (Grid, Tokens) {
        let frame = Grid { t: 1, ..self.config.grid() };
        (frame, Tokens::all(frame, patches.dims()[0] / frame.tokens(), &patches.device()))
    }

    /// The loss on clips of doubled frames whose actions are known, patches `[B * T * hw, values]`: teacher forcing,
    /// roll-out, and what else `recipe` adds. The masked loss is not in it.
    pub fn action_loss(&self, patches: Tensor<2>, play: &Play, recipe: &ActionRecipe) -> Option<Tensor<1>> {
        let parts = self.actions.as_ref()?;
        let device = patches.device();
        let (clips, dim) = (self.clips_of(&patches), parts.predictor.config.dim);
        let of = Frames { clips, frames: self.config.grid().t, hw: self.config.grid().frame() };
        let upload = |values: &[f32], dim: usize| {
            Tensor::<2>::from_data(TensorData::new(values.to_vec(), [values.len() / dim, dim]), &device)
        };
        let all = Conditions {
            actions: upload(&play.actions, dim),
            states: upload(&play.states, dim),
            extrinsics: play.extrinsics.as_ref().map(|values| upload(values, dim - 1)),
        };
        let targets = self.frame_features(patches.clone());
        let raw = recipe.encoder.then(|| {
            let (frame, tokens) = self.single_frames(&patches);
            self.encoder.forward(patches, frame, &tokens)
        });
        let features = raw.clone().map_or_else(|| targets.clone(), normed);

        let mut loss = self.teacher_forcing_loss(parts, &features, &targets, &all, &of);
        let steps = recipe.roll_out.min(of.frames - 1);
        if steps > 1 {
            let first = play.first.min(of.frames - 1 - steps);
            let mut felt = of.conditions(&all, first, steps);
            if recipe.imagined_states {
                felt.states = upload(&imagined(play, dim, &of, [first, steps]), dim);
            }
            let rolled = parts.predictor.roll_out(of.some(&features, first, 1), &felt, [of.clips, 1, steps]);
            loss = loss + self.off(rolled, &targets, of.rows(first + 1, steps, &device));
        }
        if let Some(term) =
            raw.and_then(|raw| regulariser::term(self.regulariser, &raw, self.config.width, self.steps()))
        {
            loss = loss + term;
        }
        if recipe.similarity > 0.0 {
            let change = of.some(&features, 1, of.frames - 1) - of.some(&features, 0, of.frames - 1);
            loss = loss + change.clone().mul(change).mean().mul_scalar(recipe.similarity);
        }
        if let Some(inverse) = parts.inverse.as_ref().filter(|_| recipe.inverse > 0.0) {
            let [from, to] = [0, 1].map(|first| of.some(&features, first, of.frames - 1));
            let [state, action] = [&all.states, &all.actions].map(|x| of.some(x, 0, of.frames - 1));
            let off = inverse.forward(from, to, state) - action;
            loss = loss + off.clone().mul(off).mean().mul_scalar(recipe.inverse);
        }
        if let Some(reflex) = parts.reflex.as_ref().filter(|_| recipe.reflex > 0.0) {
            loss = loss + self.reflex_loss(reflex, &targets, &all, &of).mul_scalar(recipe.reflex);
        }
        if let Some(distance) = parts.distance.as_ref().filter(|_| recipe.distance > 0.0) {
            let loss_of_times = temporal_distance::loss(distance, targets, of.frames);
            loss = loss + loss_of_times.mul_scalar(recipe.distance);
        }
        Some(loss)
    }

    /// From each frame the next one.
    fn teacher_forcing_loss(
        &self,
        parts: &ActionTrainer,
        features: &Tensor<2>,
        targets: &Tensor<2>,
        all: &Conditions,
        of: &Frames,
    ) -> Tensor<1> {
        let seen = of.frames - 1;
        let next = parts.predictor.forward(of.some(features, 0, seen), of.conditions(all, 0, seen), of.clips);
        self.off(normed(next), targets, of.rows(1, seen, &targets.device()))
    }

    /// Mean distance of predicted features from `rows` of the targets.
    fn off(&self, predicted: Tensor<2>, targets: &Tensor<2>, rows: Tensor<1, Int>) -> Tensor<1> {
        let [count, width] = predicted.dims();
        let each = upload(vec![1.0 / (count * width) as f32; count], &targets.device());
        distance::between(self.loss, predicted, targets.clone(), rows, each)
    }

    /// Hindsight: of two frames of a clip the later one was a goal, and the action after the earlier one a way to it.
    fn reflex_loss(&self, reflex: &Reflex, features: &Tensor<2>, all: &Conditions, of: &Frames) -> Tensor<1> {
        let device = features.device();
        let mut rng = Rng::stream(self.steps(), STREAM);
        let (mut from, mut to) = (Vec::new(), Vec::new());
        for clip in (0..of.clips).flat_map(|clip| [clip; REFLEX_PAIRS]) {
            let early = rng.below(of.frames - 1);
            from.push(clip * of.frames + early);
            to.push(clip * of.frames + early + 1 + rng.below(of.frames - 1 - early));
        }
        let tokens = |frames: &[usize]| {
            let rows =
                frames.iter().flat_map(|frame| frame * of.hw..(frame + 1) * of.hw).map(|row| row as i32).collect();
            features.clone().select(0, integers(rows, &device))
        };
        let rows = integers(from.iter().map(|&frame| frame as i32).collect(), &device);
        let of_first = |x: &Tensor<2>| x.clone().select(0, rows.clone());
        let off = reflex.forward(tokens(&from), tokens(&to), of_first(&all.states)) - of_first(&all.actions);
        off.clone().mul(off).mean()
    }

    fn clips_of(&self, patches: &Tensor<2>) -> usize {
        patches.dims()[0] / self.config.grid().tokens()
    }
}

/// What an agent would feel in `steps` frames from `first` on if it only imagined what it does: `[clips * steps * dim]`.
fn imagined(play: &Play, dim: usize, of: &Frames, [first, steps]: [usize; 2]) -> Vec<f32> {
    let motion = Motion::of(dim);
    let mut states = Vec::with_capacity(of.clips * steps * dim);
    for clip in 0..of.clips {
        let at = |numbers: &[f32], frame: usize| -> Vec<f64> {
            numbers[(clip * of.frames + frame) * dim..][..dim].iter().map(|x| f64::from(*x)).collect()
        };
        let mut state = at(&play.states, first);
        for frame in first..first + steps {
            states.extend(state.iter().map(|x| *x as f32));
            state = motion.next(&state, &at(&play.actions, frame));
        }
    }
    states
}
