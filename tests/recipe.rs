//! Recipes: what is refused, what a change does to a run, and what happens without the parts that keep features alive.
#![cfg(not(target_arch = "wasm32"))]

use burn::tensor::Device;
use vjepa_web::{
    Error, Family, ModelConfig, Session,
    checkpoint::Weights,
    config::{Limits, PRESETS},
    mask::MaskSpec,
    probe::health::Verdict,
    recipe::{Ablation, MaskMix, Recipe, RecipeError, RunSource, Scenes},
    rng::Rng,
    schedule::{Rates, Schedule},
    session::{BANK_BUDGET, HealthSummary},
    world::{World, WorldSpec},
};

fn nano(family: Family) -> ModelConfig {
    ModelConfig::preset("nano", family).unwrap()
}

fn session(family: Family, seed: u64) -> Session {
    let mut session = Session::create(nano(family), seed, Device::flex(), Limits::default()).unwrap();
    session.set_world(&WorldSpec::simple(), seed);
    session
}

fn train(session: &mut Session, steps: usize) -> Vec<f32> {
    pollster::block_on(session.train(steps, async || ())).unwrap().losses
}

fn weights(session: &Session) -> Weights {
    pollster::block_on(session.snapshot()).unwrap().weights
}

#[test]
fn every_preset_can_be_trained_by_its_own_recipe_and_by_the_published_one() {
    for name in PRESETS {
        for family in [Family::VJepa1, Family::VJepa2] {
            let config = ModelConfig::preset(name, family).unwrap();
            for recipe in [Recipe::of(&config), Recipe::published(&config)] {
                assert_eq!(recipe.check(&config), Ok(()), "{name}");
                let text = serde_json::to_string(&recipe).unwrap();
                assert_eq!(serde_json::from_str::<Recipe>(&text).unwrap(), recipe);
            }
        }
    }
    let learner = ModelConfig::preset("learner", Family::VJepa2).unwrap();
    assert_eq!((Recipe::of(&learner).masks.future, Recipe::published(&learner).masks.future), (0.75, 0.0));
}

#[test]
fn what_cannot_be_is_refused_in_a_sentence_and_the_old_recipe_stays() {
    type Change = fn(&mut Recipe);
    let wrong: [(Change, &str); 17] = [
        (|r| r.schedule.learning_rate = f64::NAN, "The learning rate must be between 0 and 1, not NaN"),
        (|r| r.schedule.learning_rate_final = 1.5, "The learning rate must be between 0 and 1, not 1.5"),
        (|r| r.schedule.momentum = -0.1, "The momentum of the moving average must be between 0 and 1"),
        (|r| r.batch = 0, "The batch must be between 1 and 64, not 0"),
        (|r| r.batch = 65, "The batch must be between 1 and 64, not 65"),
        (|r| r.masks.future = 1.1, "The share of steps that ask for the future"),
        (|r| r.masks.past = (1, 2), "The past in tubelets must be between 1 and 1, not 2"),
        (|r| r.masks.horizon = (0, 1), "The horizon in tubelets must be between 1 and 1, not 0"),
        (|r| r.masks.blocks.clear(), "Some steps would hide nothing"),
        (|r| r.masks.blocks[0].spatial_scale = (1.0, 1.0), "leave no context"),
        (|r| r.masks.blocks[0].temporal_scale = (1.0, 0.5), "begins above its end"),
        (|r| r.world.objects = (3, 1), "The number of objects begins above its end"),
        (|r| r.world.gravity = f64::INFINITY, "The share of worlds with gravity"),
        (|r| r.change_weight = 101.0, "The weight of change must be between 0 and 100, not 101"),
        (|r| r.regulariser.weight = -1.0, "The weight of the regulariser must be between 0 and 100, not -1"),
        (
            |r| r.scenes.passing = Some(1.5),
            "The share of training scenes in which something passes behind a pillar must be between 0 and 1, not 1.5",
        ),
        (|r| r.optimiser.beta2 = 1.0, "The second beta of the optimiser must be between 0 and 0.999999, not 1"),
    ];
    let mut session = session(Family::VJepa2, 1);
    let before = session.recipe().clone();
    for (change, sentence) in wrong {
        let mut recipe = before.clone();
        change(&mut recipe);
        let error = session.set_recipe(recipe).unwrap_err();
        assert_eq!(error.code(), "bad-recipe");
        assert!(error.to_string().contains(sentence), "\"{error}\" instead of \"{sentence}\"");
        assert_eq!(session.recipe(), &before);
    }
    let third = |blocks: &[MaskSpec]| [blocks, &blocks[..1]].concat();
    let many = Recipe { masks: MaskMix { blocks: third(&before.masks.blocks), ..before.masks.clone() }, ..before };
    let most = RecipeError::MaskTokens { most: 2, found: 3 };
    assert_eq!((many.check(&nano(Family::VJepa1)), many.check(&nano(Family::VJepa2))), (Err(most), Ok(())));
    let only_future = Recipe { masks: MaskMix { blocks: vec![], future: 1.0, ..many.masks.clone() }, ..many };
    session.set_recipe(only_future).unwrap();
    assert!(train(&mut session, 1)[0].is_finite());
}

