//! A transformer block: x1 = x + proj(attention(rope(qkv(norm1(x))))), y = x1 + fc2(activation(fc1(norm2(x1)))).

use super::{
    super::BlockParts,
    AfterShape, BlockShape,
    activation::activate,
    attend::attend_runs,
    attention::{Run, attention},
    norm::normalise,
    product::add_rows,
    rope, split,
    view::View,
    weights::parts,
};

/// What the backward pass needs of the forward one. R rows, D = width, H = heads, M = hidden.
#[derive(Clone, Debug, Default)]
pub struct Saved {
    /// `[R, D]`
    pub normed1: Vec<f32>,
    /// `[R, 3D]`, q and k turned.
    pub qkv: Vec<f32>,
    /// `[R, D]`: what attention returns.
    pub mixed: Vec<f32>,
    /// `[R, H]`: log-sum-exp of the scaled scores.
    pub lse: Vec<f32>,
    /// `[R, D]`: x1.
    pub middle: Vec<f32>,
    /// `[R, D]`
    pub normed2: Vec<f32>,
    /// `[R, M]`, before the activation.
    pub pre: Vec<f32>,
    /// `[R, M]`, after it.
    pub post: Vec<f32>,
}

/// `x` `[R, D]` -> `[R, D]`. `weights` as in [`BlockParts`], `rope` `[R, 2 * D / H]`, `spans` `[R, 4]`.
pub fn block(shape: BlockShape, x: &[f32], weights: &[f32], rope: &[f32], spans: &[i32]) -> Vec<f32> {
    let block = Block::new(shape, weights);
    let qkv = block.project_all(x, rope);
    let (mixed, _) = attention(shape, &qkv, spans);
    drop(qkv);
    block.finish_all(x, &mixed)
}

/// [`block`] on the new rows of sequences, `x` `[count * R, D]`, which attend to each other and to the rows before
/// them; `past` `[count * P, 2D]` has the keys and values of those. Returns those of the new rows, too, `[count * R,
/// 2D]`.
pub fn block_after(shape: AfterShape, x: &[f32], weights: &[f32], rope: &[f32], past: &[f32]) -> (Vec<f32>, Vec<f32>) {
    let AfterShape { block: BlockShape { width, heads, .. }, count, past: before } = shape;
    let block = Block::new(shape.block, weights);
    let qkv = block.project_all(x, rope);
    let mut keys_values = Vec::with_capacity(2 * x.len());
    qkv.chunks_exact(3 * width).for_each(|row| keys_values.extend_from_slice(&row[width..]));
    let new = x.len() / width / count;
    let mut all = Vec::with_capacity(past.len() + keys_values.len());
    let mut runs = Vec::with_capacity(count);
    for i in 0..count {
        all.extend_from_slice(&past[i * before * 2 * width..][..before * 2 * width]);
        all.extend_from_slice(&keys_values[i * new * 2 * width..][..new * 2 * width]);
        runs.push(Run { rows: i * new..(i + 1) * new, keys: i * (before + new)..(i + 1) * (before + new) });
    }
    let mixed = attend_runs(View::new(&qkv, 3 * width).column_range(0..width), &all, runs, heads);
    drop((qkv, all));
    (block.finish_all(x, &mixed), keys_values)
}

/// [`block`], keeping what [`block_backward`](super::block_backward) needs.
pub fn block_saving(shape: BlockShape, x: &[f32], weights: &[f32], rope: &[f32], spans: &[i32]) -> (Vec<f32>, Saved) {
    let (width, hidden) = (shape.width, shape.hidden);
    let block = Block::new(shape, weights);
    let [mut normed1, mut middle, mut normed2, mut y] = [(); 4].map(|()| split::zeros(x.len()));
    let mut qkv = split::zeros(3 * x.len());
    let rows = split::rows(x.len() / width);
    let outputs = normed1.chunks_mut(rows * width).zip(qkv.chunks_mut(rows * 3 * width));
    let pieces = x.chunks(rows * width).zip(rope.chunks(rows * block.rope_width())).zip(outputs);
    split::each(pieces, |((x, rope), (normed, qkv))| block.project(x, rope, normed, qkv));
    let (mixed, lse) = attention(shape, &qkv, spans);
    let [mut pre, mut post] = [(); 2].map(|()| split::zeros(x.len() / width * hidden));
    let [middles, normeds, ys] = [&mut middle, &mut normed2, &mut y].map(|matrix| matrix.chunks_mut(rows * width));
    let [pres, posts] = [&mut pre, &mut post].map(|matrix| matrix.chunks_mut(rows * hidden));
    let outputs = middles.zip(normeds).zip(ys).zip(pres.zip(posts));
    let outputs = outputs.map(|(((middle, normed), y), (pre, post))| Rows { middle, normed, pre, post, y });
    let pieces = x.chunks(rows * width).zip(mixed.chunks(rows * width)).zip(outputs);
    split::each(pieces, |((x, mixed), rows)| block.finish(x, mixed, rows));
    (y, Saved { normed1, qkv, mixed, lse, middle, normed2, pre, post })
}

