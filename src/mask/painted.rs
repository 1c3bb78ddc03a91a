//! A mask by hand: whoever asks says which tokens are hidden.

use super::{MaskError, Masks};
use crate::grid::Grid;

/// Hides `hidden` tokens of one clip, in any order, and shows all others.
///
/// # Errors
/// When that leaves nothing to see or to predict, or a token is not in the clip or is named twice.
pub fn painted(grid: Grid, hidden: &[u32]) -> Result<Masks, MaskError> {
    let tokens = grid.tokens();
    let mut is_hidden = vec![false; tokens];
    for &token in hidden {
        let place = is_hidden.get_mut(token as usize).ok_or(MaskError::Token { token: token as usize, tokens })?;
        if std::mem::replace(place, true) {
            return Err(MaskError::Twice { token: token as usize });
        }
    }
    if hidden.is_empty() || hidden.len() == tokens {
        let what = if hidden.is_empty() { "predict" } else { "see" };
        return Err(MaskError::Painted { hidden: hidden.len(), tokens, what });
    }
    let those = |wanted: bool| (0u32..).zip(&is_hidden).filter(|&(_, &is)| is == wanted).map(|(id, _)| id).collect();
    Ok(Masks { context: vec![those(false)], target: vec![those(true)] })
}
