//! VICReg and SIGReg: the terms are what their papers say, and either keeps features alive where nothing else does.
#![cfg(not(target_arch = "wasm32"))]

use burn::tensor::{Device, Tensor, TensorData};
use vjepa_web::{
    Family, ModelConfig, Session,
    checkpoint::{Snapshot, Weights, random},
    clip,
    config::Limits,
    mask::{self, Masks},
    model::Tokens,
    probe::health::COLLAPSED_STD,
    recipe::{Ablation, Recipe, Regulariser, RegulariserKind},
    rng::Rng,
    schedule::Schedule,
    train::{Trainer, sigreg, vicreg},
    world::{World, WorldSpec},
};

const KINDS: [RegulariserKind; 2] = [RegulariserKind::Vicreg, RegulariserKind::Sigreg];
const ROWS: usize = 23;
const WIDTH: usize = 6;
/// Seeds the directions.
const STEP: u64 = 5;

fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().unwrap()
}

/// Channels that vary too much, too little and together.
fn features() -> Vec<f64> {
    let mut rng = Rng::new(9);
    let row = |_| {
        let x: Vec<f64> = (0..WIDTH).map(|_| rng.normal()).collect();
        [2.0 * x[0] + 1.0, 0.4 * x[1], 0.6 * x[1] + 0.2 * x[2], 0.05 * x[3] - 0.5, 0.9 * x[4] + 0.3 * x[0], 0.5 * x[5]]
    };
    (0..ROWS).flat_map(row).collect()
}

/// VICReg's variance and a twenty-fifth of its covariance, in loops.
fn vicreg_by_hand(features: &[f64], width: usize) -> f64 {
    let rows = features.len() / width;
    let mean = |j: usize| (0..rows).map(|i| features[i * width + j]).sum::<f64>() / rows as f64;
    let means: Vec<f64> = (0..width).map(mean).collect();
    let covariance = |a: usize, b: usize| {
        let product = |i: usize| (features[i * width + a] - means[a]) * (features[i * width + b] - means[b]);
        (0..rows).map(product).sum::<f64>() / (rows - 1) as f64
    };
    let variances = (0..width).map(|j| (1.0 - (covariance(j, j) + 1e-4).sqrt()).max(0.0)).sum::<f64>();
    let pairs = (0..width * width).map(|at| (at / width, at % width)).filter(|(a, b)| a != b);
    let covariances = pairs.map(|(a, b)| covariance(a, b).powi(2)).sum::<f64>();
    (variances + 0.04 * covariances) / width as f64
}

/// SIGReg with the published 17 frequencies and complex numbers, in loops.
fn sigreg_by_hand(features: &[f64], width: usize) -> f64 {
    const DIRECTIONS: usize = 32;
    let mut rng = Rng::stream(STEP, 0x5167);
    let drawn: Vec<f64> = (0..width * DIRECTIONS).map(|_| rng.normal()).collect();
    let mut sum = 0.0;
    for at in 0..DIRECTIONS {
        let direction: Vec<f64> = (0..width).map(|j| drawn[j * DIRECTIONS + at]).collect();
        let length = direction.iter().map(|x| x * x).sum::<f64>().sqrt();
        let along: Vec<f64> = features
            .chunks_exact(width)
            .map(|row| row.iter().zip(&direction).map(|(x, d)| x * d).sum::<f64>() / length)
            .collect();
        let mean = |of: &dyn Fn(f64) -> f64| along.iter().map(|&x| of(x)).sum::<f64>() / along.len() as f64;
        for point in 0..17 {
            let t = -5.0 + 10.0 * f64::from(point) / 16.0;
            let gaussian = (-0.5 * t * t).exp();
            let off = (mean(&|x| (t * x).cos()) - gaussian).powi(2) + mean(&|x| (t * x).sin()).powi(2);
            let end = if point == 0 || point == 16 { 0.5 } else { 1.0 };
            sum += end * (10.0 / 16.0) * gaussian * off / DIRECTIONS as f64;
        }
    }
    sum
}

fn by_hand(kind: RegulariserKind, features: &[f64], width: usize) -> f64 {
    match kind {
        RegulariserKind::Vicreg => vicreg_by_hand(features, width),
        _ => sigreg_by_hand(features, width),
    }
}

