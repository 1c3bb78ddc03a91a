//! Random play of a model with actions: what it trains on while a world is the source.

use super::Session;
use crate::{
    rng::Rng,
    train::{PLAYS, Play},
    world::{RandomPlay, RoomsSpec, TwoRooms, training_seed, two_rooms::ACTION_DIM},
};

impl Session {
    /// Clips of random play, each frame doubled so that it is a tubelet, with what was done and felt; none unless this is a
    /// model with actions and a world is the source.
    pub(super) fn played_batch(&self, rng: &mut Rng) -> Option<(Vec<Vec<u8>>, Play)> {
        let recipe = self.recipe.actions.as_ref()?;
        // A hand has nothing to do in a room of discs.
        let is_hand = self.config.actions.is_some_and(|actions| actions.dim != ACTION_DIM);
        (!is_hand && self.source.shows_rooms()).then(|| {
            let mut play = Play::default();
            let frames = self.config.grid().t;
            let mut clips = Vec::with_capacity(self.recipe.batch);
            while clips.len() < self.recipe.batch {
                let room = TwoRooms::new(&recipe.rooms, training_seed(rng));
                let left = self.recipe.batch - clips.len();
                clips
                    .extend((0..left.min(PLAYS)).map(|_| played_clip(&room, frames, self.config.size, rng, &mut play)));
            }
            // A clip begins at rest: elsewhere there is more to learn.
            play.first = rng.below(frames.saturating_sub(recipe.roll_out).max(1));
            (clips, play)
        })
    }
}

/// Rooms as a source: random play, each frame shown twice, so that a tubelet is one of them.
#[derive(Debug)]
pub(super) struct ShownRooms {
    world: TwoRooms,
    player: RandomPlay,
    rng: Rng,
    frame: usize,
}

impl ShownRooms {
    pub fn new(rooms: &RoomsSpec, seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        Self { world: TwoRooms::new(rooms, seed), player: RandomPlay::new(&mut rng), rng, frame: 0 }
    }

    /// The next frame, RGBA [size, size, 4].
    pub fn next(&mut self, size: usize) -> Vec<u8> {
        if self.frame > 0 && self.frame.is_multiple_of(2) {
            let push = self.player.next(&mut self.rng);
            self.world.act(push);
        }
        self.frame += 1;
        self.world.render(size)
    }
}

/// One clip of `frames` decisions, RGBA [2 * frames, size, size, 4]; actions and states are added to `play`.
fn played_clip(room: &TwoRooms, frames: usize, size: usize, rng: &mut Rng, play: &mut Play) -> Vec<u8> {
    let mut world = room.clone();
    let start = world.play_start(rng);
    world.place(start);
    let mut player = RandomPlay::new(rng);
    let mut clip = Vec::with_capacity(2 * frames * size * size * 4);
    for _ in 0..frames {
        let frame = world.render(size);
        clip.extend_from_slice(&frame);
        clip.extend(frame);
        let push = player.next(rng);
        play.states.extend(world.state().map(|x| x as f32));
        play.actions.extend(push.map(|x| x as f32));
        world.act(push);
    }
    clip
}
