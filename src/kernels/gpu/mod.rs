//! The kernels on WebGPU, in WGSL: a block is seven dispatches forward and fourteen back.
//!
//! [`launch`] puts a shader and its buffers together, `matmul`, [`attention`], [`attend`], [`norm`] and [`elementwise`]
//! are the shaders, [`block`] strings them together. [`registers`], [`staged`], [`activation`] and [`codes`] have parts of
//! `matmul`. [`adapter`] says what a device can do, [`tuning`] which variants of the kernels run on it.

mod activation;
mod adapter;
mod attend;
mod attention;
mod attention_backward;
mod block;
mod codes;
mod elementwise;
mod heads;
mod launch;
mod matmul;
mod norm;
mod registers;
mod staged;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
mod tuning;

use super::{AdamStep, AfterShape, BlockInput, BlockShape, Fused, Kernels, PatchShape, Total};
use crate::precision::Precision;
use block::{Attending, Weights};
use burn::backend::{
    TensorMetadata,
    tensor::{FloatTensor, IntTensor},
};
use burn_cubecl::{CubeBackend, kernel::into_contiguous};
use launch::{Sizes, empty};
use matmul::{Epilogue, Operands, Product, matmul};
use norm::NormAt;

pub use adapter::Adapter;
pub use tuning::{Choice, Choices, Side, Staging, Tile, Tuning, fastest, tune, tuning};

impl Kernels for CubeBackend {
    fn block(
        x: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        rope: FloatTensor<Self>,
        spans: IntTensor<Self>,
        shape: BlockShape,
    ) -> FloatTensor<Self> {
        let [x, weights, rope, spans] = [x, weights, rope, spans].map(into_contiguous);
        block::forward(&x, &Weights::Flat(&weights), &rope, Attending::Spans(&spans), shape, None)
    }

    fn packed_block(
        x: FloatTensor<Self>,
        codes: IntTensor<Self>,
        rest: FloatTensor<Self>,
        rope: FloatTensor<Self>,
        spans: IntTensor<Self>,
        shape: BlockShape,
        precision: Precision,
    ) -> FloatTensor<Self> {
        let [x, codes, rest, rope, spans] = [x, codes, rest, rope, spans].map(into_contiguous);
        let weights = Weights::Packed { codes: &codes, rest: &rest, precision };
        block::forward(&x, &weights, &rope, Attending::Spans(&spans), shape, None)
    }

    fn block_after(
        x: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        rope: FloatTensor<Self>,
        past: FloatTensor<Self>,
        shape: AfterShape,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let [x, weights, rope, past] = [x, weights, rope, past].map(into_contiguous);
        block::after(&x, &Weights::Flat(&weights), [&rope, &past], shape)
    }

    fn packed_block_after(
        x: FloatTensor<Self>,
        codes: IntTensor<Self>,
        rest: FloatTensor<Self>,
        rope: FloatTensor<Self>,
        past: FloatTensor<Self>,
        shape: AfterShape,
        precision: Precision,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let [x, codes, rest, rope, past] = [x, codes, rest, rope, past].map(into_contiguous);
        block::after(&x, &Weights::Packed { codes: &codes, rest: &rest, precision }, [&rope, &past], shape)
    }

    fn packed_linear(
        x: FloatTensor<Self>,
        codes: IntTensor<Self>,
        rest: FloatTensor<Self>,
        output: usize,
        precision: Precision,
    ) -> FloatTensor<Self> {
        let [x, codes, rest] = [x, codes, rest].map(into_contiguous);
        let [m, k] = x.shape().dims();
        let y = empty(&x, [m, output]);
        let product = Product { m, n: output, k, bias: precision.scales(output), ..Product::default() };
        let weights = Weights::Packed { codes: &codes, rest: &rest, precision };
        weights.layer(Epilogue::Bias, [&x, &y], None, product, Sizes::Same);
        y
    }

    fn attend(
        queries: FloatTensor<Self>,
        keys_values: FloatTensor<Self>,
        spans: IntTensor<Self>,
        heads: usize,
    ) -> FloatTensor<Self> {
        let [queries, keys_values, spans] = [queries, keys_values, spans].map(into_contiguous);
        attend::forward([&queries, &keys_values, &spans], heads)
    }

    fn linear(x: FloatTensor<Self>, weights: FloatTensor<Self>, output: usize) -> FloatTensor<Self> {
        let [x, weights] = [x, weights].map(into_contiguous);
        let [m, k] = x.shape().dims();
        let y = empty(&x, [m, output]);
        let product = Product { m, n: output, k, bias: k * output, ..Product::default() };
        matmul(Operands::Plain, Epilogue::Bias, [&x, &weights, &y], None, product, Sizes::Same);
        y
    }

    fn layer_norm(x: FloatTensor<Self>, weights: FloatTensor<Self>, epsilon: f32) -> FloatTensor<Self> {
        let [x, weights] = [x, weights].map(into_contiguous);
        let dims = x.shape().dims();
        let y = empty(&x, dims);
        norm::forward(&x, Some(&weights), &y, dims, NormAt { start: 0, epsilon }, Sizes::Same);
        y
    }

