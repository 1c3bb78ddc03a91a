//! A transformer block: which kernel follows which.

use super::{
    attention, attention_backward,
    launch::{Sizes, empty},
    matmul::{Epilogue, Operands, Product, matmul, packed_matmul},
    norm::{self, NormAt},
    tuning::{Choice, tuning},
};
use crate::kernels::{AfterShape, BlockInput, BlockParts, BlockShape};
use crate::precision::Precision;
use burn::backend::TensorMetadata;
use burn_cubecl::{CubeBackend, tensor::CubeTensor};

/// What the backward pass needs of the forward pass, `R` rows each.
#[derive(Debug, Clone)]
pub struct Saved {
    /// `norm1(x)`, `[R, D]`.
    normed1: CubeTensor,
    /// Queries, keys (both turned) and values, `[R, 3 D]`.
    qkv: CubeTensor,
    /// Attention's result before its projection, `[R, D]`.
    mixed: CubeTensor,
    /// Logarithm of the softmax's normaliser, `[R, heads]`.
    normaliser: CubeTensor,
    /// `x + attention`, `[R, D]`.
    middle: CubeTensor,
    /// `norm2(middle)`, `[R, D]`.
    normed2: CubeTensor,
    /// Before and after the activation, `[R, hidden]`.
    before: CubeTensor,
    after: CubeTensor,
}

impl Saved {
    /// Room for the rows of `x`.
    pub fn new(x: &CubeTensor, shape: BlockShape) -> Self {
        let [r, d] = x.shape().dims();
        let room = |channels| empty(x, [r, channels]);
        Self {
            normed1: room(d),
            qkv: room(3 * d),
            mixed: room(d),
            normaliser: room(shape.heads),
            middle: room(d),
            normed2: room(d),
            before: room(shape.hidden),
            after: room(shape.hidden),
        }
    }
}

/// The weights of a block or layer.
pub enum Weights<'a> {
    /// One flat tensor.
    Flat(&'a CubeTensor),
    /// See [`crate::kernels::packing`].
    Packed { codes: &'a CubeTensor, rest: &'a CubeTensor, precision: Precision },
}

impl Weights<'_> {
    /// What holds biases and norms.
    fn vectors(&self) -> &CubeTensor {
        match self {
            Self::Flat(weights) => weights,
            Self::Packed { rest, .. } => rest,
        }
    }

    /// The variants of kernels for them.
    fn choice(&self) -> Choice {
        let precision = if let Self::Packed { precision, .. } = self { *precision } else { Precision::F32 };
        tuning().choices.of(precision)
    }

    /// Where a block's parts begin, and the scales of its matrices.
    fn layout(&self, shape: BlockShape) -> (BlockParts<usize>, [usize; 4]) {
        match self {
            Self::Flat(_) => (shape.layout(), [0; 4]),
            Self::Packed { codes, rest, precision } => {
                let layout = shape.packed_layout(*precision);
                debug_assert!(shape.packable(), "{shape:?} is not packable");
                debug_assert_eq!([codes, rest].map(|x| x.shape().num_elements()), [layout.codes, layout.rest]);
                (layout.parts, layout.scales)
            }
        }
    }

    /// One layer, `a` -> `out`; `extra` as `then` says.
    pub fn layer(
        &self,
        then: Epilogue,
        [a, out]: [&CubeTensor; 2],
        extra: Option<&CubeTensor>,
        product: Product,
        sizes: Sizes,
    ) {
        match self {
            Self::Flat(weights) => matmul(Operands::Plain, then, [a, weights, out], extra, product, sizes),
            Self::Packed { codes, rest, precision } => {
                packed_matmul(*precision, then, [a, codes, rest, out], extra, product, sizes);
            }
        }
    }
}

/// Who attends to whom.
#[derive(Clone, Copy)]
pub enum Attending<'a> {
    /// As [`crate::kernels::Spans::ends`] says, `[R, 4]`.
    Spans(&'a CubeTensor),
    /// New rows to each other and to `past`; their keys and values go into `keys_values`, `[R, 2 D]`.
    After { past: &'a CubeTensor, keys_values: &'a CubeTensor, shape: AfterShape },
}

