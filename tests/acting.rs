//! A model with actions: it learns from play, its run can be saved, and an agent with it decides, stops and is surprised.
#![cfg(not(target_arch = "wasm32"))]

use burn::tensor::Device;
use pollster::block_on;
use vjepa_web::{
    Error, Family, ModelConfig, Session,
    act::{Agent, Measured, Mode, Step, Wait},
    checkpoint::{Snapshot, Start},
    config::{Actions, Limits},
    exam::{ActExam, ActRun, Condition},
    planner::{Energy, PlanSettings},
    precision::Precision,
    recipe::{ActionRecipe, Recipe, Regulariser, RegulariserKind},
    rng::Rng,
    schedule::Schedule,
    world::{RoomsSpec, TwoRooms, WorldSpec},
};

/// Four frames of 4 x 4 patches: everything of the preset, in milliseconds.
fn small() -> ModelConfig {
    let actions =
        Actions { dim: 2, extrinsics: false, width: 24, depth: 1, heads: 2, mlp: 32, reflex: true, distance: true };
    let small = ModelConfig {
        frames: 8,
        size: 32,
        patch: 8,
        width: 24,
        depth: 1,
        heads: 2,
        mlp: 32,
        predictor_width: 24,
        predictor_depth: 1,
        predictor_heads: 2,
        predictor_mlp: 32,
        batch: 2,
        actions: Some(actions),
        ..ModelConfig::preset("actor", Family::VJepa2).unwrap()
    };
    small.validate().unwrap();
    small
}

fn session(change: impl Fn(&mut Recipe)) -> Session {
    let mut session = Session::create(small(), 1, Device::flex(), Limits::default()).unwrap();
    let mut recipe = session.recipe().clone();
    recipe.schedule = Schedule::constant(3e-3, 0.01, 0.9);
    change(&mut recipe);
    session.set_recipe(recipe).unwrap();
    session.set_world(&WorldSpec::simple(), 1);
    session
}

fn train(session: &mut Session, steps: usize) -> Vec<f32> {
    block_on(session.train(steps, async || ())).unwrap().losses
}

fn weights(session: &Session) -> Snapshot {
    block_on(session.snapshot()).unwrap()
}

#[test]
fn it_learns_what_actions_do() {
    // The distance pushes without end.
    let mut session = session(|recipe| recipe.actions.as_mut().unwrap().distance = 0.0);
    let losses = train(&mut session, 60);
    let mean = |losses: &[f32]| losses.iter().sum::<f32>() / losses.len() as f32;
    let (first, last) = (mean(&losses[..5]), mean(&losses[55..]));
    assert!(last < 0.8 * first, "from {first} to {last}");
}

/// Which parts a term moves, beside what moves anyway.
#[test]
fn each_term_can_be_switched_off_and_then_teaches_nothing() {
    let none = ActionRecipe {
        roll_out: 1,
        encoder: false,
        masked: 0.0,
        inverse: 0.0,
        reflex: 0.0,
        distance: 0.0,
        ..ActionRecipe::default()
    };
    let moved = |actions: ActionRecipe, kind: RegulariserKind| {
        let mut session = session(|recipe| {
            recipe.actions = Some(actions.clone());
            recipe.regulariser = Regulariser { kind, weight: 1.0 };
            recipe.schedule.weight_decay = 0.0;
            recipe.schedule.weight_decay_final = 0.0;
        });
        let before = weights(&session).weights;
        train(&mut session, 1);
        let after = weights(&session).weights;
        let part = |prefix: &str| {
            let names = before.0.keys().filter(|name| name.starts_with(prefix));
            names.into_iter().any(|name| before.0[name].data != after.0[name].data)
        };
        ["encoder.", "predictor.", "action_predictor.", "inverse.", "reflex.", "temporal_distance."].map(part)
    };
    let alone = RegulariserKind::None;
    assert_eq!(
        moved(none.clone(), alone),
        [false, false, true, false, false, false],
        "as published: the predictor alone"
    );
    assert_eq!(moved(ActionRecipe { masked: 1.0, ..none.clone() }, alone), [true, true, true, false, false, false]);
    let learns = ActionRecipe { encoder: true, ..none.clone() };
    assert_eq!(moved(learns.clone(), alone), [true, false, true, false, false, false]);
    assert_eq!(moved(ActionRecipe { inverse: 1.0, ..learns.clone() }, alone), [true, false, true, true, false, false]);
    assert_eq!(moved(ActionRecipe { reflex: 1.0, ..none.clone() }, alone), [false, false, true, false, true, false]);
    assert_eq!(moved(ActionRecipe { distance: 1.0, ..none }, alone), [false, false, true, false, false, true]);
    for kind in [RegulariserKind::Vicreg, RegulariserKind::Sigreg] {
        assert!(moved(learns.clone(), kind)[0]);
    }
}

