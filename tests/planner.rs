//! Planning by sampling, without a model: optima that are known, rooms whose simulator is at hand, costs that are no
//! numbers.
#![cfg(not(target_arch = "wasm32"))]

use vjepa_web::{
    planner::{Cost, Method, Motion, PlanError, PlanSettings, Planner},
    rng::Rng,
    world::{RoomsSpec, TwoRooms},
};

const METHODS: [Method; 2] = [Method::Cem, Method::Mppi];

fn settings(method: Method) -> PlanSettings {
    PlanSettings { method, ..PlanSettings::pushes() }
}

fn search(planner: &mut Planner, rng: &mut Rng, cost: impl Fn(&[f64]) -> f64) {
    for _ in 0..planner.settings().rounds {
        let costs: Vec<f64> = planner.propose(rng).iter().map(|actions| cost(actions)).collect();
        planner.learn(&costs);
    }
}

#[test]
fn both_methods_find_the_optimum_of_a_quadratic() {
    let wanted = [0.5, -0.3, 0.1, 0.8, -0.6, 0.0, 0.25, -0.9];
    let cost = |actions: &[f64]| actions.iter().zip(wanted).map(|(a, w)| (a - w).powi(2)).sum::<f64>();
    for method in METHODS {
        let settings =
            PlanSettings { horizon: 4, candidates: 200, rounds: 12, elites: 20, persistence: 0.0, ..settings(method) };
        let mut planner = Planner::new(settings).unwrap();
        let at_first = cost(planner.mean());
        search(&mut planner, &mut Rng::new(3), cost);
        let (best, least) = planner.best().unwrap();
        assert_eq!(least, cost(best));
        assert!(least < 0.02 * at_first, "{method:?}: {least} of {at_first}");
        assert!(cost(&planner.plan()) < 0.05 * at_first, "{method:?}: the mean follows");
    }
}

#[test]
fn candidates_stay_within_their_limits_and_begin_with_the_mean() {
    let settings = PlanSettings { spread: vec![5.0, 0.0], limit: vec![1.0, 0.5], ..settings(Method::Cem) };
    let mut planner = Planner::new(settings.clone()).unwrap();
    let earlier: Vec<f64> = (0..4).map(|i| 0.1 * f64::from(i)).collect();
    planner.warm_start(&earlier);
    let candidates = planner.propose(&mut Rng::new(1)).to_vec();
    assert_eq!(candidates.len(), settings.candidates);
    assert_eq!(candidates[0][..4], earlier[..]);
    assert!(candidates[0][4..].iter().all(|x| *x == 0.0), "nothing is known beyond the earlier plan");
    let pushed: Vec<&[f64]> = candidates.iter().flat_map(|actions| actions.chunks_exact(2)).collect();
    assert!(pushed.iter().all(|push| push[0].abs() <= 1.0 && push[1].abs() <= 0.5));
    assert!(pushed.iter().any(|push| push[0].abs() == 1.0), "a wide spread reaches its limit");
    assert!(candidates.iter().all(|actions| actions[1] == candidates[0][1]), "no spread, no difference");
}

#[test]
fn held_noise_goes_further_than_fresh_noise() {
    let reach = |persistence: f64| {
        let settings = PlanSettings { persistence, candidates: 400, limit: vec![9.0; 2], ..settings(Method::Cem) };
        let mut planner = Planner::new(settings).unwrap();
        let way = |actions: &Vec<f64>| actions.chunks_exact(2).map(|push| push[0]).sum::<f64>().powi(2);
        let squares: f64 = planner.propose(&mut Rng::new(5)).iter().map(way).sum();
        (squares / 400.0).sqrt()
    };
    assert!(reach(0.9) > 1.6 * reach(0.0), "{} and {}", reach(0.9), reach(0.0));
}

#[test]
fn costs_that_are_no_numbers_are_never_chosen() {
    for method in METHODS {
        let mut planner = Planner::new(settings(method)).unwrap();
        let cost = |actions: &[f64]| if actions[0] > 0.0 { f64::NAN } else { actions[0] + 2.0 };
        search(&mut planner, &mut Rng::new(7), cost);
        let (best, least) = planner.best().unwrap();
        assert!(best[0] <= 0.0 && least.is_finite());
        assert!(planner.plan().iter().all(|x| x.is_finite()), "{method:?}");

        let mut lost = Planner::new(settings(method)).unwrap();
        search(&mut lost, &mut Rng::new(7), |_| f64::NAN);
        assert!(lost.best().is_none());
        assert!(lost.plan().iter().all(|x| *x == 0.0), "{method:?}: nothing was learned");
    }
}

