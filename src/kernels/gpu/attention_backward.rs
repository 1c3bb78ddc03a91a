//! Attention, backward. A thread has one row of a head: as a query it walks over its keys, as a key over the queries that
//! attend to it. Memory is linear in tokens.

use super::{
    attention::{Attention, Pass},
    launch::{Sizes, unrolled},
};
use crate::kernels::BlockShape;
use burn_cubecl::tensor::CubeTensor;

/// Gradient `[R, 3 D]` of `qkv` before it was turned, into `result`. `scratch` `[R, heads]` is for the kernels themselves.
pub fn backward(shape: BlockShape, buffers: Backward, rows: usize) {
    let Backward { qkv, spans, mixed, normaliser, gradient, rope, scratch, result } = buffers;
    Attention::backward(Pass::Queries, shape).run(
        shape,
        &[qkv, spans, gradient, normaliser, rope, result, mixed, scratch],
        &[rows],
        Sizes::Vary,
    );
    Attention::backward(Pass::KeysValues, shape).run(
        shape,
        &[qkv, spans, gradient, normaliser, rope, result, scratch],
        &[rows],
        Sizes::Vary,
    );
}

/// The tensors of a backward pass.
pub struct Backward<'a> {
    pub qkv: &'a CubeTensor,
    pub spans: &'a CubeTensor,
    pub mixed: &'a CubeTensor,
    pub normaliser: &'a CubeTensor,
    /// Of `mixed`.
    pub gradient: &'a CubeTensor,
    pub rope: &'a CubeTensor,
    pub scratch: &'a CubeTensor,
    pub result: &'a CubeTensor,
}

impl Attention {
    /// Start of both backward passes: one row of a head, `width3` elements a row of `qkv`.
    fn backward_start(&self) -> String {
        format!(
            "    let row = group.x * {}u + local.x;
    if (row >= rows) {{ return; }}
    let head = group.y * {}u;
    let span = vec4<u32>(spans[row]);
    {{\n",
            self.threads, self.head.dim
        )
    }

    pub fn queries(&self) -> String {
        let own = "(row * 3u * width + head)";
        let channel = "(row * width + head)";
        let step =
            self.head.registers("k", "qkv", "(at + width)") + &self.head.registers("v", "qkv", "(at + 2u * width)");
        let add = unrolled(self.head.fours(), |c| format!("        dq{c} = fma(vec4(slope), k{c}, dq{c});\n"));
        let delta = self.head.registers("o", "mixed", channel);
        format!(
            "{start}{q}{g}{delta}{zeros}        let delta = {own_dot};
        scratch[row * heads + group.y] = delta;
        let log_sum = normaliser[row * heads + group.y];
        for (var other = span.x; other < span.y; other += 1u) {{
        let at = other * 3u * width + head;
{step}        let p = exp(({score}) * scale - log_sum);
        let slope = p * (({dp}) - delta) * scale;
{add}        }}
{turned}    }}\n",
            start = self.backward_start(),
            q = self.head.registers("q", "qkv", own),
            g = self.head.registers("g", "gradient", channel),
            zeros = self.head.zeros("dq"),
            own_dot = self.head.dot("g", "o"),
            score = self.head.dot("q", "k"),
            dp = self.head.dot("g", "v"),
            turned = self.turned_back("dq", own),
        )
    }

    pub fn keys_values(&self) -> String {
        let step = self.head.registers("q", "qkv", "(other * 3u * width + head)")
            + &self.head.registers("g", "gradient", "(other * width + head)");
        let add = unrolled(self.head.fours(), |c| {
            format!(
                "        dv{c} = fma(vec4(p), g{c}, dv{c});
        dk{c} = fma(vec4(slope), q{c}, dk{c});\n"
            )
        });
        let values = unrolled(self.head.fours(), |c| {
            self.head.store("result", "(row * 3u * width + head + 2u * width)", c, &format!("dv{c}"))
        });
        format!(
            "{start}{k}{v}{dk}{dv}        for (var other = span.z; other < span.w; other += 1u) {{
{step}        let p = exp(({score}) * scale - normaliser[other * heads + group.y]);
        let slope = p * (({dp}) - scratch[other * heads + group.y]) * scale;
{add}        }}
{values}{turned}    }}\n",
            start = self.backward_start(),
            k = self.head.registers("k", "qkv", "(row * 3u * width + head + width)"),
            v = self.head.registers("v", "qkv", "(row * 3u * width + head + 2u * width)"),
            dk = self.head.zeros("dk"),
            dv = self.head.zeros("dv"),
            score = self.head.dot("q", "k"),
            dp = self.head.dot("g", "v"),
            turned = self.turned_back("dk", "(row * 3u * width + head + width)"),
        )
    }

    /// The adjoint of the turn by position, on the way into `result`: `dx[c] = dy[c] cos[c] + dy[c ^ 1] sin[c ^ 1]`.
    fn turned_back(&self, name: &str, at: &str) -> String {
        let dim = self.head.dim;
        unrolled(self.head.fours(), |c| {
            let cosines = self.head.load("rope", &format!("(row * {}u)", 2 * dim), c);
            let sines = self.head.load("rope", &format!("(row * {}u + {dim}u)", 2 * dim), c);
            let value = format!("{name}{c} * cosines{c} + ({name}{c} * sines{c}).yxwz");
            format!(
                "        let cosines{c} = {cosines};\n        let sines{c} = {sines};\n{}",
                self.head.store("result", at, c, &value)
            )
        })
    }
}