#[test]
fn terms_change_what_is_learned() {
    let after = |change: &dyn Fn(&mut ActionRecipe, &mut Regulariser)| {
        let mut session = session(|recipe| {
            change(recipe.actions.as_mut().unwrap(), &mut recipe.regulariser);
        });
        train(&mut session, 2)
    };
    let plain = after(&|_, _| {});
    assert_ne!(plain, after(&|actions, _| actions.roll_out = 1));
    assert_ne!(plain, after(&|actions, _| actions.roll_out = 2));
    assert_ne!(plain, after(&|actions, _| actions.imagined_states = !actions.imagined_states));
    assert_ne!(plain, after(&|actions, _| actions.similarity = 1.0));
    assert_ne!(plain, after(&|_, regulariser| regulariser.kind = RegulariserKind::Vicreg));
    assert_eq!(plain, after(&|_, _| {}));
}

/// Distances in space are times: after a while most actions move the agent by less than one and a half, and frames of two
/// plays of a room are further apart than neighbours.
#[test]
fn the_temporal_distance_counts_actions() {
    let mut session = session(|_| {});
    train(&mut session, 120);
    let model = session.world_model().unwrap();
    let (mut near, mut far) = (Vec::new(), Vec::new());
    for seed in 0..12 {
        let mut rng = Rng::new(seed);
        let mut world = TwoRooms::new(&RoomsSpec::default(), 2 * seed);
        let start = world.free_place(&mut rng);
        world.place(start);
        let before = world.render(32);
        world.act([rng.range(-1.0, 1.0), rng.range(-1.0, 1.0)]);
        let elsewhere = world.with_agent_at(world.free_place(&mut rng));
        let frames = model.encode(&[before, world.render(32), elsewhere.render(32)]).unwrap();
        let goal = frames.clone().narrow(0, 0, frames.dims()[0] / 3);
        let found = block_on(model.read(model.energies(frames, &goal, Energy::Time))).unwrap();
        assert!(found[0] < 0.01, "{found:?}: a frame is no action away from itself");
        near.push(found[1]);
        far.push(found[2]);
    }
    let mean = |x: &[f32]| x.iter().sum::<f32>() / x.len() as f32;
    assert!(near.iter().all(|x| *x < 2.0), "an action leads {near:?} actions away");
    assert!(mean(&far) > 0.5 && mean(&far) > 2.0 * mean(&near), "near {near:?}, far {far:?}");
}

#[test]
fn a_run_goes_on_bit_for_bit_from_its_file() {
    let mut whole = session(|_| {});
    train(&mut whole, 3);
    let bytes = weights(&whole).to_bytes().unwrap();
    let mut resumed =
        Session::restore(Snapshot::from_bytes(&bytes).unwrap(), Device::flex(), Limits::default()).unwrap();
    assert_eq!(train(&mut whole, 2), train(&mut resumed, 2));
    assert_eq!(weights(&whole).weights, weights(&resumed).weights);
}

#[test]
fn what_is_shipped_acts_like_what_was_trained() {
    let mut trained = session(|_| {});
    train(&mut trained, 3);
    let shipped = Start::from_bytes(&weights(&trained).to_shipped_bytes(Precision::F16).unwrap()).unwrap();
    let shipped = Session::start_from(shipped, &small(), None, Device::flex(), Limits::default()).unwrap();
    let mut ways = [trained, shipped].map(|session| {
        let mut agent = agent(&session, Mode::Reflex);
        agent.go_to([0.2, 0.8]).unwrap();
        let decision = block_on(agent.decide()).unwrap();
        (decision.action, decision.energy)
    });
    let (second, first) = (ways[1], &mut ways[0]);
    // Halves instead of floats.
    assert!((0..2).all(|axis| (first.0[axis] - second.0[axis]).abs() < 0.02), "{first:?} {second:?}");
    assert!((first.1 - second.1).abs() < 0.02 * first.1);
}

