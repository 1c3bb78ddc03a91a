//! Probes on features whose axes, similarity and rank are known.
#![cfg(not(target_arch = "wasm32"))]

use vjepa_web::probe::{health, pca::Projection, similarity::cosine};
use vjepa_web::rng::Rng;

/// Orthonormal directions to build features from, [count][d].
fn directions(count: usize, d: usize, rng: &mut Rng) -> Vec<Vec<f32>> {
    let mut all: Vec<Vec<f32>> = Vec::new();
    for _ in 0..count {
        let mut axis: Vec<f32> = (0..d).map(|_| rng.normal() as f32).collect();
        for other in &all {
            let along: f32 = axis.iter().zip(other).map(|(a, o)| a * o).sum();
            axis.iter_mut().zip(other).for_each(|(a, o)| *a -= along * o);
        }
        let length = axis.iter().map(|v| v * v).sum::<f32>().sqrt();
        all.push(axis.iter().map(|v| v / length).collect());
    }
    all
}

/// Rows [n, d] with the given standard deviation along each direction, around a common offset.
fn features(n: usize, axes: &[Vec<f32>], spread: &[f64], rng: &mut Rng) -> Vec<f32> {
    let d = axes[0].len();
    let mut rows = vec![0.5f32; n * d];
    for row in rows.chunks_exact_mut(d) {
        for (axis, s) in axes.iter().zip(spread) {
            let along = (rng.normal() * s) as f32;
            row.iter_mut().zip(axis).for_each(|(v, a)| *v += along * a);
        }
    }
    rows
}

/// Standard deviation of each of `k` columns.
fn spreads(columns: &[f32], k: usize) -> Vec<f32> {
    health::measure(columns, k).std
}

fn correlation(a: impl Iterator<Item = f32> + Clone, b: impl Iterator<Item = f32> + Clone) -> f32 {
    let n = a.clone().count() as f32;
    let (ma, mb) = (a.clone().sum::<f32>() / n, b.clone().sum::<f32>() / n);
    let product = |x: f32, y: f32| (x - ma) * (y - mb);
    let cross: f32 = a.clone().zip(b.clone()).map(|(x, y)| product(x, y)).sum();
    let (va, vb): (f32, f32) = (a.map(|x| (x - ma).powi(2)).sum(), b.map(|y| (y - mb).powi(2)).sum());
    cross / (va * vb).sqrt()
}

#[test]
fn the_first_fit_finds_the_main_axes_in_order() {
    let mut rng = Rng::new(0);
    let axes = directions(5, 32, &mut rng);
    let rows = features(600, &axes, &[5.0, 3.0, 1.8, 0.6, 0.3], &mut rng);
    let mut pca = Projection::new(3);
    pca.update(&rows, 32);
    let projected = pca.project(&rows);
    for (i, expected) in [5.0, 3.0, 1.8].into_iter().enumerate() {
        let found = spreads(&projected, 3)[i];
        assert!((found / expected - 1.0).abs() < 0.1, "axis {i} has spread {found}");
        let truth = rows.chunks_exact(32).map(|row| row.iter().zip(&axes[i]).map(|(v, a)| v * a).sum());
        let agreement = correlation(projected.iter().skip(i).step_by(3).copied(), truth);
        assert!(agreement.abs() > 0.98, "axis {i} agrees by {agreement}");
    }
    let mean: f32 = projected.iter().sum::<f32>() / projected.len() as f32;
    assert!(mean.abs() < 1e-3);
}

#[test]
fn axes_and_colours_stay_from_clip_to_clip() {
    let mut rng = Rng::new(1);
    let axes = directions(4, 24, &mut rng);
    // The first two are so close that their order changes from clip to clip.
    let clip = |rng: &mut Rng| features(256, &axes, &[2.0, 1.95, 1.2, 0.3], rng);
    let probe = clip(&mut rng);
    let mut pca = Projection::new(3);
    pca.update(&clip(&mut rng), 24);
    let mut before = (pca.project(&probe), pca.rgb(&probe));
    for step in 0..30 {
        pca.update(&clip(&mut rng), 24);
        let now = (pca.project(&probe), pca.rgb(&probe));
        for axis in 0..3 {
            let along = |all: &Vec<f32>| all.iter().skip(axis).step_by(3).copied().collect::<Vec<_>>();
            let (a, b) = (along(&before.0), along(&now.0));
            let agreement = correlation(a.into_iter(), b.into_iter());
            assert!(agreement > 0.8, "clip {step}, axis {axis}: {agreement}");
        }
        let change: f64 = now.1.iter().zip(&before.1).map(|(a, b)| f64::from(a.abs_diff(*b))).sum();
        assert!(change / (now.1.len() as f64) < 25.0, "clip {step}: colours jump");
        before = now;
    }
}

