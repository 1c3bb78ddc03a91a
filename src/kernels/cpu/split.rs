//! Work by the piece: over threads with the feature `threads`, otherwise one piece after the other.

#[cfg(feature = "threads")]
use rayon::prelude::*;

/// Most rows of a piece. Every piece packs all of a layer's weights, so that many rows are good; but a slice of them
/// should stay in the second-level cache.
const MOST_ROWS: usize = 11 * LEAST_ROWS;
/// Fewer rows are not worth a piece. Whole tiles on every machine.
const LEAST_ROWS: usize = 24;

/// Rows of each piece but the last when `total` are shared out.
pub fn rows(total: usize) -> usize {
    let pieces = total.div_ceil(MOST_ROWS).next_multiple_of(threads()).max(1);
    total.div_ceil(pieces).next_multiple_of(LEAST_ROWS).max(LEAST_ROWS)
}

fn threads() -> usize {
    #[cfg(feature = "threads")]
    return rayon::current_num_threads();
    #[cfg(not(feature = "threads"))]
    1
}

/// Calls `work` for every piece.
pub fn each<T: Send>(pieces: impl Iterator<Item = T>, work: impl Fn(T) + Sync + Send) {
    #[cfg(feature = "threads")]
    pieces.collect::<Vec<_>>().into_par_iter().for_each(work);
    #[cfg(not(feature = "threads"))]
    pieces.for_each(work);
}

/// What `work` makes of every piece, in order.
pub fn map<T: Send, U: Send>(pieces: Vec<T>, work: impl Fn(T) -> U + Sync + Send) -> Vec<U> {
    #[cfg(feature = "threads")]
    return pieces.into_par_iter().map(work).collect();
    #[cfg(not(feature = "threads"))]
    pieces.into_iter().map(work).collect()
}

/// `count` zeros. Pages are first touched here, which takes time as well.
pub fn zeros(count: usize) -> Vec<f32> {
    #[cfg(feature = "threads")]
    return rayon::iter::repeat_n(0.0, count).with_min_len(1 << 14).collect();
    #[cfg(not(feature = "threads"))]
    vec![0.0; count]
}
