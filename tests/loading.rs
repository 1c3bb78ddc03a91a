//! Every layout of official checkpoint, through the loader the page uses: which model it is, what of it is used, and the
//! same features as from the same weights read at once.
#![cfg(not(target_arch = "wasm32"))]

use burn::tensor::{Device, Tensor, TensorData};
use std::{fs::File, path::PathBuf};
use vjepa_web::{
    Error, Family,
    checkpoint::{LoadOptions, Loaded, Progress, load},
    config::Limits,
    model::{Tokens, patches_of},
    precision::Precision,
};

/// Heads and clips of the tiny models, which shapes can't tell.
const HEADS: &str =
    r#"{"num_attention_heads": 2, "pred_num_attention_heads": 2, "crop_size": 64, "frames_per_clip": 4}"#;

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/checkpoints").join(name)
}

fn options(config: &str, precision: Precision) -> LoadOptions {
    LoadOptions { name: "tiny".into(), config: Some(config.into()), frames: 0, precision, limits: Limits::default() }
}

fn load_file(name: &str, options: &LoadOptions) -> Result<(Loaded, Vec<Progress>), Error> {
    let mut seen = Vec::new();
    let file = File::open(fixture(name)).unwrap();
    let loaded = pollster::block_on(load(vec![file], options, &Device::flex(), |progress| seen.push(progress)))?;
    Ok((loaded, seen))
}

/// Features of a clip that any model of this size can look at.
fn features(loaded: &Loaded) -> Vec<f32> {
    let config = &loaded.config;
    let count = 3 * config.frames * config.size * config.size;
    let video: Vec<f32> = (0..count).map(|i| ((i * 7919) % 255) as f32 / 128.0 - 1.0).collect();
    let shape = [1, 3, config.frames, config.size, config.size];
    let video: Tensor<5> = Tensor::from_data(TensorData::new(video, shape), &Device::flex());
    let tokens = Tokens::all(config.grid(), 1, &Device::flex());
    let patches = patches_of(video, config.tubelet, config.patch);
    loaded.encoder.forward(patches, config.grid(), &tokens).into_data().try_into_vec().unwrap()
}

#[test]
fn every_layout_is_recognised_and_loaded_whole() {
    for (name, config, family) in [
        (
            "hf_vjepa2_tiny/model.safetensors",
            std::fs::read_to_string(fixture("hf_vjepa2_tiny/config.json")).unwrap(),
            Family::VJepa2,
        ),
        (
            "hf_vjepa2_tiny_cls/model.safetensors",
            std::fs::read_to_string(fixture("hf_vjepa2_tiny_cls/config.json")).unwrap(),
            Family::VJepa2,
        ),
        ("vjepa1_tiny_meta_layout.pth.tar", HEADS.into(), Family::VJepa1),
        ("vjepa2_tiny_meta_layout.pt", HEADS.into(), Family::VJepa2),
        ("vjepa21_tiny_meta_layout.pt", HEADS.into(), Family::VJepa21),
        ("vjepa21_tiny_distilled_meta_layout.pt", HEADS.into(), Family::VJepa21),
    ] {
        let (loaded, seen) =
            load_file(name, &options(&config, Precision::F32)).unwrap_or_else(|e| panic!("{name}: {e}"));
        println!("{name}: {:?}", loaded.config);
        println!("unused: {:?}", &loaded.report.unused[..loaded.report.unused.len().min(6)]);
        assert_eq!(loaded.config.family, family, "{name}");
        assert!(loaded.predictor.is_some() && loaded.report.missing.is_empty(), "{name}");
        let last = seen.last().unwrap();
        assert_eq!((last.loaded, last.tensors), (last.total, last.of_tensors), "{name}");
        assert_eq!(last.tensors, loaded.report.matched);
        assert!(seen.is_sorted_by_key(|progress| progress.loaded), "{name}");
        assert!(features(&loaded).iter().all(|value| value.is_finite()), "{name}");
    }
}
