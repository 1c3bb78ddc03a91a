//! Matched pairs: the same scene twice, once as it can be and once with one thing in it that can't. Up to the moment of
//! that they are equal, so whoever tells them apart has noticed just this.

use super::{Shape, Truth, World, exam_seed, object::Object, spec::WorldSpec};
use crate::message::term;
use crate::rng::Rng;
use serde::{Deserialize, Serialize, Serializer};
use std::ops::RangeInclusive;
use thiserror::Error;

/// What can't be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Violation {
    /// An object in full view is gone.
    Vanish,
    /// An object that went behind the pillar never comes out.
    VanishHidden,
    /// An object is suddenly elsewhere.
    Teleport,
    /// It has the opposite hue.
    Colour,
    /// It has another outline.
    Shape,
    /// It has half as much radius again, or a third less.
    Size,
    /// It goes through a block.
    PassThrough,
    /// It turns round where nothing is.
    Reverse,
    /// What falls goes on straight ahead.
    GravityOff,
}

/// No scene of a world shows what is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Error, Serialize)]
#[error("The {world} world has no scene of {frames} frames in which {what}: choose a richer world or longer clips.", what = violation.words())]
pub struct PairError {
    pub world: String,
    #[serde(rename = "what", serialize_with = "words")]
    pub violation: Violation,
    pub frames: usize,
}

fn words<S: Serializer>(violation: &Violation, serializer: S) -> Result<S::Ok, S::Error> {
    term(violation.words(), serializer)
}

/// A scene and the moment from which its other version is impossible.
#[derive(Debug, Clone)]
pub struct Pair {
    pub violation: Violation,
    /// The first frame in which something happens that can't, counted from where the scene starts; the pictures may show
    /// it later, behind a pillar.
    pub moment: usize,
    /// Frames of the clip.
    pub frames: usize,
    /// The object it happens to.
    pub object: usize,
    pub(super) start: World,
    /// Where a teleported object goes.
    pub(super) place: [f64; 2],
}

/// Scenes tried for one pair.
const TRIES: u64 = 4000;
/// With fewer frames there is no before and after to compare.
const SHORTEST: usize = 12;
/// How far apart, in sides, two courses must be for the difference to be asked about: more than a patch of an 8x8
/// grid.
const APART: f32 = 0.15;

impl Violation {
    pub const ALL: [Self; 9] = [
        Self::Vanish,
        Self::VanishHidden,
        Self::Teleport,
        Self::Colour,
        Self::Shape,
        Self::Size,
        Self::PassThrough,
        Self::Reverse,
        Self::GravityOff,
    ];

    /// Its name in texts, settings and files.
    pub fn id(self) -> &'static str {
        match self {
            Self::Vanish => "vanish",
            Self::VanishHidden => "vanish-hidden",
            Self::Teleport => "teleport",
            Self::Colour => "colour",
            Self::Shape => "shape",
            Self::Size => "size",
            Self::PassThrough => "pass-through",
            Self::Reverse => "reverse",
            Self::GravityOff => "gravity-off",
        }
    }

    /// What happens, in the middle of a sentence.
    pub fn words(self) -> &'static str {
        match self {
            Self::Vanish => "something could vanish in full view",
            Self::VanishHidden => "something could vanish behind a pillar",
            Self::Teleport => "something could jump elsewhere",
            Self::Colour => "something could change its colour",
            Self::Shape => "something could change its shape",
            Self::Size => "something could change its size",
            Self::PassThrough => "something could go through a block",
            Self::Reverse => "something could turn round in mid-air",
            Self::GravityOff => "gravity could stop",
        }
    }

    /// Whether a world has what it takes.
    pub fn possible_in(self, spec: &WorldSpec) -> bool {
        match self {
            Self::VanishHidden => spec.occluder > 0.0,
            Self::Shape => spec.shapes > 1,
            Self::PassThrough => spec.solid > 0.0,
            Self::GravityOff => spec.gravity > 0.0,
            _ => true,
        }
    }

    /// The same world, in scenes that have what it takes.
    fn spec(self, spec: &WorldSpec) -> WorldSpec {
        let mut spec = spec.clone();
        match self {
            // What hides has to fit behind the pillar.
            Self::VanishHidden => {
                spec.occluder = 1.0;
                spec.radius.1 = spec.radius.1.min(0.12).max(spec.radius.0);
            }
            Self::PassThrough => spec.solid = 1.0,
            Self::GravityOff => spec.gravity = 1.0,
            _ => {}
        }
        spec
    }
}

