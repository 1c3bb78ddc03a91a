//! Two answers in one pass to which action leads from one frame to another: the inverse dynamics model, whose second frame
//! is the next one, and the reflex, whose second frame is a goal some actions away.

use super::group::{Group, GroupSpec, Groups, OptionalNetwork, layer};
use crate::config::ModelConfig;
use burn::tensor::{Tensor, activation::gelu};

/// Channels that a token of either frame is brought to.
const TOKEN: usize = 32;
/// Hidden channels.
const HIDDEN: usize = 128;

/// A small network on the features of two frames and the agent's state.
#[derive(Debug, Clone)]
pub struct Reflex {
    dim: usize,
    /// Tokens of a frame.
    tokens: usize,
    from: Group,
    to: Group,
    state: Group,
    hidden: Group,
    action: Group,
}

impl OptionalNetwork for Reflex {
    fn specs(config: &ModelConfig) -> Vec<GroupSpec> {
        let Some(actions) = config.actions.filter(|actions| actions.reflex) else { return Vec::new() };
        vec![
            GroupSpec::new("from", layer("", TOKEN, config.width)),
            GroupSpec::new("to", layer("", TOKEN, config.width)),
            GroupSpec::new("state", layer("", HIDDEN, actions.dim)),
            GroupSpec::new("hidden", layer("", HIDDEN, 2 * TOKEN * config.grid().frame())),
            GroupSpec::new("action", layer("", actions.dim, HIDDEN)),
        ]
    }

    fn assemble(config: &ModelConfig, groups: Vec<Group>) -> Option<Self> {
        let actions = config.actions.filter(|actions| actions.reflex)?;
        let mut groups = Groups::new(groups);
        Some(Self {
            dim: actions.dim,
            tokens: config.grid().frame(),
            from: groups.one(),
            to: groups.one(),
            state: groups.one(),
            hidden: groups.one(),
            action: groups.one(),
        })
    }
}

impl Reflex {
    /// Normed features of two frames `[B * hw, D]` each and the state at the first `[B, dim]` -> the action to take at the
    /// first, `[B, dim]`, each number between -1 and 1.
    pub fn forward(&self, from: Tensor<2>, to: Tensor<2>, state: Tensor<2>) -> Tensor<2> {
        let [pairs, _] = state.dims();
        let flat = |x: Tensor<2>| x.reshape([pairs, self.tokens * TOKEN]);
        let both = Tensor::cat(vec![flat(self.from.linear(from, TOKEN)), flat(self.to.linear(to, TOKEN))], 1);
        let hidden = gelu(self.hidden.linear(gelu(both), HIDDEN) + self.state.linear(state, HIDDEN));
        self.action.linear(hidden, self.dim).tanh()
    }

    /// The same parameters without gradients.
    pub fn valid(&self) -> Self {
        let mut valid = self.clone();
        valid.groups_mut().for_each(|group| *group = group.valid());
        valid
    }

    /// All parameters, always in this order, which is that of [`specs`](Self::specs).
    pub fn groups(&self) -> impl Iterator<Item = &Group> {
        [&self.from, &self.to, &self.state, &self.hidden, &self.action].into_iter()
    }

    pub fn groups_mut(&mut self) -> impl Iterator<Item = &mut Group> {
        [&mut self.from, &mut self.to, &mut self.state, &mut self.hidden, &mut self.action].into_iter()
    }
}
