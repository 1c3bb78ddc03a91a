//! Files that are no snapshot, or a broken one: an error in words each, never a panic.
#![cfg(not(target_arch = "wasm32"))]

use burn::tensor::Device;
use std::collections::HashMap;
use vjepa_web::{
    Error, Family, ModelConfig, Session,
    checkpoint::{CheckpointError, FileDtype, Snapshot, Start, Weights, write_safetensors},
    config::{Actions, Limits},
    recipe::{Recipe, RunSource},
    world::WorldSpec,
};

fn snapshot() -> Snapshot {
    let config = ModelConfig::preset("nano", Family::VJepa2).unwrap();
    let session = Session::create(config, 1, Device::flex(), Limits::default()).unwrap();
    pollster::block_on(session.snapshot()).unwrap()
}

fn open(bytes: &[u8]) -> Result<(), Error> {
    let snapshot = Snapshot::from_bytes(bytes)?;
    Session::restore(snapshot, Device::flex(), Limits { max_buffer_bytes: 1 << 27, max_total_bytes: 3 << 30 })
        .map(|_| ())
}

fn code(bytes: &[u8]) -> String {
    open(bytes).err().map_or_else(|| "opened".into(), |error| error.code().to_string())
}

#[test]
fn a_file_that_is_cut_off_anywhere_is_refused() {
    let bytes = snapshot().to_bytes().unwrap();
    assert_eq!(code(&bytes), "opened");
    for length in [0, 1, 7, 8, 9, 100, 5000, bytes.len() / 2, bytes.len() - 1] {
        assert_eq!(code(&bytes[..length]), "bad-checkpoint", "cut to {length}");
    }
    let mut lying = bytes.clone();
    lying[..8].copy_from_slice(&(1u64 << 60).to_le_bytes());
    assert_eq!(code(&lying), "bad-checkpoint");
}

#[test]
fn another_safetensors_file_is_named_as_such() {
    let mut weights = Weights::default();
    weights.insert("encoder.norm.weight", [2], vec![1.0, 2.0]);
    let foreign = write_safetensors(&weights, HashMap::new()).unwrap();
    assert!(open(&foreign).unwrap_err().to_string().contains("no vjepa-web snapshot"));
    let garbled = write_safetensors(&weights, HashMap::from([("vjepa-web".into(), "{".into())])).unwrap();
    assert!(open(&garbled).unwrap_err().to_string().contains("no vjepa-web snapshot"));
}

#[test]
fn a_configuration_that_does_not_belong_to_the_weights_is_refused() {
    type Change = fn(&mut ModelConfig);
    let changes: [(&str, Change, &str); 6] = [
        ("no depth", |config| config.depth = 0, "bad-checkpoint"),
        ("deeper than its weights", |config| config.depth = 3, "bad-checkpoint"),
        ("wider than its weights", |config| config.width = 128, "bad-checkpoint"),
        ("a clip beyond all memory", |config| (config.frames, config.size) = (65_536, 65_536), "bad-checkpoint"),
        ("more tokens than a buffer holds", |config| config.frames = 65_536, "bad-config"),
        ("numbers that overflow", |config| config.mlp = usize::MAX, "bad-checkpoint"),
    ];
    for (what, change, expected) in changes {
        let mut snapshot = snapshot();
        change(&mut snapshot.header.config);
        assert_eq!(code(&snapshot.to_bytes().unwrap()), expected, "{what}");
    }
}

#[test]
fn a_tensor_that_is_missing_or_misshaped_is_named() {
    let mut without = snapshot();
    without.weights.0.remove("predictor.mask_tokens.1");
    assert!(open(&without.to_bytes().unwrap()).unwrap_err().to_string().contains("predictor.mask_tokens.1"));
    let mut bent = snapshot();
    bent.weights.0.get_mut("encoder.norm.bias").unwrap().shape = vec![32, 2];
    assert!(open(&bent.to_bytes().unwrap()).unwrap_err().to_string().contains("encoder.norm.bias"));
}

