//! Whether a device can hold a model.

use super::{ConfigError, ModelConfig, block_params};
use crate::{message::short, precision::Precision};
use serde::{Deserialize, Serialize};

/// What a device can hold, in bytes; 0 means no known limit.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Limits {
    /// Largest single buffer a kernel may bind.
    pub max_buffer_bytes: u64,
    /// Everything together.
    pub max_total_bytes: u64,
}

impl ModelConfig {
    /// Check against what a device can hold, with training: the largest buffer, and weights with room to work.
    ///
    /// # Errors
    /// [`ConfigError::TooManyTokens`] or [`ConfigError::TooLarge`].
    pub fn fits(&self, limits: Limits) -> Result<(), ConfigError> {
        // Weights arrive once on the host before they are on the device.
        self.fits_with(limits, 2 * self.weight_bytes(), 4.0)
    }

    /// The same for a model that only looks, its weights kept in `precision`, with its predictor or without.
    ///
    /// # Errors
    /// As [`fits`](Self::fits).
    pub fn fits_looking(&self, limits: Limits, precision: Precision, predictor: bool) -> Result<(), ConfigError> {
        let each = 4.0 / precision.per_word() as f64;
        let predictor = if predictor { self.predictor_params() } else { 0 };
        let params = self.encoder_params() + predictor + self.classifier_params();
        self.fits_with(limits, (params as f64 * each) as u64, each)
    }

    /// `each`: bytes of a weight.
    fn fits_with(&self, limits: Limits, weights: u64, each: f64) -> Result<(), ConfigError> {
        const MB: u64 = 1 << 20;
        let tokens = self.grid().tokens();
        let (rows, width, mlp) = (tokens as u64, self.width as u64, self.mlp as u64);
        // Attention holds no scores: the widest activation is that of the MLP, or the fused queries, keys and values.
        let activation = 4 * rows * mlp.max(3 * width).max(self.patch_values() as u64);
        let block = (each * block_params(width, mlp) as f64) as u64;
        let needed = activation.max(block).max(4 * width * self.patch_values() as u64);
        if limits.max_buffer_bytes > 0 && needed > limits.max_buffer_bytes {
            return Err(ConfigError::TooManyTokens {
                name: short(&self.name),
                tokens,
                needed: needed.div_ceil(MB),
                limit: limits.max_buffer_bytes / MB,
            });
        }
        // A block's activations live at the same time.
        let total = weights + 4 * rows * (8 * width + 2 * mlp);
        if limits.max_total_bytes > 0 && total > limits.max_total_bytes {
            return Err(ConfigError::TooLarge {
                name: short(&self.name),
                needed: total.div_ceil(MB),
                limit: limits.max_total_bytes / MB,
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Family;

    #[test]
    fn a_device_that_is_too_small_is_said() {
        let large = ModelConfig::preset("vit_l", Family::VJepa2).unwrap();
        let buffer = Limits { max_buffer_bytes: 128 << 20, max_total_bytes: 0 };
        assert_eq!(large.fits(buffer), Ok(()), "a ViT-L fits into WebGPU's default limits");
        let official = ModelConfig { frames: 64, ..large.clone() };
        assert_eq!((official.grid().tokens(), official.fits(buffer)), (8192, Ok(())), "so do 64 frames of it");
        let long = ModelConfig { frames: 128, ..large.clone() };
        assert!(matches!(long.fits(buffer), Err(ConfigError::TooManyTokens { tokens: 16_384, .. })));
        let total = Limits { max_buffer_bytes: 0, max_total_bytes: 1 << 30 };
        assert!(matches!(large.fits(total), Err(ConfigError::TooLarge { .. })));
        assert_eq!(large.fits(Limits::default()), Ok(()));
    }
}
