//! The action-conditioned release in Meta's layout: what is used of it, the reference's numbers, its energy landscape.
//!
//! The tiny file holds the weights of the fixture `vjepa2ac_a`, so that what was recorded there is what it computes.

use super::*;
use source::file;
use std::fs::File;
use vjepa_web::{
    Session,
    checkpoint::{CheckpointError, FileDtype, random},
    config::{Actions, ConfigError, Family},
    grid::Grid,
    model::{ActionPredictor, Conditions, normalise_targets},
    planner::{Energy, PlanError},
    session::{Landscape, MaskKind, Picture},
};

const TINY: &str = "vjepa2_ac_tiny_meta_layout.pt";
const PLAIN: &str = "vjepa2ac_a";
/// With the camera's extrinsics as a third condition.
const EXTRINSICS: &str = "vjepa2ac_c_extrinsics";

const EXTRINSICS_HEADS: &str = r#"{"num_attention_heads": 3, "pred_num_attention_heads": 3, "crop_size": 32,
    "frames_per_clip": 4, "use_extrinsics": true}"#;

/// Most that anything is off the reference's float32. Features are of unit scale; over up to four random blocks and three steps of a
/// roll-out f16 came to 4.1e-3 and Int8 to 0.14 at worst, and the bounds are three times as wide.
const WORST: [(Precision, f32); 3] = [(Precision::F32, 2e-5), (Precision::F16, 1.3e-2), (Precision::Int8, 0.42)];

fn recorded(name: &str) -> Weights {
    let bytes = std::fs::read(fixture("..").join(format!("{name}.safetensors"))).unwrap();
    read_safetensors(&bytes).unwrap().0
}

/// The weights of a fixture by the published names, `encoder.*` and `predictor.*`.
fn weights(name: &str) -> Weights {
    recorded(name).below("w/")
}

fn tiny_file(options: &LoadOptions) -> Loaded {
    load_all(vec![File::open(fixture(TINY)).unwrap()], options).unwrap()
}

fn tensor<const D: usize>(tensors: &Weights, name: &str) -> Tensor<D> {
    let tensor = tensors.0[name].clone();
    Tensor::from_data(TensorData::new(tensor.data, tensor.shape), &Device::flex())
}

fn read<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_into_vec().unwrap()
}

/// How far features, guesses of the next frames and a roll-out of three frames are from those recorded.
fn furthest(loaded: &Loaded, tensors: &Weights) -> f32 {
    let predictor = loaded.actions.as_ref().unwrap();
    let features = features(loaded, tensors);
    let ([rows, width], clips) = (features.dims(), tensors.0["in/frames"].shape[0]);
    let of_first = |frames: usize| {
        let hw = loaded.config.grid().frame();
        let all = features.clone().reshape([clips, rows / clips, width]);
        all.narrow(1, 0, frames * hw).reshape([clips * frames * hw, width])
    };
    let guessed = predictor.forward(of_first(3), conditions(tensors, 0, 3), clips);
    let rolled = roll_out(predictor, of_first(1), clips, tensors);
    let found = [("out/features", features), ("out/tf.raw", guessed), ("out/rollout.3", rolled)];
    let off = found.map(|(name, found)| {
        let (found, expected) = (read(found), &tensors.0[name].data);
        assert_eq!(found.len(), expected.len(), "{name}");
        found.iter().zip(expected).fold(0.0, |worst: f32, (a, b)| worst.max((a - b).abs()))
    });
    off.into_iter().fold(0.0, f32::max)
}

/// Of clips of four frames, each frame doubled and encoded alone, `[B * 4 * hw, D]`.
fn features(loaded: &Loaded, tensors: &Weights) -> Tensor<2> {
    let config = &loaded.config;
    let frames: Tensor<5> = tensor(tensors, "in/frames");
    let [b, t, c, h, w] = frames.dims();
    let video = frames.reshape([b * t, c, 1, h, w]).repeat_dim(2, config.tubelet);
    let frame = Grid { t: 1, ..config.grid() };
    let patches = patches_of(video, config.tubelet, config.patch);
    normalise_targets(loaded.encoder.forward(patches, frame, &Tokens::all(frame, b * t, &Device::flex())))
}

