//! Painting a frame: every pixel is computed from the shapes, edges are smoothed over one pixel, back to front.

use super::{
    backdrop::backdrop,
    colour::{Colour, fade, mix, rgb, square},
    object::{Object, Shape},
    scene::{CORNER, Scene},
    shapes::Rectangle,
};

/// Towards the light: from the upper left, in front of the picture. Unit length.
const LIGHT: [f32; 3] = [-0.48, -0.64, 0.6];
const WHITE: Colour = [255.0; 3];
const BLACK: Colour = [18.0, 14.0, 40.0];

/// Paints the frames of one scene.
pub(super) struct Painter<'a> {
    scene: &'a Scene,
    size: usize,
    /// The backdrop, for as long as it stands still.
    backdrop: Option<Vec<Colour>>,
}

impl<'a> Painter<'a> {
    pub fn new(scene: &'a Scene, size: usize) -> Self {
        Self { scene, size, backdrop: None }
    }

    /// RGBA [size, size, 4], opaque. `camera`: where the picture is in the room; `frame`: since the world began.
    pub fn paint(&mut self, objects: &[Object], camera: [f64; 2], frame: u64) -> Vec<u8> {
        let (scene, size) = (self.scene, self.size);
        let colours = match &self.backdrop {
            Some(colours) => colours.clone(),
            None => self.paint_backdrop(camera, frame),
        };
        let mut canvas = Canvas { colours, size, origin: camera.map(|v| v as f32) };
        let pixel = 1.0 / size as f32;
        for block in &scene.law.blocks {
            let base = rgb(scene.palette.pillar);
            canvas.paint(around(block, pixel), |x, y, under| paint_block(block, base, x, y, pixel, under));
        }
        for object in objects {
            let ([x, y], r) = (object.position.map(|v| v as f32), object.radius as f32 + pixel);
            canvas.paint([x - r, y - r, x + r, y + r], |u, v, under| paint_object(object, u, v, pixel, under));
        }
        if let Some(pillar) = &scene.pillar {
            let base = rgb(scene.palette.pillar);
            canvas.paint(around(pillar, pixel), |x, y, under| paint_pillar(pillar, base, x, y, pixel, under));
        }
        let byte = |v: f32| (v + 0.5).clamp(0.0, 255.0) as u8;
        canvas.colours.iter().flat_map(|c| [byte(c[0]), byte(c[1]), byte(c[2]), 255]).collect()
    }

    fn paint_backdrop(&mut self, camera: [f64; 2], frame: u64) -> Vec<Colour> {
        let (scene, size) = (self.scene, self.size);
        let drift = scene.drift.map(|v| (v * frame as f64) as f32);
        let mut canvas = Canvas { colours: vec![[0.0; 3]; size * size], size, origin: camera.map(|v| v as f32) };
        let [x, y] = canvas.origin;
        canvas.paint([x, y, x + 1.0, y + 1.0], |x, y, _| backdrop(scene, x, y, drift));
        if !scene.camera.moves() && scene.drift == [0.0; 2] {
            self.backdrop = Some(canvas.colours.clone());
        }
        canvas.colours
    }
}

/// `[left, top, right, bottom]` of a rectangle and the pixels at its edge.
fn around(rectangle: &Rectangle, pixel: f32) -> [f32; 4] {
    let [left, top] = [rectangle.left, rectangle.top].map(|v| v as f32 - pixel);
    let [right, bottom] = [rectangle.right, rectangle.bottom].map(|v| v as f32 + pixel);
    [left, top, right, bottom]
}

/// Colours before rounding, [size, size].
struct Canvas {
    colours: Vec<Colour>,
    size: usize,
    /// The room's coordinates of the upper left corner.
    origin: [f32; 2],
}

