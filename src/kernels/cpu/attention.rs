//! Attention within each sequence, one head at a time, a few queries at a time: scores never fill more than a tile.

use super::{
    BlockShape,
    functions::exp2,
    lanes::{Lanes, dispatch},
    panels::{Panels, panel_columns},
    product::{add_loose, add_panels},
    split,
    view::View,
};
use std::{
    f32::consts::{LN_2, LOG2_E},
    ops::Range,
};

/// Queries whose scores are computed together.
const QUERIES: usize = 32;

/// One head of one sequence.
#[derive(Clone)]
pub struct Head {
    pub rows: Range<usize>,
    pub index: usize,
    pub size: usize,
}

impl Head {
    /// All heads of all sequences. `spans` `[R, 2]`.
    pub fn all(shape: BlockShape, spans: &[i32]) -> Vec<Self> {
        let mut heads = Vec::new();
        let mut first = 0;
        while first < spans.len() / 2 {
            debug_assert_eq!(spans[2 * first] as usize, first, "sequences one after the other");
            // An end that isn't beyond its row would keep this loop going for ever.
            let end = (spans[2 * first + 1] as usize).max(first + 1);
            let size = shape.width / shape.heads;
            heads.extend((0..shape.heads).map(|index| Self { rows: first..end, index, size }));
            first = end;
        }
        heads
    }

    /// This head's part of a matrix `[R, ...]`; `part`: 0 for q, 1 for k, 2 for v in `[R, 3 * width]`.
    pub fn view<'a>(&self, matrix: &'a [f32], columns: usize, shape: BlockShape, part: usize) -> View<'a> {
        let first = part * shape.width + self.index * self.size;
        View::new(matrix, columns).row_range(self.rows.clone()).column_range(first..first + self.size)
    }

    /// Into this head's columns of `matrix` `[R, columns]` from `first` on.
    pub fn put(&self, values: &[f32], matrix: &mut [f32], columns: usize, first: usize) {
        let first = first + self.index * self.size;
        let rows = matrix[self.rows.start * columns..].chunks_exact_mut(columns);
        for (row, values) in rows.zip(values.chunks_exact(self.size)) {
            row[first..first + self.size].copy_from_slice(values);
        }
    }
}

/// `qkv` `[R, 3 * width]` -> the values mixed, `[R, width]`, and the log-sum-exp of every row's scaled scores,
/// `[R, heads]`.
pub fn attention(shape: BlockShape, qkv: &[f32], spans: &[i32]) -> (Vec<f32>, Vec<f32>) {
    let rows = spans.len() / 2;
    debug_assert_eq!(qkv.len(), rows * 3 * shape.width);
    let (mut mixed, mut lse) = (vec![0.0; rows * shape.width], vec![0.0; rows * shape.heads]);
    let done = split::map(Head::all(shape, spans), |head| (attend(shape, qkv, &head), head));
    for ((head_mixed, head_lse), head) in done {
        head.put(&head_mixed, &mut mixed, shape.width, 0);
        for (row, value) in head.rows.zip(head_lse) {
            lse[row * shape.heads + head.index] = value;
        }
    }
    (mixed, lse)
}

/// One head: mixed `[rows, size]`, log-sum-exp `[rows]`.
fn attend(shape: BlockShape, qkv: &[f32], head: &Head) -> (Vec<f32>, Vec<f32>) {
    let [q, k, v] = [0, 1, 2].map(|part| head.view(qkv, 3 * shape.width, shape, part));
    mix(q, k, v)
}

/// Queries `[Q, size]`, keys and values `[K, size]` -> mixed `[Q, size]`, log-sum-exp `[Q]`.
pub fn mix(q: View, k: View, v: View) -> (Vec<f32>, Vec<f32>) {
    let size = q.columns;
    let (keys, values) = (Panels::left(k), Panels::right(v));
    let mut mixed = vec![0.0; q.rows * size];
    let mut lse = Vec::with_capacity(q.rows);
    let mut scores = Vec::new();
    for (index, mixed) in mixed.chunks_mut(QUERIES * size).enumerate() {
        let first = index * QUERIES;
        let queries = first..(first + QUERIES).min(q.rows);
        // Keys by queries: a softmax then runs down the lanes, and its weights already lie as a left operand reads them.
        let columns = queries.len().next_multiple_of(panel_columns());
        scores.clear();
        scores.resize(keys.lines * columns, 0.0);
        add_panels(&keys, &Panels::right(q.row_range(queries.clone()).transposed()), &mut scores);
        let sums = softmax(&mut scores, columns, scale(size));
        let weights = View::new(&scores, columns).column_range(0..queries.len());
        add_loose(weights.transposed(), &values, mixed);
        for (row, (sum, most)) in mixed.chunks_exact_mut(size).zip(sums) {
            row.iter_mut().for_each(|value| *value /= sum);
            lse.push(most * LN_2 + sum.ln());
        }
    }
    (mixed, lse)
}

/// What makes a product of query and key a power of two: 2^(scale * qk) = e^(qk / sqrt(size)).
pub fn scale(size: usize) -> f32 {
    LOG2_E / (size as f32).sqrt()
}

/// In place, down the columns of `scores` `[keys, columns]`: 2^(scale * score - most), not yet divided by its sum.
/// Returns each column's sum and most. `columns`: whole panels.
fn softmax(scores: &mut [f32], columns: usize, scale: f32) -> Vec<(f32, f32)> {
    dispatch!(softmax_lanes(scores: &mut [f32], columns: usize, scale: f32) -> Vec<(f32, f32)>)
}

#[inline(always)]
fn softmax_lanes<L: Lanes>(scores: &mut [f32], columns: usize, scale: f32) -> Vec<(f32, f32)> {
    let (mut most, mut sums) = (vec![0.0; columns], vec![0.0; columns]);
    let scale = L::splat(scale);
    for first in (0..columns).step_by(2 * L::N) {
        let second = first + L::N;
        let mut tops = [L::splat(f32::NEG_INFINITY); 2];
        for row in scores.chunks_exact(columns) {
            tops = [L::load(&row[first..]).max(tops[0]), L::load(&row[second..]).max(tops[1])];
        }
        let tops = [tops[0].mul(scale), tops[1].mul(scale)];
        let mut totals = [L::splat(0.0); 2];
        for row in scores.chunks_exact_mut(columns) {
            let scaled = [L::load(&row[first..]).mul(scale), L::load(&row[second..]).mul(scale)];
            let weights = [exp2(scaled[0].sub(tops[0])), exp2(scaled[1].sub(tops[1]))];
            weights[0].store(&mut row[first..]);
            weights[1].store(&mut row[second..]);
            totals = [totals[0].add(weights[0]), totals[1].add(weights[1])];
        }
        tops[0].store(&mut most[first..]);
        tops[1].store(&mut most[second..]);
        totals[0].store(&mut sums[first..]);
        totals[1].store(&mut sums[second..]);
    }
    sums.into_iter().zip(most).collect()
}
