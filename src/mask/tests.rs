use super::*;

/// Both lists non-empty, ascending, disjoint, inside the grid, and equally long over the batch.
fn assert_sound(masks: &Masks, grid: Grid, batch: usize) {
    assert_eq!((masks.context.len(), masks.target.len()), (batch, batch));
    for (context, target) in masks.context.iter().zip(&masks.target) {
        for (list, first) in [(context, &masks.context[0]), (target, &masks.target[0])] {
            assert!(!list.is_empty() && list.len() == first.len());
            assert!(list.windows(2).all(|pair| pair[0] < pair[1]));
            assert!((list[list.len() - 1] as usize) < grid.tokens());
        }
        assert!(context.iter().all(|i| !target.contains(i)));
    }
}

#[test]
fn every_published_mask_is_sound_on_every_small_grid() {
    let mut rng = Rng::new(0);
    for (t, h, w) in [(1, 2, 2), (2, 2, 2), (2, 4, 4), (1, 5, 3), (4, 3, 7), (4, 8, 8)] {
        let grid = Grid::new(t, h, w);
        for spec in [short(), long(), image()] {
            for _ in 0..50 {
                match spec.sample(grid, 2, &mut rng) {
                    Ok(masks) => assert_sound(&masks, grid, 2),
                    // Ten blocks nearly always cover so few patches.
                    Err(error) => assert!(grid.frame() <= 4, "{grid:?} {spec:?}: {error}"),
                }
            }
        }
    }
}

#[test]
fn a_seed_gives_the_same_masks_again() {
    let grid = Grid::new(4, 8, 8);
    let masks = |seed| short().sample(grid, 3, &mut Rng::new(seed)).unwrap();
    assert_eq!(masks(1), masks(1));
    assert_ne!(masks(1), masks(2));
}

#[test]
fn blocks_that_cover_everything_are_an_error_not_an_endless_loop() {
    let all = MaskSpec { spatial_scale: (1.0, 1.0), aspect_ratio: (1.0, 1.0), ..short() };
    let error = all.sample(Grid::new(2, 4, 4), 1, &mut Rng::new(0)).unwrap_err();
    assert!(matches!(error, MaskError::NoContext { .. }));
    let single = long().sample(Grid::new(1, 1, 1), 1, &mut Rng::new(0)).unwrap_err();
    assert!(matches!(single, MaskError::NoContext { .. }));
}

#[test]
fn settings_that_leave_nothing_are_refused() {
    let (grid, mut rng) = (Grid::new(2, 4, 4), Rng::new(0));
    let refuse = |spec: MaskSpec, batch, rng: &mut Rng| spec.sample(grid, batch, rng).unwrap_err();
    assert_eq!(refuse(short(), 0, &mut rng), MaskError::Nothing);
    assert_eq!(refuse(MaskSpec { blocks: 0, ..short() }, 1, &mut rng), MaskError::Nothing);
    assert_eq!(refuse(MaskSpec { max_keep: Some(0), ..short() }, 1, &mut rng), MaskError::MaxKeepZero);
}

#[test]
fn options_reshape_context_and_target() {
    let grid = Grid::new(4, 6, 6);
    let sample = |spec: MaskSpec| spec.sample(grid, 3, &mut Rng::new(4)).unwrap();
    let plain = sample(short());

    let few = sample(MaskSpec { max_keep: Some(5), ..short() });
    assert_eq!(few.context[0], plain.context[0][..5]);
    let early = sample(MaskSpec { max_temporal_keep: 0.5, ..short() });
    assert!(early.context.iter().flatten().all(|&i| grid.position(i as usize).0 < 2));
    let swapped = sample(MaskSpec { inv_block: true, ..short() });
    assert_eq!((&swapped.context, &swapped.target), (&plain.target, &plain.context));
    for spec in [MaskSpec { full_complement: true, ..short() }, MaskSpec { pred_full_complement: true, ..short() }] {
        let whole = sample(spec);
        assert_sound(&whole, grid, 3);
        assert_eq!(whole.context[0].len() + whole.target[0].len(), grid.tokens());
    }
}

#[test]
fn the_future_splits_the_clip_at_a_tubelet() {
    let grid = Grid::new(4, 3, 2);
    let masks = future(grid, 3, 9, 2).unwrap();
    assert_sound(&masks, grid, 2);
    assert_eq!(masks.context[1], (0..18).collect::<Vec<_>>());
    assert_eq!(masks.target[1], (18..24).collect::<Vec<_>>());
    for from in [0, 4, 9] {
        let what = if from == 0 { "see" } else { "predict" };
        assert_eq!(future(grid, from, 9, 1), Err(MaskError::Future { from, last: 3, what }));
    }
}
