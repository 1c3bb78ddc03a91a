//! Data-parallel training: however many workers share a batch, the steps are those of one.
#![cfg(not(target_arch = "wasm32"))]

use burn::tensor::Device;
use vjepa_web::{
    Error, Family, ModelConfig, Session,
    checkpoint::{HostTensor, Snapshot, Weights},
    config::Limits,
    recipe::{Ablation, Loss, Recipe},
    train::Workers,
    world::WorldSpec,
};

const STEPS: usize = 4;
const CLIPS: usize = 4;
/// Gradients are clipped to this norm, where they are larger.
const LARGEST: f64 = 1e-3;

/// A nano model that clips its gradients from the second step on.
fn session(family: Family, change: impl Fn(&mut Recipe)) -> Session {
    let config = ModelConfig::preset("nano", family).unwrap();
    let mut session = Session::create(config, 3, Device::flex(), Limits::default()).unwrap();
    let mut recipe = session.recipe().clone();
    (recipe.batch, recipe.clip, recipe.schedule.warmup) = (CLIPS, Some(LARGEST), 0);
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
    let ablated = |ablation: Ablation| move |recipe: &mut Recipe| recipe.ablation = ablation;
    let all = Ablation::default();
    let norms = [
        agree(Family::VJepa1, |_| ()),
        agree(Family::VJepa2, |recipe| recipe.loss = Loss::Squared),
        agree(Family::VJepa2, ablated(Ablation { stop_gradient: false, ..all })),
        agree(Family::VJepa2, ablated(Ablation { ema: false, predictor: false, ..all })),
    ];
    assert!(norms.iter().any(|norm| (norm / LARGEST - 1.0).abs() < 0.01), "nothing was clipped: {norms:?}");
    assert!(norms.iter().all(|norm| *norm < 1.01 * LARGEST), "something should have been clipped: {norms:?}");
}

/// The norm of the second gradient as the optimiser had it.
fn agree(family: Family, change: impl Fn(&mut Recipe)) -> f64 {
    let mut alone = session(family, &change);
    let ablation = alone.recipe().ablation;
    let start = snapshot(&alone).weights;
    let (losses, expected) = steps(&mut alone);
    // A first moment is the mean of gradients, the newest with a weight of a tenth: what is new in it was clipped.
    let newest = |(name, newer): (&String, &HostTensor)| -> f64 {
        let older = &expected[0].weights.0[name].data;
        newer.data.iter().zip(older).map(|(n, o)| (f64::from(n - 0.9 * o) / 0.1).powi(2)).sum()
    };
    let of_encoder = expected[1].weights.0.iter().filter(|(name, _)| name.starts_with("adamw.encoder.first."));
    let norm = of_encoder.map(newest).sum::<f64>().sqrt();

    for workers in [2, 3] {
        let mut shared = with_workers(session(family, &change), workers);
        let (found_losses, found) = steps(&mut shared);
        for (found, expected) in found_losses.iter().zip(&losses) {
            assert!((found - expected).abs() < 1e-4 * expected, "{workers} workers: {found_losses:?}, {losses:?}");
        }
        assert_eq!(found[2].header.rng, expected[2].header.rng, "other clips or masks were drawn");
        let check = |prefix: &str, step: usize, start: Option<&Weights>, most: f64| {
            let off = off(&found[step].weights, &expected[step].weights, start, prefix);
            assert!(off < most, "{family:?}, {ablation:?}, {workers} workers: {prefix} is off by {off}");
        };
        // Once as the gradient is, once clipped. Adam moves a parameter whose gradient is only rounding by a whole
        // learning rate, so from the second step on the runs part a little.
        check("adamw.encoder.first.", 0, None, 1e-5);
        check("adamw.encoder.first.", 1, None, 1e-3);
        check("encoder.", 2, Some(&start), 1e-2);
        if ablation.ema {
            check("target_encoder.", 2, Some(&start), 1e-2);
        }
        if ablation.predictor {
            check("adamw.predictor.first.", 1, None, 1e-3);
        }
    }
    norm
}

/// Losses, and what there is after one step, two steps, and all.
fn steps(session: &mut Session) -> (Vec<f32>, [Snapshot; 3]) {
    let mut losses = vec![];
    let moments = [1, 1, STEPS - 2].map(|steps| {
        losses.extend(train(session, steps));
        snapshot(session)
    });
    (losses, moments)
}

#[test]
fn workers_repeat_each_other_bit_for_bit_and_follow_when_a_run_is_rewound() {
    let mut shared = with_workers(session(Family::VJepa2, |_| ()), 2);
    train(&mut shared, 2);
    shared.keep_model().unwrap();
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
