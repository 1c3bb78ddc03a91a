//! An attentive pool: what can be told from the few tokens that matter, as in V-JEPA's own evaluation (Bardes et al.
//! 2024, section 4: attentive probing), in its smallest form. One learned query weighs the tokens of a frame; what they
//! weigh together, and where on average they are, is what a linear map then sees.

use super::{Split, dot, health::spread};
use crate::rng::Rng;

/// Steps of gradient descent.
const STEPS: usize = 600;
/// Frames a step.
const BATCH: usize = 64;
/// Step size of Adam at first; it falls to 0.
const PACE: f32 = 0.03;
/// Larger is no better: the weight is all on one token.
const STEEPEST: f32 = 60.0;

/// Tokens of a frame: `h` rows of `w`, each of `d` values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    pub h: usize,
    pub w: usize,
    pub d: usize,
}

impl Frame {
    pub fn tokens(self) -> usize {
        self.h * self.w
    }

    /// Values of a pooled frame: the tokens' own, row, column, their squares and their product.
    pub fn pooled(self) -> usize {
        self.d + WHERE
    }

    /// Where a token is: row and column from -1 to 1, their squares and their product.
    fn place(self, token: usize) -> [f32; WHERE] {
        let along = |i: usize, n: usize| (2 * i + 1) as f32 / n as f32 - 1.0;
        let (row, column) = (along(token / self.w, self.h), along(token % self.w, self.w));
        [row, column, row * row, column * column, row * column]
    }
}

const WHERE: usize = 5;

/// A query fitted to what is asked.
#[derive(Debug, Clone)]
pub struct Attention {
    frame: Frame,
    /// Of each channel over all training tokens, [d] each.
    means: Vec<f32>,
    factors: Vec<f32>,
    query: Vec<f32>,
}

impl Attention {
    /// Fits frames `[n, h, w, d]` to targets `[n, k]`; the same for the same seed.
    ///
    /// The query and a linear map of what it pools descend together by Adam on the squared error of standardised targets;
    /// the map is thrown away, for ridge regression finds a better one once the query stands still.
    pub fn fit(train: &Split, frame: Frame, k: usize, seed: u64) -> Self {
        let (d, pooled) = (frame.d, frame.pooled());
        let (means, factors) = scaling(&train.features, d);
        let mut attention = Self { frame, means, factors, query: vec![0.0; d] };
        let (centres, units) = scaling(&train.targets, k);
        let n = train.targets.len() / k;
        let mut rng = Rng::stream(seed, 11);
        let mut map = vec![0f32; k * pooled];
        let (mut of_query, mut of_map) = (Adam::new(d), Adam::new(k * pooled));
        for step in 0..STEPS {
            let mut query_gradient = vec![0f32; d];
            let mut map_gradient = vec![0f32; k * pooled];
            for _ in 0..BATCH {
                let i = rng.below(n);
                let tokens = attention.standardised(&train.features[i * frame.tokens() * d..][..frame.tokens() * d]);
                let weights = attention.weights(&tokens);
                let seen = attention.pool(&tokens, &weights);
                let mut seen_gradient = vec![0f32; pooled];
                for j in 0..k {
                    let row = &map[j * pooled..(j + 1) * pooled];
                    let target = (train.targets[i * k + j] - centres[j]) * units[j];
                    let error = (dot(row, &seen) - target) / BATCH as f32;
                    add(&mut map_gradient[j * pooled..(j + 1) * pooled], error, &seen);
                    add(&mut seen_gradient, error, row);
                }
                attention.back(&tokens, &weights, &seen_gradient, &mut query_gradient);
            }
            let pace = PACE * (1.0 - step as f32 / STEPS as f32);
            of_query.step(&mut attention.query, &query_gradient, pace);
            of_map.step(&mut map, &map_gradient, pace);
        }
        attention
    }

    /// Frames `[n, h, w, d]` -> `[n, d + 5]`: standardised tokens by their weights, then where they are.
    pub fn apply(&self, features: &[f32]) -> Vec<f32> {
        let pooled = |tokens: &[f32]| {
            let tokens = self.standardised(tokens);
            let weights = self.weights(&tokens);
            self.pool(&tokens, &weights)
        };
        features.chunks_exact(self.frame.tokens() * self.frame.d).flat_map(pooled).collect()
    }

