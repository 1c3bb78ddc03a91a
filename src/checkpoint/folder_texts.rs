//! The small files of an exported folder: configuration, preprocessing, and what it is.

use super::{FileDtype, hugging_face::is_hugging_face};
use crate::{
    config::{ClassifierConfig, ModelConfig},
    preprocess::{MEAN, STD},
};
use serde_json::{Value, json};

/// Ratios of the published sizes; 48/11 and 64/13 are those of ViT-g and ViT-G.
const RATIOS: [f64; 3] = [4.0, 48.0 / 11.0, 64.0 / 13.0];

/// Name and content of each file but the weights.
pub(super) fn texts(config: &ModelConfig, folder: &str, precision: FileDtype) -> Vec<(&'static str, String)> {
    let processor = ("video_preprocessor_config.json", pretty(&video_preprocessor(config.size)));
    match is_hugging_face(config) {
        true => vec![
            ("README.md", hugging_face_readme(folder)),
            ("config.json", pretty(&hugging_face(config, precision))),
            processor,
        ],
        false => {
            vec![("README.md", own_readme(folder)), ("config.json", pretty(&own(config, precision))), processor]
        }
    }
}

fn pretty(json: &Value) -> String {
    format!("{json:#}\n")
}

/// `VJEPA2Config` (spec §7.1). transformers 4 calls the type of the numbers `torch_dtype`.
fn hugging_face(config: &ModelConfig, precision: FileDtype) -> Value {
    let mut json = json!({
        "architectures": ["VJEPA2Model"],
        "attention_dropout": 0.0,
        "attention_probs_dropout_prob": 0.0,
        "crop_size": config.size,
        "drop_path_rate": 0.0,
        "dtype": precision.torch_name(),
        "frames_per_clip": config.frames,
        "hidden_act": config.activation.name(),
        "hidden_size": config.width,
        "in_chans": 3,
        "initializer_range": 0.02,
        "layer_norm_eps": config.norm_epsilon,
        "mlp_ratio": ratio(config.width, config.mlp),
        "model_type": "vjepa2",
        "num_attention_heads": config.heads,
        "num_hidden_layers": config.depth,
        "num_pooler_layers": 3,
        "patch_size": config.patch,
        "pred_hidden_size": config.predictor_width,
        "pred_mlp_ratio": ratio(config.predictor_width, config.predictor_mlp),
        "pred_num_attention_heads": config.predictor_heads,
        "pred_num_hidden_layers": config.predictor_depth,
        "pred_num_mask_tokens": config.mask_tokens,
        "pred_zero_init_mask_tokens": true,
        "qkv_bias": true,
        "torch_dtype": precision.torch_name(),
        "tubelet_size": config.tubelet,
    });
    if let Some(ClassifierConfig { depth, labels, .. }) = &config.classifier {
        json["architectures"] = json!(["VJEPA2ForVideoClassification"]);
        json["num_pooler_layers"] = json!(depth);
        let named = |(i, label): (usize, &String)| (i.to_string(), Value::from(label.as_str()));
        json["id2label"] = labels.iter().enumerate().map(named).collect();
        let numbered = |(i, label): (usize, &String)| (label.clone(), Value::from(i));
        json["label2id"] = labels.iter().enumerate().map(numbered).collect();
    }
    json
}

/// This program's configuration as it is, with the field by which transformers tells that it can't load it.
fn own(config: &ModelConfig, precision: FileDtype) -> Value {
    let mut json = json!(config);
    json["model_type"] = config.family.id().into();
    json["dtype"] = precision.torch_name().into();
    json
}

/// The number for which Python's `int(width * ratio)` is `mlp`: a published one if it can be, else the quotient, a little
/// larger where a reader that is off by the last bit would come out one too low.
fn ratio(width: usize, mlp: usize) -> f64 {
    let gives = |ratio: f64| (width as f64 * ratio) as usize == mlp;
    if let Some(published) = RATIOS.into_iter().find(|&ratio| gives(ratio)) {
        return published;
    }
    let mut ratio = mlp as f64 / width as f64;
    while !gives(ratio.next_down()) {
        ratio = ratio.next_up();
    }
    ratio
}

/// `VJEPA2VideoProcessor` (spec §6): short side to 256/224 of the crop, bilinear (2), centre crop, normalise.
fn video_preprocessor(crop: usize) -> Value {
    json!({
        "crop_size": { "height": crop, "width": crop },
        "do_center_crop": true,
        "do_normalize": true,
        "do_rescale": true,
        "do_resize": true,
        "image_mean": MEAN,
        "image_std": STD,
        "resample": 2,
        "rescale_factor": 1.0 / 255.0,
        "size": { "shortest_edge": crop * 256 / 224 },
        "video_processor_type": "VJEPA2VideoProcessor",
    })
}

fn hugging_face_readme(folder: &str) -> String {
    format!(
        "# {folder}\n\n\
         A V-JEPA 2 video encoder (the moving average of training) and its predictor, exported by vjepa-web. Load it with \
         `transformers.VJEPA2Model.from_pretrained(\"{folder}\")`, and prepare videos with \
         `VJEPA2VideoProcessor.from_pretrained(\"{folder}\")`.\n\n\
         Training uses the predictor's mask token 0; transformers takes number 1 for its predictions.\n"
    )
}

fn own_readme(folder: &str) -> String {
    format!(
        "# {folder}\n\n\
         A V-JEPA video encoder (the moving average of training) and its predictor, exported by vjepa-web: safetensors with \
         the names of the published code and the geometry in `config.json`. transformers has no class for this family; \
         open the folder's `config.json` and `model.safetensors` in vjepa-web again, or read the tensors with \
         `safetensors.torch.load_file(\"{folder}/model.safetensors\")`.\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ratio_gives_its_width_back_after_json() {
        for width in (12..3000).step_by(4) {
            for mlp in [1, width - 1, width, 2 * width + 1, 3 * width + 7, 4 * width, width * 48 / 11, 5 * width - 1] {
                let text = serde_json::to_string(&ratio(width, mlp)).unwrap();
                let read: f64 = serde_json::from_str(&text).unwrap();
                assert_eq!((width as f64 * read) as usize, mlp, "{width} * {text}");
            }
        }
        assert_eq!((ratio(1408, 6144), ratio(1664, 8192)), (4.363_636_363_636_363, 4.923_076_923_076_923));
    }
}
