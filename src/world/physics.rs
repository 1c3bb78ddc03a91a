//! Balls under gravity, bouncing off floor, walls and each other without losing energy, so that a world never comes to
//! rest.

/// Acceleration, sides a frame squared: a fall through the room takes about 30 frames.
pub(super) const GRAVITY: f64 = 0.0017;
/// Height at which balls bounce.
pub(super) const FLOOR: f64 = 0.9;
/// Fast balls would pass through each other in a single step a frame.
const SUBSTEPS: usize = 4;

#[derive(Clone, Debug)]
pub(super) struct Ball {
    pub position: [f64; 2],
    /// Sides a frame.
    pub velocity: [f64; 2],
    pub radius: f64,
    /// Index into the palette.
    pub colour: usize,
}

impl Ball {
    /// All balls are of one material: mass goes with area.
    fn mass(&self) -> f64 {
        self.radius * self.radius
    }
}

/// One frame.
pub(super) fn advance(balls: &mut [Ball]) {
    for _ in 0..SUBSTEPS {
        balls.iter_mut().for_each(fly);
        for i in 1..balls.len() {
            let (before, rest) = balls.split_at_mut(i);
            before.iter_mut().for_each(|other| collide(other, &mut rest[0]));
        }
        balls.iter_mut().for_each(bounce);
    }
}

/// Free flight: exact for constant acceleration.
fn fly(ball: &mut Ball) {
    const DT: f64 = 1.0 / SUBSTEPS as f64;
    ball.position[0] += ball.velocity[0] * DT;
    ball.position[1] += ball.velocity[1] * DT + 0.5 * GRAVITY * DT * DT;
    ball.velocity[1] += GRAVITY * DT;
}

/// Keeps a ball between the walls, on the floor and under the ceiling.
fn bounce(ball: &mut Ball) {
    let r = ball.radius;
    let [x, y] = ball.position;
    if x < r || x > 1.0 - r {
        ball.position[0] = x.clamp(r, 1.0 - r);
        ball.velocity[0] = ball.velocity[0].abs() * if x < r { 1.0 } else { -1.0 };
    }
    let inside = y.clamp(r, FLOOR - r);
    if inside != y {
        // Putting the ball back changes its height: what that gains is taken from its speed.
        let square = ball.velocity[1] * ball.velocity[1] + 2.0 * GRAVITY * (inside - y);
        ball.position[1] = inside;
        ball.velocity[1] = square.max(0.0).sqrt() * if y < r { 1.0 } else { -1.0 };
    }
}

/// Elastic collision of two discs that touch. Pushing them apart leaves their common centre of mass where it was.
fn collide(a: &mut Ball, b: &mut Ball) {
    let apart = [b.position[0] - a.position[0], b.position[1] - a.position[1]];
    let distance = (apart[0] * apart[0] + apart[1] * apart[1]).sqrt();
    let overlap = a.radius + b.radius - distance;
    if overlap <= 0.0 || distance == 0.0 {
        return;
    }
    let normal = apart.map(|v| v / distance);
    let share = a.mass() / (a.mass() + b.mass());
    let closing = (0..2).map(|i| (a.velocity[i] - b.velocity[i]) * normal[i]).sum::<f64>().max(0.0);
    for (i, along) in normal.into_iter().enumerate() {
        a.position[i] -= overlap * (1.0 - share) * along;
        b.position[i] += overlap * share * along;
        a.velocity[i] -= 2.0 * closing * (1.0 - share) * along;
        b.velocity[i] += 2.0 * closing * share * along;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;
    use crate::world::scene::place_balls;

    fn energy(balls: &[Ball]) -> f64 {
        let of = |ball: &Ball| {
            let [u, v] = ball.velocity;
            ball.mass() * (0.5 * (u * u + v * v) + GRAVITY * (FLOOR - ball.position[1]))
        };
        balls.iter().map(of).sum()
    }

    #[test]
    fn energy_is_kept_over_thousands_of_frames() {
        for seed in 0..10 {
            let mut balls = place_balls(&mut Rng::new(seed));
            let start = energy(&balls);
            (0..5000).for_each(|_| advance(&mut balls));
            let drift = energy(&balls) / start - 1.0;
            assert!(drift.abs() < 0.05, "seed {seed}: energy changed by {drift:+.3}");
        }
    }

    #[test]
    fn a_head_on_collision_of_equals_swaps_their_velocities() {
        let ball = |x: f64, u: f64| Ball { position: [x, 0.5], velocity: [u, 0.0], radius: 0.1, colour: 0 };
        let (mut a, mut b) = (ball(0.45, 0.02), ball(0.6, -0.01));
        collide(&mut a, &mut b);
        assert!((a.velocity[0] + 0.01).abs() < 1e-15 && (b.velocity[0] - 0.02).abs() < 1e-15);
        assert!((b.position[0] - a.position[0] - 0.2).abs() < 1e-15);
    }
}