/// Value and gradient.
fn of_kernels(kind: RegulariserKind, features: &[f64]) -> (f64, Vec<f32>) {
    let values: Vec<f32> = features.iter().map(|&x| x as f32).collect();
    let data = TensorData::new(values, [features.len() / WIDTH, WIDTH]);
    let x = Tensor::<2>::from_data(data, &Device::flex().autodiff()).require_grad();
    let term = match kind {
        RegulariserKind::Vicreg => vicreg(x.clone()),
        _ => sigreg(x.clone(), STEP),
    };
    let gradients = term.backward();
    (f64::from(numbers(term.inner())[0]), numbers(x.grad(&gradients).unwrap()))
}

#[test]
fn terms_are_those_by_hand_and_gradients_agree_with_finite_differences() {
    for kind in KINDS {
        let features = features();
        let (value, gradient) = of_kernels(kind, &features);
        let expected = by_hand(kind, &features, WIDTH);
        assert!((value - expected).abs() < 1e-3 * expected, "{kind:?}: {value} and by hand {expected}");
        let largest = gradient.iter().fold(0f64, |most, &g| most.max(f64::from(g).abs()));
        for (at, &found) in gradient.iter().enumerate() {
            let moved = |by: f64| {
                let mut features = features.clone();
                features[at] += by;
                by_hand(kind, &features, WIDTH)
            };
            let slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            assert!(
                (slope - f64::from(found)).abs() < 5e-3 * largest,
                "{kind:?}, {at}: slope {slope}, gradient {found}"
            );
        }
    }
}

/// The better features are spread, the smaller the terms.
#[test]
fn a_gaussian_is_best_and_tokens_that_are_alike_are_worst() {
    let mut rng = Rng::new(2);
    let gaussian: Vec<f64> = (0..2000 * WIDTH).map(|_| rng.normal()).collect();
    let on_a_line: Vec<f64> = gaussian.chunks(WIDTH).flat_map(|row| vec![row[0]; WIDTH]).collect();
    let alike: Vec<f64> = gaussian.iter().enumerate().map(|(at, x)| (at % WIDTH) as f64 * 0.5 + 0.01 * x).collect();
    let [gaussian, on_a_line, alike] =
        [gaussian, on_a_line, alike].map(|features| KINDS.map(|kind| of_kernels(kind, &features).0));
    for kind in 0..2 {
        assert!(gaussian[kind] < 0.02, "{gaussian:?}");
        assert!(on_a_line[kind] > 5.0 * gaussian[kind] && on_a_line[kind] > 0.05, "{on_a_line:?}");
        assert!(alike[kind] > 0.5, "{alike:?}");
    }
}

fn nano() -> ModelConfig {
    ModelConfig::preset("nano", Family::VJepa2).unwrap()
}

fn recipe(regulariser: Regulariser, ablation: Ablation) -> Recipe {
    let schedule = Schedule::constant(1e-3, 0.04, 0.99);
    Recipe { world: WorldSpec::simple(), regulariser, ablation, schedule, ..Recipe::of(&nano()) }
}

fn broken() -> Ablation {
    Ablation { ema: false, stop_gradient: false, ..Ablation::default() }
}

/// Loss of a step and its gradient of the encoder's first weights, `[n]`.
fn loss(weights: &Weights, recipe: &Recipe, patches: &Tensor<2>, masks: &[Masks]) -> (f64, Vec<f32>) {
    let mut trainer = Trainer::load(&nano(), weights.clone(), 0, &Device::flex()).unwrap();
    trainer.follow_recipe(recipe, STEP);
    let outcome = trainer.loss(patches.clone(), masks);
    let value = f64::from(numbers(outcome.loss.clone().inner())[0]);
    let gradients = outcome.loss.backward();
    (value, numbers(trainer.encoder.groups().next().unwrap().value.grad(&gradients).unwrap()))
}

