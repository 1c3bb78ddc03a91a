//! That the step really learns: gradients by finite differences, one clip overfitted, a seed repeated, a bad step undone.
#![cfg(not(target_arch = "wasm32"))]

use burn::tensor::{Device, Distribution, Tensor, TensorData, Tolerance};
use std::collections::BTreeMap;
use vjepa_web::{
    Error, Family, ModelConfig, Session,
    checkpoint::{Snapshot, Weights, random},
    clip,
    config::Limits,
    mask::{self, Masks},
    model::{Hidden, Tokens, patches_of},
    probe::health::{Health, Verdict},
    read::HostReads,
    recipe::{Ablation, Loss},
    rng::Rng,
    schedule::Values,
    session::MaskKind,
    train::Trainer,
    world::{World, WorldSpec},
};

/// A step that moves nothing.
const STILL: Values = Values { learning_rate: 0.0, weight_decay: 0.0, momentum: 1.0 };
const FAMILIES: [Family; 2] = [Family::VJepa1, Family::VJepa2];

fn nano(family: Family) -> ModelConfig {
    ModelConfig::preset("nano", family).unwrap()
}

fn session(family: Family, seed: u64) -> Session {
    let mut session = Session::create(nano(family), seed, Device::flex(), Limits::default()).unwrap();
    session.set_world(&WorldSpec::rich(), seed);
    session.advance_world(4);
    session
}

fn train(session: &mut Session, steps: usize) -> Vec<f32> {
    pollster::block_on(session.train(steps, async || ())).unwrap().losses
}

fn weights(session: &Session) -> Weights {
    pollster::block_on(session.snapshot()).unwrap().weights
}

/// The patches of a batch of noise, and masks of both generators.
fn batch(config: &ModelConfig) -> (Tensor<2>, Vec<Masks>) {
    let (video, masks) = noise(config);
    (patches_of(video, config.tubelet, config.patch), masks)
}

fn noise(config: &ModelConfig) -> (Tensor<5>, Vec<Masks>) {
    let mut rng = Rng::new(5);
    let shape = [2, 3, config.frames, config.size, config.size];
    let values: Vec<f32> = (0..shape.iter().product()).map(|_| rng.normal() as f32).collect();
    let video = Tensor::from_data(TensorData::new(values, shape), &Device::flex());
    let masks = [mask::short(), mask::long()].map(|generator| generator.sample(config.grid(), 2, &mut rng).unwrap());
    (video, masks.into())
}

/// Weights large enough that every layer matters.
fn lively(config: &ModelConfig) -> Weights {
    let mut weights = random(config, 1);
    let mut rng = Rng::new(2);
    for tensor in weights.0.values_mut() {
        tensor.data.iter_mut().for_each(|value| *value += 0.15 * rng.normal() as f32);
    }
    weights
}

/// The loss of a step, summed in f64: an f32 mean is too coarse for finite differences.
fn loss(config: &ModelConfig, weights: Weights, patches: &Tensor<2>, masks: &[Masks]) -> f64 {
    let trainer = Trainer::load(config, weights, 0, &Device::flex()).unwrap();
    let (grid, device) = (config.grid(), Device::flex());
    let targets = trainer.targets(patches.clone(), 2);
    let of_mask = |(generator, mask): (usize, &Masks)| {
        let (used, of) = trainer.config.trained_mask_tokens(masks.len());
        let mask = std::slice::from_ref(mask);
        let seen = trainer.encoder.forward(patches.clone(), grid, &Tokens::context(mask, grid, &device));
        let hidden = Hidden::new(mask, &[0], grid, &device);
        let guess = trainer.predictor.forward(seen, &hidden, &[used[of[generator]]]).inner();
        let [guess, truth] =
            [guess, targets.clone().select(0, hidden.targets)].map(|x| x.into_data().try_to_vec::<f32>().unwrap());
        let sum: f64 = guess.iter().zip(&truth).map(|(a, b)| (f64::from(*a) - f64::from(*b)).abs()).sum();
        sum / guess.len() as f64
    };
    masks.iter().enumerate().map(of_mask).sum::<f64>() / masks.len() as f64
}

