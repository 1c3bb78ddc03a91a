use super::{BlockShape, Random, assert_close, reference, wide};
use crate::{
    config::Activation,
    kernels::cpu::{block, block_backward, block_saving},
};

struct Case {
    shape: BlockShape,
    x: Vec<f32>,
    weights: Vec<f32>,
    rope: Vec<f32>,
    spans: Vec<i32>,
}

impl Case {
    fn new(sizes: [usize; 3], lengths: &[usize]) -> Self {
        let whole: Vec<Vec<usize>> = lengths.iter().map(|&length| vec![length]).collect();
        Self::causal(sizes, &whole, 1)
    }

    /// Sequences cut into tubelets; each row attends to its own and the `window - 1` before it.
    fn causal([width, heads, hidden]: [usize; 3], sequences: &[Vec<usize>], window: usize) -> Self {
        let mut random = Random::new((width * hidden) as u64);
        let rows: usize = sequences.iter().flatten().sum();
        let mut weights = random.values(4 * width * width + 2 * width * hidden + 9 * width + hidden);
        let vectors = weights.len() - 9 * width - hidden;
        weights[..vectors].iter_mut().for_each(|w| *w *= 2.0 / (width as f32).sqrt());
        let gains = weights.len() - 4 * width;
        weights[gains..].iter_mut().for_each(|w| *w += 0.8);
        let mut spans = Vec::new();
        for tubelets in sequences {
            let first = spans.len() / 4;
            let start = |tubelet: usize| first + tubelets.iter().take(tubelet).sum::<usize>();
            for (t, &rows) in tubelets.iter().enumerate() {
                let ends =
                    [start((t + 1).saturating_sub(window)), start(t + 1), start(t), start(t.saturating_add(window))];
                spans.extend(ends.map(|row| row as i32).repeat(rows));
            }
        }
        let shape = BlockShape::new(width, heads, hidden);
        Self { shape, x: random.values(rows * width), weights, rope: random.values(rows * 2 * width / heads), spans }
    }

    fn all() -> Vec<Self> {
        vec![
            Self::new([36, 3, 209], &[1, 5, 33]),
            Self::new([40, 4, 64], &[5, 1, 70]),
            Self::new([128, 2, 256], &[33, 1, 5]),
            Self::new([12, 1, 30], &[130, 67]),
            Self::new([20, 2, 7], &[1]),
            Self::causal([36, 3, 50], &[vec![3, 0, 40, 5], vec![1], vec![0, 7]], 2),
            Self::causal([10, 1, 12], &[vec![5; 16]], 5),
            Self::causal([16, 2, 8], &[vec![4, 1, 9], vec![2, 70, 2]], usize::MAX),
            Self::causal([8, 2, 8], &[vec![6, 5]], 1),
        ]
        .into_iter()
        .chain(Activation::ALL[1..].iter().map(|&activation| Self::other(activation)))
        .collect()
    }

    /// Arithmetic that no published model has.
    fn other(activation: Activation) -> Self {
        let case = Self::new([36, 3, 50], &[4, 9]);
        Self { shape: BlockShape { epsilon: 1e-2, activation, ..case.shape }, ..case }
    }

    fn expected(&self, x: &[f64], weights: &[f64]) -> Vec<f64> {
        reference::block(self.shape, x, weights, &wide(&self.rope), &self.spans)
    }
}

#[test]
fn a_block_is_what_plain_loops_say() {
    for case in Case::all() {
        let Case { shape, x, weights, rope, spans } = &case;
        let expected = case.expected(&wide(x), &wide(weights));
        let y = block(*shape, x, weights, rope, spans);
        assert_close(&y, &expected, 2e-6);
        let (saving, saved) = block_saving(*shape, x, weights, rope, spans);
        assert_eq!(y, saving);
        assert_eq!(saved.lse.len(), spans.len() / 4 * shape.heads);
    }
}

