//! Four lanes: WebAssembly's 128-bit vectors.

use super::Lanes;
use std::arch::wasm32::{
    f32x4_abs, f32x4_add, f32x4_div, f32x4_extract_lane, f32x4_mul, f32x4_pmax, f32x4_splat, f32x4_sub, i32x4_shl,
    i32x4_shr, i32x4_shuffle, i64x2_shuffle, v128, v128_bitselect, v128_load, v128_store,
};

#[derive(Clone, Copy)]
pub struct Wasm(v128);

impl Lanes for Wasm {
    const N: usize = 4;
    /// Eight sums are what V8 keeps in registers.
    const ROWS: usize = 4;

    #[inline(always)]
    fn splat(value: f32) -> Self {
        Self(f32x4_splat(value))
    }

    #[inline(always)]
    fn load(from: &[f32]) -> Self {
        let from: &[f32; 4] = from.first_chunk().expect("a vector's worth of values");
        // SAFETY: four f32 are 16 readable bytes, and v128_load asks for no alignment.
        Self(unsafe { v128_load(from.as_ptr().cast()) })
    }

    #[inline(always)]
    fn store(self, to: &mut [f32]) {
        let to: &mut [f32; 4] = to.first_chunk_mut().expect("room for a vector");
        // SAFETY: four f32 are 16 writable bytes, and v128_store asks for no alignment.
        unsafe { v128_store(to.as_mut_ptr().cast(), self.0) }
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(f32x4_add(self.0, other.0))
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(f32x4_sub(self.0, other.0))
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(f32x4_mul(self.0, other.0))
    }

    #[inline(always)]
    fn div(self, other: Self) -> Self {
        Self(f32x4_div(self.0, other.0))
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Self(f32x4_pmax(self.0, other.0))
    }

    #[inline(always)]
    fn abs(self) -> Self {
        Self(f32x4_abs(self.0))
    }

    #[inline(always)]
    fn mul_add(self, factor: Self, term: Self) -> Self {
        self.mul(factor).add(term)
    }

    #[inline(always)]
    fn mantissa_to_exponent(self) -> Self {
        Self(i32x4_shl(self.0, 23))
    }

    #[inline(always)]
    fn swap_pairs(self) -> Self {
        Self(i32x4_shuffle::<1, 0, 3, 2>(self.0, self.0))
    }

    #[inline(always)]
    fn sum(self) -> f32 {
        let pairs = f32x4_add(self.0, i32x4_shuffle::<2, 3, 0, 1>(self.0, self.0));
        f32x4_extract_lane::<0>(pairs) + f32x4_extract_lane::<1>(pairs)
    }

    #[inline(always)]
    fn where_negative(self, then: Self, otherwise: Self) -> Self {
        Self(v128_bitselect(then.0, otherwise.0, i32x4_shr(self.0, 31)))
    }
}

/// Rows become columns.
#[inline(always)]
pub fn transpose([a, b, c, d]: [[f32; 4]; 4]) -> [[f32; 4]; 4] {
    let (a, b, c, d) = (Wasm::load(&a).0, Wasm::load(&b).0, Wasm::load(&c).0, Wasm::load(&d).0);
    let (ab, cd) = (i32x4_shuffle::<0, 4, 1, 5>(a, b), i32x4_shuffle::<0, 4, 1, 5>(c, d));
    let (ab_end, cd_end) = (i32x4_shuffle::<2, 6, 3, 7>(a, b), i32x4_shuffle::<2, 6, 3, 7>(c, d));
    let mut columns = [[0.0; 4]; 4];
    Wasm(i64x2_shuffle::<0, 2>(ab, cd)).store(&mut columns[0]);
    Wasm(i64x2_shuffle::<1, 3>(ab, cd)).store(&mut columns[1]);
    Wasm(i64x2_shuffle::<0, 2>(ab_end, cd_end)).store(&mut columns[2]);
    Wasm(i64x2_shuffle::<1, 3>(ab_end, cd_end)).store(&mut columns[3]);
    columns
}
