//! Reading packed weights in a shader: four neighbours, decoded in registers.

use crate::precision::Precision;

/// The element of a buffer of codes that holds four values.
pub fn element(precision: Precision) -> &'static str {
    match precision {
        Precision::F32 => "vec4<f32>",
        Precision::F16 => "vec2<u32>",
        Precision::Int8 => "u32",
    }
}

/// `decode(four)`: an [`element`] to floats, with Int8 not yet scaled.
pub fn decode(precision: Precision) -> &'static str {
    match precision {
        Precision::F32 => "fn decode(four: vec4<f32>) -> vec4<f32> { return four; }\n",
        Precision::F16 => {
            "fn decode(four: vec2<u32>) -> vec4<f32> {
    return vec4(unpack2x16float(four.x), unpack2x16float(four.y));
}\n"
        }
        // Up to the highest byte, then down with the sign: `unpack4xI8` is a language feature that not all have.
        Precision::Int8 => {
            "fn decode(four: u32) -> vec4<f32> {
    return vec4<f32>(bitcast<vec4<i32>>(vec4<u32>(four) << vec4(24u, 16u, 8u, 0u)) >> vec4(24u));
}\n"
        }
    }
}
