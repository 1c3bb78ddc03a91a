//! Attention that never holds the scores: softmax on line (Milakov & Gimelshein 2018; Dao et al. 2022).
//!
//! A thread has a few query rows of one head in registers and walks over the keys they attend to, four at a time. It
//! reads them from storage, or the threads of a workgroup walk together and stage keys and values in its memory, a block
//! at a time. Memory is linear in tokens. [`super::attention_backward`] is the way back.

use super::{
    heads::Head,
    launch::{Buffer, Code, Feature, Shader, Size, Sizes, Value, input, launch, output, unrolled},
    tuning::{Staging, tuning},
};
use crate::kernels::{AfterShape, BlockShape};
use burn::backend::TensorMetadata;
use burn_cubecl::tensor::CubeTensor;

/// Threads of a workgroup; fewer in software, where a few rows are to keep all cores busy.
const THREADS: [usize; 2] = [64, 16];
/// Keys whose scores are computed before the running maximum moves.
const KEYS: usize = 4;
/// Channels of keys that are staged at a time, and the most keys; values take as much memory again.
const STAGED: usize = 1024;
const STAGED_KEYS: usize = 32;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pass {
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
    /// With [`Pass::After`], how many of them a sequence has.
    of_sequence: &'static str,
}

/// Of the rows themselves.
const OWN: Keys =
    Keys { buffer: "qkv", row: "3u * width", key: "width", value: "2u * width", span: "span", of_sequence: "new_rows" };
/// Of rows before them.
const PAST: Keys =
    Keys { buffer: "past", row: "2u * width", key: "0u", value: "width", span: "before", of_sequence: "past_rows" };

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Attention {
    pass: Pass,
    pub head: Head,
    /// Rows of a thread; one in the backward passes.
    rows: usize,
    /// Threads of a workgroup.
    pub threads: usize,
    /// Of keys and values.
    staging: Staging,
}

/// `qkv` `[R, 3 D]` (turned) -> `mixed` `[R, D]` and, if wanted, the logarithm of each row's normaliser `[R, heads]`.
pub fn forward(
    shape: BlockShape,
    [qkv, spans, mixed]: [&CubeTensor; 3],
    normaliser: Option<&CubeTensor>,
    staging: Staging,
    sizes: Sizes,
) {
    let [rows, _] = mixed.shape().dims();
    let shader = Attention::forward(Pass::Forward { keeping: normaliser.is_some() }, shape, staging);
    let mut buffers = vec![qkv, spans, mixed];
    buffers.extend(normaliser);
    shader.run(shape, &buffers, &[rows], sizes);
}

/// `qkv` `[R, 3 D]` (turned) of new rows, `past` `[count * P, 2 D]` (anything if `P` is 0) -> `mixed` `[R, D]` and
/// `keys_values` `[R, 2 D]`, which is the new rows' part of `qkv`.
pub fn after(shape: AfterShape, buffers: [&CubeTensor; 4], staging: Staging) {
    let AfterShape { block, count, past } = shape;
    let [rows, _] = buffers[0].shape().dims();
    let shader = Attention::forward(Pass::After, block, staging);
    shader.run(block, &buffers, &[rows, rows / count, past], Sizes::Same);
}

/// Rows of a thread on the way forward. They share each key they read; wide heads would not leave a GPU registers for
/// two.
fn per_thread(shape: BlockShape) -> usize {
    match (tuning().software, shape.head_dim()) {
        (true, _) => 4,
        (false, ..=32) => 2,
        (false, _) => 1,
    }
}

impl Attention {
    pub fn forward(pass: Pass, shape: BlockShape, staging: Staging) -> Self {
        let head = Head { dim: shape.head_dim() };
        let stageable = head.aligned() && KEYS * head.dim <= STAGED;
        let staging = if stageable { staging } else { Staging::Registers };
        Self { rows: per_thread(shape), staging, ..Self::backward(pass, shape) }
    }

    pub fn backward(pass: Pass, shape: BlockShape) -> Self {
        let threads = THREADS[usize::from(tuning().software)];
        Self { pass, head: Head { dim: shape.head_dim() }, rows: 1, threads, staging: Staging::Registers }
    }

    /// `rows`: how many, then what else [`Pass::After`] wants to know.
    pub fn run(self, shape: BlockShape, buffers: &[&CubeTensor], rows: &[usize], sizes: Sizes) {
        let scale = (shape.head_dim() as f32).powf(-0.5);
        let mut values = vec![Value::Integer(rows[0]), shape.width.into(), shape.heads.into(), scale.into()];
        values.extend(rows[1..].iter().map(|&value| Value::Integer(value)));
        let groups = [rows[0].div_ceil(self.rows * self.threads), shape.heads, 1];
        launch(self, buffers, &values, sizes, groups);
    }

