//! Matrices of weights in fewer bits: packed on the host, from the published layout into what the kernels read.
//!
//! A *packed group*, one layer or a whole block, is two tensors:
//!
//! * `codes`, words of 32 bits: its matrices in the order of the flat layout, each `[in, out]` row by row. F16 has two
//!   neighbours (along `out`) a word, the first in the low half; Int8 four, the first in the lowest byte, signed.
//! * `rest`, f32: with Int8 the scales of each matrix in order, `out` each; then the vectors in the order of the flat
//!   layout. A value is its code times the scale of its output channel.
//!
//! The kernels read in fours: see [`super::packable`] and [`BlockShape::packable`]; what isn't stays f32.

use super::BlockShape;
use crate::precision::Precision;
use half::f16;

/// Rows that are transposed together: what they fill of a row of words is a cache line or more.
const ROWS: usize = 64;
/// Columns of a tile, which stays in the fastest cache.
const COLUMNS: usize = 32;
/// The largest finite value of F16.
pub const LARGEST_HALF: f32 = 65_504.0;
/// The largest code of Int8.
const MOST_CODE: f32 = 127.0;

/// One matrix, packed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PackedMatrix {
    /// `[in, out]` row by row, [`Precision::per_word`] values a word; with F32 the bits of each value.
    pub words: Vec<u32>,
    /// Of each output channel; with F32 and F16 empty.
    pub scales: Vec<f32>,
}

/// Packs a matrix whose rows arrive bit by bit.
#[derive(Debug)]
pub struct MatrixPacker {
    precision: Precision,
    input: usize,
    output: usize,
    /// Rows that wait for [`ROWS`] of them, `[waiting, in]`.
    waiting: Vec<f32>,
    /// Rows already packed.
    done: usize,
    packed: PackedMatrix,
}

impl MatrixPacker {
    /// For a matrix published as `[output, input]`. `output` must fill whole words.
    pub fn new(precision: Precision, output: usize, input: usize) -> Self {
        assert!(output.is_multiple_of(precision.per_word()), "{output} output channels do not fill words");
        let words = vec![0; input * precision.words(output)];
        let scales = vec![0.0; precision.scales(output)];
        let waiting = Vec::with_capacity(ROWS.min(output) * input);
        Self { precision, input, output, waiting, done: 0, packed: PackedMatrix { words, scales } }
    }

    /// The next rows, whole ones.
    ///
    /// F16 takes values beyond its range as ±65504, the largest it has. Int8 scales each row by its largest magnitude
    /// over 127, so that no value is off by more than half a scale.
    pub fn push(&mut self, mut rows: &[f32]) {
        debug_assert!(rows.len().is_multiple_of(self.input), "whole rows of {}", self.input);
        while !rows.is_empty() {
            let room = ROWS * self.input - self.waiting.len();
            let taken = rows.split_off(..room.min(rows.len())).unwrap_or_default();
            self.waiting.extend_from_slice(taken);
            if taken.len() == room {
                self.flush();
            }
        }
    }

    /// The matrix, once all rows have arrived; zeros where none did.
    pub fn finish(mut self) -> PackedMatrix {
        self.flush();
        self.packed
    }

    /// Pack the waiting rows.
    fn flush(&mut self) {
        if self.waiting.is_empty() {
            return;
        }
        let rows: Vec<&[f32]> = self.waiting.chunks_exact(self.input).collect();
        let encoders: Vec<Encoder> = rows.iter().map(|row| Encoder::new(self.precision, row)).collect();
        let (per_word, across) = (self.precision.per_word(), self.precision.words(self.output));
        let words = rows.len().div_ceil(per_word);
        for first in (0..self.input).step_by(COLUMNS) {
            let columns = first..(first + COLUMNS).min(self.input);
            let mut tile = vec![0; columns.len() * words];
            for (r, (row, encoder)) in rows.iter().zip(&encoders).enumerate() {
                let shift = r % per_word * (32 / per_word);
                for (value, word) in row[columns.clone()].iter().zip(tile[r / per_word..].iter_mut().step_by(words)) {
                    *word |= encoder.code(*value) << shift;
                }
            }
            for (column, tile) in columns.zip(tile.chunks_exact(words)) {
                self.packed.words[column * across + self.done / per_word..][..words].copy_from_slice(tile);
            }
        }
        for (row, encoder) in encoders.into_iter().enumerate() {
            if let Some(scale) = encoder.scale() {
                self.packed.scales[self.done + row] = scale;
            }
        }
        self.done += self.waiting.len() / self.input;
        self.waiting.clear();
    }
}

