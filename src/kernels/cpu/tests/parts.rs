use super::{Random, assert_close, reference, wide};
use crate::config::Activation;
use crate::kernels::cpu::{
    activation::{activate, activate_backward},
    functions, layer_norm, layer_norm_backward, linear, linear_backward,
};

#[test]
fn gelu_and_its_slope_are_exact_to_a_rounding() {
    let x: Vec<f32> = (-9000..=9000).map(|i| i as f32 / 1000.0).chain([-1e4, -40.0, 40.0, 1e4]).collect();
    let mut y = vec![0.0; x.len()];
    functions::gelu(&x, &mut y);
    let mut slope = vec![1.0; x.len()];
    functions::gelu_backward(&x, &mut slope);
    for ((x, y), slope) in x.into_iter().zip(y).zip(slope) {
        let (wide, h) = (f64::from(x), 1e-5);
        let expected = reference::gelu(wide);
        assert!((f64::from(y) - expected).abs() < 1e-7 + expected.abs() * 1e-7, "gelu({x}) = {y}, not {expected}");
        let expected = (reference::gelu(wide + h) - reference::gelu(wide - h)) / (2.0 * h);
        assert!((f64::from(slope) - expected).abs() < 3e-7, "gelu'({x}) = {slope}, not {expected}");
    }
}

#[test]
fn activations_and_their_slopes_are_exact_to_a_rounding() {
    // No place where ReLU has a corner, nor beside one.
    let x: Vec<f32> = (-9000..9000).map(|i| (i as f32 + 0.5) / 900.0).chain([-1e4, -100.0, 100.0, 1e4]).collect();
    for activation in Activation::ALL {
        let mut y = vec![0.0; x.len()];
        activate(activation, &x, &mut y);
        let mut slope = vec![1.0; x.len()];
        activate_backward(activation, &x, &mut slope);
        for ((x, y), slope) in x.iter().zip(y).zip(slope) {
            let at = |x: f64| reference::activate(activation, x);
            let (wide, h) = (f64::from(*x), 1e-5);
            let expected = at(wide);
            let allowed = 2e-7 * (1.0 + expected.abs());
            assert!((f64::from(y) - expected).abs() < allowed, "{activation:?}({x}) = {y}, not {expected}");
            let expected = (at(wide + h) - at(wide - h)) / (2.0 * h);
            assert!((f64::from(slope) - expected).abs() < 2e-6, "{activation:?}'({x}) = {slope}, not {expected}");
        }
        let (mut nothing, mut one) = ([1.0], [1.0]);
        activate(activation, &[0.0], &mut nothing);
        activate_backward(activation, &[f32::NAN], &mut one);
        assert!(nothing[0] == 0.0 && (one[0].is_nan() || activation == Activation::Relu));
        activate(activation, &[f32::NAN], &mut one);
        assert!(one[0].is_nan(), "{activation:?} hides what is no number");
    }
}

#[test]
fn linear_layers_of_any_size() {
    let mut random = Random::new(1);
    for [rows, input, output] in [[1, 1, 1], [3, 5, 7], [65, 36, 209], [130, 400, 33], [64, 64, 64], [1100, 9, 10]] {
        let x = random.values(rows * input);
        let weights = random.values((input + 1) * output);
        let (matrix, bias) = weights.split_at(input * output);
        let expected = reference::affine(&wide(&x), &wide(matrix), &wide(bias));
        assert_close(&linear(&x, &weights, input, output), &expected, 2e-6);

        let dy = random.values(rows * output);
        let (dx, dweights) = linear_backward(&x, &weights, &dy, input, output, true);
        let flip = |m: &[f32], columns: usize| -> Vec<f64> {
            (0..m.len()).map(|i| f64::from(m[i % (m.len() / columns) * columns + i / (m.len() / columns)])).collect()
        };
        assert_close(&dx, &reference::affine(&wide(&dy), &flip(matrix, output), &vec![0.0; input]), 2e-6);
        let dmatrix = reference::affine(&flip(&x, input), &wide(&dy), &vec![0.0; output]);
        assert_close(&dweights[..input * output], &dmatrix, 2e-6);
        let dbias = reference::affine(&vec![1.0; rows], &wide(&dy), &vec![0.0; output]);
        assert_close(&dweights[input * output..], &dbias, 5e-6);

        let (none, same) = linear_backward(&x, &weights, &dy, input, output, false);
        assert!(none.is_empty() && same == dweights);
    }
}

#[test]
fn no_rows_make_no_rows() {
    assert!(linear(&[], &[0.5; 12], 3, 3).is_empty());
    assert_eq!(linear_backward(&[], &[0.5; 12], &[], 3, 3, true), (vec![], vec![0.0; 12]));
    assert!(layer_norm(&[], &[], 4, 1e-6).is_empty());
}

#[test]
fn layer_norms_with_and_without_weights() {
    let mut random = Random::new(2);
    for (rows, width) in [(1, 1), (3, 5), (70, 36), (5, 192)] {
        let x: Vec<f32> = random.values(rows * width).iter().map(|x| x * 3.0 + 5.0).collect();
        let dy = random.values(rows * width);
        for weights in [random.values(2 * width), vec![]] {
            let expected = reference::layer_norm(&wide(&x), &wide(&weights), width, 1e-3);
            assert_close(&layer_norm(&x, &weights, width, 1e-3), &expected, 4e-6);

            let (dx, dweights) = layer_norm_backward(&x, &weights, &dy, width, 1e-3);
            let loss = |x: &[f64], weights: &[f64]| -> f64 {
                reference::layer_norm(x, weights, width, 1e-3).iter().zip(wide(&dy)).map(|(y, dy)| y * dy).sum()
            };
            let slope = |i: usize, of: usize| {
                let at = |step: f64| {
                    let mut point = [wide(&x), wide(&weights)];
                    point[of][i] += step;
                    loss(&point[0], &point[1])
                };
                (at(1e-5) - at(-1e-5)) / 2e-5
            };
            let places: Vec<usize> = (0..x.len()).step_by(x.len() / 50 + 1).collect();
            let found: Vec<f32> = places.iter().map(|&i| dx[i]).collect();
            if width > 1 {
                assert_close(&found, &places.iter().map(|&i| slope(i, 0)).collect::<Vec<_>>(), 1e-5);
            }
            assert_close(&dweights, &(0..weights.len()).map(|i| slope(i, 1)).collect::<Vec<_>>(), 1e-5);
        }
    }
}
