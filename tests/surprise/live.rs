//! Surprise of a session at the clip it holds.

use super::{Light, Room, learner, nano, nano_in_a_world};
use pollster::block_on;
use vjepa_web::{
    Error, Session,
    exam::surprises,
    mask::MaskError,
    predict::Questions,
    session::Surprised,
    surprise::{THRESHOLD, Verdict, WARM_UP},
    world::{Pair, Violation, World, WorldSpec},
};

const SIZE: usize = 48;
const CALM: Light = Light { noise: 2.0, drift: 0.0, flicker: 0.0, lamp: [1.0; 3] };

/// A still room of the kind the page's model knows.
fn room(seed: u64) -> Room {
    Room::new(World::new(&WorldSpec::standard(), 2 * seed + 1).render(SIZE), SIZE, seed)
}

/// Let the room go on by a tubelet, and ask.
fn watch(session: &mut Session, room: &mut Room, light: Light) -> Option<Surprised> {
    (0..2).for_each(|_| session.push_frame(room.shoot(light)).unwrap());
    match block_on(session.surprise(session.newest())) {
        Ok(surprised) => Some(surprised),
        Err(Error::ShortClip { .. }) => None,
        Err(other) => panic!("{other}"),
    }
}

fn watch_for(session: &mut Session, room: &mut Room, light: Light, tubelets: usize) -> Vec<Surprised> {
    (0..tubelets).filter_map(|_| watch(session, room, light)).collect()
}

fn most(seen: &[Surprised]) -> f32 {
    peaks(seen).into_iter().fold(0.0, f32::max)
}

fn peaks(seen: &[Surprised]) -> Vec<f32> {
    seen.iter().map(|surprised| surprised.reading.peak).collect()
}

#[test]
fn noise_and_drifting_light_in_a_still_room_never_ring_and_an_object_does_once() {
    for seed in 0..2 {
        let (mut session, mut room) = (learner(), room(seed));
        let light = Light { drift: 0.1, ..CALM };
        let still = watch_for(&mut session, &mut room, light, 60);
        assert_eq!(session.alarm().alarms, 0, "room {seed}: {:.1?}", peaks(&still));
        room.put_disc([0.3, 0.6], 0.13, [230, 60, 60]);
        let seen = watch_for(&mut session, &mut room, light, 8);
        assert_eq!(seen[0].alarm.began, Some(0), "room {seed}: {:.1?}", peaks(&seen));
        let verdicts = [&still[0], still.last().unwrap(), &seen[0]].map(|window| window.trust(Some(0.9)).verdict);
        assert_eq!(verdicts, [Verdict::Unknown, Verdict::Sure, Verdict::Wait], "a label that is sure, room {seed}");
        let trust = seen[0].trust(None);
        // Of 6 by 6 places, those that the disc covers.
        assert!(trust.places.iter().any(|place| [19, 25].contains(place)), "room {seed}: {trust:?}");
        assert!(["left", "middle"].contains(&trust.part.unwrap()), "room {seed}: {trust:?}");
        assert_eq!(session.alarm().alarms, 1, "one event, room {seed}: {:.1?}", peaks(&seen));
        println!(
            "room {seed}: at most {:.1}, then {:.1?}",
            peaks(&still).into_iter().fold(0.0, f32::max),
            peaks(&seen)
        );
    }
}

#[test]
fn light_that_changes_at_once_never_rings_and_what_then_comes_does() {
    let lights = [
        ("brighter", Light { lamp: [1.2; 3], ..CALM }),
        ("darker", Light { lamp: [0.7; 3], ..CALM }),
        ("warmer", Light { lamp: [1.1, 1.0, 0.85], ..CALM }),
        ("flickers", Light { flicker: 0.1, ..CALM }),
    ];
    for (i, (what, light)) in lights.into_iter().enumerate() {
        let (mut session, mut room) = (learner(), room(i as u64));
        let still = watch_for(&mut session, &mut room, CALM, 40);
        let other = watch_for(&mut session, &mut room, light, 30);
        println!("{what}: at most {:.1} before, {:.1} after", most(&still), most(&other));
        assert_eq!(session.alarm().alarms, 0, "{what}: {:.1?}", peaks(&other));
        room.put_disc([0.3, 0.6], 0.13, [230, 60, 60]);
        let seen = watch_for(&mut session, &mut room, light, 8);
        assert_eq!(session.alarm().alarms, 1, "{what}: {:.1?}", peaks(&seen));
    }
}

#[test]
fn the_live_reading_is_the_exam_s_error_of_the_same_window() {
    let mut session = nano_in_a_world(5);
    let clip = block_on(session.look(vjepa_web::session::MaskKind::Future)).unwrap().frames;
    let asked = session.newest();
    let model = session.eval_model().unwrap();
    let exam = block_on(surprises(&model, std::slice::from_ref(&clip), asked, session.device())).unwrap();
    let live = block_on(session.surprise(asked)).unwrap();
    assert_eq!(live.reading.errors, exam[0].errors[0][0]);
    assert_eq!(live.frames, clip[clip.len() / 2..], "the newest tubelet's frames");
    assert_eq!(live.reading.missing, WARM_UP);
    assert_eq!(block_on(session.surprise(asked)).unwrap().reading.missing, WARM_UP - 1);
}

