//! The operations for [`Tensor`], by kernels of our own where there are any. Shapes: `R` rows of a ragged batch (see the module above), `D` channels.

use super::{AdamStep, AfterShape, BlockShape, Kernels, PatchShape, Spans, Total, composed};
use crate::precision::Precision;
use burn::{
    backend::Dispatch,
    tensor::{Int, Tensor},
};

/// A pre-norm transformer block (spec §2): `x += proj(attention(norm1(x)))`, then `x += fc2(activation(fc1(norm2(x))))`.
///
/// `x` `[R, D]`, `weights` flat as [`BlockShape::layout`] says, `rope` `[R, 2 * head_dim]` (a row's cosines, then its
/// signed sines; queries and keys become `x[c] * cos[c] + x[c ^ 1] * sin[c]`), `spans` of all rows -> `[R, D]`.
pub fn block(x: Tensor<2>, weights: Tensor<1>, rope: Tensor<2>, spans: Spans, shape: BlockShape) -> Tensor<2> {
    if composed::on(&x.device()) {
        return composed::block(x, weights, rope, spans, shape);
    }
    Tensor::from_dispatch(Dispatch::block(
        x.into_dispatch(),
        weights.into_dispatch(),
        rope.into_dispatch(),
        spans.ends.into_dispatch(),
        shape,
    ))
}

/// `[R, input]` -> `[R, output]`; `weights`: the matrix `[input, output]`, then the bias.
pub fn linear(x: Tensor<2>, weights: Tensor<1>, output: usize) -> Tensor<2> {
    if composed::on(&x.device()) {
        return composed::linear(x, weights, output);
    }
    Tensor::from_dispatch(Dispatch::linear(x.into_dispatch(), weights.into_dispatch(), output))
}

/// [`block`] with packed weights: `codes` and `rest` as [`super::packing`] and [`BlockShape::packed_layout`] say. The
/// block must be [`packable`](BlockShape::packable), the precision F16 or Int8. Constant for the gradient.
pub fn packed_block(
    x: Tensor<2>,
    codes: Tensor<1, Int>,
    rest: Tensor<1>,
    rope: Tensor<2>,
    spans: Spans,
    shape: BlockShape,
    precision: Precision,
) -> Tensor<2> {
    Tensor::from_dispatch(Dispatch::packed_block(
        x.into_dispatch(),
        codes.into_dispatch(),
        rest.into_dispatch(),
        rope.into_dispatch(),
        spans.ends.into_dispatch(),
        shape,
        precision,
    ))
}

/// [`linear`] with packed weights, `[R, input]` -> `[R, output]`: `codes` as [`super::packing`] says; `rest`: with Int8 the
/// scales `[output]`, then the bias. The matrix must be [`packable`](super::packable), the precision F16 or Int8. Constant
/// for the gradient.
pub fn packed_linear(
    x: Tensor<2>,
    codes: Tensor<1, Int>,
    rest: Tensor<1>,
    output: usize,
    precision: Precision,
) -> Tensor<2> {
    Tensor::from_dispatch(Dispatch::packed_linear(
        x.into_dispatch(),
        codes.into_dispatch(),
        rest.into_dispatch(),
        output,
        precision,
    ))
}

/// A [`block`] on new rows that attend to each other and to what came before, of which only keys and values are kept.
///
/// `count` sequences of `R` new rows and `P` rows before lie one after the other: `x` `[count * R, D]`, `rope`
/// `[count * R, 2 * head_dim]`, `past` `[count * P, 2 D]` (a row's key, turned, then its value; `None` where nothing
/// came before). Every new row attends to all `P` before it and to all `R` new ones of its sequence.
///
/// Gives the result `[count * R, D]`, and keys and values of the new rows `[count * R, 2 D]`, to be put behind those of
/// `past`. Constant for the gradient.
///
/// # Panics
/// Without a sequence.
pub fn block_after(
    x: Tensor<2>,
    weights: Tensor<1>,
    rope: Tensor<2>,
    past: Option<Tensor<2>>,
    count: usize,
    shape: BlockShape,
) -> (Tensor<2>, Tensor<2>) {
    if composed::on(&x.device()) {
        return composed::block_after(x, weights, rope, past, count, shape);
    }
    let shape = after(&x, past.as_ref(), count, shape);
    let past = past.unwrap_or_else(|| x.clone());
    let (y, keys_values) = Dispatch::block_after(
        x.into_dispatch(),
        weights.into_dispatch(),
        rope.into_dispatch(),
        past.into_dispatch(),
        shape,
    );
    (Tensor::from_dispatch(y), Tensor::from_dispatch(keys_values))
}

/// [`block_after`] with packed weights, `codes` and `rest` as in [`packed_block`].
pub fn packed_block_after(
    x: Tensor<2>,
    (codes, rest, precision): (Tensor<1, Int>, Tensor<1>, Precision),
    rope: Tensor<2>,
    past: Option<Tensor<2>>,
    count: usize,
    shape: BlockShape,
) -> (Tensor<2>, Tensor<2>) {
    let shape = after(&x, past.as_ref(), count, shape);
    let past = past.unwrap_or_else(|| x.clone());
    let (y, keys_values) = Dispatch::packed_block_after(
        x.into_dispatch(),
        codes.into_dispatch(),
        rest.into_dispatch(),
        rope.into_dispatch(),
        past.into_dispatch(),
        shape,
        precision,
    );
    (Tensor::from_dispatch(y), Tensor::from_dispatch(keys_values))
}

/// Rows of each of `count` sequences.
fn after(x: &Tensor<2>, past: Option<&Tensor<2>>, count: usize, block: BlockShape) -> AfterShape {
    let (new, before) = (x.dims()[0], past.map_or(0, |past| past.dims()[0]));
    assert!(new.is_multiple_of(count) && before.is_multiple_of(count), "{new} and {before} rows in {count} sequences");
    AfterShape { block, count, past: before / count }
}

