//! How far guesses are from their targets.

use crate::{kernels, recipe::Loss};
use burn::tensor::{Int, Tensor};

/// Weighted sum of the distances of `predicted` `[H, D]` from `rows` of `targets` `[N, D]`, which are constants; `weight`
/// `[H]` -> one element.
pub fn between(
    loss: Loss,
    predicted: Tensor<2>,
    targets: Tensor<2>,
    rows: Tensor<1, Int>,
    weight: Tensor<1>,
) -> Tensor<1> {
    match loss {
        Loss::Absolute => kernels::l1(predicted, targets, rows, weight),
        Loss::Squared => squares(predicted - Tensor::from_inner(targets.select(0, rows)), weight),
    }
}

/// [`between`] for targets that learn, too: a token may be the target of several guesses.
pub fn between_learning(
    loss: Loss,
    predicted: Tensor<2>,
    targets: Tensor<2>,
    rows: Tensor<1, Int>,
    weight: Tensor<1>,
) -> Tensor<1> {
    let [_, width] = predicted.dims();
    let off = predicted - targets.select(0, rows.clone());
    match loss {
        Loss::Absolute => {
            let zero = Tensor::zeros([1, width], &weight.device());
            kernels::l1(off, zero, rows.zeros_like(), weight)
        }
        Loss::Squared => squares(off, weight),
    }
}

fn squares(off: Tensor<2>, weight: Tensor<1>) -> Tensor<1> {
    let [rows, _] = off.dims();
    let each = off.clone().mul(off).sum_dim(1).reshape([rows]);
    each.mul(Tensor::from_inner(weight)).sum().mul_scalar(0.5)
}
