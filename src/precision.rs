//! In how many bits weights are kept.

use serde::{Deserialize, Serialize};

/// How a matrix of weights is kept on the device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    #[default]
    F32,
    /// Half the memory; eleven bits of significand, at most 65504.
    F16,
    /// A quarter of the memory: `code * scale`, codes from -127 to 127 and a scale for each output channel.
    Int8,
}

impl Precision {
    /// Values in a 32-bit word.
    pub fn per_word(self) -> usize {
        match self {
            Self::F32 => 1,
            Self::F16 => 2,
            Self::Int8 => 4,
        }
    }

    /// Words that `values` values take.
    pub fn words(self, values: usize) -> usize {
        values.div_ceil(self.per_word())
    }

    /// Scales of a matrix with `output` output channels.
    pub fn scales(self, output: usize) -> usize {
        if self == Self::Int8 { output } else { 0 }
    }
}
