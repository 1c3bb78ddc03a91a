//! JSON that is right but for a few fields.

use super::choices::Choices;
use serde_json::{Map, Value, json};

/// Changes up to four fields of `value`.
pub fn change(value: &mut Value, choices: &mut Choices) {
    for _ in 0..choices.below(5) {
        let paths = paths(value);
        let path = &paths[choices.below(paths.len())];
        let (parent, key) = path.rsplit_once('/').unwrap_or_default();
        match (choices.below(6), value.pointer_mut(parent)) {
            (0, Some(Value::Object(fields))) => drop(fields.remove(key)),
            (0, Some(Value::Array(items))) => drop(items.pop()),
            (1, Some(Value::Object(fields))) => add(fields, choices),
            (1, Some(Value::Array(items))) => items.push(odd(choices)),
            _ => {
                if let Some(place) = value.pointer_mut(path) {
                    *place = odd(choices);
                }
            }
        }
    }
}

/// As text, seldom with a field that comes twice or with broken bytes.
pub fn text(value: &Value, choices: &mut Choices) -> String {
    let mut text = value.to_string();
    if choices.seldom(8) && text.starts_with("{\"") {
        let field = text[1..].split([',', '}']).next().unwrap_or_default().to_string();
        text.insert_str(1, &format!("{field},"));
    }
    let mut bytes = text.into_bytes();
    choices.damage(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// All fields and items, at any depth.
fn paths(value: &Value) -> Vec<String> {
    let mut all = vec![(String::new(), value)];
    let mut next = 0;
    while let Some((path, value)) = all.get(next).filter(|_| next < 200).cloned() {
        match value {
            Value::Object(fields) => all.extend(fields.iter().map(|(key, value)| (format!("{path}/{key}"), value))),
            Value::Array(items) => {
                all.extend(items.iter().take(8).enumerate().map(|(i, value)| (format!("{path}/{i}"), value)));
            }
            _ => {}
        }
        next += 1;
    }
    all.into_iter().map(|(path, _)| path).collect()
}

/// Fields that some files have.
fn add(fields: &mut Map<String, Value>, choices: &mut Choices) {
    const KNOWN: [&str; 24] = [
        "family",
        "classifier",
        "causal",
        "actions",
        "teacher_width",
        "levels",
        "model_type",
        "hidden_size",
        "use_extrinsics",
        "use_silu",
        "n_registers",
        "id2label",
        "num_pooler_layers",
        "pooler_num_attention_heads",
        "pred_interpolate_rope",
        "video_processor",
        "image_mean",
        "rescale_factor",
        "qkv_bias",
        "in_chans",
        "notes",
        "kind",
        "seed",
        "clip",
    ];
    const WHOLE: [&str; 5] = [
        r#"{"depth":1,"heads":1,"epsilon":1e-5,"labels":["a","b"]}"#,
        r#"{"depth":1099511627776,"heads":1,"epsilon":1e-5,"labels":[]}"#,
        r#"{"encoder_window":1,"predictor_window":1,"horizons":65536}"#,
        r#"{"dim":2,"width":12,"depth":1,"heads":1,"mlp":12,"reflex":true,"distance":true}"#,
        r#"{"0":"a","1":"b"}"#,
    ];
    let key = choices.one_of(&KNOWN);
    let value = match choices.below(8) {
        whole @ ..5 => serde_json::from_str(WHOLE[whole]).expect("it is JSON"),
        _ => odd(choices),
    };
    fields.insert(key.into(), value);
}

/// A value that seldom belongs where it is put.
fn odd(choices: &mut Choices) -> Value {
    match choices.below(16) {
        ..6 => json!(choices.number()),
        6 => json!(-(choices.below(256) as i64)),
        7 => json!(choices.below(256) as f64 / 64.0),
        8 => choices.one_of(&[1e308, 5e-324, -1e300, 1e19, 0.999_999_999, 1.000_000_1]).into(),
        9 => choices.one_of(&["", "gelu", "silu", "vjepa1", "vjepa2", "vjepa21", "world", "cosine", "squared"]).into(),
        10 => "long ".repeat(1 << choices.below(10)).into(),
        11 => choices.one_of(&[Some(true), Some(false), None]).into(),
        12 => json!([choices.number(), choices.number()]),
        13 => json!({ "height": choices.number(), "width": choices.number() }),
        14 => (0..choices.below(256)).fold(Value::Array(Vec::new()), |inner, _| Value::Array(vec![inner])),
        _ => json!([0.5, 0.25, 1.0]),
    }
}
