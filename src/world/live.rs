//! A world that goes on by itself, and in which a law of physics can be broken: the same violations as in matched pairs, each
//! at the next moment at which it can be seen.

use super::{
    Pair, Violation, World, WorldSpec,
    pair::{contact, hiding},
};
use crate::rng::Rng;
use serde::Serialize;
use thiserror::Error;

/// How far ahead a moment is looked for, in frames: ten seconds of the page.
const AHEAD: usize = 120;
/// Frames before a violation in which the object has to be in full view.
const BEFORE: usize = 2;
/// Frames that a violation in full view takes to show, beside those before it.
const ROOM: usize = 16;
/// Frames that are given to an object to come out from behind the pillar.
const BEHIND: usize = 60;
/// Places that a teleported object is tried at in each frame.
const PLACES: usize = 4;
/// Gravity comes back after so many frames, and a block is solid again at the earliest.
const LASTS: u64 = 24;

/// Why a law can't be broken now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Error)]
#[serde(rename_all = "kebab-case")]
pub enum LawError {
    #[error("Laws are broken in the procedural world only: choose it as the source.")]
    World,
    #[error("Nothing is left in this scene: begin a new one.")]
    Object,
    #[error("This scene has no pillar to vanish behind: begin a new one.")]
    Pillar,
    #[error("This scene has no block to go through: begin a new one.")]
    Block,
    #[error("Nothing falls in this scene: begin a new one.")]
    Gravity,
    #[error("Things have only one shape in this world: choose a richer one.")]
    Shape,
    #[error("There is no moment for it in the next ten seconds: choose another violation, or begin a new scene.")]
    Moment,
    #[error("A law is being broken already: wait until it is counted.")]
    Turn,
    #[error("The model is finding out what is usual here: wait a few seconds.")]
    Calibration,
}

/// A law that is broken, in frames of the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broken {
    pub violation: Violation,
    /// The first frame in which something happens that can't.
    pub happens: u64,
    /// The first frame that looks different for it.
    pub shows: u64,
}

/// A world in motion.
#[derive(Debug, Clone)]
pub struct Live {
    world: World,
    spec: WorldSpec,
    /// What will happen.
    next: Option<Pair>,
    /// What is put right again: in which frame at the earliest, and gravity as it was.
    repair: Option<(u64, f64)>,
    rng: Rng,
}

impl Live {
    /// The world of a seed, at frame 0.
    pub fn new(spec: &WorldSpec, seed: u64) -> Self {
        Self { world: World::new(spec, seed), spec: spec.clone(), next: None, repair: None, rng: Rng::stream(seed, 11) }
    }

    pub fn world(&self) -> &World {
        &self.world
    }

    /// To the next frame.
    pub fn advance(&mut self) {
        self.world.advance(1);
        if let Some(pair) = self.next.take_if(|pair| self.world.frame() >= pair.happens()) {
            self.repair = Some((self.world.frame() + LASTS, self.world.scene.law.gravity));
            pair.happen(&mut self.world);
        }
        self.put_right();
    }

    /// Gravity pulls again, and what has left a block bounces off it again.
    fn put_right(&mut self) {
        let Some((frame, gravity)) = self.repair else { return };
        if self.world.frame() < frame {
            return;
        }
        self.world.scene.law.gravity = gravity;
        let blocks = &self.world.scene.law.blocks;
        let inside = |position, radius| blocks.iter().any(|block| block.near(position, radius, 0.0));
        for object in self.world.objects.iter_mut().filter(|object| object.ghost) {
            object.ghost = inside(object.position, object.radius);
        }
        if self.world.objects.iter().all(|object| !object.ghost) {
            self.repair = None;
        }
    }

    /// What this scene lacks for a violation, whatever comes.
    pub fn lacks(&self, violation: Violation) -> Option<LawError> {
        let scene = &self.world.scene;
        match violation {
            _ if self.world.objects.is_empty() => Some(LawError::Object),
            Violation::VanishHidden if scene.pillar.is_none() => Some(LawError::Pillar),
            Violation::PassThrough if scene.law.blocks.is_empty() => Some(LawError::Block),
            Violation::GravityOff if scene.law.gravity == 0.0 => Some(LawError::Gravity),
            Violation::Shape if self.spec.shapes < 2 => Some(LawError::Shape),
            _ => None,
        }
    }

    /// Break a law at the next moment at which that can be seen, in pictures of `size` pixels a side.
    ///
    /// # Errors
    /// [`LawError`] where the scene has nothing to do it to.
    pub fn break_law(&mut self, violation: Violation, size: usize) -> Result<Broken, LawError> {
        if self.next.is_some() || self.repair.is_some() {
            return Err(LawError::Turn);
        }
        if let Some(lacking) = self.lacks(violation) {
            return Err(lacking);
        }
        let (pair, shows) = self.search(violation, size).ok_or(LawError::Moment)?;
        let broken = Broken { violation, happens: pair.happens(), shows };
        self.next = Some(pair);
        Ok(broken)
    }

    /// The first moment at which it shows, and the frame in which it does.
    fn search(&mut self, violation: Violation, size: usize) -> Option<(Pair, u64)> {
        let mut start = self.world.clone();
        for _ in 0..AHEAD {
            for index in 0..start.objects.len() {
                let object = start.objects[index].id;
                let found = self.moments(violation, &start, index).into_iter().find_map(|(moment, frames, place)| {
                    let pair = Pair { violation, moment, frames, object, start: start.clone(), place };
                    let shows = pair.shows().then(|| differs(&pair, size)).flatten()?;
                    Some((pair, shows))
                });
                if found.is_some() {
                    return found;
                }
            }
            start.advance(1);
        }
        None
    }

    /// What may be tried from a start: moment, frames that show it, place of a teleported object.
    fn moments(&mut self, violation: Violation, start: &World, index: usize) -> Vec<(usize, usize, [f64; 2])> {
        let mut place = || [self.rng.uniform(), self.rng.uniform()];
        let open = (BEFORE, BEFORE + ROOM);
        match violation {
            Violation::VanishHidden => {
                let id = start.objects[index].id;
                // From where it begins to be hidden; the pair asks that it was seen before.
                let seen = start.scene.visible(&start.objects[index]) > 0.9;
                let moment = seen.then(|| hiding(start, id, BEFORE..=BEHIND / 2)).flatten();
                moment.map(|moment| (moment, moment + BEHIND, place())).into_iter().collect()
            }
            Violation::PassThrough if contact(start, index, BEFORE + 2) != Some(BEFORE) => vec![],
            Violation::Teleport => (0..PLACES).map(|_| (open.0, open.1, place())).collect(),
            _ => vec![(open.0, open.1, place())],
        }
    }
}

/// The first frame of the world whose pictures differ between both versions of a pair.
fn differs(pair: &Pair, size: usize) -> Option<u64> {
    let mut courses = [pair.possible(), pair.impossible()];
    (0..pair.frames).find_map(|frame| {
        let [possible, impossible] = courses.each_ref().map(|course| course.render(size));
        courses.iter_mut().for_each(super::Course::advance);
        (frame >= pair.moment && possible != impossible).then(|| pair.start.frame() + frame as u64)
    })
}
