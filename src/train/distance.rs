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
    squared_lengths(off).mul(Tensor::from_inner(weight)).sum().mul_scalar(0.5)
}

/// Of rows `[H, D]`, `[H]`.
fn squared_lengths(rows: Tensor<2>) -> Tensor<1> {
    let [count, _] = rows.dims();
    rows.clone().mul(rows).sum_dim(1).reshape([count])
}

/// `weight` `[H]` times 1 + `more` × how much each target changes: the mean squared difference, over channels, between `rows`
/// and `since` of the rows of `targets` `[N, D]`. It is 2 for features of unit variance that have nothing in common.
pub fn weigh_change(weight: Tensor<1>, targets: Tensor<2>, [rows, since]: [Tensor<1, Int>; 2], more: f64) -> Tensor<1> {
    let [_, width] = targets.dims();
    let change = squared_lengths(targets.clone().select(0, rows) - targets.select(0, since));
    weight.mul(change.mul_scalar(more / width as f64).add_scalar(1.0))
}

/// Share of the loss that is the predictor's expectation of its own error.
const OWN_ERROR: f64 = 0.1;
/// Added to an error before its logarithm: nothing is predicted better.
const LEAST_ERROR: f64 = 1e-3;

/// Weighted sum of the squared differences of `log_error` `[H, 1]` from the log of the mean absolute error over channels of
/// `predicted` `[H, D]`, which is a constant here; `weight` `[H]` -> one element.
pub fn of_own_error(
    log_error: Tensor<2>,
    predicted: Tensor<2>,
    targets: Tensor<2>,
    rows: Tensor<1, Int>,
    weight: Tensor<1>,
) -> Tensor<1> {
    let [count, _] = log_error.dims();
    let error = (predicted - targets.select(0, rows)).abs().mean_dim(1).add_scalar(LEAST_ERROR).log();
    let off = (log_error - Tensor::from_inner(error)).reshape([count]);
    off.clone().mul(off).mul(Tensor::from_inner(weight)).sum().mul_scalar(OWN_ERROR)
}