impl Pair {
    /// The pair of a seed in clips of `frames` frames; its moment is about the middle.
    ///
    /// # Errors
    /// [`PairError`] if the world has no such scenes.
    pub fn new(spec: &WorldSpec, violation: Violation, frames: usize, seed: u64) -> Result<Self, PairError> {
        let none = || PairError { world: spec.name.clone(), violation, frames };
        if frames < SHORTEST || !violation.possible_in(spec) {
            return Err(none());
        }
        let (spec, mut rng) = (violation.spec(spec), Rng::stream(seed, 7 + violation as u64));
        (0..TRIES).find_map(|_| Self::attempt(&spec, violation, frames, &mut rng)).ok_or_else(none)
    }

    fn attempt(spec: &WorldSpec, violation: Violation, frames: usize, rng: &mut Rng) -> Option<Self> {
        let start = World::new(spec, exam_seed(rng));
        let object = rng.below(start.objects.len().max(1));
        let identity = start.objects.get(object)?.id;
        let (earliest, latest) = (frames / 2, frames * 2 / 3);
        let moment = match violation {
            Violation::PassThrough => contact(&start, object, frames)?,
            Violation::VanishHidden => hiding(&start, identity, earliest..=latest)?,
            _ => earliest + rng.below(latest - earliest + 1),
        };
        if !(earliest..=latest).contains(&moment) {
            return None;
        }
        let place = [rng.uniform(), rng.uniform()];
        let pair = Self { violation, moment, frames, object: identity, start, place };
        pair.shows().then_some(pair)
    }

    /// The frame of the world in which it happens.
    pub(super) fn happens(&self) -> u64 {
        self.start.frame() + self.moment as u64
    }

    /// The clip as it can be, from its first frame.
    pub fn possible(&self) -> Course {
        Course { world: self.start.clone(), pair: None }
    }

    /// The clip as it can't.
    pub fn impossible(&self) -> Course {
        Course { world: self.start.clone(), pair: Some(self.clone()) }
    }

    /// Whether the scene lets the difference be seen.
    pub(super) fn shows(&self) -> bool {
        let [possible, impossible] = [self.possible(), self.impossible()].map(|course| self.track(course));
        let at = |frame: usize| possible[frame];
        let (moment, frames) = (self.moment, self.frames);
        let seen = |range: std::ops::Range<usize>| range.into_iter().all(|frame| at(frame).visible > 0.95);
        let apart = |within: usize| {
            let frame = (moment + within).min(frames - 1);
            match impossible[frame] {
                Seen { there: true, position, .. } => distance(position, at(frame).position) > APART,
                _ => true,
            }
        };
        let open = seen(moment - 2..moment + 4);
        match self.violation {
            Violation::Vanish | Violation::Colour | Violation::Shape => open,
            Violation::Size => open && self.fits(),
            Violation::Teleport => open && self.fits() && impossible[moment].visible > 0.95 && apart(0),
            Violation::VanishHidden => {
                let went = (2..moment - 1).any(|frame| at(frame).visible > 0.9);
                let back = (moment..frames - 4).find(|&frame| at(frame).visible > 0.9);
                went && back.is_some_and(|back| self.unmissed(back))
            }
            Violation::PassThrough => {
                open && impossible[moment..(moment + 8).min(frames)].iter().any(|seen| seen.inside)
            }
            Violation::Reverse => open && self.flies(moment - 2..moment + 4) && apart(4),
            Violation::GravityOff => open && self.flies(moment - 2..moment + 5) && apart(10),
        }
    }

    /// What is seen of the object in every frame.
    fn track(&self, mut course: Course) -> Vec<Seen> {
        let mut track = Vec::with_capacity(self.frames);
        for _ in 0..self.frames {
            let world = &course.world;
            track.push(world.object(self.object).map_or(Seen::default(), |object| {
                let Truth { position, visible, .. } = world.truth_of(object);
                Seen { there: true, position, visible, inside: world.inside_block(self.object) }
            }));
            course.advance();
        }
        track
    }

    /// Whether nothing else moves differently for its absence before the object would be `back`.
    fn unmissed(&self, back: usize) -> bool {
        let mut courses = [self.possible(), self.impossible()];
        (0..back).all(|_| {
            courses.iter_mut().for_each(Course::advance);
            let [possible, impossible] = courses.each_ref().map(|course| course.world.objects.iter());
            let mut others = possible.filter(|object| object.id != self.object).map(|object| object.position);
            let same = |object: &Object| others.next() == Some(object.position);
            impossible.filter(|object| object.id != self.object).all(same)
        })
    }

