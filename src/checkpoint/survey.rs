//! What shapes the directories of files promise, by our names.

use super::{
    CheckpointError,
    describe::Shapes,
    names::{Naming, Place, Share},
};
use crate::formats::Entry;
use std::collections::{BTreeMap, BTreeSet};

/// The most mask tokens that are looked for; a header may claim any number.
const MOST_TOKENS: usize = 1 << 10;

/// Shapes of all tensors the model may want. One of which a share is missing is not there.
///
/// # Errors
/// [`CheckpointError`]: a tensor is there twice, or its shares don't fit together.
pub fn survey<'a>(entries: impl Iterator<Item = &'a Entry>, naming: &Naming) -> Result<Shapes, CheckpointError> {
    let mut survey = Survey::default();
    for entry in entries {
        if let Some(place) = naming.place(&entry.name)
            && !survey.add(place, entry)?
        {
            return Err(CheckpointError::Format(format!("\"{}\" is there twice", entry.name)));
        }
    }
    let Survey { mut shapes, shares } = survey;
    shapes.retain(|name, _| shares.get(name).is_none_or(|(there, of)| there.len() == *of));
    Ok(shapes)
}

#[derive(Default)]
struct Survey {
    shapes: Shapes,
    /// By the name of the whole: which shares are there, and of how many.
    shares: BTreeMap<String, (BTreeSet<usize>, usize)>,
}

impl Survey {
    /// False if it was there before.
    fn add(&mut self, Place { name, share }: Place, entry: &Entry) -> Result<bool, CheckpointError> {
        match share {
            Share::Whole => Ok(self.shapes.insert(name, entry.shape.clone()).is_none()),
            Share::Part { index, of } => self.share(name, index, of, entry),
            Share::Spread => self.spread(&name, entry),
        }
    }

    fn share(&mut self, name: String, index: usize, of: usize, entry: &Entry) -> Result<bool, CheckpointError> {
        let rows = entry.shape.first().map_or(0, |rows| rows.saturating_mul(of));
        let whole = [&[rows], entry.shape.get(1..).unwrap_or(&[])].concat();
        let (there, _) = self.shares.entry(name.clone()).or_insert_with(|| (BTreeSet::new(), of));
        let (first, new) = (there.is_empty(), there.insert(index));
        match self.shapes.insert(name, whole.clone()) {
            Some(other) if other != whole => Err(wrong(entry, other)),
            before => Ok(new && before.is_none() == first),
        }
    }

    fn spread(&mut self, name: &str, entry: &Entry) -> Result<bool, CheckpointError> {
        let [count, ones @ .., width] = &entry.shape[..] else { return Err(wrong(entry, vec![1, 1, 1, 1])) };
        if ones.iter().any(|&one| one != 1) {
            return Err(wrong(entry, vec![*count, 1, 1, *width]));
        }
        let mut inserted =
            (0..*count.min(&MOST_TOKENS)).map(|i| self.shapes.insert(format!("{name}.{i}"), vec![1, 1, *width]));
        Ok(inserted.all(|before| before.is_none()))
    }
}

fn wrong(entry: &Entry, expected: Vec<usize>) -> CheckpointError {
    CheckpointError::Shape { name: entry.name.clone(), found: entry.shape.clone(), expected }
}
