//! What is imagined of a hidden part, shown as real patches.

use super::{learner, nano, nano_in_a_world};
use pollster::block_on;
use vjepa_web::{
    Error,
    grid::Grid,
    imagine::{BUDGET, PatchBank, Remembered, alike, by_horizon, nearest, patch_pixels},
    mask::{self, MaskError},
    rng::Rng,
    session::MaskKind,
    world::WorldSpec,
};

fn features(tokens: usize, width: usize, seed: u64) -> Vec<f32> {
    let mut rng = Rng::new(seed);
    (0..tokens * width).map(|_| rng.normal() as f32).collect()
}

#[test]
fn a_painted_mask_hides_what_was_painted_and_shows_the_rest() {
    let masks = mask::painted(Grid::new(1, 2, 3), &[4, 0]).unwrap();
    assert_eq!((&masks.target[0][..], &masks.context[0][..]), (&[0, 4][..], &[1, 2, 3, 5][..]));
}

#[test]
fn masks_that_cannot_be_are_refused() {
    let grid = Grid::new(1, 2, 3);
    let refused = |hidden: &[u32]| mask::painted(grid, hidden).unwrap_err();
    assert_eq!(refused(&[]), MaskError::Painted { hidden: 0, tokens: 6, what: "predict" });
    assert_eq!(refused(&[0, 1, 2, 3, 4, 5]), MaskError::Painted { hidden: 6, tokens: 6, what: "see" });
    assert_eq!(refused(&[6]), MaskError::Token { token: 6, tokens: 6 });
    assert_eq!(refused(&[u32::MAX]), MaskError::Token { token: u32::MAX as usize, tokens: 6 });
    assert_eq!(refused(&[2, 1, 2]), MaskError::Twice { token: 2 });
}

#[test]
fn the_nearest_patches_are_found_best_first_and_never_among_the_hidden() {
    let (mine, other) = (features(4, 8, 1), features(4, 8, 2));
    let present = Remembered::new(vec![], &mine, 8, 100);
    let before = Remembered::new(vec![], &other, 8, 50);
    // Longer, but in the same direction as a token of the clip before.
    let asked: Vec<f32> = other[16..24].iter().map(|value| 3.0 * value).collect();
    let found = nearest(&asked, &[&present, &before], &[0, 1, 3], 3);
    assert_eq!((found[0].clip, found[0].token), (1, 2));
    assert!((found[0].similarity - 1.0).abs() < 1e-6);
    assert!(found.is_sorted_by(|a, b| a.similarity >= b.similarity) && found.len() == 3);
    let all = nearest(&mine[16..24], &[&present], &[0, 1, 3], 9);
    assert_eq!(all.len(), 3, "as many as there are");
    assert!(all.iter().all(|found| found.token != 2 && found.clip == 0));
    assert_eq!(alike(&[0.0; 8], &mine[..8]), 0.0, "no direction, no likeness");
    assert!((alike(&[1.0, 0.0], &[-2.0, 0.0]) + 1.0).abs() < 1e-6);
}

#[test]
fn clips_that_share_frames_are_kept_once_and_never_compared_with() {
    let clip = |end| Remembered::new(vec![0; 16], &features(4, 8, end), 8, end);
    let mut bank = PatchBank::default();
    for end in [16, 18, 31, 32, 40] {
        bank.keep(clip(end), 16);
    }
    assert_eq!(bank.clips(), 2, "those that end at 16 and 32");
    assert_eq!(bank.beside(&clip(40), 16).len(), 2, "itself, and the one that ended at 16");
    assert_eq!(bank.beside(&clip(48), 16).len(), 3);
}

#[test]
fn the_bank_stays_within_its_budget_but_keeps_one_clip_of_any_size() {
    let mut bank = PatchBank::default();
    for end in 0..5 {
        bank.keep(Remembered::new(vec![0; BUDGET / 3], &[1.0; 8], 8, 16 * end), 16);
        assert!(bank.bytes() <= BUDGET);
    }
    assert_eq!(bank.clips(), 2);
    bank.keep(Remembered::new(vec![0; 2 * BUDGET], &[1.0; 8], 8, 160), 16);
    assert_eq!(bank.clips(), 1);
}

#[test]
fn a_patch_is_cut_where_its_token_is() {
    let session = nano(1);
    let shape = session.config().patch_shape();
    // Each pixel says where it is: column, row, frame.
    let frames: Vec<u8> =
        (0..4 * 32 * 32u32).flat_map(|i| [(i % 32) as u8, (i / 32 % 32) as u8, (i / 1024) as u8, 255]).collect();
    // Tubelet 1, row 2, column 3 of 4 by 4 patches of 8 pixels; frame 3 is the later one of frames 2 and 3.
    let patch = patch_pixels(&frames, shape, 16 + 2 * 4 + 3);
    assert_eq!((patch.len(), &patch[..4], &patch[252..]), (256, &[24, 16, 3, 255][..], &[31, 23, 3, 255][..]));
}

