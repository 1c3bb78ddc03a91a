//! A procedural world with the truth about everything in it: objects that fall, bounce, meet and pass behind others, and
//! the same scenes with one thing in them that can't be ([`Pair`]).
//!
//! A seed gives the same world everywhere: physics uses only exactly rounded operations. Its time step is a frame,
//! whatever the picture's size.

mod backdrop;
mod colour;
mod grain;
mod live;
mod object;
mod pair;
mod physics;
mod render;
mod scene;
mod shapes;
mod spec;
pub mod two_rooms;

pub use live::{Broken, LawError, Live};
pub use object::{Pattern, Shape};
pub use pair::{Course, Pair, PairError, Violation};
pub use spec::{WORLDS, WorldSpec};
pub use two_rooms::{RandomPlay, RoomsSpec, RoomsTruth, TwoRooms};

use crate::rng::Rng;
use object::Object;
use render::Painter;
use scene::{Camera, Scene};
use serde::Serialize;

/// One seeded scene in motion. The unit of length is the picture's side: x to the right, y down, both 0 to 1.
#[derive(Clone, Debug)]
pub struct World {
    scene: Scene,
    objects: Vec<Object>,
    camera: Camera,
    frame: u64,
}

/// A seed to train on. Training takes even seeds and exams odd ones, so that no exam asks about a scene that was seen.
pub fn training_seed(rng: &mut Rng) -> u64 {
    2 * rng.below(1 << 30) as u64
}

/// A seed no training ever sees.
pub fn exam_seed(rng: &mut Rng) -> u64 {
    training_seed(rng) + 1
}

/// What is true of one object in the current frame, as the camera sees it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Truth {
    /// Stays the same for the life of the world.
    pub id: usize,
    /// Centre in the picture: x, y.
    pub position: [f32; 2],
    /// Across the picture, a frame: x, y.
    pub velocity: [f32; 2],
    pub radius: f32,
    pub shape: Shape,
    pub pattern: Pattern,
    /// Red, green, blue, 0 to 255.
    pub colour: [f32; 3],
    /// Share of it that the pillar doesn't hide, 0 to 1.
    pub visible: f32,
}

/// An object of which so much is visible can be told.
const SEEN: f32 = 0.3;

impl World {
    /// Scene and motion of a seed, at frame 0.
    pub fn new(spec: &WorldSpec, seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let scene = Scene::new(spec, &mut rng);
        let objects = scene::place_objects(spec, &scene, &mut rng);
        let camera = scene.camera;
        Self { scene, objects, camera, frame: 0 }
    }

    /// Frames passed since the world began.
    pub fn frame(&self) -> u64 {
        self.frame
    }

    /// Lets time pass.
    pub fn advance(&mut self, frames: usize) {
        for _ in 0..frames {
            physics::advance(&mut self.objects, &self.scene.law);
            self.camera.advance();
            self.frame += 1;
        }
    }

    /// The current frame, RGBA [size, size, 4], opaque.
    pub fn render(&self, size: usize) -> Vec<u8> {
        Painter::new(&self.scene, size).paint(&self.objects, self.camera.position, self.frame)
    }

    /// The current and the following frames, [frames, size, size, 4]; the world stands at the frame after them.
    pub fn clip(&mut self, frames: usize, size: usize) -> Vec<u8> {
        let scene = self.scene.clone();
        let mut painter = Painter::new(&scene, size);
        let mut clip = Vec::with_capacity(frames * size * size * 4);
        for _ in 0..frames {
            clip.extend(painter.paint(&self.objects, self.camera.position, self.frame));
            self.advance(1);
        }
        clip
    }

    /// The truth about every object in the current frame.
    pub fn truth(&self) -> Vec<Truth> {
        self.objects.iter().map(|object| self.truth_of(object)).collect()
    }

    fn truth_of(&self, object: &Object) -> Truth {
        let moves = if self.camera.moves() { self.camera.velocity } else { [0.0; 2] };
        Truth {
            id: object.id,
            position: [0, 1].map(|i| (object.position[i] - self.camera.position[i]) as f32),
            velocity: [0, 1].map(|i| (object.velocity[i] - moves[i]) as f32),
            radius: object.radius as f32,
            shape: object.shape,
            pattern: object.pattern,
            colour: object.colour,
            visible: self.scene.visible(object),
        }
    }

    fn object(&self, id: usize) -> Option<&Object> {
        self.objects.iter().find(|object| object.id == id)
    }

    /// Whether the centre of an object is inside a block, where nothing can get.
    pub fn inside_block(&self, id: usize) -> bool {
        self.object(id)
            .is_some_and(|object| self.scene.law.blocks.iter().any(|block| block.near(object.position, 0.0, 0.0)))
    }

    /// The same scene, its pillar with this share of its width, 0 to 1. What moves is not changed by it.
    pub fn narrow_pillar(&mut self, share: f64) {
        if let Some(pillar) = &mut self.scene.pillar {
            let (centre, half) = (f64::midpoint(pillar.left, pillar.right), share * (pillar.right - pillar.left) / 2.0);
            (pillar.left, pillar.right) = (centre - half, centre + half);
        }
    }

    /// Whether within so many frames something is seen, then hidden as a whole behind the pillar, and then seen again.
    pub fn passes_behind(&self, frames: usize) -> bool {
        let mut world = self.clone();
        // How many of the three each object has done.
        let mut done = vec![0; world.objects.len()];
        (0..frames).any(|_| {
            for (done, object) in done.iter_mut().zip(&world.objects) {
                let next = match done {
                    1 => world.scene.hides(object),
                    _ => world.scene.visible(object) > SEEN,
                };
                *done += usize::from(next);
            }
            world.advance(1);
            done.contains(&3)
        })
    }

    /// Whether things fall here.
    pub fn falls(&self) -> bool {
        self.scene.law.gravity > 0.0
    }
}
