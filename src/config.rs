//! What a model is: one flat, validated description, and presets as small functions that say what to expect.

use crate::{grid::Grid, precision::Precision};
use serde::{Deserialize, Serialize};

/// Which paper's model: they differ in positions, predictor and mask tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// V-JEPA (arXiv 2404.08471): fixed 3-D sine-cosine positions.
    VJepa1,
    /// V-JEPA 2 (arXiv 2506.09985): 3-D rotary positions in every block.
    VJepa2,
    /// V-JEPA 2.1: positions stretched to the pretraining grid, a tokenizer for images, features of four depths.
    VJepa21,
}

/// Geometry of encoder and predictor. Everything else about a model is its weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelConfig {
    pub family: Family,
    /// Name of the preset, for people.
    pub name: String,
    /// Frames a clip; the grid has `frames / tubelet` time steps.
    pub frames: usize,
    /// Pixels a side; clips are square.
    pub size: usize,
    /// Pixels a side of a patch.
    pub patch: usize,
    /// Frames a token spans (2 in every release).
    pub tubelet: usize,
    pub width: usize,
    pub depth: usize,
    pub heads: usize,
    /// Hidden width of the encoder's MLPs.
    pub mlp: usize,
    pub predictor_width: usize,
    pub predictor_depth: usize,
    pub predictor_heads: usize,
    pub predictor_mlp: usize,
    /// Learned stand-ins for hidden tokens: V-JEPA 1 has one a mask generator, V-JEPA 2 keeps spares.
    pub mask_tokens: usize,
    /// Clips a training step; small, because a browser's memory is.
    pub batch: usize,
    /// V-JEPA 2.1: depths of the encoder that the predictor sees and guesses, 4, or the last 1 (spec §5.4).
    #[serde(default = "one")]
    pub levels: usize,
    /// V-JEPA 2.1: channels of the larger model it was distilled from, whose features its predictor guesses; 0 for none.
    #[serde(default)]
    pub teacher_width: usize,
    /// V-JEPA 2.1: the predictor's positions are stretched as the encoder's are, as in training. The published hub code
    /// does not (spec §5.8).
    #[serde(default)]
    pub stretch_predictor: bool,
    /// An attentive classifier on the encoder's features.
    #[serde(default)]
    pub classifier: Option<ClassifierConfig>,
}

/// An attentive pooler with a linear layer (spec §3.3, §4.4).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassifierConfig {
    /// Self-attention blocks before the pooling: none in V-JEPA 1, 3 in V-JEPA 2.
    pub depth: usize,
    pub heads: usize,
    /// Epsilon of the pooling's layer norms: 1e-5 as Meta evaluates, 1e-6 in the Hugging Face port.
    pub epsilon: f64,
    /// What its outputs mean, in order.
    pub labels: Vec<String>,
}

fn one() -> usize {
    1
}

/// Why a configuration can't be built or run.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum ConfigError {
    #[error("There is no preset \"{0}\": choose one of {list}.", list = PRESETS.join(", "))]
    UnknownPreset(String),
    #[error("There is no family \"{0}\": choose vjepa1, vjepa2 or vjepa21.")]
    UnknownFamily(String),
    #[error("{what} must be between 1 and {MOST}, not {value}.")]
    OutOfRange { what: &'static str, value: usize },
    #[error(
        "{tokens} tokens a clip are more than the {MOST_TOKENS} this program can address: use fewer frames or larger patches."
    )]
    Unaddressable { tokens: u64 },
    #[error("{what} ({value}) must be divisible by {by} ({divisor}): change one of them.")]
    Indivisible { what: &'static str, value: usize, by: &'static str, divisor: usize },
    #[error(
        "V-JEPA 2.1 has features of 1 or 4 depths and an encoder of 12, 24, 40 or 48 blocks, not {levels} and {depth}."
    )]
    Levels { levels: usize, depth: usize },
    #[error("A head of the {part} has {dim} channels; rotary positions need an even number of at least 12.")]
    HeadDim { part: &'static str, dim: usize },
    #[error(
        "{name} needs a buffer of {needed} MB for {tokens} tokens and this device allows {limit} MB: choose a smaller preset."
    )]
    TooManyTokens { name: String, tokens: usize, needed: u64, limit: u64 },
    #[error("{name} needs about {needed} MB and this engine can hold {limit} MB: choose a smaller preset.")]
    TooLarge { name: String, needed: u64, limit: u64 },
}

