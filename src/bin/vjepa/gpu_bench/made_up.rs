//! A checkpoint that nobody trained and no disk holds: numbers as they are asked for, in the size of a published one.

use crate::Failure;
use vjepa_web::{
    ModelConfig,
    checkpoint::{FileDtype, TensorShape, blank, safetensors_header},
    formats::{Bytes, SourceError},
};

/// A safetensors file in f16 of an encoder and its predictor. All its numbers are between 1/32 and 1/16, of either sign.
pub struct MadeUp {
    header: Vec<u8>,
    size: u64,
}

impl MadeUp {
    pub fn new(config: &ModelConfig) -> Result<Self, Failure> {
        // Zeros that are never written take no memory.
        let weights = blank(config).0.into_iter();
        let layout: Vec<TensorShape> =
            weights.map(|(name, tensor)| TensorShape { name, shape: tensor.shape }).collect();
        let header = safetensors_header(&layout, FileDtype::F16)?;
        let values: usize = layout.iter().map(TensorShape::values).sum();
        let size = (header.len() + values * FileDtype::F16.bytes()) as u64;
        Ok(Self { header, size })
    }

    /// Eight bytes, four numbers.
    fn word(index: u64) -> [u8; 8] {
        // SplitMix64 (Steele et al. 2014), with the exponent of each half set to that of 1/32.
        let mut z = index.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z & 0x83ff_83ff_83ff_83ff) | 0x2800_2800_2800_2800).to_le_bytes()
    }
}

impl Bytes for MadeUp {
    fn size(&self) -> Option<u64> {
        Some(self.size)
    }

    async fn read(&mut self, at: u64, count: usize) -> Result<Vec<u8>, SourceError> {
        let header = self.header.get(at as usize..).unwrap_or_default();
        let mut bytes = header[..header.len().min(count)].to_vec();
        let first = at + bytes.len() as u64;
        let rest = count - bytes.len();
        let skipped = (first % 8) as usize;
        let words = (first / 8..).take((skipped + rest).div_ceil(8));
        bytes.reserve_exact(rest);
        bytes.extend(words.flat_map(Self::word).skip(skipped).take(rest));
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pollster::block_on;
    use vjepa_web::{Family, checkpoint::read_safetensors};

    #[test]
    fn it_is_a_checkpoint_wherever_it_is_cut() {
        let config = ModelConfig::preset("nano", Family::VJepa2).unwrap();
        let mut file = MadeUp::new(&config).unwrap();
        let size = file.size().unwrap() as usize;
        let whole = block_on(file.read(0, size)).unwrap();
        let (weights, _) = read_safetensors(&whole).unwrap();
        assert_eq!(weights.0.len(), blank(&config).0.len());
        let values = weights.0.values().flat_map(|tensor| &tensor.data);
        assert!(values.clone().all(|value| (1.0 / 32.0..1.0 / 16.0).contains(&value.abs())));
        assert!(values.clone().any(|value| *value < 0.0) && values.clone().any(|value| *value > 0.0));
        for (at, count) in [(0, 5), (3, size - 3), (size - 11, 11), (file.header.len() - 2, 9)] {
            assert_eq!(block_on(file.read(at as u64, count)).unwrap(), whole[at..at + count], "{count} from {at}");
        }
    }
}
