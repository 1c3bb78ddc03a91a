//! Which tokens of which clips are at work: a ragged batch of sequences, its indices on the device.

use crate::{
    config::{Causal, ModelConfig},
    grid::Grid,
    kernels::Spans,
    mask::{self, Masks},
};
use burn::tensor::{Device, Int, Tensor, TensorData};
use std::sync::Arc;

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
    /// For each sequence the rows of each of its tubelets, which are consecutive if its tokens ascend.
    tubelets: Arc<[Vec<usize>]>,
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

    /// Who attends to whom: everybody within a sequence, or within a window of tubelets that ends with one's own.
    pub fn attending(&self, window: Option<usize>) -> Spans {
        match window {
            Some(window) => Spans::causal(&self.tubelets, window, &self.within.device()),
            None => self.spans.clone(),
        }
    }

    /// Index lists of sequences; sequence `i` is of clip `i % clips`.
    fn sequences(lists: &[Vec<u32>], clips: usize, grid: Grid, device: &Device) -> Self {
        let first_row = |i: usize| (i % clips * grid.tokens()) as i32;
        let within: Vec<i32> = lists.iter().flatten().map(|&id| id as i32).collect();
        let kept = lists.iter().enumerate().flat_map(|(i, list)| list.iter().map(move |&id| first_row(i) + id as i32));
        let rows = within.len();
        let of_tubelets = |list: &Vec<u32>| {
            let mut counts = vec![0; grid.t];
            list.iter().for_each(|&id| counts[id as usize / grid.frame()] += 1);
            counts
        };
        Self {
            tubelets: lists.iter().map(of_tubelets).collect(),
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
    /// For each prediction that is asked for where it is made: its row in `all`; of a frame-causal model, which makes several
    /// at each row, `row * predictions + tubelets ahead`. And the way back: for each prediction that is made the one that is
    /// asked for, or -1.
    pub(super) hidden: [Tensor<1, Int>; 2],
    /// For each prediction the row of its target among all tokens of the batch, `[H]`; on the host, and on the device.
    pub rows: Vec<usize>,
    pub targets: Tensor<1, Int>,
    /// Weights that make a sum over rows and channels the mean of the generators' mean errors, `[H]`, still to be divided
    /// by the channels.
    pub share: Vec<f32>,
    /// Frame-causal models: for each prediction the row of the same place in the tubelet from which it is predicted, `[H]`.
    pub since: Vec<i32>,
    /// A still image: one frame, of a grid without time.
    pub(super) still: bool,
    pub(super) grid: Grid,
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
        Self::upload(rows, clips, grid, device)
    }

    fn upload(rows: Rows, clips: usize, grid: Grid, device: &Device) -> Self {
        let all = Tokens::sequences(&rows.lists, clips, grid, device);
        let upload = |values| integers(values, device);
        Self {
            all,
            from: upload(rows.from),
            back: upload(rows.back),
            hidden: [upload(rows.hidden), upload(rows.hidden_back)],
            rows: rows.targets.iter().map(|&row| row as usize).collect(),
            targets: upload(rows.targets),
            share: rows.share,
            since: rows.since,
            still: false,
            grid,
        }
    }

    /// What a model like `config` is asked for where `masks` hide tokens.
    pub fn of(config: &ModelConfig, masks: &[Masks], mask_tokens: &[usize], grid: Grid, device: &Device) -> Self {
        match config.causal {
            Some(causal) => Self::causal(masks, Ask::Hidden, causal, grid, device),
            None => Self::new(masks, mask_tokens, grid, device),
        }
    }

    /// What a frame-causal model is trained on, whatever the masks hide: the hidden tokens themselves, which count as much as
    /// `hidden_weight` says, and from every token its place in the next tubelets.
    pub fn every(masks: &[Masks], causal: Causal, hidden_weight: f32, grid: Grid, device: &Device) -> Self {
        Self::causal(masks, Ask::Everything { hidden_weight }, causal, grid, device)
    }

    /// Of clips of which all is seen, clip by clip: for each number of tubelets from `past` on each of the next `horizon`
    /// ones, predicted from the last of them.
    pub fn windows(clips: usize, [past, horizon]: [usize; 2], causal: Causal, grid: Grid, device: &Device) -> Self {
        let ask = Ask::Windows { past, horizon: horizon.min(causal.horizons) };
        Self::causal(&[mask::nothing(grid, clips)], ask, causal, grid, device)
    }

    /// Sequences of all tokens up to the last tubelet that is asked from, mask tokens where nothing is seen.
    fn causal(masks: &[Masks], ask: Ask, causal: Causal, grid: Grid, device: &Device) -> Self {
        let clips = masks.first().map_or(1, |mask| mask.context.len());
        let mut rows = Rows::default();
        for mask in masks {
            for (clip, (context, target)) in mask.context.iter().zip(&mask.target).enumerate() {
                rows.causal_sequence(context, target, ask, causal, (grid, (clip * grid.tokens()) as i32));
            }
        }
        let predictions = causal.horizons + 1;
        rows.hidden_back = vec![-1; rows.from.len() * predictions];
        for (query, &at) in (0..).zip(&rows.hidden) {
            rows.hidden_back[at as usize] = query;
        }
        rows.share.iter_mut().for_each(|share| *share /= (clips * masks.len()) as f32);
        Self::upload(rows, clips, grid, device)
    }

    /// The same for still images, `grid` being that of one frame.
    pub fn still(masks: &[Masks], mask_tokens: &[usize], grid: Grid, device: &Device) -> Self {
        Self { still: true, ..Self::new(masks, mask_tokens, grid, device) }
    }
}

