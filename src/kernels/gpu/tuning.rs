//! Which variants of the kernels run.
//!
//! There is one device a program. What was chosen when it opened stays: a layer always runs the same kernels, or its
//! results would change from one look to the next.

use crate::precision::Precision;
use serde::{Deserialize, Serialize};
use std::sync::{PoisonError, RwLock};

/// Where threads of a workgroup find operands that they share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Staging {
    /// Each reads them from storage into its registers.
    Registers,
    /// Together they bring them into workgroup memory.
    Shared,
    /// The same, rounded to halves. Products and sums stay f32. What is beyond their range (65,504) becomes infinite, and
    /// features that are not finite are refused where they are read.
    Halves,
}

/// Rows and columns of the part of a product that a thread computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    Four,
    Eight,
}

impl Side {
    pub fn values(self) -> usize {
        match self {
            Self::Four => 4,
            Self::Eight => 8,
        }
    }
}

/// How a matrix product is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Tile {
    pub side: Side,
    pub staging: Staging,
}

/// The variants for weights of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// Products with small and with large matrices of weights.
    pub small: Tile,
    pub large: Tile,
    /// Keys and values on the way forward.
    pub attention: Staging,
}

/// What is measured on an adapter, and may be kept for its next time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choices {
    /// With weights in f32: never [`Staging::Halves`].
    pub flat: Choice,
    /// With packed weights.
    pub packed: Choice,
}

impl Choices {
    /// The variants for weights kept in `precision`.
    pub fn of(self, precision: Precision) -> Choice {
        if precision == Precision::F32 { self.flat } else { self.packed }
    }
}

/// The variants of all kernels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tuning {
    /// Nothing waits at a barrier, and few rows keep all cores busy.
    pub software: bool,
    /// Threads that every subgroup has at least: so many may add up what they found without a barrier.
    pub subgroup: Option<usize>,
    pub choices: Choices,
}

/// Until a device is open.
const REGISTERS: Choice = Choice {
    small: Tile { side: Side::Four, staging: Staging::Registers },
    large: Tile { side: Side::Eight, staging: Staging::Registers },
    attention: Staging::Registers,
};

static TUNING: RwLock<Tuning> =
    RwLock::new(Tuning { software: false, subgroup: None, choices: Choices { flat: REGISTERS, packed: REGISTERS } });

/// Choose the variants of all kernels from now on: before the first of them runs.
pub fn tune(tuning: Tuning) {
    *TUNING.write().unwrap_or_else(PoisonError::into_inner) = tuning;
}

/// What was chosen.
pub fn tuning() -> Tuning {
    *TUNING.read().unwrap_or_else(PoisonError::into_inner)
}

/// A variant has to be so much faster than the one before it: less is noise.
const FASTER: f64 = 0.95;

/// The fastest of some variants by the times of its runs, which are compared by their medians. An earlier one stays
/// unless a later one is clearly faster.
///
/// # Panics
/// Without a variant, or with one that has no times.
pub fn fastest<T: Copy>(measured: &[(T, Vec<f64>)]) -> T {
    let median = |times: &[f64]| {
        let mut times = times.to_vec();
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    };
    let (first, times) = &measured[0];
    let best = measured[1..].iter().fold((*first, median(times)), |best, (variant, times)| {
        let time = median(times);
        if time < FASTER * best.1 { (*variant, time) } else { best }
    });
    best.0
}

#[cfg(test)]
mod tests {
    use super::fastest;

    #[test]
    fn the_fastest_by_its_median_is_chosen() {
        // One slow run, as when another program is busy, does not count.
        assert_eq!(fastest(&[("a", vec![4.0, 4.1, 3.9]), ("b", vec![1.0, 9.0, 1.1]), ("c", vec![2.0, 2.0, 2.0])]), "b");
        assert_eq!(fastest(&[("a", vec![1.0, 1.0, 1.0]), ("b", vec![0.1, 3.0, 3.0])]), "a");
        assert_eq!(fastest(&[("alone", vec![5.0])]), "alone");
    }

    #[test]
    fn an_earlier_one_stays_unless_a_later_one_is_clearly_faster() {
        assert_eq!(fastest(&[("a", vec![1.0]), ("b", vec![0.96])]), "a");
        assert_eq!(fastest(&[("a", vec![1.0]), ("b", vec![0.94])]), "b");
        assert_eq!(fastest(&[("a", vec![1.0]), ("b", vec![f64::NAN]), ("c", vec![0.5])]), "c");
    }
}
