//! The step that benchmarks compare: it is the trainer's own, and refuses what doesn't fit.
#![cfg(not(target_arch = "wasm32"))]

use burn::tensor::{Device, Tensor, TensorData};
use std::collections::HashMap;
use vjepa_web::{
    Error, Family, ModelConfig,
    checkpoint::{random, read_safetensors, write_safetensors},
    mask::{self, Masks},
    model::patches_of,
    rng::Rng,
    schedule::Values,
    session::FixedStep,
    train::Trainer,
};

const RATES: Values = Values { learning_rate: 1e-3, weight_decay: 0.04, momentum: 0.99 };

fn nano() -> ModelConfig {
    ModelConfig::preset("nano", Family::VJepa2).unwrap()
}

/// A file of weights, clips and masks.
fn given(config: &ModelConfig) -> (Vec<u8>, Vec<f32>, Vec<Masks>) {
    let mut rng = Rng::new(3);
    let values = config.batch * 3 * config.frames * config.size * config.size;
    let video = (0..values).map(|_| rng.normal() as f32).collect();
    let masks = [mask::short(), mask::long()]
        .map(|generator| generator.sample(config.grid(), config.batch, &mut rng).unwrap())
        .to_vec();
    (write_safetensors(&random(config, 1), HashMap::new()).unwrap(), video, masks)
}

fn fixed(file: &[u8], video: Vec<f32>, masks: Vec<Masks>) -> Result<FixedStep, Error> {
    FixedStep::new(&nano(), file, video, masks, RATES, &Device::flex())
}

#[test]
fn steps_are_those_of_the_trainer() {
    let (config, (file, video, masks)) = (nano(), given(&nano()));
    let shape = [config.batch, 3, config.frames, config.size, config.size];
    let clips: Tensor<5> = Tensor::from_data(TensorData::new(video.clone(), shape), &Device::flex());
    let patches = patches_of(clips, config.tubelet, config.patch);
    let mut trainer = Trainer::load(&config, read_safetensors(&file).unwrap().0, 0, &Device::flex()).unwrap();
    let mut fixed = fixed(&file, video, masks.clone()).unwrap();
    let losses: Vec<f32> = (0..3)
        .map(|_| {
            let wanted = trainer.step(patches.clone(), &masks, RATES).loss.into_scalar::<f32>();
            let found = pollster::block_on(fixed.step()).unwrap();
            assert_eq!(found, wanted);
            found
        })
        .collect();
    assert!(losses[2] < losses[0], "{losses:?}");
}

#[test]
fn what_does_not_fit_is_refused_in_words() {
    let (file, video, masks) = given(&nano());
    let refused = |video: &[f32], masks: Vec<Masks>| match fixed(&file, video.to_vec(), masks) {
        Err(error) => error.code().to_string(),
        Ok(_) => "nothing".to_string(),
    };
    let with = |change: fn(&mut Masks)| {
        let mut changed = masks.clone();
        change(&mut changed[1]);
        changed
    };
    assert_eq!(refused(&video[1..], masks.clone()), "bad-frame");
    assert_eq!(refused(&video, vec![]), "bad-settings");
    assert_eq!(refused(&video, with(|mask| mask.target[0][0] = 32)), "bad-settings");
    assert_eq!(refused(&video, with(|mask| mask.context[1].push(0))), "bad-settings");
    assert_eq!(refused(&video, with(|mask| mask.target.truncate(1))), "bad-settings");
    assert_eq!(refused(&video, with(|mask| mask.context.iter_mut().for_each(Vec::clear))), "bad-settings");
    assert_eq!(refused(&video, masks.clone()), "nothing");
}
