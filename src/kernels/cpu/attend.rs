//! Attention of a few queries to many keys, as a pooler has it.

use super::{attention::mix, split, view::View};
use std::ops::Range;

/// `queries` `[Q, width]`, `keys_values` `[R, 2 * width]`, `spans` `[Q, 2]` -> `[Q, width]`.
pub fn attend(queries: &[f32], keys_values: &[f32], spans: &[i32], width: usize, heads: usize) -> Vec<f32> {
    let size = width / heads;
    let (q, kv) = (View::new(queries, width), View::new(keys_values, 2 * width));
    let pieces = runs(spans).into_iter().flat_map(|run| (0..heads).map(move |head| (run.clone(), head * size)));
    let mut mixed = vec![0.0; queries.len()];
    let done = split::map(pieces.collect(), |((queries, rows), first)| {
        let [k, v] = [first, width + first].map(|at| kv.row_range(rows.clone()).column_range(at..at + size));
        (mix(q.row_range(queries.clone()).column_range(first..first + size), k, v).0, queries, first)
    });
    for (values, queries, first) in done {
        for (query, values) in queries.zip(values.chunks_exact(size)) {
            mixed[query * width + first..][..size].copy_from_slice(values);
        }
    }
    mixed
}

/// Queries one after the other that attend to the same rows, which are then packed once: `(queries, rows)`.
fn runs(spans: &[i32]) -> Vec<(Range<usize>, Range<usize>)> {
    let mut runs: Vec<(Range<usize>, Range<usize>)> = Vec::new();
    for (query, span) in spans.chunks_exact(2).enumerate() {
        let rows = span[0] as usize..span[1] as usize;
        match runs.last_mut() {
            Some((queries, same)) if *same == rows => queries.end = query + 1,
            _ => runs.push((query..query + 1, rows)),
        }
    }
    runs
}
