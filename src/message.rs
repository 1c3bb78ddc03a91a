//! A sentence for people, with what a program needs to say it in another language: a key of its own, and its values.
//!
//! An error type has its English in `#[error("…")]` alone. Its keys and values come from `Serialize`: the key is the name of
//! the type without "Error", a point, and the variant in kebab case (`config.unknown-preset`); a hole `{name}` is filled by
//! the field of that name, `{0}` by the value of a variant without names. Other sentences are made by [`message!`].
//!
//! None of this is in a hurry, and it is asked for at many places: functions are not inlined, which keeps the engine small.

use serde::{
    Serialize, Serializer,
    ser::{Impossible, SerializeStruct, SerializeStructVariant},
};
use serde_json::{Map, Value};
use std::fmt::{self, Debug, Display};

/// A sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Message {
    /// Stable; a table of sentences has it under this name.
    pub key: String,
    /// What fills its holes: texts, numbers, and other messages.
    pub values: Map<String, Value>,
    /// In English, filled.
    pub message: String,
}

impl Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// The beginning of a text from a file: it goes into a sentence, and may have megabytes.
#[cold]
#[inline(never)]
pub(crate) fn short(text: impl ToString) -> String {
    let text = text.to_string();
    let cut = text.char_indices().nth(120).map(|(at, _)| at);
    cut.map_or_else(|| text.clone(), |at| format!("{}...", &text[..at]))
}

/// A text of others: it has no key, and stays as it is.
impl From<&str> for Message {
    fn from(text: &str) -> Self {
        Self { key: String::new(), values: Map::new(), message: text.into() }
    }
}

impl Message {
    /// What an error says.
    #[cold]
    #[inline(never)]
    pub fn of(error: &(impl Serialize + Display)) -> Self {
        let mut said = Self::from(error.to_string().as_str());
        // Only what can't be serialised fails, such as an error from elsewhere: it keeps its English.
        let _ = error.serialize(Parts(&mut said));
        said
    }

    #[cold]
    #[inline(never)]
    fn named(&mut self, of: &str, variant: &str) {
        let of = of.trim_end_matches("Error").to_lowercase();
        self.key = [of.as_str(), variant].into_iter().filter(|name| !name.is_empty()).collect::<Vec<_>>().join(".");
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn new(key: &str, message: String, values: Vec<(&str, Value)>) -> Self {
        Self {
            key: key.into(),
            values: values.into_iter().map(|(name, value)| (name.into(), value)).collect(),
            message,
        }
    }

    #[cold]
    #[inline(never)]
    fn put(&mut self, name: &str, value: Value) {
        self.values.insert(name.into(), value);
    }
}

#[cold]
#[inline(never)]
pub(crate) fn json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

/// A message by its key and its English; its values have the names of the holes.
macro_rules! message {
    ($key:literal, $text:literal $(, $name:ident = $value:expr)* $(,)?) => {{
        $(let $name = &$value;)*
        let values = vec![$((stringify!($name), $crate::message::json($name))),*];
        $crate::message::Message::new($key, format!($text, $($name = $name),*), values)
    }};
}
pub(crate) use message;

/// For `serialize_with`: a word of this program within a sentence, such as "learning rate". It is a message of its own, under
/// `term.learning-rate`.
#[cold]
#[inline(never)]
pub(crate) fn term<S: Serializer>(word: &str, serializer: S) -> Result<S::Ok, S::Error> {
    let key = format!("term.{}", word.to_lowercase().replace(' ', "-").replace('\'', ""));
    Message { key, values: Map::new(), message: word.into() }.serialize(serializer)
}

/// For `serialize_with`: a value as `{value:?}` shows it.
#[cold]
#[inline(never)]
pub(crate) fn debugged<S: Serializer>(value: &impl Debug, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{value:?}"))
}

/// For `serialize_with`: a value as `{value}` shows it.
#[cold]
#[inline(never)]
pub(crate) fn shown<S: Serializer>(value: &impl Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

/// Takes the key and the values of an error, which is a struct or a variant of an enum.
struct Parts<'a>(&'a mut Message);

impl Parts<'_> {
    #[cold]
    #[inline(never)]
    fn only(self, value: impl Into<Value>) -> Result<(), fmt::Error> {
        self.0.put("0", value.into());
        Ok(())
    }
}

macro_rules! values {
    ($($method:ident: $kind:ty),*) => {
        $(fn $method(self, value: $kind) -> Result<(), fmt::Error> { self.only(value) })*
    };
}

impl Serializer for Parts<'_> {
    type Ok = ();
    type Error = fmt::Error;
    type SerializeSeq = Impossible<(), fmt::Error>;
    type SerializeTuple = Impossible<(), fmt::Error>;
    type SerializeTupleStruct = Impossible<(), fmt::Error>;
    type SerializeTupleVariant = Impossible<(), fmt::Error>;
    type SerializeMap = Impossible<(), fmt::Error>;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    values!(serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64);
    values!(serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_f64: f64);
    values!(serialize_str: &str);

    /// As short as the sentence shows it.
    fn serialize_f32(self, value: f32) -> Result<(), fmt::Error> {
        self.only(value.to_string().parse().unwrap_or(f64::from(value)))
    }

    fn serialize_char(self, value: char) -> Result<(), fmt::Error> {
        self.only(value.to_string())
    }

    fn serialize_unit_variant(self, of: &'static str, _: u32, variant: &'static str) -> Result<(), fmt::Error> {
        self.0.named(of, variant);
        Ok(())
    }

    /// Of an error within another one the inner name stays.
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        of: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), fmt::Error> {
        self.0.named(of, variant);
        value.serialize(self)
    }

    fn serialize_struct_variant(
        self,
        of: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Self, fmt::Error> {
        self.0.named(of, variant);
        Ok(self)
    }

    fn serialize_struct(self, of: &'static str, _: usize) -> Result<Self, fmt::Error> {
        self.0.named(of, "");
        Ok(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), fmt::Error> {
        value.serialize(self)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), fmt::Error> {
        value.serialize(self)
    }

    fn serialize_none(self) -> Result<(), fmt::Error> {
        Ok(())
    }

    fn serialize_unit(self) -> Result<(), fmt::Error> {
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), fmt::Error> {
        Ok(())
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<(), fmt::Error> {
        Err(fmt::Error)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq, fmt::Error> {
        Err(fmt::Error)
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, fmt::Error> {
        Err(fmt::Error)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeTupleStruct, fmt::Error> {
        Err(fmt::Error)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, fmt::Error> {
        Err(fmt::Error)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, fmt::Error> {
        Err(fmt::Error)
    }
}

/// Fields of a struct or of a variant with names: both are values under their names.
macro_rules! fields {
    ($($compound:ident),*) => {
        $(impl $compound for Parts<'_> {
            type Ok = ();
            type Error = fmt::Error;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), fmt::Error> {
                self.0.put(name, json(&value));
                Ok(())
            }

            fn end(self) -> Result<(), fmt::Error> {
                Ok(())
            }
        })*
    };
}

fields!(SerializeStruct, SerializeStructVariant);
