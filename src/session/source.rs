//! Where clips come from: frames that are pushed in, or the procedural world.

use super::{Session, play::ShownRooms};
use crate::{
    config::{Family, ModelConfig},
    error::Error,
    preprocess::{Video, eval},
    recipe::RunSource,
    rng::Rng,
    world::{Broken, LawError, Live, Violation, World, WorldSpec},
};
use serde::Serialize;
use std::collections::VecDeque;

/// Bytes that the clips kept for training may take: 512 of 8 frames of 64x64, at least one of any size.
pub const BANK_BUDGET: usize = 64 << 20;

/// The current source and what training may draw from it.
#[derive(Debug, Default)]
pub(super) struct Source {
    /// The world that is shown, of the recipe's kind.
    world: Option<Live>,
    /// What is shown instead to a model with actions.
    rooms: Option<ShownRooms>,
    /// Seed of either.
    seed: u64,
    /// Clips of pushed frames, all of one size, newest last.
    bank: VecDeque<Vec<u8>>,
    /// Frames since the last clip went into the bank.
    fresh: usize,
}

/// Clips of pushed frames that training draws from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Bank {
    pub clips: usize,
    pub bytes: usize,
    pub budget: usize,
}

impl Source {
    /// Whether rooms are shown, in which a model with actions plays.
    pub fn shows_rooms(&self) -> bool {
        self.rooms.is_some()
    }

    /// Whether it is a world, which goes on by itself.
    fn is_world(&self) -> bool {
        self.world.is_some() || self.rooms.is_some()
    }
}

impl Session {
    /// Make a procedural world the source, and its kind the recipe's; the ring fills as it advances.
    pub fn set_world(&mut self, spec: &WorldSpec, seed: u64) {
        self.recipe.world = spec.clone();
        self.show_world(seed);
    }

    /// A world of the recipe's kind; to a model with actions, rooms to act in.
    pub(super) fn show_world(&mut self, seed: u64) {
        self.clear_clip();
        match &self.recipe.actions {
            Some(actions) => self.source.rooms = Some(ShownRooms::new(&actions.rooms, seed)),
            None => self.source.world = Some(Live::new(&self.recipe.world, seed)),
        }
        self.source.seed = seed;
    }

    /// What training draws from.
    pub fn source(&self) -> RunSource {
        match self.source.is_world() {
            true => RunSource::World { seed: self.source.seed },
            false => RunSource::Other,
        }
    }

    /// How full the bank is. It is empty while a world is the source.
    pub fn bank(&self) -> Bank {
        let bank = &self.source.bank;
        Bank { clips: bank.len(), bytes: bank.iter().map(Vec::len).sum(), budget: BANK_BUDGET }
    }

    /// Let the world go on by `frames` frames. Does nothing for other sources.
    pub fn advance_world(&mut self, frames: usize) {
        let size = self.config.size;
        for _ in 0..frames.max(self.config.frames - self.ring.held()) {
            let frame = match (&mut self.source.world, &mut self.source.rooms) {
                (Some(world), _) => {
                    world.advance();
                    world.world().render(size)
                }
                (None, Some(rooms)) => rooms.next(size),
                (None, None) => return,
            };
            self.ring.push(frame).expect("the world renders at model size");
        }
    }

    /// Break a law of physics in the world that is shown, at the next moment at which that can be seen. What the alarm makes
    /// of it comes with the windows of [`surprise`](Self::surprise).
    ///
    /// # Errors
    /// [`Error::Law`] with what is lacking: another source, nothing to do it to, or the last one is not counted yet.
    pub fn break_law(&mut self, violation: Violation) -> Result<(), Error> {
        let size = self.config.size;
        let counting = self.watch.laws.busy();
        let missing = self.watch.monitor.missing() > 0;
        let world = self.source.world.as_mut().ok_or(LawError::World)?;
        if counting {
            return Err(LawError::Turn.into());
        }
        if missing {
            return Err(LawError::Calibration.into());
        }
        let Broken { happens, shows, .. } = world.break_law(violation, size)?;
        // The world's newest frame is the one that was pushed last.
        let pushed = |frame: u64| self.ring.pushed() + frame - world.world().frame();
        self.watch.laws.broken(violation, pushed(happens), pushed(shows));
        Ok(())
    }

    /// Every violation, and what the source lacks for it.
    pub fn lacking(&self) -> Vec<(Violation, Option<LawError>)> {
        let world = &self.source.world;
        let lacks = |kind| world.as_ref().map_or(Some(LawError::World), |world| world.lacks(kind));
        Violation::ALL.into_iter().map(|kind| (kind, lacks(kind))).collect()
    }

