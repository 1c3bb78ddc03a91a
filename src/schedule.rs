//! Learning rate, weight decay and EMA momentum over training.

use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

/// How the learning rate goes on after the warm-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Decay {
    /// Half a cosine wave from `learning_rate` to `learning_rate_final`.
    Cosine,
    /// Stays at `learning_rate`.
    Constant,
    /// A straight line from `learning_rate` to `learning_rate_final`.
    Linear,
    /// Stays at `learning_rate` for the first half of the horizon, then a straight line to `learning_rate_final`.
    Trapezoid,
}

/// Everything that changes with the step, as one flat recipe.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Schedule {
    /// Steps of linear warm-up: Adam's first variance estimates are too noisy for full steps.
    pub warmup: u64,
    /// Steps over which all three curves would reach their end. The published runs stop at 4/5 of it ("stretched"
    /// horizon): the steep end of a cosine costs steps and gains little.
    pub horizon: u64,
    /// Learning rate before the first step.
    pub learning_rate_start: f64,
    /// Learning rate at the end of the warm-up.
    pub learning_rate: f64,
    /// Learning rate at the horizon.
    pub learning_rate_final: f64,
    pub decay: Decay,
    /// Weight decay at the first step; follows a cosine to `weight_decay_final`.
    pub weight_decay: f64,
    pub weight_decay_final: f64,
    /// Momentum of the target encoder's moving average at the first step; follows a line to `momentum_final`. Near 1,
    /// for the target must move more slowly than what learns from it.
    pub momentum: f64,
    pub momentum_final: f64,
}

/// What one optimizer step uses.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Values {
    pub learning_rate: f64,
    pub weight_decay: f64,
    pub momentum: f64,
}

/// Values that someone holds by hand; the others go on as scheduled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Rates {
    pub learning_rate: Option<f64>,
    pub momentum: Option<f64>,
}

impl Rates {
    /// The schedule from now on.
    pub fn held_in(self, schedule: Schedule) -> Schedule {
        let schedule = match self.learning_rate {
            Some(rate) => schedule.with_learning_rate(rate),
            None => schedule,
        };
        match self.momentum {
            Some(momentum) => schedule.with_momentum(momentum),
            None => schedule,
        }
    }
}

impl Schedule {
    /// V-JEPA 1, ViT-L and ViT-H: 90,000 steps of 3,072 clips (Bardes et al. 2024, appendix).
    pub const fn v1() -> Self {
        Self {
            warmup: 12_000,
            horizon: 112_500,
            learning_rate_start: 2e-4,
            learning_rate: 6.25e-4,
            learning_rate_final: 1e-6,
            decay: Decay::Cosine,
            weight_decay: 0.04,
            weight_decay_final: 0.4,
            momentum: 0.998,
            momentum_final: 1.0,
        }
    }

    /// V-JEPA 2 pretraining: 240,000 steps, constant after the warm-up (Assran et al. 2025).
    pub const fn v2_pretrain() -> Self {
        Self {
            warmup: 12_000,
            horizon: 300_000,
            learning_rate_start: 1e-4,
            decay: Decay::Constant,
            ..Self::constant(5.25e-4, 0.04, 0.99925)
        }
    }

    /// V-JEPA 2 cooldown on longer clips: 12,000 steps, linearly down.
    pub const fn v2_cooldown() -> Self {
        Self {
            horizon: 15_000,
            learning_rate_final: 1e-6,
            decay: Decay::Linear,
            ..Self::constant(5.25e-4, 0.04, 0.99925)
        }
    }

    /// V-JEPA 2.1 pretraining: 300,000 steps.
    pub const fn v21_pretrain() -> Self {
        Self { horizon: 375_000, learning_rate: 6e-4, learning_rate_final: 6e-4, ..Self::v2_pretrain() }
    }

    /// V-JEPA 2.1 cooldown.
    pub const fn v21_cooldown() -> Self {
        Self { learning_rate_start: 6e-4, learning_rate: 6e-4, ..Self::v2_cooldown() }
    }

    /// The same values at every step.
    pub const fn constant(learning_rate: f64, weight_decay: f64, momentum: f64) -> Self {
        Self {
            warmup: 0,
            horizon: 1,
            learning_rate_start: learning_rate,
            learning_rate,
            learning_rate_final: learning_rate,
            decay: Decay::Constant,
            weight_decay,
            weight_decay_final: weight_decay,
            momentum,
            momentum_final: momentum,
        }
    }

