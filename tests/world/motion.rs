//! The laws: nothing leaves the room or gains energy, and velocity is what position does.

use crate::{any_spec, cases, gap, specs};
use proptest::prelude::*;
use vjepa_web::world::{Truth, World, WorldSpec};

/// Where things fall before a still camera; the unit of length is the side.
const FLOOR: f32 = 0.9;
/// Truth is said in f32.
const ROUNDING: f32 = 1e-5;

/// Every scene as full as the world has them, before a camera that stands still.
fn crowded(gravity: f64) -> WorldSpec {
    WorldSpec { gravity, solid: 1.0, occluder: 1.0, camera: 0.0, objects: (3, 5), ..WorldSpec::rich() }
}

fn inside(object: &Truth, floor: f32) -> bool {
    let ([x, y], r) = (object.position, object.radius - ROUNDING);
    x >= r && x <= 1.0 - r && y >= r && y <= floor - r
}

/// Kinetic and potential, of all objects together.
fn energy(world: &World, fall: f64) -> f64 {
    let gravity = if world.falls() { fall } else { 0.0 };
    let of = |object: &Truth| {
        let [u, v] = object.velocity.map(f64::from);
        let height = f64::from(FLOOR - object.position[1]);
        f64::from(object.radius).powi(2) * (0.5 * (u * u + v * v) + gravity * height)
    };
    world.truth().iter().map(of).sum()
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn everything_stays_in_sight_and_apart(spec in any_spec(), seed in 0u64..1 << 31) {
        let mut world = World::new(&spec, seed);
        // A moving camera may show what is below the floor.
        let floor = if world.falls() && spec.camera == 0.0 { FLOOR } else { 1.0 };
        for frame in 0..400 {
            let truth = world.truth();
            for (i, object) in truth.iter().enumerate() {
                prop_assert!(inside(object, floor) && !world.inside_block(object.id), "frame {frame}: {object:?}");
                for other in &truth[..i] {
                    // A wall may push one into another for as long as their collision takes.
                    let least = if frame == 0 { 0.0 } else { -0.04 };
                    prop_assert!(gap(object, other) > least, "frame {frame}: {object:?} is inside {other:?}");
                }
            }
            world.advance(1);
        }
    }

    #[test]
    fn scenes_begin_with_what_their_world_promises(spec in any_spec(), seed in 0u64..1 << 31) {
        let world = World::new(&spec, seed);
        let truth = world.truth();
        prop_assert!((1..=spec.objects.1).contains(&truth.len()), "{} objects", truth.len());
        for object in truth {
            let radius = f64::from(object.radius);
            prop_assert!(spec.radius.0 - 1e-6 <= radius && radius <= spec.radius.1 + 1e-6);
            prop_assert!(!world.inside_block(object.id));
        }
    }
}

#[test]
fn energy_is_kept_over_thousands_of_frames() {
    for (seed, gravity) in (0..8).flat_map(|seed| [(seed, 0.0), (seed, 1.0)]) {
        let spec = crowded(gravity);
        let mut world = World::new(&spec, seed);
        let first = energy(&world, spec.fall);
        for _ in 0..60 {
            world.advance(50);
            let share = energy(&world, spec.fall) / first;
            assert!(
                (share - 1.0).abs() < 1e-3,
                "seed {seed}, gravity {gravity}: {share} of it at frame {}",
                world.frame()
            );
        }
    }
}

#[test]
fn nothing_comes_to_rest() {
    for (spec, seed) in specs().flat_map(|spec| (0..6).map(move |seed| (spec.clone(), seed))) {
        let mut world = World::new(&spec, seed);
        for start in [0, 500, 3000] {
            world.advance(start - world.frame() as usize);
            let mut way = 0.0;
            for _ in 0..8 {
                let fastest =
                    world.truth().iter().map(|object| object.velocity[0].hypot(object.velocity[1])).fold(0.0, f32::max);
                way += fastest;
                world.advance(1);
            }
            // Half a patch of an 8x8 grid.
            assert!(way > 0.0625, "{} {seed} at {start}: {way} sides in 8 frames", spec.name);
        }
    }
}

#[test]
fn velocity_is_what_position_does_between_bounces() {
    let mut checked = [0, 0];
    for (spec, seed) in specs().flat_map(|spec| (0..8).map(move |seed| (spec.clone(), seed))) {
        let mut world = World::new(&spec, seed);
        let gravity = if world.falls() { spec.fall as f32 } else { 0.0 };
        for _ in 0..120 {
            let before = world.truth();
            world.advance(1);
            for (a, b) in before.iter().zip(world.truth()) {
                for (axis, acceleration) in [0.0, gravity].into_iter().enumerate() {
                    let flies = (b.velocity[axis] - a.velocity[axis] - acceleration).abs() < 1e-7;
                    let moved = b.position[axis] - a.position[axis];
                    let expected = 0.5 * (a.velocity[axis] + b.velocity[axis]);
                    assert!(!flies || (moved - expected).abs() < ROUNDING, "{} {seed}: {a:?} then {b:?}", spec.name);
                    checked[axis] += usize::from(flies);
                }
            }
        }
    }
    assert!(checked[0] > 3000 && checked[1] > 3000, "only {checked:?} in free flight");
}
