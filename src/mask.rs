//! Which tokens the context encoder sees, and which the predictor must predict.
//!
//! The multi-block 3-D masks of V-JEPA (Bardes et al. 2024, section 3.2): a few rectangles, each hiding the same
//! patches through time ("tubes"), make the target; what is left is the context.

mod painted;

use crate::message::{shown, term};
pub use painted::painted;

use serde::{Deserialize, Serialize};
use std::{
    fmt::{self, Display},
    ops::Range,
};
use thiserror::Error;

/// What is hidden from the context encoder in a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MaskKind {
    /// Eight small tubes; of a frame-causal model, as the next one, two that are hidden for a while.
    Short,
    /// Two large tubes.
    Long,
    /// The second half of the clip, or as much of it as a frame-causal model predicts.
    Future,
}

impl MaskKind {
    /// In the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::Short, Self::Long, Self::Future];
}

use crate::grid::Grid;
use crate::rng::Rng;

/// How often a sample whose blocks cover the whole clip is redrawn before giving up.
const MAX_TRIES: usize = 1000;

/// Why no masks could be made.
#[derive(Clone, Debug, PartialEq, Eq, Error, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MaskError {
    #[error("A mask needs at least one clip and one block: set batch and blocks to 1 or more.")]
    Nothing,
    #[error("Blocks of {block} tokens leave no context on a grid of {grid}: use fewer or smaller blocks.")]
    NoContext {
        #[serde(serialize_with = "shown")]
        grid: Grid,
        #[serde(serialize_with = "shown")]
        block: BlockSize,
    },
    #[error("max_keep is 0, which leaves no context: set it to 1 or more, or to none.")]
    MaxKeepZero,
    #[error("A future from tubelet {from} on leaves nothing to {what}: start it at 1 to {last}.")]
    Future {
        from: usize,
        last: usize,
        #[serde(serialize_with = "term")]
        what: &'static str,
    },
    #[error("This model predicts at most {most} tubelets ahead, not {ahead}: ask for a nearer future.")]
    Beyond { ahead: usize, most: usize },
    #[error("Hiding {hidden} of {tokens} tokens leaves nothing to {what}: paint over a part of the clip.")]
    Painted {
        hidden: usize,
        tokens: usize,
        #[serde(serialize_with = "term")]
        what: &'static str,
    },
    #[error("There is no token {token} to hide: this clip has {tokens}, numbered from 0.")]
    Token { token: usize, tokens: usize },
    #[error("Token {token} is hidden twice: name each one once.")]
    Twice { token: usize },
}

/// Tokens hidden by one block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockSize {
    pub t: usize,
    pub h: usize,
    pub w: usize,
}

impl Display for BlockSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}x{}", self.t, self.h, self.w)
    }
}

/// Where one block lies: its first row, column and tubelet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draw {
    pub top: usize,
    pub left: usize,
    pub start: usize,
}

/// Token indices of a batch, ascending, one list a clip. All context lists are equally long, and so are all target
/// lists.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Masks {
    /// What the context encoder sees, `[batch][kept]`.
    pub context: Vec<Vec<u32>>,
    /// What the predictor predicts, `[batch][hidden]`.
    pub target: Vec<Vec<u32>>,
}

impl Masks {
    /// Those of some clips of the batch.
    pub fn of_clips(&self, clips: Range<usize>) -> Self {
        Self { context: self.context[clips.clone()].to_vec(), target: self.target[clips].to_vec() }
    }
}

/// One mask generator. V-JEPA asks two of them, [`short`] and [`long`], for every batch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MaskSpec {
    /// Blocks a clip; their union is the target.
    pub blocks: usize,
    /// Smallest and largest share of the tubelets a block spans: 1 makes tubes through the whole clip, without which
    /// the patch next door in time gives the answer away.
    pub temporal_scale: (f64, f64),
    /// Smallest and largest share of a frame's patches a block covers.
    pub spatial_scale: (f64, f64),
    /// Smallest and largest height / width of a block.
    pub aspect_ratio: (f64, f64),
    /// Share of the tubelets the context may come from; later ones are always hidden. 1 shows all.
    pub max_temporal_keep: f64,
    /// At most so many context tokens, to bound memory.
    pub max_keep: Option<usize>,
    /// The target becomes everything that is not in the (truncated) context.
    pub full_complement: bool,
    /// The context becomes everything that is not in the (truncated) target.
    pub pred_full_complement: bool,
    /// Swaps context and target: the blocks are seen, their surroundings predicted.
    pub inv_block: bool,
}

