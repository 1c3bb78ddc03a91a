//! Matrix products: `C += A B`. A slice of B is packed and stays in the cache while many rows of A go by.

use super::{
    lanes::{Lanes, dispatch},
    panels::Panels,
    split,
    tile::{add_tile, height, tile},
    view::View,
};
use std::{cell::Cell, ops::Range};

/// Depth that is summed at a time: a panel of B then stays in the cache next to the registers, and C is rarely touched.
pub const DEPTH: usize = 384;
/// Columns of B that are packed at a time: such a slice leaves room in the second-level cache for one of A.
pub const COLUMNS: usize = 256;

thread_local! {
    /// Memory for slices of A and B: products follow one another, and new memory costs time.
    static SLICES: Cell<[Panels; 2]> = Cell::default();
}

/// `c += a b` for `[R, K] x [K, N]`, rows shared out.
pub fn add_product(a: View, b: View, c: &mut [f32]) {
    debug_assert_eq!(c.len(), a.rows * b.columns);
    let rows = split::rows(a.rows);
    split::each(c.chunks_mut((rows * b.columns).max(1)).enumerate(), |(index, c)| {
        let first = index * rows;
        add_rows(a.row_range(first..(first + rows).min(a.rows)), b, c);
    });
}

/// [`add_product`] of so few rows that a slice of them stays in the cache, on this thread.
pub fn add_rows(a: View, b: View, c: &mut [f32]) {
    debug_assert!(a.columns == b.rows && c.len() == a.rows * b.columns);
    let [mut left, mut right] = SLICES.take();
    for depths in ranges(b.rows, DEPTH) {
        left.pack_left(a.column_range(depths.clone()));
        for columns in ranges(b.columns, COLUMNS) {
            right.pack_right(b.row_range(depths.clone()).column_range(columns.clone()));
            add_panels(&left, &right, c, columns.start);
        }
    }
    SLICES.set([left, right]);
}

/// `c += a b`, into the columns of `c` from `first` on. `c` may have more columns behind those of `b`: up to whole panels,
/// they are then written, too.
pub fn add_panels(a: &Panels, b: &Panels, c: &mut [f32], first: usize) {
    dispatch!(add_lanes(a: &Panels, b: &Panels, c: &mut [f32], first: usize));
}

#[inline(always)]
fn add_lanes<L: Lanes>(a: &Panels, b: &Panels, c: &mut [f32], first: usize) {
    let (lines, width) = (a.lines, 2 * L::N);
    let columns = c.len() / lines.max(1);
    debug_assert!(a.depth == b.depth && c.len() == lines * columns && first + b.lines <= columns);
    for depths in ranges(a.depth, DEPTH) {
        for (index, right) in b.panels(width).enumerate() {
            let right = &right[depths.start * width..depths.end * width];
            let column = first + index * width;
            let mut line = 0;
            while line < lines {
                let height = height(L::ROWS, lines - line);
                let left = &a.panel(line, height)[depths.start * height..depths.end * height];
                let rows = &mut c[line * columns..(line + height).min(lines) * columns];
                match height {
                    12 if L::ROWS >= 12 => add_tile(tile::<L, 12>(left, right), rows, column, columns),
                    8 if L::ROWS >= 8 => add_tile(tile::<L, 8>(left, right), rows, column, columns),
                    _ => add_tile(tile::<L, 4>(left, right), rows, column, columns),
                }
                line += height;
            }
        }
    }
}

/// 0 to `end` in ranges of at most `size`.
fn ranges(end: usize, size: usize) -> impl Iterator<Item = Range<usize>> {
    (0..end).step_by(size).map(move |start| start..(start + size).min(end))
}