#[test]
fn moments_of_another_size_are_no_moments() {
    let mut session = Session::restore(snapshot(), Device::flex(), Limits::default()).unwrap();
    session.set_world(&WorldSpec::simple(), 1);
    train(&mut session, 1);
    let trained = pollster::block_on(session.snapshot()).unwrap();
    for name in ["adamw.encoder.first.norm.weight", "adamw.predictor.second.predictor_norm.bias"] {
        let mut short = trained.clone();
        let tensor = short.weights.0.get_mut(name).unwrap();
        (tensor.shape, tensor.data) = (vec![1], vec![0.0]);
        assert!(open(&short.to_bytes().unwrap()).unwrap_err().to_string().contains(name));
        let mut without = trained.clone();
        without.weights.0.remove(name);
        assert!(open(&without.to_bytes().unwrap()).unwrap_err().to_string().contains(name));
    }
}

/// Each is a whole file with a checksum that is right: somebody made it so.
#[test]
fn a_run_that_no_session_wrote_is_refused() {
    let refused = |change: fn(&mut serde_json::Value)| {
        let mut snapshot = snapshot();
        let mut header = serde_json::to_value(&snapshot.header).unwrap();
        change(&mut header);
        snapshot.header = serde_json::from_value(header).unwrap();
        open(&snapshot.to_bytes().unwrap()).map_err(|error| error.to_string())
    };
    assert_eq!(refused(|_| {}), Ok(()));
    // Its masks would be drawn for ever.
    let still = refused(|header| header["rng"] = serde_json::json!({ "state": 0, "increment": 0 }));
    assert!(still.unwrap_err().contains("no vjepa-web snapshot"));
    let endless = refused(|header| header["step"] = u64::MAX.into());
    assert!(endless.unwrap_err().contains("no vjepa-web snapshot"));
    let mut deep = snapshot();
    deep.header.config.depth = 65_536;
    assert!(open(&deep.to_bytes().unwrap()).unwrap_err().to_string().contains("more blocks than"));
    let mut named = snapshot();
    named.weights.insert("n".repeat(100_000), [1], vec![0.0]);
    assert!(open(&named.to_bytes().unwrap()).unwrap_err().to_string().len() < 500);
}

/// They would be trained on clips that nobody can play.
#[test]
fn a_model_with_actions_that_can_not_play_is_refused() {
    let acting = ModelConfig::preset("actor", Family::VJepa2).unwrap();
    let actions = acting.actions.unwrap();
    let create = |config: ModelConfig| Session::create(config, 1, Device::flex(), Limits::default()).map(|_| ());
    for config in
        [ModelConfig { frames: acting.tubelet, ..acting.clone() }, ModelConfig { tubelet: 1, ..acting.clone() }]
    {
        assert_eq!(create(config).unwrap_err().code(), "bad-recipe");
    }
    // Of more numbers than the rooms take it has nothing to train on there.
    let hand = ModelConfig { actions: Some(Actions { dim: 7, ..actions }), ..acting };
    let mut session = Session::create(hand, 1, Device::flex(), Limits::default()).unwrap();
    session.set_world(&WorldSpec::simple(), 1);
    let trained = pollster::block_on(session.train(1, async || ())).map(|_| ());
    assert!(matches!(trained, Err(Error::NoClip)), "{trained:?}");
}

#[test]
fn weights_that_are_no_finite_numbers_are_named() {
    for (name, value) in [("encoder.norm.weight", f32::NAN), ("predictor.predictor_norm.bias", f32::INFINITY)] {
        let mut spoilt = snapshot();
        spoilt.weights.0.get_mut(name).unwrap().data[1] = value;
        let error = open(&spoilt.to_bytes().unwrap()).unwrap_err().to_string();
        assert!(error.contains(name) && error.contains("no finite numbers"), "{error}");
    }
}

