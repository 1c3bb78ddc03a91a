//! Painting a frame: every pixel is computed from the shapes, edges are smoothed over one pixel, back to front.

use super::physics::{Ball, FLOOR};
use super::scene::{Pillar, Scene};

type Colour = [f32; 3];

/// Where sky meets ground.
const HORIZON: f32 = 0.74;
/// Height over which they blend.
const HAZE: f32 = 0.035;
/// Towards the light: from the upper left, in front of the picture. Unit length.
const LIGHT: [f32; 3] = [-0.48, -0.64, 0.6];
const WHITE: Colour = [255.0; 3];
const SHADOW: Colour = [18.0, 14.0, 40.0];

/// RGBA [size, size, 4], opaque.
pub(super) fn render(scene: &Scene, balls: &[Ball], size: usize) -> Vec<u8> {
    let pixel = 1.0 / size as f32;
    let mut canvas = Canvas { colours: vec![[0.0; 3]; size * size], size };
    canvas.paint([0.0, 0.0, 1.0, 1.0], |x, y, _| backdrop(scene, x, y));
    for shadow in balls.iter().map(Shadow::of_ball).chain([Shadow::of_pillar(&scene.pillar)]) {
        let ([x, y], [w, h]) = (shadow.centre, shadow.half);
        canvas.paint([x - w, y - h, x + w, y + h], |u, v, under| mix(under, SHADOW, shadow.depth(u, v)));
    }
    for ball in balls {
        let ([x, y], r) = (ball.position.map(|v| v as f32), ball.radius as f32 + pixel);
        let base = rgb(scene.palette.balls[ball.colour]);
        canvas.paint([x - r, y - r, x + r, y + r], |u, v, under| paint_ball(ball, base, u, v, pixel, under));
    }
    let pillar = &scene.pillar;
    let area = [pillar.left, pillar.top, pillar.right, Pillar::BOTTOM].map(|v| v as f32);
    let area = [area[0] - pixel, area[1] - pixel, area[2] + pixel, area[3] + pixel];
    canvas.paint(area, |x, y, under| paint_pillar(scene, x, y, pixel, under));
    let byte = |v: f32| (v + 0.5).clamp(0.0, 255.0) as u8;
    canvas.colours.iter().flat_map(|c| [byte(c[0]), byte(c[1]), byte(c[2]), 255]).collect()
}

/// Colours before rounding, [size, size].
struct Canvas {
    colours: Vec<Colour>,
    size: usize,
}

impl Canvas {
    /// Replaces every pixel whose centre lies in `[left, top, right, bottom]` by what `shade(x, y, under)` says.
    fn paint(&mut self, area: [f32; 4], shade: impl Fn(f32, f32, Colour) -> Colour) {
        let size = self.size as f32;
        let [left, top, right, bottom] = area.map(|v| ((v * size).max(0.0) as usize).min(self.size));
        for row in top..(bottom + 1).min(self.size) {
            for column in left..(right + 1).min(self.size) {
                let under = &mut self.colours[row * self.size + column];
                *under = shade((column as f32 + 0.5) / size, (row as f32 + 0.5) / size, *under);
            }
        }
    }
}

/// Sky and ground, with a soft light behind the scene and darker corners.
fn backdrop(scene: &Scene, x: f32, y: f32) -> Colour {
    let gradient = |[from, to]: [u32; 2], share: f32| mix(rgb(from), rgb(to), share.clamp(0.0, 1.0));
    let sky = gradient(scene.palette.sky, y / HORIZON);
    let ground = gradient(scene.palette.ground, (y - HORIZON) / (1.0 - HORIZON));
    let colour = mix(ground, sky, fade(y - HORIZON + HAZE / 2.0, HAZE));
    let glow = fade(square(x - 0.32) + square(y - 0.28), 0.3);
    let corner = square(x - 0.5) + square(y - 0.5);
    mix(mix(colour, WHITE, 0.16 * glow), SHADOW, 0.22 * corner)
}

/// A soft ellipse on the ground.
struct Shadow {
    centre: [f32; 2],
    half: [f32; 2],
    /// In the middle, 0 to 1.
    darkness: f32,
}

