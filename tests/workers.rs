//! Data-parallel training: however many workers share a batch, the steps are those of one.
#![cfg(not(target_arch = "wasm32"))]

use burn::tensor::Device;
use vjepa_web::{
    Error, Family, ModelConfig, Session,
    checkpoint::{Snapshot, Weights},
    config::Limits,
    recipe::{Ablation, Loss, Recipe},
    train::Workers,
    world::WorldSpec,
};

const STEPS: usize = 4;
const CLIPS: usize = 4;

/// A nano model that clips its gradients from the second step on, by far.
fn session(family: Family, change: impl Fn(&mut Recipe)) -> Session {
    let config = ModelConfig::preset("nano", family).unwrap();
    let mut session = Session::create(config, 3, Device::flex(), Limits::default()).unwrap();
    let mut recipe = session.recipe().clone();
    (recipe.batch, recipe.clip, recipe.schedule.warmup) = (CLIPS, Some(0.02), 0);
    change(&mut recipe);
    session.set_recipe(recipe).unwrap();
    session.set_world(&WorldSpec::rich(), 3);
    session
}

fn with_workers(mut session: Session, workers: usize) -> Session {
    session.share_with(Workers::new(vec![Device::flex(); workers - 1], 1).unwrap());
    session
}

fn train(session: &mut Session, steps: usize) -> Vec<f32> {
    let step = |_| pollster::block_on(session.train(1, async || ())).unwrap().losses[0];
    (0..steps).map(step).collect()
}

fn snapshot(session: &Session) -> Snapshot {
    pollster::block_on(session.snapshot()).unwrap()
}

/// How far `found` is from `expected` in all tensors below `prefix`, as a share of how far that is from `start`.
fn off(found: &Weights, expected: &Weights, start: Option<&Weights>, prefix: &str) -> f64 {
    let (mut off, mut way) = (0.0, 0.0);
    for (name, expected) in expected.0.iter().filter(|(name, _)| name.starts_with(prefix)) {
        let start = start.map(|start| &start.0[name].data);
        for (i, (e, f)) in expected.data.iter().zip(&found.0[name].data).enumerate() {
            off += f64::from(f - e).powi(2);
            way += f64::from(e - start.map_or(0.0, |start| start[i])).powi(2);
        }
    }
    assert!(way > 0.0, "nothing below {prefix} was moved");
    (off / way).sqrt()
}

/// Two workers, and three of which one has two clips: a mean of means would be another number.
#[test]
fn workers_take_the_steps_that_one_takes_with_the_whole_batch() {
    let cases: [(Family, fn(&mut Recipe)); 4] = [
        (Family::VJepa1, |_| ()),
        (Family::VJepa2, |recipe| recipe.loss = Loss::Squared),
        (Family::VJepa2, |recipe| recipe.ablation = Ablation { stop_gradient: false, ..Ablation::default() }),
        (Family::VJepa2, |recipe| recipe.ablation = Ablation { ema: false, predictor: false, ..Ablation::default() }),
    ];
    for (family, change) in cases {
        let mut alone = session(family, change);
        let start = snapshot(&alone).weights;
        let first = train(&mut alone, 1);
        let one_step = snapshot(&alone);
        let losses = [first, train(&mut alone, STEPS - 1)].concat();
        let expected = snapshot(&alone);
        for workers in [2, 3] {
            let mut shared = with_workers(session(family, change), workers);
            let first = train(&mut shared, 1);
            // The first moments after one step are the gradients, clipped, times a tenth.
            let found = snapshot(&shared);
            for network in ["adamw.encoder.first.", "adamw.predictor.first."] {
                if network.contains("predictor") && !shared.recipe().ablation.predictor {
                    continue;
                }
                let off = off(&found.weights, &one_step.weights, None, network);
                assert!(off < 1e-5, "{family:?}, {workers} workers: {network} is off by {off}");
            }
            let found_losses = [first, train(&mut shared, STEPS - 1)].concat();
            for (found, expected) in found_losses.iter().zip(&losses) {
                assert!((found - expected).abs() < 1e-4 * expected, "{workers} workers: {found_losses:?}, {losses:?}");
            }
            let found = snapshot(&shared);
            assert_eq!(found.header.rng, expected.header.rng, "other clips or masks were drawn");
            // Adam moves a parameter whose gradient is only rounding by a whole learning rate.
            for network in ["encoder.", "target_encoder."] {
                if network.starts_with("target") && !shared.recipe().ablation.ema {
                    continue;
                }
                let off = off(&found.weights, &expected.weights, Some(&start), network);
                assert!(off < 1e-2, "{family:?}, {workers} workers: {network} is off by {off}");
            }
        }
    }
}

#[test]
fn workers_repeat_each_other_bit_for_bit_and_follow_when_a_run_is_rewound() {
    let mut shared = with_workers(session(Family::VJepa2, |_| ()), 2);
    train(&mut shared, 2);
    shared.keep_moment().unwrap();
    let (saved, losses) = (snapshot(&shared), train(&mut shared, 2));
    let straight = snapshot(&shared).weights;
    shared.rewind(2).unwrap();
    assert_eq!(train(&mut shared, 2), losses);
    assert!(snapshot(&shared).weights == straight, "a rewound run came out elsewhere");
    let resumed = Session::restore(saved, Device::flex(), Limits::default()).unwrap();
    let mut resumed = with_workers(resumed, 2);
    assert_eq!(train(&mut resumed, 2), losses);
    assert!(snapshot(&resumed).weights == straight, "a resumed run came out elsewhere");
}

#[test]
fn workers_without_clips_are_refused() {
    let mut shared = with_workers(session(Family::VJepa2, |_| ()), CLIPS + 1);
    let refused = pollster::block_on(shared.train(1, async || ()));
    assert!(matches!(refused, Err(Error::Workers { workers: 5, clips: CLIPS })));
    assert_eq!(shared.step(), 0);
}
