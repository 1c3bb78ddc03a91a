//! Where a token is: fixed sine-cosine tables (V-JEPA 1), rotary tables (V-JEPA 2 and 2.1), or both (frame-causal models).
//! Computed in f64, used in f32.

use super::Tokens;
use crate::{
    config::{Family, ModelConfig},
    grid::Grid,
    kernels,
};
use burn::tensor::{Device, Tensor, TensorData};
use std::f64::consts::PI;

/// Frequencies of `count` sine-cosine pairs: `10000^(-i / count)`.
fn frequencies(count: usize) -> impl Iterator<Item = f64> + Clone {
    (0..count).map(move |i| 10000f64.powf(-(i as f64) / count as f64))
}

/// V-JEPA 1's position table, `[N, width]` row by row (spec §3.1, `uniform_power`): as many channels for depth, height
/// and width, in this order, cut to `width`; on each axis all sines, then all cosines.
pub fn sincos_table(grid: Grid, width: usize) -> Vec<f32> {
    let channels = 2 * width.div_ceil(6);
    let axis = |position: usize| {
        let angles = frequencies(channels / 2).map(move |omega| position as f64 * omega);
        angles.clone().map(f64::sin).chain(angles.map(f64::cos))
    };
    (0..grid.tokens())
        .flat_map(|token| {
            let (t, y, x) = grid.position(token);
            axis(t).chain(axis(y)).chain(axis(x)).take(width)
        })
        .map(|value| value as f32)
        .collect()
}

/// Trilinear resize of a position table to another grid (spec §3.1; `align_corners = false`, no antialias).
pub fn resize_table(table: &[f32], from: Grid, to: Grid, width: usize) -> Vec<f32> {
    if from == to {
        return table.to_vec();
    }
    // For each output position: two input positions and the share of the second.
    let axis = |input: usize, output: usize| -> Vec<(usize, usize, f64)> {
        let scale = input as f64 / output as f64;
        let place = |i: usize| {
            let source = ((i as f64 + 0.5) * scale - 0.5).max(0.0);
            let low = (source as usize).min(input - 1);
            (low, (low + 1).min(input - 1), source - low as f64)
        };
        (0..output).map(place).collect()
    };
    let (ts, ys, xs) = (axis(from.t, to.t), axis(from.h, to.h), axis(from.w, to.w));
    let mut resized = Vec::with_capacity(to.tokens() * width);
    for token in 0..to.tokens() {
        let (t, y, x) = to.position(token);
        let mut row = vec![0f64; width];
        for (t, share_t) in ends(ts[t]) {
            for (y, share_y) in ends(ys[y]) {
                for (x, share_x) in ends(xs[x]) {
                    let from_row = &table[from.index(t, y, x) * width..][..width];
                    let share = share_t * share_y * share_x;
                    row.iter_mut().zip(from_row).for_each(|(sum, value)| *sum += share * f64::from(*value));
                }
            }
        }
        resized.extend(row.into_iter().map(|value| value as f32));
    }
    resized
}

fn ends((low, high, share): (usize, usize, f64)) -> [(usize, f64); 2] {
    [(low, 1.0 - share), (high, share)]
}

/// How positions become angles (spec §4.1, §5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    /// The angles are *tiled* twice over the channels, so that the two members of a pair turn by different angles: a quirk
    /// of V-JEPA 2 that its weights were trained with. V-JEPA 2.1 turns both by the same.
    tiled: bool,
    /// Rows and columns are stretched to the pretraining grid of V-JEPA 2.1.
    stretched: bool,
}

/// Rows and columns that V-JEPA 2.1 was pretrained on.
const PRETRAINED: usize = 16;

impl Turn {
    pub const VJEPA2: Self = Self { tiled: true, stretched: false };
    pub const VJEPA21: Self = Self { tiled: false, stretched: true };
    /// The predictor of V-JEPA 2.1 as the published hub code builds it.
    pub const VJEPA21_HUB: Self = Self { tiled: false, stretched: false };

    /// The angles of the channels of one axis a step.
    fn angles(self, head_dim: usize) -> Vec<f64> {
        let channels = 2 * (head_dim / 3 / 2);
        match self.tiled {
            true => frequencies(channels / 2).cycle().take(channels).collect(),
            false => frequencies(channels / 2).flat_map(|omega| [omega; 2]).collect(),
        }
    }

