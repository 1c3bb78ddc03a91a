//! Changes of classes and examples. Each knows how to be made, and making it gives the change that takes it back.

use super::{Class, Example, Examples};

/// What is named in it is there: whoever makes changes has looked.
#[derive(Debug, Clone)]
pub(super) enum Change {
    /// With the examples it had and their places, in rising order.
    PutClass {
        at: usize,
        class: Class,
        examples: Vec<(usize, Example)>,
    },
    TakeClass {
        class: u32,
    },
    Rename {
        class: u32,
        name: String,
    },
    PutExample {
        at: usize,
        example: Example,
    },
    TakeExample {
        example: u32,
    },
}

impl Change {
    /// Makes the change and gives its opposite.
    pub fn apply(self, to: &mut Examples) -> Self {
        match self {
            Self::PutClass { at, class, examples } => {
                let id = class.id;
                to.classes.insert(at, class);
                examples.into_iter().for_each(|(at, example)| to.examples.insert(at, example));
                Self::TakeClass { class: id }
            }
            Self::TakeClass { class } => {
                let at = place(to.classes.iter().map(|other| other.id), class);
                let all = std::mem::take(&mut to.examples).into_iter().enumerate();
                let (theirs, others): (Vec<_>, Vec<_>) = all.partition(|(_, example)| example.class == class);
                to.examples = others.into_iter().map(|(_, example)| example).collect();
                Self::PutClass { at, class: to.classes.remove(at), examples: theirs }
            }
            Self::Rename { class, name } => {
                let at = place(to.classes.iter().map(|other| other.id), class);
                Self::Rename { class, name: std::mem::replace(&mut to.classes[at].name, name) }
            }
            Self::PutExample { at, example } => {
                let id = example.id;
                to.examples.insert(at, example);
                Self::TakeExample { example: id }
            }
            Self::TakeExample { example } => {
                let at = place(to.examples.iter().map(|other| other.id), example);
                Self::PutExample { at, example: to.examples.remove(at) }
            }
        }
    }

    /// Examples it would bring back.
    pub fn examples(&self) -> usize {
        match self {
            Self::PutClass { examples, .. } => examples.len(),
            Self::PutExample { .. } => 1,
            _ => 0,
        }
    }
}

fn place(mut ids: impl Iterator<Item = u32>, id: u32) -> usize {
    ids.position(|other| other == id).expect("changes are undone in the order they were made")
}
