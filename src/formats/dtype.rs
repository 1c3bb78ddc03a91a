//! Types of numbers, and how they become f32.

use half::{bf16, f16};

/// The types of numbers that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dtype {
    F64,
    F32,
    F16,
    BF16,
    I64,
    I32,
    I16,
    I8,
    U8,
    Bool,
}

impl Dtype {
    /// Bytes of one number.
    pub fn size(self) -> usize {
        match self {
            Dtype::F64 | Dtype::I64 => 8,
            Dtype::F32 | Dtype::I32 => 4,
            Dtype::F16 | Dtype::BF16 | Dtype::I16 => 2,
            Dtype::I8 | Dtype::U8 | Dtype::Bool => 1,
        }
    }
}

/// Append little-endian numbers as f32: 64 bits are rounded to nearest, a boolean is 0 or 1.
///
/// `bytes` are whole numbers: what is left of the last one is ignored.
pub fn decode(dtype: Dtype, bytes: &[u8], into: &mut Vec<f32>) {
    match dtype {
        Dtype::F64 => extend(into, bytes, |b| f64::from_le_bytes(b) as f32),
        Dtype::F32 => extend(into, bytes, f32::from_le_bytes),
        Dtype::F16 => extend(into, bytes, |b| f16::from_le_bytes(b).to_f32()),
        Dtype::BF16 => extend(into, bytes, |b| bf16::from_le_bytes(b).to_f32()),
        Dtype::I64 => extend(into, bytes, |b| i64::from_le_bytes(b) as f32),
        Dtype::I32 => extend(into, bytes, |b| i32::from_le_bytes(b) as f32),
        Dtype::I16 => extend(into, bytes, |b| f32::from(i16::from_le_bytes(b))),
        Dtype::I8 => extend(into, bytes, |b| f32::from(i8::from_le_bytes(b))),
        Dtype::U8 => extend(into, bytes, |[b]| f32::from(b)),
        Dtype::Bool => extend(into, bytes, |[b]| if b == 0 { 0.0 } else { 1.0 }),
    }
}

fn extend<const N: usize>(into: &mut Vec<f32>, bytes: &[u8], number: impl Fn([u8; N]) -> f32) {
    into.extend(bytes.as_chunks::<N>().0.iter().map(|bytes| number(*bytes)));
}
