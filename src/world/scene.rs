//! What a seed chooses: colours, what stands in the room, and where objects start.

use super::{
    grain::Grain,
    object::{Object, Pattern, Shape},
    physics::Law,
    shapes::Rectangle,
    spec::WorldSpec,
};
use crate::rng::Rng;

/// Height of the floor in scenes where things fall.
pub(super) const FLOOR: f64 = 0.9;
/// How far a moving camera strays.
const SWAY: f64 = 0.07;
/// Width of a smoothed edge: a pixel of a picture of 48.
const EDGE: f64 = 0.021;
/// Places an object tries before the scene goes without it.
const TRIES: usize = 200;

/// Colours that go together, 0xRRGGBB: sky from top to horizon, ground from horizon to front, what stands in front.
#[derive(Debug)]
pub(super) struct Palette {
    pub sky: [u32; 2],
    pub ground: [u32; 2],
    pub pillar: u32,
}

const PALETTES: [Palette; 6] = [
    Palette { sky: [0xF9F1E4, 0xEFDCC3], ground: [0xDDC3A1, 0xC9A880], pillar: 0x3D405B },
    Palette { sky: [0x171A38, 0x4A4F92], ground: [0x2F3266, 0x1F2148], pillar: 0x8F9BD9 },
    Palette { sky: [0xE6F6F2, 0xBCE3DA], ground: [0x9CCFC2, 0x79B5A6], pillar: 0x264653 },
    Palette { sky: [0xF4ECFC, 0xD6C4F0], ground: [0xBDA8E0, 0x9F87CB], pillar: 0x4A3A73 },
    Palette { sky: [0x9CCBF2, 0xE2F1FB], ground: [0xA7CF92, 0x7FB069], pillar: 0x7A5238 },
    Palette { sky: [0x2B2D5B, 0xF2A07B], ground: [0x8A4F6D, 0x4B2E55], pillar: 0x241B3A },
];

/// Everything but the objects.
#[derive(Debug, Clone)]
pub(super) struct Scene {
    pub palette: &'static Palette,
    /// Whether there is a horizon, which tells that things fall.
    pub horizon: bool,
    pub grain: Option<Grain>,
    /// Stands in front of everything.
    pub pillar: Option<Rectangle>,
    pub law: Law,
    /// Drift of the grain, sides a frame.
    pub drift: [f64; 2],
    pub camera: Camera,
}

/// Where the picture's upper left corner is in the room: it strays and turns back.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Camera {
    pub position: [f64; 2],
    /// Sides a frame.
    pub velocity: [f64; 2],
}

impl Camera {
    pub fn advance(&mut self) {
        for i in 0..2 {
            self.position[i] += self.velocity[i];
            if self.position[i].abs() > SWAY {
                self.position[i] = SWAY.copysign(self.position[i]);
                self.velocity[i] = -self.velocity[i];
            }
        }
    }

    pub fn moves(&self) -> bool {
        self.velocity != [0.0; 2]
    }
}

impl Scene {
    pub fn new(spec: &WorldSpec, rng: &mut Rng) -> Self {
        let palette = &PALETTES[rng.below(PALETTES.len())];
        let happens = |rng: &mut Rng, share: f64| rng.uniform() < share;
        let falls = happens(rng, spec.gravity);
        let camera = happens(rng, spec.camera).then(|| Camera {
            position: [rng.range(-SWAY, SWAY), rng.range(-SWAY, SWAY)],
            velocity: [rng.range(-0.008, 0.008), rng.range(-0.004, 0.004)],
        });
        let margin = if camera.is_some() { SWAY } else { 0.0 };
        let bottom = if falls { FLOOR } else { 1.0 } - margin;
        let room = Rectangle { left: margin, top: margin, right: 1.0 - margin, bottom };
        let pillar = happens(rng, spec.occluder).then(|| {
            let (centre, half) = (rng.range(0.35, 0.65), rng.range(0.13, 0.17));
            let (top, bottom) = if falls { (rng.range(0.1, 0.3), 0.955) } else { (-0.2, 1.2) };
            Rectangle { left: centre - half, right: centre + half, top, bottom }
        });
        let block = happens(rng, spec.solid).then(|| block(falls, pillar.as_ref(), &room, rng));
        let drift = match happens(rng, spec.distractor) {
            true => [rng.range(-0.02, 0.02), rng.range(-0.01, 0.01)],
            false => [0.0; 2],
        };
        let gravity = if falls { spec.fall } else { 0.0 };
        Self {
            palette,
            horizon: falls,
            grain: (spec.grain > 0.0).then(|| Grain::new(spec.grain, rng)),
            pillar,
            law: Law { gravity, room, blocks: block.into_iter().collect() },
            drift,
            camera: camera.unwrap_or_default(),
        }
    }

    /// Whether a disc would stand clear of blocks and walls.
    pub fn clear(&self, position: [f64; 2], radius: f64) -> bool {
        let [x, y] = position;
        let room = &self.law.room;
        let inside =
            x - radius > room.left && x + radius < room.right && y - radius > room.top && y + radius < room.bottom;
        inside && !self.law.blocks.iter().any(|block| block.near(position, radius, 0.01))
    }

