//! Weights that are all finite, and a model whose numbers are not: everything that is asked of it is refused in one sentence,
//! ends, and leaves nothing behind.
#![cfg(not(target_arch = "wasm32"))]

use burn::tensor::Device;
use pollster::block_on;
use std::{collections::HashMap, path::PathBuf, sync::mpsc, thread, time::Duration};
use vjepa_web::{
    Error, Family, ModelConfig, Session,
    checkpoint::{FileDtype, LoadOptions, Weights, load, read_safetensors, write_safetensors},
    config::Limits,
    exam::{Exam, ExamRun, neighbours},
    fewshot::{FewshotError, Ridge, Rows},
    precision::Precision,
    predict::Questions,
    probe::health::{self, Verdict},
    session::{MaskKind, prove},
    world::{World, WorldSpec},
};

/// Queries and keys of the first block: their products overflow.
const ENCODER: &[&str] =
    &["vjepa2.encoder.layer.0.attention.query.weight", "vjepa2.encoder.layer.0.attention.key.weight"];
const PREDICTOR: &[&str] = &["vjepa2.predictor.proj.weight"];
const CLASSIFIER: &[&str] = &["classifier.weight"];

/// The tiny V-JEPA 2 with its classifier; some tensors are a factor larger.
fn scaled(names: &[&str], factor: f32) -> (String, Vec<u8>) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/checkpoints/hf_vjepa2_tiny_cls");
    let mut weights = read_safetensors(&std::fs::read(folder.join("model.safetensors")).unwrap()).unwrap().0;
    scale(&mut weights, names, factor);
    (std::fs::read_to_string(folder.join("config.json")).unwrap(), write_safetensors(&weights, HashMap::new()).unwrap())
}

/// Makes tensors a factor larger; every weight stays finite.
fn scale(weights: &mut Weights, names: &[&str], factor: f32) {
    for name in names {
        let values = &mut weights.0.get_mut(*name).unwrap().data;
        values.iter_mut().for_each(|value| *value *= factor);
        assert!(values.iter().all(|value| value.is_finite()), "{name}");
    }
}

/// With a whole clip of the world in its ring.
fn opened((config, bytes): (String, Vec<u8>)) -> Session {
    let options = LoadOptions {
        name: "tiny".into(),
        config: Some(config),
        preprocessor: None,
        frames: 0,
        precision: Precision::F32,
        limits: Limits::default(),
    };
    let loaded = block_on(load(vec![bytes.as_slice()], &options, &Device::flex(), |_| {})).unwrap();
    let mut session = Session::frozen(loaded, Device::flex());
    session.set_world(&WorldSpec::simple(), 1);
    session.advance_world(4);
    session
}

fn clip(session: &Session) -> Vec<u8> {
    World::new(&WorldSpec::simple(), 3).clip(session.config().frames, session.config().size)
}

const NEWEST: Questions = Questions { past: 1, horizon: 1 };

/// It is refused, because of these numbers, in a sentence that says what to do.
#[track_caller]
fn refused<T>(result: Result<T, Error>, what: &str) {
    let error = result.err().expect("numbers that are none were taken for some");
    assert_eq!(error.code(), "not-finite", "{error}");
    let sentence = format!("The model's {what} are no longer usable numbers: load it again, or choose another model.");
    assert_eq!(error.to_string(), sentence);
}

/// What is said of a model that has nothing to say, and that no question leaves anything behind.
fn refuses_all(mut session: Session, what: &str) {
    refused(block_on(session.surprise(NEWEST)), what);
    refused(block_on(session.imagine(&[3, 4])), what);
    refused(block_on(session.roll(1, 1)), what);
    let frames = clip(&session);
    refused(block_on(session.surprise_of(&frames, 1)), what);
    assert_eq!(session.patch_memory().clips, 0, "no patch is remembered by features that are none");
    let report = session.alarm();
    assert!(report.alarms == 0 && !report.ringing, "{report:?}");

    let exam = Exam { pairs: 1, ..Exam::new(session.config(), WorldSpec::standard(), 1) };
    let mut run = ExamRun::new(exam, session.eval_model().unwrap(), Device::flex()).unwrap();
    refused(block_on(run.next()), what);
    assert!(run.report().kinds.is_empty() && run.report().peak.is_none(), "nothing was scored");
}

