//! What is done with hostile files that are accepted: they are loaded, and trained if their choices say so.

use crate::readers::{Case, config::sound, said};
use burn::tensor::Device;
use pollster::block_on;
use vjepa_web::{
    ModelConfig, Session,
    checkpoint::{LoadOptions, Snapshot, Start, load},
    config::Limits,
    world::WorldSpec,
};

/// As of a page on a small device.
const LIMITS: Limits = Limits { max_buffer_bytes: 1 << 20, max_total_bytes: 1 << 20 };

/// Whether a checkpoint is opened.
pub fn open(case: &Case) -> bool {
    let options = LoadOptions {
        name: "hostile".into(),
        config: case.config.clone(),
        preprocessor: case.preprocessor.clone(),
        frames: case.frames,
        precision: case.precision,
        limits: LIMITS,
    };
    match block_on(load(vec![case.file.as_slice()], &options, &Device::flex(), |_| {})) {
        Ok(loaded) => {
            sound(&loaded.config);
            true
        }
        Err(error) => {
            said(&error);
            false
        }
    }
}

/// A run after a step.
pub fn run(config: ModelConfig) -> Snapshot {
    let mut session = Session::create(config, 1, Device::flex(), Limits::default()).expect("it is right");
    session.set_world(&WorldSpec::simple(), 1);
    block_on(session.train(1, async || ())).expect("it learns");
    block_on(session.snapshot()).expect("it is read")
}

pub fn resume(snapshot: Snapshot, steps: bool) {
    match Session::restore(snapshot, Device::flex(), LIMITS) {
        Ok(mut session) if steps => {
            let world = session.recipe().world.clone();
            session.set_world(&world, 1);
            if let Err(error) = block_on(session.train(1, async || ())) {
                said(&error);
            }
        }
        Ok(_) => {}
        Err(error) => said(&error),
    }
}

pub fn begin(start: Start, config: &ModelConfig) {
    if let Err(error) = Session::start_from(start, config, None, Device::flex(), LIMITS) {
        said(&error);
    }
}
