//! `config.json`, of transformers and of this program.

use super::{choices::Choices, json, said};
use serde_json::{Value, json};
use std::sync::LazyLock;
use vjepa_web::{
    Family, ModelConfig,
    checkpoint::{TensorShape, folder_config, hugging_face_config},
    config::{Actions, Causal, Limits},
    precision::Precision,
    recipe::Recipe,
};

/// A model as small as can be.
pub fn tiny(family: Family) -> ModelConfig {
    ModelConfig {
        frames: 2,
        size: 2,
        patch: 1,
        tubelet: 1,
        width: 12,
        depth: 1,
        heads: 1,
        mlp: 12,
        predictor_width: 12,
        predictor_depth: 1,
        predictor_heads: 1,
        predictor_mlp: 12,
        mask_tokens: 2,
        batch: 1,
        ..ModelConfig::preset("nano", family).expect("there is one")
    }
}

/// Of each kind that learns.
pub fn tinies() -> [ModelConfig; 4] {
    let plain = tiny(Family::VJepa2);
    let causal = Some(Causal { encoder_window: 1, predictor_window: 2, horizons: 1 });
    let acting =
        Actions { dim: 2, extrinsics: false, width: 12, depth: 1, heads: 1, mlp: 12, reflex: true, distance: true };
    [
        ModelConfig { causal, mask_tokens: 1, ..plain.clone() },
        ModelConfig { frames: 6, tubelet: 2, actions: Some(acting), ..plain.clone() },
        plain,
        tiny(Family::VJepa1),
    ]
}

/// What the published code calls the tensors of a model, with its second predictor under the name of a predictor if it has one.
pub fn layout(config: &ModelConfig) -> Vec<TensorShape> {
    let (w, patch) = (config.width, [config.width, 3, config.tubelet, config.patch, config.patch]);
    let mut all = Layout::default();
    all.layer("encoder.patch_embed.proj", &patch);
    (0..config.depth).for_each(|i| all.block(&format!("encoder.blocks.{i}"), w, config.mlp));
    all.norm("encoder.norm", w);
    let (p, depth, mlp) = match config.actions {
        Some(actions) => (actions.width, actions.depth, actions.mlp),
        None => (config.predictor_width, config.predictor_depth, config.predictor_mlp),
    };
    all.layer("predictor.predictor_embed", &[p, w]);
    match config.actions {
        Some(actions) => {
            for (name, inputs) in [("action", actions.dim), ("state", actions.dim), ("extrinsics", actions.dim - 1)] {
                all.layer(&format!("predictor.{name}_encoder"), &[p, inputs]);
            }
        }
        None => (0..config.mask_tokens).for_each(|i| all.tensor(format!("predictor.mask_tokens.{i}"), &[1, 1, p])),
    }
    (0..depth).for_each(|i| all.block(&format!("predictor.predictor_blocks.{i}"), p, mlp));
    all.norm("predictor.predictor_norm", p);
    all.layer("predictor.predictor_proj", &[w, p]);
    all.0
}

#[derive(Default)]
struct Layout(Vec<TensorShape>);

impl Layout {
    fn tensor(&mut self, name: String, shape: &[usize]) {
        self.0.push(TensorShape { name, shape: shape.into() });
    }

    fn layer(&mut self, name: &str, shape: &[usize]) {
        self.tensor(format!("{name}.weight"), shape);
        self.tensor(format!("{name}.bias"), &shape[..1]);
    }

    fn norm(&mut self, name: &str, width: usize) {
        self.layer(name, &[width]);
    }

    fn block(&mut self, name: &str, width: usize, mlp: usize) {
        self.norm(&format!("{name}.norm1"), width);
        self.layer(&format!("{name}.attn.qkv"), &[3 * width, width]);
        self.layer(&format!("{name}.attn.proj"), &[width, width]);
        self.norm(&format!("{name}.norm2"), width);
        self.layer(&format!("{name}.mlp.fc1"), &[mlp, width]);
        self.layer(&format!("{name}.mlp.fc2"), &[width, mlp]);
    }
}

static FILES: LazyLock<Vec<Value>> = LazyLock::new(|| {
    let published = json!({
        "architectures": ["VJEPA2Model"], "attention_dropout": 0.0, "crop_size": 48, "drop_path_rate": 0.0,
        "frames_per_clip": 6, "hidden_act": "gelu", "hidden_size": 48, "in_chans": 3, "layer_norm_eps": 1e-6,
        "mlp_ratio": 4.363636363636363, "model_type": "vjepa2", "num_attention_heads": 2, "num_hidden_layers": 2,
        "num_pooler_layers": 1, "patch_size": 16, "pred_hidden_size": 36, "pred_mlp_ratio": 4.0,
        "pred_num_attention_heads": 3, "pred_num_hidden_layers": 3, "pred_num_mask_tokens": 3, "qkv_bias": true,
        "tubelet_size": 2
    });
    let own = tinies().map(|config| serde_json::to_value(config).expect("it is JSON"));
    let distilled = ModelConfig { depth: 12, levels: 4, teacher_width: 24, ..tiny(Family::VJepa21) };
    [vec![published], own.to_vec(), vec![serde_json::to_value(distilled).expect("it is JSON")]].concat()
});

pub fn config(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let mut file = FILES[choices.below(FILES.len())].clone();
    json::change(&mut file, &mut choices);
    let text = json::text(&file, &mut choices);
    for read in [folder_config, hugging_face_config] {
        match read(&text) {
            Ok(config) => sound(&config),
            Err(error) => said(&error),
        }
    }
}

/// Whatever is accepted is counted without overflow, and is the same when it is written and read again.
pub fn sound(config: &ModelConfig) {
    config.validate().expect("it was accepted");
    let all = config.encoder_params() + config.predictor_params() + config.classifier_params();
    assert!(all > 0 && config.weight_bytes() > 0);
    let limits = Limits { max_buffer_bytes: 1 << 28, max_total_bytes: 1 << 30 };
    let fits = [
        config.fits(limits),
        config.fits(Limits::default()),
        config.fits_looking(limits, Precision::Int8, true),
        config.fits_looking(Limits::default(), Precision::F32, false),
    ];
    fits.iter().filter_map(|fits| fits.as_ref().err()).for_each(|error| said(error));
    let again: ModelConfig =
        serde_json::from_value(serde_json::to_value(config).expect("it is JSON")).expect("it is ours");
    assert_eq!(*config, again);
    // Drawing masks for a million tokens takes long, and is done only where the device can hold them.
    if config.grid().tokens() < 4096
        && let Err(error) = Recipe::of(config).check(config)
    {
        said(&error);
    }
}
