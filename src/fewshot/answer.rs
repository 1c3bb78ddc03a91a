//! What is answered about a clip.

use serde::{Deserialize, Serialize};

/// A class and its share of certainty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Guess {
    pub class: u32,
    pub name: String,
    /// 0 to 1; all shares sum to 1.
    pub share: f32,
}

/// An example like the clip.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Neighbour {
    pub example: u32,
    pub class: u32,
    /// Cosine, -1 to 1.
    pub similarity: f32,
}

/// What both classifiers say, the likeliest class first, and the examples most like it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answer {
    pub ridge: Vec<Guess>,
    pub knn: Vec<Guess>,
    pub nearest: Vec<Neighbour>,
    /// How far the model's features are from those it had when the examples were recorded, 0 for not at all.
    pub drift: f32,
}
