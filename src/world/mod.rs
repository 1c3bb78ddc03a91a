//! A procedural world: bouncing balls that pass behind a pillar, with the truth about every one of them.
//!
//! A seed gives the same world everywhere: physics uses only exactly rounded operations. Its time step is a frame,
//! whatever the picture's size.

mod physics;
mod render;
mod scene;

use physics::Ball;
use scene::Scene;

use crate::rng::Rng;

/// One seeded scene in motion. The unit of length is the picture's side: x to the right, y down, both 0 to 1.
#[derive(Clone, Debug)]
pub struct World {
    scene: Scene,
    balls: Vec<Ball>,
    frame: u64,
}

/// What is true of one ball in the current frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Truth {
    /// Stays the same for the life of the world.
    pub id: usize,
    /// Centre: x, y.
    pub position: [f32; 2],
    /// Per frame: x, y.
    pub velocity: [f32; 2],
    pub radius: f32,
    /// Share of the disc that the pillar doesn't hide, 0 to 1.
    pub visible: f32,
}

impl World {
    /// Scene and motion of a seed, at frame 0.
    pub fn new(seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let scene = Scene::new(&mut rng);
        let balls = scene::place_balls(&mut rng);
        Self { scene, balls, frame: 0 }
    }

    /// Frames passed since the world began.
    pub fn frame(&self) -> u64 {
        self.frame
    }

    /// Lets time pass.
    pub fn advance(&mut self, frames: usize) {
        for _ in 0..frames {
            physics::advance(&mut self.balls);
            self.frame += 1;
        }
    }

    /// The current frame, RGBA [size, size, 4], opaque.
    pub fn render(&self, size: usize) -> Vec<u8> {
        render::render(&self.scene, &self.balls, size)
    }

    /// The current and the following frames, [frames, size, size, 4]; the world stands at the frame after them.
    pub fn clip(&mut self, frames: usize, size: usize) -> Vec<u8> {
        let mut clip = Vec::with_capacity(frames * size * size * 4);
        for _ in 0..frames {
            clip.extend(self.render(size));
            self.advance(1);
        }
        clip
    }

    /// The truth about every ball in the current frame.
    pub fn truth(&self) -> Vec<Truth> {
        let of = |(id, ball): (usize, &Ball)| Truth {
            id,
            position: ball.position.map(|v| v as f32),
            velocity: ball.velocity.map(|v| v as f32),
            radius: ball.radius as f32,
            visible: self.scene.pillar.visible(ball),
        };
        self.balls.iter().enumerate().map(of).collect()
    }
}
