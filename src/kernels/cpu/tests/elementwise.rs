use super::Random;
use crate::kernels::{
    AdamStep, PatchShape, Total,
    cpu::{adamw, ema, fallback_sums, l1, l1_backward, patches, rows, total},
};

#[test]
fn adamw_takes_pytorchs_step() {
    let mut random = Random::new(3);
    let (p, g, m) = (random.values(19), random.values(19), random.values(19));
    let v: Vec<f32> = random.values(19).iter().map(|v| v.abs()).collect();
    let step = AdamStep {
        learning_rate: 0.01,
        weight_decay: 0.1,
        beta1: 0.9,
        beta2: 0.95,
        epsilon: 1e-8,
        correction1: 0.3,
        correction2: 0.2,
        decayed: 7,
    };
    let (new_p, moments) = adamw(&p, &g, &[m.clone(), v.clone()].concat(), 0.5, step);
    let (new_m, new_v) = moments.split_at(19);
    for i in 0..19 {
        let (p, g) = (f64::from(p[i]), f64::from(g[i]) * 0.5);
        let m = 0.9 * f64::from(m[i]) + 0.1 * g;
        let v = 0.95 * f64::from(v[i]) + 0.05 * g * g;
        let decay = if i < 7 { 1.0 - 0.01 * 0.1 } else { 1.0 };
        let p = p * decay - 0.01 / 0.3 * m / ((v / 0.2).sqrt() + 1e-8);
        for (found, expected) in [(new_p[i], p), (new_m[i], m), (new_v[i], v)] {
            assert!((f64::from(found) - expected).abs() < 1e-6, "value {i}: {found} for {expected}");
        }
    }
}

#[test]
fn ema_moves_towards_the_online_values() {
    assert_eq!(ema(&[1.0, 2.0], &[3.0, -2.0], 0.75), [1.5, 1.0]);
}

#[test]
fn l1_weighs_rows_and_has_no_slope_at_equality() {
    let (predicted, targets) = ([1.0, 2.0, 3.0, 4.0], [9.0, 9.0, 1.0, 5.0, 3.5, 1.0]);
    let (from, weight) = ([1, 2], [0.5, 2.0]);
    assert_eq!(l1(&predicted, &targets, &from, &weight), 0.5 * 3.0 + 2.0 * 3.5);
    assert_eq!(l1_backward(&predicted, &targets, &from, &weight, -1.0), [0.0, 0.5, 2.0, -2.0]);
    // Wide enough for the vector loop and its rest.
    let (predicted, targets) = (Random::new(4).values(3 * 21), Random::new(5).values(3 * 21));
    let expected: f64 = predicted.iter().zip(&targets).map(|(p, t)| f64::from((p - t).abs())).sum();
    assert!((f64::from(l1(&predicted, &targets, &[0, 1, 2], &[1.0; 3])) - expected).abs() < 1e-5);
    assert_eq!(l1(&[], &targets, &[], &[]), 0.0);
}

#[test]
fn rows_are_gathered_or_fall_back() {
    let x = [1.0, 2.0, 3.0, 4.0];
    assert_eq!(rows(&x, &[1, -1, 0], &[7.0, 8.0], 2), [3.0, 4.0, 7.0, 8.0, 1.0, 2.0]);
    assert_eq!(rows(&x, &[-1, 1], &[], 2), [0.0, 0.0, 3.0, 4.0]);
    assert_eq!(rows(&x, &[-2, 1], &[7.0, 8.0, 5.0, 6.0], 2), [5.0, 6.0, 3.0, 4.0]);
    assert_eq!(fallback_sums(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], &[-1, 0, -1], 2, 1), [6.0, 8.0]);
    assert_eq!(fallback_sums(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], &[-1, 0, -2], 2, 2), [1.0, 2.0, 5.0, 6.0]);
}

#[test]
fn totals_are_of_values_magnitudes_or_squares() {
    let x = [1.0, -2.0, 3.0];
    assert_eq!([Total::Values, Total::Magnitudes, Total::Squares].map(|of| total(&x, of)), [2.0, 6.0, 14.0]);
    assert_eq!(total(&vec![0.1; 1 << 20], Total::Values), 0.1 * (1 << 20) as f32);
}

#[test]
fn patches_are_ordered_and_normalised_like_the_tensor_path() {
    let [clips, t, size, tubelet, patch] = [2, 4, 6, 2, 3];
    let frames: Vec<i32> =
        (0..clips * t * size * size).map(|i| (i as i32).wrapping_mul(0x0123_4567) ^ 0x5A5A_5A5A).collect();
    let found = patches(&frames, PatchShape { frames: t, size, tubelet, patch });
    let mut next = found.iter();
    let (mean, std) = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]);
    for token in 0..clips * (t / tubelet) * 4 {
        let (tube, y, x) = (token / 4, token / 2 % 2, token % 2);
        for channel in 0..3 {
            for i in 0..tubelet * patch * patch {
                let (frame, row, column) = (tube * tubelet + i / 9, y * patch + i / 3 % 3, x * patch + i % 3);
                let byte = (frames[(frame * size + row) * size + column] >> (8 * channel)) & 0xFF;
                let expected = ((f64::from(byte) / 255.0 - mean[channel]) / std[channel]) as f32;
                assert_eq!(next.next(), Some(&expected));
            }
        }
    }
    assert_eq!(next.next(), None);
}