#[test]
fn what_is_imagined_is_the_predictor_s_and_shown_with_its_own_pixels() {
    let mut session = nano_in_a_world(3);
    let look = block_on(session.look(MaskKind::Future)).unwrap();
    // The same mask as the look's, in any order.
    let mut hidden = look.target.clone();
    hidden.reverse();
    let seen = block_on(session.imagine(&hidden)).unwrap();
    assert_eq!((&seen.hidden, &seen.frames), (&look.target, &look.frames));
    let off = seen.error.iter().zip(&look.error[16..]).map(|(a, b)| (a - b).abs());
    assert!(off.fold(0.0, f32::max) < 1e-5, "the same errors as the look's");
    assert_eq!((seen.shown, seen.clips, seen.matches.len()), (3, 1, 48));
    assert!(seen.matches.iter().all(|found| found.clip == 0 && found.token < 16), "only what was visible");
    let shape = session.config().patch_shape();
    assert_eq!(seen.patches[256..512], patch_pixels(&look.frames, shape, seen.matches[1].token));
    assert_eq!(seen.truth[..256], patch_pixels(&look.frames, shape, 16));
    assert!(seen.similarity.iter().all(|cosine| (-1.0..=1.0).contains(cosine)));
}

#[test]
fn patches_of_other_clips_come_with_time_and_go_with_training() {
    let mut session = nano_in_a_world(3);
    let hidden = [20, 21];
    for clips in 1..4 {
        assert_eq!(block_on(session.imagine(&hidden)).unwrap().clips, clips);
        session.advance_world(4);
    }
    assert_eq!(session.patch_memory().clips, 3);
    block_on(session.train(1, async || ())).unwrap();
    assert_eq!(session.patch_memory().clips, 0, "their features have another meaning now");
    block_on(session.look(MaskKind::Short)).unwrap();
    assert_eq!(session.patch_memory().clips, 1);
    session.clear_clip();
    assert_eq!(session.patch_memory().clips, 0);
    assert!(matches!(block_on(session.imagine(&hidden)), Err(Error::ShortClip { .. })));
    assert!(matches!(block_on(session.imagine(&[])), Err(Error::Mask(MaskError::Painted { .. }))));
}

#[test]
fn certainty_fades_with_the_horizon_and_knowing_beats_standing_still() {
    let mut session = learner();
    let (mut predicted, mut unchanged, mut likeness) = ([0.0; 3], [0.0; 3], [0.0; 2]);
    for seed in 0..6 {
        session.set_world(&WorldSpec::standard(), 2 * seed + 1);
        session.advance_world(16);
        let roll = block_on(session.roll(5, 99)).unwrap();
        assert_eq!((roll.past, roll.predicted.mean.len(), roll.unchanged.errors.len()), (5, 3, 3));
        for step in 0..3 {
            predicted[step] += roll.predicted.peak[step] / 6.0;
            unchanged[step] += roll.unchanged.peak[step] / 6.0;
        }
        // Of what is imagined, patches that are shown should look like the truth more than any patch does.
        let hidden: Vec<u32> = (36 * 7..36 * 10).collect();
        let seen = block_on(session.imagine(&hidden)).unwrap();
        let off = |a: &[u8], b: &[u8]| a.iter().zip(b).map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>();
        let bytes = seen.truth.len() / hidden.len();
        for (i, truth) in seen.truth.chunks_exact(bytes).enumerate() {
            likeness[0] += off(&seen.patches[3 * i * bytes..][..bytes], truth);
            // As good as chance: the patch shown for another token.
            let other = (i * 7 + 13) % hidden.len();
            likeness[1] += off(&seen.patches[3 * other * bytes..][..bytes], truth);
        }
    }
    println!("predicted {predicted:.3?} unchanged {unchanged:.3?} off {likeness:.0?}");
    assert!(predicted.is_sorted(), "{predicted:?}");
    assert!(predicted.iter().zip(&unchanged).all(|(a, b)| a < b), "{predicted:?} {unchanged:?}");
    assert!(likeness[0] < 0.7 * likeness[1], "{likeness:?}");
}

#[test]
fn errors_are_sorted_by_horizon() {
    let horizon = by_horizon(&[1.0, 3.0, 5.0, 9.0], 2);
    assert_eq!((horizon.mean, horizon.peak), (vec![2.0, 7.0], vec![3.0, 9.0]));
    assert_eq!(horizon.errors, [[1.0, 3.0], [5.0, 9.0]]);
}