/// Uphill, the loss must rise as fast as the gradient says. Where a gradient is zero the direction is random, so one
/// that is missing shows too. The target encoder is held still, as in training.
#[test]
fn gradients_agree_with_finite_differences() {
    for family in FAMILIES {
        let config = nano(family);
        let (patches, masks) = batch(&config);
        let mut start = lively(&config);
        start.extend(start.below("encoder.").prefixed("target_encoder."));
        let gradient = gradient(&config, &start, &patches, &masks, (Ablation::default(), false));
        for part in ["encoder.patch_embed.", "encoder.blocks.0.", "encoder.norm.", "predictor.predictor_blocks."] {
            let mut rng = Rng::new(9);
            let parts = gradient.0.iter().filter(|(name, _)| name.starts_with(part));
            let direction: BTreeMap<&String, Vec<f32>> = parts
                .map(|(name, g)| (name, g.data.iter().map(|g| (g + 1e-9 * rng.normal() as f32).signum()).collect()))
                .collect();
            let moved = |by: f32| {
                let mut weights = start.clone();
                for (name, direction) in &direction {
                    let values = &mut weights.0.get_mut(*name).unwrap().data;
                    values.iter_mut().zip(direction).for_each(|(value, d)| *value += by * d);
                }
                loss(&config, weights, &patches, &masks)
            };
            let h = 2e-5;
            let measured = (moved(h) - moved(-h)) / f64::from(2.0 * h);
            let slope = |(name, d): (&&String, &Vec<f32>)| -> f64 {
                gradient.0[*name].data.iter().zip(d).map(|(g, d)| f64::from(g * d)).sum()
            };
            let told: f64 = direction.iter().map(slope).sum();
            // The loss has kinks (L1) and activations are f32: one percent is what can be asked.
            assert!((measured - told).abs() < 0.01 * told, "{family:?} {part}: measured {measured}, told {told}");
        }
    }
}

/// The gradient under published names, read off AdamW: its first moment after one step is a tenth of it.
fn gradient(
    config: &ModelConfig,
    weights: &Weights,
    patches: &Tensor<2>,
    masks: &[Masks],
    (ablation, squared): (Ablation, bool),
) -> Weights {
    let mut trainer = Trainer::load(config, weights.clone(), 0, &Device::flex()).unwrap();
    (trainer.ablation, trainer.loss) = (ablation, if squared { Loss::Squared } else { Loss::Absolute });
    trainer.step(patches.clone(), masks, STILL);
    let mut reads = HostReads::default();
    trainer.collect(&mut reads);
    let state = pollster::block_on(reads.read()).unwrap();
    let mut gradient = Weights::default();
    for part in ["encoder", "predictor"] {
        for (path, moment) in state.below(&format!("adamw.{part}.first.")).0 {
            let name = format!("{part}.{path}");
            let shape = weights.0[&name].shape.clone();
            let data: Vec<f32> = moment.data.iter().map(|m| 10.0 * m).collect();
            // Linear weights are published [out, in] and held [in, out].
            let data = match shape[..] {
                [_] | [1, 1, _] => data,
                [out, ..] => {
                    (0..data.len()).map(|i| data[i % (data.len() / out) * out + i / (data.len() / out)]).collect()
                }
                [] => data,
            };
            gradient.insert(name, shape, data);
        }
    }
    gradient
}

/// Without stop-gradient the loss rises along the targets as well, without a predictor along the mean of the context; and so
/// with squared errors.
#[test]
fn gradients_of_what_is_left_agree_with_finite_differences() {
    let config = nano(Family::VJepa2);
    let (patches, masks) = batch(&config);
    let start = lively(&config);
    let cases =
        [(false, true, false), (false, false, false), (true, false, false), (true, true, true), (false, true, true)];
    for (stop_gradient, predictor, squared) in cases {
        let ablation = Ablation { ema: true, stop_gradient, predictor };
        let gradient = gradient(&config, &start, &patches, &masks, (ablation, squared)).below("encoder.");
        // Along the gradient the loss rises by its norm.
        let norm = gradient.0.values().flat_map(|g| &g.data).map(|g| f64::from(*g).powi(2)).sum::<f64>().sqrt();
        let moved = |by: f64| {
            let mut weights = start.clone();
            // A target with a stop-gradient stays where it is.
            weights.extend(start.below("encoder.").prefixed("target_encoder."));
            for (name, g) in &gradient.0 {
                let values = &mut weights.0.get_mut(&format!("encoder.{name}")).unwrap().data;
                values.iter_mut().zip(&g.data).for_each(|(value, g)| *value += (by / norm) as f32 * g);
            }
            let mut trainer = Trainer::load(&config, weights, 0, &Device::flex()).unwrap();
            (trainer.ablation, trainer.loss) = (ablation, if squared { Loss::Squared } else { Loss::Absolute });
            f64::from(trainer.loss(patches.clone(), &masks).loss.inner().into_scalar::<f32>())
        };
        let h = 1e-3;
        let measured = (moved(h) - moved(-h)) / (2.0 * h);
        // The loss itself is an f32 here: a few percent is what can be asked.
        assert!((measured - norm).abs() < 0.03 * norm, "{ablation:?} {squared}: measured {measured}, told {norm}");
    }
}

