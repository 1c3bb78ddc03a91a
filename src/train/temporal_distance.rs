//! How the temporal distance learns from play (quasimetric reinforcement learning, Wang et al. 2023, arXiv 2304.01203).

use crate::model::TemporalDistance;
use burn::tensor::{Tensor, activation::relu};

/// Clips of a batch that are plays of one room, side by side.
pub const PLAYS: usize = 2;

/// Weight of neighbouring frames that are more than an action apart, beside all others' pushing away; the paper adapts it.
const HELD: f64 = 10.0;
/// From here on, in actions, frames push each other away less and less, and how gently that begins.
const FAR: f64 = 15.0;
const SOFT: f64 = 5.0;

/// Frames of a room are as far apart as they can be while neighbours in time are at most one action apart: so a distance is
/// the length of the shortest way, in actions. Normed features `[B * frames * hw, D]`, [`PLAYS`] clips of each room ->
/// one element.
pub(super) fn loss(distance: &TemporalDistance, features: Tensor<2>, frames: usize) -> Tensor<1> {
    let points = distance.points(features); // [B * frames, space]
    let [all, space] = points.dims();
    let clips = all / frames;
    let clip_by_clip = points.clone().reshape([clips, frames, space]);
    let [before, after] =
        [0, 1].map(|first| clip_by_clip.clone().narrow(1, first, frames - 1).reshape([clips * (frames - 1), space]));
    let torn = relu(TemporalDistance::between(before, after).sub_scalar(1.0));
    let held = torn.clone().mul(torn).mean().mul_scalar(HELD / FAR);
    let rooms = clips / PLAYS;
    if rooms == 0 {
        return held;
    }
    // Each frame of a play with each one of the other play of its room.
    let plays = points.narrow(0, 0, rooms * PLAYS * frames).reshape([rooms, PLAYS * frames, space]);
    let one = plays.clone().narrow(1, 0, frames).reshape([rooms * frames, 1, space]).repeat_dim(1, frames);
    let other = plays.narrow(1, frames, frames).repeat_dim(1, frames);
    let pairs = [rooms * frames * frames, space];
    let far = TemporalDistance::between(one.reshape(pairs), other.reshape(pairs));
    let missing = far.neg().add_scalar(FAR).mul_scalar(1.0 / SOFT);
    held + missing.exp().add_scalar(1.0).log().mean().mul_scalar(SOFT / FAR)
}
