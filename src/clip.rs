//! Frames in, patches out; and the ring that holds the newest frames of a source.

use crate::{error::Error, grid::PatchShape, kernels};
use burn::tensor::{Device, Tensor, TensorData};
use std::collections::VecDeque;

/// Clips of RGBA frames, `[T, size, size, 4]` each, -> normalised patches `[B * N, 3 * tubelet * patch * patch]`.
///
/// The frames go to the device as they are, a pixel in an integer; cutting and normalising is done there.
pub fn patches(clips: &[Vec<u8>], shape: PatchShape, device: &Device) -> Tensor<2> {
    let pixel = |rgba: &[u8]| i32::from_le_bytes([rgba[0], rgba[1], rgba[2], rgba[3]]);
    let pixels: Vec<i32> = clips.iter().flat_map(|clip| clip.chunks_exact(4).map(pixel)).collect();
    let count = pixels.len();
    kernels::patches(Tensor::from_data(TensorData::new(pixels, [count]), device), shape)
}

/// Clips that lie one after another, RGBA `[B, frames, size, size, 4]` -> `[frames, size, size, 4]` each.
///
/// # Errors
/// [`Error::Frame`] if the last one is not whole.
pub fn split(clips: &[u8], frames: usize, size: usize) -> Result<Vec<Vec<u8>>, Error> {
    let expected = frames * size * size * 4;
    match clips.len() % expected {
        0 => Ok(clips.chunks_exact(expected).map(<[u8]>::to_vec).collect()),
        found => Err(Error::Frame { found, expected, size }),
    }
}

/// The newest `frames` frames of a source.
#[derive(Debug, Clone)]
pub struct Ring {
    held: VecDeque<Vec<u8>>,
    frames: usize,
    size: usize,
    pushed: u64,
}

impl Ring {
    pub fn new(frames: usize, size: usize) -> Self {
        Self { held: VecDeque::with_capacity(frames), frames, size, pushed: 0 }
    }

    /// Add an RGBA frame, dropping the oldest when full.
    ///
    /// # Errors
    /// [`Error::Frame`] if it is not `size * size * 4` bytes.
    pub fn push(&mut self, rgba: Vec<u8>) -> Result<(), Error> {
        let expected = self.size * self.size * 4;
        if rgba.len() != expected {
            return Err(Error::Frame { found: rgba.len(), expected, size: self.size });
        }
        if self.held.len() == self.frames {
            self.held.pop_front();
        }
        self.held.push_back(rgba);
        self.pushed += 1;
        Ok(())
    }

    pub fn clear(&mut self) {
        self.held.clear();
    }

    pub fn held(&self) -> usize {
        self.held.len()
    }

    /// Frames that ever came, which tells clips apart: those whose counts differ by a clip's frames share none.
    pub fn pushed(&self) -> u64 {
        self.pushed
    }

    /// The whole clip, `[T, size, size, 4]`, oldest frame first.
    ///
    /// # Errors
    /// [`Error::ShortClip`] until the ring is full.
    pub fn clip(&self) -> Result<Vec<u8>, Error> {
        if self.held.len() < self.frames {
            return Err(Error::ShortClip { held: self.held.len(), needed: self.frames });
        }
        Ok(self.held.iter().flatten().copied().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ring_keeps_the_newest_frames_in_order() {
        let mut ring = Ring::new(2, 1);
        assert!(matches!(ring.clip(), Err(Error::ShortClip { held: 0, needed: 2 })));
        for value in [1, 2, 3] {
            ring.push(vec![value; 4]).unwrap();
        }
        assert_eq!(ring.clip().unwrap(), [2, 2, 2, 2, 3, 3, 3, 3]);
        assert!(matches!(ring.push(vec![0; 3]), Err(Error::Frame { found: 3, expected: 4, .. })));
        assert_eq!((ring.held(), ring.pushed()), (2, 3), "what was refused did not come");
    }
}
