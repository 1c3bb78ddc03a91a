//! Attention of a few queries to many keys, as a pooler has it, with the softmax on line as in [`super::attention`].
//!
//! There are too few queries to keep a GPU busy, so the threads of a workgroup share one head of one query: each walks
//! over some of its keys, then they put together what they found, first each subgroup, where the adapter has them. On a
//! software adapter, which pays dearly for every barrier, one thread walks over all.

use super::{
    heads::Head,
    launch::{Buffer, Code, Feature, Shader, Size, Sizes, Value, empty, input, launch, output, unrolled},
    tuning::tuning,
};
use burn::backend::TensorMetadata;
use burn_cubecl::tensor::CubeTensor;

/// Threads that share a query's head, on hardware.
const LANES: usize = 64;
/// Heads of a workgroup in software: few, to keep all cores busy.
const ALONE: usize = 8;
/// Fours of channels that threads put together at a time; what they share stays within half of WebGPU's least.
const TOGETHER: usize = 8;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Attend {
    head: Head,
    /// Threads share a head.
    shared: bool,
    /// Those of a subgroup put together what they found first.
    subgroup: bool,
}

/// `queries` `[Q, D]`, `keys_values` `[R, 2 D]`, `spans` `[Q, 2]` -> `[Q, D]`.
pub fn forward([queries, keys_values, spans]: [&CubeTensor; 3], heads: usize) -> CubeTensor {
    let [q, d] = queries.shape().dims();
    let head = Head { dim: d / heads };
    let result = empty(queries, [q, d]);
    let shader = Attend::new(head);
    let values = [Value::Integer(q), d.into(), heads.into(), (head.dim as f32).powf(-0.5).into()];
    // Across is always the heads, so that a workgroup knows its head without a division.
    let groups = if shader.shared { [q, heads, 1] } else { [q.div_ceil(ALONE), heads, 1] };
    launch(shader, &[queries, keys_values, spans, &result], &values, Sizes::Same, groups);
    result
}

impl Attend {
    pub fn new(head: Head) -> Self {
        let tuning = tuning();
        let shared = !tuning.software;
        Self { head, shared, subgroup: shared && tuning.subgroup.is_some() }
    }

    /// From the query in registers to `most`, `sum` and the values added so far, `o`.
    fn walk(&self) -> String {
        let head = self.head;
        let query = unrolled(head.fours(), |c| {
            let load = head.load("queries", "(query * width + head)", c);
            format!("    let q{c} = {load} * scale;\n    var o{c} = vec4<f32>(0.0);\n")
        });
        // A value is loaded where it is added: wide heads leave no registers to hold one beside its key.
        let add = unrolled(head.fours(), |c| {
            let value = head.load("keys_values", "(at + width)", c);
            format!("        o{c} = fma(vec4(p), {value}, o{c} * fade);\n")
        });
        let (start, step) = if self.shared { (" + local.x", LANES) } else { ("", 1) };
        format!(
            "    let head = group.y * {dim}u;
    var most = -3.0e38;
    var sum = 0.0;
{query}    let to_key = u32(spans[2u * query + 1u]);
    for (var key = u32(spans[2u * query]){start}; key < to_key; key += {step}u) {{
        let at = key * 2u * width + head;
{keys}        let s = {score};
        let now = max(most, s);
        let fade = exp(most - now);
        let p = exp(s - now);
        most = now;
        sum = sum * fade + p;
{add}    }}
",
            dim = head.dim,
            keys = head.registers("k", "keys_values", "at"),
            score = head.dot("q", "k"),
        )
    }

    fn alone(&self) -> String {
        let store = unrolled(self.head.fours(), |c| {
            self.head.store("result", "(query * width + head)", c, &format!("o{c} / sum"))
        });
        format!(
            "    let query = group.x * {ALONE}u + local.x;
    if (query >= queries_count) {{ return; }}
{walk}    {{\n{store}    }}\n",
            walk = self.walk(),
        )
    }

