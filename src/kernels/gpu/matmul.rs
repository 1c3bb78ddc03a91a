//! Matrix products, with what follows them folded in.
//!
//! Each thread computes a tile of the result in its registers. The operands come straight from storage ([`registers`])
//! or through workgroup memory ([`staged`]), as was chosen for the adapter.

use super::{
    activation, codes,
    launch::{Buffer, Code, Feature, Shader, Size, Sizes, Value, input, launch, output, unrolled},
    registers, staged,
    tuning::{Choice, Staging, Tile, tuning},
};
use crate::{config::Activation, precision::Precision};
use burn_cubecl::tensor::CubeTensor;

/// Threads of a workgroup, a side.
pub const SIDE: usize = 8;

/// Elements of a layer's matrix from which on it counts as large: the projections of a ViT-B.
const LARGE: usize = 1 << 19;

/// How the operands are stored. The result is `[M, N]`, the sum goes over `K`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operands {
    /// `A [M, K]`, `B [K, N]`: a layer.
    Plain,
    /// `A [M, K]`, `B [N, K]`: the gradient of a layer's input.
    RightTransposed,
    /// `A [K, M]`, `B [K, N]`: the gradient of a layer's weights; the column sums of `B` are that of its bias.
    LeftTransposed,
}

/// What is done to the product before it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Epilogue {
    Nothing,
    /// Add a bias.
    Bias,
    /// Add a bias, turn queries and keys by their positions.
    BiasRope {
        head_dim: usize,
    },
    /// Add a bias, then the activation.
    BiasActivate(Activation),
    /// The same, storing what went into the activation as well.
    BiasActivateKeeping(Activation),
    /// Add a bias and another tensor.
    BiasAdd,
    /// Multiply by the slope of the activation at what was kept.
    ActivationSlope(Activation),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Matmul {
    pub operands: Operands,
    then: Epilogue,
    pub tile: Tile,
    /// All sizes are multiples of four, so that memory can be read in fours.
    pub aligned: bool,
    /// Of `B`. With F32 its bias lies in the same buffer; what is packed has bias and scales in a buffer of their own.
    precision: Precision,
}

/// Sizes of a product and where its parts begin in their buffers, in elements.
#[derive(Clone, Copy, Debug, Default)]
pub struct Product {
    pub m: usize,
    pub n: usize,
    pub k: usize,
    /// Of `B`.
    pub b: usize,
    /// Of the bias, in the buffer of `B` or, if that is packed, in `rest`; with [`Operands::LeftTransposed`] in the result.
    pub bias: usize,
    /// Of the scales in `rest`.
    pub scale: usize,
    /// Of the result.
    pub out: usize,
}

impl Product {
    /// Memory is read in fours along rows: of `A` too, which with `LeftTransposed` is `M` wide.
    fn across(self, operands: Operands) -> usize {
        if operands == Operands::LeftTransposed { self.m } else { self.k }
    }
}

/// Compute a product into `out`. `extra`: the rope table, the tensor to add, or what was kept before an activation, as `then`
/// says; with [`Epilogue::BiasActivateKeeping`] it is written.
pub fn matmul(
    operands: Operands,
    then: Epilogue,
    [a, b, out]: [&CubeTensor; 3],
    extra: Option<&CubeTensor>,
    product: Product,
    sizes: Sizes,
) {
    let shader = Matmul::new(operands, then, Precision::F32, product);
    let mut buffers = vec![a, b, out];
    buffers.extend(extra);
    shader.run(&buffers, product, sizes);
}

/// A layer ([`matmul`] of [`Operands::Plain`]) whose matrix is packed: `B` is `codes`, scales and bias are in `rest`.
pub fn packed_matmul(
    precision: Precision,
    then: Epilogue,
    [a, codes, rest, out]: [&CubeTensor; 4],
    extra: Option<&CubeTensor>,
    product: Product,
    sizes: Sizes,
) {
    let shader = Matmul::new(Operands::Plain, then, precision, product);
    debug_assert!(shader.aligned && precision != Precision::F32, "not packable: {product:?}, {precision:?}");
    let mut buffers = vec![a, codes, out, rest];
    buffers.extend(extra);
    shader.run(&buffers, product, sizes);
}

/// The size of a layer's matrix decides, whatever the clip, so that a layer always runs the same kernels.
fn tile(Choice { small, large, .. }: Choice, matrix: usize) -> Tile {
    if matrix >= LARGE { large } else { small }
}

