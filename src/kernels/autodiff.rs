//! Gradients of the kernels: which inputs have one, and what the backward pass is given.

use super::{AdamStep, AfterShape, BlockInput, BlockShape, Fused, Kernels, PatchShape, Total};
use crate::precision::Precision;
use burn::backend::{
    Autodiff, TensorMetadata,
    autodiff::{
        NodeId,
        checkpoint::{base::Checkpointer, strategy::CheckpointStrategy},
        grads::Gradients,
        ops::{Backward, Ops, OpsKind},
    },
    tensor::{FloatTensor, IntTensor},
};

impl<B: Fused, C: CheckpointStrategy> Kernels for Autodiff<B, C> {
    fn block(
        x: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        rope: FloatTensor<Self>,
        spans: IntTensor<Self>,
        shape: BlockShape,
    ) -> FloatTensor<Self> {
        let nodes = [x.node(), weights.node()];
        let input = BlockInput::<B> {
            x: x.into_primitive(),
            weights: weights.into_primitive(),
            rope: rope.into_primitive(),
            spans,
        };
        let BlockInput { x, weights, rope, spans } = input.clone();
        match BlockBackward.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prep) => {
                let (y, saved) = B::block_saving(x, weights, rope, spans, shape);
                prep.finish((input, saved, shape), y)
            }
            OpsKind::UnTracked(prep) => prep.finish(B::block(x, weights, rope, spans, shape)),
        }
    }

    fn linear(x: FloatTensor<Self>, weights: FloatTensor<Self>, output: usize) -> FloatTensor<Self> {
        let nodes = [x.node(), weights.node()];
        let (x, weights) = (x.into_primitive(), weights.into_primitive());
        let y = <B as Kernels>::linear(x.clone(), weights.clone(), output);
        match LinearBackward.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish((x, weights), y),
            OpsKind::UnTracked(prep) => prep.finish(y),
        }
    }

    // Packed weights are for looking only: nothing here is tracked.
    fn packed_block(
        x: FloatTensor<Self>,
        codes: IntTensor<Self>,
        rest: FloatTensor<Self>,
        rope: FloatTensor<Self>,
        spans: IntTensor<Self>,
        shape: BlockShape,
        precision: Precision,
    ) -> FloatTensor<Self> {
        let [x, rest, rope] = [x, rest, rope].map(|tensor| tensor.into_primitive());
        constant::<B, C>(B::packed_block(x, codes, rest, rope, spans, shape, precision))
    }

    fn packed_linear(
        x: FloatTensor<Self>,
        codes: IntTensor<Self>,
        rest: FloatTensor<Self>,
        output: usize,
        precision: Precision,
    ) -> FloatTensor<Self> {
        constant::<B, C>(B::packed_linear(x.into_primitive(), codes, rest.into_primitive(), output, precision))
    }

    fn block_after(
        x: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        rope: FloatTensor<Self>,
        past: FloatTensor<Self>,
        shape: AfterShape,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let [x, weights, rope, past] = [x, weights, rope, past].map(|tensor| tensor.into_primitive());
        let (y, keys_values) = B::block_after(x, weights, rope, past, shape);
        (constant::<B, C>(y), constant::<B, C>(keys_values))
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
        let [x, rest, rope, past] = [x, rest, rope, past].map(|tensor| tensor.into_primitive());
        let (y, keys_values) = B::packed_block_after(x, codes, rest, rope, past, shape, precision);
        (constant::<B, C>(y), constant::<B, C>(keys_values))
    }

    fn attend(
        queries: FloatTensor<Self>,
        keys_values: FloatTensor<Self>,
        spans: IntTensor<Self>,
        heads: usize,
    ) -> FloatTensor<Self> {
        constant::<B, C>(B::attend(queries.into_primitive(), keys_values.into_primitive(), spans, heads))
    }

    fn layer_norm(x: FloatTensor<Self>, weights: FloatTensor<Self>, epsilon: f32) -> FloatTensor<Self> {
        let nodes = [x.node(), weights.node()];
        let (x, weights) = (x.into_primitive(), weights.into_primitive());
        let y = <B as Kernels>::layer_norm(x.clone(), weights.clone(), epsilon);
        match NormBackward.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish((x, weights, epsilon), y),
            OpsKind::UnTracked(prep) => prep.finish(y),
        }
    }

    fn normalise(x: FloatTensor<Self>, epsilon: f32) -> FloatTensor<Self> {
        constant::<B, C>(B::normalise(x.into_primitive(), epsilon))
    }

    fn rows(
        x: FloatTensor<Self>,
        fallback: FloatTensor<Self>,
        from: IntTensor<Self>,
        back: IntTensor<Self>,
    ) -> FloatTensor<Self> {
        let nodes = [x.node(), fallback.node()];
        let fallback = fallback.into_primitive();
        let fallbacks = fallback.shape()[0];
        let y = B::rows(x.into_primitive(), fallback, from.clone(), back.clone());
        match RowsBackward.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish((from, back, fallbacks), y),
            OpsKind::UnTracked(prep) => prep.finish(y),
        }
    }

    fn pick(x: FloatTensor<Self>, from: IntTensor<Self>, back: IntTensor<Self>) -> FloatTensor<Self> {
        let nodes = [x.node()];
        let y = B::pick(x.into_primitive(), from.clone(), back.clone());
        match PickBackward.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish((from, back), y),
            OpsKind::UnTracked(prep) => prep.finish(y),
        }
    }

    fn l1(
        predicted: FloatTensor<Self>,
        targets: FloatTensor<Self>,
        rows: IntTensor<Self>,
        weight: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        let nodes = [predicted.node()];
        let (predicted, targets) = (predicted.into_primitive(), targets.into_primitive());
        let weight = weight.into_primitive();
        let loss = B::l1(predicted.clone(), targets.clone(), rows.clone(), weight.clone());
        match L1Backward.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish((predicted, targets, rows, weight), loss),
            OpsKind::UnTracked(prep) => prep.finish(loss),
        }
    }

    fn patches(frames: IntTensor<Self>, shape: PatchShape) -> FloatTensor<Self> {
        constant::<B, C>(B::patches(frames, shape))
    }

    fn adamw(
        parameter: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        moments: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        step: AdamStep,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let [parameter, gradient, moments, scale] =
            [parameter, gradient, moments, scale].map(|tensor| tensor.into_primitive());
        let (parameter, moments) = B::adamw(parameter, gradient, moments, scale, step);
        (constant::<B, C>(parameter), constant::<B, C>(moments))
    }

    fn ema(target: FloatTensor<Self>, online: FloatTensor<Self>, momentum: f32) -> FloatTensor<Self> {
        constant::<B, C>(B::ema(target.into_primitive(), online.into_primitive(), momentum))
    }

    fn total(x: FloatTensor<Self>, of: Total) -> FloatTensor<Self> {
        constant::<B, C>(B::total(x.into_primitive(), of))
    }
}