/// Every preset by name, smallest first.
pub const PRESETS: [&str; 7] = ["nano", "tiny", "small", "vit_ti", "vit_s", "vit_b", "vit_l"];

/// Largest value of any field, so that no product of them overflows.
const MOST: usize = 65_536;
/// Largest number of tokens a clip.
const MOST_TOKENS: u64 = 1 << 20;

/// What to expect of a preset, in a line for people.
pub fn summary(preset: &str) -> &'static str {
    match preset {
        "nano" => "Looks in milliseconds: for tests and slow machines.",
        "tiny" => "Learns while you watch, even on a laptop's CPU.",
        "small" => "Sees finer detail; wants a GPU to learn.",
        _ => "A published size: seconds a look without a GPU.",
    }
}

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
            // 576 tokens, about 3 M parameters: wants a GPU to learn.
            "small" => Self::small_model(family, name, (8, 96, 8), (192, 6, 6), (96, 3, 3)),
            "vit_ti" => Self::official(family, name, 192, 12, 3),
            "vit_s" => Self::official(family, name, 384, 12, 6),
            "vit_b" => Self::official(family, name, 768, 12, 12),
            "vit_l" => Self::official(family, name, 1024, 24, 16),
            other => return Err(ConfigError::UnknownPreset(other.into())),
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
            classifier: None,
        }
    }

    /// The published geometries (spec of both papers: patch 16, tubelet 2, 16 frames in pretraining).
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

    /// Tokens in space and time.
    pub fn grid(&self) -> Grid {
        let side = self.size / self.patch;
        Grid { t: self.frames / self.tubelet, h: side, w: side }
    }

    /// Values in one tubelet patch, in the order (channel, frame, row, column).
    pub fn patch_values(&self) -> usize {
        3 * self.tubelet * self.patch * self.patch
    }

    /// The same of a still image: one frame.
    pub fn image_values(&self) -> usize {
        3 * self.patch * self.patch
    }

    /// Channels of the context features that the predictor takes.
    pub fn context_width(&self) -> usize {
        self.levels * self.width
    }

    /// Channels of what the predictor guesses.
    pub fn predicted_width(&self) -> usize {
        if self.teacher_width > 0 { self.teacher_width } else { self.context_width() }
    }

    /// Which of the predictor's mask tokens `generators` mask generators train, and which of these each uses: V-JEPA 1 has
    /// one each, the others use number 0 for all.
    pub fn trained_mask_tokens(&self, generators: usize) -> (Vec<usize>, Vec<usize>) {
        match self.family {
            Family::VJepa1 => ((0..generators).collect(), (0..generators).collect()),
            Family::VJepa2 | Family::VJepa21 => (vec![0], vec![0; generators]),
        }
    }

    /// V-JEPA 2.1: the blocks whose outputs are features, the last one last (spec §5.4).
    pub fn level_blocks(&self) -> Option<[usize; 4]> {
        match self.depth {
            12 => Some([2, 5, 8, 11]),
            24 => Some([5, 11, 17, 23]),
            40 => Some([9, 19, 29, 39]),
            48 => Some([11, 23, 37, 47]),
            _ => None,
        }
    }

    /// Trainable parameters of the encoder.
    pub fn encoder_params(&self) -> u64 {
        let (width, depth) = (self.width as u64, self.depth as u64);
        let embed = (self.patch_values() as u64 + 1) * width;
        let blocks = depth * block_params(width, self.mlp as u64);
        let rest = match self.family {
            Family::VJepa1 | Family::VJepa2 => 2 * width,
            // Four norms, an image tokenizer, and what is added to the tokens of each kind.
            Family::VJepa21 => 8 * width + (self.image_values() as u64 + 1) * width + 2 * width,
        };
        embed + blocks + rest
    }

    /// Trainable parameters of the predictor.
    pub fn predictor_params(&self) -> u64 {
        let (d, p) = (self.width as u64, self.predictor_width as u64);
        let (seen, guessed) = (self.context_width() as u64, self.predicted_width() as u64);
        let embed = if self.levels > 1 { (seen + 1) * d + (d + 1) * p } else { (seen + 1) * p };
        let ends = match self.family {
            Family::VJepa1 | Family::VJepa2 => (p + 1) * guessed,
            Family::VJepa21 => 2 * (p + 1) * guessed + 2 * p,
        };
        let tokens = self.mask_tokens as u64 * p;
        embed + tokens + 2 * p + ends + self.predictor_depth as u64 * block_params(p, self.predictor_mlp as u64)
    }

    /// Parameters of the classifier, if there is one.
    pub fn classifier_params(&self) -> u64 {
        let Some(ClassifierConfig { depth, labels, .. }) = &self.classifier else { return 0 };
        let width = self.width as u64;
        let cross = width + 3 * width * (width + 1) + 4 * width * (width + 1) + width * (4 * width + 1) + 4 * width;
        cross + *depth as u64 * block_params(width, 4 * width) + labels.len() as u64 * (width + 1)
    }

    /// Bytes of the f32 weights of encoder, target encoder and predictor.
    pub fn weight_bytes(&self) -> u64 {
        4 * (2 * self.encoder_params() + self.predictor_params())
    }

    /// Check that the parts fit together.
    ///
    /// # Errors
    /// The first thing that does not fit, as a [`ConfigError`].
    pub fn validate(&self) -> Result<(), ConfigError> {
        let fields = [
            ("frames", self.frames),
            ("size", self.size),
            ("patch", self.patch),
            ("tubelet", self.tubelet),
            ("width", self.width),
            ("depth", self.depth),
            ("heads", self.heads),
            ("mlp", self.mlp),
            ("predictor_width", self.predictor_width),
            ("predictor_depth", self.predictor_depth),
            ("predictor_heads", self.predictor_heads),
            ("predictor_mlp", self.predictor_mlp),
            ("mask_tokens", self.mask_tokens),
            ("batch", self.batch),
        ];
        if let Some((what, value)) = fields.into_iter().find(|(_, value)| !(1..=MOST).contains(value)) {
            return Err(ConfigError::OutOfRange { what, value });
        }
        divisible("size", self.size, "patch", self.patch)?;
        divisible("frames", self.frames, "tubelet", self.tubelet)?;
        let tokens = (self.frames / self.tubelet) as u64 * ((self.size / self.patch) as u64).pow(2);
        if tokens > MOST_TOKENS {
            return Err(ConfigError::Unaddressable { tokens });
        }
        divisible("width", self.width, "heads", self.heads)?;
        divisible("predictor_width", self.predictor_width, "predictor_heads", self.predictor_heads)?;
        if self.family != Family::VJepa1 {
            head_dim("encoder", self.width / self.heads)?;
            head_dim("predictor", self.predictor_width / self.predictor_heads)?;
        }
        self.validate_levels()?;
        match &self.classifier {
            Some(ClassifierConfig { heads: value @ 0, .. }) => {
                Err(ConfigError::OutOfRange { what: "heads of the classifier", value: *value })
            }
            Some(classifier) => divisible("width", self.width, "heads of the classifier", classifier.heads),
            None => Ok(()),
        }
    }

    fn validate_levels(&self) -> Result<(), ConfigError> {
        let sound = match self.family {
            Family::VJepa1 | Family::VJepa2 => self.levels == 1,
            Family::VJepa21 => [1, 4].contains(&self.levels) && self.level_blocks().is_some(),
        };
        match sound {
            true => Ok(()),
            false => Err(ConfigError::Levels { levels: self.levels, depth: self.depth }),
        }
    }

    /// Check against what a device can hold, with training: the largest buffer, and weights with room to work.
    ///
    /// # Errors
    /// [`ConfigError::TooManyTokens`] or [`ConfigError::TooLarge`].
    pub fn fits(&self, limits: Limits) -> Result<(), ConfigError> {
        // Weights arrive once on the host before they are on the device.
        self.fits_with(limits, 2 * self.weight_bytes(), 4.0)
    }

    /// The same for a model that only looks, its weights kept in `precision`.
    ///
    /// # Errors
    /// As [`fits`](Self::fits).
    pub fn fits_looking(&self, limits: Limits, precision: Precision) -> Result<(), ConfigError> {
        let each = 4.0 / precision.per_word() as f64;
        let params = (self.encoder_params() + self.predictor_params() + self.classifier_params()) as f64;
        self.fits_with(limits, (params * each) as u64, each)
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
                name: self.name.clone(),
                tokens,
                needed: needed.div_ceil(MB),
                limit: limits.max_buffer_bytes / MB,
            });
        }
        // A block's activations live at the same time.
        let total = weights + 4 * rows * (8 * width + 2 * mlp);
        if limits.max_total_bytes > 0 && total > limits.max_total_bytes {
            return Err(ConfigError::TooLarge {
                name: self.name.clone(),
                needed: total.div_ceil(MB),
                limit: limits.max_total_bytes / MB,
            });
        }
        Ok(())
    }

    /// Whether the packed kernels take the blocks of this model: they read everything in fours.
    pub fn packable(&self) -> bool {
        let fours = |values: &[usize]| values.iter().all(|value| value % 4 == 0);
        let encoder = [self.width, self.mlp, self.width / self.heads];
        let predictor = [self.predictor_width, self.predictor_mlp, self.predictor_width / self.predictor_heads];
        let heads = self.classifier.as_ref().map_or(4, |classifier| self.width / classifier.heads);
        fours(&encoder) && fours(&predictor) && heads.is_multiple_of(4)
    }
}

