//! Kernels with a thread an element: patches, picked rows, L1, AdamW, EMA; and sums.

use super::{
    launch::{Buffer, Code, Shader, Size, Sizes, Value, empty, empty_floats, input, launch, output, spread},
    tuning::tuning,
};
use crate::{
    kernels::{AdamStep, PatchShape, Total},
    preprocess::{MEAN, STD},
};
use burn::backend::TensorMetadata;
use burn_cubecl::tensor::CubeTensor;

/// Threads of a workgroup.
const THREADS: usize = 64;
/// Threads of a workgroup that sums; fewer in software, where a barrier costs by the thread.
const SUMMING: [usize; 2] = [256, 16];
/// Sums of a first pass over a tensor, at most.
const SUMS: usize = 256;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Each {
    Patches,
    /// Rows by index; where it is negative, a fallback or zeros.
    Rows {
        fallback: bool,
    },
    /// Sums over the rows that fell back, for each fallback.
    FallbackSum,
    /// Weighted absolute error, a row a thread.
    L1,
    L1Slope,
    AdamW,
    Ema,
    Total {
        of: Total,
        threads: usize,
    },
}

pub fn patches(frames: &CubeTensor, shape: PatchShape) -> CubeTensor {
    let PatchShape { frames: t, size, tubelet, patch } = shape;
    let clips = frames.shape().num_elements() / (t * size * size);
    let rows = clips * shape.tokens();
    let result = empty_floats(frames, [rows, shape.values()]);
    let count = rows * shape.values();
    let sizes = [count, t, size, tubelet, patch].map(Value::Integer);
    launch(Each::Patches, &[frames, &result], &sizes, Sizes::Same, spread(count, THREADS));
    result
}

/// `x` `[N, D]` -> `[R, D]`; `fallback` `[K, D]` or zeros.
pub fn rows(x: &CubeTensor, fallback: Option<&CubeTensor>, from: &CubeTensor, sizes: Sizes) -> CubeTensor {
    let ([_, d], [r]) = (x.shape().dims(), from.shape().dims());
    let result = empty(x, [r, d]);
    let mut buffers = vec![x, from, &result];
    buffers.extend(fallback);
    let shader = Each::Rows { fallback: fallback.is_some() };
    launch(shader, &buffers, &[r.into(), d.into()], sizes, spread(r * d, THREADS));
    result
}

pub fn fallback_sums(gradient: &CubeTensor, from: &CubeTensor, fallbacks: usize) -> CubeTensor {
    let [r, d] = gradient.shape().dims();
    let result = empty(gradient, [fallbacks, d]);
    let values = [r.into(), d.into(), fallbacks.into()];
    launch(Each::FallbackSum, &[gradient, from, &result], &values, Sizes::Vary, spread(fallbacks * d, THREADS));
    result
}

pub fn l1([predicted, targets, rows, weight]: [&CubeTensor; 4]) -> CubeTensor {
    let [r, d] = predicted.shape().dims();
    let errors = empty(predicted, [r]);
    let buffers = [predicted, targets, rows, weight, &errors];
    launch(Each::L1, &buffers, &[r.into(), d.into()], Sizes::Vary, spread(r, THREADS));
    total(&errors, Total::Values)
}

pub fn l1_slope([predicted, targets, rows, weight, gradient]: [&CubeTensor; 5]) -> CubeTensor {
    let [r, d] = predicted.shape().dims();
    let result = empty(predicted, [r, d]);
    let buffers = [predicted, targets, rows, weight, gradient, &result];
    launch(Each::L1Slope, &buffers, &[r.into(), d.into()], Sizes::Vary, spread(r * d, THREADS));
    result
}

pub fn adamw([parameter, gradient, moments, scale]: [&CubeTensor; 4], step: AdamStep) -> [CubeTensor; 2] {
    let [n] = parameter.shape().dims();
    let (moved, kept) = (empty(parameter, [n]), empty(parameter, [2 * n]));
    let AdamStep { learning_rate, weight_decay, beta1, beta2, epsilon, correction1, correction2, decayed } = step;
    let floats = [learning_rate, weight_decay, beta1, beta2, epsilon, correction1, correction2].map(Value::Float);
    let values = [&[n.into(), decayed.into()], &floats[..]].concat();
    let buffers = [parameter, gradient, moments, scale, &moved, &kept];
    launch(Each::AdamW, &buffers, &values, Sizes::Vary, spread(n, THREADS));
    [moved, kept]
}

