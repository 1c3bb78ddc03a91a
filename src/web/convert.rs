//! Rust values -> JavaScript values.

use super::engine::json;
use crate::message::{Message, message};
use crate::{
    checkpoint::Progress,
    error::Error,
    formats::SourceError,
    session::{Guess, Look},
};
use js_sys::{Array, Float32Array, Function, JSON, Object, Promise, Reflect, Uint8Array, Uint32Array};
use serde::Serialize;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

pub type JsResult<T> = Result<T, JsValue>;

/// An `Error` with a stable `code`, and with its sentence: `message` in English, `key` and `values` for any other language.
pub fn failure(error: impl Into<Error>) -> JsValue {
    let error = error.into();
    let said = error.message();
    let js = js_sys::Error::new(&said.message);
    set(&js, "code", error.code());
    set(&js, "key", said.key);
    set(&js, "values", plain(&said.values));
    js.into()
}

/// A `Look` of the protocol: plain fields, each array a buffer of its own that can be transferred.
pub fn look(look: &Look) -> JsValue {
    let object = Object::new();
    set(&object, "frames", Uint8Array::from(look.frames.as_slice()));
    set(&object, "context", Uint32Array::from(look.context.as_slice()));
    set(&object, "target", Uint32Array::from(look.target.as_slice()));
    set(&object, "pca", Uint8Array::from(look.pca.as_slice()));
    set(&object, "predictedPca", Uint8Array::from(look.predicted_pca.as_slice()));
    set(&object, "error", Float32Array::from(look.error.as_slice()));
    set(&object, "loss", look.loss);
    set(&object, "std", Float32Array::from(look.std.as_slice()));
    set(&object, "effectiveRank", look.effective_rank);
    set(&object, "verdict", look.verdict.id());
    set(&object, "reason", plain(&look.reason));
    set(&object, "grid", Uint32Array::from([look.grid.t as u32, look.grid.h as u32, look.grid.w as u32].as_slice()));
    set(&object, "tubelet", look.tubelet as u32);
    set(&object, "guesses", guesses(&look.guesses));
    set(&object, "scatter", Float32Array::from(look.scatter.as_slice()));
    object.into()
}

/// A `DrawnPair` of the protocol.
pub fn pair(possible: &[u8], impossible: &[u8], facts: &str) -> JsValue {
    let object = Object::new();
    set(&object, "possible", Uint8Array::from(possible));
    set(&object, "impossible", Uint8Array::from(impossible));
    set(&object, "facts", facts);
    object.into()
}

fn guesses(guesses: &[Guess]) -> Array {
    let plain = |guess: &Guess| {
        let object = Object::new();
        set(&object, "label", guess.label.as_str());
        set(&object, "share", guess.share);
        object
    };
    guesses.iter().map(plain).collect()
}

/// Call back with how far loading is.
pub fn report_progress(listener: &Function, Progress { loaded, total, tensors, of_tensors }: Progress) {
    let numbers = [loaded as f64, total as f64, tensors as f64, of_tensors as f64].map(JsValue::from);
    // Whoever listens badly does not stop the loading.
    let _ = listener.apply(&JsValue::NULL, &Array::of4(&numbers[0], &numbers[1], &numbers[2], &numbers[3]));
}

/// Give a copy of `chunk` to `sink`, and wait if it answers with a promise.
pub async fn hand_over(sink: &Function, chunk: &[u8]) -> Result<(), Error> {
    let refused = |error: JsValue| Error::Write(source_error(error).message.message);
    let taken = sink.call1(&JsValue::NULL, &Uint8Array::from(chunk)).map_err(refused)?;
    JsFuture::from(Promise::resolve(&taken)).await.map_err(refused)?;
    Ok(())
}

/// What JavaScript threw, with its code if it has one.
pub fn source_error(error: JsValue) -> SourceError {
    let field = |key: &str| Reflect::get(&error, &key.into()).unwrap_or(JsValue::UNDEFINED);
    let values = JSON::stringify(&field("values")).ok().and_then(|json| json.as_string());
    let message = match field("message").as_string() {
        Some(message) => Message {
            key: field("key").as_string().unwrap_or_default(),
            values: values.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default(),
            message,
        },
        None => {
            message!("unreadable", "The file could not be read ({why}): try again.", why = format!("{error:?}"))
        }
    };
    SourceError { code: field("code").as_string().unwrap_or_else(|| "unreadable".into()), message }
}

/// As plain objects of JavaScript.
pub fn plain(value: &impl Serialize) -> JsValue {
    JSON::parse(&json(value)).unwrap_or(JsValue::NULL)
}

pub(super) fn set(object: &JsValue, key: &str, value: impl Into<JsValue>) {
    // Setting a field of a fresh plain object can't fail.
    let _ = Reflect::set(object, &key.into(), &value.into());
}

/// Let the event loop of the page or worker take a turn: frames, messages, a pause. A message to oneself comes after those that
/// wait already; a timer would come milliseconds later, as browsers have it for timers that timers set.
pub async fn turn() {
    let promise = Promise::new(&mut |resolve, _| {
        if posted(&resolve).is_none() {
            drop(resolve.call0(&JsValue::NULL));
        }
    });
    let _ = JsFuture::from(promise).await;
}

/// Has `then` called by a message; none where there are no channels.
fn posted(then: &Function) -> Option<()> {
    let get = |of: &JsValue, key: &str| Reflect::get(of, &key.into()).ok();
    let channel: Function = get(&js_sys::global(), "MessageChannel")?.dyn_into().ok()?;
    let channel = Reflect::construct(&channel, &Array::new()).ok()?;
    let [here, there] = [get(&channel, "port1")?, get(&channel, "port2")?];
    let post: Function = get(&there, "postMessage")?.dyn_into().ok()?;
    // A port that listens is kept until it is closed.
    let close = Closure::once_into_js({
        let (here, then) = (here.clone(), then.clone());
        move || {
            let closed = get(&here, "close").and_then(|close| close.dyn_into::<Function>().ok()?.call0(&here).ok());
            drop((closed, then.call0(&JsValue::NULL)));
        }
    });
    set(&here, "onmessage", close);
    post.call1(&there, &JsValue::NULL).ok().map(drop)
}
