//! Files that are written whole or not at all.

use crate::Failure;
use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// The name of `path` with something after it, such as `run.safetensors.part`.
pub fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// Replaces what `path` holds. It is written beside and then moved, so that neither a kill nor a full disk leaves half a file.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let part = written(path, bytes)?;
    fs::rename(&part, path).map_err(|error| failed(path, &error))
}

/// The bytes on the disk beside `path`, as the file to move there; nothing stays of what can't be written.
pub fn written(path: &Path, bytes: &[u8]) -> Result<PathBuf, Failure> {
    let part = beside(path, ".part");
    let write = || {
        let mut file = File::create(&part)?;
        file.write_all(bytes)?;
        // Else a power failure could leave an empty file under the new name.
        file.sync_all()
    };
    write().map_err(|error| {
        let _ = fs::remove_file(&part);
        failed(path, &error)
    })?;
    Ok(part)
}

pub fn failed(path: &Path, error: &io::Error) -> Failure {
    format!(
        "{} can't be written: {error}; what was there before is still there. Free some space, or choose another place.",
        path.display()
    )
    .into()
}
