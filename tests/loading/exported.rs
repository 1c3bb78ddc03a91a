//! What this page exports is a checkpoint like any other.

use super::*;
use unzip::unzip;
use vjepa_web::{Family, Session, checkpoint::FileDtype};

/// The files of a fresh model's export, and what its snapshot makes of a clip.
fn exported(family: Family, dtype: FileDtype) -> (ModelConfig, String, Vec<u8>, Weights) {
    let config = ModelConfig::preset("nano", family).unwrap();
    let session = Session::create(config, 3, Device::flex(), Limits::default()).unwrap();
    let mut zip = Vec::new();
    let sink = async |chunk: &[u8]| {
        zip.extend_from_slice(chunk);
        Ok(())
    };
    pollster::block_on(session.export(dtype, sink)).unwrap();
    let mut files = unzip(&zip);
    let folder = format!("{}-nano", family.id());
    let config = String::from_utf8(files.remove(&format!("{folder}/config.json")).unwrap()).unwrap();
    let weights = pollster::block_on(session.snapshot()).unwrap().weights;
    let bytes = files.remove(&format!("{folder}/model.safetensors")).unwrap();
    (session.config().clone(), config, bytes, weights)
}

#[test]
fn an_export_loads_as_the_model_it_was() {
    for family in [Family::VJepa1, Family::VJepa2] {
        for dtype in [FileDtype::F32, FileDtype::F16] {
            let (config, json, bytes, mut weights) = exported(family, dtype);
            let options = LoadOptions { name: config.name.clone(), ..options(&json) };
            let loaded = load_all(vec![bytes.as_slice()], &options).unwrap();
            assert_eq!(ModelConfig { batch: config.batch, ..loaded.config.clone() }, config);
            assert!(loaded.report.unused.is_empty() && loaded.report.missing.is_empty(), "{:?}", loaded.report);
            if dtype == FileDtype::F16 {
                let values = weights.0.values_mut().flat_map(|tensor| &mut tensor.data);
                values.for_each(|value| *value = half::f16::from_f32(*value).to_f32());
            }
            let device = Device::flex();
            let encoder = Encoder::load(&config, &mut weights, "target_encoder", &device).unwrap();
            let predictor = Predictor::load(&config, &mut weights, "predictor", &device).unwrap();
            assert!(numbers(&loaded) == look(&config, &encoder, Some(&predictor), None), "{family:?} {dtype:?}");
        }
    }
}
