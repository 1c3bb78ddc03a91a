//! Shortest ways, and who goes through the door.

use super::{distance, open, shut, side};
use vjepa_web::rng::Rng;
use vjepa_web::world::two_rooms::RADIUS;
use vjepa_web::world::{RandomPlay, RoomsTruth, TwoRooms};

/// Where the oracle counts as arrived.
const ARRIVED: f64 = 0.03;

#[test]
fn the_shortest_way_is_symmetric_and_no_shorter_than_straight() {
    let (mut bent, mut straight) = (0, 0);
    for seed in 0..300 {
        let mut rng = Rng::stream(seed, 7);
        let mut room = TwoRooms::new(&open(), seed);
        let (start, goal) = (room.position(), room.free_place(&mut rng));
        let there = room.shortest(goal).expect("the door is open");
        let way = room.way(goal).expect("the door is open");
        assert_eq!(*way.last().expect("the goal at least"), goal);
        assert!(there >= distance(start, goal) - 1e-12 && there < 2.0);
        (bent, straight) = (bent + u32::from(way.len() > 1), straight + u32::from(way.len() == 1));
        room.place(goal);
        assert!((room.shortest(start).expect("the way back") - there).abs() < 1e-9);
        // All along it the agent fits.
        for pair in std::iter::once(start).chain(way).collect::<Vec<_>>().windows(2) {
            let between = |share: f64| [0, 1].map(|i| pair[0][i] + share * (pair[1][i] - pair[0][i]));
            assert!((0..=20).all(|n| room.fits(between(f64::from(n) / 20.0))), "seed {seed}: {pair:?}");
        }
    }
    assert!(bent >= 100 && straight >= 100, "{bent} bent, {straight} straight");
}

#[test]
fn a_way_round_the_door_is_as_long_as_its_tangents_and_arc() {
    // Mirrored places beside one end of the doorway: two straight parts and an arc round each of its two corners.
    let mut room = TwoRooms::new(&open(), 0);
    let RoomsTruth { wall, door, .. } = room.truth();
    let place = |across: f64, along: f64| if wall.vertical { [across, along] } else { [along, across] };
    let (out, aside) = (0.1, 0.06);
    let far = if door.at < 0.5 { 1.0 } else { -1.0 };
    let along = door.at + far * (door.width / 2.0 + aside);
    room.place(place(wall.at - 0.025 - out, along));
    let length = room.shortest(place(wall.at + 0.025 + out, along)).expect("an open door");
    let reach = out.hypot(aside);
    let tangent = (reach * reach - RADIUS * RADIUS).sqrt();
    // The circle is touched at this angle from the wall's face; from there the arc goes to the doorway's middle.
    let angle = std::f64::consts::FRAC_PI_2 - ((RADIUS / reach).acos() - (aside / out).atan());
    let exact = 2.0 * (tangent + RADIUS * angle) + 0.05;
    assert!(length >= exact - 1e-12 && length < exact * 1.004, "{length} for {exact}");
}

#[test]
fn no_way_leads_through_a_shut_door() {
    let (mut none, mut same) = (0, 0);
    for seed in 0..200 {
        let mut rng = Rng::stream(seed, 8);
        let room = TwoRooms::new(&shut(), seed);
        let goal = room.free_place(&mut rng);
        if side(&room.truth()) == side(&room.with_agent_at(goal).truth()) {
            assert!((room.shortest(goal).expect("the same room") - distance(room.position(), goal)).abs() < 1e-12);
            same += 1;
        } else {
            assert!(room.shortest(goal).is_none() && room.way(goal).is_none());
            none += 1;
        }
    }
    assert!(none >= 50 && same >= 50, "{none} across, {same} in the same room");
}

#[test]
fn who_follows_the_way_arrives() {
    let mut arrived = 0;
    for seed in 0..200 {
        let mut rng = Rng::stream(seed, 9);
        let mut room = TwoRooms::new(&open(), seed);
        let goal = room.free_place(&mut rng);
        for _ in 0..40 {
            let next = room.way(goal).expect("the door is open")[0];
            let (at, state) = (room.position(), room.state());
            room.act([0, 1].map(|i| (next[i] - at[i]) / 0.1 - 0.5 * state[i]));
        }
        arrived += u32::from(distance(room.position(), goal) < ARRIVED);
    }
    assert!(arrived >= 190, "{arrived} of 200");
}

#[test]
fn random_play_rests_runs_and_goes_through_doors() {
    let (mut rests, mut small, mut held, mut through, mut crossed) = (0, 0, 0, 0, 0);
    for seed in 0..2000 {
        let mut rng = Rng::stream(seed, 10);
        let mut room = TwoRooms::new(&open(), seed);
        let mut play = RandomPlay::new(&mut rng);
        let (start, first) = (room.position(), side(&room.truth()));
        let (mut last, mut went) = ([9.0; 2], false);
        for _ in 0..8 {
            let push = play.next(&mut rng);
            assert!(push.iter().all(|part| (-1.0..=1.0).contains(part)));
            rests += u32::from(push == [0.0; 2]);
            small += u32::from(push != [0.0; 2] && push[0].hypot(push[1]) < 0.6);
            held += u32::from(push == last);
            last = push;
            room.act(push);
            went |= side(&room.truth()) != first;
        }
        through += u32::from(went);
        crossed += u32::from(distance(start, room.position()) > 0.4);
    }
    assert!((300..1600).contains(&rests) && (1000..3500).contains(&small), "{rests} rests, {small} small pushes");
    assert!(held > 8000, "{held} of 16000 pushes go on");
    assert!(through >= 240 && crossed >= 600, "{through} through the door, {crossed} across a room");
}
