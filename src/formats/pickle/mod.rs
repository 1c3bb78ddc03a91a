//! The pickle in a PyTorch file, read as data: which tensors there are, of which shape, in which storage.
//!
//! A pickle is a program for a stack machine, and Python's runs whatever it names. [`machine`] knows only the instructions
//! that `torch.save` needs for tensors in dictionaries and lists, and only the names in [`globals`], none of which is
//! called: they become plain [`value`]s. [`flatten`] then finds the tensors in them.
//!
//! Values point at each other by index and may do so in circles; nothing here recurses, neither to walk nor to drop them.

mod flatten;
mod globals;
mod literal;
mod machine;
mod reader;
mod stack;
mod value;

use super::{Dtype, FormatError};

/// Instructions that are run at most; each makes one value at most. The largest published checkpoint needs about 100,000.
const MAX_STEPS: usize = 1_000_000;

/// A tensor by its full name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tensor<'a> {
    pub name: String,
    pub dtype: Dtype,
    /// Name of its storage.
    pub key: &'a str,
    /// First number of it there, and the distance between neighbours in each dimension; in numbers.
    pub offset: usize,
    pub stride: Vec<usize>,
    pub shape: Vec<usize>,
}

/// All tensors of a pickle, in the order in which it names them. Everything else in it is left out.
///
/// # Errors
/// [`FormatError`]: an instruction or a name that is not on the lists, a broken or an oversized pickle.
pub(super) fn tensors(pickle: &[u8]) -> Result<Vec<Tensor<'_>>, FormatError> {
    let (values, top) = machine::run(pickle)?;
    flatten::tensors(&values, top, pickle.len())
}
