//! The exam scores what it says: a perfect judge all pairs, a guessing one half of them, and models in between.
#![cfg(not(target_arch = "wasm32"))]

use burn::tensor::Device;
use pollster::block_on;
use std::collections::HashSet;
use vjepa_web::{
    Error, Family, ModelConfig, Session,
    checkpoint::{Snapshot, SnapshotHeader, random, read_safetensors},
    config::Limits,
    exam::{Asked, Exam, ExamRun, Kind, Measure, ProbeSizes, Readout, Report, Surprise, Tally, ask, neighbours},
    predict::EvalModel,
    rng::Rng,
    world::{Pair, Violation, WorldSpec, exam_seed},
};

const SIZE: usize = 32;

fn nano() -> ModelConfig {
    ModelConfig::preset("nano", Family::VJepa2).unwrap()
}

fn exam(world: WorldSpec, pairs: usize) -> Exam {
    Exam { pairs, frames: 24, probes: ProbeSizes::NONE, ..Exam::new(&nano(), world, 7) }
}

/// A surprise with one error for each of two windows and two tubelets ahead.
fn surprise(errors: [[f32; 2]; 2]) -> Surprise {
    Surprise { errors: errors.map(|window| window.map(|error| vec![error; 4]).to_vec()).to_vec(), unexpected: vec![] }
}

fn judged(exam: &Exam, judge: impl AsyncFn(Vec<Vec<u8>>) -> Result<Vec<Surprise>, Error>) -> Vec<Tally> {
    let sat = exam.kinds().into_iter().map(|violation| {
        let mut tally = Tally::new(violation);
        block_on(ask(exam, SIZE, 0..exam.pairs, &mut tally, &judge)).unwrap().unwrap();
        tally
    });
    sat.collect()
}

fn nano_examinee(seed: u64) -> EvalModel {
    Session::create(nano(), seed, Device::flex(), Limits::default()).unwrap().eval_model().unwrap()
}

fn finished(exam: Exam, model: EvalModel) -> Report {
    let mut run = ExamRun::new(exam, model, Device::flex()).unwrap();
    while block_on(run.next()).unwrap().is_some() {}
    run.report().clone()
}

#[test]
fn who_knows_what_can_be_scores_all_and_who_mixes_it_up_none() {
    let exam = exam(WorldSpec::standard(), 4);
    // Knows every course that the law of the world allows, by its pictures.
    let allowed: HashSet<Vec<u8>> = exam
        .kinds()
        .into_iter()
        .flat_map(|kind| (0..4).map(move |i| (kind, i)))
        .map(|(kind, i)| Pair::new(&exam.world, kind, exam.frames, (7 << 20) + i).unwrap().possible().clip(24, SIZE))
        .collect();
    for right in [true, false] {
        let judge = async |clips: Vec<Vec<u8>>| {
            let of = |clip: &Vec<u8>| {
                surprise([[0.1, 0.2], if allowed.contains(clip) == right { [0.1, 0.1] } else { [0.2, 0.9] }])
            };
            Ok(clips.iter().map(of).collect())
        };
        let kinds: Vec<Kind> = judged(&exam, judge).iter().map(Tally::kind).collect();
        assert_eq!(kinds.len(), 9);
        for Kind { violation, mean, max, alarm, errors, .. } in kinds {
            let expected = if right { 1.0 } else { 0.0 };
            assert_eq!((mean.n, mean.value, max.value), (4, expected, expected), "{violation:?}");
            assert_eq!(alarm, Some(expected), "{violation:?}");
            let (surprised, calm) =
                if right { (errors.impossible, errors.possible) } else { (errors.possible, errors.impossible) };
            assert!((surprised[1] - 0.55).abs() < 1e-6 && (calm[1] - 0.15).abs() < 1e-6, "{surprised:?} {calm:?}");
        }
    }
}

#[test]
fn who_guesses_scores_half_within_the_interval_and_who_shrugs_exactly_half() {
    let exam = exam(WorldSpec::simple(), 30);
    let rng = std::cell::RefCell::new(Rng::new(2));
    let guess = async |clips: Vec<Vec<u8>>| {
        let draw = || rng.borrow_mut().uniform() as f32;
        Ok(clips.iter().map(|_| surprise([[draw(), draw()], [draw(), draw()]])).collect())
    };
    let tallies = judged(&exam, guess);
    for share in Tally::together(tallies.iter()) {
        assert_eq!(share.n, 30 * exam.kinds().len());
        assert!(share.low < 0.5 && share.high > 0.5 && share.high - share.low < 0.2, "{share:?}");
    }
    let shrug = async |clips: Vec<Vec<u8>>| Ok(vec![surprise([[0.5; 2]; 2]); clips.len()]);
    for share in Tally::together(judged(&exam, shrug).iter()) {
        assert_eq!(share.value, 0.5);
    }
}

