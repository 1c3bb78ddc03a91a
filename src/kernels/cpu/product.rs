//! Matrix products: `C += A B`, from panels of A and B.

use super::{
    lanes::{Lanes, MOST, dispatch},
    left::Left,
    panels::{Panels, ROWS},
    split,
    view::View,
};

/// Rows of C that are computed together: their left panels stay in the second-level cache.
pub const BLOCK: usize = 32;
/// Depth that is summed at a time: one panel of each operand stays in the first-level cache.
pub const DEPTH: usize = 384;

/// `c += a b` for `[a.rows, a.columns] x [b.depth, b.lines]`.
pub fn add_product(a: View, b: &Panels, c: &mut [f32]) {
    debug_assert_eq!(c.len(), a.rows * b.lines);
    split::each(c.chunks_mut((BLOCK * b.lines).max(1)).enumerate(), |(index, rows)| {
        let first = index * BLOCK;
        let block = a.row_range(first..(first + BLOCK).min(a.rows));
        match block.by_rows() {
            true => add_loose(block, b, rows),
            // Every panel of b would jump through all of it again.
            false => add_panels(&Panels::left(block), b, rows),
        }
    });
}

/// `c += a b`. `c` may have more columns than `b.lines`: up to whole panels, they are then written, too.
pub fn add_panels(a: &Panels, b: &Panels, c: &mut [f32]) {
    dispatch!(add_lanes(a: &Panels, b: &Panels, c: &mut [f32]));
}

/// [`add_panels`] with a left operand that isn't packed, because it is read in order or only once.
#[cfg(target_arch = "x86_64")]
pub fn add_loose(a: View, b: &Panels, c: &mut [f32]) {
    let a = &a;
    dispatch!(add_lanes(a: &View, b: &Panels, c: &mut [f32]));
}

/// [`add_panels`] with a left operand that isn't packed yet.
#[cfg(not(target_arch = "x86_64"))]
pub fn add_loose(a: View, b: &Panels, c: &mut [f32]) {
    add_panels(&Panels::left(a), b, c);
}

#[inline(always)]
fn add_lanes<L: Lanes>(a: &impl Left, b: &Panels, c: &mut [f32]) {
    let (lines, depth) = (a.lines(), a.depth());
    debug_assert!(depth == b.depth && c.len() >= lines * b.lines && c.len().is_multiple_of(lines.max(1)));
    let (width, columns) = (2 * L::N, c.len() / lines.max(1));
    for start in (0..depth).step_by(DEPTH) {
        let end = (start + DEPTH).min(depth);
        for (index, right) in b.iter().enumerate() {
            let right = &right[start * width..end * width];
            let column = index * width;
            for (index, rows) in c.chunks_mut(ROWS * columns).enumerate() {
                let sums = tile::<L>(a.steps(index, start..end), right);
                add_tile(sums, rows, column, columns);
            }
        }
    }
}

/// Four rows of the left panel times two vectors of the right: the loop in which all the time goes.
///
/// Unrolled by hand with a way out after every step. Without the ways out, LLVM shuffles the steps for WebAssembly until
/// the sums no longer fit the registers; and eight sums are what V8 keeps in registers.
#[inline(always)]
fn tile<L: Lanes>(left: impl Iterator<Item: AsRef<[f32]>>, right: &[f32]) -> [[L; 2]; ROWS] {
    let mut sums = [[L::splat(0.0); 2]; ROWS];
    let mut steps = left.zip(right.chunks_exact(2 * L::N));
    macro_rules! step {
        () => {
            let Some((left, right)) = steps.next() else { return sums };
            sums = add_step(sums, left.as_ref(), right);
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
fn add_step<L: Lanes>(sums: [[L; 2]; ROWS], left: &[f32], right: &[f32]) -> [[L; 2]; ROWS] {
    let right = [L::load(right), L::load(&right[L::N..])];
    [
        add_scaled(sums[0], left[0], right),
        add_scaled(sums[1], left[1], right),
        add_scaled(sums[2], left[2], right),
        add_scaled(sums[3], left[3], right),
    ]
}

#[inline(always)]
fn add_scaled<L: Lanes>(sums: [L; 2], factor: f32, right: [L; 2]) -> [L; 2] {
    let factor = L::splat(factor);
    [right[0].mul_add(factor, sums[0]), right[1].mul_add(factor, sums[1])]
}

/// Into the columns from `column` on of up to four rows of `columns` values.
#[inline(always)]
fn add_tile<L: Lanes>(sums: [[L; 2]; ROWS], rows: &mut [f32], column: usize, columns: usize) {
    if rows.len() == ROWS * columns && column + 2 * L::N <= columns {
        add_row(sums[0], &mut rows[column..]);
        add_row(sums[1], &mut rows[columns + column..]);
        add_row(sums[2], &mut rows[2 * columns + column..]);
        add_row(sums[3], &mut rows[3 * columns + column..]);
    } else {
        add_edge(sums, rows, column, columns);
    }
}

#[inline(always)]
fn add_row<L: Lanes>(sums: [L; 2], place: &mut [f32]) {
    let (first, second) = place[..2 * L::N].split_at_mut(L::N);
    sums[0].add(L::load(first)).store(first);
    sums[1].add(L::load(second)).store(second);
}

/// The tile reaches beyond the last row or column.
#[inline(always)]
fn add_edge<L: Lanes>(sums: [[L; 2]; ROWS], rows: &mut [f32], column: usize, columns: usize) {
    for (row, sums) in rows.chunks_exact_mut(columns).zip(sums) {
        let mut all = [0.0; 2 * MOST];
        sums[0].store(&mut all);
        sums[1].store(&mut all[L::N..]);
        row[column..].iter_mut().zip(&all[..2 * L::N]).for_each(|(place, sum)| *place += sum);
    }
}
