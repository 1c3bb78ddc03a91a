//! Eight lanes: AVX2 with fused multiply-add, asked for at run time.
//!
//! The methods are safe to write because only [`dispatch`](super::dispatch) names this type, after [`available`].
#![expect(clippy::undocumented_unsafe_blocks, reason = "one comment at the implementation is for all of them")]

use super::Lanes;
use std::arch::x86_64::{
    __m256, _mm256_add_ps, _mm256_andnot_ps, _mm256_blendv_ps, _mm256_castps_si256, _mm256_castsi256_ps, _mm256_div_ps,
    _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_max_ps, _mm256_mul_ps, _mm256_permute_ps, _mm256_set1_ps,
    _mm256_slli_epi32, _mm256_storeu_ps, _mm256_sub_ps,
};

#[derive(Clone, Copy)]
pub struct Avx2(__m256);

pub fn available() -> bool {
    std::is_x86_feature_detected!("avx2") && std::is_x86_feature_detected!("fma")
}

/// SAFETY of every block below: `dispatch` checks [`available`] before a kernel runs with this type.
impl Lanes for Avx2 {
    const N: usize = 8;
    const ROWS: usize = 4;

    #[inline(always)]
    fn splat(value: f32) -> Self {
        Self(unsafe { _mm256_set1_ps(value) })
    }

    #[inline(always)]
    fn load(from: &[f32]) -> Self {
        let from: &[f32; 8] = from.first_chunk().expect("a vector's worth of values");
        Self(unsafe { _mm256_loadu_ps(from.as_ptr()) })
    }

    #[inline(always)]
    fn store(self, to: &mut [f32]) {
        let to: &mut [f32; 8] = to.first_chunk_mut().expect("room for a vector");
        unsafe { _mm256_storeu_ps(to.as_mut_ptr(), self.0) }
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(unsafe { _mm256_add_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(unsafe { _mm256_sub_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(unsafe { _mm256_mul_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn div(self, other: Self) -> Self {
        Self(unsafe { _mm256_div_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Self(unsafe { _mm256_max_ps(other.0, self.0) })
    }

    #[inline(always)]
    fn abs(self) -> Self {
        Self(unsafe { _mm256_andnot_ps(_mm256_set1_ps(-0.0), self.0) })
    }

    #[inline(always)]
    fn mul_add(self, factor: Self, term: Self) -> Self {
        Self(unsafe { _mm256_fmadd_ps(self.0, factor.0, term.0) })
    }

    #[inline(always)]
    fn mantissa_to_exponent(self) -> Self {
        Self(unsafe { _mm256_castsi256_ps(_mm256_slli_epi32::<23>(_mm256_castps_si256(self.0))) })
    }

    #[inline(always)]
    fn swap_pairs(self) -> Self {
        Self(unsafe { _mm256_permute_ps::<0b10_11_00_01>(self.0) })
    }

    #[inline(always)]
    fn sum(self) -> f32 {
        let mut all = [0.0; 8];
        self.store(&mut all);
        let [a, b, c, d, e, f, g, h] = all;
        ((a + e) + (c + g)) + ((b + f) + (d + h))
    }

    #[inline(always)]
    fn where_negative(self, then: Self, otherwise: Self) -> Self {
        Self(unsafe { _mm256_blendv_ps(otherwise.0, then.0, self.0) })
    }
}
