//! Surprise at given clips for JavaScript.

use super::{
    convert::{JsResult, failure, set},
    engine::Engine,
};
use crate::session::Curve;
use js_sys::{Array, Float32Array, Object};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
impl Engine {
    /// `clips`: RGBA `[count, F, size, size, 4]`. Resolves to a `SurpriseCurve` of each.
    #[wasm_bindgen(js_name = surpriseOf)]
    pub async fn surprise_of(&self, clips: Vec<u8>, count: usize) -> JsResult<Array> {
        let curves = self.session.surprise_of(&clips, count).await.map_err(failure)?;
        let plain = |curve: &Curve| {
            let object = Object::new();
            set(&object, "first", curve.first as u32);
            set(&object, "peak", Float32Array::from(curve.peak.as_slice()));
            set(&object, "mean", Float32Array::from(curve.mean.as_slice()));
            set(&object, "heat", Float32Array::from(curve.heat.as_slice()));
            object
        };
        Ok(curves.iter().map(plain).collect())
    }
}
