//! Each kernel against its twin of plain Burn on the CPU: values and gradients, odd shapes, one token, many. Whoever includes
//! this says which operations are `under_test`.
//!
//! On the CPU even where the kernels run on WebGPU: there Burn gives GELU the slope of its tanh approximation, which is off
//! by up to a few thousandths.

#[path = "after.rs"]
mod after;
#[path = "packed.rs"]
mod packed;

use crate::{F32, Outcome, under_test};
use burn::tensor::{Device, Int, Tensor, TensorData, Transaction};
use std::ops::Range;
use vjepa_web::{
    config::Activation,
    grid::PatchShape,
    kernels::{AdamStep, BlockShape, Spans, Total, plain},
    preprocess::normalise_rgba,
    rng::Rng,
};

/// Sums of thousands of products in another order.
const TOLERANCE: f64 = 2.0 * F32;

/// Everything on `device`.
pub async fn check(device: &Device) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for (name, shape, tubelets, window) in blocks() {
        outcomes.push(block(&name, device, shape, (&tubelets, window)).await);
    }
    outcomes.push(layers(device).await);
    outcomes.push(rows_and_loss(device).await);
    outcomes.push(optimiser(device).await);
    for shape in patch_shapes() {
        outcomes.push(patches(device, shape).await);
    }
    outcomes.push(attend(device).await);
    outcomes.extend(after::check(device).await);
    outcomes.extend(packed::check(device).await);
    outcomes
}

/// Matrix products, with packed weights too.
#[allow(dead_code, reason = "the CPU's have no variants")]
pub async fn layers_alone(device: &Device) -> Vec<Outcome> {
    let mut outcomes = vec![layers(device).await];
    outcomes.extend(packed::check(device).await);
    outcomes
}

/// Forward over as many tokens as the largest official clips have, in width small enough for a test.
pub async fn many_tokens(device: &Device, tokens: usize) -> Outcome {
    let shape = BlockShape::new(16, 1, 16);
    let leaves = block_leaves(shape, tokens);
    let rope = rope(tokens, shape.head_dim());
    let mut outcome = Outcome::new(&format!("block of {tokens} tokens"), TOLERANCE);
    let run = |on: &Device, fused: bool| {
        let [x, weights] = [&leaves[0], &leaves[1]].map(|leaf| leaf.on(on));
        let x = x.reshape([tokens, shape.width]);
        let rope = rope.on(on).reshape([tokens, 2 * shape.head_dim()]);
        match fused {
            true => under_test::block(x, weights, rope, spans(&[tokens], on), shape),
            false => plain::block(x, weights, rope, &spans(&[tokens], on), shape),
        }
    };
    let found = read(vec![run(device, true).reshape([-1])]).await;
    let expected = read(vec![run(&Device::flex(), false).reshape([-1])]).await;
    outcome.add_tensor("result", &found[0], &expected[0]);
    outcome
}