#[test]
fn rates_are_held_from_the_next_step_on() {
    let mut session = session(Family::VJepa2, 1);
    let report = |session: &mut Session| pollster::block_on(session.train(1, async || ())).unwrap();
    assert!(report(&mut session).learning_rate < 1e-3, "still warming up");
    session.set_rates(Rates { learning_rate: Some(5e-4), momentum: None }).unwrap();
    let held = report(&mut session);
    assert_eq!((held.learning_rate, held.momentum), (5e-4, 0.99));
    session.set_rates(Rates { momentum: Some(0.5), ..Rates::default() }).unwrap();
    let held = report(&mut session);
    assert_eq!((held.learning_rate, held.momentum), (5e-4, 0.5));
    let refused = session.set_rates(Rates { learning_rate: Some(2.0), momentum: None });
    assert_eq!(refused.unwrap_err().code(), "bad-recipe");
    session.set_rates(Rates { learning_rate: Some(0.0), momentum: Some(1.0) }).unwrap();
    let before = weights(&session);
    train(&mut session, 1);
    for part in ["encoder.", "target_encoder.", "predictor."] {
        assert_eq!(weights(&session).below(part), before.below(part), "a rate of 0 moves nothing");
    }
}

#[test]
fn another_world_in_the_recipe_is_trained_on_and_shown() {
    let [mut changed, mut chosen] = [session(Family::VJepa2, 1), session(Family::VJepa2, 1)];
    changed.advance_world(4);
    let recipe = Recipe { world: WorldSpec::rich(), ..changed.recipe().clone() };
    changed.set_recipe(recipe).unwrap();
    chosen.set_world(&WorldSpec::rich(), 1);
    assert_eq!((changed.source(), changed.frames_held()), (RunSource::World { seed: 1 }, 4));
    assert_eq!(train(&mut changed, 2), train(&mut chosen, 2));
    assert_eq!(chosen.recipe(), changed.recipe());
}

#[test]
fn a_step_that_is_undone_leaves_the_recipe_and_what_is_taken_away() {
    let mut poisoned = pollster::block_on(session(Family::VJepa2, 1).snapshot()).unwrap();
    poisoned.weights.0.get_mut("encoder.norm.bias").unwrap().data[0] = f32::INFINITY;
    let mut session = Session::restore(poisoned, Device::flex(), Limits::default()).unwrap();
    let ablation = Ablation { ema: false, stop_gradient: false, predictor: false };
    session.set_recipe(Recipe { ablation, ..session.recipe().clone() }).unwrap();
    let before = weights(&session);
    let error = pollster::block_on(session.train(2, async || ())).unwrap_err();
    assert!(matches!(error, Error::Diverged { .. }));
    assert_eq!((session.step(), session.recipe().ablation), (0, ablation));
    assert_eq!(weights(&session).below("target_encoder."), before.below("target_encoder."));
}

#[test]
fn the_bank_of_clips_has_a_budget_in_bytes() {
    let config = ModelConfig { frames: 2, size: 1024, patch: 512, ..nano(Family::VJepa2) };
    let mut session = Session::create(config, 1, Device::flex(), Limits::default()).unwrap();
    let clip = 2 * 1024 * 1024 * 4;
    for _ in 0..12 {
        session.push_frame(vec![9; clip / 2]).unwrap();
    }
    let bank = session.bank();
    assert_eq!((bank.clips, bank.bytes, bank.budget), (BANK_BUDGET / clip, BANK_BUDGET / clip * clip, BANK_BUDGET));
    session.set_world(&WorldSpec::simple(), 1);
    assert_eq!(session.bank().clips, 0);
}

