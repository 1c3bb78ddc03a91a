//! The network: encoder and predictor of V-JEPA 1 and 2.
//!
//! Shapes, everywhere: `B` clips, `T` frames of `H x W` pixels, `N` tokens of the whole clip, `K` tokens that are kept
//! (`Nc` context, `Nt` target), `D` channels. A token's index is `(t * h + y) * w + x`, time slowest.

mod block;
mod encoder;
mod patch;
pub mod position;
mod predictor;

pub use block::{Attention, Block, Mlp};
pub use encoder::{Encoder, normalise_targets};
pub use patch::PatchEmbed;
pub use position::Positions;
pub use predictor::Predictor;

use burn::tensor::{Device, Int, Tensor, TensorData};

/// Epsilon of every layer norm inside the networks.
pub const LAYER_NORM_EPS: f64 = 1e-6;

/// The same number of token indices for each clip of a batch, on the device.
#[derive(Debug, Clone)]
pub struct TokenIds {
    /// `[B * K]`: indices into one clip's tokens.
    pub within: Tensor<1, Int>,
    /// `[B * K]`: indices into the rows of `[B * N, D]`.
    rows: Tensor<1, Int>,
    pub batch: usize,
    pub count: usize,
}

impl TokenIds {
    /// Upload index lists, one a clip, all of equal length, each index below `tokens`.
    pub fn new(lists: &[Vec<u32>], tokens: usize, device: &Device) -> Self {
        let (batch, count) = (lists.len(), lists.first().map_or(0, Vec::len));
        debug_assert!(lists.iter().all(|list| list.len() == count));
        let within: Vec<i32> = lists.iter().flatten().map(|&id| id as i32).collect();
        let rows = within.iter().enumerate().map(|(i, id)| (i / count * tokens) as i32 + id).collect::<Vec<_>>();
        let upload = |ids| Tensor::from_data(TensorData::new(ids, [batch * count]), device);
        Self { within: upload(within), rows: upload(rows), batch, count }
    }

    /// Keep these tokens: `[B, N, D]` -> `[B, K, D]`.
    pub fn gather(&self, x: Tensor<3>) -> Tensor<3> {
        let [b, n, d] = x.dims();
        debug_assert_eq!(b, self.batch);
        x.reshape([b * n, d]).select(0, self.rows.clone()).reshape([b, self.count, d])
    }

    /// Rows of a table that all clips share: `[N, D]` -> `[B, K, D]`.
    pub fn lookup(&self, table: Tensor<2>) -> Tensor<3> {
        let [_, d] = table.dims();
        table.select(0, self.within.clone()).reshape([self.batch, self.count, d])
    }

    /// These tokens followed by `other`'s, clip by clip: `[B, K + K']`.
    pub fn followed_by(&self, other: &Self) -> Self {
        let join = |a: &Tensor<1, Int>, b: &Tensor<1, Int>| {
            let a: Tensor<2, Int> = a.clone().reshape([self.batch, self.count]);
            let b: Tensor<2, Int> = b.clone().reshape([other.batch, other.count]);
            Tensor::cat(vec![a, b], 1).reshape([self.batch * (self.count + other.count)])
        };
        Self {
            within: join(&self.within, &other.within),
            rows: join(&self.rows, &other.rows),
            batch: self.batch,
            count: self.count + other.count,
        }
    }
}
