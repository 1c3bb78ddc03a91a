//! Times training steps.

use crate::{Failure, cpu};
use burn::tensor::{Device, Tensor, TensorData};
use clap::Args;
use serde_json::json;
use vjepa_web::{
    Family, ModelConfig, checkpoint::random, flops::training_step, mask, rng::Rng, schedule::Values, train::Trainer,
};

const RATES: Values = Values { learning_rate: 1e-4, weight_decay: 0.04, momentum: 0.998 };

/// Time training steps on the CPU
///
/// A small model on noise, with the same masks at every step, so that steps can be compared. After a warm-up, one JSON line:
/// {"engine": .., "ms": [one a step], "median": .., "gflops": of the median, "sum": of all parameters}. The sum is the same
/// however many threads there are.
#[derive(Args)]
pub struct Options {
    steps: usize,
    threads: usize,
}

pub fn measure(options: &Options) -> Result<(), Failure> {
    let engine = cpu::share_out(options.threads)?;
    let (config, mut rng) = (model(), Rng::new(1));
    let mut trainer = Trainer::load(&config, random(&config, 1), 0, &Device::flex())?;
    let shape = [config.batch * config.grid().tokens(), config.patch_values()];
    let values: Vec<f32> = (0..shape.iter().product()).map(|_| rng.normal() as f32).collect();
    let patches = Tensor::<2>::from_data(TensorData::new(values, shape), &Device::flex());
    let masks = vec![
        mask::short().sample(config.grid(), config.batch, &mut rng)?,
        mask::long().sample(config.grid(), config.batch, &mut rng)?,
    ];
    let step = || Ok(trainer.step(patches.clone(), &masks, RATES).loss.into_scalar::<f32>());
    let (_, times) = super::timed(options.steps, step)?;
    let mut sorted = times.clone();
    sorted.sort_by(f64::total_cmp);
    let median = sorted.get(options.steps / 2).copied().unwrap_or(f64::NAN);
    let sum = trainer.parameter_sum().into_scalar::<f32>();
    println!(
        "{}",
        json!({
            "engine": engine, "ms": times, "median": median, "gflops": training_step(&config, &masks) / median / 1e6, "sum": sum,
        })
    );
    Ok(())
}

fn model() -> ModelConfig {
    ModelConfig {
        name: "bench".into(),
        frames: 16,
        size: 48,
        predictor_width: 96,
        predictor_mlp: 4 * 96,
        predictor_depth: 3,
        predictor_heads: 3,
        batch: 8,
        ..ModelConfig::preset("tiny", Family::VJepa2).expect("a preset")
    }
}
