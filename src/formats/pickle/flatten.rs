//! Tensors in nested dictionaries and lists -> one list of full names.

use super::super::error::{pickle as broken, short};
use super::super::{FormatError, MAX_DIMS, MAX_NAME, MAX_TENSORS};
use super::value::{Id, Value, Values};
use super::{MAX_STEPS, Tensor};

/// Dictionaries and lists inside each other. The optimiser's, the deepest published, have five.
const MAX_DEPTH: usize = 16;

/// A dictionary or list that is being walked.
struct Frame {
    id: Id,
    /// Its child that comes next.
    next: usize,
    /// Length of its own name.
    name: usize,
}

/// Every tensor below `top`, keys and positions joined by dots. What has a key that is neither text nor a whole number is
/// left out. Each name costs at least a byte of its own in a pickle of `bytes`, unless what holds it is in many places.
///
/// # Errors
/// [`FormatError::Pickle`] or [`FormatError::TooLarge`].
pub fn tensors<'a>(values: &Values<'a>, top: Id, bytes: usize) -> Result<Vec<Tensor<'a>>, FormatError> {
    let too_often = || broken("it names the same values too often");
    let mut found = Vec::new();
    let mut name = String::new();
    let mut frames = vec![Frame { id: top, next: 0, name: 0 }];
    // A value may be in many places, so that the walk can be much longer than the list of values.
    for _ in 0..MAX_STEPS {
        let Some(frame) = frames.last_mut() else { return Ok(found) };
        name.truncate(frame.name);
        let Some((key, id)) = child(values, frame.id, frame.next) else {
            frames.pop();
            continue;
        };
        frame.next += 1;
        if !extend(&mut name, key)? {
            continue;
        }
        match &values[id] {
            Value::Tensor { .. } => found.push(tensor(values, id, &name)?),
            Value::Dict(_) | Value::List(_) | Value::Tuple(_) => frames.push(Frame { id, next: 0, name: name.len() }),
            _ => {}
        }
        if frames.len() > MAX_DEPTH {
            return Err(broken("it is nested too deeply"));
        }
        if found.len() > MAX_TENSORS {
            return Err(broken("it names too many tensors"));
        }
        if found.len() > bytes {
            return Err(too_often());
        }
    }
    Err(too_often())
}

/// What a dictionary or list calls one of its values.
enum Key<'a> {
    Text(&'a str),
    Number(i64),
    /// Leads to nothing that has a name.
    Other,
}

/// The `nth` value of a dictionary or list with its key; None after the last.
fn child<'a>(values: &Values<'a>, id: Id, nth: usize) -> Option<(Key<'a>, Id)> {
    match &values[id] {
        Value::List(items) | Value::Tuple(items) => Some((Key::Number(nth as i64), *items.get(nth)?)),
        Value::Dict(pairs) => {
            let (key, value) = *pairs.get(nth)?;
            let key = match values[key] {
                Value::Text(text) => Key::Text(text),
                Value::Int(number) => Key::Number(number),
                _ => Key::Other,
            };
            Some((key, value))
        }
        _ => None,
    }
}

/// Append a key to the name of what holds it. False if there is no name.
fn extend(name: &mut String, key: Key) -> Result<bool, FormatError> {
    if !name.is_empty() {
        name.push('.');
    }
    match key {
        Key::Text(text) if name.len() + text.len() > MAX_NAME => return Err(broken("a name in it is too long")),
        Key::Text(text) => name.push_str(text),
        Key::Number(number) => name.push_str(&number.to_string()),
        Key::Other => return Ok(false),
    }
    Ok(true)
}

/// A value that was made by `_rebuild_tensor_v2`, with what it was given.
fn tensor<'a>(values: &Values<'a>, id: Id, name: &str) -> Result<Tensor<'a>, FormatError> {
    let wrong = || FormatError::Pickle(format!("\"{}\" is no tensor as PyTorch writes it", short(name)));
    let Value::Tensor { storage, offset, shape, stride } = values[id] else { return Err(wrong()) };
    let Value::Storage { dtype, key } = values[storage] else { return Err(wrong()) };
    let offset = size(values, offset).ok_or_else(wrong)?;
    let [shape, stride] = [sizes(values, shape).ok_or_else(wrong)?, sizes(values, stride).ok_or_else(wrong)?];
    Ok(Tensor { name: name.into(), dtype, key, offset, stride, shape })
}

fn sizes(values: &Values, id: Id) -> Option<Vec<usize>> {
    match &values[id] {
        Value::Tuple(items) | Value::List(items) if items.len() <= MAX_DIMS => {
            items.iter().map(|item| size(values, *item)).collect()
        }
        _ => None,
    }
}

fn size(values: &Values, id: Id) -> Option<usize> {
    match values[id] {
        Value::Int(number) => usize::try_from(number).ok(),
        _ => None,
    }
}
