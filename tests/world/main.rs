//! The procedural world: the same for a seed, lively, inside its walls, and true to what it says about itself.
#![cfg(not(target_arch = "wasm32"))]

use vjepa_web::world::World;

const SEEDS: std::ops::Range<u64> = 0..12;

fn mean_difference(a: &[u8], b: &[u8]) -> f64 {
    a.iter().zip(b).map(|(x, y)| f64::from(x.abs_diff(*y))).sum::<f64>() / a.len() as f64
}

#[test]
fn a_seed_gives_the_same_clip_and_another_seed_another() {
    let clip = |seed| World::new(&WorldSpec::rich(), seed).clip(8, 32);
    for seed in SEEDS {
        assert_eq!(clip(seed), clip(seed));
        assert!(mean_difference(&clip(seed), &clip(seed + 1)) > 5.0, "seeds {seed} and {} look alike", seed + 1);
    }
}

#[test]
fn a_clip_is_its_frames_and_leaves_the_world_after_them() {
    let (mut filmed, mut stepped) = (World::new(&WorldSpec::rich(), 3), World::new(&WorldSpec::rich(), 3));
    let clip = filmed.clip(4, 24);
    for frame in clip.chunks_exact(24 * 24 * 4) {
        assert_eq!(frame, stepped.render(24));
        stepped.advance(1);
    }
    assert_eq!((filmed.frame(), filmed.truth()), (4, stepped.truth()));
}

#[test]
fn physics_does_not_depend_on_the_size_of_the_picture() {
    let (mut small, mut large) = (World::new(&WorldSpec::rich(), 5), World::new(&WorldSpec::rich(), 5));
    small.clip(40, 8);
    large.clip(40, 50);
    assert_eq!(small.truth(), large.truth());
}

#[test]
fn pictures_of_any_size_are_opaque_and_show_the_same_scene() {
    let world = World::new(&WorldSpec::rich(), 1);
    for size in [1, 7, 64, 96] {
        let picture = world.render(size);
        assert_eq!(picture.len(), size * size * 4);
        assert!(picture.iter().skip(3).step_by(4).all(|&alpha| alpha == 255));
    }
    // Each pixel of the small picture is the mean of a square of the large one, up to smoothing at edges.
    let (small, large) = (world.render(48), world.render(96));
    let shrunk: Vec<u8> = (0..small.len())
        .map(|i| {
            let (y, x, channel) = (i / 192, i % 192 / 4, i % 4);
            let at = |dy, dx| u32::from(large[((2 * y + dy) * 96 + 2 * x + dx) * 4 + channel]);
            ((at(0, 0) + at(0, 1) + at(1, 0) + at(1, 1)) / 4) as u8
        })
        .collect();
    let difference = mean_difference(&small, &shrunk);
    assert!(difference < 1.5, "sizes differ by {difference} levels");
}

#[test]
fn balls_move_visibly_within_eight_frames_and_never_stop() {
    for seed in SEEDS {
        let mut world = World::new(&WorldSpec::rich(), seed);
        for start in [0, 500, 3000] {
            world.advance(start - world.frame() as usize);
            let before = world.truth();
            let clip = world.clip(8, 64);
            let after = world.truth();
            let farthest = before.iter().zip(&after).map(|(a, b)| {
                let [u, v] = [0, 1].map(|i| a.position[i] - b.position[i]);
                u.hypot(v)
            });
            // An eighth of the picture is the width of a patch of the default model.
            let farthest = farthest.fold(0.0, f32::max);
            assert!(farthest > 0.125, "seed {seed} at {start}: at most {farthest} sides in 8 frames");
            let (first, last) = (&clip[..64 * 64 * 4], &clip[7 * 64 * 64 * 4..]);
            assert!(mean_difference(first, last) > 1.0, "seed {seed} at {start}");
        }
    }
}

#[test]
fn balls_stay_in_the_room_apart_from_each_other() {
    for seed in SEEDS {
        let mut world = World::new(&WorldSpec::rich(), seed);
        for _ in 0..2000 {
            world.advance(1);
            let balls = world.truth();
            for (i, a) in balls.iter().enumerate() {
                let ([x, y], r) = (a.position, a.radius - 1e-4);
                assert!(a.id == i && x >= r && x <= 1.0 - r && y >= r && y <= 0.9 - r, "seed {seed}: {a:?}");
                for b in &balls[..i] {
                    let gap = (x - b.position[0]).hypot(y - b.position[1]) - a.radius - b.radius;
                    assert!(gap > -0.04, "seed {seed}: {a:?} is inside {b:?}");
                }
            }
        }
    }
}

#[test]
fn velocity_is_what_position_does_between_bounces() {
    let mut checked = 0;
    for seed in SEEDS {
        let mut world = World::new(&WorldSpec::rich(), seed);
        for _ in 0..100 {
            let before = world.truth();
            world.advance(1);
            for (a, b) in before.iter().zip(world.truth()) {
                // Horizontal speed changes in collisions only.
                if a.velocity[0] == b.velocity[0] {
                    assert!((b.position[0] - a.position[0] - a.velocity[0]).abs() < 1e-5);
                    checked += 1;
                }
            }
        }
    }
    assert!(checked > 2000);
}

#[test]
fn every_ball_is_seen_and_some_pass_behind_the_pillar() {
    let mut hidden_somewhere = 0;
    for seed in SEEDS {
        let mut world = World::new(&WorldSpec::rich(), seed);
        let (mut hidden, mut partly, mut seen) = (0, 0, 0);
        for _ in 0..1500 {
            world.advance(1);
            for ball in world.truth() {
                assert!((0.0..=1.0).contains(&ball.visible));
                hidden += u32::from(ball.visible == 0.0);
                partly += u32::from(ball.visible > 0.0 && ball.visible < 1.0);
                seen += u32::from(ball.visible == 1.0);
            }
        }
        assert!(partly > 0 && seen > 1000, "seed {seed}: {hidden} hidden, {partly} partly, {seen} seen");
        hidden_somewhere += u32::from(hidden > 0);
    }
    assert!(hidden_somewhere > 6, "only {hidden_somewhere} seeds ever hide a ball");
}

#[test]
fn a_fully_hidden_ball_leaves_no_trace_in_the_picture() {
    // Two moments at which the same pixel is the pillar's, once with a ball behind it and once without.
    const SIZE: usize = 64;
    let mut compared = 0;
    for seed in SEEDS {
        let mut world = World::new(&WorldSpec::rich(), seed);
        let mut before: Option<(usize, Vec<u8>)> = None;
        for _ in 0..800 {
            world.advance(1);
            let pixel = |[x, y]: [f32; 2]| (y * SIZE as f32) as usize * SIZE + (x * SIZE as f32) as usize;
            if let Some(ball) = world.truth().iter().find(|ball| ball.visible == 0.0) {
                let place = pixel(ball.position);
                let picture = world.render(SIZE);
                let colour = picture[place * 4..place * 4 + 4].to_vec();
                before.get_or_insert((place, colour));
            } else if let Some((place, colour)) = before.take() {
                assert_eq!(colour, world.render(SIZE)[place * 4..place * 4 + 4]);
                compared += 1;
            }
        }
    }
    assert!(compared > 10);
}
