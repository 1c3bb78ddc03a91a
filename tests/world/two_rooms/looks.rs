//! Layouts, pictures and what is told of them.

use super::{blocks, open};
use vjepa_web::world::{RoomsSpec, RoomsTruth, TwoRooms};

#[test]
fn layouts_are_as_the_task_says() {
    let (mut upright, mut locked) = (0, 0);
    for seed in 0..1000 {
        let room = TwoRooms::new(&RoomsSpec::default(), seed);
        let RoomsTruth { agent, blocks, wall, door } = room.truth();
        assert!((0.38..0.62).contains(&wall.at) && (0.2..0.28).contains(&door.width));
        assert!(door.at - door.width / 2.0 >= 0.14 && door.at + door.width / 2.0 <= 0.86);
        assert!(blocks.is_empty() && agent.velocity == [0.0; 2] && room.fits(agent.position));
        assert_eq!(door.open, room.door_open());
        (upright, locked) = (upright + u32::from(wall.vertical), locked + u32::from(!door.open));
    }
    assert!((450..550).contains(&upright) && (70..130).contains(&locked), "{upright} upright, {locked} locked");
}

#[test]
fn pictures_are_opaque_and_of_the_size_asked_for() {
    for (seed, size) in [(0, 1), (1, 16), (2, 63), (3, 128)] {
        let picture = TwoRooms::new(&blocks(2), seed).render(size);
        assert_eq!(picture.len(), size * size * 4);
        assert!(picture.chunks_exact(4).all(|pixel| pixel[3] == 255));
    }
    assert!(TwoRooms::new(&open(), 0).render(0).is_empty());
}

#[test]
fn pictures_show_agent_door_and_wall() {
    for seed in 0..50 {
        let mut room = TwoRooms::new(&open(), seed);
        let RoomsTruth { agent, wall, door, .. } = room.truth();
        let pixel = |picture: &[u8], place: [f64; 2]| {
            let [column, row] = place.map(|v| (v * 64.0) as usize);
            [0, 1, 2].map(|i| i32::from(picture[(row * 64 + column) * 4 + i]))
        };
        let picture = room.render(64);
        let [r, g, b] = pixel(&picture, agent.position);
        assert!(r > 230 && (110..200).contains(&g) && b < 110, "orange, not {r} {g} {b}");
        // The agent out of the way, so that only the door changes.
        let corner = if wall.vertical { [0.1, 0.9] } else { [0.9, 0.1] };
        room.place(corner);
        let middle = if wall.vertical { [wall.at, door.at] } else { [door.at, wall.at] };
        let brightness = |[r, g, b]: [i32; 3]| r + g + b;
        let passage = pixel(&room.render(64), middle);
        room.set_door(false);
        let plank = pixel(&room.render(64), middle);
        let outer = pixel(&room.render(64), [0.01, 0.01]);
        assert!(brightness(passage) > brightness(outer) + 150 && brightness(passage) > brightness(plank) + 150);
        assert!(plank[0] > 2 * plank[1] && plank[0] > outer[0] + 20, "red, not {plank:?}");
    }
}

#[test]
fn the_truth_is_told_in_camel_case() {
    let room = TwoRooms::new(&blocks(2), 3);
    let told = serde_json::to_value(room.truth()).expect("plain numbers");
    assert_eq!(told["blocks"].as_array().map(Vec::len), Some(2));
    assert!(told["agent"]["position"][1].is_f64() && told["agent"]["velocity"][0].is_f64());
    assert!(told["wall"]["vertical"].is_boolean() && told["wall"]["at"].is_f64());
    assert!(told["door"]["open"].is_boolean() && told["door"]["width"].is_f64() && told["door"]["at"].is_f64());
}
