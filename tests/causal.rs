//! The frame-causal model: nothing looks ahead, the loss is what it says, and a run of it can be saved.
#![cfg(not(target_arch = "wasm32"))]

#[path = "common/small_learner.rs"]
mod small_learner;

use burn::tensor::{Device, Tensor, TensorData};
use small_learner::small_learner;
use std::collections::BTreeMap;
use vjepa_web::{
    Family, ModelConfig, Session,
    checkpoint::{Snapshot, Weights, random},
    clip,
    config::Limits,
    exam::surprises,
    mask::{self, Masks},
    model::{Hidden, Tokens},
    precision::Precision,
    predict::{EvalModel, Questions},
    read::HostReads,
    recipe::{Ablation, Recipe},
    rng::Rng,
    schedule::Values,
    surprise::by_place,
    train::{Trainer, orthogonalise},
    world::{World, WorldSpec},
};

const STILL: Values = Values { learning_rate: 0.0, weight_decay: 0.0, momentum: 1.0 };

fn small() -> ModelConfig {
    let small = ModelConfig { batch: 2, ..small_learner() };
    small.validate().unwrap();
    small
}

fn lively(config: &ModelConfig) -> Weights {
    let (mut weights, mut rng) = (random(config, 1), Rng::new(2));
    for tensor in weights.0.values_mut() {
        tensor.data.iter_mut().for_each(|value| *value += 0.15 * rng.normal() as f32);
    }
    weights
}

fn clips(config: &ModelConfig, frames: usize) -> Vec<Vec<u8>> {
    (0..2).map(|seed| World::new(&WorldSpec::rich(), 40 + seed).clip(frames, config.size)).collect()
}

fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().unwrap()
}

/// Blocks that are hidden for a while, or nothing.
fn masks(config: &ModelConfig, hiding: bool) -> Vec<Masks> {
    match hiding {
        true => vec![mask::pillars().sample(config.grid(), 2, &mut Rng::new(4)).unwrap()],
        false => vec![mask::nothing(config.grid(), 2)],
    }
}

/// How much more tokens count that change.
const MORE: f64 = 3.0;

/// The loss of a step with clip, time and place in loops, in f64: squared errors of what is hidden and of the tubelets ahead,
/// which count the more the more they change, and a tenth of the squared error in the log of the expected error.
fn loss(config: &ModelConfig, weights: Weights, patches: &Tensor<2>, masks: &[Masks]) -> f64 {
    let trainer = Trainer::load(config, weights, 0, &Device::flex()).unwrap();
    let (grid, device, causal) = (config.grid(), Device::flex(), config.causal.unwrap());
    let targets = numbers(trainer.targets(patches.clone(), 2));
    let seen = trainer.encoder.valid().context(patches.clone(), grid, &Tokens::context(masks, grid, &device));
    let hidden = Hidden::every(masks, causal, 0.5, grid, &device);
    let made = trainer.predictor.valid().predict(seen, &hidden, &[0], &mut |_, _| {});
    let (features, log_error) = (numbers(made.features), numbers(made.log_error.unwrap()));
    let d = config.width;
    let mut asked = 0;
    let mut of = |row: usize, since: usize| {
        assert_eq!(hidden.rows[asked], row, "what is asked for, in order");
        let (guess, truth, before) =
            (&features[asked * d..][..d], &targets[row * d..][..d], &targets[since * d..][..d]);
        let change = truth.iter().zip(before).map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>() / d as f64;
        let off = || guess.iter().zip(truth).map(|(a, b)| f64::from(a - b));
        let (square, error) =
            (off().map(|x| x * x).sum::<f64>() / d as f64, off().map(f64::abs).sum::<f64>() / d as f64);
        let log = f64::from(log_error[asked]) - (error + 1e-3).ln();
        asked += 1;
        0.5 * square * (1.0 + MORE * change) + 0.1 * log * log
    };
    let mut sum = 0.0;
    for (clip, target) in masks[0].target.iter().enumerate() {
        let first = clip * grid.tokens();
        for &id in target {
            sum += 0.5 * of(first + id as usize, first + id as usize) / (2 * target.len()) as f64;
        }
        for ahead in 1..=causal.horizons {
            let count = (grid.t - ahead) * grid.frame();
            for at in 0..count {
                sum += of(first + at + ahead * grid.frame(), first + at) / (2 * count * causal.horizons) as f64;
            }
        }
    }
    assert_eq!(asked, hidden.rows.len());
    sum
}

