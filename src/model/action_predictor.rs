//! The predictor of V-JEPA 2-AC: features of a frame, an action and the agent's state in, features of the next frame out
//! (spec §10.2).

use super::{
    Block,
    encoder::{normalise_targets, normed},
    group::{Group, GroupSpec, Groups, OptionalNetwork, layer, norm},
    position::action_rope_table,
    tokens::integers,
};
use crate::{
    config::{Actions, ModelConfig},
    grid::Grid,
    kernels::{self, BlockShape, Spans},
};
use burn::tensor::{Device, Int, Tensor, TensorData};

/// What goes with each frame, `F` frames.
#[derive(Debug, Clone)]
pub struct Conditions {
    /// The action taken after each frame, `[F, dim]`.
    pub actions: Tensor<2>,
    /// The agent's state at each frame, `[F, dim]`.
    pub states: Tensor<2>,
    /// `[F, dim - 1]`, where the model takes them.
    pub extrinsics: Option<Tensor<2>>,
}

/// A transformer over frames of `[action, state, (extrinsics,) patches]`: a token attends to all tokens of its own frame
/// and of those before it.
#[derive(Debug, Clone)]
pub struct ActionPredictor {
    pub config: Actions,
    /// Channels of the features.
    width: usize,
    /// Of one frame.
    frame: Grid,
    epsilon: f32,
    shape: BlockShape,
    predictor_embed: Group,
    action_encoder: Group,
    state_encoder: Group,
    extrinsics_encoder: Group,
    predictor_blocks: Vec<Block>,
    predictor_norm: Group,
    predictor_proj: Group,
}

impl OptionalNetwork for ActionPredictor {
    fn specs(config: &ModelConfig) -> Vec<GroupSpec> {
        let Some(actions) = config.actions else { return Vec::new() };
        let (width, dim) = (actions.width, actions.dim);
        let mut specs = vec![
            GroupSpec::new("predictor_embed", layer("", width, config.width)),
            GroupSpec::new("action_encoder", layer("", width, dim)),
            GroupSpec::new("state_encoder", layer("", width, dim)),
            GroupSpec::new("extrinsics_encoder", layer("", width, actions.extrinsics_dim())),
        ];
        let shape = block_shape(config, actions);
        specs.extend((0..actions.depth).map(|i| Block::spec(shape, format!("predictor_blocks.{i}"))));
        specs.push(GroupSpec::new("predictor_norm", norm("", width)));
        specs.push(GroupSpec::new("predictor_proj", layer("", config.width, width)));
        specs
    }

    fn assemble(config: &ModelConfig, groups: Vec<Group>) -> Option<Self> {
        let actions = config.actions?;
        let mut groups = Groups::new(groups);
        let shape = block_shape(config, actions);
        Some(Self {
            config: actions,
            width: config.width,
            frame: Grid { t: 1, ..config.grid() },
            epsilon: config.norm_epsilon as f32,
            shape,
            predictor_embed: groups.one(),
            action_encoder: groups.one(),
            state_encoder: groups.one(),
            extrinsics_encoder: groups.one(),
            predictor_blocks: (0..actions.depth).map(|_| Block { group: groups.one(), shape }).collect(),
            predictor_norm: groups.one(),
            predictor_proj: groups.one(),
        })
    }
}

impl ActionPredictor {
    /// Teacher forcing on `clips` clips: normed features `[B * T * hw, D]`, clip by clip and frame by frame, with the
    /// conditions of each frame -> for each frame what is predicted of the next one, `[B * T * hw, D]`, not normed.
    pub fn forward(&self, features: Tensor<2>, conditions: Conditions, clips: usize) -> Tensor<2> {
        self.forward_visiting(features, conditions, clips, |_, _| {})
    }

