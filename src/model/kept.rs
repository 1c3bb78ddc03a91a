//! What a frame-causal network keeps of the tubelets it has seen, so that the next one costs itself alone.

use super::{
    Block,
    position::{causal_rope_table, place_table},
};
use crate::grid::Grid;
use burn::tensor::{Device, Tensor, TensorData};
use std::collections::VecDeque;

/// Keys and values of the tubelets that the next one attends to, block by block, of one clip that goes on.
#[derive(Debug, Clone)]
pub struct Kept {
    /// One tubelet.
    grid: Grid,
    head_dim: usize,
    /// Tubelets that a token attends to, its own among them.
    window: usize,
    /// How many came so far.
    tubelets: usize,
    /// For each block `[frame, 2 D]` of each tubelet, oldest first.
    blocks: Vec<VecDeque<Tensor<2>>>,
    /// Added to each token, `[frame, D]`.
    places: Tensor<2>,
}

impl Kept {
    /// Nothing yet, for a network of so many blocks of `width` and `heads` on frames of `grid`.
    pub(super) fn new(grid: Grid, [width, heads, depth]: [usize; 3], window: usize, device: &Device) -> Self {
        let grid = Grid { t: 1, ..grid };
        let places = TensorData::new(place_table(grid, width), [grid.frame(), width]);
        Self {
            grid,
            head_dim: width / heads,
            window,
            tubelets: 0,
            blocks: vec![VecDeque::new(); depth],
            places: Tensor::from_data(places, device),
        }
    }

    /// The embedded tokens of the next tubelet, `[frame, D]`, through all blocks.
    pub(super) fn through(&mut self, blocks: &[Block], x: Tensor<2>) -> Tensor<2> {
        let rope = causal_rope_table(self.grid, self.tubelets, self.head_dim);
        let rope = Tensor::from_data(TensorData::new(rope, [self.grid.frame(), 2 * self.head_dim]), &x.device());
        let mut x = x + self.places.clone();
        for (block, kept) in blocks.iter().zip(&mut self.blocks) {
            let past = (!kept.is_empty()).then(|| Tensor::cat(kept.iter().cloned().collect(), 0));
            let (y, keys_values) = block.group.block_after(x, rope.clone(), past, 1, block.shape);
            kept.push_back(keys_values);
            while kept.len() >= self.window {
                kept.pop_front();
            }
            x = y;
        }
        self.tubelets += 1;
        x
    }
}
