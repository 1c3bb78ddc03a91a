//! What an error says beside its English: a key of its own and its values, as the page's tables of sentences need them.
#![cfg(not(target_arch = "wasm32"))]

use serde_json::{Value, json};
use vjepa_web::{
    Error,
    checkpoint::CheckpointError,
    config::{ConfigError, Family, ModelConfig},
    formats::{FormatError, SourceError},
    grid::Grid,
    mask::{BlockSize, MaskError},
    message::Message,
    recipe::RecipeError,
    world::{PairError, Violation},
};

/// Its key, and its values as JSON.
fn of(error: impl Into<Error>) -> (String, Value) {
    let error = error.into();
    let Message { key, values, message } = error.message();
    assert_eq!(message, error.to_string(), "English has one source");
    (key, Value::Object(values))
}

fn term(word: &str) -> Value {
    json!({"key": format!("term.{}", word.replace(' ', "-")), "values": {}, "message": word})
}

#[test]
fn a_key_is_the_type_and_the_variant_and_values_have_their_names() {
    assert_eq!(of(Error::NoClip), ("no-clip".into(), json!({})));
    assert_eq!(of(Error::ShortClip { held: 3, needed: 16 }), ("short-clip".into(), json!({"held": 3, "needed": 16})));
    // Values without names are counted, as in the sentence.
    assert_eq!(of(Error::Device("gone".into())), ("device".into(), json!({"0": "gone"})));
    assert_eq!(of(Error::Threshold(0.1)), ("threshold".into(), json!({"0": 0.1})));
    let unknown = ModelConfig::preset("huge", Family::VJepa2).unwrap_err();
    let (key, values) = of(unknown);
    assert_eq!((key.as_str(), &values["name"]), ("config.unknown-preset", &json!("huge")));
    assert!(values["list"].as_str().is_some_and(|list| list.starts_with("nano, tiny")), "{values}");
    let shape = CheckpointError::Shape { name: "a".into(), found: vec![2], expected: vec![3, 4] };
    assert_eq!(of(shape), ("checkpoint.shape".into(), json!({"name": "a", "found": "[2]", "expected": "[3, 4]"})));
    assert_eq!(of(FormatError::LfsPointer), ("format.lfs-pointer".into(), json!({})));
}

#[test]
fn an_error_within_another_one_keeps_its_name_and_words_of_ours_are_messages() {
    let range = RecipeError::Range { what: "learning rate", least: 0.0, most: 1.0, value: 2.5 };
    let values = json!({"what": term("learning rate"), "least": 0.0, "most": 1.0, "value": 2.5});
    assert_eq!(of(range), ("recipe.range".into(), values));
    let no_context = MaskError::NoContext { grid: Grid::new(4, 6, 8), block: BlockSize { t: 4, h: 6, w: 7 } };
    let values = json!({"grid": "4x6x8", "block": "4x6x7"});
    let within = Error::from(RecipeError::from(no_context));
    assert_eq!(within.code(), "bad-recipe");
    assert_eq!(of(within), ("mask.no-context".into(), values));
    let pair = PairError { world: "simple".into(), violation: Violation::GravityOff, frames: 8 };
    let values = json!({"world": "simple", "what": term("gravity could stop"), "frames": 8});
    assert_eq!(of(pair), ("pair".into(), values));
    let unusable = Error::Unusable { what: "scores of labels" };
    assert_eq!(of(unusable).1, json!({"what": term("scores of labels")}));
}

#[test]
fn a_reason_is_a_message_within_the_sentence() {
    let why = Message::from(ConfigError::Epsilon(2.0));
    let (key, values) = of(CheckpointError::Config { why });
    assert_eq!(key, "checkpoint.config");
    assert_eq!((&values["why"]["key"], &values["why"]["values"]), (&json!("config.epsilon"), &json!({"0": 2.0})));
}

#[test]
fn what_a_reader_of_files_says_passes_through() {
    let mut said = Message::from("The network is gone.");
    (said.key, said.values) = ("offline".into(), serde_json::Map::from_iter([("host".into(), json!("a.org"))]));
    let error = Error::from(FormatError::from(SourceError { code: "offline".into(), message: said.clone() }));
    assert_eq!((error.code(), error.message()), ("offline", said));
}
