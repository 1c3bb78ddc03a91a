//! Random play of a model with actions: what it trains on while a world is the source.

use super::Session;
use crate::{
    rng::Rng,
    train::Play,
    world::{RandomPlay, RoomsSpec, TwoRooms, training_seed},
};

impl Session {
    /// Clips of random play, each frame doubled so that it is a tubelet, with what was done and felt; none unless this is a
    /// model with actions and a world is the source.
    pub(super) fn played_batch(&self, rng: &mut Rng) -> Option<(Vec<Vec<u8>>, Play)> {
        let recipe = self.recipe.actions.as_ref()?;
        self.source.plays().then(|| {
            let mut play = Play::default();
            let frames = self.config.grid().t;
            let clip = |_| played_clip(&recipe.rooms, frames, self.config.size, rng, &mut play);
            let clips = (0..self.recipe.batch).map(clip).collect();
            // A clip begins at rest: elsewhere there is more to learn.
            play.first = rng.below(frames.saturating_sub(recipe.roll_out).max(1));
            (clips, play)
        })
    }
}

/// One clip of `frames` decisions, RGBA [2 * frames, size, size, 4]; actions and states are added to `play`.
pub fn played_clip(rooms: &RoomsSpec, frames: usize, size: usize, rng: &mut Rng, play: &mut Play) -> Vec<u8> {
    let mut world = TwoRooms::new(rooms, training_seed(rng));
    let start = world.free_place(rng);
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
