//! Four lanes in plain Rust, for the compiler to turn into whatever the target has.

use super::Lanes;
use std::array::from_fn;

#[derive(Clone, Copy)]
pub struct Portable([f32; 4]);

impl Lanes for Portable {
    const N: usize = 4;
    const ROWS: usize = 4;

    #[inline(always)]
    fn splat(value: f32) -> Self {
        Self([value; 4])
    }

    #[inline(always)]
    fn load(from: &[f32]) -> Self {
        Self(*from.first_chunk().expect("a vector's worth of values"))
    }

    #[inline(always)]
    fn store(self, to: &mut [f32]) {
        *to.first_chunk_mut().expect("room for a vector") = self.0;
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(from_fn(|lane| self.0[lane] + other.0[lane]))
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(from_fn(|lane| self.0[lane] - other.0[lane]))
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(from_fn(|lane| self.0[lane] * other.0[lane]))
    }

    #[inline(always)]
    fn div(self, other: Self) -> Self {
        Self(from_fn(|lane| self.0[lane] / other.0[lane]))
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Self(from_fn(|lane| if self.0[lane] < other.0[lane] { other.0[lane] } else { self.0[lane] }))
    }

    #[inline(always)]
    fn abs(self) -> Self {
        Self(self.0.map(f32::abs))
    }

    /// Two roundings: without an instruction for it, one rounding is a slow function call.
    #[inline(always)]
    fn mul_add(self, factor: Self, term: Self) -> Self {
        self.mul(factor).add(term)
    }

    #[inline(always)]
    fn mantissa_to_exponent(self) -> Self {
        Self(self.0.map(|value| f32::from_bits(value.to_bits() << 23)))
    }

    #[inline(always)]
    fn swap_pairs(self) -> Self {
        let [a, b, c, d] = self.0;
        Self([b, a, d, c])
    }

    #[inline(always)]
    fn sum(self) -> f32 {
        let [a, b, c, d] = self.0;
        (a + c) + (b + d)
    }

    #[inline(always)]
    fn where_negative(self, then: Self, otherwise: Self) -> Self {
        Self(from_fn(|lane| if self.0[lane] < 0.0 { then.0[lane] } else { otherwise.0[lane] }))
    }
}

/// Rows become columns.
#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
pub fn transpose([a, b, c, d]: [[f32; 4]; 4]) -> [[f32; 4]; 4] {
    from_fn(|column| [a[column], b[column], c[column], d[column]])
}
