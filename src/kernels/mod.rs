//! Kernels of our own: what a video transformer spends its time on, fused, as operations of Burn with their gradients.
//!
//! * [`Kernels`]: the operations, as Burn sees them. `cpu` implements them for Burn's portable CPU backend on plain
//!   slices, `gpu` for WebGPU in WGSL, and [`autodiff`] gives each its gradient.
//! * [`Fused`]: what a backend has to bring for that: a forward pass that keeps what the backward pass needs, and the
//!   backward pass.
//! * [`packing`]: weights in fewer bits for looking, and how they lie; the kernels decode them inside the product.
//! * [`plain`]: the same operations composed of Burn's own, slow and obviously right. Tests hold the kernels to them.
//! * [`composed`]: the whole set made of these, for CUDA devices, which have no kernels of our own.
//!
//! Activations are `[R, C]`: `R` rows of a *ragged batch*, sequences of any length one after the other, so that the
//! clips of a batch and the masks of both generators go through each kernel together. `spans`, `[R, 4]`, gives each row
//! the rows it attends to and those that attend to it ([`Spans::ends`]). Weights of a part are one flat tensor;
//! [`crate::model::Group`] names what is in it.

mod autodiff;
pub mod composed;
#[cfg(feature = "cpu")]
pub mod cpu;
#[cfg(feature = "cpu")]
mod flex;
#[cfg(feature = "webgpu")]
pub mod gpu;
pub mod packing;
pub mod plain;
mod shapes;
mod spans;
mod tensors;

pub use shapes::{AdamStep, AfterShape, BlockParts, BlockShape, PackedLayout, Total, packable};
pub use spans::Spans;
pub use tensors::{
    adamw, attend, block, block_after, ema, l1, layer_norm, linear, normalise, packed_block, packed_block_after,
    packed_linear, patches, pick, rows, total,
};

use crate::{grid::PatchShape, precision::Precision};
use burn::backend::{
    Backend, backend_extension,
    tensor::{FloatTensor, IntTensor},
};

/// The operations on backend tensors. [`tensors`] has them for [`burn::tensor::Tensor`], documented.
#[backend_extension(Flex: cfg(feature = "cpu"), Cube: cfg(feature = "webgpu"), Autodiff)]
pub trait Kernels: Backend {
    fn block(
        x: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        rope: FloatTensor<Self>,
        spans: IntTensor<Self>,
        shape: BlockShape,
    ) -> FloatTensor<Self>;
    fn linear(x: FloatTensor<Self>, weights: FloatTensor<Self>, output: usize) -> FloatTensor<Self>;
    fn packed_block(
        x: FloatTensor<Self>,
        codes: IntTensor<Self>,
        rest: FloatTensor<Self>,
        rope: FloatTensor<Self>,
        spans: IntTensor<Self>,
        shape: BlockShape,
        precision: Precision,
    ) -> FloatTensor<Self>;
    fn packed_linear(
        x: FloatTensor<Self>,
        codes: IntTensor<Self>,
        rest: FloatTensor<Self>,
        output: usize,
        precision: Precision,
    ) -> FloatTensor<Self>;
    /// `past` is any tensor where none have gone before.
    fn block_after(
        x: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        rope: FloatTensor<Self>,
        past: FloatTensor<Self>,
        shape: AfterShape,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);
    fn packed_block_after(
        x: FloatTensor<Self>,
        codes: IntTensor<Self>,
        rest: FloatTensor<Self>,
        rope: FloatTensor<Self>,
        past: FloatTensor<Self>,
        shape: AfterShape,
        precision: Precision,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);
    fn attend(
        queries: FloatTensor<Self>,
        keys_values: FloatTensor<Self>,
        spans: IntTensor<Self>,
        heads: usize,
    ) -> FloatTensor<Self>;
    fn layer_norm(x: FloatTensor<Self>, weights: FloatTensor<Self>, epsilon: f32) -> FloatTensor<Self>;
    fn normalise(x: FloatTensor<Self>, epsilon: f32) -> FloatTensor<Self>;
    fn rows(
        x: FloatTensor<Self>,
        fallback: FloatTensor<Self>,
        from: IntTensor<Self>,
        back: IntTensor<Self>,
    ) -> FloatTensor<Self>;
    fn pick(x: FloatTensor<Self>, from: IntTensor<Self>, back: IntTensor<Self>) -> FloatTensor<Self>;
    fn l1(
        predicted: FloatTensor<Self>,
        targets: FloatTensor<Self>,
        rows: IntTensor<Self>,
        weight: FloatTensor<Self>,
    ) -> FloatTensor<Self>;
    fn patches(frames: IntTensor<Self>, shape: PatchShape) -> FloatTensor<Self>;
    fn adamw(
        parameter: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        moments: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        step: AdamStep,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);
    fn ema(target: FloatTensor<Self>, online: FloatTensor<Self>, momentum: f32) -> FloatTensor<Self>;
    fn total(x: FloatTensor<Self>, of: Total) -> FloatTensor<Self>;
}

/// What a backend brings so that [`Kernels`] have gradients. Shapes as there.
pub trait Fused: Kernels {
    /// What the backward pass of a block needs of its forward pass.
    type Saved: Clone + Send + std::fmt::Debug + 'static;

    fn block_saving(
        x: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        rope: FloatTensor<Self>,
        spans: IntTensor<Self>,
        shape: BlockShape,
    ) -> (FloatTensor<Self>, Self::Saved);

    /// Gradients of `x` and of `weights`.
    fn block_backward(
        input: BlockInput<Self>,
        saved: Self::Saved,
        gradient: FloatTensor<Self>,
        shape: BlockShape,
    ) -> [FloatTensor<Self>; 2];

    /// Gradients of `x`, if wanted, and of `weights`.
    fn linear_backward(
        x: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        x_wanted: bool,
    ) -> (Option<FloatTensor<Self>>, FloatTensor<Self>);

    /// Gradients of `x` and of `weights`.
    fn layer_norm_backward(
        x: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        epsilon: f32,
    ) -> [FloatTensor<Self>; 2];

    /// Gradients of `x` and of the `fallbacks`.
    fn rows_backward(
        gradient: FloatTensor<Self>,
        from: IntTensor<Self>,
        back: IntTensor<Self>,
        fallbacks: usize,
    ) -> [FloatTensor<Self>; 2];

    /// Gradient of `predicted`; `gradient` is that of the loss, one element.
    fn l1_backward(
        predicted: FloatTensor<Self>,
        targets: FloatTensor<Self>,
        rows: IntTensor<Self>,
        weight: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
    ) -> FloatTensor<Self>;
}

/// The inputs of a block, kept for its backward pass.
#[derive(Debug, Clone)]
pub struct BlockInput<B: Backend> {
    pub x: FloatTensor<B>,
    pub weights: FloatTensor<B>,
    pub rope: FloatTensor<B>,
    pub spans: IntTensor<B>,
}