#[test]
fn without_ema_the_target_encoder_is_the_context_encoder() {
    let mut session = session(Family::VJepa2, 1);
    let ablation = Ablation { ema: false, ..Ablation::default() };
    train(&mut session, 2);
    session.set_recipe(Recipe { ablation, ..session.recipe().clone() }).unwrap();
    let report = pollster::block_on(session.train(1, async || ())).unwrap();
    let weights = weights(&session);
    assert_eq!(weights.below("target_encoder."), weights.below("encoder."));
    assert_eq!(report.momentum, 0.0);
}

#[test]
fn without_a_predictor_its_weights_are_left_alone() {
    let mut session = session(Family::VJepa1, 1);
    let ablation = Ablation { predictor: false, ..Ablation::default() };
    session.set_recipe(Recipe { ablation, clip: Some(1.0), ..session.recipe().clone() }).unwrap();
    session.set_rates(Rates { learning_rate: Some(1e-3), momentum: None }).unwrap();
    let before = weights(&session);
    train(&mut session, 3);
    let after = weights(&session);
    assert_eq!(after.below("predictor."), before.below("predictor."));
    assert_ne!(after.below("encoder."), before.below("encoder."));
}

/// The health after 200 steps at a learning rate at which both a collapse and learning are well under way by then.
fn health_after_200_steps(family: Family, ablation: Ablation) -> HealthSummary {
    let mut session = session(family, 1);
    let schedule = Schedule::constant(1e-3, 0.04, 0.99);
    session.set_recipe(Recipe { ablation, schedule, ..session.recipe().clone() }).unwrap();
    pollster::block_on(session.train(200, async || ())).unwrap().health
}

#[test]
fn without_moving_average_and_stop_gradient_features_collapse_and_with_them_they_do_not() {
    for family in [Family::VJepa1, Family::VJepa2] {
        let whole = health_after_200_steps(family, Ablation::default());
        assert_eq!(whole.verdict, Verdict::Healthy, "{family:?}: {whole:?}");
        let broken = Ablation { ema: false, stop_gradient: false, ..Ablation::default() };
        let broken = health_after_200_steps(family, broken);
        assert_eq!(broken.verdict, Verdict::Collapsed, "{family:?}: {broken:?}");
        let reason = &broken.reason.as_ref().expect("it is collapsed").message;
        assert!(reason.contains("standard deviation"), "{reason}");
    }
}

#[test]
fn a_constant_guess_without_stop_gradient_collapses_as_well() {
    let nothing = Ablation { ema: false, stop_gradient: false, predictor: false };
    assert_eq!(health_after_200_steps(Family::VJepa2, nothing).verdict, Verdict::Collapsed);
}

#[test]
fn a_share_of_training_scenes_is_of_something_that_passes_behind_the_pillar() {
    let passing = |share: Option<f64>| {
        let scenes = Scenes { passing: share, ..Scenes::late(20) };
        let worlds = scenes.draw(&WorldSpec::standard(), 200, 20, &mut Rng::new(1));
        worlds.iter().filter(|world| world.passes_behind(20)).count()
    };
    let [without, none, half, all] = [None, Some(0.0), Some(0.5), Some(1.0)].map(passing);
    assert!(without < 40 && none < 40, "{without} and {none} by chance");
    assert!((85..=140).contains(&half), "{half} of 200");
    assert_eq!(all, 200);
}

#[test]
fn pillars_are_narrowed_and_what_moves_stays_as_it_is() {
    let draw = |narrow: Option<f64>| {
        let scenes = Scenes { passing: Some(1.0), narrow, ..Scenes::default() };
        scenes.draw(&WorldSpec::standard(), 100, 20, &mut Rng::new(1))
    };
    let hidden = |worlds: &[World]| worlds.iter().filter(|world| world.passes_behind(20)).count();
    assert_eq!(hidden(&draw(None)), 100);
    assert_eq!(hidden(&draw(Some(1.0))), 100);
    let narrowed = draw(Some(0.1));
    let still = hidden(&narrowed);
    assert!((5..60).contains(&still), "{still} of 100 are hidden as a whole");
    // The first scene is drawn before anything is narrowed.
    let (whole, narrow) = (&draw(None)[0], &narrowed[0]);
    assert_eq!(whole.truth().len(), narrow.truth().len());
    for (whole, narrow) in whole.truth().iter().zip(narrow.truth()) {
        assert_eq!(whole.position, narrow.position);
        assert!(whole.visible <= narrow.visible);
    }
}
