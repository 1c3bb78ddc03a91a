//! Linear and attentive probes, intervals and neighbours, on problems whose answer is known.
#![cfg(not(target_arch = "wasm32"))]

use vjepa_web::probe::{
    Split, Splits,
    attend::{Attention, Frame},
    interval::Share,
    neighbours::{Place, consistency},
    ridge::{Quantity, Score, fit, scores},
    roc,
};
use vjepa_web::rng::Rng;

fn noise(n: usize, rng: &mut Rng) -> Vec<f32> {
    (0..n).map(|_| rng.normal() as f32).collect()
}

/// Three splits of 200, 100 and 150 examples of `example`, which gives features and targets.
fn splits(mut example: impl FnMut() -> (Vec<f32>, Vec<f32>)) -> Splits {
    let mut split = |n: usize| {
        let mut split = Split::default();
        for _ in 0..n {
            let (features, targets) = example();
            split.features.extend(features);
            split.targets.extend(targets);
        }
        split
    };
    Splits { train: split(200), validation: split(100), test: split(150) }
}

fn values(splits: &Splits, d: usize, k: usize) -> Vec<f32> {
    let [Score { test, .. }] = scores(splits, d, k, &[Quantity::Values(0..k)]).try_into().unwrap();
    test
}

#[test]
fn ridge_is_the_known_solution() {
    // One feature with values -1 and 1, target 3 + 2x: w = Σxy / (Σx² + p) = 8 / (4 + 4).
    let train = Split { features: vec![-1.0, 1.0, -1.0, 1.0], targets: vec![1.0, 5.0, 1.0, 5.0] };
    let [free, bound] = fit(&train, 1, 1, &[1e-9, 4.0]).try_into().unwrap();
    for (fit, expected) in [(free, [3.0, 7.0]), (bound, [3.0, 5.0])] {
        for (found, expected) in fit.predict(&[0.0, 2.0]).iter().zip(expected) {
            assert!((found - expected).abs() < 1e-5, "{found} is not {expected}");
        }
    }
}

#[test]
fn linear_targets_are_told_and_noise_is_not() {
    let mut rng = Rng::new(1);
    let found = values(
        &splits(|| {
            let x = noise(6, &mut rng);
            let targets = vec![4.0 + x[0] - 2.0 * x[3], 100.0 * x[5], rng.normal() as f32];
            (x, targets)
        }),
        6,
        3,
    );
    assert!(found[0] > 0.999 && found[1] > 0.999, "{found:?}");
    assert!(found[2].abs() < 0.1, "{found:?}");
}

#[test]
fn more_features_than_examples_are_no_obstacle() {
    let mut rng = Rng::new(2);
    // 600 features of 10 directions: primal and dual see the same problem.
    let axes: Vec<Vec<f32>> = (0..10).map(|_| noise(600, &mut rng)).collect();
    let splits = splits(|| {
        let x = noise(10, &mut rng);
        let wide = (0..600).map(|j| x.iter().zip(&axes).map(|(x, axis)| x * axis[j]).sum()).collect();
        (wide, vec![x[0] + x[1]])
    });
    assert!(values(&splits, 600, 1)[0] > 0.99);
}

#[test]
fn primal_and_dual_agree() {
    let mut rng = Rng::new(3);
    let (d, n) = (12, 12);
    let train = Split { features: noise(n * d, &mut rng), targets: noise(n, &mut rng) };
    // The same features with one more that doesn't vary: d > n, so the other way is taken.
    let widened = |rows: &[f32]| rows.chunks_exact(d).flat_map(|row| [row, &[7.0]].concat()).collect::<Vec<f32>>();
    let wide = Split { features: widened(&train.features), targets: train.targets.clone() };
    let probe = noise(5 * d, &mut rng);
    for penalty in [0.01, 1.0, 100.0] {
        let primal = fit(&train, d, 1, &[penalty])[0].predict(&probe);
        let dual = fit(&wide, d + 1, 1, &[penalty])[0].predict(&widened(&probe));
        for (a, b) in primal.iter().zip(dual) {
            assert!((a - b).abs() < 1e-4, "{a} and {b} with penalty {penalty}");
        }
    }
}

#[test]
fn collinear_constant_and_broken_features_do_no_harm() {
    let mut rng = Rng::new(4);
    let mut count = 0;
    let found = values(
        &splits(|| {
            let x = rng.normal() as f32;
            count += 1;
            let broken = if count == 20 { f32::NAN } else { rng.normal() as f32 };
            (vec![x, 2.0 * x, -x, 3.0, broken], vec![x])
        }),
        5,
        1,
    );
    assert!(found[0] > 0.99, "{found:?}");
}

#[test]
fn constant_targets_score_zero() {
    let mut rng = Rng::new(5);
    let found = values(&splits(|| (noise(4, &mut rng), vec![2.5, 0.0])), 4, 2);
    assert_eq!(found, [0.0, 0.0]);
}

#[test]
fn the_penalty_suits_the_noise() {
    // As many features as examples, and one of them says a little: a small penalty would fit the noise.
    let mut rng = Rng::new(6);
    let splits = splits(|| {
        let x = noise(190, &mut rng);
        let target = x[0] + 2.0 * rng.normal() as f32;
        (x, vec![target])
    });
    let chosen = &scores(&splits, 190, 1, &[Quantity::Values(0..1)])[0];
    assert!(chosen.penalty >= 200.0 * 0.1 && chosen.test[0] > -0.1, "{chosen:?}");
}