#[test]
fn axes_follow_features_that_change_for_good() {
    let mut rng = Rng::new(2);
    let axes = directions(2, 16, &mut rng);
    let mut pca = Projection::new(1);
    pca.update(&features(200, &axes, &[3.0, 1.0], &mut rng), 16);
    for _ in 0..20 {
        pca.update(&features(200, &axes, &[1.0, 3.0], &mut rng), 16);
    }
    let rows = features(400, &axes, &[1.0, 3.0], &mut rng);
    let found = spreads(&pca.project(&rows), 1)[0];
    assert!((found / 3.0 - 1.0).abs() < 0.12, "{found}");
}

#[test]
fn colours_use_the_whole_range() {
    let mut rng = Rng::new(3);
    let axes = directions(3, 16, &mut rng);
    let rows = features(500, &axes, &[3.0, 2.0, 1.0], &mut rng);
    let mut pca = Projection::new(3);
    pca.update(&rows, 16);
    let colours = pca.rgb(&rows);
    for channel in 0..3 {
        let values = || colours.iter().skip(channel).step_by(3);
        assert!(values().any(|&v| v == 0) && values().any(|&v| v == 255));
        let middle = values().filter(|&&v| (64..192).contains(&v)).count();
        assert!(middle > 200, "channel {channel}: {middle} of 500 in the middle");
    }
}

#[test]
fn the_same_features_give_the_same_axes() {
    let fit = || {
        let mut rng = Rng::new(4);
        let axes = directions(3, 12, &mut rng);
        let rows = features(100, &axes, &[3.0, 2.0, 1.0], &mut rng);
        let mut pca = Projection::new(3);
        pca.update(&rows, 12);
        pca.project(&rows)
    };
    assert_eq!(fit(), fit());
}

#[test]
fn bad_features_neither_panic_nor_spoil_the_fit() {
    let mut rng = Rng::new(5);
    let axes = directions(3, 8, &mut rng);
    let mut rows = features(100, &axes, &[3.0, 2.0, 1.0], &mut rng);
    let mut pca = Projection::new(3);
    assert!(pca.project(&rows).is_empty() && pca.rgb(&rows).is_empty(), "nothing is fitted yet");

    pca.update(&[0.25; 80], 8);
    assert!(pca.rgb(&[0.25; 80]).iter().all(|&v| v == 128), "features that don't vary are grey");
    for bad in [vec![], vec![1.0; 8], vec![f32::NAN; 80], vec![f32::MAX; 80], [[f32::MAX; 8], [f32::MIN; 8]].concat()] {
        pca.update(&bad, 8);
    }
    rows[3] = f32::NAN;
    rows[17] = f32::INFINITY;
    pca.update(&rows, 8);
    let (coordinates, colours) = (pca.project(&rows), pca.rgb(&rows));
    assert!(coordinates[..3].iter().all(|v| v.is_nan()) && colours[..3] == [0; 3]);
    assert!(coordinates[9..].iter().all(|v| v.is_finite()));
    let spread = spreads(&coordinates[9..], 3);
    assert!(spread[0] > spread[1] && spread[1] > spread[2], "{spread:?}");
}

#[test]
fn a_scatter_grows_from_a_single_clip() {
    let mut rng = Rng::new(6);
    let axes = directions(2, 10, &mut rng);
    let rows = features(40, &axes, &[2.0, 1.0], &mut rng);
    let mut map = Projection::new(2);
    for n in 1..=40 {
        map.update(&rows[..n * 10], 10);
        assert!(map.project(&rows[..n * 10]).iter().all(|v| v.is_finite()));
    }
    let spread = spreads(&map.project(&rows), 2);
    assert!(spread[0] > 1.4 && spread[1] > 0.6, "{spread:?}");
    // More axes than dimensions: the rest stays at zero.
    let mut wide = Projection::new(3);
    wide.update(&[0.0, 1.0, 2.0, 5.0, 3.0, 3.0], 2);
    assert!(wide.project(&[0.0, 9.0])[2] == 0.0);
}

