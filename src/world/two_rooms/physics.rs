//! Motion of bodies that only pushes move: they slow down by friction, slide along walls and push each other without
//! bouncing, so that no contact adds energy.

use crate::world::{object::Shape, shapes::Rectangle};

/// Share of the agent's velocity that a tick keeps.
const KEPT: f64 = 0.75;
/// What a full push adds to the agent's velocity in a tick, sides a tick.
const PUSH: f64 = 0.009375;
/// The velocity that a full push tends to, sides a tick: `PUSH / (1 - KEPT)`.
pub(super) const FASTEST: f64 = 0.0375;
/// Share of a block's velocity that a tick keeps: blocks slow down sooner than the agent.
const BLOCK_KEPT: f64 = 0.6;
/// Steps of a tick: in one of them nothing moves farther than half a wall.
const STEPS: usize = 4;
/// Passes in which bodies that overlap are parted; few are needed unless some are wedged.
const PASSES: usize = 64;
/// Overlap that counts as a touch.
const TOUCH: f64 = 1e-10;

/// The agent or a block. All collide as discs.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Body {
    /// Centre, in sides of the picture.
    pub position: [f64; 2],
    /// Sides a tick.
    pub velocity: [f64; 2],
    pub radius: f64,
    /// What it looks like.
    pub shape: Shape,
}

impl Body {
    /// All are of one material: mass goes with area.
    fn mass(&self) -> f64 {
        self.radius * self.radius
    }
}

/// What stops bodies.
pub(super) struct Walls {
    /// The room between the outer walls.
    pub room: Rectangle,
    /// Pieces of the inner wall. They reach beyond the room, so that no body is pushed out at those ends.
    pub pieces: Vec<Rectangle>,
}

/// The agent's velocity after a tick, in any unit: `full` is what a full push tends to.
pub(super) fn pushed(velocity: f64, push: f64, full: f64) -> f64 {
    KEPT * velocity + PUSH / FASTEST * full * push
}

/// One tick. The first body is the agent.
pub(super) fn tick(bodies: &mut [Body], walls: &Walls, push: [f64; 2]) {
    let [agent, blocks @ ..] = bodies else { return };
    agent.velocity = [0, 1].map(|i| pushed(agent.velocity[i], push[i], FASTEST));
    for block in blocks {
        block.velocity = block.velocity.map(|v| BLOCK_KEPT * v);
    }
    for _ in 0..STEPS {
        for body in bodies.iter_mut() {
            body.position = [0, 1].map(|i| body.position[i] + body.velocity[i] / STEPS as f64);
        }
        settle(bodies, walls);
    }
}

/// Parts bodies from walls and from each other. Where there isn't room for both, walls are kept and bodies overlap.
pub(super) fn settle(bodies: &mut [Body], walls: &Walls) {
    bodies.iter_mut().for_each(|body| walls.stop(body));
    for _ in 0..PASSES {
        let mut overlap = false;
        for i in 1..bodies.len() {
            let (before, rest) = bodies.split_at_mut(i);
            for other in before {
                if part(other, &mut rest[0]) {
                    walls.stop(other);
                    walls.stop(&mut rest[0]);
                    overlap = true;
                }
            }
        }
        if !overlap {
            return;
        }
    }
}

/// Pushes two bodies that overlap apart and takes the speed at which they close from them, as between lumps of clay:
/// their momentum stays. Whether they overlapped.
fn part(a: &mut Body, b: &mut Body) -> bool {
    let apart = [0, 1].map(|i| b.position[i] - a.position[i]);
    let distance = (apart[0] * apart[0] + apart[1] * apart[1]).sqrt();
    let overlap = a.radius + b.radius - distance;
    if overlap <= TOUCH {
        return false;
    }
    let normal = if distance > 0.0 { apart.map(|v| v / distance) } else { [1.0, 0.0] };
    let share = a.mass() / (a.mass() + b.mass());
    let closing = (0..2).map(|i| (a.velocity[i] - b.velocity[i]) * normal[i]).sum::<f64>().max(0.0);
    for (i, along) in normal.into_iter().enumerate() {
        a.position[i] -= overlap * (1.0 - share) * along;
        b.position[i] += overlap * share * along;
        a.velocity[i] -= closing * (1.0 - share) * along;
        b.velocity[i] += closing * share * along;
    }
    true
}

impl Walls {
    /// Whether a disc stands clear of all walls, or touches them.
    pub fn clear(&self, [x, y]: [f64; 2], radius: f64) -> bool {
        let (room, radius) = (&self.room, radius - 1e-9);
        let inside =
            x >= room.left + radius && x <= room.right - radius && y >= room.top + radius && y <= room.bottom - radius;
        inside && self.pieces.iter().all(|piece| piece.distance(x, y, 0.0) >= radius)
    }

