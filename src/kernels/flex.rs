//! The kernels for Burn's portable CPU backend: tensors -> slices -> [`super::cpu`].

use super::{AdamStep, AfterShape, BlockInput, BlockShape, Fused, Kernels, PatchShape, Total, cpu, packing};
use crate::precision::Precision;
use burn::{
    backend::{
        Flex, TensorMetadata,
        tensor::{FloatTensor, IntTensor},
    },
    tensor::TensorData,
};
use burn_flex::FlexTensor;

/// All values of a tensor; what is not contiguous from its first element on is copied.
struct Values(FlexTensor);

fn values(tensor: FlexTensor) -> Values {
    match tensor.is_contiguous() && tensor.layout().start_offset() == 0 {
        true => Values(tensor),
        false => Values(tensor.to_contiguous()),
    }
}

impl Values {
    fn floats(&self) -> &[f32] {
        &self.0.storage()[..self.0.layout().num_elements()]
    }

    fn words(&self) -> &[u32] {
        bytemuck::cast_slice(self.integers())
    }

    fn integers(&self) -> &[i32] {
        &self.0.storage()[..self.0.layout().num_elements()]
    }
}

fn tensor<const D: usize>(values: Vec<f32>, shape: [usize; D]) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}

/// Rows and channels.
fn dims(tensor: &FlexTensor) -> [usize; 2] {
    tensor.shape().dims()
}

impl Kernels for Flex {
    fn block(
        x: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        rope: FloatTensor<Self>,
        spans: IntTensor<Self>,
        shape: BlockShape,
    ) -> FloatTensor<Self> {
        let dims = dims(&x);
        let [x, weights, rope, spans] = [x, weights, rope, spans].map(values);
        tensor(cpu::block(shape, x.floats(), weights.floats(), rope.floats(), spans.integers()), dims)
    }

    fn linear(x: FloatTensor<Self>, weights: FloatTensor<Self>, output: usize) -> FloatTensor<Self> {
        let [r, input] = dims(&x);
        let [x, weights] = [x, weights].map(values);
        tensor(cpu::linear(x.floats(), weights.floats(), input, output), [r, output])
    }

    // This backend's models are never packed: unpacking at every call is slow but obviously right.
    fn packed_block(
        x: FloatTensor<Self>,
        codes: IntTensor<Self>,
        rest: FloatTensor<Self>,
        rope: FloatTensor<Self>,
        spans: IntTensor<Self>,
        shape: BlockShape,
        precision: Precision,
    ) -> FloatTensor<Self> {
        let [codes, rest] = [codes, rest].map(values);
        let weights = packing::flat_block(precision, codes.words(), rest.floats(), shape);
        let count = weights.len();
        <Self as Kernels>::block(x, tensor(weights, [count]), rope, spans, shape)
    }

    fn packed_linear(
        x: FloatTensor<Self>,
        codes: IntTensor<Self>,
        rest: FloatTensor<Self>,
        output: usize,
        precision: Precision,
    ) -> FloatTensor<Self> {
        let [_, input] = dims(&x);
        let [codes, rest] = [codes, rest].map(values);
        let weights = packing::flat_linear(precision, codes.words(), rest.floats(), input, output);
        let count = weights.len();
        <Self as Kernels>::linear(x, tensor(weights, [count]), output)
    }

    fn block_after(
        x: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        rope: FloatTensor<Self>,
        past: FloatTensor<Self>,
        shape: AfterShape,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let [r, d] = dims(&x);
        let [x, weights, rope, past] = [x, weights, rope, past].map(values);
        let before = &past.floats()[..shape.count * shape.past * 2 * d];
        let (y, keys_values) = cpu::block_after(shape, x.floats(), weights.floats(), rope.floats(), before);
        (tensor(y, [r, d]), tensor(keys_values, [r, 2 * d]))
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
        let [codes, rest] = [codes, rest].map(values);
        let weights = packing::flat_block(precision, codes.words(), rest.floats(), shape.block);
        let count = weights.len();
        <Self as Kernels>::block_after(x, tensor(weights, [count]), rope, past, shape)
    }

    fn attend(
        queries: FloatTensor<Self>,
        keys_values: FloatTensor<Self>,
        spans: IntTensor<Self>,
        heads: usize,
    ) -> FloatTensor<Self> {
        let [q, d] = dims(&queries);
        let [queries, keys_values, spans] = [queries, keys_values, spans].map(values);
        tensor(cpu::attend(queries.floats(), keys_values.floats(), spans.integers(), d, heads), [q, d])
    }

    fn layer_norm(x: FloatTensor<Self>, weights: FloatTensor<Self>, epsilon: f32) -> FloatTensor<Self> {
        let [r, d] = dims(&x);
        let [x, weights] = [x, weights].map(values);
        tensor(cpu::layer_norm(x.floats(), weights.floats(), d, epsilon), [r, d])
    }

    fn normalise(x: FloatTensor<Self>, epsilon: f32) -> FloatTensor<Self> {
        let [r, d] = dims(&x);
        tensor(cpu::layer_norm(values(x).floats(), &[], d, epsilon), [r, d])
    }

    fn rows(
        x: FloatTensor<Self>,
        fallback: FloatTensor<Self>,
        from: IntTensor<Self>,
        _back: IntTensor<Self>,
    ) -> FloatTensor<Self> {
        let [_, d] = dims(&x);
        let [x, fallback, from] = [x, fallback, from].map(values);
        let picked = cpu::rows(x.floats(), from.integers(), fallback.floats(), d);
        tensor(picked, [from.integers().len(), d])
    }

