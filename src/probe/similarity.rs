//! How alike tokens are.

use super::dot;

/// Cosine similarity of every row of `[n, d]` with row `token`, -1 to 1; 0 where a row has no direction (all zeros,
/// or not finite).
///
/// # Panics
/// When `token` is not a row.
pub fn cosine(rows: &[f32], d: usize, token: usize) -> Vec<f32> {
    let chosen = &rows[token * d..(token + 1) * d];
    let norm = |row: &[f32]| dot(row, row).sqrt();
    let length = norm(chosen);
    let with = |row: &[f32]| {
        let similarity = dot(row, chosen) / (norm(row) * length);
        if similarity.is_finite() { similarity.clamp(-1.0, 1.0) } else { 0.0 }
    };
    rows.chunks_exact(d).map(with).collect()
}