fn gradient(config: &ModelConfig, start: &Weights, patches: &Tensor<2>, masks: &[Masks]) -> (f64, Weights) {
    let mut trainer = Trainer::load(config, start.clone(), 0, &Device::flex()).unwrap();
    let recipe = Recipe { optimiser: Default::default(), change_weight: MORE, ..Recipe::of(config) };
    trainer.follow_recipe(&recipe, 0);
    let outcome = trainer.loss(patches.clone(), masks);
    let value = f64::from(numbers(outcome.loss.clone())[0]);
    let gradients = outcome.loss.backward();
    let mut reads = HostReads::default();
    for (prefix, groups) in
        [("encoder", trainer.encoder.groups().collect::<Vec<_>>()), ("predictor", trainer.predictor.groups().collect())]
    {
        for group in groups {
            if let Some(gradient) = group.value.grad(&gradients) {
                group.collect_published(prefix, gradient, &mut reads);
            }
        }
    }
    (value, pollster::block_on(reads.read()).unwrap())
}

/// Uphill, the loss must rise as fast as the gradient says, in every part; what the predictor expects to be wrong teaches it
/// nothing, so its layer is looked at alone.
#[test]
fn the_loss_is_the_one_by_hand_and_its_gradients_agree_with_finite_differences() {
    let config = small();
    let patches = clip::patches(&clips(&config, config.frames), config.patch_shape(), &Device::flex());
    for hiding in [false, true] {
        let masks = masks(&config, hiding);
        let mut start = lively(&config);
        start.extend(start.below("encoder.").prefixed("target_encoder."));
        let (value, gradient) = gradient(&config, &start, &patches, &masks);
        let by_hand = loss(&config, start.clone(), &patches, &masks);
        assert!((value - by_hand).abs() < 1e-4 * by_hand, "{value} and by hand {by_hand}");
        // The error that is expected is no reason to be wrong: without its share the rest must agree.
        let own = |weights: &Weights| own_share(&config, weights, &patches, &masks);
        for part in [
            "encoder.patch_embed.",
            "encoder.blocks.0.",
            "predictor.predictor_blocks.",
            "predictor.predictor_proj.",
            "predictor.predictor_error.",
        ] {
            let parts: BTreeMap<&String, &Vec<f32>> =
                gradient.0.iter().filter(|(name, _)| name.starts_with(part)).map(|(name, g)| (name, &g.data)).collect();
            assert!(!parts.is_empty(), "{part} has gradients");
            let length = parts.values().flat_map(|g| g.iter()).map(|g| f64::from(*g).powi(2)).sum::<f64>().sqrt();
            let moved = |by: f64| {
                let mut weights = start.clone();
                for (name, g) in &parts {
                    let values = &mut weights.0.get_mut(*name).unwrap().data;
                    values.iter_mut().zip(g.iter()).for_each(|(value, g)| *value += (by / length) as f32 * g);
                }
                let all = loss(&config, weights.clone(), &patches, &masks);
                if part == "predictor.predictor_error." { all } else { all - own(&weights) }
            };
            let step = 2e-3;
            let slope = (moved(step) - moved(-step)) / (2.0 * step);
            assert!((slope - length).abs() < 0.02 * length + 1e-5, "{part} {hiding}: slope {slope}, gradient {length}");
        }
    }
}

