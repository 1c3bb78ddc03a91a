//! Features shown without a decoder: as the real patches whose features are nearest to them.

mod bank;
mod horizon;

pub use bank::{BUDGET, Match, PatchBank, Remembered, alike, nearest, patch_pixels};
pub use horizon::{Horizon, by_horizon};