    /// Puts a body that entered a wall back to where it touches it and takes the velocity into the wall from it.
    pub fn stop(&self, body: &mut Body) {
        let (r, room) = (body.radius, &self.room);
        for (i, (from, to)) in [(room.left, room.right), (room.top, room.bottom)].into_iter().enumerate() {
            let place = body.position[i].clamp(from + r, to - r);
            if (place - body.position[i]) * body.velocity[i] < 0.0 {
                body.velocity[i] = 0.0;
            }
            body.position[i] = place;
        }
        self.pieces.iter().for_each(|piece| push_out(body, piece));
    }
}

fn push_out(body: &mut Body, piece: &Rectangle) {
    if let Some((out, normal)) = piece.push_out(body.position, body.radius) {
        touch(body, out, normal);
    }
}

/// Puts a body to `place`, where it touches a wall, and lets it slide along: `normal` points out of the wall.
fn touch(body: &mut Body, place: [f64; 2], normal: [f64; 2]) {
    body.position = place;
    let [u, v] = body.velocity;
    let into = (u * normal[0] + v * normal[1]).min(0.0);
    body.velocity = [u - into * normal[0], v - into * normal[1]];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{rng::Rng, world::two_rooms::RADIUS};

    fn crowd(rng: &mut Rng) -> Vec<Body> {
        let body = |radius, rng: &mut Rng| Body {
            position: [rng.range(0.1, 0.9), rng.range(0.1, 0.9)],
            velocity: [rng.range(-0.07, 0.07), rng.range(-0.07, 0.07)],
            radius,
            shape: Shape::Disc,
        };
        [0.06, 0.04, 0.05, 0.055, 0.045].into_iter().map(|radius| body(radius, rng)).collect()
    }

    fn walls() -> Walls {
        let pieces = vec![
            Rectangle { left: 0.475, top: -1.0, right: 0.525, bottom: 0.4 },
            Rectangle { left: 0.475, top: 0.6, right: 0.525, bottom: 2.0 },
        ];
        Walls { room: Rectangle { left: 0.04, top: 0.04, right: 0.96, bottom: 0.96 }, pieces }
    }

    fn energy(bodies: &[Body]) -> f64 {
        bodies.iter().map(|body| body.mass() * body.velocity.iter().map(|v| v * v).sum::<f64>()).sum()
    }

    #[test]
    fn contacts_never_add_energy_and_keep_bodies_out_of_walls() {
        let (mut rng, walls) = (Rng::new(1), walls());
        for _ in 0..200 {
            let mut bodies = crowd(&mut rng);
            for _ in 0..40 {
                let before = energy(&bodies);
                tick(&mut bodies, &walls, [0.0; 2]);
                // Friction alone leaves the agent, which slows down least, so much.
                assert!(energy(&bodies) <= before * KEPT * KEPT * (1.0 + 1e-12));
                assert!(bodies.iter().all(|body| walls.clear(body.position, body.radius)));
                // And settling alone adds nothing.
                let before = energy(&bodies);
                settle(&mut bodies, &walls);
                assert!(energy(&bodies) <= before * (1.0 + 1e-12));
            }
        }
    }

    #[test]
    fn a_push_keeps_momentum_and_leaves_both_at_one_speed() {
        let body = |x, speed, radius| Body { position: [x, 0.5], velocity: [speed, 0.0], radius, shape: Shape::Square };
        let (mut a, mut b) = (body(0.4, 0.03, 0.06), body(0.495, 0.0, 0.04));
        let momentum = |a: &Body, b: &Body| a.mass() * a.velocity[0] + b.mass() * b.velocity[0];
        let before = momentum(&a, &b);
        assert!(part(&mut a, &mut b));
        assert!((momentum(&a, &b) - before).abs() < 1e-18);
        assert!((a.velocity[0] - b.velocity[0]).abs() < 1e-15 && b.velocity[0] > 0.02);
        assert!((b.position[0] - a.position[0] - 0.1).abs() < 1e-15);
    }

    #[test]
    fn bodies_that_overlap_by_a_wall_are_not_parted_across_it() {
        let walls = walls();
        let body = |x, radius| Body { position: [x, 0.2], velocity: [0.0; 2], radius, shape: Shape::Disc };
        for (block, overlap) in [(0.04, 0.01), (0.04, 0.05), (0.04, 0.099), (0.055, 0.01), (0.055, 0.114)] {
            let (by_wall, reach) = (0.475 - block, RADIUS + block);
            let mut bodies = [body(by_wall - reach + overlap, RADIUS), body(by_wall, block)];
            settle(&mut bodies, &walls);
            assert!(bodies.iter().all(|body| body.position[0] < 0.475), "{bodies:?}");
            assert!((bodies[1].position[0] - bodies[0].position[0] - reach).abs() < 1e-9, "{bodies:?}");
        }
    }
}