impl Family {
    /// The name programs know it by.
    pub fn id(self) -> &'static str {
        match self {
            Family::VJepa1 => "vjepa1",
            Family::VJepa2 => "vjepa2",
            Family::VJepa21 => "vjepa21",
        }
    }
}

impl std::str::FromStr for Family {
    type Err = ConfigError;

    fn from_str(name: &str) -> Result<Self, ConfigError> {
        match name {
            "vjepa1" => Ok(Family::VJepa1),
            "vjepa2" => Ok(Family::VJepa2),
            "vjepa21" => Ok(Family::VJepa21),
            other => Err(ConfigError::UnknownFamily(other.into())),
        }
    }
}

/// qkv and output projection, two MLP layers, two layer norms, all with bias.
fn block_params(width: u64, mlp: u64) -> u64 {
    4 * width * (width + 1) + mlp * (width + 1) + width * (mlp + 1) + 4 * width
}

fn divisible(what: &'static str, value: usize, by: &'static str, divisor: usize) -> Result<(), ConfigError> {
    match value % divisor {
        0 => Ok(()),
        _ => Err(ConfigError::Indivisible { what, value, by, divisor }),
    }
}

/// Below 12 channels an axis has a single frequency, which the reference code itself mishandles (its `squeeze(-1)`).
fn head_dim(part: &'static str, dim: usize) -> Result<(), ConfigError> {
    if dim < 12 || dim % 2 == 1 {
        return Err(ConfigError::HeadDim { part, dim });
    }
    Ok(())
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

    #[test]
    fn what_does_not_fit_is_said() {
        let base = ModelConfig::preset("nano", Family::VJepa2).unwrap();
        let odd_patch = ModelConfig { patch: 7, ..base.clone() };
        assert!(matches!(odd_patch.validate(), Err(ConfigError::Indivisible { what: "size", .. })));
        let odd_frames = ModelConfig { frames: 5, ..base.clone() };
        assert!(matches!(odd_frames.validate(), Err(ConfigError::Indivisible { what: "frames", .. })));
        let thin = ModelConfig { heads: 8, ..base.clone() };
        assert!(matches!(thin.validate(), Err(ConfigError::HeadDim { part: "encoder", dim: 8 })));
        let none = ModelConfig { depth: 0, ..base.clone() };
        assert_eq!(none.validate(), Err(ConfigError::OutOfRange { what: "depth", value: 0 }));
        let wide = ModelConfig { width: 1 << 20, ..base.clone() };
        assert_eq!(wide.validate(), Err(ConfigError::OutOfRange { what: "width", value: 1 << 20 }));
        let endless = ModelConfig { frames: 65_536, size: 65_536, patch: 1, ..base.clone() };
        assert_eq!(endless.validate(), Err(ConfigError::Unaddressable { tokens: 1 << 47 }));
        assert!(matches!(ModelConfig::preset("huge", Family::VJepa1), Err(ConfigError::UnknownPreset(_))));
    }

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