/// How the values of one output channel become codes.
enum Encoder {
    F32,
    F16,
    Int8 { scale: f32, inverse: f32 },
}

impl Encoder {
    fn new(precision: Precision, row: &[f32]) -> Self {
        match precision {
            Precision::F32 => Self::F32,
            Precision::F16 => Self::F16,
            Precision::Int8 => {
                let scale = row.iter().fold(0.0, |most: f32, value| most.max(value.abs())) / MOST_CODE;
                // A row of zeros, or of values so small that their scale has no inverse, is zeros.
                let inverse = scale.recip();
                if inverse.is_finite() {
                    Self::Int8 { scale, inverse }
                } else {
                    Self::Int8 { scale: 0.0, inverse: 0.0 }
                }
            }
        }
    }

    #[inline(always)]
    fn code(&self, value: f32) -> u32 {
        match self {
            Self::F32 => value.to_bits(),
            Self::F16 => u32::from(f16::from_f32(value.clamp(-LARGEST_HALF, LARGEST_HALF)).to_bits()),
            // Added to 1.5 * 2^23, a small number is rounded to the nearest integer in the lowest bits, two's complement.
            Self::Int8 { inverse, .. } => (value * inverse + 12_582_912.0).to_bits() & 0xff,
        }
    }

    fn scale(&self) -> Option<f32> {
        if let Self::Int8 { scale, .. } = self { Some(*scale) } else { None }
    }
}

/// The values of one output channel as Int8: the scale, and a code for each, from -127 to 127.
pub fn int8_row(row: &[f32]) -> (f32, impl Iterator<Item = i8>) {
    let encoder = Encoder::new(Precision::Int8, row);
    (encoder.scale().unwrap_or_default(), row.iter().map(move |&value| encoder.code(value) as u8 as i8))
}

/// The values of a packed matrix in the published layout, `[output, input]`.
pub fn unpack(precision: Precision, words: &[u32], scales: &[f32], output: usize, input: usize) -> Vec<f32> {
    let values = decode(precision, words, scales, output);
    debug_assert_eq!(values.len(), output * input);
    (0..output).flat_map(|o| values[o.min(values.len())..].iter().step_by(output).copied()).collect()
}

/// A packed block in the flat layout of [`BlockShape::layout`].
pub fn flat_block(precision: Precision, codes: &[u32], rest: &[f32], shape: BlockShape) -> Vec<f32> {
    flat(precision, codes, rest, &shape.matrices())
}

/// A packed layer `[input, output]`: the matrix, then the bias.
pub fn flat_linear(precision: Precision, codes: &[u32], rest: &[f32], input: usize, output: usize) -> Vec<f32> {
    flat(precision, codes, rest, &[[input, output]])
}

fn flat(precision: Precision, mut codes: &[u32], mut rest: &[f32], matrices: &[[usize; 2]]) -> Vec<f32> {
    let mut values = Vec::new();
    for [input, output] in matrices {
        let words = codes.split_off(..precision.words(input * output)).unwrap_or_default();
        let scales = rest.split_off(..precision.scales(*output)).unwrap_or_default();
        values.extend(decode(precision, words, scales, *output));
    }
    values.extend(rest);
    values
}