    /// Held at this learning rate from now on, warm-up or not: what a hand on the dial means.
    pub const fn with_learning_rate(self, rate: f64) -> Self {
        Self {
            warmup: 0,
            learning_rate_start: rate,
            learning_rate: rate,
            learning_rate_final: rate,
            decay: Decay::Constant,
            ..self
        }
    }

    /// Held at this momentum of the moving average from now on.
    pub const fn with_momentum(self, momentum: f64) -> Self {
        Self { momentum, momentum_final: momentum, ..self }
    }

    /// Values of the optimizer step that `step` others came before. Past the horizon they stay at their end.
    ///
    /// The published code steps its schedules before the optimizer, so the first step already uses the second value of
    /// the learning rate and weight decay; the momentum starts at its first.
    pub fn at(&self, step: u64) -> Values {
        let progress = |done: u64, all: u64| (done as f64 / all.max(1) as f64).min(1.0);
        Values {
            learning_rate: self.rate(step + 1),
            weight_decay: cosine(self.weight_decay, self.weight_decay_final, progress(step + 1, self.horizon)),
            momentum: line(self.momentum, self.momentum_final, progress(step, self.horizon)),
        }
    }

    fn rate(&self, step: u64) -> f64 {
        if step < self.warmup {
            return line(self.learning_rate_start, self.learning_rate, step as f64 / self.warmup as f64);
        }
        let left = self.horizon.saturating_sub(self.warmup).max(1);
        let progress = ((step - self.warmup) as f64 / left as f64).min(1.0);
        match self.decay {
            Decay::Cosine => cosine(self.learning_rate, self.learning_rate_final, progress),
            Decay::Constant => self.learning_rate,
            Decay::Linear => line(self.learning_rate, self.learning_rate_final, progress),
            Decay::Trapezoid => {
                let falling = (2.0 * step as f64 / self.horizon.max(1) as f64 - 1.0).clamp(0.0, 1.0);
                line(self.learning_rate, self.learning_rate_final, falling)
            }
        }
    }
}

fn line(from: f64, to: f64, progress: f64) -> f64 {
    from + progress * (to - from)
}

fn cosine(from: f64, to: f64, progress: f64) -> f64 {
    to + (from - to) * 0.5 * (1.0 + (PI * progress).cos())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warm_up_ends_at_the_reference_rate_without_a_jump() {
        for schedule in [Schedule::v1(), Schedule::v2_pretrain(), Schedule::v21_pretrain()] {
            let [before, peak, after] = [11_998, 11_999, 12_000].map(|step| schedule.at(step).learning_rate);
            assert_eq!(peak, schedule.learning_rate);
            assert!(before < peak && after <= peak && peak - after < 1e-9);
        }
    }

    #[test]
    fn past_the_horizon_everything_stays_at_its_end() {
        let v1 = Schedule::v1();
        let (end, later) = (v1.at(v1.horizon), v1.at(10 * v1.horizon));
        assert_eq!(end, later);
        assert_eq!((later.learning_rate, later.weight_decay, later.momentum), (1e-6, 0.4, 1.0));
        assert!((Schedule::v21_cooldown().at(1 << 40).learning_rate - 1e-6).abs() < 1e-18);
    }

    #[test]
    fn a_held_rate_is_the_same_at_every_step_and_leaves_the_rest() {
        let (v1, held) = (Schedule::v1(), Schedule::v1().with_learning_rate(0.01).with_momentum(0.9));
        for step in [0, 5_000, 50_000, 200_000] {
            let expected = Values { learning_rate: 0.01, momentum: 0.9, ..v1.at(step) };
            assert_eq!(held.at(step), expected);
        }
    }

    #[test]
    fn a_horizon_inside_the_warm_up_is_still_finite() {
        let short = Schedule { warmup: 10, horizon: 0, ..Schedule::v1() };
        for step in 0..30 {
            let values = short.at(step);
            assert!(values.learning_rate.is_finite() && values.weight_decay.is_finite() && values.momentum <= 1.0);
        }
    }
}
