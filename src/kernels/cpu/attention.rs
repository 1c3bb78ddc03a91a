//! Attention of consecutive rows to the same keys, one head at a time, a few queries at a time: scores never fill more
//! than a tile.

use super::{
    BlockShape,
    functions::exp2,
    lanes::{Lanes, dispatch},
    panels::{Panels, panel_columns},
    product::add_panels,
    split,
    view::View,
};
use std::{
    f32::consts::{LN_2, LOG2_E},
    ops::Range,
};

/// Queries whose scores are computed together.
const QUERIES: usize = 32;

/// Consecutive rows that attend to the same keys.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    pub rows: Range<usize>,
    pub keys: Range<usize>,
}

impl Run {
    /// All of them, of the keys' first row and end that each row has.
    pub fn all(keys: impl Iterator<Item = [i32; 2]>) -> Vec<Self> {
        let mut runs: Vec<Self> = Vec::new();
        for (row, [from, to]) in keys.enumerate() {
            let keys = from as usize..to as usize;
            match runs.last_mut() {
                Some(run) if run.keys == keys => run.rows.end = row + 1,
                _ => runs.push(Self { rows: row..row + 1, keys }),
            }
        }
        runs
    }
}

/// The columns of one head.
#[derive(Clone, Copy)]
pub struct Head {
    index: usize,
    size: usize,
}

impl Head {
    /// Every piece of work with every head of a block.
    pub fn each<T: Clone>(shape: BlockShape, pieces: Vec<T>) -> Vec<(T, Self)> {
        let size = shape.width / shape.heads;
        let heads = |piece: T| (0..shape.heads).map(move |index| (piece.clone(), Self { index, size }));
        pieces.into_iter().flat_map(heads).collect()
    }

    /// This head's part of a matrix `[R, ...]`; `part`: 0 for q, 1 for k, 2 for v in `[R, 3 * width]`.
    pub fn view<'a>(self, matrix: View<'a>, rows: &Range<usize>, width: usize, part: usize) -> View<'a> {
        let first = part * width + self.index * self.size;
        matrix.row_range(rows.clone()).column_range(first..first + self.size)
    }

    /// Into this head's columns of `matrix` `[R, columns]` from row and column `at` on.
    pub fn put(self, values: &[f32], matrix: &mut [f32], columns: usize, [row, first]: [usize; 2]) {
        let first = first + self.index * self.size;
        let rows = matrix[row * columns..].chunks_exact_mut(columns);
        for (row, values) in rows.zip(values.chunks_exact(self.size)) {
            row[first..first + self.size].copy_from_slice(values);
        }
    }

    /// This head's value of every row of `rows`, of `matrix` `[R, heads]`.
    pub fn along<'a>(self, matrix: &'a [f32], heads: usize, rows: &Range<usize>) -> impl Iterator<Item = f32> + 'a {
        matrix[self.index..].iter().step_by(heads).skip(rows.start).take(rows.len()).copied()
    }
}

/// `qkv` `[R, 3 * width]`, `spans` `[R, 4]` -> the values mixed, `[R, width]`, and the log-sum-exp of every row's
/// scaled scores, `[R, heads]`.
pub fn attention(shape: BlockShape, qkv: &[f32], spans: &[i32]) -> (Vec<f32>, Vec<f32>) {
    let (width, rows) = (shape.width, spans.len() / 4);
    debug_assert_eq!(qkv.len(), rows * 3 * width);
    let (mut mixed, mut lse) = (vec![0.0; rows * width], vec![0.0; rows * shape.heads]);
    let qkv = View::new(qkv, 3 * width);
    let runs = Run::all(spans.as_chunks().0.iter().map(|[from, to, ..]: &[i32; 4]| [*from, *to]));
    let done = split::map(Head::each(shape, runs), |(run, head)| {
        let [k, v] = [1, 2].map(|part| head.view(qkv, &run.keys, width, part));
        (mix(head.view(qkv, &run.rows, width, 0), k, v), run, head)
    });
    for ((head_mixed, head_lse), Run { rows, .. }, head) in done {
        head.put(&head_mixed, &mut mixed, width, [rows.start, 0]);
        for (row, value) in rows.zip(head_lse) {
            lse[row * shape.heads + head.index] = value;
        }
    }
    (mixed, lse)
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
        add_panels(&keys, &Panels::right(q.row_range(queries.clone()).transposed()), &mut scores, 0);
        let sums = softmax(&mut scores, columns, scale(size));
        let weights = View::new(&scores, columns).column_range(0..queries.len());
        add_panels(&Panels::left(weights.transposed()), &values, mixed, 0);
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
