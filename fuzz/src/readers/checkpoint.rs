//! Checkpoints through the loader of the page: names, shares, shapes and a `config.json` that do not fit.

use super::{
    choices::Choices,
    config::{layout, tinies, tiny},
    json,
    stored::{self, Stored},
};
use crate::deeper;
use serde_json::{Value, json};
use std::sync::LazyLock;
use vjepa_web::{Family, checkpoint::hugging_face_layout, config::Activation, precision::Precision};

/// What comes before the names of tensors in files of the published code.
const WRAPPERS: [&str; 4] = ["", "module.", "state_dict.model.", "_orig_mod."];

/// Tensors, and the `config.json` that describes them.
static FILES: LazyLock<Vec<(Vec<Stored>, Value)>> = LazyLock::new(|| {
    let ones = |layout: Vec<_>| layout.into_iter().map(Stored::ones).collect();
    let plain = layout(&tiny(Family::VJepa2));
    let [causal, acting, _, first] = tinies();
    let hint = json!({ "num_attention_heads": 1, "pred_num_attention_heads": 1, "crop_size": 2, "frames_per_clip": 2,
        "use_extrinsics": false, "pooler_num_attention_heads": 1 });
    let described = json!({ "model_type": "vjepa2", "hidden_size": 12, "num_hidden_layers": 1, "num_attention_heads": 1,
        "patch_size": 1, "crop_size": 2, "frames_per_clip": 2, "tubelet_size": 1, "mlp_ratio": 1.0, "pred_hidden_size": 12,
        "pred_num_hidden_layers": 1, "pred_num_attention_heads": 1, "pred_num_mask_tokens": 2, "pred_mlp_ratio": 1.0,
        "hidden_act": Activation::Gelu, "qkv_bias": true });
    let own = [causal, acting.clone(), first].map(|config| {
        let json = serde_json::to_value(&config).expect("it is JSON");
        (ones(layout(&config)), json)
    });
    let named = [
        (ones(plain.clone()), hint.clone()),
        (ones(layout(&acting)), hint),
        (ones(hugging_face_layout(&plain)), described),
    ];
    named.into_iter().chain(own).collect()
});

/// A file, and what is said beside it.
pub struct Case {
    pub file: Vec<u8>,
    pub config: Option<String>,
    pub preprocessor: Option<String>,
    pub frames: usize,
    pub precision: Precision,
}

pub fn checkpoint(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let (tensors, config) = &FILES[choices.below(FILES.len())];
    let (mut tensors, mut config) = (tensors.clone(), config.clone());
    let wrapper = choices.one_of(&WRAPPERS);
    tensors.iter_mut().for_each(|tensor| tensor.name.insert_str(0, wrapper));
    stored::change(&mut tensors, &mut choices);
    json::change(&mut config, &mut choices);
    let case = Case {
        config: (!choices.seldom(8)).then(|| json::text(&config, &mut choices)),
        preprocessor: choices.seldom(8).then(|| preprocessor(&mut choices)),
        frames: if choices.seldom(8) { choices.number() as usize } else { 0 },
        precision: choices.one_of(&[Precision::F32, Precision::F16, Precision::Int8]),
        file: stored::file(&tensors, &[("format", "pt")], &mut choices),
    };
    let opened = deeper::open(&case);
    assert!(opened || !bytes.is_empty(), "what nothing is wrong with is opened");
}

fn preprocessor(choices: &mut Choices) -> String {
    let mut published = json!({ "crop_size": { "height": 2, "width": 2 }, "do_center_crop": true, "do_normalize": true,
        "do_rescale": true, "do_resize": true, "image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225],
        "resample": 2, "rescale_factor": 0.003_921_568_627_450_98 });
    json::change(&mut published, choices);
    json::text(&published, choices)
}
