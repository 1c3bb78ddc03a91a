//! The engine as JavaScript sees it: `www/js/engine/protocol.js` describes every call. Converts, no maths.

mod actor;
mod bench;
mod convert;
mod engine;
mod fewshot;
mod gallery;
mod helpers;
mod lab;
mod reader;
mod surprise;

use crate::{
    config::{Family, ModelConfig, PRESETS, summary},
    constants::Constants,
    device,
};
use convert::{JsResult, failure};
use serde::Serialize;
use std::cell::RefCell;
use wasm_bindgen::prelude::*;

thread_local! {
    /// Opened once; every engine clones it.
    static OPENED: RefCell<Option<device::Opened>> = const { RefCell::new(None) };
}

/// Panics become readable errors in the console.
#[wasm_bindgen(start)]
pub fn start() {
    console_error_panic_hook::set_once();
}

/// Open the device this engine was built for; JSON `DeviceInfo`.
///
/// # Errors
/// `no-device` where there is none.
#[wasm_bindgen(js_name = openDevice)]
pub async fn open_device() -> JsResult<String> {
    let opened = device::open().await.map_err(failure)?;
    let info = serde_json::json!({
        "kind": opened.kind,
        "adapter": opened.adapter,
        "software": opened.software,
        "maxBufferBytes": opened.limits.max_buffer_bytes,
    });
    web_sys::console::info_1(&format!("vjepa-web runs on {} ({:?})", opened.adapter, opened.kind).into());
    OPENED.set(Some(opened));
    Ok(info.to_string())
}

/// JSON `Constants`.
#[wasm_bindgen]
pub fn constants() -> String {
    engine::json(&Constants::default())
}

/// JSON `Preset[]`, smallest first.
#[wasm_bindgen]
pub fn presets() -> String {
    let presets: Vec<Preset> = PRESETS.iter().map(|name| Preset::named(name)).collect();
    serde_json::to_string(&presets).expect("numbers and strings")
}

#[derive(Serialize)]
struct Preset {
    name: &'static str,
    summary: crate::message::Message,
    params: u64,
    tokens: usize,
    size: usize,
    frames: usize,
    bytes: u64,
}

impl Preset {
    fn named(name: &'static str) -> Self {
        let config = ModelConfig::preset(name, Family::VJepa2).expect("a name from the list");
        Self {
            summary: summary(name),
            name,
            params: config.encoder_params() + config.predictor_params(),
            tokens: config.grid().tokens(),
            size: config.size,
            frames: config.frames,
            bytes: config.weight_bytes(),
        }
    }
}
