//! A matrix where it lies: rows and columns of a slice, with steps between them.

use std::ops::Range;

/// `rows x columns` values; one of the two steps is 1.
#[derive(Clone, Copy)]
pub struct View<'a> {
    data: &'a [f32],
    pub rows: usize,
    pub columns: usize,
    row_step: usize,
    column_step: usize,
}

impl<'a> View<'a> {
    /// All of `data`, `[data.len() / columns, columns]` row by row.
    pub fn new(data: &'a [f32], columns: usize) -> Self {
        let rows = data.len().checked_div(columns).unwrap_or(0);
        debug_assert_eq!(rows * columns, data.len(), "whole rows of {columns}");
        Self { data, rows, columns, row_step: columns, column_step: 1 }
    }

    pub fn transposed(self) -> Self {
        let Self { data, rows, columns, row_step, column_step } = self;
        Self { data, rows: columns, columns: rows, row_step: column_step, column_step: row_step }
    }

    pub fn row_range(self, range: Range<usize>) -> Self {
        debug_assert!(range.end <= self.rows);
        let data = self.data.get(range.start * self.row_step..).unwrap_or_default();
        Self { data, rows: range.len(), ..self }
    }

    pub fn column_range(self, range: Range<usize>) -> Self {
        self.transposed().row_range(range).transposed()
    }

    /// One row, whose values must lie side by side.
    #[inline(always)]
    pub fn row(&self, row: usize) -> &'a [f32] {
        debug_assert!(self.column_step == 1 && row < self.rows);
        &self.data[row * self.row_step..][..self.columns]
    }

    /// One column, whose values must lie side by side.
    #[inline(always)]
    pub fn column(&self, column: usize) -> &'a [f32] {
        self.transposed().row(column)
    }

    #[inline(always)]
    pub fn at(&self, row: usize, column: usize) -> f32 {
        self.data[row * self.row_step + column * self.column_step]
    }

    /// Whether a row's values lie side by side.
    pub fn by_rows(&self) -> bool {
        self.column_step == 1
    }
}
