//! The edges of slices, panels, tiles and pieces.

use super::{Random, assert_close, reference, wide};
use crate::kernels::cpu::{
    panels::{Panels, panel_columns},
    product::{COLUMNS, DEPTH, add_panels, add_product},
    split,
    view::View,
};

fn flipped(matrix: &[f32], columns: usize) -> Vec<f32> {
    let view = View::new(matrix, columns);
    (0..columns).flat_map(|column| (0..view.rows).map(move |row| view.at(row, column))).collect()
}

#[test]
fn products_are_right_at_every_edge() {
    let mut random = Random::new(3);
    let most = split::rows(1 << 20);
    let sizes = [
        [1, 1, 1],
        [1, DEPTH, COLUMNS],
        [3, DEPTH - 1, COLUMNS - 1],
        [5, DEPTH + 1, COLUMNS + 1],
        [23, 2 * DEPTH + 3, 2],
        [most, 2, 2 * COLUMNS + 5],
        [most + 1, 5, 3],
        [2 * most + 13, 1, 9],
    ];
    for [rows, depth, columns] in sizes {
        let [a, b, start] = [rows * depth, depth * columns, rows * columns].map(|count| random.values(count));
        let product = reference::affine(&wide(&a), &wide(&b), &vec![0.0; columns]);
        let expected: Vec<f64> = product.iter().zip(wide(&start)).map(|(sum, start)| sum + start).collect();
        let (a_flipped, b_flipped) = (flipped(&a, depth), flipped(&b, columns));
        let as_they_lie = [View::new(&a, depth), View::new(&b, columns)];
        let transposed = [View::new(&a_flipped, rows).transposed(), View::new(&b_flipped, depth).transposed()];
        let [c, other] = [as_they_lie, transposed].map(|[a, b]| {
            let mut c = start.clone();
            add_product(a, b, &mut c);
            c
        });
        assert_close(&c, &expected, 2e-6);
        assert_eq!(c, other, "{rows} x {depth} x {columns}");
    }
}

/// Tiles of all heights, and pieces of any number of threads, sum in the same order.
#[test]
fn a_row_is_the_same_whatever_is_beside_it() {
    let mut random = Random::new(4);
    let (rows, depth, columns) = (split::rows(1 << 20) + 11, DEPTH + 7, 19);
    let [a, b] = [rows * depth, depth * columns].map(|count| random.values(count));
    let (a, b) = (View::new(&a, depth), View::new(&b, columns));
    let product = |a: View| {
        let mut c = vec![0.0; a.rows * columns];
        add_product(a, b, &mut c);
        c
    };
    let all = product(a);
    for row in 0..rows {
        assert_eq!(product(a.row_range(row..row + 1)), all[row * columns..][..columns], "row {row}");
    }
}

#[test]
fn columns_beside_a_product_stay() {
    let (rows, depth, first, columns) = (7, 3, 5, 5 + 2 * panel_columns() + 1);
    let [a, b] = [vec![1.0; rows * depth], vec![1.0; depth * (panel_columns() + 1)]];
    let (a, b) = (Panels::left(View::new(&a, depth)), Panels::right(View::new(&b, panel_columns() + 1)));
    let mut c = vec![9.0; rows * columns];
    add_panels(&a, &b, &mut c, first);
    for row in c.chunks_exact(columns) {
        let sums = row.iter().map(|value| value - 9.0);
        let expected = (0..columns).map(|column| match column {
            column if (first..=first + panel_columns()).contains(&column) => 3.0,
            _ => 0.0,
        });
        assert!(sums.eq(expected), "{row:?}");
    }
}

#[test]
fn panels_in_used_memory_forget_what_was_there() {
    let (old, new) = (vec![7.0; 40 * 50], Random::new(5).values(9 * 11));
    let mut used = Panels::left(View::new(&old, 50));
    used.pack_left(View::new(&new, 11));
    assert_eq!(used.panel(0, 4), Panels::left(View::new(&new, 11)).panel(0, 4));
    used.pack_right(View::new(&new, 11));
    let fresh = Panels::right(View::new(&new, 11));
    assert!(used.panels(panel_columns()).eq(fresh.panels(panel_columns())));
}

#[test]
fn pieces_are_neither_too_small_nor_too_large() {
    let [least, most] = [split::rows(0), split::rows(1 << 20)];
    assert_eq!((least, most), (24, 264));
    for total in (0..3000).chain([1 << 20]) {
        let rows = split::rows(total);
        assert!(rows.is_multiple_of(least) && (least..=most).contains(&rows), "{rows} of {total}");
    }
}