#[test]
fn classes_are_told_by_the_largest_output() {
    let mut rng = Rng::new(7);
    let splits = splits(|| {
        let class = rng.below(3);
        let one_hot = |at: usize| (0..3).map(|i| f32::from(i == at)).collect::<Vec<f32>>();
        let mut x = noise(5, &mut rng);
        x[class] += 8.0;
        (x, [one_hot(class), one_hot(rng.below(3))].concat())
    });
    let found = scores(&splits, 5, 6, &[Quantity::Class(0..3), Quantity::Class(3..6)]);
    assert!(found[0].test[0] > 0.98, "{found:?}");
    assert!((0.2..0.5).contains(&found[1].test[0]), "{found:?}");
}

/// Frames of 4 x 5 tokens of 16 values: one token has a mark in channel 0 and what is asked for in channels 1 and 2; all
/// else is noise.
fn frames(rng: &mut Rng) -> (Vec<f32>, Vec<f32>) {
    let mut tokens = noise(20 * 16, rng);
    let (at, velocity) = (rng.below(20), noise(2, rng));
    tokens[at * 16] += 5.0;
    tokens[at * 16 + 1..at * 16 + 3].copy_from_slice(&velocity);
    (tokens, [velocity, vec![(at / 5) as f32, (at % 5) as f32]].concat())
}

#[test]
fn attention_finds_the_token_that_knows() {
    let mut rng = Rng::new(8);
    let splits = splits(|| frames(&mut rng));
    let frame = Frame { h: 4, w: 5, d: 16 };
    let attention = Attention::fit(&splits.train, frame, 4, 1);
    let attended = splits.map(|features| attention.apply(features));
    let found = values(&attended, frame.pooled(), 4);
    assert!(found.iter().all(|&score| score > 0.85), "velocity and position: {found:?}");

    let mean = |frame: &[f32]| (0..16).map(|j| frame.iter().skip(j).step_by(16).sum::<f32>()).collect::<Vec<_>>();
    let pooled = splits.map(|features| features.chunks_exact(320).flat_map(mean).collect());
    let pooled = values(&pooled, 16, 4);
    assert!(pooled.iter().all(|&score| score < 0.3), "a mean can't tell: {pooled:?}");
    let again = Attention::fit(&splits.train, frame, 4, 1);
    assert_eq!(attention.apply(&splits.test.features), again.apply(&splits.test.features));
}

#[test]
fn attention_survives_features_that_say_nothing() {
    let frame = Frame { h: 2, w: 2, d: 3 };
    let flat = Split { features: vec![0.5; 20 * 12], targets: noise(20, &mut Rng::new(9)) };
    let pooled = Attention::fit(&flat, frame, 1, 1).apply(&[f32::NAN; 12]);
    assert!(pooled.iter().all(|v| v.is_finite()), "{pooled:?}");
}

#[test]
fn intervals_are_those_of_wilson() {
    // Newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
    let published =
        [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)];
    for (hits, n, low, high) in published {
        let share = Share::new(f64::from(hits), n);
        assert!((share.low - low).abs() < 1e-4 && (share.high - high).abs() < 1e-4, "{share:?}");
    }
    let none = Share::new(0.0, 0);
    assert!(none.low == 0.0 && none.high == 1.0);
    let ties = Share::larger([(1.0, 0.0), (0.0, 1.0), (2.0, 2.0), (f32::NAN, 0.0)].into_iter());
    assert_eq!((ties.n, ties.value), (4, 0.5));
}

#[test]
fn neighbours_in_time_are_found_in_features_that_move_slowly() {
    let places: Vec<Place> = (0..40).map(|i| Place { video: i / 20, frame: 8 * (i % 20) }).collect();
    let slow: Vec<f32> = places.iter().flat_map(|place| [place.frame as f32, 1000.0 * place.video as f32]).collect();
    // Windows of 16 frames overlap their next ones, so the nearest that counts begins 16 frames on.
    let found = consistency(&slow, 2, &places, 16, 24);
    assert!((found.share.n, found.share.value) == (40, 1.0) && found.chance < 0.3, "{found:?}");
    let random = consistency(&noise(80, &mut Rng::new(10)), 2, &places, 16, 24);
    assert!((random.share.value - random.chance).abs() < 0.2, "{random:?}");
    let collapsed = consistency(&[0.5; 80], 2, &places, 16, 24);
    assert!((collapsed.share.value - collapsed.chance).abs() < 1e-9, "{collapsed:?}");
    assert_eq!(consistency(&slow[..4], 2, &places[..2], 16, 24).share.n, 0, "nothing to choose from");
}

#[test]
fn an_alarm_is_judged_over_all_thresholds() {
    assert_eq!(roc::area(&[3.0, 4.0], &[1.0, 2.0]), Some(1.0));
    assert_eq!(roc::area(&[1.0, 2.0], &[3.0, 4.0]), Some(0.0));
    assert_eq!(roc::area(&[1.0; 3], &[1.0; 5]), Some(0.5), "ties say nothing");
    // Of six pairs of scores four are in order, and one is a tie.
    assert_eq!(roc::area(&[2.0, 5.0], &[1.0, 2.0, 3.0]), Some(4.5 / 6.0));
    assert_eq!(roc::area(&[f32::NAN, 3.0], &[1.0]), Some(1.0), "what is no number is left out");
    assert_eq!(roc::area(&[], &[1.0]), None);
    let mut rng = Rng::new(4);
    let (above, below): (Vec<f32>, Vec<f32>) = noise(4000, &mut rng).into_iter().map(|x| (x + 1.0, x)).unzip();
    // Two normal distributions a deviation apart: the normal distribution function at 1 / sqrt(2).
    assert!((roc::area(&above, &below).unwrap() - 0.7602).abs() < 0.01);
}