/// Shapes, the tubelets of each sequence, and windows. Those of causal blocks come again: their kernels are compiled
/// once.
fn blocks() -> Vec<(String, BlockShape, Vec<Vec<usize>>, usize)> {
    let causal = |name: &str, [width, heads, hidden]: [usize; 3], tubelets: &[&[usize]], window| {
        let tubelets = tubelets.iter().map(|tubelets| tubelets.to_vec()).collect();
        (format!("block, {name}"), BlockShape::new(width, heads, hidden), tubelets, window)
    };
    let case = |name: &str, width, heads, hidden, lengths: &[usize]| {
        let whole: Vec<&[usize]> = lengths.chunks(1).collect();
        causal(name, [width, heads, hidden], &whole, 1)
    };
    let ragged: &[&[usize]] = &[&[3, 1, 5], &[3, 1, 5], &[0, 7, 0, 2], &[1], &[0]];
    let published = [
        case("even", 32, 2, 64, &[16, 16]),
        case("ragged, wide heads", 64, 1, 128, &[33, 1, 5, 20]),
        case("one token", 24, 2, 48, &[1]),
        case("odd", 36, 3, 209, &[7, 13]),
        case("heads of ten", 40, 4, 60, &[9, 4]),
        causal("causal, one tubelet", [32, 2, 64], &[&[9], &[9]], 2),
        causal("causal, sixteen tubelets", [64, 1, 128], &[&[5; 16]], usize::MAX),
        // A frame of V-JEPA 2-AC sees all frames before it: a prefix for each row.
        causal("causal, one row alone", [12, 1, 20], &[&[1]], usize::MAX),
        causal("causal, sixty-four frames", [24, 2, 48], &[&[3; 64]], usize::MAX),
        causal("causal, window of five", [24, 2, 48], &[&[2; 16], &[1; 16]], 5),
        causal("causal, ragged, window of two", [36, 3, 209], ragged, 2),
        causal("causal, heads of ten", [40, 4, 60], ragged, usize::MAX),
        causal("causal, alone", [36, 3, 209], ragged, 1),
    ];
    let others = Activation::ALL[1..].iter().map(|&activation| {
        let shape = BlockShape { epsilon: 1e-2, activation, ..BlockShape::new(24, 2, 48) };
        (format!("block, {}", activation.name()), shape, vec![vec![9], vec![4]], 1)
    });
    published.into_iter().chain(others).collect()
}

/// Values of a leaf of the computation.
#[derive(Clone)]
struct Leaf(Vec<f32>);

impl Leaf {
    fn random(rng: &mut Rng, count: usize, scale: f64) -> Self {
        Leaf((0..count).map(|_| (rng.normal() * scale) as f32).collect())
    }

    fn on(&self, device: &Device) -> Tensor<1> {
        Tensor::from_data(TensorData::new(self.0.clone(), [self.0.len()]), device)
    }
}

fn block_leaves(shape: BlockShape, rows: usize) -> Vec<Leaf> {
    let mut rng = Rng::new(5);
    let x = Leaf::random(&mut rng, rows * shape.width, 1.0);
    let mut weights = Leaf::random(&mut rng, shape.weights(), 0.15);
    let norms = shape.layout().norm1;
    weights.0[norms..].iter_mut().for_each(|weight| *weight += 0.8);
    vec![x, weights]
}

/// Any factors will do: the turn need not be a rotation.
fn rope(rows: usize, head_dim: usize) -> Leaf {
    Leaf::random(&mut Rng::new(6), rows * 2 * head_dim, 0.7)
}

fn spans(lengths: &[usize], device: &Device) -> Spans {
    Spans::new(lengths, device)
}

fn integers(values: &[i32], device: &Device) -> Tensor<1, Int> {
    Tensor::from_data(TensorData::new(values.to_vec(), [values.len()]), device)
}

async fn block(name: &str, device: &Device, shape: BlockShape, (tubelets, window): (&[Vec<usize>], usize)) -> Outcome {
    let rows = tubelets.iter().flatten().sum();
    let spans = |device: &Device| Spans::causal(tubelets, window, device);
    let rope = rope(rows, shape.head_dim());
    let leaves = block_leaves(shape, rows);
    let expected = differentiate(&Device::flex(), &leaves, |[x, weights], device| {
        let rope = rope.on(device).reshape([rows, 2 * shape.head_dim()]);
        plain::block(x.reshape([rows, shape.width]), weights, rope, &spans(device), shape)
    });
    let found = differentiate(device, &leaves, |[x, weights], device| {
        let rope = rope.on(device).reshape([rows, 2 * shape.head_dim()]);
        under_test::block(x.reshape([rows, shape.width]), weights, rope, spans(device), shape)
    });
    let mut outcome = Outcome::new(name, TOLERANCE);
    compare(&mut outcome, "", found, expected).await;
    // Without gradients other kernels run: what a look sees.
    let [x, weights] = [&leaves[0], &leaves[1]].map(|leaf| leaf.on(device));
    let rope = rope.on(device).reshape([rows, 2 * shape.head_dim()]);
    let looked = under_test::block(x.reshape([rows, shape.width]), weights, rope, spans(device), shape);
    let kept = plain::block(
        leaves[0].on(&Device::flex()).reshape([rows, shape.width]),
        leaves[1].on(&Device::flex()),
        self::rope(rows, shape.head_dim()).on(&Device::flex()).reshape([rows, 2 * shape.head_dim()]),
        &spans(&Device::flex()),
        shape,
    );
    outcome.add_tensor("looking", &read(vec![looked.reshape([-1])]).await[0], &read(vec![kept.reshape([-1])]).await[0]);
    outcome
}

