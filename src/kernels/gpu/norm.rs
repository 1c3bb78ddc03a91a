//! Layer norm over channels, forward and backward. Several threads share a row, or a column of the weights' gradient, and
//! add up what they found: within a subgroup where the adapter has them, else through workgroup memory. On a software
//! adapter, which pays dearly for every barrier, one does it alone.

use super::{
    launch::{Buffer, Code, Feature, Shader, Size, Sizes, Value, empty, input, launch, output},
    tuning::tuning,
};
use burn_cubecl::tensor::CubeTensor;

/// Threads of a workgroup.
const THREADS: usize = 64;
/// Threads that share a row or column, on hardware.
const LANES: usize = 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Norm {
    pass: Pass,
    /// Threads that share a row or column: a power of two.
    lanes: usize,
    /// They are of one subgroup.
    subgroup: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pass {
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
    let shader = Norm::new(Pass::Forward { affine: weights.is_some() });
    let mut buffers = vec![x, result];
    buffers.extend(weights);
    launch(shader, &buffers, &values([r, d], at), sizes, shader.groups(r));
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
    let shader = Norm::new(Pass::Input { added: added.is_some() });
    launch(shader, &buffers, &values([r, d], at), Sizes::Vary, shader.groups(r));
    let buffers = [x, gradient, &stats, weights_gradient];
    // The epsilon is in the statistics already.
    let shader = Norm::new(Pass::Weights);
    launch(shader, &buffers, &values([r, d], at)[..3], Sizes::Vary, shader.groups(d));
}

fn values([r, d]: [usize; 2], at: NormAt) -> [Value; 4] {
    [r.into(), d.into(), at.start.into(), at.epsilon.into()]
}

impl Norm {
    pub fn new(pass: Pass) -> Self {
        let tuning = tuning();
        // A subgroup has a power of two threads: any smaller one divides it.
        match tuning.subgroup {
            _ if tuning.software => Self { pass, lanes: 1, subgroup: false },
            Some(size) if size > 1 => Self { pass, lanes: size.min(LANES), subgroup: true },
            _ => Self { pass, lanes: LANES, subgroup: false },
        }
    }

    /// Rows or columns of a workgroup.
    fn group(self) -> usize {
        THREADS / self.lanes
    }

    fn groups(self, count: usize) -> [usize; 3] {
        [count.div_ceil(self.group()), 1, 1]
    }

    /// `together(lane, place, value)`: the sum over the threads of a row or column, in every one of them.
    fn together(self) -> String {
        let lanes = self.lanes;
        let sum = match (lanes, self.subgroup) {
            (1, _) => "    return value;\n".into(),
            (_, true) => {
                let steps =
                    (0..lanes.ilog2()).map(|bit| format!("    sum += subgroupShuffleXor(sum, {}u);\n", 1 << bit));
                format!("    var sum = value;\n{}    return sum;\n", steps.collect::<String>())
            }
            (_, false) => format!(
                "    workgroupBarrier();
    shares[place * {lanes}u + lane] = value;
    workgroupBarrier();
    var sum = 0.0;
    for (var i = 0u; i < {lanes}u; i++) {{ sum += shares[place * {lanes}u + i]; }}
    return sum;\n"
            ),
        };
        let memory = match (lanes, self.subgroup) {
            (1, _) => String::new(),
            (_, true) => "var<workgroup> places: atomic<u32>;\n".into(),
            (_, false) => format!("var<workgroup> shares: array<f32, {THREADS}>;\n"),
        };
        format!("{memory}fn together(lane: u32, place: u32, value: f32) -> f32 {{\n{sum}}}\n")
    }

    /// Which of the threads of a row a thread is, `lane`, and which row of the workgroup it is, `place`. Nothing says which
    /// threads of a workgroup are a subgroup, so its threads draw the place of a row.
    fn shares(self) -> String {
        if !self.subgroup {
            let lanes = self.lanes;
            return format!("    let lane = local.x % {lanes}u;\n    let place = local.x / {lanes}u;\n");
        }
        format!(
            "    let lane = in_subgroup % {lanes}u;
    if (local.x == 0u) {{ atomicStore(&places, 0u); }}
    workgroupBarrier();
    var drawn = 0u;
    if (lane == 0u) {{ drawn = atomicAdd(&places, 1u); }}
    let place = subgroupShuffle(drawn, in_subgroup - lane);\n",
            lanes = self.lanes,
        )
    }
}

/// Mean and inverse standard deviation of row `row`. `LANES` and `GROUP` stand for the numbers of the variant.
const STATISTICS: &str = "    let row = min(group.x * GROUP + place, rows - 1u);
    let here = group.x * GROUP + place < rows;
    let begin = row * channels;
    var sum = 0.0;
    for (var c = lane; c < channels; c += LANES) { sum += x[begin + c]; }
    let mean = together(lane, place, sum) / f32(channels);
    var squares = 0.0;
    for (var c = lane; c < channels; c += LANES) { let away = x[begin + c] - mean; squares += away * away; }
    let scale = inverseSqrt(together(lane, place, squares) / f32(channels) + epsilon);
";

impl Pass {
    fn forward(affine: bool) -> String {
        let value = if affine { "normed * weights[start + c] + weights[start + channels + c]" } else { "normed" };
        format!(
            "{STATISTICS}    if (here) {{
        for (var c = lane; c < channels; c += LANES) {{
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
    for (var c = lane; c < channels; c += LANES) {{
        let slope = gradient[begin + c] * weights[start + c];
        plain += slope;
        along += slope * (x[begin + c] - mean) * scale;
    }}
    let mean_plain = together(lane, place, plain) / f32(channels);
    let mean_along = together(lane, place, along) / f32(channels);
    if (here) {{
        for (var c = lane; c < channels; c += LANES) {{
            let slope = gradient[begin + c] * weights[start + c];
            result[begin + c] = scale * (slope - mean_plain - (x[begin + c] - mean) * scale * mean_along){add};
        }}
        if (lane == 0u) {{
            stats[2u * row] = mean;
            stats[2u * row + 1u] = scale;
        }}
    }}\n"
        )
    }

    /// Here the threads of a channel take its rows in turns.
    fn weights() -> String {
        "    let channel = min(group.x * GROUP + place, channels - 1u);
    var gain = 0.0;
    var bias = 0.0;
    for (var row = lane; row < rows; row += LANES) {
        let slope = gradient[row * channels + channel];
        gain += slope * (x[row * channels + channel] - stats[2u * row]) * stats[2u * row + 1u];
        bias += slope;
    }
    let whole_gain = together(lane, place, gain);
    let whole_bias = together(lane, place, bias);
    if (lane == 0u && group.x * GROUP + place < channels) {
        result[start + channel] = whole_gain;
        result[start + channels + channel] = whole_bias;
    }\n"
        .into()
    }
}

impl Shader for Norm {
    fn name(&self) -> &'static str {
        match self.pass {
            Pass::Forward { .. } => "layer norm",
            Pass::Input { .. } => "layer norm backward input",
            Pass::Weights => "layer norm backward weights",
        }
    }

    fn workgroup(&self) -> [u32; 3] {
        [THREADS as u32, 1, 1]
    }

    fn buffers(&self) -> Vec<Buffer> {
        match self.pass {
            Pass::Forward { affine } => {
                let mut buffers = vec![input("x", "f32"), output("result", "f32")];
                buffers.extend(affine.then(|| input("weights", "f32")));
                buffers
            }
            Pass::Input { added } => {
                let mut buffers = vec![input("x", "f32"), input("gradient", "f32"), input("weights", "f32")];
                buffers.extend([output("result", "f32"), output("stats", "f32")]);
                buffers.extend(added.then(|| input("added", "f32")));
                buffers
            }
            Pass::Weights => {
                vec![input("x", "f32"), input("gradient", "f32"), input("stats", "f32"), output("result", "f32")]
            }
        }
    }

    fn sizes(&self) -> Vec<Size> {
        let mut sizes: Vec<Size> = ["rows", "channels", "start"].map(Size::Integer).into();
        if self.pass != Pass::Weights {
            sizes.push(Size::Float("epsilon"));
        }
        sizes
    }

    fn features(&self) -> Vec<Feature> {
        if self.subgroup { vec![Feature::Subgroups] } else { Vec::new() }
    }

    fn code(&self) -> Code {
        let main = match self.pass {
            Pass::Forward { affine } => Pass::forward(affine),
            Pass::Input { added } => Pass::input(added),
            Pass::Weights => Pass::weights(),
        };
        let main = main.replace("LANES", &format!("{}u", self.lanes)).replace("GROUP", &format!("{}u", self.group()));
        Code { functions: self.together(), main: self.shares() + &main }
    }
}