/// The part of [`loss`] that is the expected error.
fn own_share(config: &ModelConfig, weights: &Weights, patches: &Tensor<2>, masks: &[Masks]) -> f64 {
    let trainer = Trainer::load(config, weights.clone(), 0, &Device::flex()).unwrap();
    let (grid, device, d) = (config.grid(), Device::flex(), config.width);
    let targets = numbers(trainer.targets(patches.clone(), 2));
    let seen = trainer.encoder.valid().context(patches.clone(), grid, &Tokens::context(masks, grid, &device));
    let hidden = Hidden::every(masks, config.causal.unwrap(), 0.5, grid, &device);
    let made = trainer.predictor.valid().predict(seen, &hidden, &[0], &mut |_, _| {});
    let (features, log_error) = (numbers(made.features), numbers(made.log_error.unwrap()));
    let each = hidden.rows.iter().zip(&hidden.share).zip(features.chunks_exact(d).zip(&log_error));
    each.map(|((&row, &share), (guess, log))| {
        let error =
            guess.iter().zip(&targets[row * d..]).map(|(a, b)| f64::from((a - b).abs())).sum::<f64>() / d as f64;
        0.1 * f64::from(share) * (f64::from(*log) - (error + 1e-3).ln()).powi(2)
    })
    .sum()
}

/// What comes later changes nothing before: neither features nor predictions.
#[test]
fn nothing_looks_ahead() {
    let config = small();
    let (grid, device, frame) = (config.grid(), Device::flex(), config.size * config.size * 4);
    let trainer = Trainer::load(&config, lively(&config), 0, &device).unwrap();
    let seen_until = 3; // tubelets that are alike
    let told = |clips: &[Vec<u8>]| {
        let patches = clip::patches(clips, config.patch_shape(), &device);
        let all = mask::nothing(grid, 2);
        let features = trainer.encoder.valid().context(patches, grid, &Tokens::context(&[all], grid, &device));
        let hidden = Hidden::windows(2, [1, 1], config.causal.unwrap(), grid, &device);
        let predicted = trainer.predictor.valid().predict(features.clone(), &hidden, &[0], &mut |_, _| {}).features;
        [numbers(features), numbers(predicted)]
    };
    let before = clips(&config, config.frames);
    let mut after = before.clone();
    after.iter_mut().for_each(|clip| clip[seen_until * config.tubelet * frame..].iter_mut().for_each(|v| *v = !*v));
    for (of, (a, b)) in told(&before).iter().zip(told(&after).iter()).enumerate() {
        let tubelet = grid.frame() * config.width;
        for (a, b) in a.chunks_exact(a.len() / 2).zip(b.chunks_exact(b.len() / 2)) {
            assert_eq!(a[..seen_until * tubelet], b[..seen_until * tubelet], "{of}");
            assert_ne!(a[seen_until * tubelet..], b[seen_until * tubelet..], "{of}");
        }
    }
}

/// All windows of a longer clip from one pass are those that are asked one by one.
#[test]
fn windows_of_one_pass_are_those_asked_one_by_one() {
    let config = small();
    let device = Device::flex();
    let model = Trainer::load(&config, lively(&config), 0, &device).unwrap().eval_model();
    let clips = clips(&config, config.frames);
    let t = config.grid().t;
    let questions = Questions { past: t - 2, horizon: 2 };
    let together = pollster::block_on(surprises(&model, &clips, questions, &device)).unwrap();
    let masks = mask::future(config.grid(), t - 2, 2, 2).unwrap();
    let alone = pollster::block_on(model.predict(&clips, masks, &device)).unwrap();
    let errors: Vec<f32> = together.iter().flat_map(|clip| clip.errors.concat().concat()).collect();
    let unexpected: Vec<f32> = together.iter().flat_map(|clip| clip.unexpected.concat().concat()).collect();
    for (found, expected) in [(errors, alone.errors()), (unexpected, alone.unexpected())] {
        assert_eq!(found.len(), expected.len());
        found.iter().zip(&expected).for_each(|(a, b)| assert!((a - b).abs() < 1e-5, "{a} {b}"));
    }
    let longer = pollster::block_on(surprises(&model, &self::clips(&config, 14), questions, &device)).unwrap();
    assert_eq!(longer[0].errors.len(), 7 - t + 1, "a window for each tubelet from the first full one on");
}

