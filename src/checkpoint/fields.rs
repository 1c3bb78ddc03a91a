//! The fields of a `config.json` as people write them: each of the kind that is needed, or a reason in words.

use super::CheckpointError;
use crate::config::{Activation, ModelConfig};
use crate::message::{Message, message, short};
use serde_json::{Map, Value};

/// Largest number of anything that is counted.
const MOST: usize = 65_536;

/// Switches with the only value whose arithmetic is computed. None of these is a field of `VJEPA2Config`; they come from
/// configurations of the published code, and from the ports that carried them over.
const SWITCHES: [(&str, bool); 7] = [
    ("use_silu", false),
    ("use_SiLU", false),
    ("use_swiglu", false),
    ("use_swiglu_ffn", false),
    ("has_cls_first", false),
    ("use_rope", true),
    ("uniform_power", true),
];

/// Counts of parts that no published model has.
const NOUGHTS: [&str; 3] = ["n_registers", "num_registers", "num_register_tokens"];

/// A reason that names a field and what stands in it.
macro_rules! of_value {
    ($key:literal, $text:literal, $field:expr, $value:expr) => {
        message!($key, $text, key = $field, value = short($value))
    };
}

/// A JSON object.
#[derive(Debug, Clone)]
pub struct Fields(Map<String, Value>);

impl Fields {
    /// # Errors
    /// [`CheckpointError::Config`] if this is no object.
    pub fn parse(json: &str) -> Result<Self, CheckpointError> {
        match serde_json::from_str(json.trim_start_matches('\u{feff}')) {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            Ok(_) => Err(wrong(message!("why.no-object", "it is JSON, but no object with fields in braces"))),
            Err(error) => Err(wrong(unreadable(&error))),
        }
    }

    /// None where there are none.
    pub fn none() -> Self {
        Self(Map::new())
    }

    /// Whether the field is there. `null` is nothing.
    pub fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key).filter(|value| !value.is_null())
    }

    pub fn value(self) -> Value {
        Value::Object(self.0)
    }

    /// A count of at least one.
    ///
    /// # Errors
    /// [`CheckpointError::Config`], as for all that follow, if the field is of another kind.
    pub fn count(&self, key: &str) -> Result<Option<usize>, CheckpointError> {
        self.counted(key, 1)
    }

    /// A count that may be 0.
    pub fn count_or_none(&self, key: &str) -> Result<Option<usize>, CheckpointError> {
        self.counted(key, 0)
    }

    fn counted(&self, key: &str, least: usize) -> Result<Option<usize>, CheckpointError> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let needed = || {
            wrong(message!(
                "why.whole",
                "{key} is {value}, where a whole number from {least} to {most} is needed",
                key = key,
                value = short(value),
                least = least,
                most = MOST
            ))
        };
        whole(value).filter(|count| (least..=MOST).contains(count)).map(Some).ok_or_else(needed)
    }

    /// A side of something square: a count, `[n, n]`, or `{"height": n, "width": n}`.
    pub fn side(&self, key: &str) -> Result<Option<usize>, CheckpointError> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let sides = match value {
            Value::Array(sides) => sides.iter().collect(),
            Value::Object(sides) => ["height", "width"].into_iter().filter_map(|side| sides.get(side)).collect(),
            one => vec![one],
        };
        let sides: Option<Vec<usize>> = sides.into_iter().map(whole).collect();
        match sides.as_deref() {
            Some([side] | [side, _]) if !(1..=MOST).contains(side) => Err(wrong(message!(
                "why.wholes",
                "{key} is {value}, where whole numbers from 1 to {most} are needed",
                key = key,
                value = short(value),
                most = MOST
            ))),
            Some([side]) => Ok(Some(*side)),
            Some([height, width]) if height == width => Ok(Some(*height)),
            Some([_, _]) => {
                Err(wrong(of_value!("why.square", "{key} is {value}, and only squares are computed here", key, value)))
            }
            _ => Err(wrong(of_value!(
                "why.side",
                "{key} is {value}, where a whole number or two equal ones are needed",
                key,
                value
            ))),
        }
    }

    pub fn number(&self, key: &str) -> Result<Option<f64>, CheckpointError> {
        let Some(value) = self.get(key) else { return Ok(None) };
        value
            .as_f64()
            .map(Some)
            .ok_or_else(|| wrong(of_value!("why.number", "{key} is {value}, where a number is needed", key, value)))
    }

    pub fn flag(&self, key: &str) -> Result<Option<bool>, CheckpointError> {
        let Some(value) = self.get(key) else { return Ok(None) };
        value
            .as_bool()
            .map(Some)
            .ok_or_else(|| wrong(of_value!("why.flag", "{key} is {value}, where true or false is needed", key, value)))
    }

    pub fn numbers(&self, key: &str) -> Result<Option<Vec<f64>>, CheckpointError> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let numbers: Option<Vec<f64>> = value.as_array().and_then(|all| all.iter().map(Value::as_f64).collect());
        numbers.map(Some).ok_or_else(|| {
            wrong(of_value!("why.numbers", "{key} is {value}, where a list of numbers is needed", key, value))
        })
    }

    pub fn fields(&self, key: &str) -> Option<Self> {
        self.get(key)?.as_object().map(|fields| Self(fields.clone()))
    }

    /// What an output of a classifier means, if that is said.
    pub fn label(&self, id: usize) -> Option<String> {
        Some(self.get("id2label")?.get(id.to_string())?.as_str()?.to_string())
    }

    /// Epsilon and activation into `config`; and what changes a number, but can't be computed, refused by its name.
    ///
    /// Rates of dropout and of dropped paths change nothing, since a checkpoint is for looking; nor do those fields that
    /// only say how new weights are drawn (`initializer_range`, `pred_zero_init_mask_tokens`).
    ///
    /// # Errors
    /// [`CheckpointError::Config`].
    pub fn arithmetic(&self, config: &mut ModelConfig) -> Result<(), CheckpointError> {
        if let Some(epsilon) = self.number("layer_norm_eps")? {
            if !(epsilon > 0.0 && epsilon <= 1.0) {
                return Err(wrong(message!(
                    "why.epsilon",
                    "layer_norm_eps is {value}, where a number above 0 is needed",
                    value = epsilon
                )));
            }
            config.norm_epsilon = epsilon;
        }
        if let Some(value) = self.get("hidden_act") {
            let unknown = || {
                wrong(message!(
                    "why.activation",
                    "hidden_act is {value}, which is not computed here: of activations {names} are",
                    value = short(value),
                    names = Activation::names()
                ))
            };
            config.activation = value.as_str().and_then(Activation::named).ok_or_else(unknown)?;
        }
        for (key, only) in SWITCHES {
            if self.flag(key)?.is_some_and(|value| value != only) {
                return Err(wrong(of_value!("why.switch", "{key} is {value}, which is not computed here", key, !only)));
            }
        }
        let noughts = NOUGHTS.map(|key| Ok((key, self.count_or_none(key)?.filter(|&count| count > 0))));
        for nought in noughts {
            if let (key, Some(count)) = nought? {
                return Err(wrong(message!(
                    "why.registers",
                    "{key} is {count}, and tokens without a place are not computed here",
                    key = key,
                    count = count
                )));
            }
        }
        match self.count("in_chans")? {
            Some(channels) if channels != 3 => Err(wrong(message!(
                "why.channels",
                "in_chans is {count}, and pictures here have the 3 channels of RGB",
                count = channels
            ))),
            _ => Ok(()),
        }
    }
}