    fn mix(&self) -> String {
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
        // At a barrier all threads have to arrive.
        let leave = if self.staged() { "" } else { "    if (first >= rows) { return; }\n" };
        format!(
            "    let first = (group.x * {threads}u + local.x) * {rows}u;
{leave}    let head = group.y * {dim}u;
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
        let range = |Keys { span, of_sequence, .. }: &Keys| {
            format!("    let {span}{i} = vec2(sequence{i} * {of_sequence}, (sequence{i} + 1u) * {of_sequence});\n")
        };
        let sequence = format!("    let sequence{i} = r{i} / new_rows;\n");
        sequence + &range(&OWN) + &range(&PAST)
    }

    fn staged(&self) -> bool {
        self.staging != Staging::Registers
    }

    /// Keys of a block that is staged.
    fn staged_keys(&self) -> usize {
        (STAGED / self.head.dim / KEYS * KEYS).min(STAGED_KEYS)
    }

    fn staged_element(&self) -> &'static str {
        if self.staging == Staging::Halves { "vec4<f16>" } else { "vec4<f32>" }
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
        if self.staged() {
            return self.walk_staged(keys);
        }
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

    /// All threads of a workgroup over the keys of all its rows. These are one range: rows lie in the order of their keys.
    fn walk_staged(&self, keys: &Keys) -> String {
        let Keys { buffer, row, key, value, of_sequence, .. } = keys;
        let (group, block, fours) = (self.rows * self.threads, self.staged_keys(), self.head.fours());
        let last = format!("min(group.x * {group}u + {}u, rows - 1u)", group - 1);
        let (from, to) = match self.pass {
            Pass::After => (
                format!("group.x * {group}u / new_rows * {of_sequence}"),
                format!("({last} / new_rows + 1u) * {of_sequence}"),
            ),
            _ => (format!("u32(spans[group.x * {group}u].x)"), format!("u32(spans[{last}].y)")),
        };
        let stage = |name: &str, part: &str| {
            let element = self.staged_element();
            format!("            staged_{name}[i] = {element}({buffer}[(at + {part}) / 4u + i % {fours}u]);\n")
        };
        format!(
            "    {{
    let from_key = {from};
    let to_key = {to};
    for (var block = from_key; block < to_key; block += {block}u) {{
        for (var i = local.x; i < {staged}u; i += {threads}u) {{
            let at = min(block + i / {fours}u, to_key - 1u) * {row} + head;
{stage_keys}{stage_values}        }}
        workgroupBarrier();
        for (var key = block; key < min(block + {block}u, to_key); key += {KEYS}u) {{
{step}        }}
        workgroupBarrier();
    }}
    }}\n",
            staged = block * fours,
            threads = self.threads,
            stage_keys = stage("keys", key),
            stage_values = stage("values", value),
            step = self.keys(keys),
        )
    }

    /// Four channels of one of `KEYS` keys or of its value, which is `part` of its row.
    fn load(&self, Keys { buffer, .. }: &Keys, [name, part]: [&str; 2], j: usize, c: usize) -> String {
        if self.staged() {
            return format!("vec4<f32>(staged_{name}[(key - block + {j}u) * {}u + {c}u])", self.head.fours());
        }
        self.head.load(buffer, &format!("(at{j} + {part})"), c)
    }

    /// Four keys: their scores, the maximum and the sum moved on, their values added.
    fn keys(&self, keys: &Keys) -> String {
        let Keys { row, key, value, span, .. } = keys;
        let scores = unrolled(KEYS, |j| {
            let registers = unrolled(self.head.fours(), |c| {
                format!("        let k{j}_{c} = {};\n", self.load(keys, ["keys", key], j, c))
            });
            let rows = unrolled(self.rows, |i| {
                format!(
                    "        let in{i}_{j} = key + {j}u >= {span}{i}.x && key + {j}u < {span}{i}.y;
        let s{i}_{j} = select(-3.0e38, {}, in{i}_{j});\n",
                    self.head.dot(&format!("q{i}_"), &format!("k{j}_"))
                )
            });
            let at = format!("        let at{j} = min(key + {j}u, to_key - 1u) * {row} + head;\n");
            if self.staged() { registers + &rows } else { at + &registers + &rows }
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
                let load = self.load(keys, ["values", value], j, c);
                let add =
                    unrolled(self.rows, |i| format!("        o{i}_{c} = fma(vec4(p{i}_{j}), v{j}_{c}, o{i}_{c});\n"));
                format!("        let v{j}_{c} = {load};\n{add}")
            })
        });
        scores + &moved + &values
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

    fn features(&self) -> Vec<Feature> {
        if self.staging == Staging::Halves { vec![Feature::F16] } else { Vec::new() }
    }

    fn code(&self) -> Code {
        let main = match self.pass {
            Pass::Forward { .. } | Pass::After => self.mix(),
            Pass::Queries => self.queries(),
            Pass::KeysValues => self.keys_values(),
        };
        let functions = match self.staged() {
            false => String::new(),
            true => {
                let (element, fours) = (self.staged_element(), self.staged_keys() * self.head.fours());
                ["keys", "values"]
                    .map(|name| format!("var<workgroup> staged_{name}: array<{element}, {fours}>;\n"))
                    .concat()
            }
        };
        Code { functions, main }
    }
}