impl Shader for Matmul {
    fn name(&self) -> &'static str {
        match self.operands {
            Operands::Plain => "matmul",
            Operands::RightTransposed => "matmul backward input",
            Operands::LeftTransposed => "matmul backward weights",
        }
    }

    fn workgroup(&self) -> [u32; 3] {
        [SIDE as u32, SIDE as u32, 1]
    }

    fn buffers(&self) -> Vec<Buffer> {
        let element = self.element();
        let b = if self.packed() { codes::element(self.precision) } else { element };
        let mut buffers = vec![input("a", element), input("b", b), output("result", element)];
        buffers.extend(self.packed().then(|| input("rest", element)));
        match self.then {
            Epilogue::BiasRope { .. } | Epilogue::BiasAdd | Epilogue::ActivationSlope(_) => {
                buffers.push(input("extra", element));
            }
            Epilogue::BiasActivateKeeping(_) => buffers.push(output("extra", element)),
            Epilogue::Nothing | Epilogue::Bias | Epilogue::BiasActivate(_) => {}
        }
        buffers
    }

    fn sizes(&self) -> Vec<Size> {
        let mut sizes: Vec<Size> = ["m", "n", "k", "b_start", "bias_start", "out_start"].map(Size::Integer).into();
        sizes.extend((self.precision == Precision::Int8).then_some(Size::Integer("scale_start")));
        sizes
    }

    fn features(&self) -> Vec<Feature> {
        if self.tile.staging == Staging::Halves { vec![Feature::F16] } else { Vec::new() }
    }

    fn code(&self) -> Code {
        let side = self.rows();
        let accumulators =
            unrolled(side, |i| unrolled(self.fours(), |j| format!("    var c{i}_{j} = vec4<f32>(0.0);\n")));
        let sums = match self.operands {
            Operands::LeftTransposed => unrolled(self.fours(), |j| format!("    var s{j} = vec4<f32>(0.0);\n")),
            _ => String::new(),
        };
        let rows = unrolled(side, |i| format!("    let r{i} = min(row + {i}u, m - 1u);\n"));
        let columns = unrolled(self.fours(), |j| format!("    let n{j} = min(column + {}u, n - 1u);\n", 4 * j));
        let (leave, product) = match self.staged() {
            // At a barrier all threads have to arrive.
            true => ("", staged::product(self)),
            false => ("    if (row >= m || column >= n) { return; }\n", registers::product(self)),
        };
        let main = format!(
            "    let row = (group.y * {SIDE}u + local.y) * {side}u;
    let column = (group.x * {SIDE}u + local.x) * {side}u;
{leave}{rows}{columns}{accumulators}{sums}{product}{store}",
            store = self.store(),
        );
        Code { functions: self.functions(), main }
    }
}

impl Matmul {
    pub fn new(operands: Operands, then: Epilogue, precision: Precision, product: Product) -> Self {
        let Product { n, b, bias, scale, out, .. } = product;
        let head = if let Epilogue::BiasRope { head_dim } = then { head_dim } else { 0 };
        let across = product.across(operands);
        let aligned = [n, across, b, bias, scale, out, head].iter().all(|value| value % 4 == 0);
        let tile = tile(tuning().choices.of(precision), across * n);
        Self { operands, then, tile, aligned, precision }
    }

    fn run(self, buffers: &[&CubeTensor], product: Product, sizes: Sizes) {
        debug_assert_eq!(buffers.len(), self.buffers().len());
        let Product { m, n, k, b, bias, scale, out } = product;
        let values = [m, n, k, b, bias, out, scale].map(Value::Integer);
        let groups = [n, m].map(|count| count.div_ceil(self.rows() * SIDE));
        let count = self.sizes().len();
        launch(self, buffers, &values[..count], sizes, [groups[0], groups[1], 1]);
    }

    /// Rows of a thread's tile, which has as many columns.
    pub fn rows(&self) -> usize {
        self.tile.side.values()
    }

    /// Its columns in fours.
    pub fn fours(&self) -> usize {
        self.rows() / 4
    }

    fn staged(&self) -> bool {
        self.tile.staging != Staging::Registers
    }

    fn packed(&self) -> bool {
        self.precision != Precision::F32
    }