    /// Tokens whose channels have mean 0 and standard deviation 1; what isn't finite counts as the mean.
    fn standardised(&self, tokens: &[f32]) -> Vec<f32> {
        let mut scaled = tokens.to_vec();
        for row in scaled.chunks_exact_mut(self.frame.d) {
            for ((v, mean), factor) in row.iter_mut().zip(&self.means).zip(&self.factors) {
                *v = (*v - mean) * factor;
                *v = if v.is_finite() { *v } else { 0.0 };
            }
        }
        scaled
    }

    /// Softmax of the tokens' products with the query.
    fn weights(&self, tokens: &[f32]) -> Vec<f32> {
        let mut weights: Vec<f32> =
            tokens.chunks_exact(self.frame.d).map(|token| dot(token, &self.query).clamp(-STEEPEST, STEEPEST)).collect();
        let most = weights.iter().copied().fold(f32::MIN, f32::max);
        weights.iter_mut().for_each(|weight| *weight = (*weight - most).exp());
        let sum: f32 = weights.iter().sum();
        weights.iter_mut().for_each(|weight| *weight /= sum);
        weights
    }

    fn pool(&self, tokens: &[f32], weights: &[f32]) -> Vec<f32> {
        let d = self.frame.d;
        let mut pooled = vec![0f32; self.frame.pooled()];
        for (i, (token, &weight)) in tokens.chunks_exact(d).zip(weights).enumerate() {
            add(&mut pooled[..d], weight, token);
            add(&mut pooled[d..], weight, &self.frame.place(i));
        }
        pooled
    }

    /// Adds to the query's gradient: `Σ w_i (g·v_i - Σ w_j g·v_j) z_i` for values `v` (tokens and places) and gradient `g` of
    /// what is pooled.
    fn back(&self, tokens: &[f32], weights: &[f32], gradient: &[f32], query: &mut [f32]) {
        let d = self.frame.d;
        let along =
            |(i, token): (usize, &[f32])| dot(token, &gradient[..d]) + dot(&self.frame.place(i), &gradient[d..]);
        let along: Vec<f32> = tokens.chunks_exact(d).enumerate().map(along).collect();
        let mean = dot(&along, weights);
        for ((token, &weight), along) in tokens.chunks_exact(d).zip(weights).zip(along) {
            add(query, weight * (along - mean), token);
        }
    }
}

/// Mean, and one over the standard deviation, of each of `d` columns; 0 for one that doesn't vary.
fn scaling(values: &[f32], d: usize) -> (Vec<f32>, Vec<f32>) {
    let (means, stds) = spread(values, d);
    let factor = |(std, mean): (&f32, &f32)| if *std > 1e-6 * (1e-6 + mean.abs()) { 1.0 / std } else { 0.0 };
    let factors = stds.iter().zip(&means).map(factor).collect();
    (means, factors)
}

/// `sum += factor * values`.
fn add(sum: &mut [f32], factor: f32, values: &[f32]) {
    sum.iter_mut().zip(values).for_each(|(s, v)| *s += factor * v);
}

/// Adam (Kingma & Ba 2014) with its usual constants.
struct Adam {
    first: Vec<f32>,
    second: Vec<f32>,
    steps: i32,
}

impl Adam {
    fn new(n: usize) -> Self {
        Self { first: vec![0.0; n], second: vec![0.0; n], steps: 0 }
    }

    fn step(&mut self, values: &mut [f32], gradient: &[f32], pace: f32) {
        const DECAY: [f32; 2] = [0.9, 0.999];
        self.steps += 1;
        let [first, second] = DECAY.map(|decay| 1.0 - decay.powi(self.steps));
        for (i, value) in values.iter_mut().enumerate() {
            self.first[i] += (1.0 - DECAY[0]) * (gradient[i] - self.first[i]);
            self.second[i] += (1.0 - DECAY[1]) * (gradient[i] * gradient[i] - self.second[i]);
            *value -= pace * (self.first[i] / first) / ((self.second[i] / second).sqrt() + 1e-8);
        }
    }
}
