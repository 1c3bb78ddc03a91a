//! Matched pairs: the same up to the moment, and different after it in just the one thing that can't be.

use crate::{cases, distance, specs};
use proptest::prelude::*;
use vjepa_web::world::{Course, Pair, PairError, Truth, Violation, WorldSpec};

const FRAMES: usize = 24;
const SIZE: usize = 48;

/// One version, filmed.
struct Film {
    /// The object it happens to; none once it is gone.
    object: Vec<Option<Truth>>,
    /// Whether its centre is in a block.
    inside: Vec<bool>,
    pictures: Vec<Vec<u8>>,
}

impl Film {
    fn new(pair: &Pair, mut course: Course) -> Self {
        let mut film = Self { object: Vec::new(), inside: Vec::new(), pictures: Vec::new() };
        for _ in 0..pair.frames {
            film.object.push(course.truth().into_iter().find(|truth| truth.id == pair.object));
            film.inside.push(course.world().inside_block(pair.object));
            film.pictures.push(course.render(SIZE));
            course.advance();
        }
        film
    }

    fn at(&self, frame: usize) -> Truth {
        self.object[frame].expect("it is there")
    }
}

/// As it can be and as it can't.
fn films(pair: &Pair) -> [Film; 2] {
    [pair.possible(), pair.impossible()].map(|course| Film::new(pair, course))
}

fn possible() -> impl Iterator<Item = (WorldSpec, Violation)> {
    specs().flat_map(|spec| {
        Violation::ALL
            .into_iter()
            .filter(|kind| kind.possible_in(&spec))
            .map(|kind| (spec.clone(), kind))
            .collect::<Vec<_>>()
    })
}

/// Every kind in every world that can show it, for several seeds.
fn each(seeds: std::ops::Range<u64>, check: impl Fn(&Pair, &str)) {
    for ((spec, kind), seed) in possible().flat_map(|which| seeds.clone().map(move |seed| (which.clone(), seed))) {
        let pair = Pair::new(&spec, kind, FRAMES, seed).unwrap_or_else(|error| panic!("{seed}: {error}"));
        check(&pair, &format!("{} {} {seed}", spec.name, kind.id()));
    }
}

/// The first frame whose picture may show that something happened.
fn shown(pair: &Pair, possible: &Film) -> usize {
    let back = |&frame: &usize| possible.at(frame).visible > 0.0;
    match pair.violation {
        // Its smoothed edge comes out a frame before any of it counts as visible.
        Violation::VanishHidden => (pair.moment + 2..FRAMES).find(back).expect("it would come out") - 1,
        // What changes is how it goes on.
        Violation::PassThrough | Violation::Reverse | Violation::GravityOff => pair.moment + 1,
        _ => pair.moment,
    }
}

#[test]
fn pictures_are_equal_up_to_the_moment_and_differ_after_it() {
    each(0..6, |pair, name| {
        assert!((FRAMES / 3..=FRAMES * 2 / 3).contains(&pair.moment), "{name}: at {}", pair.moment);
        let [possible, impossible] = films(pair);
        let shown = shown(pair, &possible);
        let differs = |frame: usize| possible.pictures[frame] != impossible.pictures[frame];
        let early = (0..shown).find(|&frame| differs(frame));
        assert_eq!(early, None, "{name}: the moment is {}, it shows at {shown}", pair.moment);
        assert!((shown..shown + 3).any(differs), "{name}: nothing is different at {shown}");
    });
}

