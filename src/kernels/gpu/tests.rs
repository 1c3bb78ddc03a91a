//! Every variant of the shaders whose form depends on the adapter is valid WGSL, whatever this machine's adapter can do: a
//! browser compiles what nobody here ran. All threads have to meet at a barrier, which is checked too.

use super::{
    Adapter, Choice, Choices, Side, Staging, Tile, Tuning,
    attend::Attend,
    attention::{Attention, Pass},
    heads::Head,
    launch::{Feature, Shader, wgsl},
    matmul::{Epilogue, Matmul, Operands, Product},
    norm::{self, Norm},
    tune,
};
use crate::{config::Activation, kernels::BlockShape, precision::Precision};
use burn::tensor::wgpu::wgpu::naga::{
    front::wgsl::parse_str,
    valid::{Capabilities, ValidationFlags, Validator},
};
use std::collections::HashSet;

const ADAPTER: Adapter = Adapter { software: false, f16: true, subgroup: None, workgroup_bytes: 16 << 10 };

/// The shaders seen so far.
#[derive(Default)]
struct Seen(HashSet<String>);

impl Seen {
    /// Valid with the features it asks for, and no others.
    fn check(&mut self, shader: &impl Shader) {
        let text = wgsl(shader);
        let module = parse_str(&text).unwrap_or_else(|error| panic!("{}\n{text}", error.emit_to_string(&text)));
        let features = shader.features();
        // To unpack halves from words is in every WebGPU.
        let mut capabilities = Capabilities::SHADER_FLOAT16_IN_FLOAT32;
        capabilities.set(Capabilities::SHADER_FLOAT16, features.contains(&Feature::F16));
        capabilities.set(Capabilities::SUBGROUP, features.contains(&Feature::Subgroups));
        let found = Validator::new(ValidationFlags::all(), capabilities).validate(&module);
        assert!(found.is_ok(), "{shader:?}: {}\n{text}", found.unwrap_err().emit_to_string(&text));
        self.0.insert(text);
    }
}

fn products(seen: &mut Seen, staging: Staging) {
    let activation = Activation::ALL[0];
    let shapes =
        [Product { m: 8, n: 24, k: 16, ..Product::default() }, Product { m: 7, n: 9, k: 5, ..Product::default() }];
    for side in [Side::Four, Side::Eight] {
        let tile = Tile { side, staging };
        let choice = Choice { small: tile, large: tile, attention: staging };
        tune(Tuning { choices: Choices { flat: choice, packed: choice }, ..ADAPTER.tuning() });
        for then in [
            Epilogue::Bias,
            Epilogue::BiasRope { head_dim: 4 },
            Epilogue::BiasActivate(activation),
            Epilogue::BiasActivateKeeping(activation),
            Epilogue::BiasAdd,
        ] {
            for precision in [Precision::F16, Precision::Int8] {
                seen.check(&Matmul::new(Operands::Plain, then, precision, shapes[0]));
            }
            shapes.iter().for_each(|&shape| seen.check(&Matmul::new(Operands::Plain, then, Precision::F32, shape)));
        }
        for then in [Epilogue::Nothing, Epilogue::ActivationSlope(activation)] {
            let back = |shape| Matmul::new(Operands::RightTransposed, then, Precision::F32, shape);
            shapes.iter().for_each(|&shape| seen.check(&back(shape)));
        }
        let of_weights = |shape| Matmul::new(Operands::LeftTransposed, Epilogue::Nothing, Precision::F32, shape);
        shapes.iter().for_each(|&shape| seen.check(&of_weights(shape)));
    }
}

fn attention(seen: &mut Seen, staging: Staging) {
    for [width, heads] in [[32, 2], [64, 1], [80, 1], [40, 4], [512, 1]] {
        for pass in [Pass::Forward { keeping: false }, Pass::Forward { keeping: true }, Pass::After] {
            seen.check(&Attention::forward(pass, BlockShape::new(width, heads, 4), staging));
        }
    }
}

/// One test, because there is one tuning.
#[test]
fn every_variant_is_valid() {
    let mut seen = Seen::default();
    for staging in [Staging::Registers, Staging::Shared, Staging::Halves] {
        products(&mut seen, staging);
        attention(&mut seen, staging);
    }
    let products = 2 * (5 * 4 + 2 * 2 + 2);
    // Heads of 10 and of 512 are never staged.
    assert_eq!(seen.0.len(), 3 * products + 3 * (3 * 3 + 2));

    for subgroup in [None, Some(4), Some(8), Some(32), Some(64)] {
        tune(Adapter { subgroup, ..ADAPTER }.tuning());
        for pass in [
            norm::Pass::Forward { affine: true },
            norm::Pass::Forward { affine: false },
            norm::Pass::Input { added: true },
            norm::Pass::Weights,
        ] {
            seen.check(&Norm::new(pass));
        }
        for dim in [64, 10] {
            seen.check(&Attend::new(Head { dim }));
        }
    }
    // From 16 on subgroups are all the same to a norm, and to the other whatever their size.
    assert_eq!(seen.0.len(), 3 * products + 3 * (3 * 3 + 2) + 4 * 4 + 2 * 2);
}