/// A clip that goes on, tubelet by tubelet with what is kept of it, is the clip from one pass; and longer than any table.
#[test]
fn a_stream_is_the_whole_clip_from_one_pass() {
    let config = small();
    let device = Device::flex();
    let model = Trainer::load(&config, lively(&config), 0, &device).unwrap().eval_model();
    let clip = clips(&config, 24).remove(0);
    let questions = Questions { past: 1, horizon: 2 };
    let whole =
        pollster::block_on(surprises(&model, std::slice::from_ref(&clip), questions, &device)).unwrap().remove(0);
    let mut stream = model.stream(&device).unwrap();
    let mut windows = 0;
    for tubelet in clip.chunks_exact(config.tubelet * config.size * config.size * 4) {
        let Some(told) = pollster::block_on(stream.observe(tubelet, &device)).unwrap() else { continue };
        // The last tubelet is the second one of the last window alone.
        let step = |step: usize| windows >= step && windows - step < whole.errors.len();
        for (found, whole) in [(told.errors(), &whole.errors), (told.unexpected(), &whole.unexpected)] {
            assert_eq!(found.len(), 9 * 2.min(windows + 1), "predicted one tubelet before, and two");
            for ahead in (0..2).filter(|&ahead| step(ahead)) {
                let pairs = found[9 * ahead..].iter().zip(&whole[windows - ahead][ahead]);
                pairs.for_each(|(a, b)| assert!((a - b).abs() < 1e-5, "tubelet {windows}, {ahead}: {a} and {b}"));
            }
        }
        windows += 1;
    }
    assert_eq!(windows, whole.errors.len() + 1);
    assert!(pollster::block_on(stream.observe(&clip[..100], &device)).is_err(), "half a tubelet");
    let published = ModelConfig::preset("nano", Family::VJepa2).unwrap();
    let other = Trainer::load(&published, random(&published, 1), 0, &device).unwrap().eval_model();
    assert!(other.stream(&device).is_none());
}

/// What the page watches live is what an exam says of the same clip, however many frames come between two questions, and a
/// source that was left or more frames than the ring holds begin anew.
#[test]
fn live_surprise_is_the_exam_s_by_the_same_rule() {
    let config = small();
    let frame = config.size * config.size * 4;
    // Without grain, where nothing is taken for another light.
    let clip = World::new(&WorldSpec::simple(), 41).clip(60, config.size);
    let mut session = session(5);
    session.clear_clip();
    let model = session.eval_model().unwrap();
    let places = |frames: std::ops::Range<usize>| {
        let clip = vec![clip[frames.start * frame..frames.end * frame].to_vec()];
        let asked = Questions { past: 1, horizon: 2 };
        pollster::block_on(surprises(&model, &clip, asked, session.device())).unwrap().remove(0)
    };
    let (whole, late) = (places(0..48), places(40..52));
    let alike = |found: &[f32], expected: &[f32]| {
        assert_eq!(found.len(), expected.len());
        found.iter().zip(expected).for_each(|(a, b)| assert!((a - b).abs() < 1e-5, "{a} and {b}"));
    };
    let mut pushed = 0;
    let mut watch = |session: &mut Session, frames: usize| {
        for one in clip[pushed * frame..(pushed + frames) * frame].chunks_exact(frame) {
            session.push_frame(one.to_vec()).unwrap();
        }
        pushed += frames;
        pollster::block_on(session.surprise(session.newest())).map(|told| told.reading)
    };
    assert!(watch(&mut session, 8).is_err(), "the ring is not full");
    let first = watch(&mut session, 2).unwrap();
    let mean = |windows: &[Vec<Vec<f32>>], tubelet: usize| -> Vec<f32> {
        // The first window sees one tubelet and predicts the second.
        let (one, two) = (&windows[tubelet - 1][0], &windows[tubelet - 2][1]);
        one.iter().zip(two).map(|(a, b)| 0.5 * (a + b)).collect()
    };
    alike(&first.errors, &mean(&whole.errors, 4));
    // Two frames, four, one that is half a tubelet, and the other half with a whole one.
    alike(&watch(&mut session, 2).unwrap().errors, &mean(&whole.errors, 5));
    alike(&watch(&mut session, 4).unwrap().errors, &mean(&whole.errors, 7));
    assert_eq!(session.alarm().alarms, 0);
    session.set_alarm(4.0).unwrap();
    let again = pollster::block_on(session.surprise(session.newest())).unwrap();
    assert_eq!(again.alarm.threshold, 4.0, "nothing is new but the threshold");
    let before = watch(&mut session, 1).unwrap();
    alike(&before.errors, &mean(&whole.errors, 7));
    let after = watch(&mut session, 3).unwrap();
    alike(&after.errors, &mean(&whole.errors, 9));
    assert_eq!(before.missing - after.missing, 2, "both tubelets are remembered as usual");
    alike(&whole.places()[8], &by_place(&whole.unexpected[8].concat(), 9));
    // More than the ring holds went by: it begins anew with the ten frames that are there.
    watch(&mut session, 18).unwrap();
    let again = watch(&mut session, 12).unwrap();
    alike(&again.errors, &mean(&late.errors, 4));
}