#[test]
fn moments_of_the_first_snapshots_are_still_found() {
    let mut session = Session::restore(snapshot(), Device::flex(), Limits::default()).unwrap();
    session.set_world(&WorldSpec::rich(), 1);
    pollster::block_on(session.train(1, async || ())).unwrap();
    let trained = pollster::block_on(session.snapshot()).unwrap();
    let mut old = trained.clone();
    let norm = |name: &str| name.starts_with("adamw.") && name.contains("norm");
    let was = |name: &str| name.replace(".weight", ".gamma").replace(".bias", ".beta");
    old.weights.0 =
        old.weights.0.into_iter().map(|(name, x)| (if norm(&name) { was(&name) } else { name }, x)).collect();
    assert_ne!(old.weights, trained.weights);
    let reopened = Snapshot::from_bytes(&old.to_bytes().unwrap()).unwrap();
    let resumed = Session::restore(reopened, Device::flex(), Limits::default()).unwrap();
    assert_eq!(pollster::block_on(resumed.snapshot()).unwrap().weights, trained.weights);
}

fn train(session: &mut Session, steps: usize) -> Vec<f32> {
    pollster::block_on(session.train(steps, async || ())).unwrap().losses
}

#[test]
fn a_run_from_a_file_goes_on_as_it_would_have() {
    let mut session = Session::restore(snapshot(), Device::flex(), Limits::default()).unwrap();
    let recipe = session.recipe().clone();
    let schedule = recipe.schedule.clone().with_learning_rate(2e-3);
    session.set_recipe(Recipe { batch: 3, schedule, ..recipe }).unwrap();
    session.set_world(&WorldSpec::standard(), 7);
    train(&mut session, 2);
    let mut saved = pollster::block_on(session.snapshot()).unwrap();
    saved.header.notes = "{\"losses\":[1,2]}".into();
    let opened = Snapshot::from_bytes(&saved.to_bytes().unwrap()).unwrap();
    assert_eq!(opened.header.notes, saved.header.notes);
    let mut resumed = Session::restore(opened, Device::flex(), Limits::default()).unwrap();
    assert_eq!((resumed.step(), resumed.source()), (2, RunSource::World { seed: 7 }));
    assert_eq!(resumed.recipe(), session.recipe());
    assert_eq!(train(&mut resumed, 3), train(&mut session, 3), "no world has to be set, no recipe given");
}

/// Whatever byte is flipped, the file is refused or says the same as before.
#[test]
fn a_flipped_byte_is_noticed() {
    let snapshot = snapshot();
    let bytes = snapshot.to_bytes().unwrap();
    let header = 8 + u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let told = serde_json::to_string(&snapshot.header).unwrap();
    let places = (0..header).step_by(41).chain((header..bytes.len()).step_by(bytes.len() / 60));
    let mut refused = 0;
    for at in places {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1 << (at % 8);
        match Snapshot::from_bytes(&flipped) {
            Err(_) => refused += 1,
            Ok(same) => {
                assert!(at < header, "byte {at} of the weights went unnoticed");
                assert_eq!(serde_json::to_string(&same.header).unwrap(), told, "byte {at}");
                assert_eq!(same.weights, snapshot.weights, "byte {at}");
            }
        }
    }
    assert!(refused > 60, "{refused}");
    let mut flipped = bytes.clone();
    *flipped.last_mut().unwrap() ^= 1;
    assert!(matches!(Snapshot::from_bytes(&flipped), Err(CheckpointError::Damaged)));
}

