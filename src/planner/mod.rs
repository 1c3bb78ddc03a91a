//! Planning by sampling: sequences of actions are proposed, somebody imagines what comes of each and says what it costs, and
//! the next round proposes more of what cost little. The cross-entropy method (CEM), as V-JEPA 2-AC plans (spec §10.4), and
//! model predictive path integral control (MPPI, Williams et al. 2017) behind one interface.
//!
//! It knows neither model nor world: [`Planner::propose`] and [`Planner::learn`] take turns, and the caller may
//! stop after any round.

mod motion;
mod settings;

pub use motion::Motion;
pub(crate) use settings::within;
pub use settings::{Cost, Energy, Method, PlanError, PlanSettings};

use crate::rng::Rng;

/// A search for one sequence of actions.
#[derive(Debug, Clone)]
pub struct Planner {
    settings: PlanSettings,
    /// What the next candidates are drawn around, `[horizon * dim]`, and how far from it.
    mean: Vec<f64>,
    std: Vec<f64>,
    /// The candidates of this round, `[candidates, horizon * dim]`.
    candidates: Vec<Vec<f64>>,
    /// The cheapest candidate of all rounds so far.
    best: Option<(Vec<f64>, f64)>,
}

impl Planner {
    /// # Errors
    /// [`PlanError`] for settings that can't be.
    pub fn new(settings: PlanSettings) -> Result<Self, PlanError> {
        settings.check()?;
        let std = settings.spread.repeat(settings.horizon);
        Ok(Self { mean: vec![0.0; std.len()], std, candidates: Vec::new(), best: None, settings })
    }

    pub fn settings(&self) -> &PlanSettings {
        &self.settings
    }

    /// Begin with the rest of an earlier plan `[steps * dim]`; what it lacks is no action.
    pub fn warm_start(&mut self, plan: &[f64]) {
        let known = plan.len().min(self.mean.len());
        self.mean[..known].copy_from_slice(&plan[..known]);
        self.mean[known..].fill(0.0);
    }

    /// The candidates of the next round, `candidates` sequences `[horizon * dim]`. The first is the mean itself.
    pub fn propose(&mut self, rng: &mut Rng) -> &[Vec<f64>] {
        let dim = self.settings.dim();
        let keep = self.settings.persistence;
        let fresh = (1.0 - keep * keep).sqrt();
        let mut noise = vec![vec![0.0; self.mean.len()]; self.settings.candidates];
        for noise in noise.iter_mut().skip(1) {
            for at in 0..noise.len() {
                noise[at] = match at < dim {
                    true => rng.normal(),
                    false => keep * noise[at - dim] + fresh * rng.normal(),
                };
            }
        }
        self.propose_from(&noise)
    }

    /// [`propose`](Self::propose) with given numbers in place of normal ones, `[candidates, horizon * dim]`.
    pub fn propose_from(&mut self, noise: &[Vec<f64>]) -> &[Vec<f64>] {
        let limits = self.settings.limit.repeat(self.settings.horizon);
        let candidate = |noise: &Vec<f64>| {
            let drawn = noise.iter().zip(&self.std).zip(&self.mean).map(|((noise, std), mean)| noise * std + mean);
            drawn.zip(&limits).map(|(action, limit)| action.clamp(-limit, *limit)).collect()
        };
        self.candidates = noise.iter().map(candidate).collect();
        &self.candidates
    }

    /// What the candidates of this round cost, in order. One that is not a number counts as the worst.
    pub fn learn(&mut self, costs: &[f64]) {
        let costs: Vec<f64> = costs.iter().map(|cost| if cost.is_nan() { f64::INFINITY } else { *cost }).collect();
        let mut order: Vec<usize> = (0..self.candidates.len().min(costs.len())).collect();
        order.sort_by(|&a, &b| costs[a].total_cmp(&costs[b]));
        let Some(&first) = order.first().filter(|&&first| costs[first].is_finite()) else { return };
        if self.best.as_ref().is_none_or(|(_, cost)| costs[first] < *cost) {
            self.best = Some((self.candidates[first].clone(), costs[first]));
        }
        let weights: Vec<(usize, f64)> = match self.settings.method {
            Method::Cem => {
                let elites = order.iter().take(self.settings.elites).filter(|&&at| costs[at].is_finite());
                elites.map(|&at| (at, 1.0)).collect()
            }
            // Costs are compared in units of how much they differ, so that a temperature suits any cost.
            Method::Mppi => {
                let middle = costs[order[order.len() / 2]];
                let unit = if middle.is_finite() { (middle - costs[first]).max(1e-12) } else { 1.0 };
                let weight =
                    |&at: &usize| (at, (-(costs[at] - costs[first]) / (unit * self.settings.temperature)).exp());
                order.iter().map(weight).collect()
            }
        };
        self.refit(&weights);
    }

    /// Mean and deviation of the weighted candidates become those of the next round, with some of the old ones.
    fn refit(&mut self, weights: &[(usize, f64)]) {
        let [keep_mean, keep_std] = self.settings.momentum;
        let total: f64 = weights.iter().map(|(_, weight)| weight).sum();
        let squares: f64 = weights.iter().map(|(_, weight)| weight * weight).sum();
        // Unbiased; of equal weights it is `n - 1`.
        let degrees = total - squares / total;
        for at in 0..self.mean.len() {
            let sum: f64 = weights.iter().map(|&(row, weight)| weight * self.candidates[row][at]).sum();
            let mean = sum / total;
            let off = |&(row, weight): &(usize, f64)| weight * (self.candidates[row][at] - mean).powi(2);
            let variance = weights.iter().map(off).sum::<f64>() / degrees.max(1e-12);
            self.mean[at] = (1.0 - keep_mean) * mean + keep_mean * self.mean[at];
            self.std[at] = (1.0 - keep_std) * variance.sqrt() + keep_std * self.std[at];
        }
    }

    /// What candidates are drawn around now, `[horizon * dim]`.
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// The mean, without numbers that are too small to count, `[horizon * dim]`: the published plan.
    pub fn plan(&self) -> Vec<f64> {
        let least = self.settings.least.iter().cycle();
        self.mean.iter().zip(least).map(|(x, least)| if x.abs() < *least { 0.0 } else { *x }).collect()
    }

    /// The cheapest candidate so far, `[horizon * dim]`, with its cost; none before the first finite cost.
    pub fn best(&self) -> Option<(&[f64], f64)> {
        self.best.as_ref().map(|(actions, cost)| (&actions[..], *cost))
    }
}