/// Orthogonal rows, as an implementation in loops and f64 has them, tall or wide.
#[test]
fn muon_orthogonalises() {
    let (short, long) = (5, 11);
    let matrix: Vec<f64> = (0..short * long).map(|i| ((i * i) as f64 * 0.37 + i as f64).sin()).collect();
    let times = |a: &[f64], b: &[f64], [n, k, m]: [usize; 3]| -> Vec<f64> {
        (0..n * m).map(|at| (0..k).map(|i| a[at / m * k + i] * b[i * m + at % m]).sum()).collect()
    };
    let turned = |a: &[f64], rows: usize, columns: usize| -> Vec<f64> {
        (0..rows * columns).map(|at| a[at % rows * columns + at / rows]).collect()
    };
    let norm = matrix.iter().map(|x| x * x).sum::<f64>().sqrt() + 1e-7;
    let mut x: Vec<f64> = matrix.iter().map(|v| v / norm).collect();
    for _ in 0..5 {
        let gram = times(&x, &turned(&x, short, long), [short, long, short]);
        let square = times(&gram, &gram, [short, short, short]);
        let mix: Vec<f64> = gram.iter().zip(&square).map(|(a, b)| -4.7750 * a + 2.0315 * b).collect();
        let added = times(&mix, &x, [short, short, long]);
        x = x.iter().zip(&added).map(|(x, add)| 3.4445 * x + add).collect();
    }
    let values: Vec<f32> = matrix.iter().map(|&v| v as f32).collect();
    let larger: Vec<f32> = values.iter().map(|v| 100.0 * v).collect();
    let found = [values, larger].map(|values| {
        numbers(orthogonalise(Tensor::from_data(TensorData::new(values, [short, long]), &Device::flex())))
    });
    for of in &found {
        of.iter().zip(&x).for_each(|(a, b)| assert!((f64::from(*a) - b).abs() < 1e-3, "{a} {b}"));
        let gram = times(&x, &turned(&x, short, long), [short, long, short]);
        (0..short).for_each(|i| assert!((0.4..1.6).contains(&gram[i * short + i]), "about 1: {}", gram[i * short + i]));
    }
}

/// With Muon, matrices of blocks move as far as AdamW would move them and all else as AdamW does.
#[test]
fn muon_moves_the_matrices_of_blocks_alone() {
    let config = small();
    let patches = clip::patches(&clips(&config, config.frames), config.patch_shape(), &Device::flex());
    let moved = |muon: bool| {
        let mut trainer = Trainer::load(&config, lively(&config), 0, &Device::flex()).unwrap();
        trainer.optimiser.muon = muon;
        trainer.step(patches.clone(), &masks(&config, true), Values { learning_rate: 1e-2, ..STILL });
        let mut reads = HostReads::default();
        trainer.collect(&mut reads);
        pollster::block_on(reads.read()).unwrap()
    };
    let (start, adam, muon) = (lively(&config), moved(false), moved(true));
    for (name, before) in &start.0 {
        let turns = name.contains("blocks.") && name.ends_with("weight") && !name.contains("norm");
        assert_eq!(adam.0[name].data != muon.0[name].data, turns, "{name}");
        if turns {
            let far = |after: &Weights| {
                let off = after.0[name].data.iter().zip(&before.data).map(|(a, b)| (a - b) * (a - b));
                (off.sum::<f32>() / before.data.len() as f32).sqrt()
            };
            let (adam, muon) = (far(&adam), far(&muon));
            assert!((0.1..1.0).contains(&(muon / adam)), "{name}: {muon} and {adam}");
        }
    }
}