/// Attention of a few queries to many keys, each head on its own: `softmax(q k^T / sqrt(head_dim)) v`.
///
/// `queries` `[Q, D]`, `keys_values` `[R, 2 D]` (a row's key, then its value), `spans` `[Q, 2]` (the first row and the end
/// of what each query attends to, never nothing) -> `[Q, D]`. Constant for the gradient.
pub fn attend(queries: Tensor<2>, keys_values: Tensor<2>, spans: Tensor<2, Int>, heads: usize) -> Tensor<2> {
    if composed::on(&queries.device()) {
        return composed::attend(queries, keys_values, spans, heads);
    }
    Tensor::from_dispatch(Dispatch::attend(
        queries.into_dispatch(),
        keys_values.into_dispatch(),
        spans.into_dispatch(),
        heads,
    ))
}

/// Layer norm over channels, `[R, D]` -> `[R, D]`; `weights`: gain, then bias.
pub fn layer_norm(x: Tensor<2>, weights: Tensor<1>, epsilon: f32) -> Tensor<2> {
    if composed::on(&x.device()) {
        return composed::layer_norm(x, weights, epsilon);
    }
    Tensor::from_dispatch(Dispatch::layer_norm(x.into_dispatch(), weights.into_dispatch(), epsilon))
}

/// Layer norm without gain or bias. Constant for the gradient.
pub fn normalise(x: Tensor<2>, epsilon: f32) -> Tensor<2> {
    if composed::on(&x.device()) {
        return composed::normalise(x, epsilon);
    }
    Tensor::from_dispatch(Dispatch::normalise(x.into_dispatch(), epsilon))
}

/// Rows of `x` `[N, D]` picked by `from` `[R]` -> `[R, D]`; a negative `from` picks from `fallback` `[K, D]`: -1 its first
/// row, -2 its second.
///
/// `back` `[N]` is the way back: which row of the result took a row of `x`, negative for none. No row may be taken twice
/// where a gradient is wanted.
pub fn rows(x: Tensor<2>, fallback: Tensor<2>, from: Tensor<1, Int>, back: Tensor<1, Int>) -> Tensor<2> {
    if composed::on(&x.device()) {
        return composed::rows(x, fallback, from, back);
    }
    Tensor::from_dispatch(Dispatch::rows(
        x.into_dispatch(),
        fallback.into_dispatch(),
        from.into_dispatch(),
        back.into_dispatch(),
    ))
}

/// [`rows`] without a fallback: zeros where `from` is negative.
pub fn pick(x: Tensor<2>, from: Tensor<1, Int>, back: Tensor<1, Int>) -> Tensor<2> {
    if composed::on(&x.device()) {
        return composed::pick(x, from, back);
    }
    Tensor::from_dispatch(Dispatch::pick(x.into_dispatch(), from.into_dispatch(), back.into_dispatch()))
}

/// Weighted sum of absolute errors, one element: `sum over r of weight[r] * |predicted[r] - targets[rows[r]]|`.
///
/// `predicted` `[R, D]`, `targets` `[N, D]` (constant for the gradient), `rows` and `weight` `[R]`.
pub fn l1(predicted: Tensor<2>, targets: Tensor<2>, rows: Tensor<1, Int>, weight: Tensor<1>) -> Tensor<1> {
    if composed::on(&predicted.device()) {
        return composed::l1(predicted, targets, rows, weight);
    }
    Tensor::from_dispatch(Dispatch::l1(
        predicted.into_dispatch(),
        targets.into_dispatch(),
        rows.into_dispatch(),
        weight.into_dispatch(),
    ))
}

/// Normalised tubelet patches of `B` clips: RGBA pixels, one an element with red lowest, `[B * T * size * size]` ->
/// `[B * N, 3 * tubelet * patch * patch]`.
pub fn patches(frames: Tensor<1, Int>, shape: PatchShape) -> Tensor<2> {
    if composed::on(&frames.device()) {
        return composed::patches(frames, shape);
    }
    Tensor::from_dispatch(Dispatch::patches(frames.into_dispatch(), shape))
}

/// One step of AdamW on flat parameters `[n]`; `moments` `[2 n]` are the running means of the gradient, then of its
/// square; `scale`, one element, multiplies the gradient first. Gives parameters and moments anew.
pub fn adamw(
    parameter: Tensor<1>,
    gradient: Tensor<1>,
    moments: Tensor<1>,
    scale: Tensor<1>,
    step: AdamStep,
) -> (Tensor<1>, Tensor<1>) {
    if composed::on(&parameter.device()) {
        return composed::adamw(parameter, gradient, moments, scale, step);
    }
    let (parameter, moments) = Dispatch::adamw(
        parameter.into_dispatch(),
        gradient.into_dispatch(),
        moments.into_dispatch(),
        scale.into_dispatch(),
        step,
    );
    (Tensor::from_dispatch(parameter), Tensor::from_dispatch(moments))
}

/// `target * momentum + online * (1 - momentum)`, `[n]`.
pub fn ema(target: Tensor<1>, online: Tensor<1>, momentum: f32) -> Tensor<1> {
    if composed::on(&target.device()) {
        return composed::ema(target, online, momentum);
    }
    Tensor::from_dispatch(Dispatch::ema(target.into_dispatch(), online.into_dispatch(), momentum))
}

/// The sum over all elements, one element.
pub fn total(x: Tensor<1>, of: Total) -> Tensor<1> {
    if composed::on(&x.device()) {
        return composed::total(x, of);
    }
    Tensor::from_dispatch(Dispatch::total(x.into_dispatch(), of))
}
