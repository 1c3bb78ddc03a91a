//! Gradients of attention. The scores are computed again, a few queries at a time, instead of having been kept.

use super::{
    BlockShape,
    attention::{Head, Run, scale},
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
const QUERIES: usize = 64;

/// What the forward pass left: `qkv` `[R, 3 * width]`, `mixed` `[R, width]`, `lse` `[R, heads]`.
#[derive(Clone, Copy)]
pub struct Attended<'a> {
    pub qkv: &'a [f32],
    pub mixed: &'a [f32],
    pub lse: &'a [f32],
}

/// The gradient of `qkv` `[R, 3 * width]`, from that of `mixed` `[R, width]`; `spans` `[R, 4]`.
pub fn attention_backward(shape: BlockShape, attended: Attended, dmixed: &[f32], spans: &[i32]) -> Vec<f32> {
    let columns = 3 * shape.width;
    let mut dqkv = vec![0.0; attended.qkv.len()];
    let done = split::map(Head::each(shape, sequences(spans)), |(runs, head)| {
        (HeadBackward::new(shape, attended, dmixed, &runs, head).run(&runs), runs[0].rows.start, head)
    });
    for (gradients, first, head) in done {
        for (part, gradient) in gradients.iter().enumerate() {
            head.put(gradient, &mut dqkv, columns, [first, part * shape.width]);
        }
    }
    dqkv
}

/// The runs of each sequence, or part of one, beyond which none of its rows attends or is attended to.
fn sequences(spans: &[i32]) -> Vec<Vec<Run>> {
    let (spans, _) = spans.as_chunks::<4>();
    let mut sequences: Vec<Vec<Run>> = Vec::new();
    let mut end = 0;
    for run in Run::all(spans.iter().map(|[from, to, ..]| [*from, *to])) {
        let [.., last] = spans[run.rows.start];
        if run.rows.start >= end {
            sequences.push(Vec::new());
        }
        end = end.max(last as usize);
        sequences.last_mut().expect("begun above").push(run);
    }
    sequences
}

/// One head of one sequence; all views are `[rows, size]`.
struct HeadBackward<'a> {
    rows: Range<usize>,
    q: View<'a>,
    k: View<'a>,
    v: View<'a>,
    dmixed: View<'a>,
    /// Log-sum-exp of every query's scores, to base 2.
    lse: Vec<f32>,
    /// Every query's dmixed * mixed: what its softmax takes off each gradient.
    drop: Vec<f32>,
}

impl<'a> HeadBackward<'a> {
    fn new(shape: BlockShape, attended: Attended<'a>, dmixed: &'a [f32], runs: &[Run], head: Head) -> Self {
        let (width, Attended { qkv, mixed, lse }) = (shape.width, attended);
        let rows = runs[0].rows.start..runs[runs.len() - 1].rows.end;
        let [q, k, v] = [0, 1, 2].map(|part| head.view(View::new(qkv, 3 * width), &rows, width, part));
        let [mixed, dmixed] = [mixed, dmixed].map(|matrix| head.view(View::new(matrix, width), &rows, width, 0));
        let along = |row| (0..mixed.columns).map(|c| mixed.at(row, c) * dmixed.at(row, c)).sum();
        let drop = (0..rows.len()).map(along).collect();
        let lse = head.along(lse, shape.heads, &rows).map(|lse| lse * LOG2_E).collect();
        Self { rows, q, k, v, dmixed, lse, drop }
    }

    /// Gradients of q, k and v, `[rows, size]` each. A key's are summed in the order of the runs.
    fn run(&self, runs: &[Run]) -> [Vec<f32>; 3] {
        let mut gradients = [(); 3].map(|()| vec![0.0; self.q.rows * self.q.columns]);
        for run in runs {
            let [rows, keys] =
                [&run.rows, &run.keys].map(|range| range.start - self.rows.start..range.end - self.rows.start);
            self.add(rows, keys, &mut gradients);
        }
        gradients
    }

    /// Add what comes of some `queries` and the `keys` all of them attend to.
    fn add(&self, queries: Range<usize>, keys: Range<usize>, [dq, dk, dv]: &mut [Vec<f32>; 3]) {
        let size = self.q.columns;
        let [dk, dv] = [dk, dv].map(|gradient| &mut gradient[keys.start * size..keys.end * size]);
        let [k, v] = [self.k, self.v].map(|matrix| matrix.row_range(keys.clone()));
        let (keys, values, keys_right) = (Panels::left(k), Panels::left(v), Panels::right(k));
        let [mut weights, mut dscores] = [const { Vec::new() }; 2];
        for first in queries.clone().step_by(QUERIES) {
            let range = first..(first + QUERIES).min(queries.end);
            let (q, dmixed) = (self.q.row_range(range.clone()), self.dmixed.row_range(range.clone()));
            // Both keys by queries, as in the forward pass.
            let columns = range.len().next_multiple_of(panel_columns());
            for matrix in [&mut weights, &mut dscores] {
                matrix.clear();
                matrix.resize(k.rows * columns, 0.0);
            }
            add_panels(&keys, &Panels::right(q.transposed()), &mut weights, 0);
            add_panels(&values, &Panels::right(dmixed.transposed()), &mut dscores, 0);
            let [lse, drop] = [&self.lse, &self.drop].map(|values| {
                let mut values = values[range.clone()].to_vec();
                values.resize(columns, 0.0);
                values
            });
            softmax_backward(&mut weights, &mut dscores, &lse, &drop, size);
            let [weights, dscores] =
                [&weights, &dscores].map(|matrix| View::new(matrix, columns).column_range(0..range.len()));
            add_panels(&Panels::left(weights), &Panels::right(dmixed), dv, 0);
            add_panels(&Panels::left(dscores), &Panels::right(q), dk, 0);
            let dq = &mut dq[range.start * size..range.end * size];
            add_panels(&Panels::left(dscores.transposed()), &keys_right, dq, 0);
        }
    }
}

/// In place: products of keys and queries become the softmax's weights, and gradients of the weights those of the
/// products. All `[keys, columns]`; `lse` and `drop` `[columns]`, whole panels.
fn softmax_backward(products: &mut [f32], gradients: &mut [f32], lse: &[f32], drop: &[f32], size: usize) {
    dispatch!(softmax_backward_lanes(
        products: &mut [f32],
        gradients: &mut [f32],
        lse: &[f32],
        drop: &[f32],
        size: usize
    ));
}

#[inline(always)]
fn softmax_backward_lanes<L: Lanes>(
    products: &mut [f32],
    gradients: &mut [f32],
    lse: &[f32],
    drop: &[f32],
    size: usize,
) {
    let (power, factor) = (L::splat(scale(size)), L::splat(scale(size) * LN_2));
    for (products, gradients) in products.chunks_exact_mut(lse.len()).zip(gradients.chunks_exact_mut(lse.len())) {
        let per_query = lse.chunks_exact(L::N).zip(drop.chunks_exact(L::N));
        let values = products.chunks_exact_mut(L::N).zip(gradients.chunks_exact_mut(L::N));
        for ((product, gradient), (lse, drop)) in values.zip(per_query) {
            let weight = exp2(L::load(product).mul(power).sub(L::load(lse)));
            weight.store(product);
            L::load(gradient).sub(L::load(drop)).mul(weight).mul(factor).store(gradient);
        }
    }
}
