//! The transformer block on a CPU, forward and backward: plain slices of f32, no tensor library.
//!
//! Everything is one matrix product ([`product`]) over packed operands ([`panels`]), with the small work in between done
//! on rows that are still in the cache. Activations are `[R, C]` row by row, where R counts the rows of a ragged batch:
//! several sequences, one after the other. Kernels are written once over vectors of f32 ([`lanes`]): 128 bits in
//! WebAssembly, AVX-512 or AVX2 with FMA where an x86-64 processor has them, plain Rust elsewhere.

mod activation;
mod attend;
mod attention;
mod attention_backward;
mod block;
mod block_backward;
mod elementwise;
mod functions;
mod lanes;
mod linear;
mod norm;
mod panels;
mod patches;
mod product;
mod rope;
mod split;
mod tile;
mod view;
mod weights;

#[cfg(test)]
mod tests;

use super::{AfterShape, BlockShape};
pub use attend::attend;
pub use block::{Saved, block, block_after, block_saving};
pub use block_backward::block_backward;
pub use elementwise::{adamw, ema, fallback_sums, l1, l1_backward, rows, total};
pub use linear::{linear, linear_backward};
pub use norm::{layer_norm, layer_norm_backward};
pub use patches::patches;
