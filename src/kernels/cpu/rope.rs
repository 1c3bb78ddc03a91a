//! Rotary positions: every row's queries and keys are turned by the row's factors, the same for all heads.

use super::lanes::{Lanes, dispatch};

/// In place on rows of q, k and v, `[R, 3 * width]`. `rope` `[R, 2 * head]`: factors C, then S, and a channel c becomes
/// `x[c] * C[c] + x[c^1] * S[c]`.
pub fn turn(qkv: &mut [f32], rope: &[f32], width: usize, head: usize) {
    dispatch!(turn_lanes(qkv: &mut [f32], rope: &[f32], width: usize, head: usize));
}

/// The adjoint of [`turn`]: `dy[c] * C[c] + dy[c^1] * S[c^1]`.
pub fn turn_back(dqkv: &mut [f32], rope: &[f32], width: usize, head: usize) {
    let mut swapped = rope.to_vec();
    for factors in swapped.chunks_exact_mut(2 * head) {
        factors[head..].as_chunks_mut::<2>().0.iter_mut().for_each(|pair| pair.reverse());
    }
    turn(dqkv, &swapped, width, head);
}

#[inline(always)]
fn turn_lanes<L: Lanes>(qkv: &mut [f32], rope: &[f32], width: usize, head: usize) {
    debug_assert!(head.is_multiple_of(2) && qkv.len() / (3 * width) == rope.len() / (2 * head));
    for (row, factors) in qkv.chunks_exact_mut(3 * width).zip(rope.chunks_exact(2 * head)) {
        let (cosines, sines) = factors.split_at(head);
        for x in row[..2 * width].chunks_exact_mut(head) {
            for ((x, c), s) in x.chunks_mut(L::N).zip(cosines.chunks(L::N)).zip(sines.chunks(L::N)) {
                let value = L::read(x);
                value.mul_add(L::read(c), value.swap_pairs().mul(L::read(s))).write(x);
            }
        }
    }
}
