//! The stack of a pickle.

use super::super::FormatError;
use super::super::error::pickle as broken;
use super::value::Id;

/// Every method that takes something fails with [`FormatError::Pickle`] if it is not there.
#[derive(Default)]
pub struct Stack {
    items: Vec<Id>,
    /// Heights at which a MARK stands; nothing below the last one is touched.
    marks: Vec<usize>,
}

impl Stack {
    pub fn push(&mut self, id: Id) {
        self.items.push(id);
    }

    pub fn mark(&mut self) {
        self.marks.push(self.items.len());
    }

    fn floor(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    pub fn top(&self) -> Result<Id, FormatError> {
        let above = &self.items[self.floor()..];
        above.last().copied().ok_or_else(|| broken("its stack is empty"))
    }

    pub fn pop(&mut self) -> Result<Id, FormatError> {
        let top = self.top()?;
        self.items.pop();
        Ok(top)
    }

    pub fn pop_array<const N: usize>(&mut self) -> Result<[Id; N], FormatError> {
        let mut array = [0; N];
        array.copy_from_slice(&self.pop_last(N)?);
        Ok(array)
    }

    pub fn pop_last(&mut self, count: usize) -> Result<Vec<Id>, FormatError> {
        if self.items.len() - self.floor() < count {
            return Err(broken("its stack is empty"));
        }
        Ok(self.cut(self.items.len() - count))
    }

    /// All above the last mark, which goes.
    pub fn pop_mark(&mut self) -> Result<Vec<Id>, FormatError> {
        let mark = self.marks.pop().ok_or_else(|| broken("its stack has no mark"))?;
        Ok(self.cut(mark))
    }

    /// Not `split_off`: its result may keep the capacity of the whole stack, and a pickle can ask for a million of them.
    fn cut(&mut self, at: usize) -> Vec<Id> {
        self.items.drain(at..).collect()
    }
}
