//! The same pictures for a seed, at any size, and everywhere.

use crate::{any_spec, cases, mean_difference, specs};
use proptest::prelude::*;
use vjepa_web::{
    rng::Rng,
    world::{World, WorldSpec, exam_seed, training_seed},
};

/// CRC-32 of four frames of each world at 48 px. They are exactly rounded arithmetic, the same on every platform: if this
/// fails, every model was trained on other pictures than are shown now.
const GOLDEN: [(&str, [u32; 4]); 3] = [
    ("simple", [3629824206, 2109925582, 2465282797, 3710530976]),
    ("standard", [3234900656, 2551774869, 29097141, 2161871859]),
    ("rich", [2621883070, 2200062213, 4193765731, 1636463975]),
];

#[test]
fn frames_are_those_of_every_other_machine() {
    let frame = |spec: &WorldSpec, seed| {
        let mut world = World::new(spec, seed);
        world.advance(9);
        crc32fast::hash(&world.render(48))
    };
    let found: Vec<_> = specs().map(|spec| (spec.name.clone(), [2, 3, 8, 11].map(|seed| frame(&spec, seed)))).collect();
    let expected = GOLDEN.map(|(name, hashes)| (name.to_string(), hashes));
    assert_eq!(found, expected);
}

proptest! {
    #![proptest_config(cases(12))]

    #[test]
    fn a_seed_gives_the_same_clip_and_another_seed_another(spec in any_spec(), seed in 0u64..1 << 31) {
        let clip = |seed| World::new(&spec, seed).clip(6, 32);
        prop_assert_eq!(clip(seed), clip(seed));
        prop_assert!(mean_difference(&clip(seed), &clip(seed + 1)) > 1.0);
    }

    #[test]
    fn a_clip_is_its_frames_and_leaves_the_world_after_them(spec in any_spec(), seed in 0u64..1 << 31) {
        let (mut filmed, mut stepped) = (World::new(&spec, seed), World::new(&spec, seed));
        for frame in filmed.clip(4, 24).chunks_exact(24 * 24 * 4) {
            prop_assert_eq!(frame, stepped.render(24));
            stepped.advance(1);
        }
        prop_assert_eq!((filmed.frame(), filmed.truth()), (4, stepped.truth()));
    }

    #[test]
    fn pictures_of_any_size_show_the_same_scene(spec in any_spec(), seed in 0u64..1 << 31) {
        let world = World::new(&spec, seed);
        // Each pixel of the small picture is the mean of a square of the large one, up to smoothing at edges.
        let (small, large) = (world.render(48), world.render(96));
        let shrunk: Vec<u8> = (0..small.len())
            .map(|i| {
                let (y, x, channel) = (i / 192, i % 192 / 4, i % 4);
                let at = |dy, dx| u32::from(large[((2 * y + dy) * 96 + 2 * x + dx) * 4 + channel]);
                ((at(0, 0) + at(0, 1) + at(1, 0) + at(1, 1)) / 4) as u8
            })
            .collect();
        prop_assert!(mean_difference(&small, &shrunk) < 1.5);
    }

    #[test]
    fn pictures_are_whole_and_opaque(spec in any_spec(), seed in 0u64..1 << 31, size in 1usize..70) {
        let picture = World::new(&spec, seed).render(size);
        prop_assert_eq!(picture.len(), size * size * 4);
        prop_assert!(picture.iter().skip(3).step_by(4).all(|&alpha| alpha == 255));
    }

    #[test]
    fn filming_changes_nothing(spec in any_spec(), seed in 0u64..1 << 31, size in 1usize..40) {
        let (mut filmed, mut unseen) = (World::new(&spec, seed), World::new(&spec, seed));
        filmed.clip(20, size);
        unseen.advance(20);
        prop_assert_eq!(filmed.truth(), unseen.truth());
    }

    #[test]
    fn no_exam_asks_about_a_scene_of_training(seed in any::<u64>()) {
        let mut rng = Rng::new(seed);
        for _ in 0..50 {
            prop_assert_eq!((training_seed(&mut rng) % 2, exam_seed(&mut rng) % 2), (0, 1));
        }
    }
}
