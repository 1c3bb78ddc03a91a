//! What a pickle builds.

use super::super::Dtype;
use super::globals::Global;

/// The place of a value in [`Values`].
pub type Id = usize;

/// All values of a pickle. One list owns them, so that circles among them need no care.
pub type Values<'a> = Vec<Value<'a>>;

#[derive(Debug)]
pub enum Value<'a> {
    /// None, booleans, floats, bytes: plain data that leads to no tensor.
    Plain,
    Int(i64),
    Text(&'a str),
    Tuple(Vec<Id>),
    List(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    Global(Global),
    Storage {
        dtype: Dtype,
        key: &'a str,
    },
    /// As it was called for; looked at only if the tensor has a name.
    Tensor {
        storage: Id,
        offset: Id,
        shape: Id,
        stride: Id,
    },
}
