//! A trained model as a page loads it.

use crate::{Failure, files, models};
use clap::Args;
use std::path::{Path, PathBuf};
use vjepa_web::{checkpoint::Snapshot, precision::Precision};

/// Write a model alone, as the page loads it: of a run, or of a model that was shipped before
#[derive(Args)]
pub struct Options {
    /// A run, or a model as the page loads it
    model: PathBuf,
    /// Where the model goes
    out: PathBuf,
    /// f32, f16, or int8: matrices as codes with a scale a row, the rest in f16
    #[arg(long = "as", value_name = "PRECISION", default_value = "f16", value_parser = models::precision)]
    precision: Precision,
}

pub fn ship(Options { model, out, precision }: &Options) -> Result<(), Failure> {
    write(&Snapshot::from_bytes(&models::read(model)?)?, out, *precision)
}

pub fn write(snapshot: &Snapshot, out: &Path, precision: Precision) -> Result<(), Failure> {
    files::replace(out, &snapshot.to_shipped_bytes(precision)?)
}
