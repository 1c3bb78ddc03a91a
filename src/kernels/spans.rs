//! The sequences of a ragged batch, and which of their rows attend to which.

use burn::tensor::{Device, Int, Tensor, TensorData};
use std::{ops::Range, sync::Arc};

/// Rows of a ragged batch, one sequence after the other, each cut into tubelets: a row attends to its own tubelet and
/// to some before it. A sequence of one tubelet has full attention.
#[derive(Debug, Clone)]
pub struct Spans {
    /// `[R, 4]`, what kernels read. For each row the first row and the end of the keys it attends to, then the first
    /// row and the end of the queries that attend to it; with full attention both are its sequence.
    pub ends: Tensor<2, Int>,
    /// The rows of each tubelet of each sequence.
    sequences: Arc<[Vec<usize>]>,
    window: usize,
}

impl Spans {
    /// Full attention in sequences of these lengths.
    pub fn new(lengths: &[usize], device: &Device) -> Self {
        let whole: Vec<Vec<usize>> = lengths.iter().map(|&length| vec![length]).collect();
        Self::causal(&whole, 1, device)
    }

    /// Attention to what came before: `tubelets[i]` has the rows of each tubelet of sequence `i` in order, 0 where
    /// nothing of a tubelet is kept. A row attends to its own tubelet and the `window - 1` before it; `usize::MAX`: all
    /// before it.
    ///
    /// # Panics
    /// With a window of 0.
    pub fn causal(tubelets: &[Vec<usize>], window: usize, device: &Device) -> Self {
        assert!(window > 0, "a row attends to its own tubelet at least");
        let mut values: Vec<i32> = Vec::new();
        for tubelets in tubelets {
            let first = values.len() / 4;
            for (rows, ends) in tubelets.iter().zip(tubelet_ends(tubelets, window, first)) {
                values.extend(ends.map(|row| row as i32).repeat(*rows));
            }
        }
        let rows = values.len() / 4;
        let ends = Tensor::from_data(TensorData::new(values, [rows, 4]), device);
        Self { ends, sequences: tubelets.into(), window }
    }

    /// The rows of each tubelet, sequence by sequence, as they were given.
    pub fn sequences(&self) -> &[Vec<usize>] {
        &self.sequences
    }

    /// The keys of each tubelet of a sequence, counted from its first row.
    pub fn keys(&self, tubelets: &[usize]) -> Vec<Range<usize>> {
        tubelet_ends(tubelets, self.window, 0).map(|[from, to, ..]| from..to).collect()
    }
}

/// For each tubelet of a sequence whose first row is `first`: its keys' first row and end, and its queries'.
fn tubelet_ends(tubelets: &[usize], window: usize, first: usize) -> impl Iterator<Item = [usize; 4]> + use<> {
    let mut starts = vec![first];
    starts.extend(tubelets.iter().scan(first, |end, rows| {
        *end += rows;
        Some(*end)
    }));
    (0..tubelets.len()).map(move |tubelet| {
        let (oldest, newest) = ((tubelet + 1).saturating_sub(window), tubelet.saturating_add(window));
        [starts[oldest], starts[tubelet + 1], starts[tubelet], starts[newest.min(starts.len() - 1)]]
    })
}

#[cfg(test)]
mod tests {
    use super::Spans;
    use burn::tensor::Device;

    /// Of each row, by hand: who attends to whom is told apart by tubelet numbers alone.
    fn by_hand(tubelets: &[Vec<usize>], window: usize) -> Vec<[i32; 4]> {
        let rows: Vec<(usize, usize)> = tubelets
            .iter()
            .enumerate()
            .flat_map(|(i, tubelets)| tubelets.iter().enumerate().flat_map(move |(t, &rows)| vec![(i, t); rows]))
            .collect();
        let attends = |q: usize, k: usize| {
            let ((sequence, query), (same, key)) = (rows[q], rows[k]);
            sequence == same && key <= query && query - key < window
        };
        let all = 0..rows.len();
        let range = |of: &dyn Fn(usize) -> bool| {
            let found: Vec<i32> = all.clone().filter(|&row| of(row)).map(|row| row as i32).collect();
            assert_eq!(found.len() as i32, found[found.len() - 1] + 1 - found[0], "one range");
            [found[0], found[found.len() - 1] + 1]
        };
        let ends = |row: usize| {
            let [from, to] = range(&|other| attends(row, other));
            let [first, last] = range(&|other| attends(other, row));
            [from, to, first, last]
        };
        all.clone().map(ends).collect()
    }

    #[test]
    fn every_row_has_the_ranges_that_tubelet_numbers_say() {
        let cases: [&[&[usize]]; 5] = [
            &[&[3, 2, 4]],
            &[&[1]],
            &[&[2, 0, 1, 3], &[0, 5, 0], &[], &[0], &[4]],
            &[&[1; 16], &[2; 16]],
            &[&[0, 0], &[7]],
        ];
        for tubelets in cases {
            let tubelets: Vec<Vec<usize>> = tubelets.iter().map(|tubelets| tubelets.to_vec()).collect();
            for window in [1, 2, 5, usize::MAX] {
                let spans = Spans::causal(&tubelets, window, &Device::flex());
                let found: Vec<i32> = spans.ends.into_data().try_into_vec().unwrap();
                assert_eq!(found.as_chunks().0, by_hand(&tubelets, window), "{tubelets:?}, window {window}");
            }
        }
    }

    #[test]
    fn full_attention_is_both_ways_of_the_whole_sequence() {
        let found: Vec<i32> = Spans::new(&[2, 0, 1], &Device::flex()).ends.into_data().try_into_vec().unwrap();
        assert_eq!(found, [0, 2, 0, 2, 0, 2, 0, 2, 2, 3, 2, 3]);
    }
}