    /// Add a frame of a camera or file, RGBA at model size, and make frames the source.
    ///
    /// # Errors
    /// [`Error::Frame`] if it has another size.
    pub fn push_frame(&mut self, rgba: Vec<u8>) -> Result<(), Error> {
        let world = self.source.world.take().is_some() || self.source.rooms.take().is_some();
        if self.still.take().is_some() || world {
            self.ring.clear();
            self.leave_place();
        }
        self.ring.push(rgba)?;
        self.source.fresh += 1;
        // Half a clip of new frames makes a clip that is worth learning from as well.
        if self.source.fresh >= self.config.frames / 2 && self.ring.held() == self.config.frames {
            self.source.fresh = 0;
            let clip = self.ring.clip()?;
            let most = (BANK_BUDGET / clip.len()).max(1);
            while self.source.bank.len() >= most {
                self.source.bank.pop_front();
            }
            self.source.bank.push_back(clip);
        }
        Ok(())
    }

    /// Add a frame of any size, RGBA, and make frames the source: it is resized and cropped as the published evaluation of
    /// the model's family does (spec §6).
    ///
    /// # Errors
    /// [`Error::Picture`] if it has no pixels or another number of bytes.
    pub fn push_picture(&mut self, rgba: &[u8], width: usize, height: usize) -> Result<(), Error> {
        let frame = self.prepared(rgba, width, height)?;
        self.push_frame(frame)
    }

    /// Make one picture the clip. V-JEPA 2.1 has a tokenizer for pictures; others see a clip in which nothing moves.
    ///
    /// # Errors
    /// As [`push_picture`](Self::push_picture).
    pub fn show_still(&mut self, rgba: &[u8], width: usize, height: usize) -> Result<(), Error> {
        let frame = self.prepared(rgba, width, height)?;
        self.clear_clip();
        for _ in 0..self.config.frames {
            self.ring.push(frame.clone())?;
        }
        self.still = (self.config.family == Family::VJepa21 && self.report().is_some()).then_some(frame);
        Ok(())
    }

    /// RGBA at model size.
    fn prepared(&self, rgba: &[u8], width: usize, height: usize) -> Result<Vec<u8>, Error> {
        let rgb: Vec<u8> = rgba.chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
        let picture = Video::new(1, height, width, rgb)?;
        let frame = match self.config.family {
            Family::VJepa2 => eval::hf_pixels(&picture, self.config.size)?,
            Family::VJepa1 | Family::VJepa21 => eval::meta_pixels(&picture, self.config.size)?,
        };
        Ok(frame.rgb.chunks_exact(3).flat_map(|pixel| [pixel[0], pixel[1], pixel[2], 255]).collect())
    }

    /// Forget the clip and everything kept from its source; the weights stay.
    pub fn clear_clip(&mut self) {
        self.ring.clear();
        self.still = None;
        self.source = Source::default();
        self.features = None;
        self.embeddings.clear();
        self.leave_place();
    }

    /// What was usual, and what patches there were, is of no use elsewhere.
    fn leave_place(&mut self) {
        self.watch.leave_place();
        self.patches.clear();
    }

    /// Frames in the ring; a look needs all of a clip.
    pub fn frames_held(&self) -> usize {
        self.ring.held()
    }

    /// Clips to train on: from the world endlessly new ones, else drawn from the bank.
    pub(super) fn batch(&self, rng: &mut Rng) -> Result<Vec<Vec<u8>>, Error> {
        if let Some((clips, _)) = self.played_batch(rng) {
            return Ok(clips);
        }
        let bank = &self.source.bank;
        if self.source.world.is_none() && bank.is_empty() {
            return Err(Error::NoClip);
        }
        let ModelConfig { frames, size, .. } = self.config;
        let clips = self.recipe.batch;
        Ok(match &self.source.world {
            Some(_) => {
                let worlds = self.recipe.scenes.draw(&self.recipe.world, clips, frames, rng);
                worlds.into_iter().map(|mut world| world.clip(frames, size)).collect()
            }
            None => (0..clips).map(|_| bank[rng.below(bank.len())].clone()).collect(),
        })
    }

    /// Clips of this place: of the world that is shown as much as was shown of it, else drawn from the bank.
    pub(super) fn batch_here(&self, rng: &mut Rng) -> Result<Vec<Vec<u8>>, Error> {
        let Some(world) = &self.source.world else { return self.batch(rng) };
        let ModelConfig { frames, size, .. } = self.config;
        let starts = (world.world().frame() as usize).saturating_sub(frames) + 1;
        let draw = |_| {
            let mut again = World::new(&self.recipe.world, self.source.seed);
            // The first frame that is shown is number 1.
            again.advance(1 + rng.below(starts));
            again.clip(frames, size)
        };
        Ok((0..self.recipe.batch).map(draw).collect())
    }
}