    /// [`forward`](Self::forward), showing `visit` each block's output `[B * T * (conditions + hw), P]`.
    pub fn forward_visiting(
        &self,
        features: Tensor<2>,
        conditions: Conditions,
        clips: usize,
        mut visit: impl FnMut(usize, &Tensor<2>),
    ) -> Tensor<2> {
        let (device, hw) = (features.device(), self.frame.frame());
        let frames = features.dims()[0] / hw;
        let rows = self.rows(frames, &device);
        let mut x = self.embed(features, conditions, &rows);
        let per_clip = frames / clips;
        let rope: Vec<f32> = (0..per_clip).flat_map(|t| self.rope(t)).collect();
        let rope = self.upload_rope(rope.repeat(clips), &device);
        let spans = Spans::causal(&vec![vec![self.tokens(); per_clip]; clips], usize::MAX, &device);
        for (i, block) in self.predictor_blocks.iter().enumerate() {
            x = block.forward(x, rope.clone(), spans.clone());
            visit(i, &x);
        }
        self.project(x, &rows)
    }

    /// Roll-out by full passes, with gradients: normed features of `seen` frames of each clip `[B * seen * hw, D]`, and
    /// conditions of the frames of a clip in all, of which the first `frames` are used -> normed features of frames
    /// `1..=frames` of each clip `[B * frames * hw, D]`: those of `seen` as predicted from the truth, then what is
    /// predicted of predictions (spec §10.3).
    pub fn roll_out(
        &self,
        features: Tensor<2>,
        conditions: &Conditions,
        [clips, seen, frames]: [usize; 3],
    ) -> Tensor<2> {
        let (hw, d) = (self.frame.frame(), self.width);
        let mut known = features.reshape([clips, seen * hw, d]);
        let mut predicted: Vec<Tensor<3>> = Vec::new();
        for t in seen..=frames {
            let some = conditions.first(clips, t);
            let next = normed(self.forward(known.clone().reshape([clips * t * hw, d]), some, clips));
            let next = next.reshape([clips, t * hw, d]);
            let last = next.clone().narrow(1, (t - 1) * hw, hw);
            predicted.push(if t == seen { next } else { last.clone() });
            known = Tensor::cat(vec![known, last], 1);
        }
        Tensor::cat(predicted, 1).reshape([clips * frames * hw, d])
    }

    /// Nothing imagined yet, for [`imagine`](Self::imagine) of so many candidates side by side.
    pub fn start(&self, candidates: usize) -> RollOut {
        RollOut { candidates, frames: 0, kept: vec![None; self.predictor_blocks.len()] }
    }

    /// The next step of a roll-out that keeps keys and values: normed features of one frame of each candidate
    /// `[C * hw, D]` with its conditions, `C` rows each -> normed features of the frame after it `[C * hw, D]`, as
    /// [`forward`](Self::forward) has them for all frames so far. Constant for the gradient.
    pub fn imagine(&self, features: Tensor<2>, conditions: Conditions, so_far: &mut RollOut) -> Tensor<2> {
        let (device, count) = (features.device(), so_far.candidates);
        let rows = self.rows(count, &device);
        let mut x = self.embed(features, conditions, &rows);
        let rope = self.upload_rope(self.rope(so_far.frames).repeat(count), &device);
        let (tokens, before) = (self.tokens(), so_far.frames * self.tokens());
        for (block, kept) in self.predictor_blocks.iter().zip(&mut so_far.kept) {
            let (y, new) = block.group.block_after(x, rope.clone(), kept.clone(), count, self.shape);
            x = y;
            let channels = new.dims()[1];
            let sequences = |rows: Tensor<2>, of: usize| rows.reshape([count, of, channels]);
            *kept = Some(match kept.take() {
                None => new,
                Some(past) => Tensor::cat(vec![sequences(past, before), sequences(new, tokens)], 1)
                    .reshape([count * (before + tokens), channels]),
            });
        }
        so_far.frames += 1;
        normalise_targets(self.project(x, &rows))
    }

    /// Tokens of a frame, condition tokens among them.
    fn tokens(&self) -> usize {
        self.config.conditions() + self.frame.frame()
    }

    /// Frame by frame the condition tokens, then the patches, `[F * (conditions + hw), P]`.
    fn embed(&self, features: Tensor<2>, conditions: Conditions, rows: &Rows) -> Tensor<2> {
        let width = self.config.width;
        let patches = self.predictor_embed.linear(features, width);
        let mut tokens = vec![
            self.action_encoder.linear(conditions.actions, width),
            self.state_encoder.linear(conditions.states, width),
        ];
        tokens.extend(conditions.extrinsics.map(|extrinsics| self.extrinsics_encoder.linear(extrinsics, width)));
        kernels::rows(patches, Tensor::cat(tokens, 0), rows.from.clone(), rows.back.clone())
    }