    /// Whether the object touches nothing in these frames.
    fn flies(&self, frames: std::ops::Range<usize>) -> bool {
        let mut world = self.start.clone();
        world.advance(frames.start);
        frames.into_iter().all(|_| {
            let find = |world: &World| world.object(self.object).cloned();
            let (before, gravity) = (find(&world), world.scene.law.gravity);
            world.advance(1);
            let (Some(before), Some(after)) = (before, find(&world)) else { return false };
            let [u, v] = [0, 1].map(|i| (after.velocity[i] - before.velocity[i]).abs());
            u < 1e-9 && (v - gravity).abs() < 1e-9
        })
    }

    /// Whether the changed object has room where it then is.
    fn fits(&self) -> bool {
        let mut course = self.impossible();
        (0..self.moment).for_each(|_| course.advance());
        let world = course.world;
        let Some(object) = world.object(self.object) else { return false };
        let alone = |other: &Object| other.id == object.id || !other.touches(object, 0.02);
        world.scene.clear(object.position, object.radius) && world.objects.iter().all(alone)
    }

    /// Breaks the law, once, in the world as it is at the moment.
    pub(super) fn happen(&self, world: &mut World) {
        let Some(index) = world.objects.iter().position(|object| object.id == self.object) else { return };
        let (object, law) = (&mut world.objects[index], &mut world.scene.law);
        match self.violation {
            Violation::Vanish | Violation::VanishHidden => {
                world.objects.remove(index);
            }
            Violation::Teleport => object.position = self.place,
            // The opposite hue at the same brightness.
            Violation::Colour => {
                let [r, g, b] = object.colour;
                let (most, least) = (r.max(g).max(b), r.min(g).min(b));
                object.colour = [r, g, b].map(|value| most + least - value);
            }
            Violation::Shape => {
                let others = Shape::ALL.into_iter().filter(|shape| *shape != object.shape);
                object.shape = others.cycle().nth((self.place[0] * 3.0) as usize).expect("three others");
            }
            Violation::Size => object.radius *= if self.place[0] < 0.5 { 1.5 } else { 1.0 / 1.5 },
            Violation::PassThrough => object.ghost = true,
            Violation::Reverse => object.velocity = object.velocity.map(|speed| -speed),
            Violation::GravityOff => law.gravity = 0.0,
        }
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    there: bool,
    position: [f32; 2],
    visible: f32,
    /// Its centre is in a block.
    inside: bool,
}

fn distance(a: [f32; 2], b: [f32; 2]) -> f32 {
    let [u, v] = [a[0] - b[0], a[1] - b[1]];
    (u * u + v * v).sqrt()
}

/// The first frame in which a block changes an object's course, if one does.
pub(super) fn contact(start: &World, object: usize, frames: usize) -> Option<usize> {
    let (mut possible, mut through) = (start.clone(), start.clone());
    through.objects[object].ghost = true;
    (0..frames)
        .find(|_| {
            let differ = possible.objects[object].position != through.objects[object].position;
            possible.advance(1);
            through.advance(1);
            differ
        })
        // The law is broken in the step that leads there.
        .and_then(|frame| frame.checked_sub(1))
}

/// The first of these frames in which an object is hidden and was so before. The earlier, the more of a clip is left for it
/// to come out in.
pub(super) fn hiding(start: &World, id: usize, frames: RangeInclusive<usize>) -> Option<usize> {
    let (mut world, mut before) = (start.clone(), false);
    (0..=*frames.end()).find(|frame| {
        let hidden = world.object(id).is_some_and(|object| world.scene.hides(object));
        let found = frames.contains(frame) && hidden && before;
        before = hidden;
        world.advance(1);
        found
    })
}

/// One version of a pair, frame by frame.
#[derive(Debug, Clone)]
pub struct Course {
    world: World,
    /// What will happen, if it has not yet.
    pair: Option<Pair>,
}

impl Course {
    /// To the next frame.
    pub fn advance(&mut self) {
        self.world.advance(1);
        self.happen();
    }

    fn happen(&mut self) {
        if let Some(pair) = self.pair.take_if(|pair| self.world.frame() >= pair.happens()) {
            pair.happen(&mut self.world);
        }
    }

    /// The world as it stands in the current frame.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The current frame, RGBA [size, size, 4], opaque.
    pub fn render(&self, size: usize) -> Vec<u8> {
        self.world.render(size)
    }

    /// The truth about every object in the current frame.
    pub fn truth(&self) -> Vec<Truth> {
        self.world.truth()
    }

    /// The current and the following frames, [frames, size, size, 4].
    pub fn clip(&mut self, frames: usize, size: usize) -> Vec<u8> {
        let mut clip = Vec::with_capacity(frames * size * size * 4);
        for _ in 0..frames {
            clip.extend(self.render(size));
            self.advance();
        }
        clip
    }
}