fn whole(value: &Value) -> Option<usize> {
    let float = || value.as_f64().filter(|value| value.fract() == 0.0 && (0.0..=MOST as f64).contains(value));
    value.as_u64().and_then(|value| usize::try_from(value).ok()).or_else(|| float().map(|value| value as usize))
}

/// `reason` in the middle of a sentence.
pub fn wrong(reason: impl Into<Message>) -> CheckpointError {
    let mut why = reason.into();
    why.message.truncate(why.message.trim_end_matches('.').len());
    CheckpointError::Config { why }
}

/// Where JSON breaks off.
pub fn unreadable(error: &serde_json::Error) -> Message {
    message!(
        "why.no-json",
        "it is no JSON: line {line}, column {column} can't be read",
        line = error.line(),
        column = error.column()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(json: &str) -> Fields {
        Fields::parse(json).unwrap()
    }

    fn reason<T>(result: Result<T, CheckpointError>) -> String {
        result.err().expect("it is wrong").to_string()
    }

    #[test]
    fn squares_are_written_in_several_ways() {
        for written in ["16", "16.0", "[16, 16]", "[16]", r#"{"height": 16, "width": 16}"#] {
            assert_eq!(
                of(&format!(r#"{{"patch_size": {written}}}"#)).side("patch_size").unwrap(),
                Some(16),
                "{written}"
            );
        }
        assert_eq!(of(r#"{"patch_size": null}"#).side("patch_size").unwrap(), None);
        for written in ["[16, 14]", "[2, 16, 16]", "[]", "0", "[0, 0]", "-1", "1.5", "\"16\"", "[[16]]", "{}"] {
            let said = reason(of(&format!(r#"{{"patch_size": {written}}}"#)).side("patch_size"));
            assert!(said.contains("patch_size is "), "{said}");
        }
    }

    #[test]
    fn what_changes_a_number_is_computed_or_named() {
        let preset = ModelConfig::preset("nano", crate::Family::VJepa2).unwrap();
        let apply = |json: &str| {
            let mut config = preset.clone();
            of(json).arithmetic(&mut config).map(|()| config)
        };
        let found = apply(r#"{"layer_norm_eps": 1e-5, "hidden_act": "swish"}"#).unwrap();
        assert_eq!((found.norm_epsilon, found.activation), (1e-5, Activation::Silu));
        for harmless in [
            r#"{"drop_path_rate": 0.1, "attention_dropout": 0.1, "attention_probs_dropout_prob": 0.1}"#,
            r#"{"pred_zero_init_mask_tokens": false, "initializer_range": 0.5, "wide_SiLU": true, "use_SiLU": false}"#,
        ] {
            assert_eq!(apply(harmless).unwrap(), preset);
        }
        for (json, named) in [
            (r#"{"hidden_act": "mish"}"#, "hidden_act is \"mish\""),
            (r#"{"hidden_act": 3}"#, "hidden_act is 3"),
            (r#"{"layer_norm_eps": 0}"#, "layer_norm_eps is 0"),
            (r#"{"layer_norm_eps": "1e-5"}"#, "layer_norm_eps is \"1e-5\""),
            (r#"{"use_SiLU": true}"#, "use_SiLU is true"),
            (r#"{"use_rope": false}"#, "use_rope is false"),
            (r#"{"in_chans": 1}"#, "in_chans is 1"),
            (r#"{"n_registers": 4}"#, "n_registers is 4"),
        ] {
            let said = reason(apply(json));
            assert!(said.contains(named), "{json}: {said}");
        }
    }

    #[test]
    fn what_is_no_object_is_said_in_words() {
        for json in ["", "{", "[]", "null", "\"text\"", r#"{"a": 1e400}"#] {
            let said = reason(Fields::parse(json).map(|_| ()));
            assert!(said.contains("JSON") && !said.contains("expected"), "{said}");
        }
    }
}