#[test]
fn an_untrained_model_is_near_chance() {
    let exam = Exam { pairs: 16, ..exam(WorldSpec::standard(), 16) };
    let report = finished(exam, nano_examinee(1));
    let mean = report.mean.unwrap();
    assert_eq!((mean.n, report.kinds.len(), report.done), (9 * 16, 9, report.portions));
    assert!((0.35..0.65).contains(&mean.value), "{mean:?}");
    for kind in report.kinds {
        assert_eq!((kind.errors.possible.len(), kind.errors.impossible.len()), (1, 1), "{:?}", kind.violation);
        assert!(kind.errors.possible[0] > 0.0);
    }
    assert!(report.features.is_none() && report.probes.is_empty() && report.neighbours.is_none());
}

/// What the card says of all pairs together: its share in percent, and the interval.
fn card() -> [f64; 3] {
    let card = include_str!("../www/assets/MODEL_CARD.md");
    let row = card.lines().find(|line| line.starts_with("| **all**")).expect("the row of all kinds");
    let numbers: Vec<f64> = row.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse().ok()).collect();
    // "all, N pairs | share % [low-high] | ..."
    [numbers[1], numbers[2], numbers[3]].map(|percent| percent / 100.0)
}

#[test]
fn the_model_that_comes_with_the_page_knows_what_its_card_says() {
    let file = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/www/assets/learner.safetensors")).unwrap();
    let model = EvalModel::load(Snapshot::from_bytes(&file).unwrap(), &Device::flex()).unwrap();
    let exam = Exam { pairs: 20, probes: ProbeSizes::NONE, ..Exam::new(&model.config, WorldSpec::standard(), 5) };
    let report = finished(exam, model);
    let ([said, low, high], found) = (card(), report.peak.unwrap());
    println!("{:.2} [{:.2}-{:.2}] of pairs, ROC area {:.2}", found.value, found.low, found.high, report.alarm.unwrap());
    assert!(low <= said && said <= high && found.low <= high && low <= found.high, "{found:?} and the card {said}");
    for kind in report.kinds.iter().filter(|kind| [Violation::Colour, Violation::Teleport].contains(&kind.violation)) {
        assert!(kind.alarm.unwrap() >= 0.9, "{:?}: {:?}", kind.violation, kind.alarm);
    }
}

#[test]
fn the_report_grows_by_portions_and_is_the_same_for_a_seed() {
    let exam =
        Exam { pairs: 3, probes: ProbeSizes { train: 40, validation: 10, test: 20 }, ..exam(WorldSpec::simple(), 3) };
    let mut run = ExamRun::new(exam.clone(), nano_examinee(1), Device::flex()).unwrap();
    let mut asked = vec![];
    while let Some(report) = block_on(run.next()).unwrap() {
        asked.push(report.mean.map_or(0, |share| share.n));
        assert_eq!(report.done, asked.len());
    }
    assert_eq!((asked[0], asked.len()), (2, run.report().portions), "two pairs of the first kind come first");
    assert!(asked.windows(2).all(|two| two[0] <= two[1]));
    assert_eq!(run.report(), &finished(exam.clone(), nano_examinee(1)));
    let other = finished(Exam { seed: 8, ..exam }, nano_examinee(1));
    assert_ne!(run.report().kinds, other.kinds);
    let text = serde_json::to_string(&other).unwrap();
    let read: Report = serde_json::from_str(&text).unwrap();
    assert!(text.contains("\"effectiveRank\":") && read.kinds.len() == other.kinds.len(), "{text}");
}

#[test]
fn probes_tell_position_and_colour_and_health_is_measured_over_many_clips() {
    let probes = ProbeSizes { train: 320, validation: 80, test: 100 };
    // Discs and squares on a table: with few scenes, little else can be told.
    let exam = Exam { probes, ..exam(WorldSpec { shapes: 2, ..WorldSpec::simple() }, 0) };
    let report = finished(exam, nano_examinee(3));
    let asked: Vec<Asked> = report.probes.iter().map(|probe| probe.asked).collect();
    assert_eq!(asked, [Asked::Position, Asked::Velocity, Asked::Colour, Asked::Shape, Asked::Count]);
    for probe in &report.probes {
        let components = match probe.asked {
            Asked::Position | Asked::Velocity => 2,
            Asked::Colour => 3,
            Asked::Shape | Asked::Count => 1,
        };
        for told in [&probe.model, &probe.untrained, &probe.pixels] {
            assert_eq!(told.each.len(), components);
            assert!(told.score <= 1.0 && told.score.is_finite(), "{probe:?}");
        }
        assert_eq!(probe.measure == Measure::Accuracy, components == 1);
    }
    for told in [&report.probes[0], &report.probes[2]] {
        let best = told.model.score.max(told.untrained.score).max(told.pixels.score);
        assert!(best > 0.3, "{told:?}");
    }
    let features = report.features.unwrap();
    assert_eq!((features.clips, features.width), (320, 64));
    assert!((1.0..=64.0).contains(&features.effective_rank) && features.std > 0.0, "{features:?}");
}

