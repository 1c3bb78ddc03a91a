//! What happens between the two layers of an MLP.

use serde::{Deserialize, Serialize};

/// The activation of all MLPs of a model. Every published V-JEPA has the exact GELU.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// `x * Phi(x)`, by the error function.
    #[default]
    Gelu,
    /// The approximation of GELU by a hyperbolic tangent.
    GeluTanh,
    /// The approximation `x * sigmoid(1.702 x)`.
    QuickGelu,
    /// `x * sigmoid(x)`, also called swish.
    Silu,
    Relu,
}

/// Names that transformers has for each, first the one that is written. Several are one function in different code.
const NAMES: [(Activation, &[&str]); 5] = [
    (Activation::Gelu, &["gelu", "gelu_python"]),
    (Activation::GeluTanh, &["gelu_pytorch_tanh", "gelu_new", "gelu_fast", "gelu_accurate", "gelu_python_tanh"]),
    (Activation::QuickGelu, &["quick_gelu"]),
    (Activation::Silu, &["silu", "swish"]),
    (Activation::Relu, &["relu"]),
];

impl Activation {
    pub const ALL: [Self; 5] = [Self::Gelu, Self::GeluTanh, Self::QuickGelu, Self::Silu, Self::Relu];

    /// As `hidden_act` of a Hugging Face configuration names it.
    pub fn named(name: &str) -> Option<Self> {
        NAMES.into_iter().find(|(_, names)| names.contains(&name)).map(|(activation, _)| activation)
    }

    /// The name that [`named`](Self::named) reads.
    pub fn name(self) -> &'static str {
        NAMES.into_iter().find(|(activation, _)| *activation == self).map_or("gelu", |(_, names)| names[0])
    }

    /// Every name that is read, for people.
    pub fn names() -> String {
        NAMES.map(|(_, names)| names.join(", ")).join(", ")
    }

    /// `[a, b]` where this is `x * sigmoid(a x + b x^3)`: the tanh approximation of GELU is, since
    /// `(1 + tanh(u)) / 2 = sigmoid(2 u)`.
    pub fn gate(self) -> Option<[f32; 2]> {
        /// `2 sqrt(2 / pi)`, and the same times 0.044715.
        const TANH: [f32; 2] = [1.595_769, 0.071_354_814];
        match self {
            Self::Gelu | Self::Relu => None,
            Self::GeluTanh => Some(TANH),
            Self::QuickGelu => Some([1.702, 0.0]),
            Self::Silu => Some([1.0, 0.0]),
        }
    }

    pub(super) fn is_published(&self) -> bool {
        *self == Self::Gelu
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_activation_has_a_name_that_is_read() {
        for activation in Activation::ALL {
            assert_eq!(Activation::named(activation.name()), Some(activation));
        }
        assert_eq!(Activation::named("mish"), None);
    }

    #[test]
    fn the_constants_of_the_tanh_approximation_are_those_of_its_formula() {
        let [a, b] = Activation::GeluTanh.gate().unwrap();
        let exact = 2.0 * (2.0 / std::f64::consts::PI).sqrt();
        assert!((f64::from(a) - exact).abs() < 1e-7 && (f64::from(b) - exact * 0.044715).abs() < 1e-8);
    }
}
