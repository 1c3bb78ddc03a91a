//! Motion: free flight under gravity or none, and bounces off walls, blocks and each other without losing energy, so that
//! a world never comes to rest.

use super::{object::Object, shapes::Rectangle};

/// Fast objects would pass through each other in a single step a frame.
const SUBSTEPS: usize = 4;

/// What holds for every object of a scene.
#[derive(Debug, Clone)]
pub(super) struct Law {
    /// Sides a frame squared, downwards.
    pub gravity: f64,
    /// Walls, floor and ceiling.
    pub room: Rectangle,
    pub blocks: Vec<Rectangle>,
}

/// One frame.
pub(super) fn advance(objects: &mut [Object], law: &Law) {
    for _ in 0..SUBSTEPS {
        objects.iter_mut().for_each(|object| fly(object, law.gravity));
        for i in 1..objects.len() {
            let (before, rest) = objects.split_at_mut(i);
            before.iter_mut().for_each(|other| collide(other, &mut rest[0]));
        }
        for object in objects.iter_mut() {
            if !object.ghost {
                law.blocks.iter().for_each(|block| bounce_off(object, block, law.gravity));
            }
            stay_inside(object, law);
        }
    }
}

/// Free flight: exact for constant acceleration.
fn fly(object: &mut Object, gravity: f64) {
    const DT: f64 = 1.0 / SUBSTEPS as f64;
    object.position[0] += object.velocity[0] * DT;
    object.position[1] += object.velocity[1] * DT + 0.5 * gravity * DT * DT;
    object.velocity[1] += gravity * DT;
}

fn stay_inside(object: &mut Object, law: &Law) {
    let (r, room) = (object.radius, &law.room);
    let [x, y] = object.position;
    if x < room.left + r {
        contact(object, [room.left + r, y], [1.0, 0.0], law.gravity);
    } else if x > room.right - r {
        contact(object, [room.right - r, y], [-1.0, 0.0], law.gravity);
    }
    let [x, y] = object.position;
    if y < room.top + r {
        contact(object, [x, room.top + r], [0.0, 1.0], law.gravity);
    } else if y > room.bottom - r {
        contact(object, [x, room.bottom - r], [0.0, -1.0], law.gravity);
    }
}

fn bounce_off(object: &mut Object, block: &Rectangle, gravity: f64) {
    if let Some((out, normal)) = block.push_out(object.position, object.radius) {
        contact(object, out, normal, gravity);
    }
}

/// Put an object back to `place` and turn its motion away along `normal`.
///
/// Putting it back changes its height: what that gains is taken from its speed.
fn contact(object: &mut Object, place: [f64; 2], normal: [f64; 2], gravity: f64) {
    let drop = place[1] - object.position[1];
    object.position = place;
    let [u, v] = object.velocity;
    let closing = u * normal[0] + v * normal[1];
    if closing < 0.0 {
        object.velocity = [u - 2.0 * closing * normal[0], v - 2.0 * closing * normal[1]];
    }
    let before = u * u + v * v;
    let after = (before + 2.0 * gravity * drop).max(0.0);
    if before > 0.0 {
        let scale = (after / before).sqrt();
        object.velocity = object.velocity.map(|speed| speed * scale);
    }
}

/// Elastic collision of two discs that touch. Pushing them apart leaves their common centre of mass where it was.
fn collide(a: &mut Object, b: &mut Object) {
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
    use crate::world::object::{Pattern, Shape};

    #[test]
    fn a_head_on_collision_of_equals_swaps_their_velocities() {
        let object = |x: f64, u: f64| Object {
            id: 0,
            position: [x, 0.5],
            velocity: [u, 0.0],
            radius: 0.1,
            shape: Shape::Disc,
            pattern: Pattern::Plain,
            colour: [0.0; 3],
            ghost: false,
        };
        let (mut a, mut b) = (object(0.45, 0.02), object(0.6, -0.01));
        collide(&mut a, &mut b);
        assert!((a.velocity[0] + 0.01).abs() < 1e-15 && (b.velocity[0] - 0.02).abs() < 1e-15);
        assert!((b.position[0] - a.position[0] - 0.2).abs() < 1e-15);
    }
}