/// Of `count` frames of each clip from `first` on.
fn conditions(tensors: &Weights, first: usize, count: usize) -> Conditions {
    let some = |name: &str| {
        let all: Tensor<3> = tensor(tensors, name);
        let [clips, _, dim] = all.dims();
        all.narrow(1, first, count).reshape([clips * count, dim])
    };
    let extrinsics = tensors.0.contains_key("in/extrinsics").then(|| some("in/extrinsics"));
    Conditions { actions: some("in/actions"), states: some("in/states"), extrinsics }
}

/// Three frames after the first, each predicted from those before it, `[B * 3 * hw, D]`.
fn roll_out(predictor: &ActionPredictor, mut features: Tensor<2>, clips: usize, tensors: &Weights) -> Tensor<2> {
    let [rows, width] = features.dims();
    let mut so_far = predictor.start(clips);
    let mut frames = Vec::new();
    for t in 0..3 {
        features = predictor.imagine(features, conditions(tensors, t, 1), &mut so_far);
        frames.push(features.clone().reshape([clips, rows / clips, width]));
    }
    Tensor::cat(frames, 1).reshape([3 * rows, width])
}

#[test]
fn the_release_is_known_by_its_shapes_and_used_as_the_hub_does() {
    let Loaded { config, predictor, actions, classifier, report, .. } = tiny_file(&options(HEADS));
    let told =
        Actions { dim: 7, extrinsics: false, width: 48, depth: 2, heads: 2, mlp: 192, reflex: false, distance: false };
    assert_eq!((config.family, config.size, config.actions), (Family::VJepa2, 64, Some(told)));
    assert!(actions.is_some() && predictor.is_none() && classifier.is_none());
    assert_eq!((report.matched, report.wrappers), (28 + 36, vec!["backbone".to_string(), "module".into()]));
    assert!(report.missing.is_empty(), "{:?}", report.missing);
    assert_eq!(report.unused.len(), 28);
    assert!(report.unused.iter().all(|name| name.starts_with("target_encoder.")));
}

#[test]
fn its_numbers_are_those_of_the_reference() {
    let recorded = recorded(PLAIN);
    for (precision, allowed) in WORST {
        let loaded = tiny_file(&LoadOptions { precision, ..options(HEADS) });
        assert_eq!(loaded.report.precision, precision);
        let worst = furthest(&loaded, &recorded);
        println!("{precision:?}: {worst:.1e}");
        assert!(worst <= allowed, "{precision:?} is {worst} off");
        assert!(precision == Precision::F32 || worst > WORST[0].1, "{precision:?} is not f32");
    }
}

#[test]
fn extrinsics_are_used_where_a_configuration_says_so() {
    let recorded = recorded(EXTRINSICS);
    let bytes = file(&weights(EXTRINSICS));
    for (precision, allowed) in WORST {
        let options = LoadOptions { precision, ..options(EXTRINSICS_HEADS) };
        let loaded = load_all(vec![bytes.as_slice()], &options).unwrap();
        assert!(loaded.config.actions.is_some_and(|actions| actions.extrinsics));
        let worst = furthest(&loaded, &recorded);
        println!("{precision:?}: {worst:.1e}");
        assert!(worst <= allowed, "{precision:?} is {worst} off");
    }
    let unsaid = EXTRINSICS_HEADS.replace("true", "false");
    let without = load_all(vec![bytes.as_slice()], &options(&unsaid)).unwrap();
    assert!(without.config.actions.is_some_and(|actions| !actions.extrinsics));
}

