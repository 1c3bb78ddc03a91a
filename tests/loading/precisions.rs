//! Weights in fewer bits: how far features move.

use super::*;
use std::fs::File;

/// Features, predictions and logits of the tiny models are of unit scale (mean magnitude 0.8). An f16 weight is off by a part
/// in 2048 at most, an Int8 one by half a part in 127 of the largest in its row: over three to sixteen random blocks that
/// came to 2.2e-3 and 7.1e-2 at worst. The bounds are three times as wide.
const WORST_F16: f32 = 6e-3;
const WORST_INT8: f32 = 0.2;

#[test]
fn features_stay_near_those_of_full_precision() {
    for (name, config, _) in layouts::all() {
        let of = |precision| {
            let options = LoadOptions { precision, ..options(&config) };
            load_all(vec![File::open(fixture(name)).unwrap()], &options).unwrap()
        };
        let exact = numbers(&of(Precision::F32));
        for (precision, allowed) in [(Precision::F16, WORST_F16), (Precision::Int8, WORST_INT8)] {
            let loaded = of(precision);
            if !loaded.config.packable() {
                // Kernels that read in fours leave hidden layers of 209 alone.
                assert_eq!((loaded.config.mlp, loaded.report.precision), (209, Precision::F32), "{name}");
                assert_eq!(numbers(&loaded), exact);
                continue;
            }
            assert_eq!(loaded.report.precision, precision, "{name}");
            let worst = worst_of(&numbers(&loaded), &exact);
            let scale = exact.features.iter().map(|value| value.abs()).sum::<f32>() / exact.features.len() as f32;
            println!("{name} {precision:?}: worst {worst:.1e}, mean magnitude of features {scale:.2}");
            assert!(worst > 0.0, "{name}: {precision:?} is not f32");
            assert!(worst <= allowed, "{name}: {precision:?} is off by {worst}");
        }
    }
}

fn worst_of(a: &Numbers, b: &Numbers) -> f32 {
    worst(&a.features, &b.features).max(worst(&a.predicted, &b.predicted)).max(worst(&a.logits, &b.logits))
}

fn worst(found: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(found.len(), expected.len());
    found.iter().zip(expected).fold(0.0, |worst, (a, b)| worst.max((a - b).abs()))
}
