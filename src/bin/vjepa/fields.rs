//! Settings that commands are given field by field.

use crate::Failure;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

/// `path.to.field=json`; what is no JSON is a string.
pub fn field(text: &str) -> Result<(String, Value), Failure> {
    let (path, value) = text.split_once('=').ok_or("--set takes FIELD=JSON")?;
    let pointer = format!("/{}", path.replace('.', "/"));
    Ok((pointer, serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.into()))))
}

/// The same settings with other values in some fields.
pub fn with_fields<T: Serialize + DeserializeOwned>(settings: &T, set: &[(String, Value)]) -> Result<T, Failure> {
    let mut fields = serde_json::to_value(settings)?;
    for (pointer, value) in set {
        let unknown = || format!("There is no field {pointer}: the settings are {}.", json!(settings));
        *fields.pointer_mut(pointer).ok_or_else(unknown)? = value.clone();
    }
    Ok(serde_json::from_value(fields)?)
}
