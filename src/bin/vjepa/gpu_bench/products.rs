//! Matrix products of a ViT-L's sizes, by the kernels that the models use.

use super::{
    clock::Clock,
    limits::Limits,
    report::{Cell, Report},
};
use crate::Failure;
use burn::tensor::{Device, Int, Tensor, TensorData};
use vjepa_web::{
    kernels::{linear, packed_linear},
    precision::Precision,
};

/// `(what, rows, input, output)`: the layers of a block of 1,024 channels on 2,048 tokens.
const PRODUCTS: [(&str, usize, usize, usize); 4] = [
    ("queries, keys, values", 2048, 1024, 3072),
    ("projection", 2048, 1024, 1024),
    ("fc1", 2048, 1024, 4096),
    ("fc2", 2048, 4096, 1024),
];
/// Products that are queued before the result is waited for.
const QUEUED: usize = 8;

pub fn measure(device: &Device, limits: Option<Limits>, clock: &Clock, report: &mut Report) -> Result<(), Failure> {
    let columns = ["layer", "sizes", "weights", "ms", "TFLOP/s", "of the limit"];
    let mut table = report.table("products", "Matrix products", &columns);
    for (what, rows, input, output) in PRODUCTS {
        for precision in [Precision::F32, Precision::F16, Precision::Int8] {
            let layer = Layer::new(device, [rows, input, output], precision);
            let ms = clock.median(|| layer.run())?.map(|ms| ms / QUEUED as f64);
            let rate = ms.map(|ms| 2.0 * (rows * input * output) as f64 / ms / 1e9);
            let share = match limits {
                Some(limits) => Cell::of(rate.map(|rate| rate / limits.multiply_adds)),
                None => Cell::No("limit not measured"),
            };
            table.row(&[
                what.into(),
                format!("{rows} x {input} x {output}").into(),
                format!("{precision:?}").to_lowercase().into(),
                Cell::of(ms),
                Cell::of(rate),
                share,
            ]);
        }
    }
    Ok(())
}

/// A layer with weights that are all alike: their numbers do not matter.
struct Layer {
    x: Tensor<2>,
    codes: Tensor<1, Int>,
    /// With F32 all weights, else what is packed beside the codes.
    rest: Tensor<1>,
    output: usize,
    precision: Precision,
}

impl Layer {
    fn new(device: &Device, [rows, input, output]: [usize; 3], precision: Precision) -> Self {
        let floats =
            |count: usize, value: f32| Tensor::<1>::from_data(TensorData::new(vec![value; count], [count]), device);
        let words = if precision == Precision::F32 { 1 } else { input * precision.words(output) };
        let rest = match precision {
            Precision::F32 => (input + 1) * output,
            Precision::F16 | Precision::Int8 => precision.scales(output) + output,
        };
        Self {
            x: floats(rows * input, 0.5).reshape([rows, input]),
            // Two halves of 2^-5, or four codes.
            codes: Tensor::from_data(TensorData::new(vec![0x2800_2800_i32; words], [words]), device),
            rest: floats(rest, 0.01),
            output,
            precision,
        }
    }

    fn run(&self) -> Result<(), Failure> {
        let Self { x, codes, rest, output, precision } = self;
        let mut last = None;
        for _ in 0..QUEUED {
            last = Some(match precision {
                Precision::F32 => linear(x.clone(), rest.clone(), *output),
                packed => packed_linear(x.clone(), codes.clone(), rest.clone(), *output, *packed),
            });
        }
        let last = last.ok_or("no product was queued")?;
        // One row: what is read must not take longer than what is computed.
        last.slice([0..1, 0..1]).into_data().try_into_vec::<f32>().map_err(|error| format!("{error:?}"))?;
        Ok(())
    }
}