/// Some rows of what comes after attention; `middle`, `normed` and `y` `[rows, D]`, `pre` and `post` `[rows, M]`.
struct Rows<'a> {
    middle: &'a mut [f32],
    normed: &'a mut [f32],
    pre: &'a mut [f32],
    post: &'a mut [f32],
    y: &'a mut [f32],
}

/// A block and its weights.
struct Block<'a> {
    shape: BlockShape,
    weights: BlockParts<&'a [f32]>,
}

impl<'a> Block<'a> {
    fn new(shape: BlockShape, weights: &'a [f32]) -> Self {
        Self { shape, weights: parts(shape, weights) }
    }

    fn head(&self) -> usize {
        self.shape.width / self.shape.heads
    }

    fn rope_width(&self) -> usize {
        2 * self.head()
    }

    /// Up to attention: q, k and v of all rows, `[R, 3D]`, q and k turned.
    fn project_all(&self, x: &[f32], rope: &[f32]) -> Vec<f32> {
        let width = self.shape.width;
        let mut qkv = vec![0.0; 3 * x.len()];
        let rows = split::rows(x.len() / width);
        let pieces = x.chunks(rows * width).zip(rope.chunks(rows * self.rope_width()));
        let pieces = pieces.zip(qkv.chunks_mut(3 * rows * width));
        split::each(pieces, |((x, rope), qkv)| self.project(x, rope, &mut vec![0.0; x.len()], qkv));
        qkv
    }

    /// From attention on, all rows: `[R, D]`.
    fn finish_all(&self, x: &[f32], mixed: &[f32]) -> Vec<f32> {
        let (width, hidden) = (self.shape.width, self.shape.hidden);
        let mut y = vec![0.0; x.len()];
        let size = split::rows(x.len() / width) * width;
        let pieces = x.chunks(size).zip(mixed.chunks(size)).zip(y.chunks_mut(size));
        split::each(pieces, |((x, mixed), y)| {
            let [mut middle, mut normed] = [(); 2].map(|()| vec![0.0; x.len()]);
            let [mut pre, mut post] = [(); 2].map(|()| vec![0.0; x.len() / width * hidden]);
            let rows = Rows { middle: &mut middle, normed: &mut normed, pre: &mut pre, post: &mut post, y };
            self.finish(x, mixed, rows);
        });
        y
    }

    /// Up to attention: q, k and v of some rows, q and k turned.
    fn project(&self, x: &[f32], rope: &[f32], normed: &mut [f32], qkv: &mut [f32]) {
        normalise(x, self.weights.norm1, self.shape.epsilon, self.shape.width, normed);
        fill_rows(qkv, self.weights.qkv_bias);
        add_rows(View::new(normed, self.shape.width), View::new(self.weights.qkv, 3 * self.shape.width), qkv);
        rope::turn(qkv, rope, self.shape.width, self.head());
    }

    /// From attention on. All between stays in the cache.
    fn finish(&self, x: &[f32], mixed: &[f32], rows: Rows) {
        let Self { shape, weights, .. } = self;
        let Rows { middle, normed, pre, post, y } = rows;
        fill_sum(middle, x, weights.proj_bias);
        add_rows(View::new(mixed, shape.width), View::new(weights.proj, shape.width), middle);
        normalise(middle, weights.norm2, shape.epsilon, shape.width, normed);
        fill_rows(pre, weights.fc1_bias);
        add_rows(View::new(normed, shape.width), View::new(weights.fc1, shape.hidden), pre);
        activate(shape.activation, pre, post);
        fill_sum(y, middle, weights.fc2_bias);
        add_rows(View::new(post, shape.hidden), View::new(weights.fc2, shape.width), y);
    }
}

/// Every row becomes `row`.
fn fill_rows(rows: &mut [f32], row: &[f32]) {
    rows.chunks_exact_mut(row.len()).for_each(|place| place.copy_from_slice(row));
}

/// Every row becomes the one in `terms` plus `row`.
fn fill_sum(rows: &mut [f32], terms: &[f32], row: &[f32]) {
    for (place, terms) in rows.chunks_exact_mut(row.len()).zip(terms.chunks_exact(row.len())) {
        place.iter_mut().zip(terms.iter().zip(row)).for_each(|(place, (a, b))| *place = a + b);
    }
}