#[test]
fn a_single_clip_is_overfitted() {
    for family in FAMILIES {
        let config = nano(family);
        let mut rng = Rng::new(5);
        let masks = [mask::short(), mask::long()].map(|spec| spec.sample(config.grid(), 1, &mut rng).unwrap());
        let clip = World::new(&WorldSpec::rich(), 3).clip(config.frames, config.size);
        let patches = clip::patches(&[clip], config.patch_shape(), &Device::flex());
        let mut trainer = Trainer::load(&config, random(&config, 1), 0, &Device::flex()).unwrap();
        // How long V-JEPA 2 stays on its plateau depends on the last bit of every sum: 600 steps are enough for all.
        let rates = Values { learning_rate: 2e-3, weight_decay: 0.0, momentum: 1.0 };
        let losses: Vec<f32> =
            (0..600).map(|_| trainer.step(patches.clone(), &masks, rates).loss.into_scalar::<f32>()).collect();
        let (first, last) = (losses[0], losses[599]);
        assert!(last < 0.2 * first, "{family:?}: {first} -> {last}");
    }
}

#[test]
fn the_target_follows_and_is_never_trained_itself() {
    let mut session = session(Family::VJepa2, 1);
    let before = weights(&session);
    train(&mut session, 1);
    let after = weights(&session);
    let momentum = 0.99;
    for (name, target) in &after.below("target_encoder.").0 {
        let online = &after.0[&format!("encoder.{name}")].data;
        let start = &before.0[&format!("target_encoder.{name}")].data;
        for ((found, online), start) in target.data.iter().zip(online).zip(start) {
            let expected = momentum * start + (1.0 - momentum) * online;
            assert!((found - expected).abs() < 1e-6, "{name}: {found} is not {expected}");
        }
    }
}

#[test]
fn a_seed_gives_the_same_run_and_another_seed_another() {
    let run = |seed| {
        let mut session = session(Family::VJepa2, seed);
        (train(&mut session, 3), weights(&session))
    };
    let first = run(7);
    assert_eq!(first, run(7));
    assert_ne!(first.0, run(8).0);
}

#[test]
fn looking_does_not_change_what_is_learned() {
    let mut quiet = session(Family::VJepa1, 4);
    let mut watched = session(Family::VJepa1, 4);
    pollster::block_on(watched.look(MaskKind::Short)).unwrap();
    train(&mut watched, 1);
    pollster::block_on(watched.look(MaskKind::Long)).unwrap();
    train(&mut watched, 2);
    train(&mut quiet, 3);
    assert_eq!(weights(&quiet), weights(&watched));
}

#[test]
fn a_snapshot_goes_on_as_if_nothing_had_happened() {
    for family in FAMILIES {
        let mut kept = session(family, 2);
        train(&mut kept, 2);
        let bytes = pollster::block_on(kept.snapshot()).unwrap().to_bytes().unwrap();
        let snapshot = Snapshot::from_bytes(&bytes).unwrap();
        let mut resumed = Session::restore(snapshot, Device::flex(), Limits::default()).unwrap();
        resumed.set_world(&WorldSpec::rich(), 99);
        assert_eq!(resumed.step(), 2);
        assert_eq!(train(&mut kept, 2), train(&mut resumed, 2), "{family:?}");
        assert_eq!(weights(&kept), weights(&resumed), "{family:?}");
    }
}

#[test]
fn a_step_that_is_not_finite_is_told_and_undone() {
    let mut poisoned = pollster::block_on(session(Family::VJepa2, 1).snapshot()).unwrap();
    poisoned.weights.0.get_mut("predictor.predictor_proj.bias").unwrap().data[0] = f32::INFINITY;
    let mut session = Session::restore(poisoned, Device::flex(), Limits::default()).unwrap();
    session.set_world(&WorldSpec::rich(), 1);
    let before = weights(&session);
    let error = pollster::block_on(session.train(2, async || ())).unwrap_err();
    assert!(matches!(error, Error::Diverged { step: 1, what: "loss" }), "{error}");
    assert_eq!(session.step(), 0);
    assert_eq!(weights(&session), before);
}