fn quick() -> PlanSettings {
    PlanSettings { horizon: 3, candidates: 8, rounds: 3, elites: 3, replan: 2, ..PlanSettings::pushes() }
}

fn agent(session: &Session, mode: Mode) -> Agent {
    let model = session.world_model().unwrap();
    let measured = block_on(Measured::of(&model, &RoomsSpec::default())).unwrap();
    let world = TwoRooms::new(&RoomsSpec { shut: 0.0, ..RoomsSpec::default() }, 5);
    let mut agent = Agent::new(model, measured, quick(), world, 1);
    agent.mode = mode;
    agent
}

#[test]
fn a_plan_takes_its_rounds_and_is_followed_before_the_next_one() {
    let mut agent = agent(&session(|_| {}), Mode::Plan);
    assert!(matches!(block_on(agent.next()), Err(Error::NoGoal)));
    agent.go_to([0.8, 0.8]).unwrap();
    let mut rounds = 0;
    let decision = loop {
        match block_on(agent.next()).unwrap() {
            Step::Thinking(thought) => {
                rounds += 1;
                assert_eq!((thought.rounds.len(), thought.left), (rounds, 3 - rounds));
                let imagined = &thought.rounds[rounds - 1];
                assert_eq!((imagined.energies.len(), imagined.places.len()), (8, 8));
                assert!(imagined.energies.iter().all(|energies| energies.len() == 3));
            }
            Step::Decided(decision) => break decision,
        }
    };
    assert_eq!((rounds, decision.planned, decision.frames), (2, true, 3 * 8 * 3));
    let plan = agent.thought().plan.clone();
    assert_eq!(decision.action[..], plan[..2]);
    block_on(agent.act(decision.action)).unwrap();
    let second = block_on(agent.decide()).unwrap();
    assert_eq!((second.frames, &second.action[..]), (0, &plan[2..4]), "the plan is followed");
    block_on(agent.act(second.action)).unwrap();
    assert_eq!(block_on(agent.decide()).unwrap().frames, 3 * 8 * 3, "then it plans anew");
}

#[test]
fn a_plan_that_is_stopped_leaves_the_agent_usable() {
    let mut agent = agent(&session(|_| {}), Mode::Plan);
    agent.go_to([0.8, 0.8]).unwrap();
    assert!(matches!(block_on(agent.next()).unwrap(), Step::Thinking(_)));
    agent.stop();
    assert_eq!(block_on(agent.decide()).unwrap().frames, 3 * 8 * 3, "all rounds again");
    assert!(matches!(block_on(agent.next()).unwrap(), Step::Decided(_)), "and the rest of that plan at once");
    agent.go_to([0.2, 0.2]).unwrap();
    assert!(matches!(block_on(agent.next()).unwrap(), Step::Thinking(_)), "another goal is another plan");
    agent.enter(TwoRooms::new(&RoomsSpec::default(), 9));
    assert!(matches!(block_on(agent.next()), Err(Error::NoGoal)));
}

#[test]
fn a_room_that_changes_behind_its_back_is_a_surprise_and_is_thought_about() {
    let mut trained = session(|_| {});
    train(&mut trained, 300);
    let mut agent = agent(&trained, Mode::Check);
    agent.go_to([0.8, 0.8]).unwrap();
    let usual = block_on(agent.act([0.1, 0.0])).unwrap();
    assert!(!usual.rings, "{usual:?}");
    // So small a model, trained for so short a time, would overlook the door alone.
    agent.meddle(|world| {
        world.set_door(false);
        world.move_wall(0.2);
    });
    let outcome = block_on(agent.act([0.1, 0.0])).unwrap();
    assert!(outcome.surprise > usual.surprise && outcome.rings, "{outcome:?}, usual {usual:?}");
    assert_eq!(agent.expected().unwrap().len(), 32 * 32 * 4);
    let decision = block_on(agent.decide()).unwrap();
    assert_eq!((decision.wait, decision.planned), (Some(Wait::Surprise), true));
    assert!(!agent.goal().unwrap().door_open(), "the goal lies in the room as it is");
    assert_eq!(block_on(agent.future()).unwrap().len(), 3);
}

