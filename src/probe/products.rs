//! Inner products in double precision, and matrices of them.

use nalgebra::DMatrix;

/// Several sums side by side: a processor adds as many at once.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    const LANES: usize = 8;
    let (mut sums, whole) = ([0.0; LANES], a.len() / LANES * LANES);
    for (x, y) in a[..whole].chunks_exact(LANES).zip(b.chunks_exact(LANES)) {
        (0..LANES).for_each(|i| sums[i] += x[i] * y[i]);
    }
    sums.iter().sum::<f64>() + a[whole..].iter().zip(&b[whole..]).map(|(x, y)| x * y).sum::<f64>()
}

/// Adds the inner products of vectors `[side, length]` to the lower triangle of `gram`, `[side, side]`.
pub(crate) fn add_products(gram: &mut [f64], vectors: &[f64], length: usize) {
    let side = vectors.len() / length;
    for (i, a) in vectors.chunks_exact(length).enumerate() {
        for (sum, b) in gram[i * side..=i * side + i].iter_mut().zip(vectors.chunks_exact(length)) {
            *sum += dot(a, b);
        }
    }
}

/// The symmetric matrix whose lower triangle that is; none if a value is not finite, since no search for its eigenvalues has to
/// end.
pub(crate) fn symmetric(gram: &[f64], side: usize) -> Option<DMatrix<f64>> {
    let of = |i: usize, j: usize| gram[i.max(j) * side + i.min(j)];
    let matrix = DMatrix::from_fn(side, side, of);
    matrix.iter().all(|value| value.is_finite()).then_some(matrix)
}
