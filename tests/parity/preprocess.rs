//! Evaluation and training transforms, from uint8 frames to normalised values.

use std::path::Path;

use safetensors::SafeTensors;
use serde_json::Value;
use vjepa_web::preprocess::{Area, PreprocessError, Video, eval, train};

use crate::Outcome;

/// A pixel that is one of 255 levels off differs by 0.017, so this also says that every pixel of the evaluation
/// transforms is exact; the rest is f32 noise of bilinear weights in the training transform.
const TOLERANCE: f64 = 1e-4;

/// A file of cases, with frames and expected outputs beside it in a safetensors file.
pub fn check(dir: &Path, name: &str, json: &Value) -> Option<Outcome> {
    let cases = json.get("cases")?.as_array()?;
    cases.first()?.get("crop")?;
    let stem = name.trim_end_matches(".json");
    let path = dir.join(format!("{stem}.safetensors"));
    let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let tensors = SafeTensors::deserialize(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut outcome = Outcome::new(stem, TOLERANCE);
    for case in cases {
        check_case(case, &tensors, &mut outcome);
    }
    Some(outcome)
}

fn check_case(case: &Value, tensors: &SafeTensors, outcome: &mut Outcome) {
    let (i, crop) = (&case["i"], case["crop"].as_u64().expect("a crop size") as usize);
    let Ok(frames) = tensors.tensor(&format!("in/{i}.frames_thwc_u8")) else {
        outcome.skipped.push(format!("case {i}: its frames are not in the file"));
        return;
    };
    let [t, h, w, _] = frames.shape().try_into().expect("frames are [T, H, W, 3]");
    let video = Video::new(t, h, w, frames.data().to_vec()).expect("frames have as many bytes as they say");
    let frames_first = |planes: Vec<f32>| swap_planes_and_frames(&planes, t, crop);
    for (kind, ours) in [
        ("hf", eval::hf(&video, crop).map(frames_first)),
        ("meta_eval_cv2", eval::meta(&video, crop)),
        ("train", pinned_train(case, &video, crop)),
    ] {
        let what = format!("out/{i}.{kind}");
        let Ok(expected) = tensors.tensor(&what) else { continue };
        let expected = expected.data().as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes));
        let ours = ours.expect("a transform of a sound video");
        assert_eq!(ours.len(), expected.len(), "{what}");
        let worst = ours.iter().zip(expected).map(|(a, b)| f64::from((a - b).abs())).fold(0.0, f64::max);
        outcome.add(&what, worst);
    }
}

/// The training transform with the box and flip that the file pins; files of the evaluation transform have none.
fn pinned_train(case: &Value, video: &Video, size: usize) -> Result<Vec<f32>, PreprocessError> {
    let pinned = serde_json::from_value::<[usize; 4]>(case["box_top_left_h_w"].clone());
    let Ok([top, left, h, w]) = pinned else { return Ok(vec![]) };
    train::transform(video, Area { top, left, h, w }, case["flip"] == true, size)
}

/// [3, T, S, S] -> [T, 3, S, S], the layout of Hugging Face.
fn swap_planes_and_frames(planes: &[f32], t: usize, size: usize) -> Vec<f32> {
    let plane = |frame: usize, channel: usize| &planes[(channel * t + frame) * size * size..][..size * size];
    (0..t).flat_map(|frame| (0..3).flat_map(move |channel| plane(frame, channel).iter().copied())).collect()
}