/// Each part taken away leaves a loss that is a number, whatever is hidden.
#[test]
fn parts_can_be_taken_away() {
    let config = small();
    let patches = clip::patches(&clips(&config, config.frames), config.patch_shape(), &Device::flex());
    for ablation in [
        Ablation { ema: false, ..Ablation::default() },
        Ablation { stop_gradient: false, ..Ablation::default() },
        Ablation { predictor: false, ..Ablation::default() },
    ] {
        let mut trainer = Trainer::load(&config, lively(&config), 0, &Device::flex()).unwrap();
        trainer.ablation = ablation;
        for hiding in [false, true] {
            let outcome = trainer.step(patches.clone(), &masks(&config, hiding), STILL);
            assert!(numbers(outcome.loss)[0].is_finite(), "{ablation:?}");
        }
    }
}

/// What is further ahead than the model predicts is refused, not answered with something else.
#[test]
fn a_future_beyond_the_horizons_is_refused() {
    let config = small();
    let model = Trainer::load(&config, lively(&config), 0, &Device::flex()).unwrap().eval_model();
    let masks = mask::future(config.grid(), 1, 3, 2).unwrap();
    let refused =
        pollster::block_on(model.predict(&clips(&config, config.frames), masks, &Device::flex())).unwrap_err();
    assert!(refused.to_string().contains("at most 2 tubelets ahead, not 3"), "{refused}");
}

fn session(seed: u64) -> Session {
    let mut session = Session::create(small(), seed, Device::flex(), Limits::default()).unwrap();
    session.set_recipe(Recipe { world: WorldSpec::simple(), batch: 2, ..Recipe::of(session.config()) }).unwrap();
    session.set_world(&WorldSpec::simple(), seed);
    session
}

fn train(session: &mut Session, steps: usize) -> Vec<f32> {
    pollster::block_on(session.train(steps, async || ())).unwrap().losses
}

fn saved(session: &Session) -> Snapshot {
    Snapshot::from_bytes(&pollster::block_on(session.snapshot()).unwrap().to_bytes().unwrap()).unwrap()
}

#[test]
fn a_run_learns_goes_on_bit_for_bit_and_ships_what_is_evaluated() {
    let mut session = session(3);
    let losses = train(&mut session, 60);
    let mean = |losses: &[f32]| losses.iter().sum::<f32>() / losses.len() as f32;
    assert!(mean(&losses[50..]) < 0.8 * mean(&losses[..10]), "{losses:?}");
    let snapshot = saved(&session);
    let mut again = Session::restore(snapshot.clone(), Device::flex(), Limits::default()).unwrap();
    assert_eq!(train(&mut session, 5), train(&mut again, 5));
    assert_eq!(saved(&session).weights.0, saved(&again).weights.0);

    let shipped = Snapshot::from_bytes(&snapshot.to_shipped_bytes(Precision::F16).unwrap()).unwrap();
    let average = snapshot.weights.below("predictor_average.");
    assert_ne!(average.0["predictor_proj.bias"].data, snapshot.weights.0["predictor.predictor_proj.bias"].data);
    for (name, tensor) in &average.0 {
        let close = |(a, b): (&f32, &f32)| (a - b).abs() <= 1e-3 * b.abs() + 1e-6;
        assert!(shipped.weights.0[&format!("predictor.{name}")].data.iter().zip(&tensor.data).all(close), "{name}");
    }
    EvalModel::load(shipped, &Device::flex()).unwrap();
}
