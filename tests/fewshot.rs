//! Classes taught by a few clips of the world and of film: told apart, saved, loaded, undone, and refused where they don't
//! belong.
#![cfg(not(target_arch = "wasm32"))]

use burn::tensor::Device;
use pollster::block_on;
use proptest::prelude::*;
use std::collections::HashMap;
use vjepa_web::{
    Error, Family, ModelConfig, Session,
    checkpoint::Start,
    config::Limits,
    fewshot::{
        BUDGET, CLASSES, Classifier, Examples, FewshotError, Identity, Knn, NAME, Project, Report, Ridge, Rows,
        THUMBNAIL, parts, pool, pooled,
    },
    grid::Grid,
    rng::Rng,
    world::{World, WorldSpec, exam_seed},
};

fn nano(seed: u64) -> Session {
    let config = ModelConfig::preset("nano", Family::VJepa2).unwrap();
    Session::create(config, seed, Device::flex(), Limits::default()).unwrap()
}

/// The model that comes with the page.
fn learner() -> Session {
    let start = Start::from_bytes(include_bytes!("../www/assets/learner.safetensors")).unwrap();
    let config = ModelConfig::preset("learner", Family::VJepa2).unwrap();
    Session::start_from(start, &config, None, Device::flex(), Limits::default()).unwrap()
}

fn show(session: &mut Session, frames: &[Vec<u8>]) {
    frames.iter().for_each(|frame| session.push_frame(frame.clone()).unwrap());
}

/// Frames of a scene in which the object is on the left (0) or on the right (1) at the end.
fn scene(rng: &mut Rng, config: &ModelConfig) -> (Vec<Vec<u8>>, usize) {
    let mut world = World::new(&WorldSpec::simple(), exam_seed(rng));
    let clip = world.clip(config.frames, config.size);
    let frames = clip.chunks_exact(config.size * config.size * 4).map(<[u8]>::to_vec).collect();
    (frames, usize::from(world.truth()[0].position[0] > 0.5))
}

/// A session taught left and right by so many clips each.
fn taught(mut session: Session, shots: usize) -> (Session, Rng) {
    let mut rng = Rng::new(4);
    let config = session.config().clone();
    let ids = ["left", "right"].map(|name| session.examples_mut().add_class(name).unwrap());
    let mut counts = [0; 2];
    while counts.iter().any(|&count| count < shots) {
        let (frames, side) = scene(&mut rng, &config);
        if counts[side] < shots {
            show(&mut session, &frames);
            block_on(session.add_example(ids[side])).unwrap();
            counts[side] += 1;
        }
    }
    (session, rng)
}

