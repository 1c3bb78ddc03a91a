//! Packed weights: packed on the host from the published layout, decoded by the kernels, held to the twins of f32 on the
//! very values that the codes stand for.

use super::{Leaf, TOLERANCE, integers, read, rope, spans};
use crate::Outcome;
use burn::tensor::{Device, Int, Tensor};
use vjepa_web::{
    config::Activation,
    kernels::{
        self, BlockShape,
        packing::{MatrixPacker, PackedMatrix, unpack},
        plain,
    },
    precision::Precision,
    rng::Rng,
};

pub async fn check(device: &Device) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for precision in [Precision::F16, Precision::Int8] {
        let mut blocks = Outcome::new(&format!("packed blocks, {precision:?}"), TOLERANCE);
        for (shape, lengths) in shapes() {
            block(&mut blocks, device, shape, lengths, precision).await;
        }
        outcomes.push(blocks);
        outcomes.push(layers(device, precision).await);
    }
    outcomes
}

fn shapes() -> [(BlockShape, &'static [usize]); 6] {
    let shape = |width, heads, hidden| BlockShape::new(width, heads, hidden);
    [
        (shape(32, 2, 64), &[16, 16]),
        (shape(64, 1, 128), &[33, 1, 5]),
        (shape(80, 1, 36), &[9]),
        (shape(36, 3, 100), &[7, 13]),
        (shape(24, 2, 48), &[1]),
        (BlockShape { epsilon: 1e-2, activation: Activation::Silu, ..shape(24, 2, 48) }, &[9, 4]),
    ]
}

/// A group as the kernels take it, and as flat weights of the values its codes stand for.
struct Group {
    words: Vec<i32>,
    rest: Leaf,
    flat: Leaf,
}

impl Group {
    /// Random matrices `[input, output]`, packed as published, and `vectors`.
    fn random(rng: &mut Rng, precision: Precision, matrices: &[[usize; 2]], vectors: Leaf) -> Self {
        let (mut words, mut rest, mut flat) = (Vec::new(), Vec::new(), Vec::new());
        for &[input, output] in matrices {
            let published = Leaf::random(rng, input * output, 0.15).0;
            let mut packer = MatrixPacker::new(precision, output, input);
            published.chunks(3 * input).for_each(|rows| packer.push(rows));
            let PackedMatrix { words: more, scales } = packer.finish();
            let values = unpack(precision, &more, &scales, output, input);
            flat.extend((0..input * output).map(|i| values[i % output * input + i / output]));
            words.extend(more.into_iter().map(u32::cast_signed));
            rest.extend(scales);
        }
        rest.extend(&vectors.0);
        flat.extend(vectors.0);
        Self { words, rest: Leaf(rest), flat: Leaf(flat) }
    }

    fn on(&self, device: &Device) -> (Tensor<1, Int>, Tensor<1>) {
        (integers(&self.words, device), self.rest.on(device))
    }
}

async fn block(outcome: &mut Outcome, device: &Device, shape: BlockShape, lengths: &[usize], precision: Precision) {
    assert!(shape.packable());
    let mut rng = Rng::new(13);
    let rows = lengths.iter().sum();
    let x = Leaf::random(&mut rng, rows * shape.width, 1.0);
    let vectors = Leaf::random(&mut rng, shape.weights() - shape.layout().qkv_bias, 0.5);
    let group = Group::random(&mut rng, precision, &shape.matrices(), vectors);
    let keys_values = Leaf::random(&mut rng, 3 * 2 * shape.width, 1.0);
    let layout = shape.packed_layout(precision);
    assert_eq!([group.words.len(), group.rest.0.len()], [layout.codes, layout.rest]);
    let inputs = |on: &Device| {
        let rope = rope(rows, shape.head_dim()).on(on).reshape([rows, 2 * shape.head_dim()]);
        (x.on(on).reshape([rows, shape.width]), rope)
    };
    let ((x, turn), (codes, rest)) = (inputs(device), group.on(device));
    let found = kernels::packed_block(x, codes, rest, turn, spans(lengths, device), shape, precision);
    let (x, turn) = inputs(&Device::flex());
    let expected = plain::block(x, group.flat.on(&Device::flex()), turn, &spans(lengths, &Device::flex()), shape);
    add(outcome, &format!("{shape:?} of {rows}"), found, expected).await;

    let past = |on: &Device| Some(keys_values.on(on).reshape([3, 2 * shape.width]));
    let ((x, turn), (codes, rest)) = (inputs(device), group.on(device));
    let (found, kept) = kernels::packed_block_after(x, (codes, rest, precision), turn, past(device), 1, shape);
    let ((x, turn), flat) = (inputs(&Device::flex()), group.flat.on(&Device::flex()));
    let (expected, twins) = plain::block_after(x, flat, turn, past(&Device::flex()), 1, shape);
    add(outcome, &format!("{shape:?}, {rows} after 3"), found, expected).await;
    add(outcome, &format!("{shape:?}, keys and values"), kept, twins).await;
}

async fn layers(device: &Device, precision: Precision) -> Outcome {
    let mut outcome = Outcome::new(&format!("packed layers, {precision:?}"), TOLERANCE);
    for [rows, input, output] in [[8, 16, 32], [1, 12, 4], [130, 20, 68], [5, 1024, 516]] {
        let mut rng = Rng::new(14);
        let x = Leaf::random(&mut rng, rows * input, 0.3);
        let bias = Leaf::random(&mut rng, output, 0.5);
        let group = Group::random(&mut rng, precision, &[[input, output]], bias);
        let (codes, rest) = group.on(device);
        let found = kernels::packed_linear(x.on(device).reshape([rows, input]), codes, rest, output, precision);
        let flex = Device::flex();
        let expected = plain::linear(x.on(&flex).reshape([rows, input]), group.flat.on(&flex), output);
        add(&mut outcome, &format!("{rows}x{input}x{output}"), found, expected.clone()).await;
        // Among tracked tensors the values are the same, and nothing flows back: only the sum's slope of one arrives.
        let leaf = x.on(&device.clone().autodiff()).require_grad();
        let ((codes, rest), x) = (group.on(device), leaf.clone().reshape([rows, input]));
        let found = kernels::packed_linear(x, codes, Tensor::from_inner(rest), output, precision);
        let gradients = (found.clone().sum() + leaf.clone().sum()).backward();
        add(&mut outcome, "tracked", found.inner(), expected).await;
        let slope = read(vec![leaf.grad(&gradients).unwrap()]).await;
        outcome.add_tensor("slope", &slope[0], &vec![1.0; rows * input]);
    }
    outcome
}

async fn add(outcome: &mut Outcome, name: &str, found: Tensor<2>, expected: Tensor<2>) {
    let (found, expected) = (read(vec![found.reshape([-1])]).await, read(vec![expected.reshape([-1])]).await);
    outcome.add_tensor(name, &found[0], &expected[0]);
}
