//! How a plan is searched for.

use crate::message::term;
use serde::{Deserialize, Serialize};

/// What the next round is drawn around.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// The mean of the cheapest candidates.
    Cem,
    /// The mean of all, the cheaper the heavier.
    Mppi,
}

/// Which imagined frames count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cost {
    /// All alike: who is near the goal early is better off, and a goal nearer than the horizon is not passed.
    Sum,
    /// The last one alone, as published.
    Last,
}

/// How far a frame is from the goal's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Energy {
    /// Mean absolute difference of their features, as published.
    Features,
    /// The model's temporal distance, in actions; of features where it has learned none.
    Time,
}

/// A planner's settings; a vector has a number for each number of an action.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanSettings {
    pub method: Method,
    pub cost: Cost,
    pub energy: Energy,
    /// Actions ahead.
    pub horizon: usize,
    /// Sequences that are imagined in a round.
    pub candidates: usize,
    pub rounds: usize,
    /// CEM: the cheapest so many make the next mean.
    pub elites: usize,
    /// How much of the old mean, and of the old deviation, a round keeps.
    pub momentum: [f64; 2],
    /// MPPI: how much dearer than the cheapest a candidate may be, in units of the median's distance from it.
    pub temperature: f64,
    /// How alike the noise of neighbouring actions is, 0 to 1: 0 as published; held directions lead further.
    pub persistence: f64,
    /// Standard deviations of the first round.
    pub spread: Vec<f64>,
    /// Largest size of each number.
    pub limit: Vec<f64>,
    /// Numbers of a plan that are smaller than this are 0.
    pub least: Vec<f64>,
    /// Actions that are taken before the next plan is made.
    pub replan: usize,
}

/// Why settings are refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlanError {
    #[error("The planner's {what} must be between {least} and {most}, not {value}: change it.")]
    Range {
        #[serde(serialize_with = "term")]
        what: &'static str,
        least: f64,
        most: f64,
        value: f64,
    },
    #[error("The planner has {found} limits for actions of {expected} numbers: give one for each.")]
    Limits { found: usize, expected: usize },
}

impl PlanSettings {
    /// For pushes in the plane between -1 and 1.
    pub fn pushes() -> Self {
        Self {
            method: Method::Cem,
            cost: Cost::Sum,
            energy: Energy::Time,
            horizon: 8,
            candidates: 64,
            rounds: 3,
            elites: 8,
            momentum: [0.0, 0.0],
            temperature: 0.2,
            persistence: 0.7,
            spread: vec![1.2; 2],
            limit: vec![1.0; 2],
            least: vec![0.0; 2],
            replan: 2,
        }
    }

    /// The published planner of V-JEPA 2-AC, for a hand's steps and turns and its gripper (spec §10.4): angles stay 0.
    pub fn published() -> Self {
        const STEP: f64 = 0.05;
        Self {
            method: Method::Cem,
            cost: Cost::Last,
            energy: Energy::Features,
            horizon: 2,
            candidates: 400,
            rounds: 10,
            elites: 10,
            momentum: [0.15; 2],
            temperature: 1.0,
            persistence: 0.0,
            spread: vec![STEP, STEP, STEP, 0.0, 0.0, 0.0, 1.0],
            limit: vec![STEP, STEP, STEP, 0.0, 0.0, 0.0, 0.75],
            least: vec![0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.25],
            replan: 1,
        }
    }

    /// Numbers of an action.
    pub fn dim(&self) -> usize {
        self.spread.len()
    }

    /// # Errors
    /// The first thing that can't be, as a [`PlanError`].
    pub fn check(&self) -> Result<(), PlanError> {
        within("horizon", self.horizon as f64, 1.0, 64.0)?;
        within("number of candidates", self.candidates as f64, 2.0, 4096.0)?;
        within("number of rounds", self.rounds as f64, 1.0, 64.0)?;
        within("number of elites", self.elites as f64, 2.0, self.candidates as f64)?;
        within("temperature", self.temperature, 1e-3, 1e3)?;
        within("persistence", self.persistence, 0.0, 1.0)?;
        within("number of actions before the next plan", self.replan as f64, 1.0, self.horizon as f64)?;
        for momentum in self.momentum {
            within("momentum", momentum, 0.0, 1.0)?;
        }
        for number in self.spread.iter().chain(&self.limit).chain(&self.least) {
            within("largest action", *number, 0.0, 1e3)?;
        }
        match [&self.limit, &self.least].into_iter().find(|numbers| numbers.len() != self.dim()) {
            None => Ok(()),
            Some(numbers) => Err(PlanError::Limits { found: numbers.len(), expected: self.dim() }),
        }
    }
}

/// `what` is for people.
pub fn within(what: &'static str, value: f64, least: f64, most: f64) -> Result<(), PlanError> {
    match (least..=most).contains(&value) {
        true => Ok(()),
        false => Err(PlanError::Range { what, least, most, value }),
    }
}
