//! A clip as a tiny picture, to know examples by.

/// Pixels a side.
pub const THUMBNAIL: usize = 24;

/// The middle frame of a clip `[T, size, size, 4]`, each pixel the mean of those it stands for: RGBA `[24, 24, 4]`.
///
/// # Panics
/// For a clip without a whole frame.
pub fn thumbnail(clip: &[u8], size: usize) -> Vec<u8> {
    let frame = size * size * 4;
    let middle = &clip[clip.len() / frame / 2 * frame..][..frame];
    let span = |i: usize| i * size / THUMBNAIL..((i + 1) * size).div_ceil(THUMBNAIL);
    let mut small = Vec::with_capacity(THUMBNAIL * THUMBNAIL * 4);
    for i in 0..THUMBNAIL * THUMBNAIL {
        let (rows, columns) = (span(i / THUMBNAIL), span(i % THUMBNAIL));
        let count = (rows.len() * columns.len()) as u32;
        let pixels = rows.flat_map(|y| columns.clone().map(move |x| (y * size + x) * 4));
        let mut sums = [0u32; 4];
        pixels.for_each(|at| sums.iter_mut().zip(&middle[at..]).for_each(|(sum, &value)| *sum += u32::from(value)));
        small.extend(sums.map(|sum| ((sum + count / 2) / count) as u8));
    }
    small
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thumbnail_is_the_mean_of_what_it_stands_for() {
        // Three frames of 48x48; the middle one is white on its left half.
        let mut clip = vec![0; 3 * 48 * 48 * 4];
        for y in 0..48 {
            clip[48 * 48 * 4 + y * 48 * 4..][..24 * 4].fill(200);
        }
        let small = thumbnail(&clip, 48);
        assert_eq!(small.len(), 24 * 24 * 4);
        assert!(small.chunks_exact(4).enumerate().all(|(i, p)| p == if i % 24 < 12 { [200; 4] } else { [0; 4] }));
        // Sizes that 24 doesn't divide, smaller ones as well.
        for size in [7, 16, 25, 64, 100] {
            assert!(thumbnail(&vec![9; 2 * size * size * 4], size).iter().all(|&value| value == 9), "{size}");
        }
    }
}
