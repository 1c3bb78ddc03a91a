//! Operands staged as halves, where the adapter can compute with them: against the same kernels staged in f32, which
//! `kernels.rs` holds to their twins.

use crate::{F32, Outcome, staged};
use burn::tensor::{Device, Int, Tensor, TensorData};
use half::f16;
use vjepa_web::{
    kernels::{
        BlockShape, Spans,
        gpu::{Adapter, Side, Staging, Tuning, tune},
        packed_block, packed_linear,
        packing::MatrixPacker,
    },
    precision::Precision,
    rng::Rng,
};

/// What rounding does to a block whose tokens are of unit scale: three times the worst that was found.
const ROUNDED: f64 = 4.2e-3;

/// Nothing where the adapter has no halves.
pub async fn check(device: &Device, offered: Adapter) -> Vec<Outcome> {
    if !offered.stages(Staging::Halves) {
        return Vec::new();
    }
    let mut layers = Outcome::new("layers staged as halves", 2.0 * F32);
    let mut blocks = Outcome::new("blocks staged as halves", ROUNDED);
    for side in [Side::Four, Side::Eight] {
        let turn_to = |staging| tune(Tuning { choices: staged(side, staging), ..offered.tuning() });
        for precision in [Precision::F16, Precision::Int8] {
            for sizes in [[8, 16, 32], [130, 20, 68], [5, 1024, 516]] {
                let layer = Layer::random(sizes, precision);
                turn_to(Staging::Halves);
                let found = layer.run(device, &layer.x).await;
                turn_to(Staging::Shared);
                // The layer's own rounding is all that differs: done before, it gives the same.
                let rounded: Vec<f32> = layer.x.iter().map(|&x| f16::from_f32(x).to_f32()).collect();
                let name = format!("{sizes:?}, {precision:?}");
                layers.add_tensor(&name, &found, &layer.run(device, &rounded).await);
                layers.add(&format!("{name}: f32 ran"), differs(&found, &layer.run(device, &layer.x).await));
            }
            for (shape, lengths) in
                [(BlockShape::new(64, 1, 128), &[33, 1, 5][..]), (BlockShape::new(36, 3, 100), &[80])]
            {
                turn_to(Staging::Halves);
                let found = block(device, shape, lengths, precision).await;
                turn_to(Staging::Shared);
                let expected = block(device, shape, lengths, precision).await;
                let name = format!("{shape:?} of {lengths:?}, {precision:?}");
                blocks.add_tensor(&name, &found, &expected);
                blocks.add(&format!("{name}: f32 ran"), differs(&found, &expected));
            }
        }
    }
    vec![layers, blocks]
}

/// 0 if they do, else infinite.
fn differs(found: &[f32], other: &[f32]) -> f64 {
    if found == other { f64::INFINITY } else { 0.0 }
}

fn random(rng: &mut Rng, count: usize, scale: f64) -> Vec<f32> {
    (0..count).map(|_| (rng.normal() * scale) as f32).collect()
}

/// Codes of random matrices `[input, output]`, and their scales.
fn pack(rng: &mut Rng, precision: Precision, matrices: &[[usize; 2]]) -> (Vec<i32>, Vec<f32>) {
    let (mut words, mut scales) = (Vec::new(), Vec::new());
    for &[input, output] in matrices {
        let mut packer = MatrixPacker::new(precision, output, input);
        packer.push(&random(rng, input * output, 0.15));
        let packed = packer.finish();
        words.extend(packed.words.into_iter().map(u32::cast_signed));
        scales.extend(packed.scales);
    }
    (words, scales)
}

struct Layer {
    sizes: [usize; 3],
    precision: Precision,
    x: Vec<f32>,
    codes: Vec<i32>,
    rest: Vec<f32>,
}

impl Layer {
    fn random(sizes @ [rows, input, output]: [usize; 3], precision: Precision) -> Self {
        let mut rng = Rng::new(21);
        let (codes, mut rest) = pack(&mut rng, precision, &[[input, output]]);
        rest.extend(random(&mut rng, output, 0.5));
        Self { sizes, precision, x: random(&mut rng, rows * input, 0.3), codes, rest }
    }

    async fn run(&self, device: &Device, x: &[f32]) -> Vec<f32> {
        let [rows, input, output] = self.sizes;
        let (codes, rest) = on(device, &self.codes, &self.rest);
        read(packed_linear(floats(device, x, [rows, input]), codes, rest, output, self.precision)).await
    }
}

async fn block(device: &Device, shape: BlockShape, lengths: &[usize], precision: Precision) -> Vec<f32> {
    let mut rng = Rng::new(22);
    let rows: usize = lengths.iter().sum();
    let (codes, mut rest) = pack(&mut rng, precision, &shape.matrices());
    rest.extend(random(&mut rng, shape.weights() - shape.layout().qkv_bias, 0.5));
    let (codes, rest) = on(device, &codes, &rest);
    let x = floats(device, &random(&mut rng, rows * shape.width, 1.0), [rows, shape.width]);
    let turn = [rows, 2 * shape.head_dim()];
    let rope = floats(device, &random(&mut rng, turn[0] * turn[1], 0.7), turn);
    read(packed_block(x, codes, rest, rope, Spans::new(lengths, device), shape, precision)).await
}

fn on(device: &Device, codes: &[i32], rest: &[f32]) -> (Tensor<1, Int>, Tensor<1>) {
    let codes = Tensor::from_data(TensorData::new(codes.to_vec(), [codes.len()]), device);
    (codes, floats(device, rest, [rest.len()]))
}

fn floats<const D: usize>(device: &Device, values: &[f32], shape: [usize; D]) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values.to_vec(), shape), device)
}

async fn read(tensor: Tensor<2>) -> Vec<f32> {
    tensor.into_data_async().await.unwrap().try_into_vec().unwrap()
}
