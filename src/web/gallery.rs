//! Matched pairs of the procedural world as JavaScript sees them: they need neither a device nor a model.

use super::convert::{self, JsResult, failure};
use crate::{
    error::Error,
    world::{Course, Pair, Truth, Violation, WorldSpec},
};
use serde::Deserialize;
use std::ops::RangeInclusive;
use wasm_bindgen::prelude::*;

/// Pixels a side and frames that are drawn at all.
const SIZES: RangeInclusive<usize> = 8..=256;
const FRAMES: RangeInclusive<usize> = 8..=64;

/// What is to be shown.
#[derive(Deserialize)]
struct Wish {
    world: String,
    violation: Violation,
    seed: u64,
    size: usize,
    frames: usize,
}

/// A scene as it can be and as it can't. `wish`: JSON `PairRequest`; returns a `DrawnPair`.
#[wasm_bindgen(js_name = drawPair)]
pub fn draw_pair(wish: &str) -> JsResult<JsValue> {
    let unreadable = |reason: String| failure(Error::Settings(reason));
    let wish: Wish = serde_json::from_str(wish).map_err(|error| unreadable(error.to_string()))?;
    if !SIZES.contains(&wish.size) || !FRAMES.contains(&wish.frames) {
        return Err(unreadable(format!("a pair takes {SIZES:?} pixels a side and {FRAMES:?} frames")));
    }
    let spec = WorldSpec::named(&wish.world).ok_or_else(|| unreadable(format!("there is no world {}", wish.world)))?;
    let pair = Pair::new(&spec, wish.violation, wish.frames, wish.seed).map_err(failure)?;
    let [possible, impossible] = [pair.possible(), pair.impossible()].map(|course| film(course, &wish));
    let facts = serde_json::json!({
        "moment": pair.moment,
        "object": pair.object,
        "truths": [possible.1, impossible.1],
    });
    Ok(convert::pair(&possible.0, &impossible.0, &facts.to_string()))
}

/// Pictures, RGBA [frames, size, size, 4], and the truth about each.
fn film(mut course: Course, wish: &Wish) -> (Vec<u8>, Vec<Vec<Truth>>) {
    let (mut pictures, mut truths) = (Vec::new(), Vec::new());
    for _ in 0..wish.frames {
        pictures.extend(course.render(wish.size));
        truths.push(course.truth());
        course.advance();
    }
    (pictures, truths)
}
