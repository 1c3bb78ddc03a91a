//! Instructions that stand for a value of their own: numbers, texts, empty containers, names.

use super::super::FormatError;
use super::super::error::short;
use super::globals::global;
use super::reader::Reader;
use super::value::Value;

/// The value of instruction `code`; None if it is of another kind.
///
/// # Errors
/// [`FormatError::Pickle`], or [`FormatError::Global`] for a name that is not on the list.
pub fn literal<'a>(code: u8, reader: &mut Reader<'a>) -> Result<Option<Value<'a>>, FormatError> {
    Ok(Some(match code {
        // NONE NEWTRUE NEWFALSE
        b'N' | 0x88 | 0x89 => Value::Plain,
        // BININT BININT1 BININT2 LONG1
        b'J' => Value::Int(i32::from_le_bytes(reader.array()?).into()),
        b'K' => Value::Int(reader.u8()?.into()),
        b'M' => Value::Int(u16::from_le_bytes(reader.array()?).into()),
        0x8a => long(reader)?,
        // BINFLOAT
        b'G' => skipped(reader, 8)?,
        // BINUNICODE SHORT_BINUNICODE BINUNICODE8
        b'X' => text::<4>(reader)?,
        0x8c => text::<1>(reader)?,
        0x8d => text::<8>(reader)?,
        // BINBYTES SHORT_BINBYTES BINBYTES8, and Python 2's BINSTRING SHORT_BINSTRING
        b'B' | b'T' => bytes::<4>(reader)?,
        b'C' | b'U' => bytes::<1>(reader)?,
        0x8e => bytes::<8>(reader)?,
        b')' => Value::Tuple(Vec::new()),
        b']' => Value::List(Vec::new()),
        b'}' => Value::Dict(Vec::new()),
        // GLOBAL
        b'c' => named(reader.line()?, reader.line()?)?,
        _ => return Ok(None),
    }))
}

/// The value a Python name stands for.
///
/// # Errors
/// [`FormatError::Global`] if it is not on the list.
pub fn named<'a>(module: &str, name: &str) -> Result<Value<'a>, FormatError> {
    global(module, name).map(Value::Global).ok_or_else(|| FormatError::Global(short(format!("{module}.{name}"))))
}

fn text<'a, const N: usize>(reader: &mut Reader<'a>) -> Result<Value<'a>, FormatError> {
    let count = reader.length::<N>()?;
    reader.text(count).map(Value::Text)
}

fn bytes<'a, const N: usize>(reader: &mut Reader<'a>) -> Result<Value<'a>, FormatError> {
    let count = reader.length::<N>()?;
    skipped(reader, count)
}

fn skipped<'a>(reader: &mut Reader<'a>, count: u64) -> Result<Value<'a>, FormatError> {
    reader.take(count)?;
    Ok(Value::Plain)
}

/// LONG1: two's complement of any length. None of more than 64 bits is a size.
fn long<'a>(reader: &mut Reader<'a>) -> Result<Value<'a>, FormatError> {
    let count = reader.u8()?;
    let bytes = reader.take(count.into())?;
    let sign = if bytes.last().is_some_and(|last| last & 0x80 != 0) { 0xff } else { 0 };
    let mut wide = [sign; 8];
    match wide.get_mut(..bytes.len()) {
        Some(low) => low.copy_from_slice(bytes),
        None => return Ok(Value::Plain),
    }
    Ok(Value::Int(i64::from_le_bytes(wide)))
}