#[test]
fn its_encoder_is_the_one_that_did_not_learn() {
    let mut all = weights(PLAIN);
    let mut other = all.below("encoder.");
    other.0.values_mut().flat_map(|tensor| &mut tensor.data).for_each(|value| *value = 0.0);
    all.extend(other.prefixed("target_encoder."));
    let loaded = load_all(vec![file(&all).as_slice()], &options(HEADS)).unwrap();
    assert!(furthest(&loaded, &recorded(PLAIN)) <= WORST[0].1);
}

/// A head of the published predictor has 64 channels.
#[test]
fn a_file_of_published_widths_needs_no_configuration() {
    let actions =
        Actions { dim: 7, extrinsics: false, width: 128, depth: 1, heads: 2, mlp: 512, reflex: false, distance: false };
    let preset = ModelConfig::preset("vit_ti", Family::VJepa2).unwrap();
    let made = random(&ModelConfig { depth: 1, actions: Some(actions), ..preset }, 1);
    let mut all = made.below("encoder.").prefixed("encoder.");
    all.extend(made.below("action_predictor.").prefixed("predictor."));
    let loaded = load_all(vec![file(&all).as_slice()], &LoadOptions { config: None, ..options("") }).unwrap();
    assert_eq!((loaded.config.heads, loaded.config.size, loaded.config.actions), (3, 256, Some(actions)));

    let unsaid = r#"{"num_attention_heads": 2, "crop_size": 64, "frames_per_clip": 4}"#;
    let error = load_all(vec![file(&weights(PLAIN)).as_slice()], &options(unsaid)).unwrap_err().to_string();
    assert!(error.contains("pred_num_attention_heads"), "{error}");
}

#[test]
fn a_file_that_is_not_whole_is_refused_by_name() {
    for name in ["action_encoder.weight", "action_encoder.bias", "state_encoder.weight", "extrinsics_encoder.weight"] {
        let name = format!("predictor.{name}");
        let mut weights = weights(PLAIN);
        weights.0.remove(&name).unwrap();
        let error = load_all(vec![file(&weights).as_slice()], &options(HEADS)).unwrap_err();
        assert!(matches!(&error, Error::Checkpoint(CheckpointError::Missing(named)) if *named == name), "{error}");
    }
    for (name, shape) in [
        ("predictor.action_encoder.weight", [48, 6]),
        ("predictor.state_encoder.weight", [48, 8]),
        ("predictor.extrinsics_encoder.weight", [48, 7]),
        ("predictor.predictor_proj.weight", [96, 48]),
    ] {
        let mut weights = weights(PLAIN);
        weights.insert(name, shape, vec![0.0; shape[0] * shape[1]]);
        let error = load_all(vec![file(&weights).as_slice()], &options(HEADS)).unwrap_err();
        assert!(matches!(error, Error::Checkpoint(CheckpointError::Shape { .. })), "{name}: {error}");
    }
    let mut one = weights(PLAIN);
    one.insert("predictor.action_encoder.weight", [48, 1], vec![0.0; 48]);
    let error = load_all(vec![file(&one).as_slice()], &options(HEADS)).unwrap_err().to_string();
    assert!(error.contains("numbers of an action"), "{error}");
}

