//! The stack machine of pickles, reduced to what `torch.save` needs (protocols 2 to 5, Python's `pickletools`).

use super::super::FormatError;
use super::super::error::pickle as broken;
use super::MAX_STEPS;
use super::globals::Global;
use super::literal;
use super::reader::Reader;
use super::stack::Stack;
use super::value::{Id, Value, Values};
use std::collections::HashMap;

/// Run a pickle: all its values, and the one it stands for.
///
/// # Errors
/// [`FormatError`]: see [`super::tensors`].
pub fn run(pickle: &[u8]) -> Result<(Values<'_>, Id), FormatError> {
    let mut machine = Machine::default();
    let mut reader = Reader::new(pickle);
    for _ in 0..MAX_STEPS {
        let at = reader.at();
        let code = reader.u8()?;
        if code == b'.' {
            let top = machine.stack.pop()?;
            return Ok((machine.values, top));
        }
        match literal::literal(code, &mut reader)? {
            Some(value) => machine.push(value),
            None if machine.shuffle(code, &mut reader)? || machine.build(code)? => {}
            None => return Err(FormatError::Opcode { code, at }),
        }
    }
    let limit = MAX_STEPS as u64;
    Err(FormatError::TooLarge { what: "list of tensors", found: limit + 1, limit })
}

#[derive(Default)]
struct Machine<'a> {
    values: Values<'a>,
    stack: Stack,
    /// By number. A map, as numbers come from the file.
    memo: HashMap<u32, Id>,
}

impl<'a> Machine<'a> {
    /// Instructions that move what is on the stack. False if `code` is not one.
    fn shuffle(&mut self, code: u8, reader: &mut Reader<'a>) -> Result<bool, FormatError> {
        match code {
            // PROTO FRAME
            0x80 => drop(reader.take(1)?),
            0x95 => drop(reader.take(8)?),
            b'(' => self.stack.mark(),
            // POP POP_MARK DUP
            b'0' => drop(self.stack.pop()?),
            b'1' => drop(self.stack.pop_mark()?),
            b'2' => self.stack.push(self.stack.top()?),
            // BINPUT LONG_BINPUT MEMOIZE
            b'q' => self.put(reader.u8()?.into())?,
            b'r' => {
                let number = reader.u32()?;
                self.put(number)?;
            }
            0x94 => self.put(u32::try_from(self.memo.len()).unwrap_or(u32::MAX))?,
            // BINGET LONG_BINGET
            b'h' => self.get(reader.u8()?.into())?,
            b'j' => self.get(reader.u32()?)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Instructions that make values of other values. False if `code` is not one.
    fn build(&mut self, code: u8) -> Result<bool, FormatError> {
        match code {
            // TUPLE1 TUPLE2 TUPLE3 TUPLE
            0x85..=0x87 => {
                let items = self.stack.pop_last(usize::from(code - 0x84))?;
                self.push(Value::Tuple(items));
            }
            b't' => {
                let items = self.stack.pop_mark()?;
                self.push(Value::Tuple(items));
            }
            // APPEND APPENDS SETITEM SETITEMS
            b'a' => self.stack.pop_last(1).and_then(|items| self.append(items))?,
            b'e' => self.stack.pop_mark().and_then(|items| self.append(items))?,
            b's' => self.stack.pop_last(2).and_then(|items| self.set(&items))?,
            b'u' => self.stack.pop_mark().and_then(|items| self.set(&items))?,
            // STACK_GLOBAL
            0x93 => {
                let [module, name] = self.stack.pop_array()?;
                let (Value::Text(module), Value::Text(name)) = (&self.values[module], &self.values[name]) else {
                    return Err(broken("a name is no text"));
                };
                self.push(literal::named(module, name)?);
            }
            b'R' => self.reduce()?,
            b'b' => self.set_state()?,
            b'Q' => self.storage()?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn append(&mut self, items: Vec<Id>) -> Result<(), FormatError> {
        let list = self.stack.top()?;
        let Value::List(list) = &mut self.values[list] else { return Err(broken("it appends to what is no list")) };
        list.extend(items);
        Ok(())
    }

    fn set(&mut self, items: &[Id]) -> Result<(), FormatError> {
        let dict = self.stack.top()?;
        let (pairs, []) = items.as_chunks::<2>() else { return Err(broken("a key has no value")) };
        let Value::Dict(dict) = &mut self.values[dict] else {
            return Err(broken("it sets keys of what is no dictionary"));
        };
        dict.extend(pairs.iter().map(|[key, value]| (*key, *value)));
        Ok(())
    }

    /// REDUCE, a call in Python: only of what is on the list, and only to make a value.
    fn reduce(&mut self) -> Result<(), FormatError> {
        let [called, arguments] = self.stack.pop_array()?;
        let (Value::Global(called), Value::Tuple(arguments)) = (&self.values[called], &self.values[arguments]) else {
            return Err(broken("it calls what can't be called"));
        };
        match (called, arguments.as_slice()) {
            (Global::RebuildTensor, &[storage, offset, shape, stride, ..]) => {
                self.push(Value::Tensor { storage, offset, shape, stride });
            }
            (Global::OrderedDict, []) => self.push(Value::Dict(Vec::new())),
            (Global::RebuildParameter, &[first, ..]) | (Global::Size, &[first]) => self.stack.push(first),
            _ => return Err(broken("it calls a function with other arguments than PyTorch does")),
        }
        Ok(())
    }

    /// BUILD, the attributes of an object: state dictionaries have one that leads to no tensor.
    fn set_state(&mut self) -> Result<(), FormatError> {
        self.stack.pop()?;
        let object = self.stack.top()?;
        if matches!(self.values[object], Value::Dict(_)) {
            Ok(())
        } else {
            Err(broken("it changes what is no dictionary"))
        }
    }

    /// BINPERSID: `("storage", type, key, device, length)`.
    fn storage(&mut self) -> Result<(), FormatError> {
        let id = self.stack.pop()?;
        let Value::Tuple(parts) = &self.values[id] else { return Err(broken("a storage has no description")) };
        let &[kind, dtype, key, ..] = parts.as_slice() else { return Err(broken("a storage has no description")) };
        match (&self.values[kind], &self.values[dtype], &self.values[key]) {
            (Value::Text("storage"), &Value::Global(Global::Storage(dtype)), &Value::Text(key)) => {
                self.push(Value::Storage { dtype, key });
                Ok(())
            }
            _ => Err(broken("a storage has no description")),
        }
    }

    fn push(&mut self, value: Value<'a>) {
        self.stack.push(self.values.len());
        self.values.push(value);
    }

    fn put(&mut self, number: u32) -> Result<(), FormatError> {
        self.memo.insert(number, self.stack.top()?);
        Ok(())
    }

    fn get(&mut self, number: u32) -> Result<(), FormatError> {
        self.stack.push(*self.memo.get(&number).ok_or_else(|| broken("it refers to what is not there"))?);
        Ok(())
    }
}