    /// Row or column `i` of `count`. A single one stays where it is; the reference would divide by zero.
    fn place(self, i: usize, count: usize) -> f64 {
        match self.stretched && count > 1 {
            true => i as f64 * (PRETRAINED - 1) as f64 / (count - 1) as f64,
            false => i as f64,
        }
    }
}

/// The rotary table of V-JEPA 2 and 2.1, `[N, 2 * head_dim]` row by row: a token's cosines, then its sines (spec §4.1).
///
/// A third of the channels turns with time, row and column each; what is left stays. Neighbouring channels are a pair.
/// The sign of the pair operator `R(x)[2k] = -x[2k+1]` is folded into the sines.
pub fn rope_table(grid: Grid, head_dim: usize, turn: Turn) -> Vec<f32> {
    let angles = turn.angles(head_dim);
    let row = |token| {
        let (t, y, x) = grid.position(token);
        rope_row(&[t as f64, turn.place(y, grid.h), turn.place(x, grid.w)], &angles, head_dim)
    };
    (0..grid.tokens()).flat_map(row).collect()
}

/// The rotary table of frame `t` of an action-conditioned predictor, `[conditions + N, 2 * head_dim]`: condition tokens
/// turn with time alone, and only the channels that do so in all tokens (spec §10.2); then the patches of the frame.
pub fn action_rope_table(frame: Grid, t: usize, conditions: usize, head_dim: usize) -> Vec<f32> {
    let angles = Turn::VJEPA2.angles(head_dim);
    let condition = rope_row(&[t as f64], &angles, head_dim);
    let patch = |token| {
        let (_, y, x) = frame.position(token);
        rope_row(&[t as f64, y as f64, x as f64], &angles, head_dim)
    };
    condition.repeat(conditions).into_iter().chain((0..frame.frame()).flat_map(patch)).collect()
}

/// A token's row of a rotary table: a share of the channels turns by `angles` with each of `positions`, the rest stays.
fn rope_row(positions: &[f64], angles: &[f64], head_dim: usize) -> Vec<f32> {
    let (mut cos, mut sin) = (vec![1f32; head_dim], vec![0f32; head_dim]);
    for (axis, position) in positions.iter().enumerate() {
        for (i, omega) in angles.iter().enumerate() {
            let (at, angle) = (axis * angles.len() + i, position * omega);
            let sign = if i % 2 == 0 { -1.0 } else { 1.0 };
            cos[at] = angle.cos() as f32;
            sin[at] = (sign * angle.sin()) as f32;
        }
    }
    cos.extend(sin);
    cos
}

/// Angles of a frame-causal model a step of time, row or column: from 2 down to 2/33 radians, because its grids are small.
const CAUSAL_FIRST: f64 = 2.0;
const CAUSAL_BASE: f64 = 33.0;

/// The angles by which a head of a frame-causal model turns with each axis, one for each pair of channels.
pub fn causal_angles(head_dim: usize) -> impl Iterator<Item = f64> + Clone {
    let pairs = head_dim / 6;
    (0..pairs).map(move |i| CAUSAL_FIRST * CAUSAL_BASE.powf(-(i as f64) / pairs as f64))
}

/// The rotary table of a frame-causal model for tubelets from `first` on, laid out as [`rope_table`]: a third of the
/// channels turns with time, row and column each, both members of a pair by the same angle.
pub fn causal_rope_table(grid: Grid, first: usize, head_dim: usize) -> Vec<f32> {
    let channels = 2 * (head_dim / 6);
    let mut table = Vec::with_capacity(grid.tokens() * 2 * head_dim);
    for token in 0..grid.tokens() {
        let (t, y, x) = grid.position(token);
        let (mut cos, mut sin) = (vec![1f32; head_dim], vec![0f32; head_dim]);
        for (axis, position) in [first + t, y, x].into_iter().enumerate() {
            for (pair, omega) in causal_angles(head_dim).enumerate() {
                let (at, angle) = (axis * channels + 2 * pair, position as f64 * omega);
                cos[at..at + 2].fill(angle.cos() as f32);
                sin[at] = -angle.sin() as f32;
                sin[at + 1] = angle.sin() as f32;
            }
        }
        table.extend(cos.into_iter().chain(sin));
    }
    table
}

