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

#[cfg(feature = "webgpu")]
#[wasm_bindgen]
extern "C" {
    /// Milliseconds.
    #[wasm_bindgen(js_namespace = performance)]
    fn now() -> f64;
}

/// Measure which variants of the kernels are the fastest on the open device, and use them from now on: before any engine
/// is made. JSON for [`use_tiles`] of the next visit.
///
/// # Errors
/// `device-lost` if it is lost.
#[cfg(feature = "webgpu")]
#[wasm_bindgen(js_name = measureTiles)]
pub async fn measure_tiles() -> JsResult<String> {
    use crate::session::{TileSizes, measure_tiles as measure};
    let opened = engine::opened()?;
    let Some(offered) = opened.offered else { return Ok("null".into()) };
    let choices = measure(&opened.device, offered, TileSizes::default(), &now).await.map_err(failure)?;
    Ok(engine::json(&choices))
}

/// Let kernels use subgroups, which have `size` threads at least: of a browser's device wgpu does not know that it has them.
#[cfg(feature = "webgpu")]
#[wasm_bindgen(js_name = useSubgroups)]
pub fn use_subgroups(size: usize) {
    OPENED.with_borrow_mut(|opened| {
        if let Some(offered) = opened.as_mut().and_then(|opened| opened.offered.as_mut()) {
            offered.subgroup = Some(size);
            crate::kernels::gpu::tune(offered.tuning());
        }
    });
}

/// Use what [`measure_tiles`] found on such an adapter before: whether that can be.
///
/// # Errors
/// `device` before one is open.
#[cfg(feature = "webgpu")]
#[wasm_bindgen(js_name = useTiles)]
pub fn use_tiles(found: &str) -> JsResult<bool> {
    let offered = engine::opened()?.offered;
    let tuning = offered.zip(serde_json::from_str(found).ok()).and_then(|(offered, found)| offered.tuned(found));
    if let Some(tuning) = tuning {
        crate::kernels::gpu::tune(tuning);
    }
    Ok(tuning.is_some())
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
