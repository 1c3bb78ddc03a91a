//! From the device to the host: the only place where tensors are read, always asynchronously, and where numbers are checked.

mod host;
mod usable;

pub use host::HostReads;
pub(crate) use usable::{usable, usable_features};

use crate::error::Error;
use burn::tensor::{Tensor, Transaction};

/// Read float tensors of one rank together.
pub(crate) async fn read<const D: usize, const N: usize>(tensors: [Tensor<D>; N]) -> Result<[Vec<f32>; N], Error> {
    Ok(read_all(tensors.into()).await?.try_into().expect("as many results as tensors"))
}

/// [`read`] for as many as there are.
pub(crate) async fn read_all<const D: usize>(tensors: Vec<Tensor<D>>) -> Result<Vec<Vec<f32>>, Error> {
    let reads = tensors.into_iter().fold(Transaction::default(), Transaction::register);
    let data = reads.execute_async().await.map_err(|error| Error::Read(error.to_string()))?;
    let values = data.into_iter().map(|data| data.try_into_vec::<f32>());
    values.collect::<Result<_, _>>().map_err(|error| Error::Read(format!("{error:?}")))
}
