//! What the world says about itself is what its pictures show.

use crate::{any_spec, cases, distance, specs};
use proptest::prelude::*;
use vjepa_web::world::{Truth, World, WorldSpec};

const SIZE: usize = 64;

/// A still scene with a pillar, whose background may move.
fn pillar(distractor: f64) -> WorldSpec {
    WorldSpec { occluder: 1.0, solid: 0.0, camera: 0.0, distractor, ..WorldSpec::rich() }
}

/// The pixel at a place, RGB.
fn pixel(picture: &[u8], place: [f32; 2]) -> [u8; 3] {
    let [column, row] = place.map(|v| (v * SIZE as f32) as usize);
    let at = (row * SIZE + column) * 4;
    [picture[at], picture[at + 1], picture[at + 2]]
}

/// Centres of pixels, in sides.
fn places() -> impl Iterator<Item = [f32; 2]> {
    (0..SIZE * SIZE).map(|i| [i % SIZE, i / SIZE].map(|n| (n as f32 + 0.5) / SIZE as f32))
}

/// Whether a pixel may show some of these, smoothed edges and corners of squares included.
fn covered(place: [f32; 2], truth: &[Truth]) -> bool {
    truth.iter().any(|object| distance(place, object.position) < 1.2 * object.radius + 1.0 / SIZE as f32)
}

/// What is visible of each object of a world in so many frames, frame by frame.
fn visible(mut world: World, frames: usize) -> Vec<Vec<f32>> {
    let mut seen = vec![vec![]; world.truth().len()];
    for _ in 0..frames {
        world.truth().iter().for_each(|object| seen[object.id].push(object.visible));
        world.advance(1);
    }
    seen
}

#[test]
fn what_passes_behind_is_seen_then_hidden_and_seen_again() {
    let spec = WorldSpec { occluder: 1.0, ..WorldSpec::standard() };
    let hidden = |seen: &[f32]| {
        let first = seen.iter().position(|&share| share > 0.3).unwrap_or(seen.len());
        let last = seen.iter().rposition(|&share| share > 0.3).unwrap_or(0);
        (first..last).filter(|&frame| seen[frame] == 0.0).count()
    };
    let (mut found, mut unseen) = (0, 0);
    for seed in 0..300 {
        let world = World::new(&spec, seed);
        let hides = visible(world.clone(), 20).iter().any(|seen| hidden(seen) > 0);
        assert!(hides || !world.passes_behind(20), "seed {seed} hides nothing");
        found += usize::from(world.passes_behind(20));
        unseen += usize::from(hides);
    }
    // Of some nothing but a smoothed edge shows all the time.
    assert!(found > 10 && 4 * found > unseen, "{found} of {unseen}");
    assert!((0..50).all(|seed| !World::new(&WorldSpec { occluder: 0.0, ..spec.clone() }, seed).passes_behind(20)));
}

proptest! {
    #![proptest_config(cases(16))]

    #[test]
    fn objects_keep_who_they_are(spec in any_spec(), seed in 0u64..1 << 31) {
        let mut world = World::new(&spec, seed);
        let who = |object: &Truth| (object.id, object.radius, object.shape, object.pattern, object.colour);
        let first = world.truth();
        for (i, object) in first.iter().enumerate() {
            prop_assert!(first[..i].iter().all(|other| other.id < object.id && other.colour != object.colour));
        }
        for _ in 0..10 {
            world.advance(37);
            prop_assert_eq!(world.truth().iter().map(who).collect::<Vec<_>>(), first.iter().map(who).collect::<Vec<_>>());
        }
    }

    #[test]
    fn pixels_change_where_objects_move_and_nowhere_else(seed in 0u64..1 << 31) {
        let spec = WorldSpec { distractor: 0.0, camera: 0.0, ..WorldSpec::rich() };
        let mut world = World::new(&spec, seed);
        let (before, first) = (world.truth(), world.render(SIZE));
        world.advance(5);
        let (after, last) = (world.truth(), world.render(SIZE));
        for place in places().filter(|place| pixel(&first, *place) != pixel(&last, *place)) {
            prop_assert!(covered(place, &before) || covered(place, &after), "a pixel changed at {place:?}");
        }
    }
}

#[test]
fn without_a_pillar_everything_is_seen() {
    for seed in 0..20 {
        let mut world = World::new(&WorldSpec { occluder: 0.0, ..WorldSpec::rich() }, seed);
        world.advance(20);
        assert!(world.truth().iter().all(|object| object.visible == 1.0));
    }
}

#[test]
fn with_a_pillar_things_are_seen_and_partly_seen_and_hidden() {
    let (mut hidden, mut partly, mut seen) = (0, 0, 0);
    for seed in 0..12 {
        let mut world = World::new(&pillar(0.0), seed);
        for _ in 0..500 {
            world.advance(1);
            for object in world.truth() {
                assert!((0.0..=1.0).contains(&object.visible));
                hidden += u32::from(object.visible == 0.0);
                partly += u32::from(object.visible > 0.0 && object.visible < 1.0);
                seen += u32::from(object.visible == 1.0);
            }
        }
    }
    assert!(hidden > 500 && partly > 500 && seen > 500, "{hidden} hidden, {partly} partly, {seen} seen");
}

#[test]
fn what_is_hidden_leaves_no_trace_before_any_background() {
    // The same pixel of the pillar with something behind it and without.
    let mut compared = 0;
    for (seed, distractor) in (0..8).flat_map(|seed| [(seed, 0.0), (seed, 1.0)]) {
        let mut world = World::new(&pillar(distractor), seed);
        let mut before: Option<([f32; 2], [u8; 3])> = None;
        for _ in 0..300 {
            world.advance(1);
            let truth = world.truth();
            if let Some(object) = truth.iter().find(|object| object.visible == 0.0) {
                before.get_or_insert_with(|| (object.position, pixel(&world.render(SIZE), object.position)));
            } else if let Some((place, colour)) = before.take() {
                assert!(covered(place, &truth) || colour == pixel(&world.render(SIZE), place), "seed {seed}");
                compared += 1;
            }
        }
    }
    assert!(compared > 20, "only {compared} compared");
}

#[test]
fn camera_and_distractor_move_the_background() {
    for (camera, distractor) in [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0)] {
        let mut moved = 0;
        for seed in 0..10 {
            let mut world = World::new(&WorldSpec { camera, distractor, occluder: 0.0, ..WorldSpec::rich() }, seed);
            let (before, first) = (world.truth(), world.render(SIZE));
            world.advance(6);
            let (after, last) = (world.truth(), world.render(SIZE));
            let background: Vec<_> =
                places().filter(|&place| !covered(place, &before) && !covered(place, &after)).collect();
            let changed = background.iter().filter(|&&place| pixel(&first, place) != pixel(&last, place)).count();
            moved += usize::from(2 * changed > background.len());
        }
        let still = camera + distractor == 0.0;
        assert!(
            if still { moved == 0 } else { moved >= 8 },
            "camera {camera}, distractor {distractor}: {moved} of 10 moved"
        );
    }
}

#[test]
fn names_lead_to_worlds() {
    assert!(specs().all(|spec| WorldSpec::named(&spec.name) == Some(spec)));
    assert_eq!(WorldSpec::named("richer"), None);
}
