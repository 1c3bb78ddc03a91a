//! Attention that never holds the scores: softmax on line (Milakov & Gimelshein 2018; Dao et al. 2022), forward and backward.
//!
//! A thread has a few query rows of one head in registers and walks over the keys they attend to, four at a time. Going
//! back it has one row: as a query it walks over its keys, as a key over the queries that attend to it. Memory is
//! linear in tokens.

use super::{
    heads::Head,
    launch::{Buffer, Code, Shader, Size, Sizes, Value, input, launch, output, unrolled},
};
use crate::kernels::{AfterShape, BlockShape};
use burn_cubecl::tensor::CubeTensor;

/// Threads of a workgroup; fewer in software, where a few rows are to keep all cores busy.
const THREADS: [usize; 2] = [64, 16];
/// Keys whose scores are computed before the running maximum moves.
const KEYS: usize = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Pass {
    Forward {
        keeping: bool,
    },
    /// Forward of new rows that attend to each other and to keys and values of rows before.
    After,
    /// Gradient of the queries.
    Queries,
    /// Gradients of keys and values.
    KeysValues,
}

/// Keys that the rows of a thread walk over.
struct Keys {
    buffer: &'static str,
    /// Elements of a row, and where its key and its value begin.
    row: &'static str,
    key: &'static str,
    value: &'static str,
    /// `{span}0`, `{span}1`, ...: the range of each row of the thread.
    span: &'static str,
}

/// Of the rows themselves.
const OWN: Keys = Keys { buffer: "qkv", row: "3u * width", key: "width", value: "2u * width", span: "span" };
/// Of rows before them.
const PAST: Keys = Keys { buffer: "past", row: "2u * width", key: "0u", value: "width", span: "before" };

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Attention {
    pass: Pass,
    head: Head,
    /// Rows of a thread; one in the backward passes.
    rows: usize,
    /// Threads of a workgroup.
    threads: usize,
}

/// `qkv` `[R, 3 D]` (turned) -> `mixed` `[R, D]` and, if wanted, the logarithm of each row's normaliser `[R, heads]`.
pub fn forward(
    shape: BlockShape,
    [qkv, spans, mixed]: [&CubeTensor; 3],
    normaliser: Option<&CubeTensor>,
    rows: usize,
    sizes: Sizes,
) {
    let shader = Attention::new(Pass::Forward { keeping: normaliser.is_some() }, shape, per_thread(shape));
    let mut buffers = vec![qkv, spans, mixed];
    buffers.extend(normaliser);
    shader.run(shape, &buffers, &[rows], sizes);
}

/// `qkv` `[R, 3 D]` (turned) of new rows, `past` `[count * P, 2 D]` (anything if `P` is 0) -> `mixed` `[R, D]` and
/// `keys_values` `[R, 2 D]`, which is the new rows' part of `qkv`.
pub fn after(shape: AfterShape, buffers: [&CubeTensor; 4], rows: usize) {
    let AfterShape { block, count, past } = shape;
    let shader = Attention::new(Pass::After, block, per_thread(block));
    shader.run(block, &buffers, &[rows, rows / count, past], Sizes::Same);
}

/// Rows of a thread on the way forward. They share each key they read; wide heads would not leave a GPU registers for
/// two.
fn per_thread(shape: BlockShape) -> usize {
    match (super::is_software(), shape.head_dim()) {
        (true, _) => 4,
        (false, ..=32) => 2,
        (false, _) => 1,
    }
}