async fn layers(device: &Device) -> Outcome {
    let mut outcome = Outcome::new("linear and layer norm", TOLERANCE);
    for [rows, input, output] in [[8, 16, 32], [5, 7, 9], [1, 12, 4], [130, 20, 68]] {
        let mut rng = Rng::new(7);
        let leaves = [Leaf::random(&mut rng, rows * input, 1.0), Leaf::random(&mut rng, (input + 1) * output, 0.3)];
        let run = |on: &Device, fused: bool| {
            differentiate(on, &leaves, move |[x, weights], _| match fused {
                true => under_test::linear(x.reshape([rows, input]), weights, output),
                false => plain::linear(x.reshape([rows, input]), weights, output),
            })
        };
        let name = format!("linear {rows}x{input}x{output}, ");
        compare(&mut outcome, &name, run(device, true), run(&Device::flex(), false)).await;

        let leaves = [Leaf::random(&mut rng, rows * input, 2.0), Leaf::random(&mut rng, 2 * input, 1.0)];
        let run = |on: &Device, fused: bool| {
            differentiate(on, &leaves, move |[x, weights], _| match fused {
                true => under_test::layer_norm(x.reshape([rows, input]), weights, 1e-6),
                false => plain::layer_norm(x.reshape([rows, input]), weights, 1e-6),
            })
        };
        let name = format!("norm {rows}x{input}, ");
        compare(&mut outcome, &name, run(device, true), run(&Device::flex(), false)).await;

        let x = leaves[0].on(device).reshape([rows, input]);
        let found = read(vec![under_test::normalise(x, 1e-5).reshape([-1])]).await;
        let x = leaves[0].on(&Device::flex()).reshape([rows, input]);
        let expected = read(vec![plain::normalise(x, 1e-5).reshape([-1])]).await;
        outcome.add_tensor("normalise", &found[0], &expected[0]);
    }
    outcome
}

async fn rows_and_loss(device: &Device) -> Outcome {
    let mut outcome = Outcome::new("rows, l1 and sums", TOLERANCE);
    let (n, d) = (6, 5);
    let mut rng = Rng::new(8);
    let leaves = [Leaf::random(&mut rng, n * d, 1.0), Leaf::random(&mut rng, 2 * d, 1.0)];
    // Row 2 of `x` is not taken; fallbacks 0 and 1 are, the first twice.
    let (from, back) = ([3, -1, 0, 5, -2, 1, 4, -1], [2, 5, -1, 0, 6, 3]);
    let found = differentiate(device, &leaves, |[x, fallback], on| {
        under_test::rows(x.reshape([n, d]), fallback.reshape([2, d]), integers(&from, on), integers(&back, on))
    });
    let expected = differentiate(&Device::flex(), &leaves, |[x, fallback], on| {
        let from = from.map(|row| if row < 0 { n as i32 - 1 - row } else { row });
        plain::rows(x.reshape([n, d]), fallback.reshape([2, d]), integers(&from, on))
    });
    compare(&mut outcome, "rows, ", found, expected).await;

    let (rows, share) = ([2, 0, 1], [0.5f32, 0.25, 2.0]);
    let targets = Leaf::random(&mut rng, 3 * d, 1.0);
    let leaves = [Leaf::random(&mut rng, 3 * d, 1.0), Leaf(vec![0.0])];
    let run = |on: &Device, fused: bool| {
        differentiate(on, &leaves, |[predicted, _], on| {
            let (predicted, targets) = (predicted.reshape([3, d]), targets.on(on).reshape([3, d]));
            let share = Leaf(share.to_vec()).on(on);
            match fused {
                true => under_test::l1(predicted, targets, integers(&rows, on), share),
                false => plain::l1(predicted, targets, integers(&rows, on), share),
            }
            .reshape([1, 1])
        })
    };
    compare(&mut outcome, "l1, ", run(device, true), run(&Device::flex(), false)).await;

    for count in [1, 1000, 70_001] {
        let values = Leaf::random(&mut rng, count, 1.0);
        let sums =
            [Total::Values, Total::Magnitudes, Total::Squares].map(|of| under_test::total(values.on(device), of));
        let each: [fn(f64) -> f64; 3] = [|x| x, f64::abs, |x| x * x];
        for (found, each) in read(sums.to_vec()).await.iter().zip(each) {
            let expected: f64 = values.0.iter().map(|x| each(f64::from(*x))).sum();
            outcome.add(&format!("sum of {count}"), (f64::from(found[0]) - expected).abs() / (count as f64).sqrt());
        }
    }
    outcome
}

