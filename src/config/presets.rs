//! Models by name, and what to expect of them.

use crate::message::{Message, message};

use super::{Actions, Activation, Causal, ConfigError, Family, LAYER_NORM_EPS, ModelConfig};

/// Every preset that the page offers by name, smallest first.
pub const PRESETS: [&str; 10] =
    ["nano", "tiny", "starter", "learner", "actor", "small", "vit_ti", "vit_s", "vit_b", "vit_l"];

/// What to expect of a preset, in a line for people.
pub fn summary(preset: &str) -> Message {
    match preset {
        "nano" => message!("preset.nano", "Looks in milliseconds: for tests and slow machines."),
        "tiny" => message!("preset.tiny", "Learns while you watch, even on a laptop's CPU."),
        "starter" => message!("preset.starter", "Learns in minutes that what moves goes on: a disc on a table."),
        "learner" => {
            message!("preset.learner", "Learns what moves and what comes next, each moment from those before it.")
        }
        "actor" => message!("preset.actor", "Learns what its own actions do in a world of two rooms."),
        "small" => message!("preset.small", "Sees finer detail; wants a GPU to learn."),
        _ => message!("preset.published", "A published size: seconds a look without a GPU."),
    }
}

impl ModelConfig {
    /// A preset by name.
    ///
    /// # Errors
    /// [`ConfigError::UnknownPreset`].
    pub fn preset(name: &str, family: Family) -> Result<Self, ConfigError> {
        Ok(match name {
            // 32 tokens: a forward in milliseconds, for tests.
            "nano" => Self::small_model(family, name, (4, 32, 8), (64, 2, 2), (32, 1, 2)),
            // 256 tokens, about 1 M parameters: learns on a laptop's CPU while you watch.
            "tiny" => Self::small_model(family, name, (8, 64, 8), (128, 4, 4), (64, 2, 2)),
            // 288 tokens, about 1 M parameters: eight moments of a world, enough to learn how things go on.
            "starter" => {
                Self { batch: 8, ..Self::small_model(family, name, (16, 48, 8), (96, 4, 3), (96, 3, 3)) }.frame_causal()
            }
            // 360 tokens, about 1.5 M parameters: ten moments of a world, each predicted from those before it.
            "learner" => Self { batch: 9, ..Self::small_model(family, name, (20, 48, 8), (96, 4, 3), (128, 5, 4)) }
                .frame_causal(),
            // 16 tokens a frame, eight frames: what an action does, for planning.
            "actor" => {
                Self { batch: 8, ..Self::small_model(family, name, (16, 64, 16), (64, 4, 2), (64, 2, 2)) }.acting()
            }
            // 576 tokens, about 3 M parameters: wants a GPU to learn.
            "small" => Self::small_model(family, name, (8, 96, 8), (192, 6, 6), (96, 3, 3)),
            "vit_ti" => Self::official(family, name, 192, 12, 3),
            "vit_s" => Self::official(family, name, 384, 12, 6),
            "vit_b" => Self::official(family, name, 768, 12, 12),
            "vit_l" => Self::official(family, name, 1024, 24, 16),
            other => return Err(ConfigError::UnknownPreset { name: other.into(), list: PRESETS.join(", ") }),
        })
    }

    /// Our own sizes: `(frames, size, patch)`, then `(width, depth, heads)` of encoder and predictor.
    fn small_model(
        family: Family,
        name: &str,
        (frames, size, patch): (usize, usize, usize),
        (width, depth, heads): (usize, usize, usize),
        (predictor_width, predictor_depth, predictor_heads): (usize, usize, usize),
    ) -> Self {
        Self {
            family,
            name: name.into(),
            frames,
            size,
            patch,
            tubelet: 2,
            width,
            depth,
            heads,
            mlp: 4 * width,
            predictor_width,
            predictor_depth,
            predictor_heads,
            predictor_mlp: 4 * predictor_width,
            mask_tokens: 2,
            batch: 2,
            levels: 1,
            teacher_width: 0,
            stretch_predictor: false,
            init_std: 0.02,
            norm_epsilon: LAYER_NORM_EPS,
            activation: Activation::Gelu,
            classifier: None,
            causal: None,
            actions: None,
        }
    }

    /// Attention looks back and never ahead, in the family that has it: V-JEPA 1's positions are tied to the length of a clip.
    fn frame_causal(self) -> Self {
        match self.family {
            Family::VJepa2 => Self {
                init_std: 0.04,
                mask_tokens: 1,
                causal: Some(Causal { encoder_window: 2, predictor_window: 5, horizons: 3 }),
                ..self
            },
            Family::VJepa1 | Family::VJepa21 => self,
        }
    }

    /// With actions in the plane, in the family that has them.
    fn acting(self) -> Self {
        let actions = Actions {
            dim: 2,
            extrinsics: false,
            width: 96,
            depth: 3,
            heads: 3,
            mlp: 384,
            reflex: true,
            distance: true,
        };
        match self.family {
            Family::VJepa2 => Self { init_std: 0.04, mask_tokens: 1, actions: Some(actions), ..self },
            Family::VJepa1 | Family::VJepa21 => self,
        }
    }

    /// The published geometries (spec §1): patch 16, tubelet 2, 16 frames in pretraining.
    fn official(family: Family, name: &str, width: usize, depth: usize, heads: usize) -> Self {
        let v1 = family == Family::VJepa1;
        Self {
            size: if v1 { 224 } else { 256 },
            patch: 16,
            // V-JEPA 1's predictor takes the encoder's heads, V-JEPA 2's has 12.
            predictor_heads: if v1 { heads } else { 12 },
            mask_tokens: if v1 { 2 } else { 10 },
            batch: 1,
            ..Self::small_model(family, name, (16, 256, 16), (width, depth, heads), (384, 12, 12))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_is_valid_in_both_families() {
        for name in PRESETS {
            for family in [Family::VJepa1, Family::VJepa2] {
                ModelConfig::preset(name, family).unwrap().validate().unwrap();
            }
        }
    }

    #[test]
    fn presets_have_the_sizes_they_promise() {
        let of = |name| ModelConfig::preset(name, Family::VJepa2).unwrap();
        assert_eq!(of("nano").grid().tokens(), 32);
        assert_eq!(of("tiny").grid().tokens(), 256);
        let tiny = of("tiny").encoder_params() + of("tiny").predictor_params();
        assert!((900_000..1_100_000).contains(&tiny), "{tiny}");
        // Counts of the published models, from the spec's table.
        assert_eq!(of("vit_ti").encoder_params(), 5_633_856);
        assert_eq!(of("vit_s").encoder_params(), 21_884_544);
        assert_eq!(of("vit_b").encoder_params(), 86_236_416);
        assert_eq!(of("vit_l").encoder_params(), 303_885_312);
        assert_eq!(of("vit_l").predictor_params(), 22_086_016);
        let v1 = ModelConfig::preset("vit_l", Family::VJepa1).unwrap();
        assert_eq!((v1.encoder_params(), v1.predictor_params()), (303_885_312, 22_082_944));
    }
}
