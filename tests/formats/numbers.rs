//! Stored numbers as f32.

use vjepa_web::formats::{Dtype, decode};

fn decoded<const N: usize>(dtype: Dtype, numbers: &[[u8; N]]) -> Vec<f32> {
    assert_eq!(dtype.size(), N);
    let mut out = vec![9.0];
    decode(dtype, &numbers.concat(), &mut out);
    assert_eq!(out.remove(0), 9.0, "numbers are appended");
    out
}

#[test]
fn every_type_becomes_f32() {
    assert_eq!(decoded(Dtype::F64, &[1.5f64, -1e300, 0.1].map(f64::to_le_bytes)), [1.5, f32::NEG_INFINITY, 0.1]);
    assert_eq!(decoded(Dtype::F32, &[1.5f32, f32::MIN_POSITIVE].map(f32::to_le_bytes)), [1.5, f32::MIN_POSITIVE]);
    let halves = [0x3c00u16, 0xc000, 0x7bff, 0x0001, 0x7c00].map(u16::to_le_bytes);
    assert_eq!(decoded(Dtype::F16, &halves), [1.0, -2.0, 65504.0, 2f32.powi(-24), f32::INFINITY]);
    assert_eq!(decoded(Dtype::BF16, &[0x3f80u16, 0xc040].map(u16::to_le_bytes)), [1.0, -3.0]);
    assert_eq!(decoded(Dtype::I64, &[-3i64, 1 << 40].map(i64::to_le_bytes)), [-3.0, 1_099_511_627_776.0]);
    assert_eq!(decoded(Dtype::I32, &[-3i32, 7].map(i32::to_le_bytes)), [-3.0, 7.0]);
    assert_eq!(decoded(Dtype::I16, &[-3i16, 7].map(i16::to_le_bytes)), [-3.0, 7.0]);
    assert_eq!(decoded(Dtype::I8, &[[0xfd], [7]]), [-3.0, 7.0]);
    assert_eq!(decoded(Dtype::U8, &[[0xfd], [7]]), [253.0, 7.0]);
    assert_eq!(decoded(Dtype::Bool, &[[0], [1], [2]]), [0.0, 1.0, 1.0]);
}

#[test]
fn half_a_number_is_left_out() {
    let mut out = Vec::new();
    decode(Dtype::F32, &[0; 7], &mut out);
    assert_eq!(out, [0.0]);
}