pub fn ema(target: &CubeTensor, online: &CubeTensor, momentum: f32) -> CubeTensor {
    let [n] = target.shape().dims();
    let result = empty(target, [n]);
    launch(Each::Ema, &[target, online, &result], &[n.into(), momentum.into()], Sizes::Same, spread(n, THREADS));
    result
}

/// Sums of large tensors go over one sum a workgroup, so that none is long.
pub fn total(x: &CubeTensor, of: Total) -> CubeTensor {
    let n = x.shape().num_elements();
    let threads = SUMMING[usize::from(tuning().software)];
    let groups = n.div_ceil(16 * 256).clamp(1, SUMS);
    let result = empty(x, [groups]);
    launch(Each::Total { of, threads }, &[x, &result], &[n.into()], Sizes::Vary, [groups, 1, 1]);
    if groups == 1 { result } else { total(&result, Total::Values) }
}

const PATCHES: &str = "    if (thread >= count) { return; }
    let side = size / patch_size;
    let values = 3u * tubelet * patch_size * patch_size;
    let token = thread / values;
    let tokens = frames_each / tubelet * side * side;
    let place = token % tokens;
    let value = thread % values;
    let channel = value / (tubelet * patch_size * patch_size);
    let frame = place / (side * side) * tubelet + value / (patch_size * patch_size) % tubelet;
    let y = place / side % side * patch_size + value / patch_size % patch_size;
    let x = place % side * patch_size + value % patch_size;
    let pixel = ((token / tokens * frames_each + frame) * size + y) * size + x;
    let byte = (u32(bitcast<u32>(frames[pixel])) >> (8u * channel)) & 255u;
    result[thread] = (f32(byte) / 255.0 - mean[channel]) / deviation[channel];
";

const ADAMW: &str = "    if (thread >= count) { return; }
    let slope = gradient[thread] * scale[0];
    let first = beta1 * moments[thread] + (1.0 - beta1) * slope;
    let second = beta2 * moments[count + thread] + (1.0 - beta2) * slope * slope;
    let keep = select(1.0, 1.0 - learning_rate * weight_decay, thread < decayed);
    let root = sqrt(second / correction2) + epsilon;
    moved[thread] = parameter[thread] * keep - learning_rate / correction1 * (first / root);
    kept[thread] = first;
    kept[count + thread] = second;
";

impl Each {
    fn main(self) -> String {
        match self {
            Each::Patches => PATCHES.into(),
            Each::Rows { fallback } => {
                let instead = if fallback { "fallback[u32(-1 - row) * channels + thread % channels]" } else { "0.0" };
                format!(
                    "    if (thread >= rows * channels) {{ return; }}
    let row = source[thread / channels];
    if (row >= 0) {{ result[thread] = x[u32(row) * channels + thread % channels]; }}
    else {{ result[thread] = {instead}; }}\n"
                )
            }
            Each::FallbackSum => "    if (thread >= fallbacks * channels) { return; }
    let wanted = -1 - i32(thread / channels);
    var sum = 0.0;
    for (var row = 0u; row < rows; row++) {
        if (source[row] == wanted) { sum += x[row * channels + thread % channels]; }
    }
    result[thread] = sum;\n"
                .into(),
            Each::L1 => "    if (thread >= rows) { return; }
    let other = u32(at[thread]) * channels;
    var sum = 0.0;
    for (var c = 0u; c < channels; c++) { sum += abs(predicted[thread * channels + c] - targets[other + c]); }
    result[thread] = sum * weight[thread];\n"
                .into(),
            Each::L1Slope => "    if (thread >= rows * channels) { return; }
    let row = thread / channels;
    let away = predicted[thread] - targets[u32(at[row]) * channels + thread % channels];
    result[thread] = sign(away) * weight[row] * gradient[0];\n"
                .into(),
            Each::AdamW => ADAMW.into(),
            Each::Ema => "    if (thread >= count) { return; }
    result[thread] = target_weights[thread] * momentum + online[thread] * (1.0 - momentum);\n"
                .into(),
            Each::Total { of, threads } => total_code(of, threads),
        }
    }
}