    fn normalise(x: FloatTensor<Self>, epsilon: f32) -> FloatTensor<Self> {
        let x = into_contiguous(x);
        let dims = x.shape().dims();
        let y = empty(&x, dims);
        norm::forward(&x, None, &y, dims, NormAt { start: 0, epsilon }, Sizes::Same);
        y
    }

    fn rows(
        x: FloatTensor<Self>,
        fallback: FloatTensor<Self>,
        from: IntTensor<Self>,
        _back: IntTensor<Self>,
    ) -> FloatTensor<Self> {
        let [x, fallback, from] = [x, fallback, from].map(into_contiguous);
        elementwise::rows(&x, Some(&fallback), &from, Sizes::Vary)
    }

    fn pick(x: FloatTensor<Self>, from: IntTensor<Self>, _back: IntTensor<Self>) -> FloatTensor<Self> {
        elementwise::rows(&into_contiguous(x), None, &into_contiguous(from), Sizes::Vary)
    }

    fn l1(
        predicted: FloatTensor<Self>,
        targets: FloatTensor<Self>,
        rows: IntTensor<Self>,
        weight: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        elementwise::l1([predicted, targets, rows, weight].map(into_contiguous).each_ref())
    }

    fn patches(frames: IntTensor<Self>, shape: PatchShape) -> FloatTensor<Self> {
        elementwise::patches(&into_contiguous(frames), shape)
    }

    fn adamw(
        parameter: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        moments: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        step: AdamStep,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let tensors = [parameter, gradient, moments, scale].map(into_contiguous);
        elementwise::adamw(tensors.each_ref(), step).into()
    }

    fn ema(target: FloatTensor<Self>, online: FloatTensor<Self>, momentum: f32) -> FloatTensor<Self> {
        elementwise::ema(&into_contiguous(target), &into_contiguous(online), momentum)
    }

    fn total(x: FloatTensor<Self>, of: Total) -> FloatTensor<Self> {
        elementwise::total(&into_contiguous(x), of)
    }
}

impl Fused for CubeBackend {
    type Saved = block::Saved;

    fn block_saving(
        x: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        rope: FloatTensor<Self>,
        spans: IntTensor<Self>,
        shape: BlockShape,
    ) -> (FloatTensor<Self>, Self::Saved) {
        let [x, weights, rope, spans] = [x, weights, rope, spans].map(into_contiguous);
        let saved = block::Saved::new(&x, shape);
        let y = block::forward(&x, &Weights::Flat(&weights), &rope, Attending::Spans(&spans), shape, Some(&saved));
        (y, saved)
    }

    fn block_backward(
        input: BlockInput<Self>,
        saved: Self::Saved,
        gradient: FloatTensor<Self>,
        shape: BlockShape,
    ) -> [FloatTensor<Self>; 2] {
        let BlockInput { x, weights, rope, spans } = input;
        let [x, weights, rope, spans] = [x, weights, rope, spans].map(into_contiguous);
        block::backward(&BlockInput { x, weights, rope, spans }, &saved, &into_contiguous(gradient), shape)
    }

    fn linear_backward(
        x: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        x_wanted: bool,
    ) -> (Option<FloatTensor<Self>>, FloatTensor<Self>) {
        let [x, weights, gradient] = [x, weights, gradient].map(into_contiguous);
        let ([r, input], [_, output]) = (x.shape().dims(), gradient.shape().dims());
        let dw = empty(&weights, [weights.shape().num_elements()]);
        let product = Product { m: input, n: output, k: r, bias: input * output, ..Product::default() };
        matmul(Operands::LeftTransposed, Epilogue::Nothing, [&x, &gradient, &dw], None, product, Sizes::Vary);
        let dx = || {
            let dx = empty(&x, [r, input]);
            let product = Product { m: r, n: input, k: output, ..Product::default() };
            matmul(
                Operands::RightTransposed,
                Epilogue::Nothing,
                [&gradient, &weights, &dx],
                None,
                product,
                Sizes::Vary,
            );
            dx
        };
        (x_wanted.then(dx), dw)
    }

    fn layer_norm_backward(
        x: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        epsilon: f32,
    ) -> [FloatTensor<Self>; 2] {
        let [x, weights, gradient] = [x, weights, gradient].map(into_contiguous);
        let [r, d] = x.shape().dims();
        let found = [empty(&x, [r, d]), empty(&x, [2 * d])];
        let at = NormAt { start: 0, epsilon };
        norm::backward([&x, &weights, &gradient], None, found.each_ref(), [r, d], at);
        found
    }

    fn rows_backward(
        gradient: FloatTensor<Self>,
        from: IntTensor<Self>,
        back: IntTensor<Self>,
        fallbacks: usize,
    ) -> [FloatTensor<Self>; 2] {
        let [gradient, from, back] = [gradient, from, back].map(into_contiguous);
        let dx = elementwise::rows(&gradient, None, &back, Sizes::Vary);
        [dx, elementwise::fallback_sums(&gradient, &from, fallbacks)]
    }

    fn l1_backward(
        predicted: FloatTensor<Self>,
        targets: FloatTensor<Self>,
        rows: IntTensor<Self>,
        weight: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        elementwise::l1_slope([predicted, targets, rows, weight, gradient].map(into_contiguous).each_ref())
    }
}