/// What a step adds to its loss is the weighted term of the context's features, normed over channels, and it moves the encoder.
#[test]
fn a_step_adds_the_term_of_its_context() {
    let config = nano();
    let (grid, device) = (config.grid(), Device::flex());
    let weights = random(&config, 1);
    let clips: Vec<Vec<u8>> =
        (0..2).map(|seed| World::new(&WorldSpec::rich(), 40 + seed).clip(config.frames, config.size)).collect();
    let patches = clip::patches(&clips, config.patch_shape(), &device);
    let masks = [mask::short(), mask::long()].map(|generator| generator.sample(grid, 2, &mut Rng::new(4)).unwrap());
    let trainer = Trainer::load(&config, weights.clone(), 0, &device).unwrap();
    let seen = trainer.encoder.valid().context(patches.clone(), grid, &Tokens::context(&masks, grid, &device));
    let normed: Vec<f64> = numbers(seen).chunks_exact(config.width).flat_map(normalised).collect();
    let (without, still) = loss(&weights, &recipe(Regulariser::default(), Ablation::default()), &patches, &masks);
    for kind in KINDS {
        let recipe = recipe(Regulariser { kind, weight: 0.7 }, Ablation::default());
        let (with, moved) = loss(&weights, &recipe, &patches, &masks);
        let term = 0.7 * by_hand(kind, &normed, config.width);
        assert!((with - without - term).abs() < 2e-3 * term, "{kind:?}: {with} - {without}, by hand {term}");
        assert_ne!(still, moved, "{kind:?}");
    }
}

fn normalised(row: &[f32]) -> Vec<f64> {
    let mean = row.iter().map(|&x| f64::from(x)).sum::<f64>() / row.len() as f64;
    let variance = row.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / row.len() as f64;
    row.iter().map(|&x| (f64::from(x) - mean) / (variance + 1e-5).sqrt()).collect()
}

fn session(recipe: Recipe) -> Session {
    let mut session = Session::create(nano(), 1, Device::flex(), Limits::default()).unwrap();
    session.set_world(&WorldSpec::simple(), 1);
    session.set_recipe(recipe).unwrap();
    session
}

fn train(session: &mut Session, steps: usize) -> Vec<f32> {
    pollster::block_on(session.train(steps, async || ())).unwrap().losses
}

#[test]
fn an_old_recipe_reads_and_trains_as_ever() {
    let plain = recipe(Regulariser::default(), Ablation::default());
    let mut old = serde_json::to_value(&plain).unwrap();
    old.as_object_mut().unwrap().remove("regulariser").unwrap();
    assert_eq!(serde_json::from_value::<Recipe>(old).unwrap(), plain);
    let weightless = recipe(Regulariser { weight: 3.0, ..Regulariser::default() }, Ablation::default());
    assert_eq!(train(&mut session(plain), 3), train(&mut session(weightless), 3));
}

#[test]
fn a_resumed_run_draws_the_directions_that_it_would_have_drawn() {
    let values = features();
    let data = || TensorData::new(values.iter().map(|&x| x as f32).collect::<Vec<f32>>(), [ROWS, WIDTH]);
    let at = |step| numbers(sigreg(Tensor::from_data(data(), &Device::flex()), step));
    assert!(at(1) == at(1) && at(1) != at(2));

    let sigreg = Regulariser { kind: RegulariserKind::Sigreg, weight: 0.5 };
    let mut session = session(recipe(sigreg, Ablation::default()));
    train(&mut session, 4);
    let bytes = pollster::block_on(session.snapshot()).unwrap().to_bytes().unwrap();
    let mut again = Session::restore(Snapshot::from_bytes(&bytes).unwrap(), Device::flex(), Limits::default()).unwrap();
    assert_eq!(again.recipe().regulariser, sigreg);
    assert_eq!(train(&mut session, 4), train(&mut again, 4));
    let weights = |session: &Session| pollster::block_on(session.snapshot()).unwrap().weights;
    assert_eq!(weights(&session).0, weights(&again).0);
}

/// The lowest and the mean standard deviation over the last 20 of 200 steps, for it differs from batch to batch.
fn spread_after_200_steps(regulariser: Regulariser) -> [f32; 2] {
    let mut session = session(recipe(regulariser, broken()));
    train(&mut session, 180);
    let std = |_| pollster::block_on(session.train(1, async || ())).unwrap().health.std;
    let found: Vec<f32> = (0..20).map(std).collect();
    [found.iter().copied().fold(f32::INFINITY, f32::min), found.iter().sum::<f32>() / found.len() as f32]
}

#[test]
fn without_moving_average_and_stop_gradient_either_keeps_features_alive() {
    let [_, collapsed] = spread_after_200_steps(Regulariser::default());
    assert!(collapsed < COLLAPSED_STD, "{collapsed}");
    for kind in KINDS {
        let [lowest, mean] = spread_after_200_steps(Regulariser { kind, ..Regulariser::default() });
        assert!(lowest > COLLAPSED_STD, "{kind:?}: {lowest}");
        assert!(mean > 8.0 * collapsed, "{kind:?}: {mean} and {collapsed}");
    }
}