#[test]
fn gradients_are_what_finite_differences_say() {
    for case in Case::all() {
        let Case { shape, x, weights, rope, spans } = &case;
        let (_, saved) = block_saving(*shape, x, weights, rope, spans);
        let dy = Random::new(7).values(x.len());
        let (dx, dweights) = block_backward(*shape, x, weights, rope, spans, &saved, &dy);
        assert_eq!((dx.len(), dweights.len()), (x.len(), weights.len()));

        // Along a random direction all gradients count; along single values each is right by itself.
        let loss = |x: &[f64], weights: &[f64]| -> f64 {
            case.expected(x, weights).iter().zip(wide(&dy)).map(|(y, dy)| y * dy).sum()
        };
        let gradient: Vec<f32> = dx.iter().chain(&dweights).copied().collect();
        let point: Vec<f64> = wide(x).into_iter().chain(wide(weights)).collect();
        let along = |direction: &dyn Fn(usize) -> f64| -> f64 {
            let at = |step: f64| {
                let moved: Vec<f64> = point.iter().enumerate().map(|(i, p)| p + step * direction(i)).collect();
                loss(&moved[..x.len()], &moved[x.len()..])
            };
            (at(1e-4) - at(-1e-4)) / 2e-4
        };
        let direction = wide(&Random::new(9).values(point.len()));
        let expected = along(&|i| direction[i]);
        let found: f64 = wide(&gradient).iter().zip(&direction).map(|(g, d)| g * d).sum();
        assert!((found - expected).abs() < 1e-4 * expected.abs().max(1.0), "{shape:?}: {found} for {expected}");

        let stride = point.len() / 60 + 1;
        let places: Vec<usize> = (0..point.len()).step_by(stride).chain(point.len() - 4..point.len()).collect();
        let found: Vec<f32> = places.iter().map(|&i| gradient[i]).collect();
        let expected: Vec<f64> = places.iter().map(|&i| along(&|other| f64::from(u8::from(other == i)))).collect();
        assert_close(&found, &expected, 2e-6);
    }
}

#[test]
fn sequences_do_not_see_each_other() {
    let both = Case::new([36, 3, 40], &[9, 4]);
    let Case { shape, x, weights, rope, spans } = &both;
    let first = block(*shape, &x[..9 * 36], weights, &rope[..9 * 24], &spans[..36]);
    assert_eq!(block(*shape, x, weights, rope, spans)[..9 * 36], first);
}

#[test]
fn rows_see_their_tubelet_and_the_window_before_it() {
    let clip = Case::causal([36, 3, 40], &[vec![9, 4, 6, 2]], 2);
    let Case { shape, x, weights, rope, spans } = &clip;
    let y = block(*shape, x, weights, rope, spans);
    let moved = |row: usize| {
        let mut x = x.clone();
        x[row * 36..][..36].iter_mut().for_each(|value| *value = -*value);
        let other = block(*shape, &x, weights, rope, spans);
        let rows = y.chunks_exact(36).zip(other.chunks_exact(36)).enumerate();
        rows.filter(|(_, (y, other))| y != other).map(|(row, _)| row).collect::<Vec<_>>()
    };
    assert_eq!(moved(0), (0..13).collect::<Vec<_>>());
    assert_eq!(moved(10), (9..19).collect::<Vec<_>>());
    assert_eq!(moved(20), [19, 20]);
}

#[test]
fn large_values_stay_finite() {
    let mut case = Case::new([16, 2, 24], &[6, 1]);
    // Constant rows have no variance; weights of this size make scores of tens of thousands.
    case.x[..32].fill(3e4);
    case.weights[..16 * 48].iter_mut().for_each(|w| *w *= 100.0);
    let Case { shape, x, weights, rope, spans } = &case;
    let (y, saved) = block_saving(*shape, x, weights, rope, spans);
    assert_close(&y, &case.expected(&wide(x), &wide(weights)), 1e-4);
    let (dx, dweights) = block_backward(*shape, x, weights, rope, spans, &saved, &y);
    assert!(dx.iter().chain(&dweights).all(|value| value.is_finite()));
}

#[test]
fn what_is_no_number_shows() {
    let mut case = Case::new([24, 2, 16], &[3, 9]);
    case.x[4 * 24] = f32::NAN;
    let Case { shape, x, weights, rope, spans } = &case;
    let y = block(*shape, x, weights, rope, spans);
    assert!(y[..3 * 24].iter().all(|value| value.is_finite()) && y[3 * 24..].iter().all(|value| value.is_nan()));
}
