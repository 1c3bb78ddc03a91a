//! What is measured of a world model before it acts: how wrong it usually is of the next frame, and a linear probe of where
//! the agent is, for drawing alone.

use super::{Surprise, WorldModel};
use crate::{
    error::Error,
    probe::ridge::{self, Split},
    rng::Rng,
    world::{RandomPlay, RoomsSpec, TwoRooms, training_seed, two_rooms::ACTION_DIM},
};
use burn::tensor::Tensor;

/// Rooms that are played in, and actions in each.
const ROOMS: usize = 48;
const ACTIONS: usize = 12;
/// Of its own seeds, which are of training.
const STREAM: u64 = 0x3ea5;
/// Penalty of the probe, as a share of its examples: features are standardised.
const PENALTY: f64 = 0.1;

/// Numbers of a model on random play.
#[derive(Debug, Clone)]
pub struct Measured {
    /// How far frames are from what was predicted of them.
    pub surprise: Surprise,
    /// Features of a frame `[hw * D]` -> the agent's place.
    pub(super) probe: Tensor<1>,
    /// Frames of the play, to show imagination with.
    pub(super) seen: Vec<Seen>,
}

/// A frame, RGBA `[size, size, 4]`, and its features `[hw * D]`.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub frame: Vec<u8>,
    pub features: Vec<f32>,
}

impl Measured {
    /// Play at random in rooms of training.
    ///
    /// # Errors
    /// [`Error::NoActions`] for a model whose actions are no pushes in the plane; as [`WorldModel::weigh`].
    pub async fn of(model: &WorldModel, rooms: &RoomsSpec) -> Result<Self, Error> {
        if model.actions.dim != ACTION_DIM {
            return Err(Error::NoActions);
        }
        let mut rng = Rng::stream(1, STREAM);
        let mut examples = Split::default();
        let mut pairs = Vec::with_capacity(ROOMS * ACTIONS);
        let mut seen = Vec::new();
        for _ in 0..ROOMS {
            let mut world = TwoRooms::new(rooms, training_seed(&mut rng));
            let mut player = RandomPlay::new(&mut rng);
            let (mut frames, mut played) = (vec![world.render(model.config.size)], Vec::new());
            examples.targets.extend(world.position().map(|x| x as f32));
            for _ in 0..ACTIONS {
                let push = player.next(&mut rng);
                played.push((world.state().to_vec(), push.to_vec()));
                world.act(push);
                frames.push(world.render(model.config.size));
                examples.targets.extend(world.position().map(|x| x as f32));
            }
            let features = model.encode(&frames)?;
            let values = features.dims()[0] / frames.len();
            let before = features.clone().narrow(0, 0, values * ACTIONS);
            let (states, pushes): (Vec<_>, Vec<_>) = played.into_iter().unzip();
            let predicted = model.imagine_from(before, states, &pushes).remove(0);
            let mut predicted = model.read(Tensor::cat(vec![predicted, features], 0)).await?;
            let truth = predicted.split_off(predicted.len() * ACTIONS / (2 * ACTIONS + 1));
            let per_frame = truth.len() / frames.len();
            let frames_of =
                |features: &[f32]| features.chunks_exact(per_frame).map(<[f32]>::to_vec).collect::<Vec<_>>();
            pairs.extend(frames_of(&predicted).into_iter().zip(frames_of(&truth[per_frame..])));
            seen.extend(frames.into_iter().zip(frames_of(&truth)).map(|(frame, features)| Seen { frame, features }));
            examples.features.extend(truth);
        }
        let (count, k) = (examples.targets.len() / 2, 2);
        let d = examples.features.len() / count;
        let fit = ridge::fit(&examples, d, k, &[PENALTY * count as f64]).remove(0);
        Ok(Self { surprise: Surprise::fit(&pairs, model.config.width), probe: model.probe(fit.layer()), seen })
    }
}
