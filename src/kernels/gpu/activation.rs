//! What is between the layers of an MLP, in WGSL: `activate(x)` and `activation_slope(x)`, four values at a time.

use crate::config::Activation;

/// The functions of `activation`.
pub fn functions(activation: Activation) -> String {
    match (activation, activation.gate()) {
        (_, Some([linear, cubic])) => gated(linear, cubic),
        (Activation::Relu, None) => RELU.into(),
        (_, None) => GELU.into(),
    }
}

/// GELU and its slope with the error function in f32 to 1.5e-7 (Abramowitz & Stegun 7.1.26).
const GELU: &str = "fn erf(x: vec4<f32>) -> vec4<f32> {
    let t = 1.0 / (1.0 + 0.3275911 * abs(x));
    let polynomial = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
    return sign(x) * (1.0 - polynomial * exp(-x * x));
}
fn activate(x: vec4<f32>) -> vec4<f32> { return 0.5 * x * (1.0 + erf(x * 0.70710678)); }
fn activation_slope(x: vec4<f32>) -> vec4<f32> {
    return 0.5 * (1.0 + erf(x * 0.70710678)) + x * exp(-0.5 * x * x) * 0.39894228;
}\n";

/// At 0 its slope is 0, as it is in PyTorch.
const RELU: &str = "fn activate(x: vec4<f32>) -> vec4<f32> { return select(x, vec4(0.0), x < vec4(0.0)); }
fn activation_slope(x: vec4<f32>) -> vec4<f32> { return select(vec4(0.0), vec4(1.0), x > vec4(0.0)); }\n";

/// `x * sigmoid(a x + b x^3)`. The sigmoid comes from `exp(-|u|)`, which is never too large.
fn gated(linear: f32, cubic: f32) -> String {
    format!(
        "fn within(x: vec4<f32>, times: f32) -> vec4<f32> {{ return ({linear:?} + {cubic:?} * times * x * x) * x; }}
fn activate(x: vec4<f32>) -> vec4<f32> {{
    let u = within(x, 1.0);
    let power = exp(-abs(u));
    return x * select(vec4(1.0), power, u < vec4(0.0)) / (1.0 + power);
}}
fn activation_slope(x: vec4<f32>) -> vec4<f32> {{
    let u = within(x, 1.0);
    let power = exp(-abs(u));
    let share = select(vec4(1.0), power, u < vec4(0.0)) / (1.0 + power);
    return share + power / ((1.0 + power) * (1.0 + power)) * within(x, 3.0);
}}\n"
    )
}
