//! Bytes of files that JavaScript reads: `Reader` of `www/js/weights/reader.js`.

use super::convert::source_error;
use crate::formats::{Bytes, SourceError};
use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = Object, typescript_type = "Reader")]
    pub type Reader;

    /// Length of the whole; null where the host does not tell.
    #[wasm_bindgen(method, getter)]
    fn size(this: &Reader) -> Option<f64>;

    /// Resolves to a `Uint8Array` of exactly `count` bytes.
    #[wasm_bindgen(method, catch)]
    fn read(this: &Reader, at: f64, count: f64) -> Result<Promise, JsValue>;
}

/// A reader as a source of bytes.
pub struct ReaderBytes(Reader);

impl ReaderBytes {
    pub fn new(reader: Reader) -> Self {
        Self(reader)
    }
}

impl Bytes for ReaderBytes {
    fn size(&self) -> Option<u64> {
        self.0.size().map(|size| size as u64)
    }

    async fn read(&mut self, at: u64, count: usize) -> Result<Vec<u8>, SourceError> {
        let promise = self.0.read(at as f64, count as f64).map_err(source_error)?;
        let bytes = JsFuture::from(promise).await.map_err(source_error)?;
        Ok(Uint8Array::new(&bytes).to_vec())
    }
}
