//! Surprise, imagination and adaptation for JavaScript.

use super::{
    convert::{self, JsResult, failure, plain, set},
    engine::{Engine, json, parse},
};
use crate::{
    imagine::Horizon,
    message::Message,
    predict::Questions,
    session::{Imagination, Roll, Surprised},
    surprise::Trust,
    world::{LawError, Violation},
};
use js_sys::{Float32Array, Object, Uint8Array, Uint32Array};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
impl Engine {
    /// Of the clip as it is, see `past` tubelets and predict `horizon`; left out, all but the newest one, and that. `share`:
    /// how certain a fast label of the clip is, 0 to 1, if there is one. Resolves to a `Surprise`.
    pub async fn surprise(
        &mut self,
        past: Option<usize>,
        horizon: Option<usize>,
        share: Option<f32>,
    ) -> JsResult<JsValue> {
        let usual = self.session.newest();
        let asked = Questions { past: past.unwrap_or(usual.past), horizon: horizon.unwrap_or(usual.horizon) };
        let surprised = self.session.surprise(asked).await.map_err(failure)?;
        Ok(surprise(&surprised, surprised.trust(share), &self.session.lacking()))
    }

    /// Break a law of physics in the world that is shown. `violation`: JSON, its name. The windows of `surprise` say what came of it.
    #[wasm_bindgen(js_name = breakLaw)]
    pub fn break_law(&mut self, violation: &str) -> JsResult<()> {
        self.session.break_law(parse(violation, "the violation")?).map_err(failure)
    }

    /// JSON `AlarmReport`.
    pub fn alarm(&self) -> String {
        json(&self.session.alarm())
    }

    /// `threshold` in deviations.
    #[wasm_bindgen(js_name = setAlarm)]
    pub fn set_alarm(&mut self, threshold: f32) -> JsResult<()> {
        self.session.set_alarm(threshold).map_err(failure)
    }

    /// Call an alarm false, by its number, or take that back.
    #[wasm_bindgen(js_name = refuteAlarm)]
    pub fn refute_alarm(&mut self, alarm: usize, is_false: bool) -> JsResult<()> {
        self.session.refute_alarm(alarm, is_false).map_err(failure)
    }

    #[wasm_bindgen(js_name = resetSurprise)]
    pub fn reset_surprise(&mut self) {
        self.session.reset_surprise();
    }

    /// Resolves to an `Imagination` of these tokens.
    pub async fn imagine(&mut self, tokens: Vec<u32>) -> JsResult<JsValue> {
        Ok(imagination(&self.session.imagine(&tokens).await.map_err(failure)?))
    }

    /// Resolves to a `Roll`.
    pub async fn roll(&mut self, past: usize, steps: usize) -> JsResult<JsValue> {
        Ok(roll(&self.session.roll(past, steps).await.map_err(failure)?))
    }

    /// Resolves to JSON `Adaptation`.
    pub async fn adapt(&mut self, steps: usize, rate: f64) -> JsResult<String> {
        Ok(json(&self.session.adapt(steps, rate, convert::turn).await.map_err(failure)?))
    }

    #[wasm_bindgen(js_name = undoAdaptation)]
    pub fn undo_adaptation(&mut self) {
        self.session.undo_adaptation();
    }
}

fn surprise(
    Surprised { reading, alarm, laws, frames, .. }: &Surprised,
    trust: Trust,
    lacking: &[(Violation, Option<LawError>)],
) -> JsValue {
    let places: Vec<u32> = trust.places.iter().map(|&place| place as u32).collect();
    let object = Object::new();
    set(&object, "errors", floats(&reading.errors));
    set(&object, "error", reading.error);
    set(&object, "heat", floats(&reading.heat));
    set(&object, "mean", reading.mean);
    set(&object, "max", reading.max);
    set(&object, "peak", reading.peak);
    set(&object, "missing", reading.missing as u32);
    set(&object, "frames", Uint8Array::from(frames.as_slice()));
    set(&object, "began", alarm.began.map_or(JsValue::NULL, |alarm| JsValue::from(alarm as u32)));
    set(&object, "ringing", alarm.ringing);
    set(&object, "threshold", alarm.threshold);
    set(&object, "alarms", alarm.alarms as u32);
    set(&object, "falseAlarms", alarm.false_alarms as u32);
    set(&object, "laws", plain(laws));
    let lacking: Vec<(Violation, Option<Message>)> =
        lacking.iter().map(|(violation, lacks)| (*violation, lacks.as_ref().map(Message::of))).collect();
    set(&object, "lacking", plain(&lacking));
    set(&object, "verdict", trust.verdict.id());
    set(&object, "places", Uint32Array::from(places.as_slice()));
    set(&object, "part", trust.part.map_or(JsValue::NULL, JsValue::from));
    object.into()
}

fn imagination(imagined: &Imagination) -> JsValue {
    let object = Object::new();
    let similarities: Vec<f32> = imagined.matches.iter().map(|found| found.similarity).collect();
    let clips: Vec<u32> = imagined.matches.iter().map(|found| found.clip as u32).collect();
    let tokens: Vec<u32> = imagined.matches.iter().map(|found| found.token).collect();
    set(&object, "hidden", Uint32Array::from(imagined.hidden.as_slice()));
    set(&object, "error", floats(&imagined.error));
    set(&object, "similarity", floats(&imagined.similarity));
    set(&object, "shown", imagined.shown as u32);
    set(&object, "similarities", floats(&similarities));
    set(&object, "clips", Uint32Array::from(clips.as_slice()));
    set(&object, "tokens", Uint32Array::from(tokens.as_slice()));
    set(&object, "patches", Uint8Array::from(imagined.patches.as_slice()));
    set(&object, "truth", Uint8Array::from(imagined.truth.as_slice()));
    set(&object, "frames", Uint8Array::from(imagined.frames.as_slice()));
    set(&object, "clipsSearched", imagined.clips as u32);
    object.into()
}

fn roll(Roll { past, predicted, unchanged }: &Roll) -> JsValue {
    let object = Object::new();
    set(&object, "past", *past as u32);
    set(&object, "predicted", horizon(predicted));
    set(&object, "unchanged", horizon(unchanged));
    object.into()
}

fn horizon(Horizon { errors, mean, peak }: &Horizon) -> JsValue {
    let object = Object::new();
    set(&object, "errors", floats(&errors.concat()));
    set(&object, "mean", floats(mean));
    set(&object, "peak", floats(peak));
    object.into()
}

fn floats(values: &[f32]) -> Float32Array {
    Float32Array::from(values)
}
