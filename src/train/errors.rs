//! How far guesses are off, where the kernel for V-JEPA's own error doesn't do: `off` `[H, D]` is guess less truth, `weight`
//! `[H]` that of each row. Both give one element, with a gradient for whatever `off` was made of.

use crate::kernels;
use burn::tensor::{Int, Tensor};

/// Weighted sum of absolute errors, as [`kernels::l1`].
pub fn absolute(off: Tensor<2>, weight: Tensor<1>) -> Tensor<1> {
    let ([rows, width], device) = (off.dims(), weight.device());
    kernels::l1(off, Tensor::zeros([1, width], &device), Tensor::<1, Int>::zeros([rows], &device), weight)
}

/// Half the weighted sum of squared errors.
pub fn squared(off: Tensor<2>, weight: Tensor<1>) -> Tensor<1> {
    let [rows, _] = off.dims();
    let each = off.clone().mul(off).sum_dim(1).reshape([rows]);
    each.mul(Tensor::from_inner(weight)).sum().mul_scalar(0.5)
}
