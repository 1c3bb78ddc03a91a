//! The innermost loop of a matrix product, in which all the time goes: a few rows of A times two vectors of B's columns.

use super::lanes::{Lanes, MOST};

/// Rows of the lowest tile; others have a multiple of that.
pub const LEAST: usize = 4;

/// Rows of the next tile when `left` of them are left and the tallest has `most`.
#[inline(always)]
pub fn height(most: usize, left: usize) -> usize {
    left.next_multiple_of(LEAST).min(most)
}

/// A panel of `M` rows, `[depth, M]`, times one of two vectors of columns, `[depth, 2 * L::N]`.
///
/// Unrolled by hand with a way out after every step. Without the ways out, LLVM shuffles the steps for WebAssembly until
/// the sums no longer fit the registers.
#[inline(always)]
pub fn tile<L: Lanes, const M: usize>(left: &[f32], right: &[f32]) -> [[L; 2]; M] {
    let mut sums = [[L::splat(0.0); 2]; M];
    let mut steps = left.as_chunks().0.iter().zip(right.chunks_exact(2 * L::N));
    macro_rules! step {
        () => {
            let Some((left, right)) = steps.next() else { return sums };
            add_step(&mut sums, left, right);
        };
    }
    loop {
        step!();
        step!();
        step!();
        step!();
        step!();
        step!();
        step!();
        step!();
    }
}

#[inline(always)]
fn add_step<L: Lanes, const M: usize>(sums: &mut [[L; 2]; M], left: &[f32; M], right: &[f32]) {
    let right = [L::load(right), L::load(&right[L::N..])];
    for (sums, factor) in sums.iter_mut().zip(left) {
        let factor = L::splat(*factor);
        *sums = [right[0].mul_add(factor, sums[0]), right[1].mul_add(factor, sums[1])];
    }
}

/// Into the columns from `column` on of up to `M` rows of `columns` values.
#[inline(always)]
pub fn add_tile<L: Lanes, const M: usize>(sums: [[L; 2]; M], rows: &mut [f32], column: usize, columns: usize) {
    if rows.len() == M * columns && column + 2 * L::N <= columns {
        for (row, sums) in sums.into_iter().enumerate() {
            let place = &mut rows[row * columns + column..][..2 * L::N];
            let (first, second) = place.split_at_mut(L::N);
            sums[0].add(L::load(first)).store(first);
            sums[1].add(L::load(second)).store(second);
        }
    } else {
        add_edge(sums, rows, column, columns);
    }
}

/// The tile reaches beyond the last row or column.
#[inline(always)]
fn add_edge<L: Lanes, const M: usize>(sums: [[L; 2]; M], rows: &mut [f32], column: usize, columns: usize) {
    for (row, sums) in rows.chunks_exact_mut(columns).zip(sums) {
        let mut all = [0.0; 2 * MOST];
        sums[0].store(&mut all);
        sums[1].store(&mut all[L::N..]);
        row[column..].iter_mut().zip(&all[..2 * L::N]).for_each(|(place, sum)| *place += sum);
    }
}