#[test]
fn a_landscape_has_a_number_wherever_the_agent_fits() {
    let mut agent = agent(&session(|_| {}), Mode::Plan);
    assert!(matches!(block_on(agent.landscape(4)), Err(Error::NoGoal)));
    agent.go_to([0.2, 0.2]).unwrap();
    let energies = block_on(agent.landscape(9)).unwrap();
    let free = |at: usize| agent.world.fits([(at % 9) as f64 + 0.5, (at / 9) as f64 + 0.5].map(|x| x / 9.0));
    assert_eq!(energies.len(), 81);
    assert!((0..81).all(|at| energies[at].is_finite() == free(at)), "{energies:?}");
    assert!((0..81).any(free) && !(0..81).all(free));
}

#[test]
fn models_and_pictures_that_do_not_fit_are_refused() {
    let plain = ModelConfig { actions: None, ..small() };
    let plain = Session::create(plain, 1, Device::flex(), Limits::default()).unwrap();
    assert!(matches!(plain.world_model(), Err(Error::NoActions)));
    let session = session(|_| {});
    let model = session.world_model().unwrap();
    assert!(matches!(model.encode(&[vec![0; 7]]), Err(Error::Frame { found: 7, .. })));
    let mut hand = small();
    hand.actions.as_mut().unwrap().dim = 7;
    let hand = Session::create(hand, 1, Device::flex(), Limits::default()).unwrap();
    let (hand, rooms) = (hand.world_model().unwrap(), RoomsSpec::default());
    let measured = block_on(Measured::of(&hand, &rooms));
    assert!(matches!(measured, Err(Error::NoActions)), "a hand has nothing to do in a room of discs");
    let mut bare = small();
    bare.actions.as_mut().unwrap().reflex = false;
    let bare = Session::create(bare, 1, Device::flex(), Limits::default()).unwrap();
    let mut agent = agent(&bare, Mode::Reflex);
    agent.go_to([0.5, 0.2]).unwrap();
    assert!(matches!(block_on(agent.decide()), Err(Error::NoReflex)));
    agent.mode = Mode::Plan;
    block_on(agent.decide()).unwrap();
    let refused = agent.set_settings(PlanSettings { horizon: 0, ..quick() });
    assert!(matches!(refused, Err(Error::Plan(_))));
}

#[test]
fn an_exam_asks_every_condition_and_says_how_sure_it_is() {
    let session = session(|_| {});
    let model = session.world_model().unwrap();
    let measured = block_on(Measured::of(&model, &RoomsSpec::default())).unwrap();
    let exam = ActExam { episodes: 2, actions: 4, plan: quick(), ..ActExam::new(3) };
    let ask = || {
        let mut run = ActRun::new(exam.clone(), &Condition::ALL, model.clone(), measured.clone());
        let mut portions = 0;
        while block_on(run.next()).unwrap().is_some() {
            portions += 1;
        }
        assert_eq!((portions, run.report().done, run.report().portions), (14, 14, 14));
        run.report().clone()
    };
    let report = ask();
    assert_eq!(report, ask(), "the same questions, the same answers");
    let conditions: Vec<Condition> = report.conditions.iter().map(|acted| acted.condition).collect();
    assert_eq!(conditions, Condition::ALL);
    for acted in &report.conditions {
        assert_eq!((acted.episodes, acted.success.n), (2, 2));
        assert!(acted.success.low <= acted.success.value && acted.success.value <= acted.success.high);
        match acted.condition {
            Condition::Plan => assert_eq!(acted.planned, 1.0),
            Condition::Check | Condition::Perturbed => assert!(acted.imagined >= 3.0, "every decision is checked"),
            _ => assert_eq!((acted.planned, acted.imagined), (0.0, 0.0), "{:?}", acted.condition),
        }
    }
}
