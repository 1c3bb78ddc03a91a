//! Pretraining experiments.
#![expect(clippy::disallowed_types, reason = "a native program may measure time")]
#![cfg(not(target_arch = "wasm32"))]

use burn::tensor::Device;
use std::time::Instant;
use vjepa_web::{
    Family, ModelConfig, Session,
    checkpoint::Snapshot,
    config::Limits,
    exam::{Questions, surprises},
    recipe::{MaskMix, Recipe},
    schedule::{Decay, Schedule},
    world::{Pair, Violation, WorldSpec},
};

fn set(value: &mut serde_json::Value, path: &str, to: &str) {
    let mut at = value;
    for key in path.split('.') {
        at = match at {
            serde_json::Value::Array(a) => &mut a[key.parse::<usize>().unwrap()],
            _ => at.get_mut(key).unwrap_or_else(|| panic!("no {path}")),
        };
    }
    *at = serde_json::from_str(to).unwrap_or_else(|_| serde_json::Value::String(to.into()));
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (steps, every, pairs, out) = (args[0].parse::<u64>().unwrap(), args[1].parse::<u64>().unwrap(), args[2].parse::<u64>().unwrap(), &args[3]);
    let mut config = ModelConfig::preset("tiny", Family::VJepa2).unwrap();
    config.frames = 16;
    config.size = 48;
    config.width = 96;
    config.heads = 3;
    config.depth = 4;
    config.predictor_width = 96;
    config.predictor_heads = 3;
    config.predictor_depth = 3;
    config.mlp = 384;
    config.predictor_mlp = 384;
    let recipe = Recipe {
        world: WorldSpec::standard(),
        masks: MaskMix { future: 0.7, past: (3, 6), horizon: (1, 3), ..MaskMix::blocks() },
        schedule: Schedule {
            warmup: 200,
            horizon: steps,
            learning_rate_start: 1e-4,
            learning_rate_final: 1e-5,
            decay: Decay::Cosine,
            momentum_final: 0.9995,
            ..Schedule::constant(1.5e-3, 0.04, 0.99)
        },
        batch: 8,
        clip: Some(3.0),
        squared: true,
    };
    let mut run = serde_json::json!({ "config": config, "recipe": recipe, "seed": 1, "past": 5, "horizon": 3, "threads": 1, "frames": 28, "init": "", "scale": 1.0 });
    for arg in &args[4..] {
        let (path, to) = arg.split_once('=').unwrap();
        if path == "world" {
            run["recipe"]["world"] = serde_json::to_value(WorldSpec::named(to).unwrap()).unwrap();
        } else {
            set(&mut run, path, to);
        }
    }
    rayon::ThreadPoolBuilder::new().num_threads(run["threads"].as_u64().unwrap() as usize).build_global().unwrap();
    let config: ModelConfig = serde_json::from_value(run["config"].clone()).unwrap();
    let recipe: Recipe = serde_json::from_value(run["recipe"].clone()).unwrap();
    let device = Device::flex();
    let seed = run["seed"].as_u64().unwrap();
    let init = run["init"].as_str().unwrap();
    let mut session = if init.is_empty() {
        let mut weights = vjepa_web::checkpoint::random(&config, seed);
        let scale = run["scale"].as_f64().unwrap() as f32;
        for (name, t) in weights.0.iter_mut() {
            if t.shape.len() >= 2 && !name.contains("mask_token") { t.data.iter_mut().for_each(|v| *v *= scale); }
        }
        let header = vjepa_web::checkpoint::SnapshotHeader { config: config.clone(), seed, step: 0, rng: vjepa_web::rng::Rng::stream(seed, 1) };
        Session::restore(Snapshot { header, weights }, device.clone(), Limits::default()).unwrap()
    } else {
        Session::restore(Snapshot::from_bytes(&std::fs::read(init).unwrap()).unwrap(), device.clone(), Limits::default()).unwrap()
    };
    let world = recipe.world.clone();
    session.set_recipe(recipe);
    session.set_world(&world, 2);
    let questions = Questions { past: run["past"].as_u64().unwrap() as usize, horizon: run["horizon"].as_u64().unwrap() as usize };
    let frames = run["frames"].as_u64().unwrap() as usize;
    let exam: Vec<(Violation, Vec<[Vec<u8>; 2]>)> = Violation::ALL
        .into_iter()
        .filter(|v| v.possible_in(&world))
        .map(|v| {
            let clips = (0..pairs).map(|seed| {
                let pair = Pair::new(&world, v, frames, seed).unwrap();
                [pair.possible().clip(frames, config.size), pair.impossible().clip(frames, config.size)]
            });
            (v, clips.collect())
        })
        .collect();
    println!("{} params {}+{}", run, config.encoder_params(), config.predictor_params());
    let start = Instant::now();
    let mut losses = 0.0;
    while session.step() < steps {
        let report = pollster::block_on(session.train(10, async || ())).unwrap();
        losses += report.losses.iter().sum::<f32>();
        if session.step() % every == 0 || session.step() >= steps {
            let took = start.elapsed().as_secs_f64();
            print!("{} loss {:.4} std {:.3} rank {:.1} {:.0}s", session.step(), losses / every as f32, report.health.std, report.health.effective_rank, took);
            losses = 0.0;
            let examinee = session.examinee().unwrap();
            let mut sum = [0.0; 4];
            for (violation, clips) in &exam {
                // By mean and max over windows, at horizon 1 and over all.
                let mut right = [0.0f32; 4];
                for pair in clips {
                    let s = pollster::block_on(surprises(&examinee, pair, questions, &device)).unwrap();
                    let first = |s: &vjepa_web::exam::Surprise| s.errors.iter().map(|w| w[0].iter().sum::<f32>()).fold(f32::MIN, f32::max);
                    let scores = s.iter().map(|s| [s.at_horizon(0), first(s), s.mean(), s.max()]).collect::<Vec<_>>();
                    for i in 0..4 { right[i] += (scores[1][i] > scores[0][i]) as u32 as f32; }
                }
                let n = clips.len() as f32;
                print!(" | {} {:.0}/{:.0} {:.0}/{:.0}", violation.id(), 100.0 * right[0] / n, 100.0 * right[1] / n, 100.0 * right[2] / n, 100.0 * right[3] / n);
                for i in 0..4 { sum[i] += 100.0 * right[i] / n / exam.len() as f32; }
            }
            let examinee_clips: Vec<Vec<u8>> = exam[0].1.iter().map(|p| p[0].clone()).collect();
            let s = pollster::block_on(surprises(&examinee, &examinee_clips, questions, &device)).unwrap();
            print!(" | err by h {:?}", (0..questions.horizon).map(|h| (s.iter().map(|s| s.at_horizon(h)).sum::<f32>() / s.len() as f32 * 1000.0) as i32).collect::<Vec<_>>());
            let sum_text = format!("{:.1}/{:.1} {:.1}/{:.1}", sum[0], sum[1], sum[2], sum[3]);
            println!(" | avg {sum_text} exam {:.0}s", start.elapsed().as_secs_f64() - took);
            std::fs::write(out, pollster::block_on(session.snapshot()).unwrap().to_bytes().unwrap()).unwrap();
        }
    }
}