/// A gradient that is not finite leaves the loss of its own step finite.
#[test]
fn weights_that_are_not_finite_are_told_and_undone() {
    let mut healthy = session(Family::VJepa2, 1);
    train(&mut healthy, 1);
    let mut poisoned = pollster::block_on(healthy.snapshot()).unwrap();
    poisoned.weights.0.get_mut("adamw.encoder.first.norm.weight").unwrap().data[0] = f32::NAN;
    let mut session = Session::restore(poisoned, Device::flex(), Limits::default()).unwrap();
    session.set_world(&WorldSpec::rich(), 1);
    let error = pollster::block_on(session.train(1, async || ())).unwrap_err();
    assert!(matches!(error, Error::Diverged { step: 2, what: "weights" }), "{error}");
    assert_eq!(session.step(), 1);
    for part in ["encoder.", "predictor.", "target_encoder."] {
        assert_eq!(weights(&session).below(part), weights(&healthy).below(part));
    }
}

/// Features that are all alike, guessed right: the loss is zero and so is every gradient.
#[test]
fn a_step_without_any_gradient_is_told() {
    let mut dead = pollster::block_on(session(Family::VJepa2, 1).snapshot()).unwrap();
    let names = ["target_encoder.norm.weight", "predictor.predictor_proj.weight"];
    names.iter().for_each(|name| dead.weights.0.get_mut(*name).unwrap().data.fill(0.0));
    let mut session = Session::restore(dead, Device::flex(), Limits::default()).unwrap();
    session.set_world(&WorldSpec::rich(), 1);
    let error = pollster::block_on(session.train(1, async || ())).unwrap_err();
    assert!(matches!(error, Error::NoGradient), "{error}");
    assert_eq!(session.step(), 0);
}

#[test]
fn the_caller_gets_a_turn_between_steps() {
    let mut session = session(Family::VJepa1, 1);
    let turns = std::cell::Cell::new(0);
    pollster::block_on(session.train(3, async || turns.set(turns.get() + 1))).unwrap();
    assert_eq!(turns.get(), 2);
}

#[test]
fn clipping_limits_encoder_and_predictor_each_on_its_own() {
    let config = nano(Family::VJepa1);
    let (patches, masks) = batch(&config);
    let norm_after = |clip| {
        let mut trainer = Trainer::load(&config, lively(&config), 0, &Device::flex()).unwrap();
        trainer.clip = clip;
        trainer.step(patches.clone(), &masks, STILL);
        let mut reads = HostReads::default();
        trainer.collect(&mut reads);
        let state = pollster::block_on(reads.read()).unwrap();
        ["encoder", "predictor"].map(|part| {
            let moments = state.below(&format!("adamw.{part}.first.")).0;
            let squares = moments.values().flat_map(|tensor| &tensor.data).map(|m| f64::from(10.0 * m).powi(2));
            squares.sum::<f64>().sqrt()
        })
    };
    let free = norm_after(None);
    let limit = 0.5 * free[0].min(free[1]);
    for norm in norm_after(Some(limit)) {
        assert!((norm - limit).abs() < 1e-4 * limit, "{norm} is not {limit}");
    }
    for (clipped, free) in norm_after(Some(2.0 * free[0].max(free[1]))).into_iter().zip(free) {
        assert!((clipped - free).abs() < 1e-6 * free);
    }
}