fn total_code(of: Total, threads: usize) -> String {
    let value = match of {
        Total::Values => "x[i]",
        Total::Magnitudes => "abs(x[i])",
        Total::Squares => "x[i] * x[i]",
    };
    format!(
        "    var sum = 0.0;
    for (var i = thread; i < count; i += groups.x * {threads}u) {{ sum += {value}; }}
    shares[local.x] = sum;
    workgroupBarrier();
    if (local.x == 0u) {{
        var whole = 0.0;
        for (var i = 0u; i < {threads}u; i++) {{ whole += shares[i]; }}
        result[group.x] = whole;
    }}\n"
    )
}

impl Shader for Each {
    fn name(&self) -> &'static str {
        match self {
            Each::Patches => "patches",
            Each::Rows { .. } => "rows",
            Each::FallbackSum => "rows backward fallback",
            Each::L1 => "l1",
            Each::L1Slope => "l1 backward",
            Each::AdamW => "adamw",
            Each::Ema => "ema",
            Each::Total { .. } => "total",
        }
    }

    fn workgroup(&self) -> [u32; 3] {
        match self {
            Each::Total { threads, .. } => [*threads as u32, 1, 1],
            _ => [THREADS as u32, 1, 1],
        }
    }

    fn buffers(&self) -> Vec<Buffer> {
        let floats = |names: &[&'static str]| names.iter().map(|name| input(name, "f32")).collect::<Vec<_>>();
        let mut buffers = match self {
            Each::Patches => vec![input("frames", "i32")],
            Each::Rows { .. } | Each::FallbackSum => vec![input("x", "f32"), input("source", "i32")],
            Each::L1 => {
                vec![input("predicted", "f32"), input("targets", "f32"), input("at", "i32"), input("weight", "f32")]
            }
            Each::L1Slope => {
                let mut buffers = Each::L1.buffers();
                buffers.pop();
                buffers.push(input("gradient", "f32"));
                buffers
            }
            Each::AdamW => {
                let mut buffers = floats(&["parameter", "gradient", "moments", "scale"]);
                buffers.extend([output("moved", "f32"), output("kept", "f32")]);
                return buffers;
            }
            Each::Ema => floats(&["target_weights", "online"]),
            Each::Total { .. } => floats(&["x"]),
        };
        buffers.push(output("result", "f32"));
        if *self == (Each::Rows { fallback: true }) {
            buffers.push(input("fallback", "f32"));
        }
        buffers
    }

    fn sizes(&self) -> Vec<Size> {
        let integers = |names: &[&'static str]| names.iter().map(|name| Size::Integer(name)).collect::<Vec<_>>();
        match self {
            Each::Patches => integers(&["count", "frames_each", "size", "tubelet", "patch_size"]),
            Each::Rows { .. } | Each::L1 | Each::L1Slope => integers(&["rows", "channels"]),
            Each::FallbackSum => integers(&["rows", "channels", "fallbacks"]),
            Each::AdamW => {
                let mut sizes = integers(&["count", "decayed"]);
                let names =
                    ["learning_rate", "weight_decay", "beta1", "beta2", "epsilon", "correction1", "correction2"];
                sizes.extend(names.map(Size::Float));
                sizes
            }
            Each::Ema => vec![Size::Integer("count"), Size::Float("momentum")],
            Each::Total { .. } => integers(&["count"]),
        }
    }

    fn code(&self) -> Code {
        let three = |values: [f64; 3]| values.map(|value| format!("{value:?}")).join(", ");
        let functions = match self {
            Each::Patches => format!(
                "const mean = array<f32, 3>({});\nconst deviation = array<f32, 3>({});\n",
                three(MEAN),
                three(STD)
            ),
            Each::Total { threads, .. } => format!("var<workgroup> shares: array<f32, {threads}>;\n"),
            _ => String::new(),
        };
        Code { functions, main: self.main() }
    }
}