    /// Patches alone, normed and projected: `[F * hw, D]`.
    fn project(&self, x: Tensor<2>, rows: &Rows) -> Tensor<2> {
        let x = kernels::pick(x, rows.back.clone(), rows.from.clone());
        let x = kernels::layer_norm(x, self.predictor_norm.weights(), self.epsilon);
        self.predictor_proj.linear(x, self.width)
    }

    fn rope(&self, t: usize) -> Vec<f32> {
        action_rope_table(self.frame, t, self.config.conditions(), self.shape.head_dim())
    }

    fn upload_rope(&self, table: Vec<f32>, device: &Device) -> Tensor<2> {
        let channels = 2 * self.shape.head_dim();
        let rows = table.len() / channels;
        Tensor::from_data(TensorData::new(table, [rows, channels]), device)
    }

    /// Where patches and condition tokens of `frames` frames stand.
    fn rows(&self, frames: usize, device: &Device) -> Rows {
        let (conditions, hw) = (self.config.conditions(), self.frame.frame());
        let (mut from, mut back) = (Vec::new(), Vec::new());
        for frame in 0..frames {
            // Condition `kind` of a frame is row `kind * frames + frame` of the fallbacks, counted down from -1.
            from.extend((0..conditions).map(|kind| -1 - (kind * frames + frame) as i32));
            back.extend((0..hw).map(|patch| (from.len() + patch) as i32));
            from.extend((0..hw).map(|patch| (frame * hw + patch) as i32));
        }
        Rows { from: integers(from, device), back: integers(back, device) }
    }

    /// The same parameters without gradients.
    pub fn valid(&self) -> Self {
        let mut valid = self.clone();
        valid.groups_mut().for_each(|group| *group = group.valid());
        valid
    }

    /// All parameters, always in this order, which is that of [`specs`](Self::specs).
    pub fn groups(&self) -> impl Iterator<Item = &Group> {
        let first = [&self.predictor_embed, &self.action_encoder, &self.state_encoder, &self.extrinsics_encoder];
        let blocks = self.predictor_blocks.iter().map(|block| &block.group);
        first.into_iter().chain(blocks).chain([&self.predictor_norm, &self.predictor_proj])
    }

    pub fn groups_mut(&mut self) -> impl Iterator<Item = &mut Group> {
        let first = [
            &mut self.predictor_embed,
            &mut self.action_encoder,
            &mut self.state_encoder,
            &mut self.extrinsics_encoder,
        ];
        let blocks = self.predictor_blocks.iter_mut().map(|block| &mut block.group);
        first.into_iter().chain(blocks).chain([&mut self.predictor_norm, &mut self.predictor_proj])
    }
}

/// Keys and values of the frames of a roll-out, candidate by candidate.
#[derive(Debug, Clone)]
pub struct RollOut {
    candidates: usize,
    /// Frames so far.
    frames: usize,
    /// For each block `[C * frames * tokens, 2 P]`.
    kept: Vec<Option<Tensor<2>>>,
}

/// For each row of the tokens its row among the patches, or a condition token; and the way back.
struct Rows {
    from: Tensor<1, Int>,
    back: Tensor<1, Int>,
}

impl Conditions {
    /// Those of the first `frames` frames of each of `clips` clips.
    fn first(&self, clips: usize, frames: usize) -> Self {
        let some = |x: &Tensor<2>| {
            let [rows, channels] = x.dims();
            let clip_by_clip = x.clone().reshape([clips, rows / clips, channels]).narrow(1, 0, frames);
            clip_by_clip.reshape([clips * frames, channels])
        };
        Self {
            actions: some(&self.actions),
            states: some(&self.states),
            extrinsics: self.extrinsics.as_ref().map(some),
        }
    }
}

fn block_shape(config: &ModelConfig, actions: Actions) -> BlockShape {
    Block::shape(config, actions.width, actions.heads, actions.mlp)
}
