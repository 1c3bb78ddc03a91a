//! What features look like from outside: main axes, similarity, whether they collapse, and what can be told from them.
//!
//! Everything here takes rows of features, `[n, d]` flat, as they come from a device. Rows with a value that isn't
//! finite are left out of statistics, never spread to the others.

pub mod attend;
pub mod health;
pub mod interval;
pub mod neighbours;
pub mod pca;
pub(crate) mod products;
pub mod ridge;
pub mod roc;
pub mod similarity;

pub use ridge::{Split, Splits};

/// Rows of `d` values that are all finite.
fn finite_rows(rows: &[f32], d: usize) -> impl Iterator<Item = &[f32]> {
    rows.chunks_exact(d.max(1)).filter(|row| row.iter().all(|v| v.is_finite()))
}

/// Mean of each column, [d]; zeros without rows.
fn column_means(rows: &[&[f32]], d: usize) -> Vec<f32> {
    let mut sums = vec![0f64; d];
    for row in rows {
        sums.iter_mut().zip(*row).for_each(|(sum, &v)| *sum += f64::from(v));
    }
    sums.iter().map(|sum| (sum / rows.len().max(1) as f64) as f32).collect()
}

/// Eight sums side by side: a processor adds as many at once.
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    const LANES: usize = 8;
    let (mut sums, whole) = ([0f32; LANES], a.len() / LANES * LANES);
    for (x, y) in a[..whole].chunks_exact(LANES).zip(b.chunks_exact(LANES)) {
        (0..LANES).for_each(|i| sums[i] += x[i] * y[i]);
    }
    sums.iter().sum::<f32>() + a[whole..].iter().zip(&b[whole..]).map(|(x, y)| x * y).sum::<f32>()
}