/// Against the formulas in f64.
async fn optimiser(device: &Device) -> Outcome {
    let mut outcome = Outcome::new("adamw and ema", 1e-6);
    let mut rng = Rng::new(9);
    let n = 67;
    let [p, g, m] = [1.0, 1.0, 0.1].map(|scale| Leaf::random(&mut rng, n, scale));
    let v = Leaf(m.0.iter().map(|m| m * m).collect());
    let moments = Leaf([m.0.clone(), v.0.clone()].concat());
    let step = AdamStep {
        learning_rate: 0.01,
        weight_decay: 0.1,
        beta1: 0.9,
        beta2: 0.999,
        epsilon: 1e-8,
        correction1: 0.271,
        correction2: 0.003,
        decayed: 40,
    };
    let scale = Leaf(vec![0.5]);
    let (moved, kept) = under_test::adamw(p.on(device), g.on(device), moments.on(device), scale.on(device), step);
    let averaged = under_test::ema(p.on(device), g.on(device), 0.9);
    let found = read(vec![moved, kept, averaged]).await;
    for i in 0..n {
        let [p, g, m, v] = [&p, &g, &m, &v].map(|leaf| f64::from(leaf.0[i]));
        let slope = 0.5 * g;
        let (m, v) = (0.9 * m + 0.1 * slope, 0.999 * v + 0.001 * slope * slope);
        let keep = if i < 40 { 1.0 - 0.01 * 0.1 } else { 1.0 };
        let moved = p * keep - 0.01 / 0.271 * m / ((v / 0.003).sqrt() + 1e-8);
        outcome.add("parameter", (f64::from(found[0][i]) - moved).abs());
        outcome.add("first moment", (f64::from(found[1][i]) - m).abs());
        outcome.add("second moment", (f64::from(found[1][n + i]) - v).abs());
        outcome.add("average", (f64::from(found[2][i]) - (0.9 * p + 0.1 * g)).abs());
    }
    outcome
}

fn patch_shapes() -> [PatchShape; 3] {
    let shape = PatchShape { frames: 4, size: 12, tubelet: 2, patch: 4 };
    // A picture alone, and frames that are each cut on their own.
    [shape, PatchShape { frames: 1, tubelet: 1, ..shape }, PatchShape { tubelet: 1, ..shape }]
}

