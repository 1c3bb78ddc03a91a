//! What the page has to know of the engine before it asks for anything. It is told with every model that is opened, so that
//! the page keeps no list and no number of its own.

use crate::{
    mask::MaskKind,
    precision::Precision,
    surprise::{THRESHOLD, WARM_UP},
    world::Violation,
};
use serde::Serialize;

/// Lists and numbers of the engine.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Constants {
    /// Where the alarm stands at first, in deviations.
    pub threshold: f32,
    /// Windows until it is known what is usual.
    pub warm_up: usize,
    /// What can't be, in the order in which it is shown.
    pub violations: Vec<Violation>,
    /// What can be hidden in a look; the first one unless another is chosen.
    pub masks: Vec<MaskKind>,
    /// What matrices of weights take.
    pub bytes: MatrixBytes,
}

/// What matrices of weights take in each precision.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct MatrixBytes {
    pub f32: Bytes,
    pub f16: Bytes,
    pub int8: Bytes,
}

/// Bytes of one value, and of what each output channel has besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Bytes {
    pub value: usize,
    pub channel: usize,
}

impl Default for Constants {
    fn default() -> Self {
        let of = |precision: Precision| Bytes { value: 4 / precision.per_word(), channel: 4 * precision.scales(1) };
        Self {
            threshold: THRESHOLD,
            warm_up: WARM_UP,
            violations: Violation::ALL.to_vec(),
            masks: MaskKind::ALL.to_vec(),
            bytes: MatrixBytes { f32: of(Precision::F32), f16: of(Precision::F16), int8: of(Precision::Int8) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::packing::MatrixPacker;

    #[test]
    fn the_page_reads_names_as_it_sends_them() {
        let told = serde_json::to_value(Constants::default()).unwrap();
        assert_eq!(told["violations"], serde_json::json!(Violation::ALL.map(Violation::id)));
        assert_eq!(told["masks"][0], "short");
        assert_eq!(told["threshold"], f64::from(THRESHOLD));
    }

    #[test]
    fn a_matrix_takes_as_many_bytes_as_the_page_is_told() {
        let bytes = Constants::default().bytes;
        let (output, input) = (24, 20);
        for (precision, Bytes { value, channel }) in
            [(Precision::F32, bytes.f32), (Precision::F16, bytes.f16), (Precision::Int8, bytes.int8)]
        {
            let packed = MatrixPacker::new(precision, output, input).finish();
            let held = 4 * (packed.words.len() + packed.scales.len());
            assert_eq!(held, output * (input * value + channel), "{precision:?}");
        }
    }
}
