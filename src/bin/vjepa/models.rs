//! Models, worlds and files that commands are given by name.

use crate::Failure;
use std::{fs, path::Path};
use vjepa_web::{
    Family, ModelConfig, Session,
    checkpoint::Start,
    config::Limits,
    device,
    precision::Precision,
    world::{WORLDS, WorldSpec},
};

/// The model that comes with the page.
pub const SHIPPED: &str = "www/assets/learner.safetensors";

pub fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| format!("{} can't be read: {error}.", path.display()).into())
}

/// A session on the CPU of a snapshot or of a model as the page loads it.
pub fn session(path: &Path) -> Result<Session, Failure> {
    of(Start::from_bytes(&read(path)?)?)
}

/// The same of what was read.
pub fn of(start: Start) -> Result<Session, Failure> {
    // Of a file that does not say which model it is of.
    let preset = ModelConfig::preset("learner", Family::VJepa2)?;
    Ok(Session::start_from(start, &preset, None, device::open_cpu().device, Limits::default())?)
}

pub fn precision(name: &str) -> Result<Precision, Failure> {
    let unknown = |_| format!("There is no precision \"{name}\": choose one of f32, f16, int8.");
    Ok(serde_json::from_value(name.into()).map_err(unknown)?)
}

pub fn world(name: &str) -> Result<WorldSpec, Failure> {
    let unknown = || format!("There is no world \"{name}\": choose one of {}.", WORLDS.join(", "));
    Ok(WorldSpec::named(name).ok_or_else(unknown)?)
}