#[test]
fn what_no_release_has_is_refused() {
    let mut both = weights(PLAIN);
    both.insert("predictor.mask_tokens.0", [1, 1, 48], vec![0.0; 48]);
    let error = load_all(vec![file(&both).as_slice()], &options(HEADS)).unwrap_err().to_string();
    assert!(error.contains("both mask tokens and actions"), "{error}");
    let mut first = weights(PLAIN);
    first.insert("encoder.pos_embed", [1, 32, 48], vec![0.0; 32 * 48]);
    let error = load_all(vec![file(&first).as_slice()], &options(HEADS)).unwrap_err().to_string();
    assert!(error.contains("vjepa2"), "the first family has no actions: {error}");
    for name in ["predictor.action_encoder.weight", "predictor.predictor_blocks.1.mlp.fc1.weight", "encoder.norm.bias"]
    {
        let mut spoilt = weights(PLAIN);
        spoilt.0.get_mut(name).unwrap().data[3] = f32::NAN;
        for (precision, _) in WORST {
            let options = LoadOptions { precision, ..options(HEADS) };
            let error = load_all(vec![file(&spoilt).as_slice()], &options).unwrap_err();
            assert!(matches!(&error, Error::Checkpoint(CheckpointError::NotFinite(named)) if named == name), "{error}");
        }
    }
    let mut deep = weights(PLAIN);
    deep.insert("predictor.predictor_blocks.60000.norm1.bias", [48], vec![0.0; 48]);
    let error = load_all(vec![file(&deep).as_slice()], &options(HEADS)).unwrap_err();
    assert!(matches!(error, Error::Checkpoint(CheckpointError::Config { .. })), "{error}");
}

#[test]
fn its_predictor_counts_among_what_a_device_must_hold() {
    let loaded = tiny_file(&options(HEADS));
    let values: usize = weights(PLAIN).0.values().map(|tensor| tensor.data.len()).sum();
    let encoder = loaded.config.encoder_params();
    assert_eq!(Session::frozen(loaded, Device::flex()).params(), values as u64);
    // The encoder in f32 with room to work, and half of the predictor.
    let total = 4 * encoder + 4 * 32 * (8 * 48 + 2 * 192) + 2 * (values as u64 - encoder);
    let limits = Limits { max_buffer_bytes: 0, max_total_bytes: total };
    let source = || vec![File::open(fixture(TINY)).unwrap()];
    let error = load_all(source(), &LoadOptions { limits, ..options(HEADS) }).unwrap_err();
    assert!(matches!(error, Error::Config(ConfigError::TooLarge { .. })), "{error}");
    load_all(source(), &LoadOptions { limits, precision: Precision::Int8, ..options(HEADS) }).unwrap();
}

/// Something to see at each place, RGBA.
fn painted(width: usize, height: usize, seed: usize) -> Vec<u8> {
    (0..width * height * 4).map(|i| if i % 4 == 3 { 255 } else { (i * (seed + 3) / 7 % 251) as u8 }).collect()
}

fn wish() -> Landscape {
    Landscape { axes: [0, 2], side: 3, reach: 0.05, state: vec![0.1, -0.2, 0.3, 0.0, 0.0, 0.0, 0.5] }
}

#[test]
fn an_energy_landscape_is_each_action_imagined_alone() {
    let session = Session::frozen(tiny_file(&options(HEADS)), Device::flex());
    let [start, goal] = [painted(64, 64, 0), painted(64, 64, 5)];
    let picture = |rgba| Picture { rgba, width: 64, height: 64 };
    let wish = wish();
    let found = pollster::block_on(session.action_energies(picture(&start), picture(&goal), &wish)).unwrap();
    let model = session.world_model().unwrap();
    // The published preparation crops the middle even of a picture of the right size.
    let cropped = |rgba: &[u8]| {
        let rgb = rgba.chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
        let video = vjepa_web::preprocess::Video::new(1, 64, 64, rgb).unwrap();
        let frame = vjepa_web::preprocess::eval::hf_pixels(&video, 64).unwrap();
        frame.rgb.chunks_exact(3).flat_map(|pixel| [pixel[0], pixel[1], pixel[2], 255]).collect::<Vec<u8>>()
    };
    let [now, then] = [&start, &goal].map(|rgba| model.encode(&[cropped(rgba)]).unwrap());
    assert_eq!(found.len(), 9);
    for (cell, energy) in found.iter().enumerate() {
        let step = |index: usize| 0.05 * (index as f64 - 1.0);
        let action = vec![step(cell % 3), 0.0, step(cell / 3), 0.0, 0.0, 0.0, 0.0];
        let alone =
            pollster::block_on(model.weigh(&now, &wish.state, &[action], (&then, Energy::Features), None)).unwrap();
        assert!((alone.energies[0][0] - energy).abs() < 1e-5, "cell {cell}: {energy} and {:?}", alone.energies);
    }
    let most = found.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let least = found.iter().copied().fold(f64::INFINITY, f64::min);
    assert!(least > 0.0 && most - least > 1e-4, "actions make a difference: {found:?}");
}

