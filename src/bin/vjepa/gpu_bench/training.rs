//! Training steps of the page's own models, clips of their world drawn as the page draws them.

use super::{
    clock::Clock,
    report::{Cell, Report},
};
use crate::Failure;
use burn::tensor::Device;
use pollster::block_on;
use vjepa_web::{Family, ModelConfig, Session, config::Limits};

const PRESETS: [&str; 3] = ["tiny", "learner", "actor"];
/// Steps between two reads, as the page trains.
const CHUNK: usize = 5;

pub fn measure(device: &Device, clock: &Clock, report: &mut Report) -> Result<(), Failure> {
    let mut table = report.table("training", "Training", &["preset", "clips a step", "ms a step", "steps/s"]);
    for preset in PRESETS {
        let config = ModelConfig::preset(preset, Family::VJepa2)?;
        let clips = config.batch;
        let mut session = Session::create(config, 1, device.clone(), Limits::default())?;
        let world = session.recipe().world.clone();
        session.set_world(&world, 1);
        let ms = clock.median(|| {
            block_on(session.train(CHUNK, async || ()))?;
            Ok(())
        })?;
        let ms = ms.map(|ms| ms / CHUNK as f64);
        table.row(&[preset.into(), (clips as f64).into(), Cell::of(ms), Cell::of(ms.map(|ms| 1000.0 / ms))]);
    }
    Ok(())
}