/// What no gradient flows through.
fn constant<B: Fused, C: CheckpointStrategy>(tensor: FloatTensor<B>) -> FloatTensor<Autodiff<B, C>> {
    <Autodiff<B, C> as burn::backend::AutodiffBackend>::from_inner(tensor)
}

/// Hand each input that is tracked its gradient.
fn register<B: Fused, const N: usize>(
    inputs: [Option<NodeId>; N],
    found: [FloatTensor<B>; N],
    gradients: &mut Gradients,
) {
    for (input, gradient) in inputs.into_iter().zip(found) {
        if let Some(input) = input {
            gradients.register::<B>(input, gradient);
        }
    }
}

#[derive(Debug)]
struct BlockBackward;

impl<B: Fused> Backward<B, 2> for BlockBackward {
    type State = (BlockInput<B>, B::Saved, BlockShape);

    fn backward(self, ops: Ops<Self::State, 2>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let gradient = gradients.consume::<B>(&ops.node);
        let (input, saved, shape) = ops.state;
        register::<B, 2>(
            ops.parents.map(|node| node.map(|node| node.id)),
            B::block_backward(input, saved, gradient, shape),
            gradients,
        );
    }
}

#[derive(Debug)]
struct LinearBackward;

impl<B: Fused> Backward<B, 2> for LinearBackward {
    type State = (FloatTensor<B>, FloatTensor<B>);

    fn backward(self, ops: Ops<Self::State, 2>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let gradient = gradients.consume::<B>(&ops.node);
        let [x_node, weights_node] = ops.parents;
        let (x, weights) = ops.state;
        let (x, weights) = B::linear_backward(x, weights, gradient, x_node.is_some());
        if let (Some(node), Some(x)) = (x_node, x) {
            gradients.register::<B>(node.id, x);
        }
        if let Some(node) = weights_node {
            gradients.register::<B>(node.id, weights);
        }
    }
}

#[derive(Debug)]
struct NormBackward;

impl<B: Fused> Backward<B, 2> for NormBackward {
    type State = (FloatTensor<B>, FloatTensor<B>, f32);

    fn backward(self, ops: Ops<Self::State, 2>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let gradient = gradients.consume::<B>(&ops.node);
        let (x, weights, epsilon) = ops.state;
        register::<B, 2>(
            ops.parents.map(|node| node.map(|node| node.id)),
            B::layer_norm_backward(x, weights, gradient, epsilon),
            gradients,
        );
    }
}

#[derive(Debug)]
struct RowsBackward;

impl<B: Fused> Backward<B, 2> for RowsBackward {
    type State = (IntTensor<B>, IntTensor<B>, usize);

    fn backward(self, ops: Ops<Self::State, 2>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let gradient = gradients.consume::<B>(&ops.node);
        let (from, back, fallbacks) = ops.state;
        register::<B, 2>(
            ops.parents.map(|node| node.map(|node| node.id)),
            B::rows_backward(gradient, from, back, fallbacks),
            gradients,
        );
    }
}

#[derive(Debug)]
struct PickBackward;

impl<B: Fused> Backward<B, 1> for PickBackward {
    type State = (IntTensor<B>, IntTensor<B>);

    fn backward(self, ops: Ops<Self::State, 1>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let gradient = gradients.consume::<B>(&ops.node);
        let (from, back) = ops.state;
        // The way back is a pick as well.
        register::<B, 1>(ops.parents.map(|node| node.map(|node| node.id)), [B::pick(gradient, back, from)], gradients);
    }
}

#[derive(Debug)]
struct L1Backward;

impl<B: Fused> Backward<B, 1> for L1Backward {
    type State = (FloatTensor<B>, FloatTensor<B>, IntTensor<B>, FloatTensor<B>);

    fn backward(self, ops: Ops<Self::State, 1>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let gradient = gradients.consume::<B>(&ops.node);
        let (predicted, targets, rows, weight) = ops.state;
        let predicted = B::l1_backward(predicted, targets, rows, weight, gradient);
        register::<B, 1>(ops.parents.map(|node| node.map(|node| node.id)), [predicted], gradients);
    }
}