#[test]
fn the_truth_says_what_happened() {
    each(6..12, |pair, name| {
        let [possible, impossible] = films(pair);
        let (moment, last) = (pair.moment, FRAMES - 1);
        assert_eq!(possible.object[..moment], impossible.object[..moment], "{name}");
        let can = possible.at(moment);
        let cannot = || impossible.at(moment);
        let happened = match pair.violation {
            Violation::Vanish => can.visible > 0.95 && impossible.object[moment..].iter().all(Option::is_none),
            Violation::VanishHidden => can.visible == 0.0 && impossible.object[moment..].iter().all(Option::is_none),
            Violation::Teleport => distance(can.position, cannot().position) > 0.125,
            Violation::Colour => opposite(can.colour, cannot().colour) && same_but_colour(&can, &cannot()),
            Violation::Shape => can.shape != cannot().shape && Truth { shape: can.shape, ..cannot() } == can,
            Violation::Size => {
                let ratio = cannot().radius / can.radius;
                (ratio - 1.5).abs() < 1e-5 || (ratio - 1.0 / 1.5).abs() < 1e-5
            }
            Violation::PassThrough => !possible.inside.contains(&true) && impossible.inside[moment..].contains(&true),
            Violation::Reverse => {
                can.position == cannot().position && cannot().velocity != can.velocity && turned(pair, &impossible)
            }
            Violation::GravityOff => {
                // A camera that moves does so in both.
                let fell = |film: &Film| film.at(moment + 2).velocity[1] - film.at(moment).velocity[1];
                let fall = WorldSpec::rich().fall as f32;
                (fell(&possible) - fell(&impossible) - 2.0 * fall).abs() < 1e-5
            }
        };
        assert!(happened, "{name} at {moment} of {last}: {can:?}, {:?}", impossible.object[moment]);
    });
}

fn same_but_colour(a: &Truth, b: &Truth) -> bool {
    Truth { colour: a.colour, ..*b } == *a
}

/// The strongest channel became the weakest, and the other way round.
fn opposite(a: [f32; 3], b: [f32; 3]) -> bool {
    let order = |colour: [f32; 3]| {
        let mut channels = [0, 1, 2];
        channels.sort_by(|&i, &j| colour[i].total_cmp(&colour[j]));
        channels
    };
    let ([low, _, high], [new_low, _, new_high]) = (order(a), order(b));
    low == new_high && high == new_low
}

/// It goes back along the way it came.
fn turned(pair: &Pair, impossible: &Film) -> bool {
    let [before, at, after] =
        [pair.moment - 1, pair.moment, pair.moment + 1].map(|frame| impossible.at(frame).position);
    let way = |from: [f32; 2], to: [f32; 2]| [to[0] - from[0], to[1] - from[1]];
    let (came, goes) = (way(before, at), way(at, after));
    came[0] * goes[0] + came[1] * goes[1] < 0.0
}

proptest! {
    #![proptest_config(cases(12))]

    #[test]
    fn a_seed_gives_the_same_pair(which in prop::sample::select(possible().collect::<Vec<_>>()), seed in any::<u64>()) {
        let (spec, kind) = which;
        let [a, b] = [0, 1].map(|_| Pair::new(&spec, kind, FRAMES, seed).unwrap());
        prop_assert_eq!((a.moment, a.object), (b.moment, b.object));
        prop_assert_eq!(a.possible().clip(FRAMES, 16), b.possible().clip(FRAMES, 16));
        prop_assert_eq!(a.impossible().clip(FRAMES, 16), b.impossible().clip(FRAMES, 16));
    }

    #[test]
    fn clips_too_short_for_it_are_refused(frames in 0usize..16, kind in prop::sample::select(Violation::ALL.to_vec())) {
        // Some are long enough for some kinds: then there is a pair, and otherwise a sentence.
        match Pair::new(&WorldSpec::standard(), kind, frames, 1) {
            Ok(pair) => prop_assert!(pair.moment < frames),
            Err(error) => prop_assert!(error.to_string().contains("standard")),
        }
    }
}

#[test]
fn no_seed_is_without_a_pair() {
    for ((spec, kind), seed) in possible().flat_map(|which| (20..40).map(move |seed| (which.clone(), seed))) {
        assert!(Pair::new(&spec, kind, FRAMES, seed).is_ok(), "{} {} {seed}", spec.name, kind.id());
    }
}

#[test]
fn worlds_that_lack_what_it_takes_say_so() {
    let lacking = [Violation::VanishHidden, Violation::Shape, Violation::PassThrough, Violation::GravityOff];
    for violation in Violation::ALL {
        let found = Pair::new(&WorldSpec::simple(), violation, FRAMES, 0);
        if lacking.contains(&violation) {
            let error = found.unwrap_err();
            assert!(error.to_string().starts_with("The simple world has no scene of 24 frames in which "));
            assert_eq!(error, PairError { world: "simple".into(), violation, frames: FRAMES });
        } else {
            assert!(found.is_ok(), "{}", violation.id());
        }
    }
}

#[test]
fn kinds_are_called_as_they_are_saved() {
    for kind in Violation::ALL {
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.id());
    }
}
