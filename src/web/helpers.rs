//! Engines in other workers: `Helpers` of `www/js/worker/helpers.js`, and what such an engine is asked.

use super::{
    convert::{JsResult, failure, set},
    engine::{opened, parse},
};
use crate::{
    helpers::{Answer, Helpers, Job, Numbers},
    session::help,
};
use js_sys::{Float32Array, Object, Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = Object, typescript_type = "Helpers")]
    pub type PageHelpers;

    #[wasm_bindgen(method, getter)]
    fn workers(this: &PageHelpers) -> usize;

    #[wasm_bindgen(method)]
    fn idle(this: &PageHelpers, helper: usize) -> bool;

    /// A `Float32Array` of this length for a message, whatever is in it.
    #[wasm_bindgen(method)]
    fn row(this: &PageHelpers, length: u32) -> Float32Array;

    /// Resolves to a `Float32Array`, or null; never rejects.
    #[wasm_bindgen(method)]
    fn ask(this: &PageHelpers, helper: usize, job: &JsValue) -> Promise;
}

/// Those that the page offers, if any.
pub struct Offered(pub Option<PageHelpers>);

impl Helpers for Offered {
    fn workers(&self) -> usize {
        self.0.as_ref().map_or(1, PageHelpers::workers)
    }

    fn ask<'a>(&self, helper: usize, job: &dyn Fn() -> Job<'a>) -> Option<Answer> {
        let helpers = self.0.as_ref().filter(|helpers| helpers.idle(helper))?;
        let Job { kind, task, clips, weights } = job();
        let message = Object::new();
        set(&message, "kind", serde_json::to_string(&kind).expect("a name"));
        set(&message, "task", task);
        set(&message, "clips", Uint8Array::from(clips.as_slice()));
        let row = helpers.row(length(&weights));
        fill(&row, &weights);
        set(&message, "weights", row);
        let answer = JsFuture::from(helpers.ask(helper, &message));
        Some(Box::pin(async move {
            let row: Float32Array = answer.await.ok()?.dyn_into().ok()?;
            Some(Box::new(Received { row, at: 0 }) as Box<dyn Numbers>)
        }))
    }
}

fn length(rows: &[&[f32]]) -> u32 {
    rows.iter().map(|row| row.len() as u32).sum()
}

/// Writes rows into an array of JavaScript, one after the other.
fn fill(array: &Float32Array, rows: &[&[f32]]) {
    let mut at = 0;
    for row in rows {
        let end = at + row.len() as u32;
        array.subarray(at, end).copy_from(row);
        at = end;
    }
}

/// Such an array that came, as far as it is not taken yet.
struct Received {
    row: Float32Array,
    at: u32,
}

impl Numbers for Received {
    fn left(&self) -> usize {
        (self.row.length() - self.at) as usize
    }

    fn next(&mut self, count: usize) -> Option<Vec<f32>> {
        let end = self.at + u32::try_from(count).ok()?;
        let next = (end <= self.row.length()).then(|| self.row.subarray(self.at, end).to_vec());
        self.at = end;
        next
    }
}

/// Do a job of another engine. `kind`: JSON; `task` as that engine made it; `clips`: RGBA; resolves to one array, `spare` if it
/// has the length.
#[wasm_bindgen(js_name = help)]
pub async fn help_out(
    kind: String,
    task: String,
    clips: Vec<u8>,
    weights: Float32Array,
    spare: Option<Float32Array>,
) -> JsResult<Float32Array> {
    let mut weights = Received { row: weights, at: 0 };
    let answer =
        help(parse(&kind, "kind")?, &task, (&clips, &mut weights), &opened()?.device).await.map_err(failure)?;
    let rows: Vec<&[f32]> = answer.iter().map(Vec::as_slice).collect();
    let fitting = spare.filter(|spare| spare.length() == length(&rows));
    let array = fitting.unwrap_or_else(|| Float32Array::new_with_length(length(&rows)));
    fill(&array, &rows);
    Ok(array)
}
