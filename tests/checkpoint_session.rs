//! A session that holds a checkpoint: it looks, names, shows pictures, exports, and refuses to train.
#![cfg(not(target_arch = "wasm32"))]

use burn::tensor::Device;
use std::{fs::File, path::PathBuf};
use vjepa_web::{
    Error, Session,
    checkpoint::{FileDtype, LoadOptions, load},
    config::Limits,
    precision::Precision,
    session::{Look, MaskKind},
    world::WorldSpec,
};

const TINY: &str =
    r#"{"num_attention_heads": 2, "pred_num_attention_heads": 2, "crop_size": 64, "frames_per_clip": 4}"#;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/checkpoints")
}

fn open(name: &str, config: &str) -> Session {
    let options = LoadOptions {
        name: "tiny".into(),
        config: Some(config.into()),
        preprocessor: None,
        frames: 0,
        precision: Precision::F32,
        limits: Limits::default(),
    };
    let file = File::open(folder().join(name)).unwrap();
    let loaded = pollster::block_on(load(vec![file], &options, &Device::flex(), |_| {})).unwrap();
    Session::frozen(loaded, Device::flex())
}

fn port(name: &str) -> Session {
    let config = std::fs::read_to_string(folder().join(name).join("config.json")).unwrap();
    open(&format!("{name}/model.safetensors"), &config)
}

fn look(session: &mut Session, kind: MaskKind) -> Look {
    pollster::block_on(session.look(kind)).unwrap()
}

/// A picture with edges and colours, RGBA.
fn picture(width: usize, height: usize, shift: usize) -> Vec<u8> {
    let pixel = |i: usize| {
        let (x, y) = (i % width + shift, i / width);
        [(x * 5 % 256) as u8, (y * 3 % 256) as u8, ((x / 9 + y / 7) % 2 * 255) as u8, 255]
    };
    (0..width * height).flat_map(pixel).collect()
}

#[test]
fn a_classifier_names_what_it_sees() {
    let mut session = port("hf_vjepa2_tiny_cls");
    for i in 0..session.config().frames {
        session.push_picture(&picture(90, 120, 3 * i), 90, 120).unwrap();
    }
    let look = look(&mut session, MaskKind::Short);
    assert_eq!(look.guesses.len(), 5);
    assert!(look.guesses.is_sorted_by(|a, b| a.share >= b.share));
    let sum: f32 = look.guesses.iter().map(|guess| guess.share).sum();
    assert!(sum > 0.5 && sum < 1.0, "the five likeliest of seven: {sum}");
    assert!(look.loss.is_finite() && look.guesses[0].label.starts_with("LABEL_"));
}

#[test]
fn every_family_looks_at_what_is_hidden_in_every_way() {
    for name in [
        "vjepa1_tiny_meta_layout.pth.tar",
        "vjepa2_tiny_meta_layout.pt",
        "vjepa21_tiny_meta_layout.pt",
        "vjepa21_tiny_distilled_meta_layout.pt",
    ] {
        let mut session = open(name, TINY);
        session.set_world(&WorldSpec::rich(), 1);
        session.advance_world(4);
        pollster::block_on(session.prewarm()).unwrap();
        for kind in [MaskKind::Short, MaskKind::Long, MaskKind::Future] {
            let look = look(&mut session, kind);
            // The distilled one guesses the features of a larger model, which are not here.
            assert_eq!(look.loss.is_finite(), !name.contains("distilled"), "{name}");
            assert!(look.predicted_pca.iter().any(|&value| value > 0), "{name}");
            assert!(look.guesses.is_empty());
        }
        let tokens = session.config().grid().tokens();
        let features = pollster::block_on(session.embed(picture(64, 4 * 64, 0))).unwrap();
        assert_eq!(features.len(), tokens * session.config().width);
    }
}

#[test]
fn a_picture_is_one_frame_to_v_jepa_2_1_and_a_clip_to_others() {
    let mut deep = open("vjepa21_tiny_meta_layout.pt", TINY);
    deep.show_still(&picture(80, 100, 0), 80, 100).unwrap();
    let still = look(&mut deep, MaskKind::Long);
    assert_eq!((still.grid.t, still.frames.len(), still.pca.len()), (1, 64 * 64 * 4, 3 * 16));
    assert_eq!(deep.similarity(15).unwrap().len(), 16);
    assert!(deep.similarity(16).is_err());
    // Frames make a clip again.
    deep.push_picture(&picture(64, 64, 0), 64, 64).unwrap();
    assert_eq!(deep.frames_held(), 1);

    let mut other = open("vjepa2_tiny_meta_layout.pt", TINY);
    other.show_still(&picture(80, 100, 0), 80, 100).unwrap();
    assert_eq!(look(&mut other, MaskKind::Short).grid.t, 2);
}

#[test]
fn a_checkpoint_refuses_to_train_and_what_is_no_picture() {
    let mut session = port("hf_vjepa2_tiny");
    session.set_world(&WorldSpec::rich(), 0);
    let refused = pollster::block_on(session.train(1, async || ()));
    assert!(matches!(refused, Err(Error::Frozen)));
    assert!(matches!(pollster::block_on(session.snapshot()), Err(Error::Frozen)));
    assert!(matches!(session.push_picture(&[0; 12], 0, 3), Err(Error::Picture(_))));
    assert!(matches!(session.push_picture(&[0; 12], 5, 5), Err(Error::Picture(_))));
}

#[test]
fn a_classifier_is_exported_with_its_labels() {
    let mut zip = Vec::new();
    let sink = async |chunk: &[u8]| {
        zip.extend_from_slice(chunk);
        Ok(())
    };
    pollster::block_on(port("hf_vjepa2_tiny_cls").export(FileDtype::F32, sink)).unwrap();
    let text = String::from_utf8_lossy(&zip);
    for expected in [
        "VJEPA2ForVideoClassification",
        "\"LABEL_3\": 3",
        "vjepa2.encoder.layer.0.attention.query.weight",
        "pooler.cross_attention_layer.cross_attn.k_proj.bias",
        "classifier.weight",
    ] {
        assert!(text.contains(expected), "{expected}");
    }
}
