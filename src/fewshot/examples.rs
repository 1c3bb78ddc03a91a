//! Classes and their examples within a budget of memory; every change can be undone.

use super::{FewshotError, Rows, THUMBNAIL, change::Change, halves};
use half::f16;
use serde::Serialize;
use std::collections::VecDeque;

/// Bytes that all examples may take, those included that an undo would bring back.
pub const BUDGET: usize = 64 << 20;
/// Most characters of a class's name.
pub const NAME: usize = 60;
/// Most classes: their names, too, come from files.
pub const CLASSES: usize = 1000;
/// Changes that can be undone.
const REMEMBERED: usize = 100;

/// What an example is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Class {
    /// Stays the same for the life of the class.
    pub id: u32,
    pub name: String,
}

/// What is kept of a clip.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    pub id: u32,
    /// The id of its class.
    pub class: u32,
    /// Pooled, `[d]`.
    pub features: Vec<f16>,
    /// RGBA, `[24, 24, 4]`.
    pub thumbnail: Vec<u8>,
}

/// How full the memory is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Usage {
    pub clips: usize,
    pub bytes: usize,
    pub budget: usize,
    /// Clips that fit in all.
    pub most: usize,
}

/// Classes with their examples, all of one model.
#[derive(Debug, Clone)]
pub struct Examples {
    parts: Vec<usize>,
    pub(super) classes: Vec<Class>,
    pub(super) examples: Vec<Example>,
    next: u32,
    undo: VecDeque<Change>,
    redo: Vec<Change>,
    revision: u64,
}

impl Examples {
    /// Of vectors whose parts have so many values.
    pub fn new(parts: &[usize]) -> Self {
        let (undo, redo) = (VecDeque::new(), Vec::new());
        Self { parts: parts.to_vec(), classes: vec![], examples: vec![], next: 1, undo, redo, revision: 0 }
    }

    /// In the order they were made.
    pub fn classes(&self) -> &[Class] {
        &self.classes
    }

    /// In the order they were recorded.
    pub fn all(&self) -> &[Example] {
        &self.examples
    }

    /// Values of an example's vector.
    pub fn dims(&self) -> usize {
        self.parts.iter().sum()
    }

    /// Another number after every change.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// # Errors
    /// [`FewshotError::Name`], [`FewshotError::Taken`], [`FewshotError::Classes`].
    pub fn add_class(&mut self, name: &str) -> Result<u32, FewshotError> {
        if self.classes.len() >= CLASSES {
            return Err(FewshotError::Classes { most: CLASSES });
        }
        let class = Class { id: self.next, name: self.proper(name, None)? };
        let id = class.id;
        self.next += 1;
        self.commit(Change::PutClass { at: self.classes.len(), class, examples: vec![] });
        Ok(id)
    }

    /// # Errors
    /// [`FewshotError::Name`], [`FewshotError::Taken`], [`FewshotError::NoClass`].
    pub fn rename_class(&mut self, class: u32, name: &str) -> Result<(), FewshotError> {
        self.class(class)?;
        let name = self.proper(name, Some(class))?;
        self.commit(Change::Rename { class, name });
        Ok(())
    }

    /// Its examples go with it.
    ///
    /// # Errors
    /// [`FewshotError::NoClass`].
    pub fn remove_class(&mut self, class: u32) -> Result<(), FewshotError> {
        self.class(class)?;
        self.commit(Change::TakeClass { class });
        Ok(())
    }

    /// Features `[dims]` and thumbnail of a clip. What can be undone is forgotten where its memory is needed.
    ///
    /// # Errors
    /// [`FewshotError::NoClass`], [`FewshotError::Values`], [`FewshotError::NotFinite`], [`FewshotError::Full`].
    pub fn add(&mut self, class: u32, features: &[f32], thumbnail: Vec<u8>) -> Result<u32, FewshotError> {
        self.class(class)?;
        if features.len() != self.dims() {
            return Err(FewshotError::Values { found: features.len(), expected: self.dims() });
        }
        let features = halves(features)?;
        if self.examples.len() >= self.usage().most {
            return Err(FewshotError::Full { clips: self.examples.len(), budget: BUDGET >> 20 });
        }
        let id = self.next;
        self.next += 1;
        let example = Example { id, class, features, thumbnail };
        self.commit(Change::PutExample { at: self.examples.len(), example });
        Ok(id)
    }

    /// # Errors
    /// [`FewshotError::NoExample`].
    pub fn remove(&mut self, example: u32) -> Result<(), FewshotError> {
        if !self.examples.iter().any(|other| other.id == example) {
            return Err(FewshotError::NoExample(example));
        }
        self.commit(Change::TakeExample { example });
        Ok(())
    }

    /// Take back the last change; false if none is left.
    pub fn undo(&mut self) -> bool {
        let Some(change) = self.undo.pop_back() else { return false };
        let inverse = change.apply(self);
        self.redo.push(inverse);
        self.revision += 1;
        true
    }

    /// Make the change again that was taken back last; false if there is none, or another change came after.
    pub fn redo(&mut self) -> bool {
        let Some(change) = self.redo.pop() else { return false };
        let inverse = change.apply(self);
        self.undo.push_back(inverse);
        self.revision += 1;
        true
    }

    /// Changes that can be undone and done again.
    pub fn remembered(&self) -> (usize, usize) {
        (self.undo.len(), self.redo.len())
    }

    /// No change so far can be undone any more.
    pub fn forget(&mut self) {
        self.undo.clear();
        self.redo.clear();
    }

    pub fn usage(&self) -> Usage {
        let each = Self::bytes_of(self.dims());
        Usage { clips: self.examples.len(), bytes: each * self.held(), budget: BUDGET, most: BUDGET / each }
    }

    /// As classifiers take them; classes in their order.
    pub fn rows(&self) -> Rows {
        let place = |id: u32| self.classes.iter().position(|class| class.id == id).expect("every example has a class");
        Rows {
            features: self.examples.iter().flat_map(|example| &example.features).map(|value| value.to_f32()).collect(),
            parts: self.parts.clone(),
            labels: self.examples.iter().map(|example| place(example.class)).collect(),
            classes: self.classes.len(),
        }
    }

    /// Bytes of one example.
    fn bytes_of(dims: usize) -> usize {
        dims * size_of::<f16>() + THUMBNAIL * THUMBNAIL * 4 + size_of::<Example>()
    }

    /// Examples in memory, those included that a change would bring back.
    fn held(&self) -> usize {
        self.examples.len() + self.undo.iter().chain(&self.redo).map(Change::examples).sum::<usize>()
    }

    fn class(&self, id: u32) -> Result<&Class, FewshotError> {
        self.classes.iter().find(|class| class.id == id).ok_or(FewshotError::NoClass(id))
    }

    /// A name as it may be, of a new class or of `own`.
    fn proper(&self, name: &str, own: Option<u32>) -> Result<String, FewshotError> {
        let name = name.trim();
        if name.is_empty() || name.chars().count() > NAME || name.chars().any(char::is_control) {
            return Err(FewshotError::Name { most: NAME });
        }
        let taken = self.classes.iter().any(|class| class.name == name && Some(class.id) != own);
        if taken { Err(FewshotError::Taken(name.into())) } else { Ok(name.into()) }
    }

    /// Make a change that can be undone.
    fn commit(&mut self, change: Change) {
        self.redo.clear();
        let inverse = change.apply(self);
        self.undo.push_back(inverse);
        self.revision += 1;
        let most = self.usage().most;
        while self.undo.len() > REMEMBERED || (self.held() > most && !self.undo.is_empty()) {
            self.undo.pop_front();
        }
    }
}
