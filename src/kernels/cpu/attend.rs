//! Attention of a few queries to many keys, as a pooler has it.

use super::{
    attention::{Run, mix},
    split,
    view::View,
};

/// `queries` `[Q, width]`, `keys_values` `[R, 2 * width]`, `spans` `[Q, 2]` -> `[Q, width]`.
pub fn attend(queries: &[f32], keys_values: &[f32], spans: &[i32], width: usize, heads: usize) -> Vec<f32> {
    let runs = Run::all(spans.as_chunks().0.iter().copied());
    attend_runs(View::new(queries, width), keys_values, runs, heads)
}

/// The same for `runs` of queries, one after the other, that attend to the same keys: those are packed once.
pub fn attend_runs(q: View, keys_values: &[f32], runs: Vec<Run>, heads: usize) -> Vec<f32> {
    let (width, size) = (q.columns, q.columns / heads);
    let kv = View::new(keys_values, 2 * width);
    let pieces = runs.into_iter().flat_map(|run| (0..heads).map(move |head| (run.clone(), head * size)));
    let mut mixed = vec![0.0; q.rows * width];
    let done = split::map(pieces.collect(), |(Run { rows, keys }, first)| {
        let [k, v] = [first, width + first].map(|at| kv.row_range(keys.clone()).column_range(at..at + size));
        (mix(q.row_range(rows.clone()).column_range(first..first + size), k, v).0, rows, first)
    });
    for (values, queries, first) in done {
        for (query, values) in queries.zip(values.chunks_exact(size)) {
            mixed[query * width + first..][..size].copy_from_slice(values);
        }
    }
    mixed
}
