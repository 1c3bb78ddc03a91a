//! Vectors of f32, as wide as the machine's registers: every kernel is written once, over [`Lanes`].

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "x86_64")]
mod sse;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod wasm;

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod portable;
#[cfg(target_arch = "x86_64")]
pub use avx2::{Avx2, available as avx2};
#[cfg(target_arch = "x86_64")]
pub use avx512::{Avx512, available as avx512};
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
pub use portable::Portable as Native;
#[cfg(not(any(target_arch = "x86_64", all(target_arch = "wasm32", target_feature = "simd128"))))]
pub use portable::transpose;
#[cfg(target_arch = "x86_64")]
pub use sse::transpose;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub use wasm::{Wasm as Native, transpose};

/// `N` values of f32. All methods are lane by lane, but for [`Lanes::sum`] and [`Lanes::swap_pairs`].
pub trait Lanes: Copy {
    /// Even, and at most [`MOST`].
    const N: usize;
    /// Rows of a product's tile, a multiple of four: with two vectors to each, so many sums stay in registers.
    const ROWS: usize;

    fn splat(value: f32) -> Self;
    /// The first `N` values of `from`, which must have as many.
    fn load(from: &[f32]) -> Self;
    /// Into the first `N` places of `to`, which must have as many.
    fn store(self, to: &mut [f32]);
    fn add(self, other: Self) -> Self;
    fn sub(self, other: Self) -> Self;
    fn mul(self, other: Self) -> Self;
    fn div(self, other: Self) -> Self;
    /// Keeps `self` where that is no number.
    fn max(self, other: Self) -> Self;
    fn abs(self) -> Self;
    /// `self * factor + term`, in one rounding where the machine can.
    fn mul_add(self, factor: Self, term: Self) -> Self;
    /// The bits shifted left by 23: a small integer in the low bits of the mantissa becomes the exponent.
    fn mantissa_to_exponent(self) -> Self;
    /// Each even lane exchanged with the odd one after it.
    fn swap_pairs(self) -> Self;
    fn sum(self) -> f32;
    /// `then` where `self` is below 0, else `otherwise`; either at 0.
    fn where_negative(self, then: Self, otherwise: Self) -> Self;

    /// Like [`Lanes::load`] at the ragged end of a row: missing values are 0.
    #[inline(always)]
    fn read(from: &[f32]) -> Self {
        if from.len() >= Self::N { Self::load(from) } else { Self::load(&padded(from)) }
    }

    /// Like [`Lanes::store`] at the ragged end of a row: values that have no place are dropped.
    #[inline(always)]
    fn write(self, to: &mut [f32]) {
        if to.len() >= Self::N {
            self.store(to);
        } else {
            let mut all = [0.0; MOST];
            self.store(&mut all);
            to.copy_from_slice(&all[..to.len()]);
        }
    }
}

/// Lanes of the widest vector.
pub const MOST: usize = if cfg!(target_arch = "x86_64") { 16 } else { Native::N };

#[cold]
fn padded(values: &[f32]) -> [f32; MOST] {
    std::array::from_fn(|lane| values.get(lane).copied().unwrap_or(0.0))
}

/// Lanes of this machine's vectors.
pub fn count() -> usize {
    dispatch!(lanes() -> usize)
}

#[inline(always)]
fn lanes<L: Lanes>() -> usize {
    L::N
}

/// Rows of a product's tile on this machine.
pub fn rows() -> usize {
    dispatch!(tile_rows() -> usize)
}

#[inline(always)]
fn tile_rows<L: Lanes>() -> usize {
    L::ROWS
}

/// Calls `kernel::<L>(arguments)` with this machine's widest vectors and returns from the caller with its result.
///
/// The kernel and all that it calls with lanes must be `#[inline(always)]`, and so no closure: vector instructions that
/// the build can't take for granted exist only inside the function that asks for them.
macro_rules! dispatch {
    (@with $available:ident $features:literal $lanes:ident
        $kernel:ident($($argument:ident: $type:ty),*) $(-> $result:ty)?) => {
        #[cfg(target_arch = "x86_64")]
        if $crate::kernels::cpu::lanes::$available() {
            #[target_feature(enable = $features)]
            fn wide($($argument: $type),*) $(-> $result)? {
                $kernel::<$crate::kernels::cpu::lanes::$lanes>($($argument),*)
            }
            // SAFETY: the line above has just found these instructions on this processor.
            return unsafe { wide($($argument),*) };
        }
    };
    ($kernel:ident($($argument:ident: $type:ty),* $(,)?) $(-> $result:ty)?) => {{
        dispatch!(@with avx512 "avx512f" Avx512 $kernel($($argument: $type),*) $(-> $result)?);
        dispatch!(@with avx2 "avx2,fma" Avx2 $kernel($($argument: $type),*) $(-> $result)?);
        $kernel::<$crate::kernels::cpu::lanes::Native>($($argument),*)
    }};
}
pub(crate) use dispatch;