#[test]
fn an_encoder_that_overflows_has_features_for_nobody() {
    let mut session = opened(scaled(ENCODER, 1e25));
    for kind in [MaskKind::Short, MaskKind::Long, MaskKind::Future] {
        refused(block_on(session.look(kind)), "features");
    }
    assert!(matches!(session.similarity(0), Err(Error::NoLook)));
    let frames = clip(&session);
    refused(block_on(session.embed(frames.clone())), "features");
    refused(block_on(neighbours(&session.eval_model().unwrap(), &[frames], &Device::flex())), "features");

    // Classes: what was taught before stays, and nothing is taught now.
    let class = session.examples_mut().add_class("ball").unwrap();
    refused(block_on(session.add_example(class)), "features");
    refused(block_on(session.save_project()), "features");
    assert!(session.examples().all().is_empty() && session.examples().classes().len() == 1);
    assert_eq!(session.examples().remembered(), (1, 0), "and can be undone");

    // Probes without pairs before them.
    let probes = vjepa_web::exam::ProbeSizes { train: 4, validation: 2, test: 2 };
    let exam = Exam { pairs: 0, probes, ..Exam::new(session.config(), WorldSpec::standard(), 1) };
    let mut run = ExamRun::new(exam, session.eval_model().unwrap(), Device::flex()).unwrap();
    refused(block_on(run.next()), "features");
    assert!(run.report().features.is_none() && run.report().probes.is_empty());
    refuses_all(session, "features");
}

#[test]
fn features_whose_squares_overflow_are_not_called_collapsed() {
    let mut session = opened(scaled(&["vjepa2.encoder.layernorm.weight"], 1e30));
    refused(block_on(session.look(MaskKind::Short)), "features");
    let frames = clip(&session);
    refused(block_on(session.embed(frames)), "features");
    refuses_all(session, "features");
}

#[test]
fn the_weights_themselves_can_still_be_exported() {
    let session = opened(scaled(ENCODER, 1e25));
    let mut bytes = 0;
    block_on(session.export(FileDtype::F32, async |chunk: &[u8]| {
        bytes += chunk.len();
        Ok(())
    }))
    .unwrap();
    assert!(bytes > 100_000, "{bytes}");
    let halves = block_on(session.export(FileDtype::F16, async |_: &[u8]| Ok(())));
    assert!(matches!(halves, Err(Error::Checkpoint(_))), "a value that halves can't hold is refused");
}

#[test]
fn a_predictor_that_overflows_predicts_nothing_and_features_stay() {
    for factor in [1e38, 1e25] {
        let mut session = opened(scaled(PREDICTOR, factor));
        refused(block_on(session.look(MaskKind::Short)), "predictions");
        let features = block_on(session.embed(clip(&session))).unwrap();
        assert!(features.iter().all(|value| value.is_finite()));
        refuses_all(session, "predictions");
    }
}

#[test]
fn a_classifier_that_overflows_names_nothing() {
    let mut session = opened(scaled(CLASSIFIER, 3e37));
    refused(block_on(session.look(MaskKind::Short)), "scores of labels");
    assert!(matches!(session.similarity(0), Err(Error::NoLook)), "half a look is none");
    assert!(block_on(session.surprise(NEWEST)).is_ok(), "surprise asks no classifier");
}

#[test]
fn the_same_file_with_its_own_weights_says_all_of_that() {
    let mut session = opened(scaled(ENCODER, 1.0));
    let look = block_on(session.look(MaskKind::Short)).unwrap();
    assert!(look.loss.is_finite() && look.guesses.iter().all(|guess| guess.share.is_finite()));
    assert!(session.similarity(0).is_ok() && block_on(session.imagine(&[3, 4])).is_ok());
    assert!(block_on(session.surprise(NEWEST)).unwrap().reading.error.is_finite());
}