#[test]
fn pictures_may_have_any_size_and_the_state_counts() {
    let session = Session::frozen(tiny_file(&options(HEADS)), Device::flex());
    let (start, goal) = (painted(90, 70, 1), painted(40, 64, 2));
    let ask = |wish: &Landscape| {
        let [start, goal] =
            [Picture { rgba: &start, width: 90, height: 70 }, Picture { rgba: &goal, width: 40, height: 64 }];
        pollster::block_on(session.action_energies(start, goal, wish)).unwrap()
    };
    let first = ask(&wish());
    let other = ask(&Landscape { state: vec![0.0; 7], ..wish() });
    assert!(first.len() == 9 && first != other);
    // More candidates than a portion.
    assert_eq!(ask(&Landscape { side: 64, ..wish() }).len(), 64 * 64);
}

#[test]
fn a_landscape_that_cannot_be_is_named() {
    let session = Session::frozen(tiny_file(&options(HEADS)), Device::flex());
    let rgba = painted(64, 64, 0);
    let picture = Picture { rgba: &rgba, width: 64, height: 64 };
    for (wish, named) in [
        (Landscape { axes: [0, 7], ..wish() }, "number of an axis"),
        (Landscape { side: 1, ..wish() }, "number of actions along an axis"),
        (Landscape { side: 65, ..wish() }, "number of actions along an axis"),
        (Landscape { reach: 0.0, ..wish() }, "largest action"),
        (Landscape { reach: f64::NAN, ..wish() }, "largest action"),
        (Landscape { state: vec![0.0; 6], ..wish() }, "number of values of a state"),
        (Landscape { state: vec![f64::INFINITY; 7], ..wish() }, "value of a state"),
    ] {
        let error = pollster::block_on(session.action_energies(picture, picture, &wish)).unwrap_err();
        assert!(matches!(&error, Error::Plan(PlanError::Range { what, .. }) if *what == named), "{error}");
    }
    for (width, height) in [(0, 64), (64, 63)] {
        let wrong = Picture { rgba: &rgba, width, height };
        let error = pollster::block_on(session.action_energies(picture, wrong, &wish())).unwrap_err();
        assert!(matches!(error, Error::Picture(_)), "{error}");
    }
    let other = load_all(vec![file(&tiny()).as_slice()], &options(HEADS)).unwrap();
    let other = Session::frozen(other, Device::flex());
    let error = pollster::block_on(other.action_energies(picture, picture, &wish())).unwrap_err();
    assert!(matches!(error, Error::NoActions), "{error}");
}

#[test]
fn it_looks_without_a_predictor_of_hidden_tokens_and_is_not_exported() {
    let mut session = Session::frozen(tiny_file(&options(HEADS)), Device::flex());
    for seed in 0..4 {
        session.push_picture(&painted(64, 64, seed), 64, 64).unwrap();
    }
    pollster::block_on(session.prewarm()).unwrap();
    let look = pollster::block_on(session.look(MaskKind::Long)).unwrap();
    assert_eq!(look.pca.len(), 3 * 32);
    assert!(look.loss.is_nan() && look.predicted_pca.iter().all(|value| *value == 0));
    assert!(matches!(session.eval_model(), Err(Error::Unexaminable)));
    let mut written = 0;
    let sink = async |chunk: &[u8]| {
        written += chunk.len();
        Ok(())
    };
    let error = pollster::block_on(session.export(FileDtype::F32, sink)).unwrap_err();
    assert!(matches!(error, Error::Unexportable), "{error}");
    assert_eq!(written, 0);
}