#[test]
fn a_world_of_discs_is_not_asked_for_shapes() {
    let exam = Exam { probes: ProbeSizes { train: 20, validation: 5, test: 5 }, ..exam(WorldSpec::simple(), 0) };
    let report = finished(exam, nano_examinee(3));
    assert!(report.probes.iter().all(|probe| probe.asked != Asked::Shape) && report.mean.is_none());
}

#[test]
fn what_a_short_clip_cannot_show_is_skipped_and_said() {
    // In twelve frames nothing is hidden and comes out again.
    let exam = Exam { frames: 12, ..exam(WorldSpec::standard(), 2) };
    let report = finished(exam, nano_examinee(1));
    assert!(report.skipped.contains(&Violation::VanishHidden), "{:?}", report.skipped);
    assert!(report.kinds.iter().all(|kind| !report.skipped.contains(&kind.violation)));
    assert_eq!(report.done, report.portions);
}

#[test]
fn neighbours_are_asked_of_videos_of_the_right_size() {
    let world = WorldSpec::simple();
    let video = vjepa_web::world::World::new(&world, exam_seed(&mut Rng::new(1))).clip(60, SIZE);
    let found = |video| block_on(neighbours(&nano_examinee(1), &[video], &Device::flex()));
    let odd = found(vec![0; 100]);
    let found = found(video).unwrap();
    // Windows of 4 frames begin every 2: 29 of them.
    assert!(found.share.n == 29 && (0.0..0.5).contains(&found.chance), "{found:?}");
    assert!(matches!(odd, Err(Error::Frame { .. })));
}

#[test]
fn a_snapshot_of_halves_without_moments_or_online_encoder_can_be_examined() {
    let config = nano();
    let mut weights = random(&config, 5);
    let target = weights.below("encoder.").prefixed("target_encoder.");
    let header = SnapshotHeader {
        config,
        seed: 5,
        step: 9,
        before: 0,
        rng: Rng::new(0),
        recipe: None,
        source: Default::default(),
        notes: String::new(),
    };
    let both = Snapshot { header: header.clone(), weights: weights.clone() };
    weights.0.retain(|name, _| name.starts_with("predictor."));
    weights.extend(target);
    let bytes = Snapshot { header, weights }.to_bytes().unwrap();
    let lacking = Snapshot::from_bytes(&halved(&bytes)).unwrap();
    let asked = |snapshot| {
        let model = EvalModel::load(snapshot, &Device::flex()).unwrap();
        finished(exam(WorldSpec::simple(), 2), model).kinds[0].errors.possible[0]
    };
    let (full, half) = (asked(both), asked(lacking));
    assert!((full - half).abs() < 0.01 * full, "{full} and {half}");
}

/// The same safetensors file with every value as a half.
fn halved(bytes: &[u8]) -> Vec<u8> {
    use safetensors::{Dtype, tensor::TensorView};
    let (weights, mut metadata) = read_safetensors(bytes).unwrap();
    // Rounded values are others.
    metadata.remove("vjepa-web-crc32").unwrap();
    let halves = |data: &[f32]| data.iter().flat_map(|v| half::f16::from_f32(*v).to_le_bytes()).collect::<Vec<u8>>();
    let data: Vec<_> = weights.0.iter().map(|(name, tensor)| (name, &tensor.shape, halves(&tensor.data))).collect();
    let views =
        data.iter().map(|(name, shape, data)| (name, TensorView::new(Dtype::F16, (*shape).clone(), data).unwrap()));
    safetensors::serialize(views, Some(metadata)).unwrap()
}

#[test]
fn readouts_have_names() {
    let names =
        [Readout::Pooled, Readout::Grid, Readout::Attended].map(|readout| serde_json::to_string(&readout).unwrap());
    assert_eq!(names, ["\"pooled\"", "\"grid\"", "\"attended\""]);
}