    fn pick(x: FloatTensor<Self>, from: IntTensor<Self>, _back: IntTensor<Self>) -> FloatTensor<Self> {
        let [_, d] = dims(&x);
        let [x, from] = [x, from].map(values);
        tensor(cpu::rows(x.floats(), from.integers(), &[], d), [from.integers().len(), d])
    }

    fn l1(
        predicted: FloatTensor<Self>,
        targets: FloatTensor<Self>,
        rows: IntTensor<Self>,
        weight: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        let [p, t, rows, weight] = [predicted, targets, rows, weight].map(values);
        tensor(vec![cpu::l1(p.floats(), t.floats(), rows.integers(), weight.floats())], [1])
    }

    fn patches(frames: IntTensor<Self>, shape: PatchShape) -> FloatTensor<Self> {
        let frames = values(frames);
        let clips = frames.integers().len() / (shape.frames * shape.size * shape.size);
        tensor(cpu::patches(frames.integers(), shape), [clips * shape.tokens(), shape.values()])
    }

    fn adamw(
        parameter: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        moments: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        step: AdamStep,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let [p, g, moments, scale] = [parameter, gradient, moments, scale].map(values);
        let (parameter, moments) = cpu::adamw(p.floats(), g.floats(), moments.floats(), scale.floats()[0], step);
        let n = parameter.len();
        (tensor(parameter, [n]), tensor(moments, [2 * n]))
    }

    fn ema(target: FloatTensor<Self>, online: FloatTensor<Self>, momentum: f32) -> FloatTensor<Self> {
        let [target, online] = [target, online].map(values);
        tensor(cpu::ema(target.floats(), online.floats(), momentum), [target.floats().len()])
    }

    fn total(x: FloatTensor<Self>, of: Total) -> FloatTensor<Self> {
        tensor(vec![cpu::total(values(x).floats(), of)], [1])
    }
}

impl Fused for Flex {
    type Saved = std::sync::Arc<cpu::Saved>;

    fn block_saving(
        x: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        rope: FloatTensor<Self>,
        spans: IntTensor<Self>,
        shape: BlockShape,
    ) -> (FloatTensor<Self>, Self::Saved) {
        let dims = dims(&x);
        let [x, weights, rope, spans] = [x, weights, rope, spans].map(values);
        let (y, saved) = cpu::block_saving(shape, x.floats(), weights.floats(), rope.floats(), spans.integers());
        (tensor(y, dims), saved.into())
    }

    fn block_backward(
        input: BlockInput<Self>,
        saved: Self::Saved,
        gradient: FloatTensor<Self>,
        shape: BlockShape,
    ) -> [FloatTensor<Self>; 2] {
        let dims = dims(&input.x);
        let BlockInput { x, weights, rope, spans } = input;
        let [x, weights, rope, spans, gradient] = [x, weights, rope, spans, gradient].map(values);
        let weights_shape = [weights.floats().len()];
        let (x, weights) = cpu::block_backward(
            shape,
            x.floats(),
            weights.floats(),
            rope.floats(),
            spans.integers(),
            &saved,
            gradient.floats(),
        );
        [tensor(x, dims), tensor(weights, weights_shape)]
    }

    fn linear_backward(
        x: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        x_wanted: bool,
    ) -> (Option<FloatTensor<Self>>, FloatTensor<Self>) {
        let ([r, input], [_, output]) = (dims(&x), dims(&gradient));
        let [x, weights, dy] = [x, weights, gradient].map(values);
        let (dx, dw) = cpu::linear_backward(x.floats(), weights.floats(), dy.floats(), input, output, x_wanted);
        let count = dw.len();
        (x_wanted.then(|| tensor(dx, [r, input])), tensor(dw, [count]))
    }

    fn layer_norm_backward(
        x: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        epsilon: f32,
    ) -> [FloatTensor<Self>; 2] {
        let [r, d] = dims(&x);
        let [x, weights, dy] = [x, weights, gradient].map(values);
        let (dx, dw) = cpu::layer_norm_backward(x.floats(), weights.floats(), dy.floats(), d, epsilon);
        [tensor(dx, [r, d]), tensor(dw, [2 * d])]
    }

    fn rows_backward(
        gradient: FloatTensor<Self>,
        from: IntTensor<Self>,
        back: IntTensor<Self>,
        fallbacks: usize,
    ) -> [FloatTensor<Self>; 2] {
        let [_, d] = dims(&gradient);
        let [dy, from, back] = [gradient, from, back].map(values);
        let dx = tensor(cpu::rows(dy.floats(), back.integers(), &[], d), [back.integers().len(), d]);
        let sums = cpu::fallback_sums(dy.floats(), from.integers(), d, fallbacks);
        [dx, tensor(sums, [fallbacks, d])]
    }

    fn l1_backward(
        predicted: FloatTensor<Self>,
        targets: FloatTensor<Self>,
        rows: IntTensor<Self>,
        weight: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        let dims = dims(&predicted);
        let [p, t, rows, weight, gradient] = [predicted, targets, rows, weight, gradient].map(values);
        let loss = gradient.floats()[0];
        tensor(cpu::l1_backward(p.floats(), t.floats(), rows.integers(), weight.floats(), loss), dims)
    }
}
