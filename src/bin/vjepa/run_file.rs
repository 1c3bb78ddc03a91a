//! The file of a run, and the save before it: whatever happens to one of them, and whenever, the other is whole.

use crate::{Failure, files, models};
use pollster::block_on;
use std::{
    fs,
    path::{Path, PathBuf},
};
use vjepa_web::{Session, checkpoint::Snapshot};

pub struct RunFile {
    path: PathBuf,
    /// The newest save but one.
    earlier: PathBuf,
    /// What the page wants back with a run, such as its curves.
    notes: String,
}

impl RunFile {
    pub fn at(path: &Path) -> Self {
        Self { path: path.into(), earlier: files::beside(path, ".earlier"), notes: String::new() }
    }

    /// The newest save that is whole; none of a new run.
    pub fn newest(&mut self) -> Result<Option<Snapshot>, Failure> {
        let damaged = match self.path.exists().then(|| opened(&self.path)) {
            Some(Ok(snapshot)) => return Ok(Some(self.noted(snapshot))),
            Some(Err(why)) => Some(why),
            None => None,
        };
        match (self.earlier.exists().then(|| opened(&self.earlier)), damaged) {
            (Some(Ok(snapshot)), damaged) => {
                if let Some(why) = damaged {
                    eprintln!("{why} Going on from the save before it, at step {}.", snapshot.header.step);
                    // Out of the way, or the next save would take the place of the sound one.
                    fs::rename(&self.path, files::beside(&self.path, ".damaged"))?;
                }
                Ok(Some(self.noted(snapshot)))
            }
            (_, Some(why)) => {
                Err(format!("{why} No earlier save of it can be read: choose another file, or remove this one.").into())
            }
            (Some(Err(why)), None) => {
                Err(format!("{why} It is the only save of this run: remove it to begin anew.").into())
            }
            (None, None) => Ok(None),
        }
    }

    fn noted(&mut self, snapshot: Snapshot) -> Snapshot {
        self.notes.clone_from(&snapshot.header.notes);
        snapshot
    }

    /// The save before stays until this one is on the disk.
    pub fn save(&self, session: &Session) -> Result<(), Failure> {
        let mut snapshot = block_on(session.snapshot())?;
        snapshot.header.notes.clone_from(&self.notes);
        let part = files::written(&self.path, &snapshot.to_bytes()?)?;
        let moved = || {
            if self.path.exists() {
                fs::rename(&self.path, &self.earlier)?;
            }
            fs::rename(&part, &self.path)
        };
        moved().map_err(|error| files::failed(&self.path, &error))
    }

    /// The run is done: its newest save is enough.
    pub fn done(&self) {
        let _ = fs::remove_file(&self.earlier);
    }
}

fn opened(path: &Path) -> Result<Snapshot, Failure> {
    Snapshot::from_bytes(&models::read(path)?).map_err(|error| format!("{}: {error}", path.display()).into())
}
