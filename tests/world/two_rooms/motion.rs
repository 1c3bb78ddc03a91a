//! Motion: nothing enters a wall, nothing moves by itself, and a seed gives the same everywhere.

use super::{BLOCK, any_push, assert_outside_walls, blocks, distance, open, shut, side};
use vjepa_web::rng::Rng;
use vjepa_web::world::two_rooms::RADIUS;
use vjepa_web::world::{RandomPlay, RoomsSpec, TwoRooms};

/// FNV-1a.
fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xCBF2_9CE4_8422_2325, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3))
}

#[test]
fn nothing_enters_a_wall_whatever_is_pushed() {
    for seed in 0..60 {
        let mut rng = Rng::stream(seed, 1);
        let mut room = TwoRooms::new(&blocks(seed as usize % 5), seed);
        let mut held = [0.0; 2];
        for _ in 0..300 {
            if rng.below(4) == 0 {
                held = any_push(&mut rng);
            }
            match rng.below(40) {
                0 => room.shove([rng.range(-9.0, 9.0), rng.range(-9.0, 9.0)]),
                1 => room.set_door(rng.below(2) == 0),
                2 => room.move_wall(rng.range(-0.5, 0.5)),
                _ => room.act(held),
            }
            assert_outside_walls(&room);
        }
    }
}

#[test]
fn a_shut_door_keeps_the_agent_where_it_is() {
    for seed in 0..100 {
        let mut rng = Rng::stream(seed, 2);
        let mut room = TwoRooms::new(&shut(), seed);
        let before = side(&room.truth());
        for _ in 0..200 {
            let push = any_push(&mut rng);
            room.act(push);
            room.act(push);
            assert_eq!(side(&room.truth()), before, "seed {seed}");
        }
    }
}

#[test]
fn without_a_push_the_agent_comes_to_rest() {
    for seed in 0..50 {
        let mut rng = Rng::stream(seed, 3);
        let mut room = TwoRooms::new(&open(), seed);
        room.shove([rng.range(-2.0, 2.0), rng.range(-2.0, 2.0)]);
        let energy = |room: &TwoRooms| room.state().map(|v| v * v).iter().sum::<f64>();
        let mut last = energy(&room);
        for _ in 0..30 {
            room.act([0.0; 2]);
            assert!(energy(&room) <= last);
            last = energy(&room);
        }
        assert!(last < 1e-20, "{last}");
    }
}

#[test]
fn the_agent_slides_along_walls() {
    let mut room = TwoRooms::new(&shut(), 2);
    room.place([0.1, 0.1]);
    for _ in 0..2 {
        room.act([-1.0, 1.0]);
    }
    assert_eq!(room.position()[0], 0.1);
    assert!(room.position()[1] > 0.25 && room.state()[0] == 0.0 && room.state()[1] > 0.5);
}

#[test]
fn imagined_states_are_those_of_an_agent_in_the_open() {
    for seed in 0..200 {
        let mut rng = Rng::stream(seed, 5);
        let mut room = TwoRooms::new(&open(), seed);
        let truth = room.truth();
        // The middle of the larger room.
        let middle = if truth.wall.at < 0.5 { (truth.wall.at + 1.0) / 2.0 } else { truth.wall.at / 2.0 };
        room.place(if truth.wall.vertical { [middle, 0.5] } else { [0.5, middle] });
        room.shove([rng.range(-0.4, 0.4), rng.range(-0.4, 0.4)]);
        let push = [rng.range(-1.3, 1.3), f64::NAN];
        let expected = TwoRooms::free_state(room.state(), push);
        room.act(push);
        assert!((0..2).all(|i| (room.state()[i] - expected[i]).abs() < 1e-12), "{:?} {expected:?}", room.state());
    }
    let held = (0..20).fold([0.0; 2], |state, _| TwoRooms::free_state(state, [1.0, -7.0]));
    assert!((held[0] - 1.0).abs() < 1e-9 && (held[1] + 1.0).abs() < 1e-9, "{held:?}");
}

#[test]
fn blocks_are_pushed_and_stop() {
    let mut pushed = 0;
    for seed in 0..200 {
        let mut room = TwoRooms::new(&RoomsSpec { shut: 0.0, ..blocks(1) }, seed);
        let before = room.truth().blocks[0];
        let start = room.position();
        let toward = [0, 1].map(|i| (before[i] - start[i]) / distance(before, start));
        // Only those that nothing else is near.
        if distance(before, start) > 0.3 || room.way(before).is_none_or(|way| way.len() > 1) {
            continue;
        }
        for _ in 0..6 {
            room.act(toward);
            assert!(distance(room.position(), room.truth().blocks[0]) >= RADIUS + BLOCK - 1e-6);
        }
        let after = room.truth().blocks[0];
        pushed += 1;
        assert!(distance(before, after) > 0.01, "seed {seed}: {before:?} {after:?}");
        room.place(start);
        for _ in 0..12 {
            room.act([0.0; 2]);
        }
        let rest = room.truth().blocks[0];
        room.act([0.0; 2]);
        assert!(distance(rest, room.truth().blocks[0]) < 1e-9, "a block moves by itself");
    }
    assert!(pushed >= 20, "only {pushed} rooms");
}

#[test]
fn copies_agree_bit_for_bit() {
    for seed in 0..20 {
        let mut rng = Rng::stream(seed, 4);
        let mut one = TwoRooms::new(&blocks(3), seed);
        let mut other = one.clone();
        for _ in 0..100 {
            let push = any_push(&mut rng);
            one.act(push);
            other.act(push);
        }
        let bits = |room: &TwoRooms| [room.position(), room.state()].map(|pair| pair.map(f64::to_bits));
        assert_eq!(bits(&one), bits(&other));
        assert_eq!(one, other);
        assert_eq!(one.render(32), other.render(32));
    }
}

#[test]
fn seeds_agree_with_stored_numbers() {
    let mut rng = Rng::new(7);
    let (mut room, mut play) = (TwoRooms::new(&blocks(4), 7), RandomPlay::new(&mut rng));
    let before = room.truth().blocks;
    (0..100).for_each(|_| room.act(play.next(&mut rng)));
    let moved = room.truth().blocks.iter().zip(&before).filter(|(now, then)| now != then).count();
    assert_eq!(moved, 1, "one block is in the way");
    assert_eq!(room.position().map(f64::to_bits), [4600507060963930853, 4599500429976647273]);
    assert_eq!(checksum(&room.render(64)), 12544948862884724781);
}

/// Where there is most to learn, at the inner wall, more plays begin than if all places were alike; but none is left out.
#[test]
fn half_of_the_plays_begin_near_the_inner_wall() {
    let mut rng = Rng::new(3);
    let (mut near, mut anywhere, mut farthest) = (0.0, 0.0, 0f64);
    for seed in 0..400 {
        let room = TwoRooms::new(&open(), seed);
        let wall = room.truth().wall;
        let off = |place: [f64; 2]| (place[usize::from(!wall.vertical)] - wall.at).abs();
        let start = room.play_start(&mut rng);
        assert!(room.fits(start));
        near += off(start);
        anywhere += off(room.free_place(&mut rng));
        farthest = farthest.max(off(start));
    }
    assert!(near < 0.85 * anywhere, "{near} of {anywhere}");
    assert!(farthest > 0.4, "no play begins further away than {farthest}");
}