impl Canvas {
    /// Replaces every pixel whose centre lies in `[left, top, right, bottom]` of the room by what `shade(x, y, under)`
    /// says.
    fn paint(&mut self, area: [f32; 4], shade: impl Fn(f32, f32, Colour) -> Colour) {
        let (size, [x, y]) = (self.size as f32, self.origin);
        let at = |v: f32| ((v * size).max(0.0) as usize).min(self.size);
        let [left, top, right, bottom] = [at(area[0] - x), at(area[1] - y), at(area[2] - x), at(area[3] - y)];
        for row in top..(bottom + 1).min(self.size) {
            for column in left..(right + 1).min(self.size) {
                let under = &mut self.colours[row * self.size + column];
                *under = shade((column as f32 + 0.5) / size + x, (row as f32 + 0.5) / size + y, *under);
            }
        }
    }
}

/// A glossy body: light from one side, light thrown back by the ground, a highlight, a darker rim. A disc is a sphere;
/// other outlines are slabs with the same light across them.
fn paint_object(object: &Object, x: f32, y: f32, pixel: f32, under: Colour) -> Colour {
    let r = object.radius as f32;
    let (u, v) = ((x - object.position[0] as f32) / r, (y - object.position[1] as f32) / r);
    let cover = (-object.shape.distance(u, v) * r / pixel + 0.5).clamp(0.0, 1.0);
    if cover == 0.0 {
        return under;
    }
    // The surface normal; beyond the rim it is that of the rim.
    let depth = match object.shape {
        Shape::Disc => (1.0 - u * u - v * v).max(0.0).sqrt(),
        _ => 0.8,
    };
    let lambert = u * LIGHT[0] + v * LIGHT[1] + depth * LIGHT[2];
    let lit = fade(1.0 - (0.5 + 0.5 * lambert), 1.0);
    let bounce = (v * 0.8 - depth * 0.3).max(0.0);
    let shade = object.pattern.shade(u, v);
    let body = object.colour.map(|c| (c * shade * (0.36 + 0.72 * lit + 0.22 * bounce)).min(255.0));
    // Blinn's half vector between the light and the viewer, who looks along the depth axis: (L + z) / |L + z|.
    let half = (u * LIGHT[0] + v * LIGHT[1] + depth * (LIGHT[2] + 1.0)) / 1.789;
    let gloss = if object.shape == Shape::Disc { square(square(square(square(half.max(0.0))))) } else { 0.0 };
    let shine = mix(body, WHITE, 0.12 * lit * lit + 0.75 * square(gloss));
    mix(under, shine, cover)
}

/// A standing slab: lit from the left, paler at its top.
fn paint_pillar(pillar: &Rectangle, base: Colour, x: f32, y: f32, pixel: f32, under: Colour) -> Colour {
    let inside = -pillar.distance(f64::from(x), f64::from(y), CORNER) as f32;
    let cover = (inside / pixel + 0.5).clamp(0.0, 1.0);
    if cover == 0.0 {
        return under;
    }
    let across = (x - pillar.left as f32) / (pillar.right - pillar.left) as f32;
    let down = (y - pillar.top as f32) / (pillar.bottom - pillar.top) as f32;
    let round = 1.0 - square(2.0 * across - 0.7) * 0.35;
    let body = base.map(|c| c * (0.72 + 0.38 * round - 0.16 * down));
    let edge = fade(square(inside / 0.02), 1.0) * (1.0 - across).max(0.0) * (1.0 - 0.6 * down);
    mix(under, mix(body, WHITE, 0.3 * edge), cover)
}

/// A massive block: a pale face with a dark frame, unlike a pillar.
fn paint_block(block: &Rectangle, base: Colour, x: f32, y: f32, pixel: f32, under: Colour) -> Colour {
    let inside = -block.distance(f64::from(x), f64::from(y), CORNER) as f32;
    let cover = (inside / pixel + 0.5).clamp(0.0, 1.0);
    let face = mix(base, WHITE, 0.55 - 0.2 * (y - block.top as f32));
    let frame = ((0.028 - inside) / pixel + 0.5).clamp(0.0, 1.0);
    mix(under, mix(face, BLACK, 0.75 * frame), cover)
}