#[test]
fn a_file_from_before_there_were_recipes_trains_as_published() {
    let snapshot = snapshot();
    let mut header = serde_json::to_value(&snapshot.header).unwrap();
    for key in ["recipe", "source", "notes"] {
        header.as_object_mut().unwrap().remove(key).unwrap();
    }
    let metadata = HashMap::from([("vjepa-web".into(), header.to_string())]);
    let old = write_safetensors(&snapshot.weights, metadata).unwrap();
    let session = Session::restore(Snapshot::from_bytes(&old).unwrap(), Device::flex(), Limits::default()).unwrap();
    assert_eq!(session.recipe(), &Recipe::published(session.config()));
    assert_eq!(session.source(), RunSource::Other);
}

#[test]
fn a_recipe_that_cannot_be_is_refused_from_a_file_as_well() {
    let mut wild = snapshot();
    wild.header.recipe.as_mut().unwrap().batch = 1000;
    assert_eq!(code(&wild.to_bytes().unwrap()), "bad-recipe");
}

/// The same values as f16, under the names of a shipped checkpoint: no context encoder, no moments.
fn shipped(snapshot: &Snapshot, header: Option<String>) -> Vec<u8> {
    use safetensors::{Dtype, tensor::TensorView};
    let shipped = |name: &&String| name.starts_with("target_encoder.") || name.starts_with("predictor.");
    let data: Vec<(&String, &Vec<usize>, Vec<u8>)> = snapshot
        .weights
        .0
        .iter()
        .filter(|(name, _)| shipped(name))
        .map(|(name, tensor)| (name, &tensor.shape, FileDtype::F16.encode(&tensor.data).unwrap()))
        .collect();
    let views =
        data.iter().map(|(name, shape, data)| (*name, TensorView::new(Dtype::F16, (*shape).clone(), data).unwrap()));
    safetensors::serialize(views, header.map(|header| HashMap::from([("vjepa-web".to_string(), header)]))).unwrap()
}

#[test]
fn a_shipped_checkpoint_learns_on_from_step_0() {
    let mut session = Session::restore(snapshot(), Device::flex(), Limits::default()).unwrap();
    session.set_world(&WorldSpec::simple(), 1);
    train(&mut session, 2);
    let trained = pollster::block_on(session.snapshot()).unwrap();
    let other = ModelConfig::preset("tiny", Family::VJepa2).unwrap();
    let start = |bytes: &[u8], config: &ModelConfig| {
        Session::start_from(Start::from_bytes(bytes)?, config, None, Device::flex(), Limits::default())
    };
    let header = serde_json::to_string(&trained.header).unwrap();
    let mut fresh = start(&shipped(&trained, Some(header)), &other).unwrap();
    assert_eq!((fresh.step(), fresh.config()), (0, session.config()), "the file says which model it is");
    assert_eq!(fresh.recipe(), &Recipe::of(session.config()).fine_tuning());
    let weights = pollster::block_on(fresh.snapshot()).unwrap().weights;
    assert!(weights.below("adamw.").0.is_empty());
    for (name, tensor) in &trained.weights.below("target_encoder.").0 {
        for part in ["encoder", "target_encoder"] {
            let found = &weights.0[&format!("{part}.{name}")].data;
            assert!(
                found.iter().zip(&tensor.data).all(|(a, b)| (a - b).abs() <= 1e-3 * b.abs() + 1e-6),
                "{part}.{name}"
            );
        }
    }
    fresh.set_world(&WorldSpec::simple(), 1);
    assert!(train(&mut fresh, 1)[0].is_finite());
    assert!(start(&shipped(&trained, None), session.config()).is_ok(), "without a header it is the model that is open");
    let refused = start(&shipped(&trained, None), &other).map(|_| ()).unwrap_err();
    assert_eq!(refused.code(), "bad-checkpoint");
    assert!(matches!(Start::from_bytes(b"no"), Err(CheckpointError::Format(_))));
    let mut weights = Weights::default();
    weights.insert("other", [1], vec![1.0]);
    let foreign = write_safetensors(&weights, HashMap::new()).unwrap();
    assert!(matches!(Start::from_bytes(&foreign), Err(CheckpointError::Unrecognised)));
}
