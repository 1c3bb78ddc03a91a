//! Operands of a matrix product, laid out in the order in which the innermost loop reads them.

use super::{
    lanes::{self, transpose},
    view::View,
};

/// Rows of the left operand that are multiplied at a time.
pub const ROWS: usize = 4;

/// Columns of the right operand that are multiplied at a time: two vectors.
pub fn panel_columns() -> usize {
    2 * lanes::count()
}

/// The lines of an operand (left: rows, right: columns), `width` to a panel: `[lines / width, depth, width]`.
/// Lines missing in the last panel are 0.
pub struct Panels {
    data: Vec<f32>,
    pub lines: usize,
    pub depth: usize,
    pub width: usize,
}

impl Panels {
    pub fn left(matrix: View) -> Self {
        Self::pack(matrix, ROWS)
    }

    pub fn right(matrix: View) -> Self {
        Self::pack(matrix.transposed(), panel_columns())
    }

    /// `width` rows of `matrix` side by side.
    fn pack(matrix: View, width: usize) -> Self {
        let (lines, depth) = (matrix.rows, matrix.columns);
        let mut data = vec![0.0; lines.next_multiple_of(width) * depth];
        match width {
            4 => fill::<4>(matrix, &mut data),
            8 => fill::<8>(matrix, &mut data),
            #[cfg(target_arch = "x86_64")]
            16 => fill::<16>(matrix, &mut data),
            #[cfg(target_arch = "x86_64")]
            32 => fill::<32>(matrix, &mut data),
            _ => unreachable!("panels of four lines, or of two vectors"),
        }
        Self { data, lines, depth, width }
    }

    /// One panel, `[depth, width]`.
    #[inline(always)]
    pub fn panel(&self, index: usize) -> &[f32] {
        let size = self.depth * self.width;
        &self.data[index * size..][..size]
    }

    /// Panel by panel, `[depth, width]` each.
    pub fn iter(&self) -> std::slice::ChunksExact<'_, f32> {
        self.data.chunks_exact((self.depth * self.width).max(1))
    }
}

fn fill<const W: usize>(matrix: View, data: &mut [f32]) {
    let size = (matrix.columns * W).max(1);
    for (index, panel) in data.chunks_exact_mut(size).enumerate() {
        let (first, (steps, _)) = (index * W, panel.as_chunks_mut());
        if first + W > matrix.rows {
            fill_last::<W>(matrix, first, steps);
        } else if matrix.by_rows() {
            fill_rows::<W>(matrix, first, steps);
        } else {
            steps.iter_mut().enumerate().for_each(|(depth, step)| *step = matrix.along_column(first, depth));
        }
    }
}

fn fill_last<const W: usize>(matrix: View, first: usize, steps: &mut [[f32; W]]) {
    for (depth, step) in steps.iter_mut().enumerate() {
        let line = |line| if first + line < matrix.rows { matrix.at(first + line, depth) } else { 0.0 };
        *step = std::array::from_fn(line);
    }
}

/// In squares of 4x4, which stay in registers.
fn fill_rows<const W: usize>(matrix: View, first: usize, steps: &mut [[f32; W]]) {
    let (squares, rest) = steps.as_chunks_mut::<4>();
    for group in (0..W).step_by(4) {
        let line = first + group;
        let (a, b) = (matrix.row(line).as_chunks().0, matrix.row(line + 1).as_chunks().0);
        let (c, d) = (matrix.row(line + 2).as_chunks().0, matrix.row(line + 3).as_chunks().0);
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
        *step = std::array::from_fn(|line| matrix.at(first + line, whole + depth));
    }
}