#[test]
fn several_tubelets_are_read_as_their_mean_and_another_question_calibrates_anew() {
    let mut session = learner();
    let mut room = room(1);
    watch_for(&mut session, &mut room, CALM, 10);
    let asked = Questions { past: 5, horizon: 3 };
    let reading = block_on(session.surprise(asked)).unwrap().reading;
    assert_eq!(reading.missing, WARM_UP, "a new question");
    let by_step = block_on(session.roll(5, 3)).unwrap().predicted;
    let mean: Vec<f32> = (0..36).map(|i| by_step.errors.iter().map(|step| step[i]).sum::<f32>() / 3.0).collect();
    assert!(reading.errors.iter().zip(&mean).all(|(a, b)| (a - b).abs() < 1e-5));
}

#[test]
fn what_cannot_be_asked_is_refused_in_words() {
    let mut session = nano(1);
    let newest = session.newest();
    assert!(matches!(block_on(session.surprise(newest)), Err(Error::ShortClip { held: 0, needed: 4 })));
    let mut session = nano_in_a_world(1);
    for (past, horizon) in [(0, 1), (2, 1), (9, 1), (1, 0)] {
        let refused = block_on(session.surprise(Questions { past, horizon }));
        assert!(matches!(refused, Err(Error::Mask(MaskError::Future { .. } | MaskError::Nothing))), "{past} {horizon}");
    }
    assert!(matches!(session.set_alarm(f32::NAN), Err(Error::Threshold(_))));
    assert!(matches!(session.refute_alarm(0, true), Err(Error::NoAlarm(0))));
}

#[test]
fn another_place_or_another_network_has_to_be_found_usual_first() {
    let mut session = nano_in_a_world(2);
    let watch = |session: &mut Session| {
        session.advance_world(2);
        block_on(session.surprise(session.newest())).unwrap().reading.missing
    };
    session.keep_model().unwrap();
    session.set_alarm(4.0).unwrap();
    let left: Vec<usize> = (0..3).map(|_| watch(&mut session)).collect();
    assert_eq!(left, [WARM_UP, WARM_UP - 1, WARM_UP - 2]);
    session.rewind(0).unwrap();
    assert_eq!(watch(&mut session), WARM_UP);
    session.set_world(&WorldSpec::simple(), 3);
    assert_eq!(watch(&mut session), WARM_UP);
    session.reset_surprise();
    assert_eq!(watch(&mut session), WARM_UP);
    assert_eq!(session.alarm().threshold, 4.0, "the visitor's threshold stays");
}

/// Where things move all the time, and everywhere at some time, none of it is an event until something happens that can't.
#[test]
fn a_lively_world_hardly_ever_rings_and_what_jumps_or_changes_colour_does() {
    let (mut calm, mut windows, mut found) = (0, 0, 0);
    for i in 0..6 {
        let kind = if i % 2 == 0 { Violation::Teleport } else { Violation::Colour };
        let pair = Pair::new(&WorldSpec::standard(), kind, 96, 7 << 20 | i).unwrap();
        let [still, odd] = [pair.possible(), pair.impossible()].map(|mut course| {
            let mut session = learner();
            let mut peaks = vec![];
            for frame in 0..96 {
                session.push_frame(course.render(SIZE)).unwrap();
                course.advance();
                if frame + 1 >= session.config().frames && frame % 2 == 1 {
                    let peak = block_on(session.surprise(session.newest())).unwrap().reading.peak;
                    peaks.push((frame, peak));
                }
            }
            peaks
        });
        windows += still.len() - WARM_UP;
        calm += still.iter().filter(|(_, peak)| *peak >= THRESHOLD).count();
        let moments = pair.moment..pair.moment + 16;
        found += usize::from(odd.iter().any(|(frame, peak)| moments.contains(frame) && *peak >= THRESHOLD));
    }
    println!("{calm} of {windows} windows of worlds as they can be are above the threshold; {found} of 6 events are");
    assert!(calm * 30 <= windows, "{calm} of {windows}");
    assert!(found >= 2, "{found} of 6");
}

/// A visitor's first minute, in which nothing impossible happens.
#[test]
fn a_fresh_visit_to_any_world_does_not_ring() {
    const TUBELETS: usize = 360;
    let mut session = learner();
    for (name, spec) in
        [("simple", WorldSpec::simple()), ("standard", WorldSpec::standard()), ("rich", WorldSpec::rich())]
    {
        for seed in [11, 12] {
            session.set_world(&spec, seed);
            session.reset_surprise();
            let mut most = 0f32;
            for _ in 0..TUBELETS {
                session.advance_world(2);
                most = most.max(block_on(session.surprise(session.newest())).unwrap().reading.peak);
            }
            println!("{name} {seed}: at most {most:.1}");
            assert_eq!(session.alarm().alarms, 0, "{name} {seed}: {most:.1}");
        }
    }
}
