//! How frames are to be prepared, as `video_preprocessor_config.json` or `preprocessor_config.json` beside the weights says:
//! there is one way here, and a file that asks for another is refused.

use super::{
    CheckpointError,
    fields::{Fields, wrong},
};
use crate::message::{message, short};
use crate::preprocess::{MEAN, STD};

/// Steps of the published preparation.
const STEPS: [&str; 4] = ["do_resize", "do_center_crop", "do_rescale", "do_normalize"];
/// Bilinear, as Pillow counts its filters.
const BILINEAR: usize = 2;

/// Hold what a file says against what is done to the clips of a model `crop` pixels a side. The size to which frames are
/// shrunk follows from the crop, in transformers as well, whatever the file says.
///
/// # Errors
/// [`CheckpointError::Preprocessor`] with the field that differs.
pub fn check(json: &str, crop: usize) -> Result<(), CheckpointError> {
    held(json, crop).map_err(|error| match error {
        CheckpointError::Config { why } => CheckpointError::Preprocessor { why },
        other => other,
    })
}

fn held(json: &str, crop: usize) -> Result<(), CheckpointError> {
    let all = Fields::parse(json)?;
    // transformers 5 keeps those of all kinds of input in one file.
    let fields = ["video_processor", "image_processor"].into_iter().find_map(|kind| all.fields(kind)).unwrap_or(all);
    for (key, published) in [("image_mean", MEAN), ("image_std", STD)] {
        let Some(found) = fields.numbers(key)? else { continue };
        if found.len() != 3 || found.iter().zip(published).any(|(found, wanted)| (found - wanted).abs() > 1e-4) {
            let [found, published] = [short(format!("{found:?}")), format!("{published:?}")];
            return Err(wrong(message!(
                "why.published",
                "{key} is {found}, where {published} is used here",
                key = key,
                found = found,
                published = published
            )));
        }
    }
    for key in STEPS {
        if fields.flag(key)? == Some(false) {
            return Err(wrong(message!("why.done", "{key} is false, and here it is done", key = key)));
        }
    }
    match fields.number("rescale_factor")? {
        Some(factor) if (factor * 255.0 - 1.0).abs() > 1e-4 => {
            return Err(wrong(message!(
                "why.rescale",
                "rescale_factor is {factor}, where 1/255 is used here",
                factor = factor
            )));
        }
        _ => {}
    }
    match fields.count_or_none("resample")? {
        Some(filter) if filter != BILINEAR => {
            return Err(wrong(message!(
                "why.resample",
                "resample is {filter}, where {bilinear} (bilinear) is used here",
                filter = filter,
                bilinear = BILINEAR
            )));
        }
        _ => {}
    }
    match fields.side("crop_size")? {
        Some(found) if found != crop => Err(wrong(message!(
            "why.crop",
            "crop_size is {found}, and that of the model is {crop}",
            found = found,
            crop = crop
        ))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_preparation_passes_and_any_other_is_named() {
        let published = r#"{"crop_size": {"height": 256, "width": 256}, "do_center_crop": true, "do_normalize": true,
            "do_rescale": true, "do_resize": true, "image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225],
            "resample": 2, "rescale_factor": 0.00392156862745098, "size": {"shortest_edge": 292}, "do_pad": null}"#;
        check(published, 256).unwrap();
        check("{}", 256).unwrap();
        check(&format!(r#"{{"video_processor": {published}}}"#), 256).unwrap();
        for (from, to, named) in [
            ("[0.485, 0.456, 0.406]", "[0.5, 0.5, 0.5]", "image_mean is [0.5, 0.5, 0.5]"),
            ("[0.229, 0.224, 0.225]", "[0.5, 0.5, 0.5]", "image_std is [0.5, 0.5, 0.5]"),
            ("[0.229, 0.224, 0.225]", "[0.229]", "image_std is [0.229]"),
            ("[0.229, 0.224, 0.225]", "0.5", "image_std is 0.5"),
            ("\"do_normalize\": true", "\"do_normalize\": false", "do_normalize is false"),
            ("0.00392156862745098", "0.00784313725490196", "rescale_factor is 0.0078"),
            ("\"resample\": 2", "\"resample\": 3", "resample is 3"),
            ("{\"height\": 256, \"width\": 256}", "224", "crop_size is 224"),
        ] {
            let changed = published.replacen(from, to, 1);
            assert_ne!(changed, published);
            for json in [changed.clone(), format!(r#"{{"video_processor": {changed}}}"#)] {
                let said = check(&json, 256).expect_err(named).to_string();
                assert!(said.contains(named), "{said}");
            }
        }
        let said = check("{", 256).unwrap_err();
        assert!(matches!(said, CheckpointError::Preprocessor { .. }), "{said}");
    }
}
