//! Which model examples were seen by: features of another one mean something else.

use super::FewshotError;
use crate::{config::Family, message::short};
use half::f16;
use serde::{Deserialize, Serialize};

/// Features may be that far from those of then, as a share of their length: rounding, a reduced precision or a little
/// training are within it, another model is not.
pub const DRIFT: f32 = 0.2;

/// A model by what it is and by what it makes of one clip that is always the same. That says what matters, whether features
/// still mean the same, without reading weights from a device, and whatever their precision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Identity {
    pub family: Family,
    /// For people; the same model may go by several.
    pub name: String,
    /// Values of a token.
    pub width: usize,
    /// Frames of a clip and pixels a side.
    pub frames: usize,
    pub size: usize,
    /// Pooled features of that clip, `[d]`.
    #[serde(skip)]
    pub features: Vec<f16>,
}

impl Identity {
    /// For people.
    pub fn words(&self) -> String {
        let Self { name, width, frames, size, .. } = self;
        format!("{}, {width} wide, {frames} frames of {size}x{size}", short(name))
    }

    /// How far these features are from the other's, as a share of their length.
    fn drift(&self, other: &Self) -> f32 {
        let square = |values: &mut dyn Iterator<Item = f32>| values.map(|value| value * value).sum::<f32>();
        let pairs = self.features.iter().zip(&other.features);
        let apart = square(&mut pairs.map(|(a, b)| a.to_f32() - b.to_f32()));
        let length = square(&mut other.features.iter().map(|value| value.to_f32()));
        (apart / length.max(1e-12)).sqrt()
    }

    /// How far a model that looks so is from the one that examples were seen by.
    ///
    /// # Errors
    /// [`FewshotError::OtherModel`], [`FewshotError::NotFinite`], or [`FewshotError::Drifted`] beyond [`DRIFT`].
    pub fn admit(&self, examples_of: &Self) -> Result<f32, FewshotError> {
        let kind = |Self { family, width, frames, size, features, .. }: &Self| {
            (*family, *width, *frames, *size, features.len())
        };
        if kind(self) != kind(examples_of) {
            return Err(FewshotError::OtherModel { theirs: examples_of.words(), ours: self.words() });
        }
        let drift = self.drift(examples_of);
        if !drift.is_finite() {
            return Err(FewshotError::NotFinite);
        }
        if drift <= DRIFT { Ok(drift) } else { Err(FewshotError::Drifted { percent: (100.0 * drift).round() as u32 }) }
    }
}
