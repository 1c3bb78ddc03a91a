//! Which tokens of which clips are at work: a ragged batch of sequences, its indices on the device.

use crate::{grid::Grid, kernels::Spans, mask::Masks};
use burn::tensor::{Device, Int, Tensor, TensorData};

/// Sequences of tokens, one after the other: the clips of a batch, once for each mask generator. `R` rows in all.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// Which rows make a sequence.
    pub spans: Spans,
    /// For each row its token's index in the clip, `[R]`.
    pub within: Tensor<1, Int>,
    /// For each row its token's row among all tokens of the batch, `[R]`; none if all are kept, in order.
    pub(super) kept: Option<Tensor<1, Int>>,
    pub rows: usize,
}

impl Tokens {
    /// All tokens of `clips` clips.
    pub fn all(grid: Grid, clips: usize, device: &Device) -> Self {
        let every: Vec<u32> = (0..grid.tokens() as u32).collect();
        Self { kept: None, ..Self::sequences(&vec![every; clips], clips, grid, device) }
    }

    /// The context of each generator's masks, generator by generator and clip by clip.
    pub fn context(masks: &[Masks], grid: Grid, device: &Device) -> Self {
        let lists: Vec<Vec<u32>> = masks.iter().flat_map(|mask| mask.context.clone()).collect();
        Self::sequences(&lists, masks.first().map_or(1, |mask| mask.context.len()), grid, device)
    }

    /// Index lists of sequences; sequence `i` is of clip `i % clips`.
    fn sequences(lists: &[Vec<u32>], clips: usize, grid: Grid, device: &Device) -> Self {
        let first_row = |i: usize| (i % clips * grid.tokens()) as i32;
        let within: Vec<i32> = lists.iter().flatten().map(|&id| id as i32).collect();
        let kept = lists.iter().enumerate().flat_map(|(i, list)| list.iter().map(move |&id| first_row(i) + id as i32));
        let rows = within.len();
        Self {
            spans: Spans::new(&lists.iter().map(Vec::len).collect::<Vec<_>>(), device),
            kept: Some(integers(kept.collect(), device)),
            within: integers(within, device),
            rows,
        }
    }
}

/// What the predictor is asked for: each sequence is a context, then the hidden tokens.
#[derive(Debug, Clone)]
pub struct Hidden {
    /// Context and hidden tokens together.
    pub(super) all: Tokens,
    /// For each row of `all` its row in the context's features, or -1 for the first mask token, -2 for the second.
    pub(super) from: Tensor<1, Int>,
    /// For each row of the context's features its row in `all`.
    pub(super) back: Tensor<1, Int>,
    /// For each hidden token its row in `all`, and for each row of `all` its hidden token or -1.
    pub(super) hidden: [Tensor<1, Int>; 2],
    /// For each hidden token its row among all tokens of the batch, `[H]`.
    pub targets: Tensor<1, Int>,
    /// Weights that make a sum over rows and channels the mean of the generators' mean errors, `[H]`, still to be divided
    /// by the channels.
    pub share: Vec<f32>,
    /// A still image: one frame, of a grid without time.
    pub(super) still: bool,
}

impl Hidden {
    /// `mask_tokens` says which stand-in each generator uses, 0 for the first of those that are used.
    pub fn new(masks: &[Masks], mask_tokens: &[usize], grid: Grid, device: &Device) -> Self {
        let mut rows = Rows::default();
        let clips = masks.first().map_or(1, |mask| mask.context.len());
        for (mask, &token) in masks.iter().zip(mask_tokens) {
            let count: usize = mask.target.iter().map(Vec::len).sum();
            rows.share.extend(vec![1.0 / (count * masks.len()) as f32; count]);
            for (clip, (context, target)) in mask.context.iter().zip(&mask.target).enumerate() {
                rows.sequence(context, target, -1 - token as i32, (clip * grid.tokens()) as i32);
            }
        }
        let all = Tokens::sequences(&rows.lists, clips, grid, device);
        let upload = |values| integers(values, device);
        Self {
            all,
            from: upload(rows.from),
            back: upload(rows.back),
            hidden: [upload(rows.hidden), upload(rows.hidden_back)],
            targets: upload(rows.targets),
            share: rows.share,
            still: false,
        }
    }

    /// The same for still images, `grid` being that of one frame.
    pub fn still(masks: &[Masks], mask_tokens: &[usize], grid: Grid, device: &Device) -> Self {
        Self { still: true, ..Self::new(masks, mask_tokens, grid, device) }
    }
}

/// [`Hidden`] on the host while it grows.
#[derive(Default)]
struct Rows {
    lists: Vec<Vec<u32>>,
    from: Vec<i32>,
    back: Vec<i32>,
    hidden: Vec<i32>,
    hidden_back: Vec<i32>,
    targets: Vec<i32>,
    share: Vec<f32>,
}

impl Rows {
    fn sequence(&mut self, context: &[u32], target: &[u32], stand_in: i32, first_row: i32) {
        for _ in context {
            self.from.push(self.back.len() as i32);
            self.back.push(self.from.len() as i32 - 1);
            self.hidden_back.push(-1);
        }
        for &id in target {
            self.hidden_back.push(self.hidden.len() as i32);
            self.hidden.push(self.from.len() as i32);
            self.from.push(stand_in);
            self.targets.push(first_row + id as i32);
        }
        self.lists.push([context, target].concat());
    }
}

fn integers(values: Vec<i32>, device: &Device) -> Tensor<1, Int> {
    let count = values.len();
    Tensor::from_data(TensorData::new(values, [count]), device)
}
