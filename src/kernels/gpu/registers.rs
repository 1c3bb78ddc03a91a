//! The sum of a matrix product with both operands read straight from storage: no workgroup memory and no barriers. On a
//! GPU its neighbours' reads hit the same cache lines; on a software rasteriser, where a barrier switches stacks, it is
//! several times as fast as a sum over staged tiles.

use super::{
    launch::unrolled,
    matmul::{Matmul, Operands},
};

/// Statements that add the product to `c0_0`, `c0_1`, ...
pub fn product(matmul: &Matmul) -> String {
    match matmul.operands {
        Operands::Plain => plain(matmul),
        Operands::RightTransposed => right_transposed(matmul),
        Operands::LeftTransposed => left_transposed(matmul),
    }
}

fn plain(matmul: &Matmul) -> String {
    let (rows, fours) = (matmul.rows(), matmul.fours());
    let a = unrolled(rows, |i| format!("        let a{i} = load_a(r{i} * k + p, r{i} * k + k);\n"));
    // Beyond the end of K, `a` is zero: any row of `b` will do.
    let b = unrolled(4, |q| {
        let row = if matmul.aligned { format!("p + {q}u") } else { format!("min(p + {q}u, k - 1u)") };
        unrolled(fours, |j| {
            format!("        let b{q}_{j} = load_b(b_start + ({row}) * n + n{j}, b_start + ({row}) * n + n);\n")
        })
    });
    let sum = unrolled(rows, |i| {
        unrolled(fours, |j| {
            let terms = ["x", "y", "z", "w"].iter().enumerate().fold(format!("c{i}_{j}"), |sum, (q, component)| {
                format!("fma(vec4(a{i}.{component}), b{q}_{j}, {sum})")
            });
            format!("        c{i}_{j} = {terms};\n")
        })
    });
    format!("    for (var p = 0u; p < k; p += 4u) {{\n{a}{b}{sum}    }}\n")
}

fn right_transposed(matmul: &Matmul) -> String {
    let (rows, fours) = (matmul.rows(), matmul.fours());
    let a = unrolled(rows, |i| format!("        let a{i} = load_a(r{i} * k + p, r{i} * k + k);\n"));
    let b = unrolled(4 * fours, |q| {
        let row = format!("min(column + {q}u, n - 1u)");
        format!("        let b{q} = load_b(b_start + {row} * k + p, b_start + {row} * k + k);\n")
    });
    let sum = unrolled(rows, |i| {
        unrolled(fours, |j| {
            let dots = (0..4).map(|q| format!("dot(a{i}, b{})", 4 * j + q)).collect::<Vec<_>>().join(", ");
            format!("        c{i}_{j} += vec4({dots});\n")
        })
    });
    format!("    for (var p = 0u; p < k; p += 4u) {{\n{a}{b}{sum}    }}\n")
}

fn left_transposed(matmul: &Matmul) -> String {
    let (rows, fours) = (matmul.rows(), matmul.fours());
    let a = unrolled(rows / 4, |i| {
        format!("        let a{i} = load_a(p * m + min(row + {}u, m - 1u), p * m + m);\n", 4 * i)
    });
    let b = unrolled(fours, |j| format!("        let b{j} = load_b(b_start + p * n + n{j}, b_start + p * n + n);\n"));
    let sum = unrolled(rows, |i| {
        let component = ["x", "y", "z", "w"][i % 4];
        unrolled(fours, |j| format!("        c{i}_{j} = fma(vec4(a{}.{component}), b{j}, c{i}_{j});\n", i / 4))
    });
    let add = unrolled(fours, |j| format!("        s{j} += b{j};\n"));
    format!("    for (var p = 0u; p < k; p += 1u) {{\n{a}{b}{sum}{add}    }}\n")
}
