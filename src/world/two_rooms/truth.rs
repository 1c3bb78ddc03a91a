//! What is true of two rooms.

use super::layout::{Door, Wall};
use serde::Serialize;

/// Where everything is.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RoomsTruth {
    pub agent: AgentTruth,
    /// Their centres.
    pub blocks: Vec<[f64; 2]>,
    pub wall: Wall,
    pub door: Door,
}

/// The agent.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct AgentTruth {
    /// Its centre.
    pub position: [f64; 2],
    /// 1 for the fastest a push can make it.
    pub velocity: [f64; 2],
}