/// [`forward`] of new rows, whose keys and values are returned as well.
pub fn after(
    x: &CubeTensor,
    weights: &Weights,
    [rope, past]: [&CubeTensor; 2],
    shape: AfterShape,
) -> (CubeTensor, CubeTensor) {
    let [r, d] = x.shape().dims();
    let keys_values = empty(x, [r, 2 * d]);
    let attending = Attending::After { past, keys_values: &keys_values, shape };
    let y = forward(x, weights, rope, attending, shape.block, None);
    (y, keys_values)
}

/// `[R, D]` -> `[R, D]`, leaving what happens on the way in `saved` if that is given.
pub fn forward(
    x: &CubeTensor,
    weights: &Weights,
    rope: &CubeTensor,
    attending: Attending,
    shape: BlockShape,
    saved: Option<&Saved>,
) -> CubeTensor {
    let [r, d] = x.shape().dims();
    let (at, [qkv_scales, proj_scales, fc1_scales, fc2_scales]) = weights.layout(shape);
    let sizes = if saved.is_some() { Sizes::Vary } else { Sizes::Same };
    let room = saved.cloned().unwrap_or_else(|| Saved::new_for_looking(x, shape));
    let layer = |a, then, out, extra, product| weights.layer(then, [a, out], extra, product, sizes);
    let norm = |x, out, start| norm::forward(x, Some(weights.vectors()), out, [r, d], norm_at(shape, start), sizes);
    let of = |n, k, [b, bias, scale]: [usize; 3]| Product { m: r, n, k, b, bias, scale, out: 0 };

    norm(x, &room.normed1, at.norm1);
    let turn = Epilogue::BiasRope { head_dim: shape.head_dim() };
    layer(&room.normed1, turn, &room.qkv, Some(rope), of(3 * d, d, [at.qkv, at.qkv_bias, qkv_scales]));
    let staging = weights.choice().attention;
    match attending {
        Attending::Spans(spans) => {
            let normaliser = saved.map(|saved| &saved.normaliser);
            attention::forward(shape, [&room.qkv, spans, &room.mixed], normaliser, staging, sizes);
        }
        Attending::After { past, keys_values, shape } => {
            attention::after(shape, [&room.qkv, past, &room.mixed, keys_values], staging);
        }
    }
    layer(&room.mixed, Epilogue::BiasAdd, &room.middle, Some(x), of(d, d, [at.proj, at.proj_bias, proj_scales]));

    norm(&room.middle, &room.normed2, at.norm2);
    let (then, before) = match saved {
        Some(saved) => (Epilogue::BiasActivateKeeping(shape.activation), Some(&saved.before)),
        None => (Epilogue::BiasActivate(shape.activation), None),
    };
    layer(&room.normed2, then, &room.after, before, of(shape.hidden, d, [at.fc1, at.fc1_bias, fc1_scales]));
    let y = empty(x, [r, d]);
    let last = of(d, shape.hidden, [at.fc2, at.fc2_bias, fc2_scales]);
    layer(&room.after, Epilogue::BiasAdd, &y, Some(&room.middle), last);
    y
}

impl Saved {
    /// As [`Saved::new`] without what only a backward pass reads, and with memory used twice.
    fn new_for_looking(x: &CubeTensor, shape: BlockShape) -> Self {
        let [r, d] = x.shape().dims();
        let nothing = empty(x, [1]);
        let (normed, qkv) = (empty(x, [r, d]), empty(x, [r, 3 * d]));
        Self {
            normed1: normed.clone(),
            qkv,
            mixed: normed.clone(),
            normaliser: nothing.clone(),
            middle: empty(x, [r, d]),
            normed2: normed,
            before: nothing,
            after: empty(x, [r, shape.hidden]),
        }
    }
}

fn norm_at(shape: BlockShape, start: usize) -> NormAt {
    NormAt { start, epsilon: shape.epsilon }
}

/// Gradients of `x` and of the weights, given that of the result.
pub fn backward(
    input: &BlockInput<CubeBackend>,
    saved: &Saved,
    gradient: &CubeTensor,
    shape: BlockShape,
) -> [CubeTensor; 2] {
    let pass = Pass { input, saved, shape, layout: shape.layout(), slopes: empty(&input.x, [shape.weights()]) };
    let middle = pass.mlp(gradient);
    let x = pass.attention(&middle);
    [x, pass.slopes]
}

