//! Rust values -> JavaScript values.

use crate::{error::Error, session::Look};
use js_sys::{Float32Array, Object, Promise, Reflect, Uint8Array, Uint32Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

pub type JsResult<T> = Result<T, JsValue>;

/// An `Error` with the sentence as `message` and a stable `code`.
pub fn failure(error: impl Into<Error>) -> JsValue {
    let error = error.into();
    let js = js_sys::Error::new(&error.to_string());
    set(&js, "code", error.code());
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
    set(&object, "scatter", Float32Array::from(look.scatter.as_slice()));
    object.into()
}

fn set(object: &JsValue, key: &str, value: impl Into<JsValue>) {
    // Setting a field of a fresh plain object can't fail.
    let _ = Reflect::set(object, &key.into(), &value.into());
}

/// Let the event loop of the page or worker take a turn: frames, messages, a pause.
pub async fn turn() {
    let promise = Promise::new(&mut |resolve, _| {
        let set_timeout = Reflect::get(&js_sys::global(), &"setTimeout".into());
        match set_timeout.ok().and_then(|f| f.dyn_into::<js_sys::Function>().ok()) {
            Some(set_timeout) => drop(set_timeout.call2(&JsValue::NULL, &resolve, &0.into())),
            None => drop(resolve.call0(&JsValue::NULL)),
        }
    });
    let _ = JsFuture::from(promise).await;
}
