//! What a seed chooses: colours, the pillar, and where balls start.

use super::physics::{Ball, FLOOR};
use crate::rng::Rng;

/// Colours that go together, 0xRRGGBB: sky from top to horizon, ground from horizon to front, and balls that stand out.
#[derive(Debug)]
pub(super) struct Palette {
    pub sky: [u32; 2],
    pub ground: [u32; 2],
    pub pillar: u32,
    pub balls: [u32; 5],
}

const PALETTES: [Palette; 6] = [
    Palette {
        sky: [0xF9F1E4, 0xEFDCC3],
        ground: [0xDDC3A1, 0xC9A880],
        pillar: 0x3D405B,
        balls: [0xE4572E, 0x4C9F70, 0xF3B61F, 0x3B7DD8, 0x9C528B],
    },
    Palette {
        sky: [0x171A38, 0x4A4F92],
        ground: [0x2F3266, 0x1F2148],
        pillar: 0x8F9BD9,
        balls: [0xFFC857, 0xFF6B4A, 0xE84393, 0x45D0C8, 0xC5E063],
    },
    Palette {
        sky: [0xE6F6F2, 0xBCE3DA],
        ground: [0x9CCFC2, 0x79B5A6],
        pillar: 0x264653,
        balls: [0xE76F51, 0xF4A261, 0xD7263D, 0x1B6CA8, 0x8E5AA8],
    },
    Palette {
        sky: [0xF4ECFC, 0xD6C4F0],
        ground: [0xBDA8E0, 0x9F87CB],
        pillar: 0x4A3A73,
        balls: [0xFF5D8F, 0xFFB627, 0x3A86FF, 0x43AA6B, 0xFB6107],
    },
    Palette {
        sky: [0x9CCBF2, 0xE2F1FB],
        ground: [0xA7CF92, 0x7FB069],
        pillar: 0x7A5238,
        balls: [0xE63946, 0xFFD23F, 0xF7F7F2, 0x5F4BB6, 0xF3722C],
    },
    Palette {
        sky: [0x2B2D5B, 0xF2A07B],
        ground: [0x8A4F6D, 0x4B2E55],
        pillar: 0x241B3A,
        balls: [0xFFE066, 0xF25F5C, 0x70C1B3, 0xFFFFFF, 0x50A5F2],
    },
];

/// Everything that doesn't move.
#[derive(Clone, Debug)]
pub(super) struct Scene {
    pub palette: &'static Palette,
    pub pillar: Pillar,
}

/// A rounded slab that stands in front of the balls, reaching down past the floor.
#[derive(Clone, Debug)]
pub(super) struct Pillar {
    pub left: f64,
    pub right: f64,
    pub top: f64,
}

impl Scene {
    pub fn new(rng: &mut Rng) -> Self {
        let palette = &PALETTES[rng.below(PALETTES.len())];
        let (centre, half) = (rng.range(0.3, 0.7), rng.range(0.09, 0.14));
        let pillar = Pillar { left: centre - half, right: centre + half, top: rng.range(0.3, 0.5) };
        Self { palette, pillar }
    }
}

impl Pillar {
    pub const BOTTOM: f64 = 0.955;
    const CORNER: f64 = 0.035;

    /// Distance from the pillar's outline, negative inside.
    pub fn distance(&self, x: f64, y: f64) -> f64 {
        let centre = [(self.left + self.right) / 2.0, (self.top + Self::BOTTOM) / 2.0];
        let half = [(self.right - self.left) / 2.0, (Self::BOTTOM - self.top) / 2.0];
        let [u, v] = [0, 1].map(|i| ([x, y][i] - centre[i]).abs() - half[i] + Self::CORNER);
        let (outside_u, outside_v) = (u.max(0.0), v.max(0.0));
        (outside_u * outside_u + outside_v * outside_v).sqrt() + u.max(v).min(0.0) - Self::CORNER
    }

    /// Share of a ball's disc outside the pillar, counted on a lattice.
    pub fn visible(&self, ball: &Ball) -> f32 {
        const SIDE: i32 = 24;
        let (mut all, mut seen) = (0, 0);
        for i in 0..SIDE * SIDE {
            let [u, v] = [i % SIDE, i / SIDE].map(|n| f64::from(2 * n + 1 - SIDE) / f64::from(SIDE));
            if u * u + v * v <= 1.0 {
                let (x, y) = (ball.position[0] + u * ball.radius, ball.position[1] + v * ball.radius);
                all += 1;
                seen += i32::from(self.distance(x, y) > 0.0);
            }
        }
        seen as f32 / all as f32
    }
}

/// Three to five balls of different sizes and colours that don't touch, already in motion.
pub(super) fn place_balls(rng: &mut Rng) -> Vec<Ball> {
    let (count, first) = (3 + rng.below(3), rng.below(5));
    let mut balls: Vec<Ball> = Vec::with_capacity(count);
    for i in 0..count {
        let spread = (i as f64 + rng.uniform()) / count as f64;
        let radius = 0.055 + 0.07 * spread;
        // A crowded corner is drawn again; five balls fill a fifth of the room, so a place is soon found.
        let position = loop {
            let place = [rng.range(radius, 1.0 - radius), rng.range(0.12 + radius, FLOOR - 0.1 - radius)];
            let clear = |other: &Ball| {
                let [u, v] = [place[0] - other.position[0], place[1] - other.position[1]];
                u * u + v * v > (radius + other.radius) * (radius + other.radius)
            };
            if balls.iter().all(clear) {
                break place;
            }
        };
        let side = if rng.uniform() < 0.5 { -1.0 } else { 1.0 };
        let velocity = [side * rng.range(0.014, 0.03), rng.range(-0.022, 0.016)];
        balls.push(Ball { position, velocity, radius, colour: (first + i) % 5 });
    }
    balls
}