    /// What the threads found, by the first ones: a thread without keys has the least `most` and a `sum` of zero.
    fn shared(&self) -> String {
        let fours: Vec<usize> = (0..self.head.fours()).collect();
        let together = fours.chunks(TOGETHER).map(|fours| self.put_together(fours)).collect::<String>();
        format!(
            "    let query = group.x;
{walk}{part}{tops}    workgroupBarrier();
{count}    var top = tops[0];
    for (var i = 1u; i < count; i++) {{ top = max(top, tops[i]); }}
    let weight = exp(most - top);
{sums}    workgroupBarrier();
    var whole = 0.0;
    for (var i = 0u; i < count; i++) {{ whole += sums[i]; }}
{together}",
            walk = self.walk(),
            part = self.part(),
            tops = self.lay("tops[part]", "Max", "most"),
            count = match self.subgroup {
                true => "    let count = atomicLoad(&parts_count);\n".into(),
                false => format!("    let count = {LANES}u;\n"),
            },
            sums = self.lay("sums[part]", "Add", "sum * weight"),
        )
    }

    /// The number of the part that a thread or its subgroup found. Nothing says which threads of a workgroup are a
    /// subgroup, so each draws one.
    fn part(&self) -> &'static str {
        match self.subgroup {
            true => {
                "    if (local.x == 0u) { atomicStore(&parts_count, 0u); }
    workgroupBarrier();
    var drawn = 0u;
    if (in_subgroup == 0u) { drawn = atomicAdd(&parts_count, 1u); }
    let part = subgroupBroadcastFirst(drawn);\n"
            }
            false => "    let part = local.x;\n",
        }
    }

    /// A part of what was found into shared memory: of a subgroup what `how` makes of its threads' values.
    fn lay(&self, to: &str, how: &str, value: &str) -> String {
        if !self.subgroup {
            return format!("    {to} = {value};\n");
        }
        format!(
            "    {{
    let found = subgroup{how}({value});
    if (in_subgroup == 0u) {{ {to} = found; }}
    }}\n"
        )
    }

    /// Some fours of channels: every part into shared memory, one thread each adds them up.
    fn put_together(&self, fours: &[usize]) -> String {
        let lay = unrolled(fours.len(), |i| {
            self.lay(&format!("parts[{i}u * {LANES}u + part]"), "Add", &format!("o{} * weight", fours[i]))
        });
        let store = unrolled(fours.len(), |i| {
            let store = self.head.store("result", "(query * width + head)", fours[i], "mixed / whole");
            format!("        if (local.x == {i}u) {{\n{store}        }}\n")
        });
        format!(
            "{lay}    workgroupBarrier();
    if (local.x < {lanes}u) {{
        var mixed = vec4<f32>(0.0);
        for (var i = 0u; i < count; i++) {{ mixed += parts[local.x * {LANES}u + i]; }}
{store}    }}
    workgroupBarrier();\n",
            lanes = fours.len(),
        )
    }
}

impl Shader for Attend {
    fn name(&self) -> &'static str {
        "attend"
    }

    fn workgroup(&self) -> [u32; 3] {
        [if self.shared { LANES } else { ALONE } as u32, 1, 1]
    }

    fn buffers(&self) -> Vec<Buffer> {
        let element = self.head.element();
        let [queries, keys_values] = ["queries", "keys_values"].map(|name| input(name, element));
        vec![queries, keys_values, input("spans", "i32"), output("result", element)]
    }

    fn sizes(&self) -> Vec<Size> {
        let [count, width, heads] = ["queries_count", "width", "heads"].map(Size::Integer);
        vec![count, width, heads, Size::Float("scale")]
    }

    fn features(&self) -> Vec<Feature> {
        if self.subgroup { vec![Feature::Subgroups] } else { Vec::new() }
    }

    fn code(&self) -> Code {
        if !self.shared {
            return Code { functions: String::new(), main: self.alone() };
        }
        let count = if self.subgroup { "var<workgroup> parts_count: atomic<u32>;\n" } else { "" };
        let functions = format!(
            "{count}var<workgroup> tops: array<f32, {LANES}>;
var<workgroup> sums: array<f32, {LANES}>;
var<workgroup> parts: array<vec4<f32>, {}>;\n",
            LANES * TOGETHER
        );
        Code { functions, main: self.shared() }
    }
}
