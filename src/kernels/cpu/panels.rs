//! Operands of a matrix product, laid out in the order in which the innermost loop reads them.

use super::{
    lanes::{self, Lanes, dispatch, transpose},
    tile::LEAST,
    view::View,
};

/// Columns of the right operand that are multiplied at a time: two vectors.
pub fn panel_columns() -> usize {
    2 * lanes::count()
}

/// The lines of an operand (left: rows, right: columns), some to a panel, panel by panel `[depth, width]`. A right
/// operand's panels are [`panel_columns`] wide, a left one's as wide as a tile is high
/// ([`height`](super::tile::height)). Lines missing in the last panel are 0.
#[derive(Debug, Default)]
pub struct Panels {
    data: Vec<f32>,
    pub lines: usize,
    pub depth: usize,
}

impl Panels {
    pub fn left(matrix: View) -> Self {
        let mut panels = Self::default();
        panels.pack_left(matrix);
        panels
    }

    pub fn right(matrix: View) -> Self {
        let mut panels = Self::default();
        panels.pack_right(matrix);
        panels
    }

    /// Another left operand in the same memory.
    pub fn pack_left(&mut self, matrix: View) {
        self.pack(matrix, lanes::rows(), LEAST);
    }

    /// Another right operand in the same memory.
    pub fn pack_right(&mut self, matrix: View) {
        self.pack(matrix.transposed(), panel_columns(), panel_columns());
    }

    /// `most` rows of `matrix` side by side, in the last panel a multiple of `least`.
    fn pack(&mut self, matrix: View, most: usize, least: usize) {
        (self.lines, self.depth) = (matrix.rows, matrix.columns);
        let end = self.lines.next_multiple_of(least) * self.depth;
        if self.data.len() < end {
            self.data.resize(end, 0.0);
        }
        fill(matrix, most, &mut self.data[..end]);
    }

    /// A left operand's panel from a line on, `[depth, width]`.
    #[inline(always)]
    pub fn panel(&self, first: usize, width: usize) -> &[f32] {
        &self.data[first * self.depth..][..width * self.depth]
    }

    /// Panel by panel of a right operand, `[depth, width]` each.
    #[inline(always)]
    pub fn panels(&self, width: usize) -> std::slice::ChunksExact<'_, f32> {
        let size = self.depth * width;
        self.data[..self.lines.div_ceil(width) * size].chunks_exact(size.max(1))
    }
}

/// Panels that are filled at a time, a piece of each in turn: more would push each other out of the cache.
const TOGETHER: usize = 8;

fn fill(matrix: View, width: usize, panels: &mut [f32]) {
    dispatch!(fill_lanes(matrix: View, width: usize, panels: &mut [f32]));
}

#[inline(always)]
fn fill_lanes<L: Lanes>(matrix: View, width: usize, panels: &mut [f32]) {
    // What this machine has no use for is not compiled.
    match width {
        4 if L::ROWS == 4 => fill_panels::<4>(matrix, panels),
        8 if 2 * L::N == 8 => fill_panels::<8>(matrix, panels),
        12 if L::ROWS == 12 => fill_panels::<12>(matrix, panels),
        16 if 2 * L::N == 16 => fill_panels::<16>(matrix, panels),
        32 if 2 * L::N == 32 => fill_panels::<32>(matrix, panels),
        _ => unreachable!("panels as wide as a tile is high, or of two vectors"),
    }
}

#[inline(always)]
fn fill_panels<const W: usize>(matrix: View, panels: &mut [f32]) {
    let depth = matrix.columns;
    if depth == 0 {
        return;
    }
    if !matrix.by_rows() {
        for (index, panels) in panels.chunks_mut(TOGETHER * W * depth).enumerate() {
            let first = index * TOGETHER * W;
            fill_columns::<W>(matrix.row_range(first..(first + TOGETHER * W).min(matrix.rows)), panels);
        }
        return;
    }
    for (index, panel) in panels.chunks_mut(W * depth).enumerate() {
        let lines = matrix.row_range(index * W..((index + 1) * W).min(matrix.rows));
        match lines.rows {
            whole if whole == W => fill_rows::<W>(lines, panel.as_chunks_mut().0),
            _ => fill_last(lines, panel),
        }
    }
}

/// Columns that lie in one piece each.
#[inline(always)]
fn fill_columns<const W: usize>(matrix: View, panels: &mut [f32]) {
    let depth = matrix.columns;
    let (whole, last) = panels.split_at_mut(matrix.rows / W * W * depth);
    let width = last.len() / depth;
    for step in 0..depth {
        let (lines, rest) = matrix.column(step).as_chunks::<W>();
        for (panel, lines) in whole.chunks_exact_mut(W * depth).zip(lines) {
            *panel[step * W..].first_chunk_mut().expect("a panel has room for each step") = *lines;
        }
        let (lines, none) = last[step * width..][..width].split_at_mut(rest.len());
        lines.copy_from_slice(rest);
        none.fill(0.0);
    }
}

/// Into a panel that has room for more than these rows.
#[inline(always)]
fn fill_last(matrix: View, panel: &mut [f32]) {
    let width = panel.len() / matrix.columns;
    for (depth, step) in panel.chunks_exact_mut(width).enumerate() {
        for (line, value) in step.iter_mut().enumerate() {
            *value = if line < matrix.rows { matrix.at(line, depth) } else { 0.0 };
        }
    }
}

/// Rows that lie in one piece each, in squares of 4x4, which stay in registers.
#[inline(always)]
fn fill_rows<const W: usize>(matrix: View, steps: &mut [[f32; W]]) {
    let (squares, rest) = steps.as_chunks_mut::<4>();
    for group in (0..W).step_by(4) {
        let (a, b) = (matrix.row(group).as_chunks().0, matrix.row(group + 1).as_chunks().0);
        let (c, d) = (matrix.row(group + 2).as_chunks().0, matrix.row(group + 3).as_chunks().0);
        for (square, (((a, b), c), d)) in squares.iter_mut().zip(a.iter().zip(b).zip(c).zip(d)) {
            let columns = transpose([*a, *b, *c, *d]);
            square[0][group..group + 4].copy_from_slice(&columns[0]);
            square[1][group..group + 4].copy_from_slice(&columns[1]);
            square[2][group..group + 4].copy_from_slice(&columns[2]);
            square[3][group..group + 4].copy_from_slice(&columns[3]);
        }
    }
    let whole = squares.len() * 4;
    for (depth, step) in rest.iter_mut().enumerate() {
        *step = std::array::from_fn(|line| matrix.at(line, whole + depth));
    }
}
