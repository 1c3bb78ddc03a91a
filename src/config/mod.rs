//! What a model is: one flat, validated description.

mod actions;
mod activation;
mod causal;
mod error;
mod limits;
mod presets;

pub use actions::Actions;
pub use activation::Activation;
pub use causal::Causal;
pub use error::ConfigError;
pub use limits::Limits;
pub use presets::{PRESETS, summary};

use crate::grid::Grid;
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
    /// Standard deviation of random weights. 0.02 suits the published widths; where sums have few terms it takes hundreds of
    /// steps until anything attends to anything.
    #[serde(default = "published_std")]
    pub init_std: f64,
    /// Epsilon of all layer norms but a classifier's own. What is published is not written, so that files stay as they were.
    #[serde(default = "published_epsilon", skip_serializing_if = "is_published_epsilon")]
    pub norm_epsilon: f64,
    /// Between the layers of all MLPs.
    #[serde(default, skip_serializing_if = "Activation::is_published")]
    pub activation: Activation,
    /// An attentive classifier on the encoder's features.
    #[serde(default)]
    pub classifier: Option<ClassifierConfig>,
    /// Attention looks back and never ahead, and the predictor predicts several tubelets ahead at once. None: as published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub causal: Option<Causal>,
    /// A second predictor, of the next frame under an action (V-JEPA 2-AC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actions: Option<Actions>,
}

/// Epsilon of the layer norms inside all published networks.
pub const LAYER_NORM_EPS: f64 = 1e-6;

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

fn published_std() -> f64 {
    0.02
}

fn one() -> usize {
    1
}

fn published_epsilon() -> f64 {
    LAYER_NORM_EPS
}

fn is_published_epsilon(epsilon: &f64) -> bool {
    *epsilon == LAYER_NORM_EPS
}

/// Largest value of any field, so that no product of them overflows.
const MOST: usize = 65_536;
/// Largest number of tokens a clip.
const MOST_TOKENS: u64 = 1 << 20;

impl ModelConfig {
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

    /// Predictions that the predictor makes at each token: one of the token itself, and of a frame-causal model one for each
    /// tubelet ahead.
    pub fn predictions(&self) -> usize {
        self.causal.map_or(1, |causal| causal.horizons + 1)
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
            Family::VJepa1 | Family::VJepa2 => {
                let predictions = self.predictions() as u64;
                (p + 1) * guessed * predictions + self.causal.map_or(0, |_| (p + 1) * predictions)
            }
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

    /// Bytes of the f32 weights of encoder, target encoder and predictors.
    pub fn weight_bytes(&self) -> u64 {
        let actions = self.actions.map_or(0, |actions| actions.params(self.width));
        4 * (2 * self.encoder_params() + self.predictor_params() + actions)
    }

    /// The largest number of equal parts of a network: of so many a file has a tensor each at least.
    pub fn parts(&self) -> usize {
        let classifier = self.classifier.as_ref().map_or(0, |classifier| classifier.depth);
        let actions = self.actions.map_or(0, |actions| actions.depth);
        self.depth.max(self.predictor_depth).max(self.mask_tokens).max(classifier).max(actions)
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
            return Err(ConfigError::OutOfRange { what, most: MOST, value });
        }
        let optional = [
            ("teacher_width", self.teacher_width),
            ("depth of the classifier", self.classifier.as_ref().map_or(0, |classifier| classifier.depth)),
        ];
        if let Some((what, value)) = optional.into_iter().find(|(_, value)| *value > MOST) {
            return Err(ConfigError::OutOfRange { what, most: MOST, value });
        }
        divisible("size", self.size, "patch", self.patch)?;
        divisible("frames", self.frames, "tubelet", self.tubelet)?;
        let tokens = (self.frames / self.tubelet) as u64 * ((self.size / self.patch) as u64).pow(2);
        if tokens > MOST_TOKENS {
            return Err(ConfigError::Unaddressable { tokens, most: MOST_TOKENS });
        }
        divisible("width", self.width, "heads", self.heads)?;
        divisible("predictor_width", self.predictor_width, "predictor_heads", self.predictor_heads)?;
        if self.family != Family::VJepa1 {
            head_dim("encoder", self.width / self.heads)?;
            head_dim("predictor", self.predictor_width / self.predictor_heads)?;
        }
        self.validate_levels()?;
        if let Some(causal) = &self.causal {
            causal.validate(self)?;
        }
        if let Some(actions) = &self.actions {
            actions.validate(self)?;
        }
        let epsilons = [Some(self.norm_epsilon), self.classifier.as_ref().map(|classifier| classifier.epsilon)];
        if let Some(wrong) = epsilons.into_iter().flatten().find(|epsilon| !(*epsilon > 0.0 && *epsilon <= 1.0)) {
            return Err(ConfigError::Epsilon(wrong));
        }
        match &self.classifier {
            Some(ClassifierConfig { heads: value @ 0, .. }) => {
                Err(ConfigError::OutOfRange { what: "heads of the classifier", most: MOST, value: *value })
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
    fn what_does_not_fit_is_said() {
        let base = ModelConfig::preset("nano", Family::VJepa2).unwrap();
        let odd_patch = ModelConfig { patch: 7, ..base.clone() };
        assert!(matches!(odd_patch.validate(), Err(ConfigError::Indivisible { what: "size", .. })));
        let odd_frames = ModelConfig { frames: 5, ..base.clone() };
        assert!(matches!(odd_frames.validate(), Err(ConfigError::Indivisible { what: "frames", .. })));
        let thin = ModelConfig { heads: 8, ..base.clone() };
        assert!(matches!(thin.validate(), Err(ConfigError::HeadDim { part: "encoder", dim: 8 })));
        let none = ModelConfig { depth: 0, ..base.clone() };
        assert_eq!(none.validate(), Err(ConfigError::OutOfRange { what: "depth", most: MOST, value: 0 }));
        let wide = ModelConfig { width: 1 << 20, ..base.clone() };
        assert_eq!(wide.validate(), Err(ConfigError::OutOfRange { what: "width", most: MOST, value: 1 << 20 }));
        let taught = ModelConfig { teacher_width: usize::MAX, ..base.clone() };
        assert_eq!(
            taught.validate(),
            Err(ConfigError::OutOfRange { what: "teacher_width", most: MOST, value: usize::MAX })
        );
        let classifier = ClassifierConfig { depth: usize::MAX, heads: 1, epsilon: 1e-5, labels: Vec::new() };
        let deep = ModelConfig { classifier: Some(classifier), ..base.clone() };
        let what = "depth of the classifier";
        assert_eq!(deep.validate(), Err(ConfigError::OutOfRange { what, most: MOST, value: usize::MAX }));
        let endless = ModelConfig { frames: 65_536, size: 65_536, patch: 1, ..base.clone() };
        assert_eq!(endless.validate(), Err(ConfigError::Unaddressable { tokens: 1 << 47, most: MOST_TOKENS }));
        assert!(matches!(ModelConfig::preset("huge", Family::VJepa1), Err(ConfigError::UnknownPreset { .. })));
    }
}
