//! How many actions lie between two frames of a room, as a distance in a space that is learned for it: the goal-conditioned
//! value of quasimetric reinforcement learning (Wang et al. 2023, arXiv 2304.01203), with a metric in place of a quasimetric.

use super::group::{Group, GroupSpec, Groups, OptionalNetwork, layer};
use crate::config::ModelConfig;
use burn::tensor::{Tensor, activation::gelu};

/// Channels that a token is brought to.
const TOKEN: usize = 32;
/// Hidden channels.
const HIDDEN: usize = 128;
/// Dimensions of the space.
const SPACE: usize = 16;
/// Added to a squared distance before its root, whose slope has no end at 0.
const LEAST: f64 = 1e-6;

/// A small network that puts a frame's features at a point of a space in which distances are times.
#[derive(Debug, Clone)]
pub struct TemporalDistance {
    /// Tokens of a frame.
    tokens: usize,
    token: Group,
    hidden: Group,
    point: Group,
}

impl OptionalNetwork for TemporalDistance {
    fn specs(config: &ModelConfig) -> Vec<GroupSpec> {
        if !config.actions.is_some_and(|actions| actions.distance) {
            return Vec::new();
        }
        vec![
            GroupSpec::new("token", layer("", TOKEN, config.width)),
            GroupSpec::new("hidden", layer("", HIDDEN, TOKEN * config.grid().frame())),
            GroupSpec::new("point", layer("", SPACE, HIDDEN)),
        ]
    }

    fn assemble(config: &ModelConfig, groups: Vec<Group>) -> Option<Self> {
        config.actions.filter(|actions| actions.distance)?;
        let mut groups = Groups::new(groups);
        Some(Self { tokens: config.grid().frame(), token: groups.one(), hidden: groups.one(), point: groups.one() })
    }
}

impl TemporalDistance {
    /// Normed features of frames `[F * hw, D]` -> where they are, `[F, 16]`.
    pub fn points(&self, features: Tensor<2>) -> Tensor<2> {
        let [rows, _] = features.dims();
        let tokens = gelu(self.token.linear(features, TOKEN)).reshape([rows / self.tokens, self.tokens * TOKEN]);
        self.point.linear(gelu(self.hidden.linear(tokens, HIDDEN)), SPACE)
    }

    /// Distances of points `[R, 16]` from as many others, or from one, in actions: `[R, 1]`.
    pub fn between(from: Tensor<2>, to: Tensor<2>) -> Tensor<2> {
        let off = from - to;
        off.clone().mul(off).sum_dim(1).add_scalar(LEAST).sqrt()
    }

    /// The same parameters without gradients.
    pub fn valid(&self) -> Self {
        let mut valid = self.clone();
        valid.groups_mut().for_each(|group| *group = group.valid());
        valid
    }

    /// All parameters, always in this order, which is that of [`specs`](Self::specs).
    pub fn groups(&self) -> impl Iterator<Item = &Group> {
        [&self.token, &self.hidden, &self.point].into_iter()
    }

    pub fn groups_mut(&mut self) -> impl Iterator<Item = &mut Group> {
        [&mut self.token, &mut self.hidden, &mut self.point].into_iter()
    }
}