/// Values of a matrix `[in, output]`, row by row.
fn decode(precision: Precision, words: &[u32], scales: &[f32], output: usize) -> Vec<f32> {
    let value = |word: u32, q: usize| match precision {
        Precision::F32 => f32::from_bits(word),
        Precision::F16 => f16::from_bits((word >> (16 * q)) as u16).to_f32(),
        Precision::Int8 => f32::from((word >> (8 * q)) as u8 as i8),
    };
    let per_word = precision.per_word();
    let mut values: Vec<f32> =
        words.iter().flat_map(|&word| (0..per_word).map(move |q| (word, q))).map(|(word, q)| value(word, q)).collect();
    if precision == Precision::Int8 {
        for row in values.chunks_exact_mut(output.max(1)) {
            row.iter_mut().zip(scales).for_each(|(value, scale)| *value *= scale);
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;

    const ALL: [Precision; 3] = [Precision::F32, Precision::F16, Precision::Int8];

    fn random(output: usize, input: usize) -> Vec<f32> {
        let mut rng = Rng::new(3);
        (0..output * input).map(|_| rng.normal() as f32 * 0.1).collect()
    }

    fn packed(precision: Precision, values: &[f32], input: usize, rows_a_push: usize) -> PackedMatrix {
        let mut packer = MatrixPacker::new(precision, values.len() / input, input);
        values.chunks(rows_a_push * input).for_each(|rows| packer.push(rows));
        packer.finish()
    }

    fn round_trip(precision: Precision, values: &[f32], input: usize) -> Vec<f32> {
        let PackedMatrix { words, scales } = packed(precision, values, input, 5);
        unpack(precision, &words, &scales, values.len() / input, input)
    }

    #[test]
    fn values_come_back_as_near_as_their_precision_allows() {
        for [output, input] in [[4, 1], [8, 5], [68, 33], [192, 70], [64, 64]] {
            let values = random(output, input);
            assert_eq!(round_trip(Precision::F32, &values, input), values);
            for (found, value) in round_trip(Precision::F16, &values, input).iter().zip(&values) {
                // Half a unit in the last place; of the subnormals, below 2^-14, half of 2^-24.
                assert!((found - value).abs() <= (value.abs() / 2048.0).max(3e-8), "{value} became {found}");
            }
            let found = round_trip(Precision::Int8, &values, input);
            for (found, row) in found.chunks(input).zip(values.chunks(input)) {
                let scale = row.iter().fold(0.0, |most: f32, x| most.max(x.abs())) / 127.0;
                let far = found.iter().zip(row).find(|(found, value)| (*found - *value).abs() > scale * 0.5001);
                assert_eq!(far, None, "beyond half of {scale}");
            }
        }
    }

    #[test]
    fn how_rows_arrive_makes_no_difference() {
        let (output, input) = (132, 37);
        let values = random(output, input);
        for precision in ALL {
            let whole = packed(precision, &values, input, output);
            for rows in [1, 3, 64, 65, 131] {
                assert_eq!(packed(precision, &values, input, rows), whole, "{rows} rows a push");
            }
        }
    }

    #[test]
    fn words_hold_neighbours_along_the_output_lowest_first() {
        // Published [4, 2]: channel o has 2o and 2o + 1.
        let values: Vec<f32> = (0..8).map(|x| x as f32).collect();
        let f32s = packed(Precision::F32, &values, 2, 4).words;
        assert_eq!(f32s, [0.0f32, 2.0, 4.0, 6.0, 1.0, 3.0, 5.0, 7.0].map(f32::to_bits));
        let half = |x: f32| u32::from(f16::from_f32(x).to_bits());
        let f16s = packed(Precision::F16, &values, 2, 4).words;
        assert_eq!(f16s, [[0.0, 2.0], [4.0, 6.0], [1.0, 3.0], [5.0, 7.0]].map(|[a, b]| half(a) | half(b) << 16));
        let int8s = packed(Precision::Int8, &[127.0, -127.0, 1.0, -1.0, 0.0, 0.0, 254.0, 2.0], 2, 4);
        assert_eq!(int8s.words, [0x7f00_7f7f, 0x0100_8181]);
        assert_eq!(int8s.scales, [1.0, 1.0 / 127.0, 0.0, 2.0]);
    }

    #[test]
    fn zeros_stay_zeros_and_large_values_stay_finite() {
        for precision in ALL {
            assert_eq!(round_trip(precision, &[0.0; 12], 3), [0.0; 12]);
        }
        let values = [1e9, -1e9, 65_504.0, 65_519.9, -70_000.0, 1e-9, 1.0, 0.0];
        let expected = [65_504.0, -65_504.0, 65_504.0, 65_504.0, -65_504.0, 0.0, 1.0, 0.0];
        assert_eq!(round_trip(Precision::F16, &values, 2), expected);
        assert!(round_trip(Precision::Int8, &[1e-44, 3e38, -3e38, 1e-40], 1).iter().all(|value| value.is_finite()));
    }

    #[test]
    fn a_packed_block_lies_as_its_layout_says() {
        let shape = BlockShape::new(8, 2, 12);
        for precision in ALL {
            let layout = shape.packed_layout(precision);
            let vectors = layout.rest - layout.parts.qkv_bias;
            assert_eq!(vectors, shape.weights() - shape.layout().qkv_bias);
            let rest: Vec<f32> = (0..layout.rest).map(|x| x as f32).collect();
            let flat = flat_block(precision, &vec![0x0101_0101; layout.codes], &rest, shape);
            assert_eq!(flat.len(), shape.weights());
            assert_eq!(flat[shape.layout().norm2], layout.parts.norm2 as f32);
            if precision == Precision::Int8 {
                let starts = [shape.layout().qkv, shape.layout().proj, shape.layout().fc1, shape.layout().fc2];
                assert_eq!(starts.map(|start| flat[start]), layout.scales.map(|scale| scale as f32));
            }
        }
        assert!(shape.packable() && !BlockShape { heads: 4, ..shape }.packable());
        assert!(!BlockShape { hidden: 10, ..shape }.packable());
    }
}
