//! Sixteen lanes: the foundation of AVX-512, asked for at run time.
//!
//! The methods are safe to write because only [`dispatch`](super::dispatch) names this type, after [`available`].
#![expect(clippy::undocumented_unsafe_blocks, reason = "one comment at the implementation is for all of them")]

use super::Lanes;
use std::arch::x86_64::{
    __m512, _CMP_LT_OQ, _mm512_abs_ps, _mm512_add_ps, _mm512_castps_si512, _mm512_castsi512_ps, _mm512_cmp_ps_mask,
    _mm512_div_ps, _mm512_fmadd_ps, _mm512_loadu_ps, _mm512_mask_blend_ps, _mm512_max_ps, _mm512_mul_ps,
    _mm512_permute_ps, _mm512_set1_ps, _mm512_setzero_ps, _mm512_slli_epi32, _mm512_storeu_ps, _mm512_sub_ps,
};

#[derive(Clone, Copy)]
pub struct Avx512(__m512);

pub fn available() -> bool {
    std::is_x86_feature_detected!("avx512f")
}

/// SAFETY of every block below: `dispatch` checks [`available`] before a kernel runs with this type.
impl Lanes for Avx512 {
    const N: usize = 16;
    const ROWS: usize = 12;

    #[inline(always)]
    fn splat(value: f32) -> Self {
        Self(unsafe { _mm512_set1_ps(value) })
    }

    #[inline(always)]
    fn load(from: &[f32]) -> Self {
        let from: &[f32; 16] = from.first_chunk().expect("a vector's worth of values");
        Self(unsafe { _mm512_loadu_ps(from.as_ptr()) })
    }

    #[inline(always)]
    fn store(self, to: &mut [f32]) {
        let to: &mut [f32; 16] = to.first_chunk_mut().expect("room for a vector");
        unsafe { _mm512_storeu_ps(to.as_mut_ptr(), self.0) }
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(unsafe { _mm512_add_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(unsafe { _mm512_sub_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(unsafe { _mm512_mul_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn div(self, other: Self) -> Self {
        Self(unsafe { _mm512_div_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Self(unsafe { _mm512_max_ps(other.0, self.0) })
    }

    #[inline(always)]
    fn abs(self) -> Self {
        Self(unsafe { _mm512_abs_ps(self.0) })
    }

    #[inline(always)]
    fn mul_add(self, factor: Self, term: Self) -> Self {
        Self(unsafe { _mm512_fmadd_ps(self.0, factor.0, term.0) })
    }

    #[inline(always)]
    fn mantissa_to_exponent(self) -> Self {
        Self(unsafe { _mm512_castsi512_ps(_mm512_slli_epi32::<23>(_mm512_castps_si512(self.0))) })
    }

    #[inline(always)]
    fn swap_pairs(self) -> Self {
        Self(unsafe { _mm512_permute_ps::<0b10_11_00_01>(self.0) })
    }

    #[inline(always)]
    fn sum(self) -> f32 {
        let mut all = [0.0; 16];
        self.store(&mut all);
        let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = all;
        (((a + i) + (e + m)) + ((c + k) + (g + o))) + (((b + j) + (f + n)) + ((d + l) + (h + p)))
    }

    #[inline(always)]
    fn where_negative(self, then: Self, otherwise: Self) -> Self {
        let negative = unsafe { _mm512_cmp_ps_mask::<_CMP_LT_OQ>(self.0, _mm512_setzero_ps()) };
        Self(unsafe { _mm512_mask_blend_ps(negative, otherwise.0, then.0) })
    }
}