fn fewshot<T: std::fmt::Debug>(result: Result<T, Error>) -> FewshotError {
    match result {
        Err(Error::Fewshot(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn clips_of_the_world_are_told_apart_from_a_few_examples() {
    let (mut session, mut rng) = taught(learner(), 12);
    let Report { ridge, knn, counts, .. } = session.fewshot_report().unwrap().clone();
    assert_eq!(counts, [12, 12]);
    for score in [&ridge, &knn] {
        assert!(score.accuracy.low > 0.5, "no more than chance: {score:?}");
    }
    assert_eq!(ridge.confusion.iter().flatten().sum::<usize>(), 24);
    let config = session.config().clone();
    let (mut right, n) = (0, 24);
    for _ in 0..n {
        let (frames, side) = scene(&mut rng, &config);
        show(&mut session, &frames);
        let answer = block_on(session.classify()).unwrap();
        for guesses in [&answer.ridge, &answer.knn] {
            assert!((guesses.iter().map(|guess| guess.share).sum::<f32>() - 1.0).abs() < 1e-4);
            assert!(guesses[0].share >= guesses[1].share);
        }
        assert!(answer.drift == 0.0 && answer.nearest.len() == 5);
        right += usize::from(answer.ridge[0].name == ["left", "right"][side]);
    }
    assert!(right >= 17, "{right} of {n}"); // chance gets there in 3 of 100 tries
}

/// Five seconds of film, 32x32 RGB: see tests/fixtures/CREDITS.md. A rabbit comes out of its burrow, then stands.
const FILM: &[u8] = include_bytes!("fixtures/big_buck_bunny_32.rgb");

#[test]
fn clips_of_film_are_told_apart_from_a_few_examples() {
    let mut session = learner();
    let frames: Vec<Vec<u8>> = FILM
        .chunks_exact(32 * 32 * 3)
        .map(|frame| frame.chunks_exact(3).flat_map(|pixel| [pixel[0], pixel[1], pixel[2], 255]).collect())
        .collect();
    assert_eq!(frames.len(), 66);
    let show = |session: &mut Session, start: usize| {
        frames[start..start + 20].iter().for_each(|frame| session.push_picture(frame, 32, 32).unwrap());
    };
    let ids = ["comes out", "stands"].map(|name| session.examples_mut().add_class(name).unwrap());
    for start in [0, 4, 8, 12] {
        for (id, first) in ids.into_iter().zip([0, 34]) {
            show(&mut session, first + start);
            block_on(session.add_example(id)).unwrap();
        }
    }
    assert!(session.fewshot_report().unwrap().ridge.accuracy.value > 0.8);
    for (start, name) in
        [(2, "comes out"), (6, "comes out"), (15, "comes out"), (36, "stands"), (44, "stands"), (46, "stands")]
    {
        show(&mut session, start);
        let answer = block_on(session.classify()).unwrap();
        assert_eq!(answer.ridge[0].name, name, "from frame {start}: {answer:?}");
    }
    let picture = &session.examples().all()[0].thumbnail;
    assert!(picture.len() == THUMBNAIL * THUMBNAIL * 4 && picture.iter().any(|&value| value != picture[0]));
}

/// Hues of an object that is a small part of the picture, which the mean of all tokens hardly shows.
#[test]
fn a_small_object_s_colour_is_learned_from_five_clips() {
    let session = learner();
    let config = session.config().clone();
    let spec = WorldSpec::standard().in_the_open((1, 1));
    let clip_of = |red: bool, rng: &mut Rng| {
        let is = |world: &World| {
            let [r, g, b] = world.truth()[0].colour;
            if red { r > 1.5 * g.max(b) } else { b > 1.5 * g.max(r) }
        };
        let mut world =
            std::iter::repeat_with(|| World::new(&spec, exam_seed(rng))).find(is).expect("there are all hues");
        let features = block_on(session.embed(world.clip(config.frames, config.size))).unwrap();
        pool(&features, config.grid())
    };
    // How good five clips are is a matter of luck; six fives are not.
    let right_of_20 = |seed| {
        let mut rng = Rng::new(seed);
        let mut examples = Examples::new(&parts(config.width));
        let ids = ["red", "blue"].map(|name| examples.add_class(name).unwrap());
        for i in 0..10 {
            let features = clip_of(i % 2 == 0, &mut rng);
            examples.add(ids[i % 2], &features, vec![0; THUMBNAIL * THUMBNAIL * 4]).unwrap();
        }
        let classifier = Classifier::fit(&examples).unwrap();
        let asked = [true, false].repeat(10).into_iter();
        let is_right = |red: &bool| {
            let answer = classifier.answer(&clip_of(*red, &mut rng), 0.0).unwrap();
            answer.ridge[0].class == ids[usize::from(!red)]
        };
        asked.filter(is_right).count()
    };
    let right: Vec<usize> = (8..14).map(right_of_20).collect();
    println!("of 20 each: {right:?}");
    // Chance gets there in one of 100,000 tries.
    assert!(right.iter().sum::<usize>() >= 84, "{right:?} of 20 each");
}

#[test]
fn what_is_pooled_says_what_moves_where_and_which_way() {
    // One channel; a bright token goes from the left to the right of a 1x4 frame in 4 tubelets.
    let grid = Grid::new(4, 1, 4);
    let bright = |at: &dyn Fn(usize) -> usize| -> Vec<f32> {
        let tokens = (0..16).map(|i| f32::from(u8::from(at(i / 4) == i % 4)));
        pool(&tokens.collect::<Vec<_>>(), grid)
    };
    let (going, coming, still) = (bright(&|t| t), bright(&|t| 3 - t), bright(&|_| 1));
    assert_eq!(going.len(), pooled(1));
    for (pooled, slope) in [(&going, 1.0), (&coming, -1.0)] {
        let [all, moving, column, row, along, down] = pooled[..] else { panic!("{pooled:?}") };
        assert_eq!(all, 0.25);
        assert!(moving > 0.9, "all but the bright token is as usual there: {pooled:?}");
        assert!(
            [column, row, down].iter().all(|value| value.abs() < 1e-5) && (along - slope).abs() < 0.1,
            "{pooled:?}"
        );
    }
    // What stands where it is is a part of the whole, and no more.
    assert!(still.iter().zip([0.25, 0.25, 0.0, 0.0, 0.0, 0.0]).all(|(a, b)| (a - b).abs() < 1e-5), "{still:?}");
    // A single frame, and features that are all the same.
    for (features, grid) in [(vec![0.0, 1.0], Grid::new(1, 1, 2)), (vec![3.0; 8], Grid::new(2, 2, 2))] {
        let pooled = pool(&features, grid);
        assert!(pooled.iter().all(|value| value.is_finite()) && (pooled[0] - pooled[1]).abs() < 1e-5, "{pooled:?}");
    }
}

#[test]
fn a_project_survives_saving_and_loading_and_answers_the_same() {
    let (mut session, mut rng) = taught(nano(1), 3);
    let saved = block_on(session.save_project()).unwrap();
    let mut other = nano(1);
    let drift = block_on(other.load_project(&saved)).unwrap();
    assert!(drift < 1e-3, "{drift}");
    let without_ids = |session: &Session| {
        let class = |id| session.examples().classes().iter().position(|class| class.id == id).unwrap();
        let all = session.examples().all().iter();
        all.map(|example| (class(example.class), example.features.clone(), example.thumbnail.clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(without_ids(&session), without_ids(&other));
    assert!(!other.examples_mut().undo(), "a file brings no past");
    let (frames, _) = scene(&mut rng, &session.config().clone());
    for session in [&mut session, &mut other] {
        show(session, &frames);
    }
    let [a, b] = [&mut session, &mut other].map(|session| block_on(session.classify()).unwrap());
    assert_eq!(a.ridge[0].share, b.ridge[0].share);
    assert!(block_on(other.save_project()).unwrap() == saved, "the same classes are another file");
}

#[test]
fn another_model_is_refused_in_a_sentence_and_nothing_is_lost() {
    let (mut session, _) = taught(nano(1), 2);
    let saved = block_on(session.save_project()).unwrap();
    let mut other = nano(2);
    let class = other.examples_mut().add_class("mine").unwrap();
    assert!(matches!(fewshot(block_on(other.load_project(&saved))), FewshotError::Drifted { percent } if percent > 20));
    assert_eq!(other.examples().classes()[0].id, class);
    let error = fewshot(block_on(learner().load_project(&saved)));
    assert!(error.to_string().contains("load that model first") && error.code() == "other-model", "{error}");
    // Nor do features of before and after another model took its place mix.
    block_on(session.train(1, async || ())).unwrap();
    let drift = block_on(session.load_project(&saved)).unwrap();
    assert!(drift > 0.0 && drift < 0.1, "one step changes features a little: {drift}");
}

#[test]
fn what_can_not_be_asked_yet_is_said() {
    let mut session = nano(1);
    assert!(matches!(block_on(session.classify()), Err(Error::ShortClip { .. })));
    session.set_world(&WorldSpec::simple(), 1);
    session.advance_world(4);
    assert_eq!(fewshot(block_on(session.classify())), FewshotError::Untaught);
    assert_eq!(fewshot(block_on(session.add_example(9))), FewshotError::NoClass(9));
    let only = session.examples_mut().add_class("only").unwrap();
    block_on(session.add_example(only)).unwrap();
    assert_eq!(fewshot(block_on(session.classify())), FewshotError::Untaught);
    assert_eq!(fewshot(session.fewshot_report().cloned()).code(), "untaught");
}

/// Examples of numbers alone, as of a model whose tokens have one value.
fn few() -> Examples {
    let mut examples = Examples::new(&parts(1));
    let ids = ["a", "b"].map(|name| examples.add_class(name).unwrap());
    for i in 0..6 {
        let x = i as f32;
        let features = [x, 1.0 - x, (i % 2) as f32, 0.0, 0.0, 0.0];
        examples.add(ids[i % 2], &features, vec![i as u8; THUMBNAIL * THUMBNAIL * 4]).unwrap();
    }
    examples
}

#[test]
fn names_and_examples_that_can_not_be_are_refused() {
    let mut examples = few();
    let first = examples.classes()[0].id;
    for name in ["", "  ", "two\nlines", &"x".repeat(NAME + 1)] {
        assert_eq!(examples.add_class(name), Err(FewshotError::Name { most: NAME }), "{name:?}");
    }
    assert_eq!(examples.add_class(" b "), Err(FewshotError::Taken("b".into())));
    assert_eq!(examples.rename_class(first, "b"), Err(FewshotError::Taken("b".into())));
    assert_eq!(examples.rename_class(first, "a"), Ok(()));
    let mut add = |features: &[f32]| examples.add(first, features, vec![0; THUMBNAIL * THUMBNAIL * 4]);
    assert_eq!(add(&[0.0; 4]), Err(FewshotError::Values { found: 4, expected: 6 }));
    for value in [f32::NAN, f32::INFINITY, 1e6] {
        assert_eq!(add(&[0.0, value, 0.0, 0.0, 0.0, 0.0]), Err(FewshotError::NotFinite), "f16 does not hold {value}");
    }
    assert_eq!(examples.remove(999), Err(FewshotError::NoExample(999)));
    for i in 2..CLASSES {
        examples.add_class(&format!("class {i}")).unwrap();
    }
    assert_eq!(examples.add_class("one more"), Err(FewshotError::Classes { most: CLASSES }));
}

#[test]
fn thousands_of_clips_fit_and_then_no_more() {
    let width = pooled(96);
    let mut examples = Examples::new(&parts(96));
    let class = examples.add_class("all").unwrap();
    let most = examples.usage().most;
    assert!(most > 10_000, "{most}");
    let add = |examples: &mut Examples| examples.add(class, &vec![0.5; width], vec![0; THUMBNAIL * THUMBNAIL * 4]);
    for _ in 0..most {
        add(&mut examples).unwrap();
    }
    assert_eq!(add(&mut examples), Err(FewshotError::Full { clips: most, budget: BUDGET >> 20 }));
    assert!(examples.usage().bytes <= BUDGET);
    // What an undo would bring back takes room, too, until a new one needs it.
    for _ in 0..10 {
        examples.remove(examples.all()[0].id).unwrap();
        add(&mut examples).unwrap();
        assert!(examples.usage().bytes <= BUDGET);
    }
}

/// Everything that can be seen of examples.
fn state(examples: &Examples) -> String {
    format!(
        "{:?} {:?}",
        examples.classes(),
        examples.all().iter().map(|e| (e.id, e.class, &e.features)).collect::<Vec<_>>()
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_change_can_be_undone_and_done_again(steps in prop::collection::vec((0usize..5, 0usize..8), 1..40)) {
        let mut examples = few();
        examples.forget();
        let mut states = vec![state(&examples)];
        for (i, (kind, at)) in steps.into_iter().enumerate() {
            let class = examples.classes().get(at % examples.classes().len().max(1)).map(|class| class.id);
            let example = examples.all().get(at % examples.all().len().max(1)).map(|example| example.id);
            let done = match (kind, class, example) {
                (0, ..) => examples.add_class(&format!("new {i}")).is_ok(),
                (1, Some(class), _) => examples.rename_class(class, &format!("other {i}")).is_ok(),
                (2, Some(class), _) => examples.remove_class(class).is_ok(),
                (3, Some(class), _) => examples.add(class, &[at as f32; 6], vec![0; THUMBNAIL * THUMBNAIL * 4]).is_ok(),
                (4, _, Some(example)) => examples.remove(example).is_ok(),
                _ => false,
            };
            if done {
                states.push(state(&examples));
            }
        }
        for expected in states.iter().rev().skip(1) {
            prop_assert!(examples.undo());
            prop_assert_eq!(&state(&examples), expected);
        }
        prop_assert!(!examples.undo());
        for expected in states.iter().skip(1) {
            prop_assert!(examples.redo());
            prop_assert_eq!(&state(&examples), expected);
        }
        prop_assert!(!examples.redo());
    }

    #[test]
    fn a_damaged_project_is_refused_and_never_panics(at in 0usize..10_000, value in any::<u8>(), cut in 0usize..10_000) {
        let bytes = project().to_bytes().unwrap();
        let mut changed = bytes.clone();
        let at = at % bytes.len();
        changed[at] = value;
        let opened = Project::from_bytes(&changed);
        prop_assert!(opened.is_err() || changed == bytes || at < 8 + header_length(&bytes), "a value was changed at {}", at);
        prop_assert!(Project::from_bytes(&bytes[..cut % bytes.len()]).is_err());
    }
}

fn project() -> Project {
    let features = vec![half::f16::ONE; pooled(1)];
    let identity = Identity { family: Family::VJepa2, name: "test".into(), width: 1, frames: 16, size: 48, features };
    Project { identity, examples: few() }
}

fn header_length(bytes: &[u8]) -> usize {
    u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize
}

/// A file with another header and other tensors, its checksum made right again.
fn forged(
    change: impl Fn(&mut serde_json::Value),
    tensors: impl Fn(&str, &mut safetensors::Dtype, &mut Vec<usize>, &mut Vec<u8>),
) -> FewshotError {
    let bytes = project().to_bytes().unwrap();
    let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let (_, metadata) = safetensors::SafeTensors::read_metadata(&bytes).unwrap();
    let mut metadata: HashMap<String, String> = metadata.metadata().clone().unwrap();
    let mut header = serde_json::from_str(&metadata["vjepa-web-classes"]).unwrap();
    change(&mut header);
    let header = header.to_string();
    let mut hash = crc32fast::Hasher::new();
    hash.update(header.as_bytes());
    let changed = ["features", "identity", "labels", "thumbnails"].map(|name| {
        let view = file.tensor(name).unwrap();
        let (mut dtype, mut shape, mut data) = (view.dtype(), view.shape().to_vec(), view.data().to_vec());
        tensors(name, &mut dtype, &mut shape, &mut data);
        hash.update(&data);
        (name, dtype, shape, data)
    });
    metadata.insert("vjepa-web-classes".into(), header);
    metadata.insert("vjepa-web-crc32".into(), format!("{:08x}", hash.finalize()));
    let views = changed.iter().map(|(name, dtype, shape, data)| {
        (*name, safetensors::tensor::TensorView::new(*dtype, shape.clone(), data).unwrap())
    });
    Project::from_bytes(&safetensors::serialize(views, Some(metadata)).unwrap()).unwrap_err()
}

#[test]
fn a_project_that_could_not_have_been_made_here_is_refused() {
    let same = |_: &str, _: &mut safetensors::Dtype, _: &mut Vec<usize>, _: &mut Vec<u8>| ();
    let code = |error: FewshotError| error.code();
    assert_eq!(forged(|header| header["version"] = 3.into(), same), FewshotError::Version(3));
    assert_eq!(forged(|header| header["version"] = 1.into(), same), FewshotError::Outdated(1));
    assert_eq!(code(forged(|header| header["model"]["width"] = 2.into(), same)), "bad-project");
    assert_eq!(code(forged(|header| header["model"]["width"] = usize::MAX.into(), same)), "bad-project");
    assert_eq!(code(forged(|header| header["classes"] = 3.into(), same)), "bad-project");
    assert_eq!(
        forged(|header| header["classes"] = serde_json::json!(["a", "a"]), same),
        FewshotError::Taken("a".into())
    );
    assert_eq!(
        forged(|header| header["classes"] = serde_json::json!(["a", ""]), same),
        FewshotError::Name { most: NAME }
    );
    let many: Vec<String> = (0..CLASSES + 1).map(|i| format!("{i}")).collect();
    assert_eq!(
        forged(|header| header["classes"] = serde_json::json!(many), same),
        FewshotError::Classes { most: CLASSES }
    );
    assert!(forged(|header| header["classes"] = serde_json::json!(["a"]), same).to_string().contains("no class"));
    let keep = |_: &mut serde_json::Value| ();
    let not_a_number = |wanted: &'static str| {
        forged(keep, move |name, _, _, data| {
            if name == wanted {
                data[..2].copy_from_slice(&half::f16::NAN.to_le_bytes());
            }
        })
    };
    assert_eq!(not_a_number("features"), FewshotError::NotFinite);
    assert_eq!(not_a_number("identity"), FewshotError::NotFinite);
    let shaped = |wanted: &'static str, shape: Vec<usize>| {
        code(forged(keep, move |name, _, of, _| {
            if name == wanted {
                *of = shape.clone();
            }
        }))
    };
    for (name, shape) in [
        ("features", vec![36]),
        ("features", vec![4, 9]),
        ("features", vec![6, 6, 1]),
        ("labels", vec![1, 6]),
        ("identity", vec![6, 1]),
        ("thumbnails", vec![6, 2304]),
    ] {
        assert_eq!(shaped(name, shape), "bad-project", "{name}");
    }
    let typed = |name: &str, dtype: &mut safetensors::Dtype, _: &mut Vec<usize>, _: &mut Vec<u8>| {
        if name == "features" {
            *dtype = safetensors::Dtype::BF16;
        }
    };
    assert!(forged(keep, typed).to_string().contains("BF16"));
}

#[test]
fn other_files_are_no_projects() {
    let bytes = project().to_bytes().unwrap();
    assert!(Project::from_bytes(&bytes).is_ok());
    for length in 0..bytes.len().min(2000) {
        assert!(Project::from_bytes(&bytes[..length]).is_err());
    }
    let mut lying = bytes.clone();
    lying[..8].copy_from_slice(&(1u64 << 60).to_le_bytes());
    let invalid = {
        let mut bytes = bytes.clone();
        bytes[20] = 0xff;
        bytes
    };
    for (what, file) in [
        ("length", lying),
        ("text", invalid),
        ("model", include_bytes!("../www/assets/learner.safetensors").to_vec()),
        ("size", vec![0; BUDGET + (2 << 20)]),
    ] {
        assert_eq!(Project::from_bytes(&file).unwrap_err().code(), "bad-project", "{what}");
    }
    let mut flipped = bytes.clone();
    *flipped.last_mut().unwrap() ^= 1;
    assert_eq!(Project::from_bytes(&flipped).unwrap_err(), FewshotError::Damaged);
}

#[test]
fn a_small_class_counts_as_much_as_a_large_one() {
    let mut rng = Rng::new(1);
    let labels: Vec<usize> = (0..66).map(|i| usize::from(i >= 60)).collect();
    let features = labels.iter().flat_map(|&label| [label as f32 + 0.3 * rng.normal() as f32, rng.normal() as f32]);
    let rows = Rows { features: features.collect(), labels: labels.clone(), parts: vec![2], classes: 2 };
    for shares in [Ridge::fit(&rows).1, Knn::fit(&rows).1] {
        let right = |class: usize| {
            let of = shares.chunks_exact(2).zip(&labels).filter(|(_, label)| **label == class);
            of.clone().filter(|(shares, _)| shares[class] > 0.5).count() as f32 / of.count() as f32
        };
        assert!(right(0) > 0.8 && right(1) > 0.6, "{} {}", right(0), right(1));
    }
}

#[test]
fn equal_clips_of_two_classes_make_nobody_sure() {
    let mut examples = Examples::new(&[2]);
    for name in ["a", "b", "never shown"] {
        let class = examples.add_class(name).unwrap();
        for _ in 0..if name.len() == 1 { 4 } else { 0 } {
            examples.add(class, &[1.0, 2.0], vec![0; THUMBNAIL * THUMBNAIL * 4]).unwrap();
        }
    }
    let answer = Classifier::fit(&examples).unwrap().answer(&[1.0, 2.0], 0.0).unwrap();
    for guesses in [answer.ridge, answer.knn] {
        assert_eq!(guesses.len(), 2, "a class without examples is no answer");
        assert!(guesses[0].share < 0.6, "{guesses:?}");
    }
}