struct Pass<'a> {
    input: &'a BlockInput<CubeBackend>,
    saved: &'a Saved,
    shape: BlockShape,
    layout: BlockParts<usize>,
    /// Gradient of the weights, flat as they are.
    slopes: CubeTensor,
}

impl Pass<'_> {
    /// Gradient of the block's result -> of `middle`.
    fn mlp(&self, gradient: &CubeTensor) -> CubeTensor {
        let Pass { saved, shape, layout, .. } = self;
        let (d, hidden) = (shape.width, shape.hidden);
        let before = self.input_of(gradient, layout.fc2, [hidden, d], Some(&saved.before));
        self.weights_of(&saved.after, gradient, layout.fc2, layout.fc2_bias, [hidden, d]);
        let normed = self.input_of(&before, layout.fc1, [d, hidden], None);
        self.weights_of(&saved.normed2, &before, layout.fc1, layout.fc1_bias, [d, hidden]);
        self.norm(&saved.middle, &normed, gradient, layout.norm2)
    }

    /// Gradient of `middle` -> of `x`.
    fn attention(&self, gradient: &CubeTensor) -> CubeTensor {
        let Pass { input, saved, shape, layout, .. } = self;
        let d = shape.width;
        let mixed = self.input_of(gradient, layout.proj, [d, d], None);
        self.weights_of(&saved.mixed, gradient, layout.proj, layout.proj_bias, [d, d]);
        let [r, _] = input.x.shape().dims();
        let (scratch, qkv) = (empty(gradient, [r, shape.heads]), empty(gradient, [r, 3 * d]));
        let buffers = attention_backward::Backward {
            qkv: &saved.qkv,
            spans: &input.spans,
            mixed: &saved.mixed,
            normaliser: &saved.normaliser,
            gradient: &mixed,
            rope: &input.rope,
            scratch: &scratch,
            result: &qkv,
        };
        attention_backward::backward(*shape, buffers, r);
        let normed = self.input_of(&qkv, layout.qkv, [d, 3 * d], None);
        self.weights_of(&saved.normed1, &qkv, layout.qkv, layout.qkv_bias, [d, 3 * d]);
        self.norm(&input.x, &normed, gradient, layout.norm1)
    }

    /// Through a layer `[input, output]` at `start` of the weights, and through the activation before it if `before` is given.
    fn input_of(
        &self,
        gradient: &CubeTensor,
        start: usize,
        [input, output]: [usize; 2],
        before: Option<&CubeTensor>,
    ) -> CubeTensor {
        let [r, _] = gradient.shape().dims();
        let result = empty(gradient, [r, input]);
        let product = Product { m: r, n: input, k: output, b: start, ..Product::default() };
        let then = if before.is_some() { Epilogue::ActivationSlope(self.shape.activation) } else { Epilogue::Nothing };
        let operands = [gradient, &self.input.weights, &result];
        matmul(Operands::RightTransposed, then, operands, before, product, Sizes::Vary);
        result
    }

    /// Gradients of a layer's matrix and bias.
    fn weights_of(
        &self,
        x: &CubeTensor,
        gradient: &CubeTensor,
        start: usize,
        bias: usize,
        [input, output]: [usize; 2],
    ) {
        let [r, _] = gradient.shape().dims();
        let product = Product { m: input, n: output, k: r, out: start, bias, ..Product::default() };
        matmul(Operands::LeftTransposed, Epilogue::Nothing, [x, gradient, &self.slopes], None, product, Sizes::Vary);
    }

    /// Through a norm, plus `added`, the gradient of the residual path.
    fn norm(&self, x: &CubeTensor, gradient: &CubeTensor, added: &CubeTensor, start: usize) -> CubeTensor {
        let [r, d] = x.shape().dims();
        let result = empty(x, [r, d]);
        let tensors = [x, &self.input.weights, gradient];
        norm::backward(tensors, Some(added), [&result, &self.slopes], [r, d], norm_at(self.shape, start));
        result
    }
}
