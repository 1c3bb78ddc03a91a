//! The sum of a matrix product over tiles in workgroup memory: each value is read from storage once a workgroup instead
//! of once a thread.
//!
//! Every thread brings a block of four by four of each operand. In workgroup memory a tile is `[depth, side]` whatever the
//! operand's layout, so that a thread finds the four rows or columns it needs at one place.

use super::{
    launch::unrolled,
    matmul::{Matmul, Operands, SIDE},
    tuning::Staging,
};

/// Four values of a tile.
fn element(matmul: &Matmul) -> &'static str {
    if matmul.tile.staging == Staging::Halves { "vec4<f16>" } else { "vec4<f32>" }
}

/// Fours across a tile: rows of `A`, columns of `B`.
fn across(matmul: &Matmul) -> usize {
    SIDE * matmul.fours()
}

/// Values of K in a tile, so that each thread has one block to bring.
fn depth(matmul: &Matmul) -> usize {
    4 * SIDE * SIDE / across(matmul)
}

/// The tiles.
pub fn memory(matmul: &Matmul) -> String {
    let (element, fours) = (element(matmul), depth(matmul) * across(matmul));
    ["a", "b"].map(|name| format!("var<workgroup> tile_{name}: array<{element}, {fours}>;\n")).concat()
}

/// Statements that add the product to `c0_0`, `c0_1`, ...; all threads of a workgroup run them.
pub fn product(matmul: &Matmul) -> String {
    let (rows, fours, across, depth) = (matmul.rows(), matmul.fours(), across(matmul), depth(matmul));
    let a = Operand {
        name: "a",
        start: "0u",
        first: "group.y",
        count: "m",
        along: matmul.operands != Operands::LeftTransposed,
    };
    let b = Operand {
        name: "b",
        start: "b_start",
        first: "group.x",
        count: "n",
        along: matmul.operands == Operands::RightTransposed,
    };
    let part = |name: &str, at: &str| {
        unrolled(fours, |i| {
            format!("            let {name}{i} = vec4<f32>(tile_{name}[q * {across}u + {at} * {fours}u + {i}u]);\n")
        })
    };
    let sum = unrolled(rows, |i| {
        let component = ["x", "y", "z", "w"][i % 4];
        unrolled(fours, |j| format!("            c{i}_{j} = fma(vec4(a{}.{component}), b{j}, c{i}_{j});\n", i / 4))
    });
    let add = match matmul.operands {
        Operands::LeftTransposed => unrolled(fours, |j| format!("            s{j} += b{j};\n")),
        _ => String::new(),
    };
    format!(
        "    let slot = local.y * {SIDE}u + local.x;
    for (var p = 0u; p < k; p += {depth}u) {{
{stage_a}{stage_b}        workgroupBarrier();
        for (var q = 0u; q < {depth}u; q++) {{
{part_a}{part_b}{sum}{add}        }}
        workgroupBarrier();
    }}\n",
        stage_a = a.stage(matmul),
        stage_b = b.stage(matmul),
        part_a = part("a", "local.y"),
        part_b = part("b", "local.x"),
    )
}

/// One operand of a product.
struct Operand {
    name: &'static str,
    /// Where it begins in its buffer.
    start: &'static str,
    /// Which tile of it.
    first: &'static str,
    /// Its rows (of `A`) or columns (of `B`).
    count: &'static str,
    /// Neighbours in memory are neighbours in K.
    along: bool,
}

impl Operand {
    /// A thread's block into the tile. What is beyond the operand is zero: a load gives that from its `end` on.
    fn stage(&self, matmul: &Matmul) -> String {
        let Self { name, start, first, count, along } = self;
        let (across, blocks, element) = (across(matmul), depth(matmul) / 4, element(matmul));
        // Neighbouring threads read neighbouring memory.
        let (place, block) = match along {
            true => (format!("slot / {blocks}u"), format!("slot % {blocks}u")),
            false => (format!("slot % {across}u"), format!("slot / {across}u")),
        };
        let loads = unrolled(4, |i| {
            let (row, columns, row_count, at) = match along {
                true => (format!("(first + {i}u)"), "k", *count, "deep"),
                false => (format!("(deep + {i}u)"), *count, "k", "first"),
            };
            format!(
                "            let begin{i} = {start} + {row} * {columns};
            let v{i} = load_{name}(begin{i} + {at}, select(0u, begin{i} + {columns}, {row} < {row_count}));\n"
            )
        });
        let turn = if *along { "            let turned = transpose(mat4x4<f32>(v0, v1, v2, v3));\n" } else { "" };
        let store = unrolled(4, |i| {
            let value = if *along { format!("turned[{i}]") } else { format!("v{i}") };
            format!("            tile_{name}[(4u * block + {i}u) * {across}u + place] = {element}({value});\n")
        });
        format!(
            "        {{
            let place = {place};
            let block = {block};
            let first = ({first} * {across}u + place) * 4u;
            let deep = p + 4u * block;
{loads}{turn}{store}        }}\n"
        )
    }
}