#[test]
fn cosine_compares_directions() {
    let rows = [1.0, 0.0, 3.0, 0.0, 0.0, 2.0, -1.0, 0.0, 1.0, 1.0, 0.0, 0.0, f32::NAN, 1.0];
    let found = cosine(&rows, 2, 0);
    for (found, expected) in found.iter().zip([1.0, 1.0, 0.0, -1.0, 0.5f32.sqrt(), 0.0, 0.0]) {
        assert!((found - expected).abs() < 1e-6, "{found} is not {expected}");
    }
    assert_eq!(cosine(&rows, 2, 5), [0.0; 7]);
}

#[test]
fn effective_rank_counts_equal_directions() {
    // Rows +a and -a for each of r orthogonal axes: r equal singular values, mean zero.
    let (mut rng, d) = (Rng::new(7), 48);
    for r in [1, 2, 7, 30] {
        let axes = directions(r, d, &mut rng);
        let rows: Vec<f32> =
            axes.iter().flat_map(|a| [1.0, -1.0].map(|s| a.iter().map(move |v| s * v))).flatten().collect();
        let health = health::measure(&rows, d);
        assert!((health.effective_rank - r as f32).abs() < 0.02 * r as f32, "{r}: {}", health.effective_rank);
    }
}

#[test]
fn effective_rank_is_the_entropy_of_singular_values() {
    // Two axes with singular values 3 : 1.
    let rows = [3.0, 0.0, -3.0, 0.0, 0.0, 1.0, 0.0, -1.0];
    let entropy = -(0.75f32 * 0.75f32.ln() + 0.25 * 0.25f32.ln());
    let health = health::measure(&rows, 2);
    assert!((health.effective_rank - entropy.exp()).abs() < 1e-5);
    assert!((health.std[0] - 4.5f32.sqrt()).abs() < 1e-6 && (health.std[1] - 0.5f32.sqrt()).abs() < 1e-6);
    assert!((health.mean_std - (4.5f32.sqrt() + 0.5f32.sqrt()) / 2.0).abs() < 1e-6);
}

#[test]
fn rich_features_have_a_high_rank_and_collapsed_ones_a_low_one() {
    let mut rng = Rng::new(8);
    let mut noise = |n: usize| -> Vec<f32> { (0..n).map(|_| rng.normal() as f32).collect() };
    // More rows and more dimensions than the eigenproblem takes: a strided subset stands for all.
    let wide = health::measure(&noise(2000 * 300), 300).effective_rank;
    assert!((180.0..256.0).contains(&wide), "{wide}");
    let narrow = health::measure(&noise(5000 * 32), 32);
    assert!(narrow.effective_rank > 31.0 && (narrow.mean_std - 1.0).abs() < 0.03, "{narrow:?}");

    let point = health::measure(&[0.7; 60], 6);
    assert!(point.effective_rank == 1.0 && point.mean_std < 1e-6, "{point:?}");
    let line: Vec<f32> = noise(200).iter().flat_map(|&v| [v, 2.0 * v, -v, 0.5]).collect();
    assert!((health::measure(&line, 4).effective_rank - 1.0).abs() < 1e-3);
}

#[test]
fn health_without_anything_to_measure_does_not_look_healthy() {
    for rows in [vec![], vec![f32::NAN; 12]] {
        let health = health::measure(&rows, 4);
        assert!(health.std.len() == 4 && health.mean_std.is_nan() && health.effective_rank.is_nan());
    }
    let mut rows = vec![1e20, 0.0, 0.0, 1e20, -1e20, 0.0, 0.0, -1e20];
    assert!((health::measure(&rows, 2).effective_rank - 2.0).abs() < 1e-3, "large values don't overflow");
    rows.extend([f32::INFINITY, 0.0]);
    assert!((health::measure(&rows, 2).effective_rank - 2.0).abs() < 1e-3, "one bad row is left out");
}
