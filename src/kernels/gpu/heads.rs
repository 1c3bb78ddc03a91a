//! One head of an attention in registers, four channels at a time.

use super::launch::unrolled;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Head {
    /// Channels.
    pub dim: usize,
}

impl Head {
    /// A multiple of four wide, so that memory can be read in fours.
    pub fn aligned(self) -> bool {
        self.dim.is_multiple_of(4)
    }

    pub fn element(self) -> &'static str {
        if self.aligned() { "vec4<f32>" } else { "f32" }
    }

    /// Fours in a head; the last may be partly beyond it.
    pub fn fours(self) -> usize {
        self.dim.div_ceil(4)
    }

    /// Four channels of a buffer from element `at` (a multiple of a head) on; what is beyond the head is zero.
    pub fn load(self, buffer: &str, at: &str, four: usize) -> String {
        if self.aligned() {
            return format!("{buffer}[({at}) / 4u + {four}u]");
        }
        let channel = |c: usize| match c < self.dim {
            true => format!("{buffer}[{at} + {c}u]"),
            false => "0.0".into(),
        };
        format!("vec4({})", (0..4).map(|q| channel(4 * four + q)).collect::<Vec<_>>().join(", "))
    }

    /// A statement that stores `value` as four channels.
    pub fn store(self, buffer: &str, at: &str, four: usize, value: &str) -> String {
        if self.aligned() {
            return format!("        {buffer}[({at}) / 4u + {four}u] = {value};\n");
        }
        let left = (self.dim - 4 * four).min(4);
        unrolled(left, |q| {
            format!("        {buffer}[{at} + {}u] = ({value}).{};\n", 4 * four + q, ["x", "y", "z", "w"][q])
        })
    }

    /// `name0`, `name1`, ...: a head of a buffer in registers.
    pub fn registers(self, name: &str, buffer: &str, at: &str) -> String {
        unrolled(self.fours(), |c| format!("        let {name}{c} = {};\n", self.load(buffer, at, c)))
    }

    pub fn zeros(self, name: &str) -> String {
        unrolled(self.fours(), |c| format!("        var {name}{c} = vec4<f32>(0.0);\n"))
    }

    /// The scalar product of two heads in registers.
    pub fn dot(self, a: &str, b: &str) -> String {
        (0..self.fours()).map(|c| format!("dot({a}{c}, {b}{c})")).collect::<Vec<_>>().join(" + ")
    }
}