/// Against the published transform and Burn's own cutting.
async fn patches(device: &Device, shape: PatchShape) -> Outcome {
    let PatchShape { frames, size, tubelet, patch } = shape;
    let mut outcome = Outcome::new(&format!("patches, {tubelet} of {frames} frames"), 1e-6);
    let mut rng = Rng::new(10);
    let mut clip = || (0..frames * size * size * 4).map(|_| rng.below(256) as u8).collect();
    let clips: Vec<Vec<u8>> = vec![clip(), clip()];
    let pixel = |rgba: &[u8]| i32::from_le_bytes([rgba[0], rgba[1], rgba[2], rgba[3]]);
    let pixels: Vec<i32> = clips.iter().flat_map(|clip| clip.chunks_exact(4).map(pixel)).collect();
    let found = read(vec![under_test::patches(integers(&pixels, device), shape).reshape([-1])]).await;
    let planes: Vec<f32> = clips.iter().flat_map(|clip| normalise_rgba(clip, frames, size)).collect();
    let video = Tensor::from_data(TensorData::new(planes, [2, 3, frames, size, size]), &Device::flex());
    let expected = read(vec![vjepa_web::model::patches_of(video, tubelet, patch).reshape([-1])]).await;
    outcome.add_tensor("values", &found[0], &expected[0]);
    outcome
}

/// Rows `start..end` that one query each attends to: ragged, overlapping, shared, one key alone.
async fn attend(device: &Device) -> Outcome {
    let mut outcome = Outcome::new("attend", TOLERANCE);
    let ragged: &[Range<usize>] = &[0..7, 7..8, 3..75, 3..75, 0..150];
    let cases = [(64, 1, ragged), (160, 2, ragged), (24, 4, ragged), (30, 3, ragged), (88, 1, &[0..150, 149..150])];
    for (width, heads, spans) in cases {
        let mut rng = Rng::new(12);
        let leaves = [spans.len() * width, 150 * 2 * width].map(|count| Leaf::random(&mut rng, count, 1.0));
        let on = |on: &Device| {
            let [q, kv] = leaves.each_ref().map(|leaf| leaf.on(on));
            (q.reshape([spans.len(), width]), kv.reshape([150, 2 * width]))
        };
        let ends: Vec<i32> = spans.iter().flat_map(|span| [span.start as i32, span.end as i32]).collect();
        let (q, kv) = on(device);
        let found = under_test::attend(q, kv, integers(&ends, device).reshape([spans.len(), 2]), heads);
        let (q, kv) = on(&Device::flex());
        let expected = plain::attend(q, kv, spans, heads);
        let [found, expected] = [read(vec![found.reshape([-1])]).await, read(vec![expected.reshape([-1])]).await];
        outcome.add_tensor(&format!("{heads} heads of {width}"), &found[0], &expected[0]);
    }
    outcome
}

/// The result of `compute`, flat, and the gradients of its inner product with fixed random values.
fn differentiate<const N: usize>(
    device: &Device,
    leaves: &[Leaf],
    compute: impl Fn([Tensor<1>; N], &Device) -> Tensor<2>,
) -> Vec<Tensor<1>> {
    let tracked = device.clone().autodiff();
    let tensors: Vec<Tensor<1>> = leaves.iter().map(|leaf| leaf.on(&tracked).require_grad()).collect();
    let result = compute(tensors.clone().try_into().unwrap(), device);
    let [r, d] = result.dims();
    let probe = Leaf::random(&mut Rng::new(11), r * d, 1.0).on(device).reshape([r, d]);
    let gradients = (result.clone() * Tensor::from_inner(probe)).sum().backward();
    let mut reads = vec![result.inner().reshape([-1])];
    reads.extend(tensors.iter().filter_map(|tensor| tensor.grad(&gradients)));
    reads
}

async fn compare(outcome: &mut Outcome, name: &str, found: Vec<Tensor<1>>, expected: Vec<Tensor<1>>) {
    let (found, expected) = (read(found).await, read(expected).await);
    assert_eq!(found.len(), expected.len(), "{name}: gradients of other inputs");
    for (i, (found, expected)) in found.iter().zip(&expected).enumerate() {
        let part = if i == 0 { "result".into() } else { format!("gradient {i}") };
        outcome.add_tensor(&format!("{name}{part}"), found, expected);
    }
}

async fn read(tensors: Vec<Tensor<1>>) -> Vec<Vec<f32>> {
    let reads = tensors.into_iter().fold(Transaction::default(), Transaction::register);
    let data = reads.execute_async().await.unwrap();
    data.into_iter().map(|data| data.try_into_vec().unwrap()).collect()
}