/// What a frame-causal model adds to each token once, `[N, width]`: half of the sines and cosines of its row, then of its
/// column, with frequencies that fit the grid. The same at all times.
pub fn place_table(grid: Grid, width: usize) -> Vec<f32> {
    let count = width / 4;
    let axis = |position: usize, side: usize| {
        let share = move |i: usize| i as f64 / (count.max(2) - 1) as f64;
        let frequency = move |i: usize| PI / side as f64 * (1.6 * side as f64).powf(share(i)) / 1.6;
        let angles = (0..count).map(move |i| (position as f64 + 0.5) * frequency(i));
        angles.clone().map(f64::sin).chain(angles.map(f64::cos))
    };
    (0..grid.tokens())
        .flat_map(|token| {
            let (_, y, x) = grid.position(token);
            axis(y, grid.h).chain(axis(x, grid.w)).map(|value| 0.5 * value).chain(std::iter::repeat(0.0)).take(width)
        })
        .map(|value| value as f32)
        .collect()
}

/// Position tables of one network on its grid. Not trained.
#[derive(Debug, Clone)]
pub struct Positions {
    /// V-JEPA 1 and frame-causal models: `[N, D]`, added once after the patch embedding.
    added: Option<Tensor<2>>,
    /// `[N, 2 * head_dim]`, turning queries and keys in every block; V-JEPA 1 turns by nothing.
    rotary: Tensor<2>,
}

impl Positions {
    /// Of the encoder of `config` for clips on `grid`; V-JEPA 1 resizes its table from the configured grid.
    pub fn of_encoder(config: &ModelConfig, grid: Grid, device: &Device) -> Self {
        let turn = if config.family == Family::VJepa21 { Turn::VJEPA21 } else { Turn::VJEPA2 };
        Self::new(config, grid, [config.width, config.width / config.heads], turn, device)
    }

    /// Of the predictor of `config` for clips on `grid`.
    pub fn of_predictor(config: &ModelConfig, grid: Grid, device: &Device) -> Self {
        let turn = match (config.family, config.stretch_predictor) {
            (Family::VJepa21, true) => Turn::VJEPA21,
            (Family::VJepa21, false) => Turn::VJEPA21_HUB,
            _ => Turn::VJEPA2,
        };
        let width = config.predictor_width;
        Self::new(config, grid, [width, width / config.predictor_heads], turn, device)
    }

    fn new(config: &ModelConfig, grid: Grid, [width, head_dim]: [usize; 2], turn: Turn, device: &Device) -> Self {
        // Constants: off the autodiff device, whatever the network lives on.
        let device = device.clone().inner();
        let upload = |table, channels| Tensor::from_data(TensorData::new(table, [grid.tokens(), channels]), &device);
        let rotary = |table| upload(table, 2 * head_dim);
        if config.causal.is_some() {
            let added = Some(upload(place_table(grid, width), width));
            return Self { added, rotary: rotary(causal_rope_table(grid, 0, head_dim)) };
        }
        match config.family {
            Family::VJepa1 => {
                let table_grid = config.grid();
                let table = sincos_table(table_grid, width);
                let still = [vec![1.0; head_dim], vec![0.0; head_dim]].concat();
                Self {
                    added: Some(upload(resize_table(&table, table_grid, grid, width), width)),
                    rotary: rotary(still.repeat(grid.tokens())),
                }
            }
            Family::VJepa2 | Family::VJepa21 => Self { added: None, rotary: rotary(rope_table(grid, head_dim, turn)) },
        }
    }

    /// `x` `[R, D]` with what is added at its tokens, if anything.
    pub fn add(&self, x: Tensor<2>, tokens: &Tokens) -> Tensor<2> {
        match &self.added {
            Some(table) => x + rows_of(table, tokens),
            None => x,
        }
    }

    /// What turns each token: cosines, then signed sines, `[R, 2 * head_dim]`.
    pub fn rotary(&self, tokens: &Tokens) -> Tensor<2> {
        rows_of(&self.rotary, tokens)
    }
}

/// The table's row of each token. Several tokens may share one: there is no way back, and no gradient to take it.
fn rows_of(table: &Tensor<2>, tokens: &Tokens) -> Tensor<2> {
    kernels::pick(table.clone(), tokens.within.clone(), tokens.within.clone())
}