/// What a frame-causal predictor is asked for.
#[derive(Clone, Copy)]
enum Ask {
    /// The hidden tokens alone.
    Hidden,
    /// Those, and from every token of the clip its place in the next tubelets.
    Everything { hidden_weight: f32 },
    /// The tubelets ahead, from each one after the first `past - 1`.
    Windows { past: usize, horizon: usize },
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
    since: Vec<i32>,
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

    /// All tokens of the clip up to the last tubelet that is seen, or of the whole clip where all is asked. A hidden token
    /// there is predicted where it is; a later one from its place in the last tubelet that is seen, which
    /// [`Causal::reaches`] says is near enough.
    fn causal_sequence(
        &mut self,
        context: &[u32],
        target: &[u32],
        ask: Ask,
        Causal { horizons, .. }: Causal,
        (grid, first_row): (Grid, i32),
    ) {
        let (frame, predictions, start) = (grid.frame(), horizons + 1, self.from.len());
        let seen = context.last().map_or(1, |&last| last as usize / frame + 1);
        let tubelets = if matches!(ask, Ask::Hidden) { seen } else { grid.t };
        let list: Vec<u32> = (0..(tubelets * frame) as u32).collect();
        self.from.resize(start + list.len(), -1);
        for &id in context {
            self.from[start + id as usize] = self.back.len() as i32;
            self.back.push((start + id as usize) as i32);
        }
        self.lists.push(list);
        let mut ask_for = |(at, ahead): (usize, usize), id: usize, share: f32| {
            self.hidden.push(((start + at) * predictions + ahead) as i32);
            self.targets.push(first_row + id as i32);
            self.since.push(first_row + at as i32);
            self.share.push(share);
        };
        let weight = if let Ask::Everything { hidden_weight } = ask { hidden_weight } else { 1.0 };
        for id in target.iter().map(|&id| id as usize) {
            let ahead = (id / frame + 1).saturating_sub(tubelets).min(horizons);
            let at = if ahead == 0 { id } else { (tubelets - 1) * frame + id % frame };
            ask_for((at, ahead), id, weight / target.len() as f32);
        }
        if let Ask::Windows { past, horizon } = ask {
            for (last, ahead) in
                (past - 1..grid.t - horizon).flat_map(|last| (1..=horizon).map(move |ahead| (last, ahead)))
            {
                for place in 0..frame {
                    ask_for((last * frame + place, ahead), (last + ahead) * frame + place, 1.0);
                }
            }
        }
        if matches!(ask, Ask::Everything { .. }) {
            for ahead in (1..=horizons).filter(|ahead| *ahead < grid.t) {
                let count = (grid.t - ahead) * frame;
                for at in 0..count {
                    ask_for((at, ahead), at + ahead * frame, 1.0 / (count * horizons) as f32);
                }
            }
        }
    }
}

/// `[n]`.
pub(crate) fn integers(values: Vec<i32>, device: &Device) -> Tensor<1, Int> {
    let count = values.len();
    Tensor::from_data(TensorData::new(values, [count]), device)
}
