//! Gradients of attention. The scores are computed again, a few queries at a time, instead of having been kept.

use super::{
    BlockShape,
    attention::{Head, scale},
    functions::exp2,
    lanes::{Lanes, dispatch},
    panels::{Panels, panel_columns},
    product::{add_loose, add_panels},
    split,
    view::View,
};
use std::f32::consts::{LN_2, LOG2_E};

/// Queries whose scores are computed together.
const QUERIES: usize = 64;

/// What the forward pass left: `qkv` `[R, 3 * width]`, `mixed` `[R, width]`, `lse` `[R, heads]`.
#[derive(Clone, Copy)]
pub struct Attended<'a> {
    pub qkv: &'a [f32],
    pub mixed: &'a [f32],
    pub lse: &'a [f32],
}

/// The gradient of `qkv` `[R, 3 * width]`, from that of `mixed` `[R, width]`.
pub fn attention_backward(shape: BlockShape, attended: Attended, dmixed: &[f32], spans: &[i32]) -> Vec<f32> {
    let columns = 3 * shape.width;
    let mut dqkv = vec![0.0; attended.qkv.len()];
    let done =
        split::map(Head::all(shape, spans), |head| (HeadBackward::new(shape, attended, dmixed, &head).run(), head));
    for (gradients, head) in done {
        for (part, gradient) in gradients.iter().enumerate() {
            head.put(gradient, &mut dqkv, columns, part * shape.width);
        }
    }
    dqkv
}

/// One head of one sequence; all views are `[rows, size]`.
struct HeadBackward<'a> {
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
    fn new(shape: BlockShape, Attended { qkv, mixed, lse }: Attended<'a>, dmixed: &'a [f32], head: &Head) -> Self {
        let [q, k, v] = [0, 1, 2].map(|part| head.view(qkv, 3 * shape.width, shape, part));
        let [mixed, dmixed] = [mixed, dmixed].map(|matrix| head.view(matrix, shape.width, shape, 0));
        let along = |row| (0..head.size).map(|c| mixed.at(row, c) * dmixed.at(row, c)).sum();
        let drop = (0..head.rows.len()).map(along).collect();
        let lse = head.rows.clone().map(|row| lse[row * shape.heads + head.index] * LOG2_E).collect();
        Self { q, k, v, dmixed, lse, drop }
    }

    /// Gradients of q, k and v, `[rows, size]` each.
    fn run(&self) -> [Vec<f32>; 3] {
        let (rows, size) = (self.q.rows, self.q.columns);
        let [mut dq, mut dk, mut dv] = [(); 3].map(|()| vec![0.0; rows * size]);
        let (keys, values, keys_right) = (Panels::left(self.k), Panels::left(self.v), Panels::right(self.k));
        let [mut weights, mut dscores] = [const { Vec::new() }; 2];
        for (index, dq) in dq.chunks_mut(QUERIES * size).enumerate() {
            let first = index * QUERIES;
            let range = first..(first + QUERIES).min(rows);
            let (q, dmixed) = (self.q.row_range(range.clone()), self.dmixed.row_range(range.clone()));
            // Both keys by queries, as in the forward pass.
            let columns = range.len().next_multiple_of(panel_columns());
            for matrix in [&mut weights, &mut dscores] {
                matrix.clear();
                matrix.resize(rows * columns, 0.0);
            }
            add_panels(&keys, &Panels::right(q.transposed()), &mut weights);
            add_panels(&values, &Panels::right(dmixed.transposed()), &mut dscores);
            let [lse, drop] = [&self.lse, &self.drop].map(|values| {
                let mut values = values[range.clone()].to_vec();
                values.resize(columns, 0.0);
                values
            });
            softmax_backward(&mut weights, &mut dscores, &lse, &drop, size);
            let [weights, dscores] =
                [&weights, &dscores].map(|matrix| View::new(matrix, columns).column_range(0..range.len()));
            add_loose(weights, &Panels::right(dmixed), &mut dv);
            add_loose(dscores, &Panels::right(q), &mut dk);
            add_loose(dscores.transposed(), &keys_right, dq);
        }
        [dq, dk, dv]
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
    ))
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
