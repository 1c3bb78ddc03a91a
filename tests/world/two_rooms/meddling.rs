//! What is done to a room from outside: the agent put elsewhere or shoved, the door shut, the wall moved, blocks put back.

use super::{assert_outside_walls, blocks, distance, open, side};
use vjepa_web::rng::Rng;
use vjepa_web::world::{RoomsSpec, RoomsTruth, TwoRooms};

#[test]
fn the_agent_is_placed_where_it_fits() {
    for seed in 0..50 {
        let mut rng = Rng::stream(seed, 6);
        let mut room = TwoRooms::new(&blocks(4), seed);
        for _ in 0..50 {
            let wanted = [rng.range(-0.2, 1.2), rng.range(-0.2, 1.2)];
            let stays = room.fits(wanted);
            let goal = room.with_agent_at(wanted);
            room.place(wanted);
            assert!(room.fits(room.position()) && room.state() == [0.0; 2]);
            assert_eq!(goal, room);
            assert!(!stays || room.position() == wanted);
            assert!(room.fits(room.free_place(&mut rng)));
        }
        room.place([f64::NAN, f64::INFINITY]);
        assert!(room.fits(room.position()) && !room.fits([f64::NAN; 2]));
    }
}

#[test]
fn a_shove_adds_up_and_is_limited() {
    let mut room = TwoRooms::new(&open(), 0);
    room.shove([0.5, -9.0]);
    room.shove([0.25, f64::NAN]);
    assert!((room.state()[0] - 0.75).abs() < 1e-12 && (room.state()[1] + 2.0).abs() < 1e-12);
}

#[test]
fn a_door_that_shuts_pushes_the_agent_to_the_nearer_side() {
    for (seed, aside) in (0..40).zip([-0.02, 0.02].into_iter().cycle()) {
        let mut room = TwoRooms::new(&open(), seed);
        let RoomsTruth { wall, door, .. } = room.truth();
        let place = if wall.vertical { [wall.at + aside, door.at] } else { [door.at, wall.at + aside] };
        room.place(place);
        assert_eq!(room.position(), place, "a doorway is free");
        room.set_door(false);
        assert!(!room.door_open() && room.fits(room.position()));
        assert_eq!(side(&room.truth()), aside < 0.0);
        assert!((distance(room.position(), place) - (0.085 - 0.02)).abs() < 1e-9);
    }
}

#[test]
fn a_wall_that_moves_takes_along_what_is_in_its_way() {
    for seed in 0..60 {
        for by in [-1.0, 1.0] {
            let mut room = TwoRooms::new(&RoomsSpec { shut: 1.0, ..blocks(seed as usize % 3) }, seed);
            let before = side(&room.truth());
            room.move_wall(by);
            let truth = room.truth();
            assert!((truth.wall.at - 0.5 - by * 0.195).abs() < 1e-9, "room for the agent twice over: {truth:?}");
            assert_eq!(side(&truth), before);
            assert_outside_walls(&room);
        }
    }
}

#[test]
fn a_room_that_is_told_where_all_was_is_as_it_was() {
    for seed in 0..40 {
        let mut rng = Rng::stream(seed, 7);
        let mut room = TwoRooms::new(&blocks(4), seed);
        room.move_wall(rng.range(-0.2, 0.2));
        for _ in 0..30 {
            let push = [rng.range(-1.0, 1.0), rng.range(-1.0, 1.0)];
            (0..4).for_each(|_| room.act(push));
        }
        (0..8).for_each(|_| room.act([0.0; 2])); // all is at rest
        let was = room.truth();
        let mut again = TwoRooms::new(&blocks(4), seed);
        again.set_door(was.door.open);
        again.move_wall(was.wall.at - again.truth().wall.at);
        again.arrange(&was.blocks);
        again.place(was.agent.position);
        let is = again.truth();
        assert_eq!(is.blocks.len(), was.blocks.len());
        for (a, b) in is.blocks.iter().zip(&was.blocks) {
            assert!(distance(*a, *b) < 1e-6, "a block stands elsewhere: {is:?}, not {was:?}");
        }
        assert!(distance(is.agent.position, was.agent.position) < 0.01, "{is:?}, not {was:?}");
    }
}

#[test]
fn a_block_is_put_anywhere_and_an_agent_in_its_way_makes_room() {
    for seed in 0..20 {
        let mut room = TwoRooms::new(&RoomsSpec { shut: 1.0, ..blocks(2) }, seed);
        let before = room.truth();
        room.arrange(&[[f64::NAN, 0.5]]);
        assert_eq!(room.truth(), before, "no place");
        room.arrange(&[before.agent.position, [-3.0, 7.0], [0.5, 0.5]]);
        assert_outside_walls(&room);
        assert!(room.fits(room.position()));
        assert_eq!(room.truth().blocks.len(), before.blocks.len());
    }
}
