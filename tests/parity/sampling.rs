//! Which frames make a clip.

use std::path::Path;

use serde_json::Value;
use vjepa_web::preprocess::sampling::{FrameSampling, Step};

use crate::Outcome;

/// A file of cases with their `clip_indices`: they must be equal, so any difference is infinite.
pub fn check(_dir: &Path, name: &str, json: &Value) -> Option<Outcome> {
    let cases = json.get("cases")?.as_array()?;
    cases.first()?.get("clip_indices")?;
    let mut outcome = Outcome::new(name, 0.0);
    for (i, case) in cases.iter().enumerate() {
        if case["random_clip_sampling"] == true {
            outcome.skipped.push(format!("case {i}: random windows depend on the reference's generator"));
            continue;
        }
        let number = |key: &str| case[key].as_u64().map(|v| v as usize);
        let step = match number("frame_step") {
            Some(step) => Step::Frames(step),
            None => Step::PerSecond(number("target_fps")?),
        };
        let sampling = FrameSampling {
            frames: number("frames_per_clip")?,
            step,
            clips: number("num_clips")?,
            overlap: case["allow_clip_overlap"] == true,
        };
        let expected: Vec<Vec<usize>> = serde_json::from_value(case["clip_indices"].clone()).ok()?;
        let ours = sampling.first(number("video_len")?, case["video_fps"].as_f64()?);
        outcome.add(&format!("case {i}"), if ours == Ok(expected) { 0.0 } else { f64::INFINITY });
    }
    Some(outcome)
}