/// What a caller might do wrong comes back as an error with a code, and the session goes on.
#[test]
fn bad_input_is_refused_in_words() {
    let mut session = Session::create(nano(Family::VJepa2), 1, Device::flex(), Limits::default()).unwrap();
    let look = |session: &mut Session| pollster::block_on(session.look(MaskKind::Short)).map(|look| look.loss);
    let code = |error: Error| error.code().to_string();
    assert_eq!(look(&mut session).map_err(code), Err("short-clip".to_string()));
    assert_eq!(session.similarity(0).map_err(code), Err("no-look".to_string()));
    assert_eq!(session.push_frame(vec![0; 7]).map_err(code), Err("bad-frame".to_string()));
    assert_eq!(
        pollster::block_on(session.train(1, async || ())).map(|r| r.step).map_err(code),
        Err("no-clip".to_string())
    );
    assert_eq!(pollster::block_on(session.embed(vec![0; 9])).map_err(code), Err("bad-frame".to_string()));
    session.set_world(&WorldSpec::rich(), 1);
    session.advance_world(4);
    assert!(look(&mut session).is_ok());
    assert_eq!(session.similarity(32).map_err(code), Err("bad-token".to_string()));
    assert_eq!(session.similarity(31).map(|row| row.len()).map_err(code), Ok(32));
    assert_eq!(
        Snapshot::from_bytes(b"not a file").map(|_| ()).map_err(|e| code(e.into())),
        Err("bad-checkpoint".to_string())
    );
    let small = Limits { max_buffer_bytes: 1 << 10, max_total_bytes: 0 };
    let refused = Session::create(nano(Family::VJepa2), 1, Device::flex(), small);
    assert_eq!(refused.map(|_| ()).map_err(code), Err("bad-config".to_string()));
}

/// A look's parts fit together, and cosine similarity and error are those of the features.
#[test]
fn a_look_is_consistent() {
    for family in FAMILIES {
        let mut session = session(family, 6);
        for kind in [MaskKind::Short, MaskKind::Long, MaskKind::Future] {
            let look = pollster::block_on(session.look(kind)).unwrap();
            assert_eq!(look.frames.len(), 4 * 32 * 32 * 4);
            assert_eq!((look.pca.len(), look.predicted_pca.len(), look.error.len()), (96, 96, 32));
            assert!(look.context.iter().all(|token| !look.target.contains(token)), "{kind:?} leaks");
            for (token, error) in look.error.iter().enumerate() {
                assert_eq!(error.is_finite(), look.target.contains(&(token as u32)), "{kind:?} {token}");
            }
            let row = session.similarity(3).unwrap();
            assert!((row[3] - 1.0).abs() < 1e-5 && row.iter().all(|cosine| cosine.abs() <= 1.0 + 1e-5));
        }
        let future = pollster::block_on(session.look(MaskKind::Future)).unwrap();
        assert_eq!(future.target, (16..32).collect::<Vec<u32>>());
    }
}

/// A look is judged by the rule of training: nothing tells tokens of one colour apart, where places are known by rotation only.
#[test]
fn a_look_is_judged_as_training_is() {
    let mut session = session(Family::VJepa2, 6);
    let seen = pollster::block_on(session.look(MaskKind::Short)).unwrap();
    let mean_std = seen.std.iter().sum::<f32>() / seen.std.len() as f32;
    let health = Health { std: seen.std, mean_std, effective_rank: seen.effective_rank };
    assert_eq!((seen.verdict, seen.reason), (health.verdict(), health.reason()));
    assert!(seen.verdict < Verdict::Collapsed, "{mean_std}");
    session.clear_clip();
    for _ in 0..4 {
        session.push_frame(vec![99; 32 * 32 * 4]).unwrap();
    }
    let blank = pollster::block_on(session.look(MaskKind::Short)).unwrap();
    assert_eq!(blank.verdict, Verdict::Collapsed);
    assert!(blank.reason.starts_with("Tokens hardly differ"), "{}", blank.reason);
}

/// What is dropped from the context can't reach the prediction: only kept tokens are encoded.
#[test]
fn hidden_pixels_do_not_leak_into_the_context() {
    let config = nano(Family::VJepa2);
    let device = Device::flex();
    let trainer = Trainer::load(&config, lively(&config), 0, &device).unwrap();
    let (video, _) = noise(&config);
    let grid = config.grid();
    let half = Masks { context: vec![(0..16).collect(); 2], target: vec![(16..32).collect(); 2] };
    let ids = Tokens::context(&[half], grid, &device);
    let encode = |video: Tensor<5>| {
        trainer.encoder.forward(patches_of(video, config.tubelet, config.patch), grid, &ids).inner().into_data()
    };
    let before = encode(video.clone());
    // The second half of the clip is the second tubelet: tokens 16 to 31.
    let noise = Tensor::<5>::random([2, 3, 2, 32, 32], Distribution::Default, &device);
    let changed = video.slice_assign([0..2, 0..3, 2..4, 0..32, 0..32], noise);
    encode(changed).assert_approx_eq::<f32>(&before, Tolerance::absolute(0.0));
}