    fn element(&self) -> &'static str {
        if self.aligned { "vec4<f32>" } else { "f32" }
    }

    /// `load_a(at, end)`: four neighbours from `at`, zero from `end` on. Where no thread reads beyond its rows and columns
    /// an aligned load need not look at `end`.
    fn functions(&self) -> String {
        let guarded = |name: &str, value: &str| {
            let leave = if self.staged() { "if (at >= end) { return vec4(0.0); } " } else { "" };
            format!("fn load_{name}(at: u32, end: u32) -> vec4<f32> {{ {leave}return {value}; }}\n")
        };
        let load = |name: &str| match self.aligned {
            true => guarded(name, &format!("{name}[at / 4u]")),
            false => format!(
                "fn one_{name}(at: u32, end: u32) -> f32 {{
    if (at < end) {{ return {name}[at]; }}
    return 0.0;
}}
fn load_{name}(at: u32, end: u32) -> vec4<f32> {{
    return vec4(one_{name}(at, end), one_{name}(at + 1u, end), one_{name}(at + 2u, end), one_{name}(at + 3u, end));
}}\n"
            ),
        };
        let store = |name: &str| match self.aligned {
            true => format!("fn store_{name}(at: u32, end: u32, value: vec4<f32>) {{ {name}[at / 4u] = value; }}\n"),
            false => format!(
                "fn store_{name}(at: u32, end: u32, value: vec4<f32>) {{
    for (var i = 0u; i < 4u && at + i < end; i++) {{ {name}[at + i] = value[i]; }}
}}\n"
            ),
        };
        let mut text = match self.packed() {
            false => load("a") + &load("b") + &store("result"),
            true => {
                load("a")
                    + codes::decode(self.precision)
                    + &guarded("b", "decode(b[at / 4u])")
                    + &load("rest")
                    + &store("result")
            }
        };
        if self.staged() {
            text += &staged::memory(self);
        }
        match self.then {
            Epilogue::BiasRope { .. } | Epilogue::BiasAdd | Epilogue::ActivationSlope(_) => text += &load("extra"),
            Epilogue::BiasActivateKeeping(_) => text += &store("extra"),
            _ => {}
        }
        if let Epilogue::BiasActivate(kind) | Epilogue::BiasActivateKeeping(kind) | Epilogue::ActivationSlope(kind) =
            self.then
        {
            text += &activation::functions(kind);
        }
        text
    }

    /// What follows the product, and the result into memory.
    fn store(&self) -> String {
        let tile = unrolled(self.rows(), |i| {
            let row = unrolled(self.fours(), |j| {
                format!(
                    "        if (column + {c}u < n) {{
            let at = (row + {i}u) * n + column + {c}u;
            let end = (row + {i}u) * n + n;
            var value = c{i}_{j};
{then}            store_result(out_start + at, out_start + end, value);
        }}\n",
                    c = 4 * j,
                    then = self.then(i, j),
                )
            });
            format!("    if (row + {i}u < m) {{\n{row}    }}\n")
        });
        if self.operands != Operands::LeftTransposed {
            return tile;
        }
        let sums = unrolled(self.fours(), |j| {
            let c = 4 * j;
            format!(
                "        if (column + {c}u < n) {{ store_result(bias_start + column + {c}u, bias_start + n, s{j}); }}\n"
            )
        });
        format!("{tile}    if (row == 0u) {{\n{sums}    }}\n")
    }

    /// Statements that turn `value` into the result; `at` is its first element.
    fn then(&self, i: usize, j: usize) -> String {
        let bias = match self.precision {
            Precision::F32 => format!("            value += load_b(bias_start + n{j}, bias_start + n);\n"),
            Precision::F16 => format!("            value += load_rest(bias_start + n{j}, bias_start + n);\n"),
            Precision::Int8 => format!(
                "            value = value * load_rest(scale_start + n{j}, scale_start + n) + load_rest(bias_start + n{j}, \
                 bias_start + n);\n"
            ),
        };
        let rest = match self.then {
            Epilogue::Nothing => return String::new(),
            Epilogue::ActivationSlope(_) => {
                return "            value *= activation_slope(load_extra(at, end));\n".into();
            }
            Epilogue::Bias => String::new(),
            Epilogue::BiasAdd => "            value += load_extra(at, end);\n".into(),
            Epilogue::BiasActivate(_) => "            value = activate(value);\n".into(),
            Epilogue::BiasActivateKeeping(_) => {
                "            store_extra(at, end, value);\n            value = activate(value);\n".into()
            }
            Epilogue::BiasRope { head_dim } => rope(head_dim, i, j),
        };
        bias + &rest
    }
}

/// Turn four neighbours of a query or key; values (the last third of the columns) stay.
fn rope(head_dim: usize, i: usize, j: usize) -> String {
    let channel = |q: usize| format!("(column + {}u) % {head_dim}u", 4 * j + q);
    let row = format!("(row + {i}u) * {}u", 2 * head_dim);
    // Where heads are no multiple of four, the four may lie in two heads, though never a pair.
    let factors = match head_dim % 4 {
        0 => format!(
            "                let turn = {row} + {};
                let cosines = load_extra(turn, turn + 4u);
                let sines = load_extra(turn + {head_dim}u, turn + {head_dim}u + 4u);\n",
            channel(0)
        ),
        _ => {
            let four = |shift: usize| {
                (0..4).map(|q| format!("extra[{row} + {shift}u + {}]", channel(q))).collect::<Vec<_>>().join(", ")
            };
            format!(
                "                let cosines = vec4({});\n                let sines = vec4({});\n",
                four(0),
                four(head_dim)
            )
        }
    };
    format!(
        "            if (column + {}u < n / 3u * 2u) {{
{factors}                let turned = value * cosines + value.yxwz * sines;
                value = select(value, turned, vec4<u32>(column + {c}u) + vec4(0u, 1u, 2u, 3u) < vec4(n / 3u * 2u));
            }}\n",
        4 * j,
        c = 4 * j,
    )
}
