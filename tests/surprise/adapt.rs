//! Adapting to a place, and undoing it.

use super::{nano, nano_in_a_world};
use pollster::block_on;
use vjepa_web::{Error, Session, checkpoint::Weights, session::MaskKind, world::WorldSpec};

/// All that a file of it says; not its bytes, whose metadata are in any order.
fn saved(session: &Session) -> (String, Weights) {
    let snapshot = block_on(session.snapshot()).unwrap();
    (serde_json::to_string(&snapshot.header).unwrap(), snapshot.weights)
}

fn train(session: &mut Session, steps: usize) -> Vec<f32> {
    block_on(session.train(steps, async || ())).unwrap().losses
}

fn adapt(session: &mut Session, steps: usize) -> u64 {
    block_on(session.adapt(steps, 1e-3, async || ())).unwrap().steps
}

/// Mean error over the next windows of what the session sees.
fn surprise(session: &mut Session, windows: usize) -> f32 {
    let mut sum = 0.0;
    for _ in 0..windows {
        session.advance_world(2);
        sum += block_on(session.surprise(session.newest())).unwrap().reading.error;
    }
    sum / windows as f32
}

#[test]
fn surprise_falls_where_it_is_used_to_and_rises_at_something_new() {
    let mut session = nano_in_a_world(4);
    train(&mut session, 40);
    session.advance_world(60);
    let before = surprise(&mut session, 20);
    assert_eq!(adapt(&mut session, 30), 30);
    assert_eq!(adapt(&mut session, 30), 60, "it goes on where it was");
    let after = surprise(&mut session, 20);
    session.set_world(&WorldSpec::rich(), 11);
    session.advance_world(4);
    let new = surprise(&mut session, 20);
    assert_eq!(session.adapted(), 60, "habits go along to another place");
    assert!(after < 0.8 * before, "{after} {before}");
    assert!(new > 1.2 * after, "{new} {after}");
}

#[test]
fn undoing_it_leaves_no_trace() {
    let [mut used, mut other] = [nano_in_a_world(5), nano_in_a_world(5)];
    train(&mut used, 5);
    train(&mut other, 5);
    let before_adaptation = saved(&used);
    assert!(before_adaptation == saved(&other));
    let clip = block_on(used.look(MaskKind::Future)).unwrap().frames;
    let embedding = block_on(used.embed(clip.clone())).unwrap();
    let before = block_on(used.roll(1, 1)).unwrap().predicted;
    adapt(&mut used, 5);
    assert!(saved(&used) == before_adaptation, "a snapshot is of the model before");
    assert_eq!(block_on(used.embed(clip)).unwrap(), embedding, "what is seen keeps its meaning");
    assert_ne!(block_on(used.roll(1, 1)).unwrap().predicted, before, "what is expected does not");
    used.undo_adaptation();
    assert_eq!(used.adapted(), 0);
    assert_eq!(block_on(used.roll(1, 1)).unwrap().predicted, before);
    assert_eq!(train(&mut used, 5), train(&mut other, 5), "training goes on as if it had never been");
    assert!(saved(&used) == saved(&other), "bit for bit, moments included");
}

#[test]
fn training_and_other_moments_end_it() {
    let mut session = nano_in_a_world(6);
    session.keep_model().unwrap();
    adapt(&mut session, 2);
    train(&mut session, 1);
    assert_eq!(session.adapted(), 0);
    adapt(&mut session, 2);
    session.show_kept_model(Some(0)).unwrap();
    assert_eq!(session.adapted(), 0);
    adapt(&mut session, 2);
    session.rewind(0).unwrap();
    assert_eq!(session.adapted(), 0);
}

#[test]
fn frames_of_a_camera_are_what_it_gets_used_to() {
    let mut session = nano(7);
    assert!(matches!(block_on(session.adapt(1, 1e-3, async || ())), Err(Error::NoClip)));
    for i in 0..8u8 {
        session.push_frame(vec![30 * i; 32 * 32 * 4]).unwrap();
    }
    let losses = block_on(session.adapt(40, 1e-3, async || ())).unwrap().losses;
    let mean = |some: &[f32]| some.iter().sum::<f32>() / some.len() as f32;
    assert!(mean(&losses[30..]) < 0.9 * mean(&losses[..10]), "{losses:?}");
}

#[test]
fn what_cannot_be_is_refused_and_a_step_that_explodes_is_undone() {
    let mut session = nano_in_a_world(8);
    for rate in [-1.0, 2.0, f64::NAN] {
        assert!(matches!(block_on(session.adapt(1, rate, async || ())), Err(Error::Recipe(_))), "{rate}");
    }
    assert!(matches!(block_on(session.adapt(0, 1e-3, async || ())), Err(Error::Settings(_))));
    assert_eq!(session.adapted(), 0);
    adapt(&mut session, 3);
    let before = block_on(session.roll(1, 1)).unwrap().predicted;
    // Rates of 1 throw the weights about; if it stays finite, it was not undone but counted.
    let steps = block_on(session.adapt(3, 1.0, async || ()));
    match steps {
        Ok(adaptation) => assert_eq!((adaptation.steps, session.adapted()), (6, 6)),
        Err(error) => {
            assert!(matches!(error, Error::Diverged { .. }));
            assert_eq!((session.adapted(), block_on(session.roll(1, 1)).unwrap().predicted), (3, before));
        }
    }
}