    /// Whether the pillar hides an object so well that not even its smoothed edge shows.
    pub fn hides(&self, object: &Object) -> bool {
        let [x, y] = object.position;
        self.pillar.is_some_and(|pillar| pillar.distance(x, y, CORNER) < -object.radius - EDGE)
    }

    /// Share of a disc that the pillar doesn't hide, counted on a lattice.
    pub fn visible(&self, object: &Object) -> f32 {
        const SIDE: i32 = 24;
        let Some(pillar) = &self.pillar else { return 1.0 };
        // Most are clear of its edge.
        match pillar.distance(object.position[0], object.position[1], CORNER) {
            clear if clear > object.radius => return 1.0,
            deep if deep < -object.radius => return 0.0,
            _ => {}
        }
        let (mut all, mut seen) = (0, 0);
        for i in 0..SIDE * SIDE {
            let [u, v] = [i % SIDE, i / SIDE].map(|n| f64::from(2 * n + 1 - SIDE) / f64::from(SIDE));
            if u * u + v * v <= 1.0 {
                let (x, y) = (object.position[0] + u * object.radius, object.position[1] + v * object.radius);
                all += 1;
                seen += i32::from(pillar.distance(x, y, CORNER) > 0.0);
            }
        }
        seen as f32 / all as f32
    }
}

/// Radius of the corners of pillars and blocks.
pub(super) const CORNER: f64 = 0.03;

/// Stands on the floor where things fall, anywhere where they don't, and not behind the pillar.
fn block(falls: bool, pillar: Option<&Rectangle>, room: &Rectangle, rng: &mut Rng) -> Rectangle {
    let (width, height) = (rng.range(0.1, 0.2), rng.range(0.15, 0.35));
    let left_of_it = |pillar: &Rectangle| pillar.left - room.left > room.right - pillar.right;
    let (from, to) = match pillar {
        Some(pillar) if left_of_it(pillar) => (room.left, pillar.left - width),
        Some(pillar) => (pillar.right, room.right - width),
        None => (0.2, 0.8 - width),
    };
    let left = rng.range(from, from.max(to));
    let top = if falls { FLOOR - height } else { rng.range(0.15, 0.85 - height) };
    let bottom = if falls { FLOOR + 0.03 } else { top + height };
    Rectangle { left, top, right: left + width, bottom }
}

/// Objects of different sizes and hues that don't touch, already in motion.
pub(super) fn place_objects(spec: &WorldSpec, scene: &Scene, rng: &mut Rng) -> Vec<Object> {
    let (fewest, most) = spec.objects;
    let count = fewest + rng.below(most - fewest + 1);
    let first_hue = rng.uniform();
    let mut objects: Vec<Object> = Vec::with_capacity(count);
    for id in 0..count {
        let radius = rng.range(spec.radius.0, spec.radius.1);
        let shape = Shape::ALL[rng.below(spec.shapes.clamp(1, 4))];
        let pattern = match rng.uniform() < spec.patterned {
            true => Pattern::PAINTED[rng.below(3)],
            false => Pattern::Plain,
        };
        // Hues keep apart from each other.
        let hue = first_hue + (id as f64 + 0.5 * rng.uniform()) / count as f64;
        let colour = hue_colour(hue, rng.range(0.65, 0.95), rng.range(0.75, 1.0));
        let velocity = start_velocity(spec, scene, rng);
        let place = |rng: &mut Rng| [rng.range(radius, 1.0 - radius), rng.range(radius, 1.0 - radius)];
        let object = (0..TRIES).find_map(|_| {
            let object = Object { id, position: place(rng), velocity, radius, shape, pattern, colour, ghost: false };
            let apart = objects.iter().all(|other| !other.touches(&object, 0.01));
            (apart && scene.clear(object.position, radius)).then_some(object)
        });
        objects.extend(object);
    }
    objects
}

/// In any direction; where things fall mostly sideways.
fn start_velocity(spec: &WorldSpec, scene: &Scene, rng: &mut Rng) -> [f64; 2] {
    let speed = rng.range(spec.speed.0, spec.speed.1);
    // A direction uniform on the circle, without functions that platforms round differently.
    let [u, v] = loop {
        let [u, v] = [rng.range(-1.0, 1.0), rng.range(-1.0, 1.0)];
        let length = (u * u + v * v).sqrt();
        if length > 0.1 && length < 1.0 {
            break [u / length, v / length];
        }
    };
    match scene.horizon {
        true => [0.5 * speed * (u + 1f64.copysign(u)), 0.7 * speed * v],
        false => [speed * u, speed * v],
    }
}

/// Red, green, blue, 0 to 255; `hue` goes round once from 0 to 1.
pub(super) fn hue_colour(hue: f64, saturation: f64, value: f64) -> [f32; 3] {
    let around = (hue - hue.floor()) * 6.0;
    [5.0, 3.0, 1.0].map(|offset: f64| {
        let k = (offset + around) % 6.0;
        let share = k.min(4.0 - k).clamp(0.0, 1.0);
        (255.0 * value * (1.0 - saturation * share)) as f32
    })
}
