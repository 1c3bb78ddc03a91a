//! Painting the room: every pixel is computed from the shapes, edges are smoothed over one pixel.

use super::{
    layout::{HALF, Layout, PALETTES},
    physics::Body,
};
use crate::world::{
    colour::{Colour, fade, mix, rgb, square},
    object::Shape,
    shapes::Rectangle,
};

/// Floor and walls, 0xRRGGBB.
const COLOURS: [[u32; 2]; PALETTES] =
    [[0xE0D6C6, 0x5B5366], [0xC9D3DE, 0x46566F], [0xD0D9C6, 0x4C5F50], [0xD9CFDC, 0x5F4F6C]];
/// The agent, and the rim it fades to.
const AGENT: [u32; 2] = [0xFF8A1E, 0xD95F0B];
/// Blocks, in turn.
const BLOCKS: [u32; 4] = [0x3E8E9C, 0x7C6BB8, 0x5E9B5C, 0xB0688F];
/// The shut door.
const PLANK: u32 = 0x8E2A26;
const WHITE: Colour = [255.0; 3];
const BLACK: Colour = [24.0, 20.0, 34.0];
/// Radius of the corners of walls: too small to be seen in the way of the agent.
const CORNER: f64 = 0.006;
/// Width of a jamb along the wall.
const JAMB: f64 = 0.012;
/// Width of the shade on the floor by a wall.
const SHADE: f32 = 0.03;
/// How far shadows fall, to the right and twice as far down.
const SHADOW: f32 = 0.006;

/// RGBA [size, size, 4], opaque. The first body is the agent.
pub(super) fn render(layout: &Layout, bodies: &[Body], size: usize) -> Vec<u8> {
    let painter = Painter::new(layout, bodies, 1.0 / size as f32);
    let byte = |v: f32| (v + 0.5).clamp(0.0, 255.0) as u8;
    let mut picture = vec![255; size * size * 4];
    for (i, pixel) in picture.chunks_exact_mut(4).enumerate() {
        let [x, y] = [i % size, i / size].map(|n| (n as f32 + 0.5) * painter.pixel);
        pixel[..3].copy_from_slice(&painter.colour(x, y).map(byte));
    }
    picture
}

struct Painter<'a> {
    layout: &'a Layout,
    /// Back to front: the agent last.
    figures: Vec<Figure>,
    pieces: Vec<Rectangle>,
    floor: Colour,
    wall: Colour,
    /// A pixel's side.
    pixel: f32,
}

impl<'a> Painter<'a> {
    fn new(layout: &'a Layout, bodies: &'a [Body], pixel: f32) -> Self {
        let [floor, wall] = COLOURS[layout.palette].map(rgb);
        let figures = bodies.iter().enumerate().rev().map(|(i, body)| Figure::new(i, body)).collect();
        Self { layout, figures, pieces: layout.walls().pieces, floor, wall, pixel }
    }

    /// Share of a pixel that is inside an outline at this distance, negative inside.
    fn cover(&self, distance: f32) -> f32 {
        (0.5 - distance / self.pixel).clamp(0.0, 1.0)
    }

    fn colour(&self, x: f32, y: f32) -> Colour {
        let near = self.near_inner_wall(x, y);
        let wall = wall_distance(x, y, if near { &self.pieces } else { &[] });
        let mut colour = self.wall;
        if wall > -self.pixel {
            colour = mix(self.floor_at(x, y, wall), self.wall, self.cover(wall));
        }
        if near {
            colour = self.door(x, y, colour);
        }
        self.figures.iter().fold(colour, |under, figure| self.figure(figure, x, y, under))
    }

    /// Whether the inner wall can be seen there, or its shade.
    fn near_inner_wall(&self, x: f32, y: f32) -> bool {
        let wall = &self.layout.wall;
        let across = if wall.vertical { x } else { y };
        (across - wall.at as f32).abs() < HALF as f32 + SHADE + self.pixel
    }

    /// Light from the upper left; darker by walls and under bodies.
    fn floor_at(&self, x: f32, y: f32, wall: f32) -> Colour {
        let mut shade = 1.03 - 0.05 * (x + y) - 0.18 * fade(wall.max(0.0), SHADE);
        for figure in &self.figures {
            if let Some([u, v]) = figure.local(x - SHADOW, y - 2.0 * SHADOW, 0.3 * figure.radius) {
                shade -= 0.28 * fade((figure.shape.distance(u, v) + 0.2).max(0.0), 0.5);
            }
        }
        self.floor.map(|c| c * shade)
    }

    /// A plank where it is shut; faint jambs and a sill where it is open.
    fn door(&self, x: f32, y: f32, under: Colour) -> Colour {
        let [from, to] = self.layout.doorway();
        let within = |rectangle: Rectangle| self.cover(rectangle.distance(f64::from(x), f64::from(y), 0.0) as f32);
        let doorway = within(self.layout.strip(from - JAMB, to + JAMB));
        if doorway == 0.0 {
            return under;
        }
        if !self.layout.door.open {
            let inside = -self.layout.strip(from, to).distance(f64::from(x), f64::from(y), CORNER) as f32;
            let edge = fade((inside / 0.012).max(0.0), 1.0);
            return mix(under, mix(rgb(PLANK), WHITE, 0.07 * (1.0 - edge)), self.cover(-inside));
        }
        let sill = within(self.layout.strip(from, to));
        mix(mix(under, WHITE, 0.3 * (doorway - sill)), self.wall, 0.1 * sill)
    }

    /// A flat body with a soft darker rim and a little light from the upper left.
    fn figure(&self, figure: &Figure, x: f32, y: f32, under: Colour) -> Colour {
        let Some([u, v]) = figure.local(x, y, self.pixel) else { return under };
        let distance = figure.shape.distance(u, v);
        let colour = mix(figure.face, figure.rim, fade((-distance).max(0.0), 0.3));
        let light = fade((square(u + 0.32) + square(v + 0.38)).sqrt(), 0.62);
        mix(under, mix(colour, WHITE, 0.34 * light), self.cover(distance * figure.radius))
    }
}

/// What is painted of a body.
struct Figure {
    centre: [f32; 2],
    radius: f32,
    shape: Shape,
    face: Colour,
    rim: Colour,
}

impl Figure {
    /// The body at place `i` of all: the agent is the first.
    fn new(i: usize, body: &Body) -> Self {
        let [face, rim] = match i {
            0 => AGENT.map(rgb),
            _ => {
                let face = rgb(BLOCKS[(i - 1) % BLOCKS.len()]);
                [face, mix(face, BLACK, 0.35)]
            }
        };
        Self { centre: body.position.map(|v| v as f32), radius: body.radius as f32, shape: body.shape, face, rim }
    }

    /// A place as seen from the centre, in radii; none farther from the figure than `margin`, in sides.
    fn local(&self, x: f32, y: f32, margin: f32) -> Option<[f32; 2]> {
        let (u, v) = (x - self.centre[0], y - self.centre[1]);
        (u.abs().max(v.abs()) < self.radius + margin).then(|| [u / self.radius, v / self.radius])
    }
}

/// Distance from the nearest wall, negative inside.
fn wall_distance(x: f32, y: f32, pieces: &[Rectangle]) -> f32 {
    let room = Layout::room();
    let [left, top, right, bottom] = [room.left, room.top, room.right, room.bottom].map(|v| v as f32);
    let outer = (x - left).min(right - x).min(y - top).min(bottom - y);
    let inner = pieces.iter().map(|piece| piece.distance(f64::from(x), f64::from(y), CORNER) as f32);
    inner.fold(outer, f32::min)
}