#[test]
fn the_published_planner_keeps_angles_and_small_grips_at_rest() {
    let mut planner = Planner::new(PlanSettings::published()).unwrap();
    let cost = |actions: &[f64]| (actions[0] - 0.05).abs() + (actions[6] - 0.1).abs() + (actions[13] - 0.6).abs();
    search(&mut planner, &mut Rng::new(2), cost);
    let plan = planner.plan();
    assert!(plan[0] > 0.03, "{plan:?}");
    assert!([3, 4, 5, 10, 11, 12].iter().all(|&angle| plan[angle] == 0.0));
    assert_eq!(plan[6], 0.0, "below a quarter a gripper stays as it is");
    assert!((plan[13] - 0.6).abs() < 0.15, "{plan:?}");
}

#[test]
fn settings_that_cannot_be_are_refused() {
    let refused = |settings: PlanSettings| Planner::new(settings).map(|_| ()).unwrap_err();
    let base = || settings(Method::Cem);
    assert!(matches!(refused(PlanSettings { horizon: 0, ..base() }), PlanError::Range { what: "horizon", .. }));
    assert!(matches!(refused(PlanSettings { elites: 65, ..base() }), PlanError::Range { .. }));
    assert!(matches!(refused(PlanSettings { replan: 9, ..base() }), PlanError::Range { .. }));
    assert!(matches!(refused(PlanSettings { temperature: f64::NAN, ..base() }), PlanError::Range { .. }));
    assert!(matches!(refused(PlanSettings { spread: vec![f64::INFINITY; 2], ..base() }), PlanError::Range { .. }));
    let limits = refused(PlanSettings { limit: vec![1.0; 3], ..base() });
    assert_eq!(limits, PlanError::Limits { found: 3, expected: 2 });
}

#[test]
fn states_go_on_as_the_bodies_do() {
    let hand = Motion::Pose.next(&[0.1, 0.2, 0.3, 1.0, 2.0, 3.0, 0.9], &[0.05, -0.05, 0.0, 0.4, 0.4, 0.4, 0.5]);
    assert_eq!(hand, [0.1 + 0.05, 0.2 - 0.05, 0.3, 1.0, 2.0, 3.0, 1.0]);
    assert_eq!(Motion::Push.next(&[0.5, -1.0], &[1.0, 0.0]), TwoRooms::free_state([0.5, -1.0], [1.0, 0.0]));
}

/// With the simulator itself and the distance as a cost, the page's settings bring the agent to goals in its own room
/// always, and through the door mostly.
#[test]
fn with_a_simulator_goals_are_reached() {
    const ROOMS: u64 = 60;
    let mut arrived = 0;
    for seed in 0..ROOMS {
        let mut rng = Rng::new(seed);
        let mut world = TwoRooms::new(&RoomsSpec { shut: 0.0, ..RoomsSpec::default() }, 1000 + seed);
        let goal = world.free_place(&mut rng);
        let off = |world: &TwoRooms| {
            let at = world.position();
            ((at[0] - goal[0]).powi(2) + (at[1] - goal[1]).powi(2)).sqrt()
        };
        let mut plan = Vec::new();
        for _ in 0..30 {
            if off(&world) < 0.08 {
                break;
            }
            let mut planner = Planner::new(PlanSettings { cost: Cost::Sum, ..settings(Method::Cem) }).unwrap();
            planner.warm_start(&plan);
            search(&mut planner, &mut rng, |actions| {
                let mut copy = world.clone();
                actions
                    .chunks_exact(2)
                    .map(|push| {
                        copy.act([push[0], push[1]]);
                        off(&copy)
                    })
                    .sum()
            });
            plan = planner.best().unwrap().0.to_vec();
            world.act([plan[0], plan[1]]);
            plan.drain(..2);
        }
        arrived += u64::from(off(&world) < 0.08);
    }
    assert!(arrived * 10 >= ROOMS * 8, "{arrived} of {ROOMS}");
}