/// Short-range masks: eight small blocks, so that much of what is hidden has a visible neighbour.
pub fn short() -> MaskSpec {
    MaskSpec::published(8, 0.15)
}

/// Long-range masks: two blocks that hide about four fifths of every frame.
pub fn long() -> MaskSpec {
    MaskSpec::published(2, 0.7)
}

/// Blocks that are hidden for a while, like what passes behind a pillar: a frame-causal model has to remember.
pub fn pillars() -> MaskSpec {
    MaskSpec {
        temporal_scale: (0.3, 0.7),
        spatial_scale: (0.15, 0.4),
        aspect_ratio: (0.75, 4.0),
        ..MaskSpec::published(2, 0.2)
    }
}

/// Masks for single images (V-JEPA 2.1): ten small blocks on a grid of one tubelet.
pub fn image() -> MaskSpec {
    MaskSpec::published(10, 0.15)
}

impl MaskSpec {
    fn published(blocks: usize, scale: f64) -> Self {
        Self {
            blocks,
            temporal_scale: (1.0, 1.0),
            spatial_scale: (scale, scale),
            aspect_ratio: (0.75, 1.5),
            max_temporal_keep: 1.0,
            max_keep: None,
            full_complement: false,
            pred_full_complement: false,
            inv_block: false,
        }
    }

    /// Random masks for `batch` clips. The block size is drawn once, block positions for each clip.
    ///
    /// # Errors
    /// When the blocks cover the whole grid however they are placed, or the settings leave nothing to see or predict.
    pub fn sample(&self, grid: Grid, batch: usize, rng: &mut Rng) -> Result<Masks, MaskError> {
        let block = self.block_size(grid, [rng.uniform(), rng.uniform(), rng.uniform()]);
        let tries = (0..batch).map(|_| self.draw_blocks(grid, block, rng)).collect::<Result<Vec<_>, _>>()?;
        self.assemble(grid, block, &tries)
    }

    /// The block size that three uniforms in [0, 1) choose: for its duration, its area and its aspect ratio.
    ///
    /// At least one token, so that a coarse grid still hides something; never more than the grid.
    pub fn block_size(&self, grid: Grid, [temporal, spatial, aspect]: [f64; 3]) -> BlockSize {
        let mix = |u: f64, (lo, hi): (f64, f64)| lo + u * (hi - lo);
        let duration = (grid.t as f64 * mix(temporal, self.temporal_scale)) as usize;
        let area = (grid.frame() as f64 * mix(spatial, self.spatial_scale)).trunc();
        let ratio = mix(aspect, self.aspect_ratio);
        // The reference rounds as Python does: halves to the even neighbour.
        let side = |square: f64, most: usize| (square.sqrt().round_ties_even() as usize).clamp(1, most.max(1));
        BlockSize { t: duration.clamp(1, grid.t.max(1)), h: side(area * ratio, grid.h), w: side(area / ratio, grid.w) }
    }

    /// Turns block positions into index lists. Each try is one clip's blocks; tries that leave no context are skipped.
    ///
    /// All lists are cut to the shortest of the batch by dropping their last entries, as the reference does: late
    /// tubelets are the ones that go.
    ///
    /// # Errors
    /// When no try is left, or the settings leave nothing to see or predict.
    pub fn assemble(&self, grid: Grid, block: BlockSize, tries: &[Vec<Draw>]) -> Result<Masks, MaskError> {
        if self.blocks == 0 || tries.is_empty() || grid.tokens() == 0 {
            return Err(MaskError::Nothing);
        }
        if self.max_keep == Some(0) {
            return Err(MaskError::MaxKeepZero);
        }
        let visible = tries.iter().map(|draws| self.visible(grid, block, draws));
        let visible: Vec<Vec<bool>> = visible.filter(|clip| clip.contains(&true)).collect();
        if visible.is_empty() {
            return Err(MaskError::NoContext { grid, block });
        }
        let mut context = truncate(&visible, true, self.max_keep);
        let mut target = truncate(&visible, false, None);
        if self.full_complement {
            target = complement(grid, &context);
        } else if self.pred_full_complement {
            context = complement(grid, &target);
        }
        Ok(if self.inv_block { Masks { context: target, target: context } } else { Masks { context, target } })
    }

