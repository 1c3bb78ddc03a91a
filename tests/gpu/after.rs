//! Blocks on new rows that go on from the keys and values of those before, against their twins; and clips that go through
//! tubelet by tubelet against the same at once.

use super::{Leaf, TOLERANCE, block_leaves, read, rope};
use crate::{Outcome, under_test};
use burn::tensor::{Device, Tensor};
use vjepa_web::{
    kernels::{BlockShape, Spans, plain},
    rng::Rng,
};

pub async fn check(device: &Device) -> Vec<Outcome> {
    let shape = |width, heads, hidden| BlockShape::new(width, heads, hidden);
    let mut twins = Outcome::new("block after", TOLERANCE);
    for (shape, [count, new, before]) in [
        (shape(32, 2, 64), [1, 9, 0]),
        (shape(64, 1, 128), [1, 5, 33]),
        (shape(24, 2, 48), [3, 1, 2]),
        (shape(36, 3, 209), [2, 7, 3]),
        (shape(40, 4, 60), [5, 3, 0]),
    ] {
        twin(&mut twins, device, shape, [count, new, before]).await;
    }
    let mut streams = Outcome::new("clips tubelet by tubelet", 1e-5);
    for (shape, tubelets, window, count) in [
        (shape(32, 2, 64), &[4; 8][..], 3, 1),
        (shape(36, 3, 209), &[3, 1, 5, 2], 2, 3),
        (shape(24, 2, 48), &[2; 16], usize::MAX, 2),
        (shape(40, 4, 60), &[6, 6, 6], 1, 1),
    ] {
        stream(&mut streams, device, shape, (tubelets, window, count)).await;
    }
    vec![twins, streams]
}

async fn twin(outcome: &mut Outcome, device: &Device, shape: BlockShape, [count, new, before]: [usize; 3]) {
    let rows = count * new;
    let leaves = block_leaves(shape, rows);
    let past = Leaf::random(&mut Rng::new(15), count * before * 2 * shape.width, 1.0);
    let run = |on: &Device, leaves: [Tensor<1>; 2], fused: bool| {
        let [x, weights] = leaves;
        let x = x.reshape([rows, shape.width]);
        let rope = rope(rows, shape.head_dim()).on(on).reshape([rows, 2 * shape.head_dim()]);
        let past = (before > 0).then(|| past.on(on).reshape([count * before, 2 * shape.width]));
        match fused {
            true => under_test::block_after(x, weights, rope, past, count, shape),
            false => plain::block_after(x, weights, rope, past, count, shape),
        }
    };
    let on = |device: &Device| [&leaves[0], &leaves[1]].map(|leaf| leaf.on(device));
    let flat = |(y, keys_values): (Tensor<2>, Tensor<2>)| read(vec![y.reshape([-1]), keys_values.reshape([-1])]);
    let expected = flat(run(&Device::flex(), on(&Device::flex()), false)).await;
    let found = flat(run(device, on(device), true)).await;
    // Among tracked tensors the values are the same, and nothing flows back.
    let tracked = on(&device.clone().autodiff()).map(Tensor::require_grad);
    let (y, keys_values) = run(device, tracked.clone(), true);
    let gradients = (y.clone().sum() + keys_values.clone().sum() + tracked[0].clone().sum()).backward();
    let constant = flat((y.inner(), keys_values.inner())).await;
    let slope = read(vec![tracked[0].grad(&gradients).unwrap()]).await;
    outcome.add_tensor("slope", &slope[0], &vec![1.0; rows * shape.width]);
    for (i, part) in ["result", "keys and values"].into_iter().enumerate() {
        let name = format!("{part} of {count} times {new} after {before}, {shape:?}");
        outcome.add_tensor(&name, &found[i], &expected[i]);
        outcome.add_tensor(&name, &constant[i], &expected[i]);
    }
}

/// `count` clips of the same `tubelets` through a stack of blocks, once tubelet by tubelet, once as a whole.
async fn stream(
    outcome: &mut Outcome,
    device: &Device,
    shape: BlockShape,
    (tubelets, window, count): (&[usize], usize, usize),
) {
    let (d, dim, length) = (shape.width, 2 * shape.head_dim(), tubelets.iter().sum::<usize>());
    let x = Leaf::random(&mut Rng::new(16), count * length * d, 1.0).on(device).reshape([count * length, d]);
    let rope = rope(count * length, shape.head_dim()).on(device).reshape([count * length, dim]);
    let stack: Vec<Tensor<1>> = (0..3).map(|seed| weights(shape, seed).on(device)).collect();

    let spans = Spans::causal(&vec![tubelets.to_vec(); count], window, device);
    let block = |x, weights: &Tensor<1>| under_test::block(x, weights.clone(), rope.clone(), spans.clone(), shape);
    let whole = stack.iter().fold(x.clone(), block);

    let mut past: Vec<Option<Tensor<3>>> = vec![None; stack.len()]; // [count, P, 2 D]
    let mut kept: Vec<usize> = Vec::new();
    let mut first = 0;
    for &rows in tubelets {
        let part = |of: &Tensor<2>, channels: usize| {
            let clips = of.clone().reshape([count, length, channels]);
            clips.narrow(1, first, rows).reshape([count * rows, channels])
        };
        let (mut new, rope) = (part(&x, d), part(&rope, dim));
        for (past, weights) in past.iter_mut().zip(&stack) {
            let before = past.clone().map(|past| past.reshape([-1, 2 * d as i32]));
            let (y, keys_values) = under_test::block_after(new, weights.clone(), rope.clone(), before, count, shape);
            let keys_values = keys_values.reshape([count, rows, 2 * d]);
            *past = Some(Tensor::cat(past.take().into_iter().chain([keys_values]).collect(), 1));
            new = y;
        }
        kept.push(rows);
        while kept.len() >= window {
            let oldest = kept.remove(0);
            past.iter_mut().for_each(|past| *past = past.take().and_then(|past| without(past, oldest)));
        }
        let whole = part(&whole, d);
        let [found, expected] = [read(vec![new.reshape([-1])]).await, read(vec![whole.reshape([-1])]).await];
        outcome.add_tensor(&format!("from row {first} of {shape:?}"), &found[0], &expected[0]);
        first += rows;
    }
}

/// The cache without its oldest rows.
fn without(past: Tensor<3>, oldest: usize) -> Option<Tensor<3>> {
    let [_, rows, _] = past.dims();
    (rows > oldest).then(|| past.narrow(1, oldest, rows - oldest))
}

fn weights(shape: BlockShape, seed: u64) -> Leaf {
    let mut weights = Leaf::random(&mut Rng::new(17 + seed), shape.weights(), 0.12);
    weights.0[shape.layout().norm1..].iter_mut().for_each(|weight| *weight += 0.8);
    weights
}