impl Shadow {
    /// Small and dark where a ball touches the ground, wide and faint when it is high up.
    fn of_ball(ball: &Ball) -> Self {
        let r = ball.radius as f32;
        let height = (FLOOR - ball.position[1]) as f32 - r;
        let near = (1.0 - height / 0.8).clamp(0.0, 1.0);
        let half = (1.5 - 0.5 * near) * r;
        let centre = [ball.position[0] as f32, FLOOR as f32];
        Self { centre, half: [half, 0.32 * half], darkness: 0.5 * near * near }
    }

    /// Falls away from the light.
    fn of_pillar(pillar: &Pillar) -> Self {
        let [left, right] = [pillar.left, pillar.right].map(|v| v as f32);
        let width = right - left;
        let centre = [(left + right) / 2.0 + 0.12 * width, Pillar::BOTTOM as f32 - 0.012];
        Self { centre, half: [0.8 * width, 0.045], darkness: 0.55 }
    }

    fn depth(&self, x: f32, y: f32) -> f32 {
        let [u, v] = [(x - self.centre[0]) / self.half[0], (y - self.centre[1]) / self.half[1]];
        self.darkness * fade(u * u + v * v, 1.0)
    }
}

/// A glossy sphere: light from one side, light thrown back by the ground, a highlight, a darker rim.
fn paint_ball(ball: &Ball, base: Colour, x: f32, y: f32, pixel: f32, under: Colour) -> Colour {
    let r = ball.radius as f32;
    let (u, v) = ((x - ball.position[0] as f32) / r, (y - ball.position[1] as f32) / r);
    let distance = (u * u + v * v).sqrt();
    let cover = ((1.0 - distance) * r / pixel + 0.5).clamp(0.0, 1.0);
    if cover == 0.0 {
        return under;
    }
    // The surface normal; beyond the rim it is that of the rim.
    let depth = (1.0 - distance * distance).max(0.0).sqrt();
    let lambert = u * LIGHT[0] + v * LIGHT[1] + depth * LIGHT[2];
    let lit = fade(1.0 - (0.5 + 0.5 * lambert), 1.0);
    let bounce = (v * 0.8 - depth * 0.3).max(0.0);
    let body = base.map(|c| c * (0.36 + 0.72 * lit + 0.22 * bounce));
    // Blinn's half vector between the light and the viewer, who looks along the depth axis: (L + z) / |L + z|.
    let half = (u * LIGHT[0] + v * LIGHT[1] + depth * (LIGHT[2] + 1.0)) / 1.789;
    let gloss = square(square(square(square(half.max(0.0)))));
    let shine = mix(body, WHITE, 0.12 * lit * lit + 0.75 * square(gloss));
    mix(under, shine, cover)
}

/// A standing slab: lit from the left, paler at its top.
fn paint_pillar(scene: &Scene, x: f32, y: f32, pixel: f32, under: Colour) -> Colour {
    let pillar = &scene.pillar;
    let inside = -pillar.distance(f64::from(x), f64::from(y)) as f32;
    let cover = (inside / pixel + 0.5).clamp(0.0, 1.0);
    if cover == 0.0 {
        return under;
    }
    let across = (x - pillar.left as f32) / (pillar.right - pillar.left) as f32;
    let down = (y - pillar.top as f32) / (Pillar::BOTTOM - pillar.top) as f32;
    let round = 1.0 - square(2.0 * across - 0.7) * 0.35;
    let base = rgb(scene.palette.pillar).map(|c| c * (0.72 + 0.38 * round - 0.16 * down));
    let edge = fade(square(inside / 0.02), 1.0) * (1.0 - across).max(0.0) * (1.0 - 0.6 * down);
    mix(under, mix(base, WHITE, 0.3 * edge), cover)
}

/// 1 at 0, smoothly down to 0 at `end`.
fn fade(value: f32, end: f32) -> f32 {
    let left = (1.0 - value / end).clamp(0.0, 1.0);
    left * left * (3.0 - 2.0 * left)
}

fn square(v: f32) -> f32 {
    v * v
}

fn mix(from: Colour, to: Colour, share: f32) -> Colour {
    std::array::from_fn(|i| from[i] + (to[i] - from[i]) * share)
}

fn rgb(hex: u32) -> Colour {
    [hex >> 16, hex >> 8, hex].map(|v| (v & 255) as f32)
}
