//! How a tensor lies in its storage.

/// Whether numbers follow each other as in a row-major array. The stride of a dimension of one never counts.
pub fn is_row_major(shape: &[usize], stride: &[usize]) -> bool {
    if shape.len() != stride.len() {
        return false;
    }
    let mut step = 1usize;
    let fits = |(&size, &stride): (&usize, &usize)| {
        let fits = size == 1 || stride == step;
        step = step.saturating_mul(size);
        fits
    };
    shape.contains(&0) || shape.iter().zip(stride).rev().all(fits)
}

/// Bytes before and of a row-major tensor that begins `offset` numbers into its storage; None beyond 64 bits.
pub fn span(offset: usize, shape: &[usize], size: usize) -> Option<(u64, u64)> {
    let size = size as u64;
    let count = shape.iter().try_fold(1u64, |count, &size| count.checked_mul(size as u64))?;
    Some(((offset as u64).checked_mul(size)?, count.checked_mul(size)?))
}
