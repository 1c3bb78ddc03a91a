//! Every layout of official checkpoint.

use super::*;
use std::fs::File;
use vjepa_web::{Family, checkpoint::Progress};

pub fn all() -> Vec<(&'static str, String, Family)> {
    let described = |name: &str| std::fs::read_to_string(fixture(name).join("config.json")).unwrap();
    vec![
        ("hf_vjepa2_tiny/model.safetensors", described("hf_vjepa2_tiny"), Family::VJepa2),
        ("hf_vjepa2_tiny_cls/model.safetensors", described("hf_vjepa2_tiny_cls"), Family::VJepa2),
        ("vjepa1_tiny_meta_layout.pth.tar", HEADS.into(), Family::VJepa1),
        ("vjepa2_tiny_meta_layout.pt", HEADS.into(), Family::VJepa2),
        ("vjepa21_tiny_meta_layout.pt", HEADS.into(), Family::VJepa21),
        ("vjepa21_tiny_distilled_meta_layout.pt", HEADS.into(), Family::VJepa21),
    ]
}

fn load_seen(name: &str, options: &LoadOptions) -> Result<(Loaded, Vec<Progress>), Error> {
    let mut seen = Vec::new();
    let file = File::open(fixture(name)).unwrap();
    let loaded = pollster::block_on(load(vec![file], options, &Device::flex(), |progress| seen.push(progress)))?;
    Ok((loaded, seen))
}

#[test]
fn every_layout_is_recognised_and_loaded_whole() {
    for (name, config, family) in all() {
        let (loaded, seen) = load_seen(name, &options(&config)).unwrap_or_else(|e| panic!("{name}: {e}"));
        println!("{name}: {:?}", loaded.config);
        println!("unused: {:?}", &loaded.report.unused[..loaded.report.unused.len().min(6)]);
        assert_eq!(loaded.config.family, family, "{name}");
        assert!(loaded.predictor.is_some() && loaded.report.missing.is_empty(), "{name}");
        let last = seen.last().unwrap();
        assert_eq!((last.loaded, last.tensors), (last.total, last.of_tensors), "{name}");
        assert_eq!(last.tensors, loaded.report.matched);
        assert!(seen.is_sorted_by_key(|progress| progress.loaded), "{name}");
        assert!(numbers(&loaded).features.iter().all(|value| value.is_finite()), "{name}");
        assert_eq!(loaded.report.whole, name.ends_with("safetensors"), "{name}: a zip is not read through");
    }
}