/// Gradient `[R, 3 D]` of `qkv` before it was turned, into `result`. `scratch` `[R, heads]` is for the kernels themselves.
pub fn backward(shape: BlockShape, buffers: Backward, rows: usize) {
    let Backward { qkv, spans, mixed, normaliser, gradient, rope, scratch, result } = buffers;
    Attention::new(Pass::Queries, shape, 1).run(
        shape,
        &[qkv, spans, gradient, normaliser, rope, result, mixed, scratch],
        &[rows],
        Sizes::Vary,
    );
    Attention::new(Pass::KeysValues, shape, 1).run(
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
    fn new(pass: Pass, shape: BlockShape, rows: usize) -> Self {
        let threads = THREADS[usize::from(super::is_software())];
        Self { pass, head: Head { dim: shape.head_dim() }, rows, threads }
    }

    /// `rows`: how many, then what else [`Pass::After`] wants to know.
    fn run(self, shape: BlockShape, buffers: &[&CubeTensor], rows: &[usize], sizes: Sizes) {
        let scale = (shape.head_dim() as f32).powf(-0.5);
        let mut values = vec![Value::Integer(rows[0]), shape.width.into(), shape.heads.into(), scale.into()];
        values.extend(rows[1..].iter().map(|&value| Value::Integer(value)));
        let groups = [rows[0].div_ceil(self.rows * self.threads), shape.heads, 1];
        launch(self, buffers, &values, sizes, groups);
    }

    fn forward(&self) -> String {
        let per_row = |each: &dyn Fn(usize) -> String| unrolled(self.rows, each);
        let start = per_row(&|i| {
            let load = unrolled(self.head.fours(), |c| {
                format!(
                    "    let q{i}_{c} = {} * scale;\n    var o{i}_{c} = vec4<f32>(0.0);\n",
                    self.head.load("qkv", &format!("(r{i} * 3u * width + head)"), c)
                )
            });
            format!(
                "    let r{i} = min(first + {i}u, rows - 1u);
{span}    var most{i} = -3.0e38;
    var sum{i} = 0.0;
{load}",
                span = self.span(i),
            )
        });
        let walks = match self.pass {
            Pass::After => self.walk(&PAST) + &self.walk(&OWN),
            _ => self.walk(&OWN),
        };
        let end = per_row(&|i| {
            let store = unrolled(self.head.fours(), |c| {
                self.head.store("mixed", &format!("(r{i} * width + head)"), c, &format!("o{i}_{c} / sum{i}"))
            });
            let keep = match self.pass {
                Pass::Forward { keeping: true } => {
                    format!("        normaliser[r{i} * heads + group.y] = most{i} + log(sum{i});\n")
                }
                Pass::After => self.key_and_value(i),
                _ => String::new(),
            };
            format!("    if (first + {i}u < rows) {{\n{store}{keep}    }}\n")
        });
        format!(
            "    let first = (group.x * {threads}u + local.x) * {rows}u;
    if (first >= rows) {{ return; }}
    let head = group.y * {dim}u;
{start}{walks}{end}",
            threads = self.threads,
            rows = self.rows,
            dim = self.head.dim,
        )
    }

    /// Which keys row `i` of a thread attends to.
    fn span(&self, i: usize) -> String {
        if self.pass != Pass::After {
            return format!("    let span{i} = vec2<u32>(spans[r{i}].xy);\n");
        }
        let range = |name: &str, rows: &str| {
            format!("    let {name}{i} = vec2(sequence{i} * {rows}, (sequence{i} + 1u) * {rows});\n")
        };
        let sequence = format!("    let sequence{i} = r{i} / new_rows;\n");
        sequence + &range(OWN.span, "new_rows") + &range(PAST.span, "past_rows")
    }

    /// Key and value of row `i` of a thread, kept for rows to come.
    fn key_and_value(&self, i: usize) -> String {
        let part = |from: &str, to: &str| {
            unrolled(self.head.fours(), |c| {
                let value = self.head.load("qkv", &format!("(r{i} * 3u * width + head + {from})"), c);
                self.head.store("keys_values", &format!("(r{i} * 2u * width + head + {to})"), c, &value)
            })
        };
        part(OWN.key, PAST.key) + &part(OWN.value, PAST.value)
    }

    /// Over some keys, `KEYS` at a time.
    fn walk(&self, keys: &Keys) -> String {
        let span = keys.span;
        let (from, to) = (0..self.rows).fold((format!("{span}0.x"), format!("{span}0.y")), |(from, to), i| {
            (format!("min({from}, {span}{i}.x)"), format!("max({to}, {span}{i}.y)"))
        });
        format!(
            "    {{
    let from_key = {from};
    let to_key = {to};
    for (var key = from_key; key < to_key; key += {KEYS}u) {{
{step}    }}
    }}\n",
            step = self.keys(keys)
        )
    }

    /// Four keys: their scores, the maximum and the sum moved on, their values added.
    fn keys(&self, Keys { buffer, row, key, value, span }: &Keys) -> String {
        let scores = unrolled(KEYS, |j| {
            let key = self.head.registers(&format!("k{j}_"), buffer, &format!("(at{j} + {key})"));
            let rows = unrolled(self.rows, |i| {
                format!(
                    "        let in{i}_{j} = key + {j}u >= {span}{i}.x && key + {j}u < {span}{i}.y;
        let s{i}_{j} = select(-3.0e38, {}, in{i}_{j});\n",
                    self.head.dot(&format!("q{i}_"), &format!("k{j}_"))
                )
            });
            format!("        let at{j} = min(key + {j}u, to_key - 1u) * {row} + head;\n{key}{rows}")
        });
        let moved = unrolled(self.rows, |i| {
            let most = (0..KEYS).fold(format!("most{i}"), |most, j| format!("max({most}, s{i}_{j})"));
            let shares =
                unrolled(KEYS, |j| format!("        let p{i}_{j} = select(0.0, exp(s{i}_{j} - now{i}), in{i}_{j});\n"));
            let sum = (0..KEYS).map(|j| format!("p{i}_{j}")).collect::<Vec<_>>().join(" + ");
            let fade = unrolled(self.head.fours(), |c| format!("        o{i}_{c} *= fade{i};\n"));
            format!(
                "        let now{i} = {most};
        let fade{i} = exp(most{i} - now{i});
        most{i} = now{i};
{shares}        sum{i} = sum{i} * fade{i} + {sum};
{fade}"
            )
        });
        let values = unrolled(KEYS, |j| {
            unrolled(self.head.fours(), |c| {
                let load = self.head.load(buffer, &format!("(at{j} + {value})"), c);
                let add =
                    unrolled(self.rows, |i| format!("        o{i}_{c} = fma(vec4(p{i}_{j}), v{j}_{c}, o{i}_{c});\n"));
                format!("        let v{j}_{c} = {load};\n{add}")
            })
        });
        scores + &moved + &values
    }

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

    fn queries(&self) -> String {
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

    fn keys_values(&self) -> String {
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

impl Shader for Attention {
    fn name(&self) -> &'static str {
        match self.pass {
            Pass::Forward { .. } => "attention",
            Pass::After => "attention after",
            Pass::Queries => "attention backward queries",
            Pass::KeysValues => "attention backward keys and values",
        }
    }

    fn workgroup(&self) -> [u32; 3] {
        [self.threads as u32, 1, 1]
    }

    fn buffers(&self) -> Vec<Buffer> {
        let element = self.head.element();
        let second = match self.pass {
            Pass::After => input("past", element),
            _ => input("spans", "vec4<i32>"),
        };
        let mut buffers = vec![input("qkv", element), second];
        match self.pass {
            Pass::Forward { keeping } => {
                buffers.push(output("mixed", element));
                if keeping {
                    buffers.push(output("normaliser", "f32"));
                }
            }
            Pass::After => buffers.extend([output("mixed", element), output("keys_values", element)]),
            Pass::Queries | Pass::KeysValues => {
                buffers.extend([input("gradient", element), input("normaliser", "f32"), input("rope", element)]);
                buffers.push(output("result", element));
                if self.pass == Pass::Queries {
                    buffers.extend([input("mixed", element), output("scratch", "f32")]);
                } else {
                    buffers.push(input("scratch", "f32"));
                }
            }
        }
        buffers
    }

    fn sizes(&self) -> Vec<Size> {
        let mut sizes =
            vec![Size::Integer("rows"), Size::Integer("width"), Size::Integer("heads"), Size::Float("scale")];
        if self.pass == Pass::After {
            sizes.extend(["new_rows", "past_rows"].map(Size::Integer));
        }
        sizes
    }

    fn code(&self) -> Code {
        let main = match self.pass {
            Pass::Forward { .. } | Pass::After => self.forward(),
            Pass::Queries => self.queries(),
            Pass::KeysValues => self.keys_values(),
        };
        Code { functions: String::new(), main }
    }
}
