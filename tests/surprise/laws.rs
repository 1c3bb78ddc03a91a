//! Laws that are broken in the live world: each kind at a moment at which it shows, counted by what the alarm does.

use super::learner;
use pollster::block_on;
use vjepa_web::{
    Error, Session,
    session::Surprised,
    surprise::{AFTER, WARM_UP},
    world::{Broken, LawError, Live, Violation, World, WorldSpec},
};

const SIZE: usize = 48;

/// Scenes of the standard world in which this violation finds a moment.
fn scenes(violation: Violation) -> impl Iterator<Item = (u64, Live, Broken)> {
    (0..60).filter_map(move |seed| {
        let mut live = Live::new(&WorldSpec::standard(), seed);
        (0..20).for_each(|_| live.advance());
        let broken = live.break_law(violation, SIZE).ok()?;
        Some((seed, live, broken))
    })
}

#[test]
fn every_violation_finds_scenes_and_shows_when_it_says() {
    for violation in Violation::ALL {
        let mut found = 0;
        for (seed, mut live, broken) in scenes(violation).take(5) {
            found += 1;
            let mut lawful = World::new(&WorldSpec::standard(), seed);
            lawful.advance(20);
            assert!(broken.happens > 20 && broken.shows >= broken.happens, "{violation:?} {seed}");
            for frame in 21..=broken.shows {
                lawful.advance(1);
                live.advance();
                let same = lawful.render(SIZE) == live.world().render(SIZE);
                assert_eq!(same, frame < broken.shows, "{violation:?} of scene {seed}, frame {frame}: {broken:?}");
            }
        }
        assert_eq!(found, 5, "{violation:?} finds moments in ordinary scenes");
    }
}

#[test]
fn a_scene_says_what_it_lacks() {
    let mut simple = Live::new(&WorldSpec::simple(), 1);
    let lacks: Vec<Option<LawError>> = Violation::ALL.into_iter().map(|kind| simple.lacks(kind)).collect();
    let expected = [
        None,
        Some(LawError::Pillar),
        None,
        None,
        Some(LawError::Shape),
        None,
        Some(LawError::Block),
        None,
        Some(LawError::Gravity),
    ];
    assert_eq!(lacks, expected);
    assert_eq!(simple.break_law(Violation::PassThrough, SIZE), Err(LawError::Block));
    let broken = simple.break_law(Violation::Vanish, SIZE).unwrap();
    assert_eq!(simple.break_law(Violation::Colour, SIZE), Err(LawError::Turn), "one at a time");
    while simple.world().frame() < broken.happens + 24 {
        simple.advance();
    }
    assert_eq!(simple.break_law(Violation::Colour, SIZE), Err(LawError::Object), "its only object is gone");
}

#[test]
fn gravity_comes_back_and_blocks_are_solid_again() {
    for violation in [Violation::GravityOff, Violation::PassThrough] {
        let (_, mut live, broken) = scenes(violation).next().unwrap();
        let before = live.world().falls();
        while live.world().frame() < broken.happens {
            live.advance();
        }
        assert_eq!(live.world().falls(), before && violation != Violation::GravityOff);
        (0..300).for_each(|_| live.advance());
        assert_eq!(live.world().falls(), before);
        let objects = live.world().truth();
        for _ in 0..300 {
            live.advance();
            assert!(objects.iter().all(|object| !live.world().inside_block(object.id)), "{violation:?}");
        }
    }
}

fn watch(session: &mut Session) -> Surprised {
    session.advance_world(2);
    block_on(session.surprise(session.newest())).unwrap()
}

/// Windows until what came of it is known.
fn outcome(session: &mut Session) -> Vec<Surprised> {
    let mut seen = vec![];
    loop {
        seen.push(watch(session));
        assert!(seen.len() < 200, "it is counted at last");
        if seen.last().unwrap().laws.outcome.is_some() {
            return seen;
        }
    }
}

#[test]
fn what_the_alarm_does_is_what_is_counted() {
    let mut session = learner();
    assert!(matches!(session.break_law(Violation::Vanish), Err(Error::Law(LawError::World))));
    session.set_world(&WorldSpec::standard(), 5);
    session.advance_world(0);
    assert!(matches!(session.break_law(Violation::Vanish), Err(Error::Law(LawError::Calibration))));
    (0..WARM_UP + 12).for_each(|_| drop(watch(&mut session)));
    let (mut noticed, mut broken) = (0, 0);
    for violation in [Violation::Teleport, Violation::Reverse, Violation::Teleport, Violation::Colour] {
        session.break_law(violation).unwrap();
        assert!(matches!(session.break_law(violation), Err(Error::Law(LawError::Turn))));
        let seen = outcome(&mut session);
        broken += 1;
        let happened = seen.iter().position(|window| window.laws.happened == Some(violation)).unwrap();
        let rang = seen[happened..].iter().any(|window| window.alarm.began.is_some());
        let counted = seen.last().unwrap().laws.outcome.unwrap();
        assert_eq!((counted.violation, counted.noticed), (violation, rang));
        assert!(rang || (seen.len() - happened) * 2 >= AFTER as usize, "a miss is known when its time is over");
        noticed += usize::from(rang);
        let mut last = seen.last().unwrap().laws.clone();
        assert_eq!((last.score.broken, last.score.noticed), (broken, noticed));
        while last.pending.is_some() {
            last = watch(&mut session).laws;
        }
    }
    assert!(noticed > 0, "the model that comes with the page notices some of them");
    assert!(session.lacking().len() == Violation::ALL.len());
}
