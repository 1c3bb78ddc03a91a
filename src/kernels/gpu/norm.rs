//! Layer norm over channels, forward and backward. Sixteen threads share a row, or a column of the weights' gradient.

use super::launch::{Buffer, Code, Shader, Size, Sizes, Value, empty, input, launch, output};
use burn_cubecl::tensor::CubeTensor;

/// Threads that share a row or column.
const LANES: usize = 16;
/// Rows or columns of a workgroup.
const GROUP: usize = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Norm {
    Forward {
        affine: bool,
    },
    /// Gradient of the input, plus what the residual path brings if there is one. Leaves mean and scale of each row.
    Input {
        added: bool,
    },
    /// Gradients of gain and bias.
    Weights,
}

/// Where a norm's gain and bias begin in their buffer, and its epsilon.
#[derive(Clone, Copy, Debug)]
pub struct NormAt {
    pub start: usize,
    pub epsilon: f32,
}

/// `x` `[R, D]` -> `result`; without `weights` neither gain nor bias.
pub fn forward(
    x: &CubeTensor,
    weights: Option<&CubeTensor>,
    result: &CubeTensor,
    [r, d]: [usize; 2],
    at: NormAt,
    sizes: Sizes,
) {
    let shader = Norm::Forward { affine: weights.is_some() };
    let mut buffers = vec![x, result];
    buffers.extend(weights);
    launch(shader, &buffers, &values([r, d], at), sizes, [r.div_ceil(GROUP), 1, 1]);
}

/// Gradients of the input into `result` (plus `added`), and of gain and bias into `weights_gradient` from `at.start` on.
pub fn backward(
    [x, weights, gradient]: [&CubeTensor; 3],
    added: Option<&CubeTensor>,
    [result, weights_gradient]: [&CubeTensor; 2],
    [r, d]: [usize; 2],
    at: NormAt,
) {
    let stats = empty(x, [r, 2]);
    let mut buffers = vec![x, gradient, weights, result, &stats];
    buffers.extend(added);
    let shader = Norm::Input { added: added.is_some() };
    launch(shader, &buffers, &values([r, d], at), Sizes::Vary, [r.div_ceil(GROUP), 1, 1]);
    let buffers = [x, gradient, &stats, weights_gradient];
    // The epsilon is in the statistics already.
    launch(Norm::Weights, &buffers, &values([r, d], at)[..3], Sizes::Vary, [d.div_ceil(GROUP), 1, 1]);
}

fn values([r, d]: [usize; 2], at: NormAt) -> [Value; 4] {
    [r.into(), d.into(), at.start.into(), at.epsilon.into()]
}

/// `together(value)`: the sum over the threads of a row or column, in every one of them.
fn together() -> String {
    format!(
        "var<workgroup> shares: array<f32, {}>;
fn together(local: vec3<u32>, value: f32) -> f32 {{
    workgroupBarrier();
    shares[local.y * {LANES}u + local.x] = value;
    workgroupBarrier();
    var sum = 0.0;
    for (var i = 0u; i < {LANES}u; i++) {{ sum += shares[local.y * {LANES}u + i]; }}
    return sum;
}}\n",
        LANES * GROUP
    )
}

/// Mean and inverse standard deviation of row `row`.
const STATISTICS: &str = "    let row = min(group.x * 4u + local.y, rows - 1u);
    let here = group.x * 4u + local.y < rows;
    let begin = row * channels;
    var sum = 0.0;
    for (var c = local.x; c < channels; c += 16u) { sum += x[begin + c]; }
    let mean = together(local, sum) / f32(channels);
    var squares = 0.0;
    for (var c = local.x; c < channels; c += 16u) { let away = x[begin + c] - mean; squares += away * away; }
    let scale = inverseSqrt(together(local, squares) / f32(channels) + epsilon);
";

impl Norm {
    fn forward(affine: bool) -> String {
        let value = if affine { "normed * weights[start + c] + weights[start + channels + c]" } else { "normed" };
        let unused = if affine { "" } else { "    let unused = start;\n" };
        format!(
            "{STATISTICS}{unused}    if (here) {{
        for (var c = local.x; c < channels; c += 16u) {{
            let normed = (x[begin + c] - mean) * scale;
            result[begin + c] = {value};
        }}
    }}\n"
        )
    }

    fn input(added: bool) -> String {
        let add = if added { " + added[begin + c]" } else { "" };
        format!(
            "{STATISTICS}    var plain = 0.0;
    var along = 0.0;
    for (var c = local.x; c < channels; c += 16u) {{
        let slope = gradient[begin + c] * weights[start + c];
        plain += slope;
        along += slope * (x[begin + c] - mean) * scale;
    }}
    let mean_plain = together(local, plain) / f32(channels);
    let mean_along = together(local, along) / f32(channels);
    if (here) {{
        for (var c = local.x; c < channels; c += 16u) {{
            let slope = gradient[begin + c] * weights[start + c];
            result[begin + c] = scale * (slope - mean_plain - (x[begin + c] - mean) * scale * mean_along){add};
        }}
        if (local.x == 0u) {{
            stats[2u * row] = mean;
            stats[2u * row + 1u] = scale;
        }}
    }}\n"
        )
    }

    /// Here a lane takes every sixteenth row of a channel.
    fn weights() -> String {
        "    let channel = min(group.x * 4u + local.y, channels - 1u);
    var gain = 0.0;
    var bias = 0.0;
    for (var row = local.x; row < rows; row += 16u) {
        let slope = gradient[row * channels + channel];
        gain += slope * (x[row * channels + channel] - stats[2u * row]) * stats[2u * row + 1u];
        bias += slope;
    }
    let whole_gain = together(local, gain);
    let whole_bias = together(local, bias);
    if (local.x == 0u && group.x * 4u + local.y < channels) {
        result[start + channel] = whole_gain;
        result[start + channels + channel] = whole_bias;
    }\n"
        .into()
    }
}

impl Shader for Norm {
    fn name(&self) -> &'static str {
        match self {
            Norm::Forward { .. } => "layer norm",
            Norm::Input { .. } => "layer norm backward input",
            Norm::Weights => "layer norm backward weights",
        }
    }

    fn workgroup(&self) -> [u32; 3] {
        [LANES as u32, GROUP as u32, 1]
    }

    fn buffers(&self) -> Vec<Buffer> {
        match self {
            Norm::Forward { affine } => {
                let mut buffers = vec![input("x", "f32"), output("result", "f32")];
                buffers.extend(affine.then(|| input("weights", "f32")));
                buffers
            }
            Norm::Input { added } => {
                let mut buffers = vec![input("x", "f32"), input("gradient", "f32"), input("weights", "f32")];
                buffers.extend([output("result", "f32"), output("stats", "f32")]);
                buffers.extend(added.then(|| input("added", "f32")));
                buffers
            }
            Norm::Weights => {
                vec![input("x", "f32"), input("gradient", "f32"), input("stats", "f32"), output("result", "f32")]
            }
        }
    }

    fn sizes(&self) -> Vec<Size> {
        let mut sizes: Vec<Size> = ["rows", "channels", "start"].map(Size::Integer).into();
        if *self != Norm::Weights {
            sizes.push(Size::Float("epsilon"));
        }
        sizes
    }

    fn code(&self) -> Code {
        let main = match *self {
            Norm::Forward { affine } => Norm::forward(affine),
            Norm::Input { added } => Norm::input(added),
            Norm::Weights => Norm::weights(),
        };
        Code { functions: together(), main }
    }
}