    /// Random positions of one clip's blocks that leave some context.
    fn draw_blocks(&self, grid: Grid, block: BlockSize, rng: &mut Rng) -> Result<Vec<Draw>, MaskError> {
        for _ in 0..MAX_TRIES {
            let draws = (0..self.blocks).map(|_| Draw {
                top: rng.below(grid.h - block.h + 1),
                left: rng.below(grid.w - block.w + 1),
                start: rng.below(grid.t - block.t + 1),
            });
            let draws: Vec<Draw> = draws.collect();
            if self.visible(grid, block, &draws).contains(&true) {
                return Ok(draws);
            }
        }
        Err(MaskError::NoContext { grid, block })
    }

    /// Whether each token of one clip stays visible, [tokens].
    fn visible(&self, grid: Grid, block: BlockSize, draws: &[Draw]) -> Vec<bool> {
        let mut visible = vec![true; grid.tokens()];
        for draw in draws {
            for t in draw.start..(draw.start + block.t).min(grid.t) {
                for y in draw.top..(draw.top + block.h).min(grid.h) {
                    let row = grid.index(t, y, 0);
                    visible[row + draw.left..row + (draw.left + block.w).min(grid.w)].fill(false);
                }
            }
        }
        let last = ((grid.t as f64 * self.max_temporal_keep) as usize).clamp(1, grid.t);
        visible[last * grid.frame()..].fill(false);
        visible
    }
}

/// All is seen and nothing hidden.
pub fn nothing(grid: Grid, batch: usize) -> Masks {
    Masks { context: vec![(0..grid.tokens() as u32).collect(); batch], target: vec![vec![]; batch] }
}

/// The past sees, the future is predicted: `horizon` tubelets from `from_tubelet` on, or as many as there are.
///
/// # Errors
/// When that leaves no past or no future.
pub fn future(grid: Grid, from_tubelet: usize, horizon: usize, batch: usize) -> Result<Masks, MaskError> {
    if batch == 0 || grid.tokens() == 0 || horizon == 0 {
        return Err(MaskError::Nothing);
    }
    if from_tubelet == 0 || from_tubelet >= grid.t {
        let what = if from_tubelet == 0 { "see" } else { "predict" };
        return Err(MaskError::Future { from: from_tubelet, last: grid.t.saturating_sub(1), what });
    }
    let to = grid.t.min(from_tubelet.saturating_add(horizon));
    let (now, end) = ((from_tubelet * grid.frame()) as u32, (to * grid.frame()) as u32);
    Ok(Masks { context: vec![(0..now).collect(); batch], target: vec![(now..end).collect(); batch] })
}

/// Indices of the tokens that are `wanted`, cut to the shortest list of the batch and to `most`.
fn truncate(visible: &[Vec<bool>], wanted: bool, most: Option<usize>) -> Vec<Vec<u32>> {
    let count = |clip: &Vec<bool>| clip.iter().filter(|&&v| v == wanted).count();
    let keep = visible.iter().map(count).min().unwrap_or(0).min(most.unwrap_or(usize::MAX));
    let indices =
        |clip: &Vec<bool>| (0u32..).zip(clip).filter(|&(_, &v)| v == wanted).map(|(i, _)| i).take(keep).collect();
    visible.iter().map(indices).collect()
}

/// For each list, the tokens that are not in it.
fn complement(grid: Grid, lists: &[Vec<u32>]) -> Vec<Vec<u32>> {
    let others = |list: &Vec<u32>| (0..grid.tokens() as u32).filter(|i| list.binary_search(i).is_err()).collect();
    lists.iter().map(others).collect()
}

#[cfg(test)]
mod tests;
