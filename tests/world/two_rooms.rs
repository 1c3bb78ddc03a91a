//! Two rooms with a door, an agent that pushes move, and blocks.

mod looks;
mod meddling;
mod motion;
mod ways;

use vjepa_web::rng::Rng;
use vjepa_web::world::two_rooms::{Door, RADIUS, Wall};
use vjepa_web::world::{RoomsSpec, RoomsTruth, TwoRooms};

/// Smallest radius of a block.
const BLOCK: f64 = 0.04;

fn open() -> RoomsSpec {
    RoomsSpec { shut: 0.0, ..RoomsSpec::default() }
}

fn shut() -> RoomsSpec {
    RoomsSpec { shut: 1.0, ..RoomsSpec::default() }
}

fn blocks(count: usize) -> RoomsSpec {
    RoomsSpec { blocks: (count, count), shut: 0.3 }
}

fn distance(a: [f64; 2], b: [f64; 2]) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

/// On which side of the inner wall.
fn side(truth: &RoomsTruth) -> bool {
    truth.agent.position[usize::from(!truth.wall.vertical)] < truth.wall.at
}

/// How far a disc is in a wall, from the truth alone: outer walls, and what is left of the inner one by the door.
fn depth(place: [f64; 2], radius: f64, wall: Wall, door: Door) -> f64 {
    let outer = place.map(|v| (0.04 - (v - radius)).max(v + radius - 0.96));
    let (across, along) = if wall.vertical { (place[0], place[1]) } else { (place[1], place[0]) };
    let off = ((across - wall.at).abs() - 0.025).max(0.0);
    // How far along the wall its nearest piece begins: 0 beside a piece.
    let hole = if door.open { (door.width / 2.0 - (along - door.at).abs()).max(0.0) } else { 0.0 };
    let inner = radius - off.hypot(hole);
    outer.into_iter().fold(inner, f64::max)
}

fn assert_outside_walls(room: &TwoRooms) {
    let truth = room.truth();
    let agent = depth(truth.agent.position, RADIUS, truth.wall, truth.door);
    assert!(agent <= 1e-9, "the agent is {agent} in a wall: {truth:?}");
    for block in &truth.blocks {
        let depth = depth(*block, BLOCK, truth.wall, truth.door);
        assert!(depth <= 1e-9, "a block is {depth} in a wall: {truth:?}");
    }
}

/// Pushes beyond the limits, straight and slanted, and what is not a number.
fn any_push(rng: &mut Rng) -> [f64; 2] {
    [0, 1].map(|_| match rng.below(8) {
        0 => f64::INFINITY,
        1 => -1e9,
        2 => f64::NAN,
        3 => 0.0,
        _ => rng.range(-1.5, 1.5),
    })
}