#[test]
fn examples_of_another_moment_are_not_judged_by_features_that_are_none() {
    // Recorded while all was well; the next engine of that model overflows.
    let mut sound = opened(scaled(&[], 1.0));
    let class = sound.examples_mut().add_class("ball").unwrap();
    block_on(sound.add_example(class)).unwrap();
    let project = block_on(sound.save_project()).unwrap();
    let mut broken = opened(scaled(ENCODER, 1e25));
    refused(block_on(broken.load_project(&project)), "features");
    assert!(broken.examples().classes().is_empty());
    // Features that are too large for the file are no other model's, "NaN % off".
    let mut large = opened(scaled(&["vjepa2.encoder.layernorm.weight"], 1e7));
    let error = block_on(large.load_project(&project)).unwrap_err();
    assert!(matches!(error, Error::Fewshot(FewshotError::NotFinite)), "{error}");
}

#[test]
fn training_undoes_steps_that_overflow_and_goes_on_from_there() {
    let config = ModelConfig::preset("nano", Family::VJepa2).unwrap();
    let mut session = Session::create(config.clone(), 1, Device::flex(), Limits::default()).unwrap();
    session.set_world(&WorldSpec::simple(), 1);
    session.advance_world(config.frames);
    let mut snapshot = block_on(session.snapshot()).unwrap();
    let names = ["encoder.blocks.0.attn.qkv.weight", "target_encoder.blocks.0.attn.qkv.weight"];
    scale(&mut snapshot.weights, &names, 1e25);
    let mut session = Session::restore(snapshot, Device::flex(), Limits::default()).unwrap();
    session.advance_world(config.frames);
    let failed = block_on(session.train(2, async || {}));
    assert!(matches!(failed, Err(Error::Diverged { step: 1, what: "loss" })), "{failed:?}");
    assert_eq!(session.step(), 0);
    refused(block_on(session.look(MaskKind::Short)), "features");
    assert!(matches!(block_on(session.adapt(1, 1e-3, async || {})), Err(Error::Diverged { .. })));
    assert_eq!(session.adapted(), 0);
}

#[test]
fn the_proof_calls_it_wrong() {
    let fixture = include_bytes!("../www/assets/proof/vjepa2.safetensors");
    let (mut weights, metadata) = read_safetensors(fixture).unwrap();
    scale(&mut weights, &["encoder.blocks.0.attn.qkv.weight"], 1e25);
    let broken = write_safetensors(&weights, metadata).unwrap();
    let rows = block_on(prove(&broken, &Device::flex(), &[Precision::F32])).unwrap();
    assert!(!rows.is_empty() && rows.iter().all(|row| !row.passed && row.worst == f32::INFINITY), "{rows:?}");
}

/// What `work` gives, within half a minute.
#[expect(clippy::disallowed_methods, reason = "a native test may use threads")]
fn soon<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (give, take) = mpsc::channel();
    thread::spawn(move || give.send(work()));
    take.recv_timeout(Duration::from_secs(30)).expect("it never ends")
}

#[test]
fn decompositions_end_and_nothing_is_said_of_what_is_no_number() {
    let rows = |value: f32| Rows {
        features: (0..24).map(|i| if i == 5 { value } else { i as f32 }).collect(),
        labels: vec![0, 1, 0, 1, 0, 1],
        parts: vec![4],
        classes: 2,
    };
    for value in [f32::NAN, f32::INFINITY] {
        let (ridge, shares) = soon(move || Ridge::fit(&rows(value)));
        assert_eq!((shares.len(), ridge.shares(&[0.0; 4]).len()), (12, 2));
    }
    let alternating: Vec<f32> = (0..40).map(|i| if i % 2 == 0 { f32::MAX } else { f32::MIN }).collect();
    let health = soon(move || health::measure(&alternating, 5));
    assert!(health.verdict() == Verdict::Collapsed || health.mean_std.is_finite(), "{health:?}");
    let none = health::measure(&[f32::NAN; 40], 5);
    assert_eq!(none.verdict(), Verdict::Collapsed);
    let reason = none.reason().expect("it is collapsed").message;
    assert!(!reason.contains("NaN") && reason.len() > 20, "{reason}");
}
