//! The left operand of a product as the innermost loop asks for it: [`ROWS`] rows at a time, step by step along the depth.

use super::panels::{Panels, ROWS};
#[cfg(target_arch = "x86_64")]
use super::view::View;
use std::ops::Range;

pub trait Left {
    fn lines(&self) -> usize;
    fn depth(&self) -> usize;
    /// One value of each of the rows from `ROWS * index` on, for every depth of a range. A row beyond the last may be anything.
    fn steps(&self, index: usize, depths: Range<usize>) -> impl Iterator<Item: AsRef<[f32]>>;
}

impl Left for Panels {
    #[inline(always)]
    fn lines(&self) -> usize {
        self.lines
    }

    #[inline(always)]
    fn depth(&self) -> usize {
        self.depth
    }

    #[inline(always)]
    fn steps(&self, index: usize, depths: Range<usize>) -> impl Iterator<Item: AsRef<[f32]>> {
        self.panel(index)[depths.start * ROWS..depths.end * ROWS].chunks_exact(ROWS)
    }
}

#[cfg(target_arch = "x86_64")]
impl Left for View<'_> {
    #[inline(always)]
    fn lines(&self) -> usize {
        self.rows
    }

    #[inline(always)]
    fn depth(&self) -> usize {
        self.columns
    }

    #[inline(always)]
    fn steps(&self, index: usize, depths: Range<usize>) -> impl Iterator<Item: AsRef<[f32]>> {
        let first = ROWS * index;
        self.walk([0, 1, 2, 3].map(|row| (first + row).min(self.rows - 1)), depths)
    }
}
