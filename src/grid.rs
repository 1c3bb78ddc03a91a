//! The lattice of tokens a clip is cut into, and how it is cut.

use serde::{Deserialize, Serialize};

/// Tubelets, rows and columns of a clip's tokens; time is the slowest axis of the token index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Grid {
    /// Tubelets: groups of frames that share a token.
    pub t: usize,
    /// Rows of patches.
    pub h: usize,
    /// Columns of patches.
    pub w: usize,
}

impl Grid {
    pub const fn new(t: usize, h: usize, w: usize) -> Self {
        Self { t, h, w }
    }

    /// Tokens of a whole clip.
    pub const fn tokens(&self) -> usize {
        self.t * self.frame()
    }

    /// Tokens of one tubelet.
    pub const fn frame(&self) -> usize {
        self.h * self.w
    }

    /// The token at tubelet `t`, row `y`, column `x`.
    pub const fn index(&self, t: usize, y: usize, x: usize) -> usize {
        (t * self.h + y) * self.w + x
    }

    /// Tubelet, row and column of a token.
    pub const fn position(&self, index: usize) -> (usize, usize, usize) {
        (index / self.frame(), index % self.frame() / self.w, index % self.w)
    }
}

/// How clips of RGBA frames are cut into tubelet patches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PatchShape {
    /// Frames a clip.
    pub frames: usize,
    /// Pixels a side.
    pub size: usize,
    pub tubelet: usize,
    pub patch: usize,
}

impl PatchShape {
    /// Tokens a clip.
    pub fn tokens(self) -> usize {
        self.frames / self.tubelet * (self.size / self.patch).pow(2)
    }

    /// Values in a patch, in the order (channel, frame, row, column).
    pub fn values(self) -> usize {
        3 * self.tubelet * self.patch * self.patch
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn index_and_position_are_inverse_and_time_is_slowest() {
        let grid = Grid::new(3, 4, 5);
        assert_eq!(grid.index(1, 0, 0), 20);
        for index in 0..grid.tokens() {
            let (t, y, x) = grid.position(index);
            assert_eq!(grid.index(t, y, x), index);
        }
    }
}
