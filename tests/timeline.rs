//! Moments of a run: kept, looked back at, gone back to.
#![cfg(not(target_arch = "wasm32"))]

use burn::tensor::Device;
use vjepa_web::{
    Error, Family, ModelConfig, Session,
    checkpoint::Weights,
    config::Limits,
    session::MaskKind,
    world::{World, WorldSpec},
};

fn session() -> Session {
    let config = ModelConfig::preset("nano", Family::VJepa2).unwrap();
    let mut session = Session::create(config, 3, Device::flex(), Limits::default()).unwrap();
    session.set_world(&WorldSpec::simple(), 3);
    session.advance_world(4);
    session
}

fn train(session: &mut Session, steps: usize) -> Vec<f32> {
    pollster::block_on(session.train(steps, async || ())).unwrap().losses
}

fn weights(session: &Session) -> Weights {
    pollster::block_on(session.snapshot()).unwrap().weights
}

fn embedding(session: &Session) -> Vec<f32> {
    let clip = World::new(&WorldSpec::simple(), 5).clip(4, 32);
    pollster::block_on(session.embed(clip)).unwrap()
}

fn steps(session: &Session) -> Vec<u64> {
    session.kept_models().iter().map(|moment| moment.step).collect()
}

#[test]
fn a_run_that_is_rewound_goes_on_as_it_did() {
    let mut session = session();
    train(&mut session, 3);
    session.keep_model().unwrap();
    let first = train(&mut session, 4);
    let end = weights(&session);
    session.keep_model().unwrap();
    session.rewind(3).unwrap();
    assert_eq!((session.step(), steps(&session)), (3, vec![3]), "what came later is gone");
    assert_eq!(train(&mut session, 4), first);
    assert_eq!(weights(&session), end);
}

#[test]
fn a_moment_that_is_shown_is_what_looks_and_embeddings_are_of() {
    let mut session = session();
    train(&mut session, 2);
    session.keep_model().unwrap();
    let then = embedding(&session);
    train(&mut session, 5);
    let now = embedding(&session);
    assert_ne!(then, now);
    pollster::block_on(session.look(MaskKind::Future)).unwrap();
    session.show_kept_model(Some(2)).unwrap();
    assert_eq!(embedding(&session), then);
    assert!(matches!(session.similarity(0), Err(Error::NoLook)), "the last look was another network's");
    let loss = |session: &mut Session| pollster::block_on(session.look(MaskKind::Future)).unwrap().loss;
    let past_loss = loss(&mut session);
    session.show_kept_model(None).unwrap();
    assert_eq!(embedding(&session), now);
    assert_ne!(loss(&mut session), past_loss);
}

#[test]
fn training_goes_on_from_the_newest_whatever_is_shown() {
    let [mut watched, mut quiet] = [session(), session()];
    train(&mut watched, 1);
    watched.keep_model().unwrap();
    train(&mut watched, 2);
    watched.show_kept_model(Some(1)).unwrap();
    let last = train(&mut watched, 2);
    train(&mut quiet, 3);
    assert_eq!(train(&mut quiet, 2), last);
    assert_eq!(weights(&watched), weights(&quiet), "a snapshot is of the newest as well");
}

#[test]
fn a_moment_that_is_not_there_is_said() {
    let mut session = session();
    let code = |result: Result<(), Error>| result.unwrap_err().code().to_string();
    assert_eq!(code(session.show_kept_model(Some(7))), "no-moment");
    assert_eq!(code(session.rewind(7)), "no-moment");
    session.keep_model().unwrap();
    session.keep_model().unwrap();
    assert_eq!(steps(&session), [0], "a moment is kept once");
}
