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

/// The least cosine similarity of a row of `[n, d]` with the same row of another; 0 where one of the two has no
/// direction, or where they are not equally many numbers in whole rows.
pub fn least_cosine(rows: &[f32], others: &[f32], d: usize) -> f32 {
    if rows.len() != others.len() || d == 0 || rows.is_empty() || !rows.len().is_multiple_of(d) {
        return 0.0;
    }
    // In f64: the cosine of rows that differ by the rounding of f32 is off from 1 by less than f32 can tell.
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum::<f64>();
    let pairs = rows.chunks_exact(d).zip(others.chunks_exact(d));
    let similarity = |(a, b)| {
        let similarity = dot(a, b) / (dot(a, a) * dot(b, b)).sqrt();
        if similarity.is_finite() { similarity.clamp(-1.0, 1.0) } else { 0.0 }
    };
    pairs.map(similarity).fold(1.0, f64::min) as f32
}

#[cfg(test)]
mod tests {
    use super::least_cosine;

    #[test]
    fn the_row_that_points_elsewhere_is_found() {
        let rows = [1.0, 0.0, 0.0, 2.0, 3.0, 4.0];
        assert_eq!(least_cosine(&rows, &rows, 2), 1.0);
        assert_eq!(least_cosine(&rows, &[2.0, 0.0, 0.0, 1.0, 3.0, 4.0], 2), 1.0, "length does not count");
        assert_eq!(least_cosine(&rows, &[1.0, 0.0, 0.0, 2.0, -4.0, 3.0], 2), 0.0, "a right angle");
        assert_eq!(least_cosine(&rows, &[1.0, 0.0, 0.0, -2.0, 3.0, 4.0], 2), -1.0, "the other way");
        let turned = least_cosine(&rows, &[1.0, 0.1, 0.0, 2.0, 3.0, 4.0], 2);
        assert!((turned - 1.01_f32.sqrt().recip()).abs() < 1e-6, "{turned}");
    }

    #[test]
    fn rows_without_a_direction_and_other_shapes_are_like_nothing() {
        assert_eq!(least_cosine(&[0.0, 0.0], &[0.0, 0.0], 2), 0.0);
        assert_eq!(least_cosine(&[f32::NAN, 1.0], &[1.0, 1.0], 2), 0.0);
        assert_eq!(least_cosine(&[1.0, 1.0], &[1.0], 2), 0.0);
        assert_eq!(least_cosine(&[1.0, 1.0, 1.0], &[1.0, 1.0, 1.0], 2), 0.0);
        assert_eq!(least_cosine(&[], &[], 2), 0.0);
    }
}
