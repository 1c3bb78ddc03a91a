//! The shortest way of the agent's centre: straight, or round the corners of the door at the agent's radius.
//!
//! An arc round a corner is taken as a polygon about it, which is longer by 0.6 % at most: a way through its vertices
//! never enters a wall. The shortest is found among all ways between vertices that see each other (Dijkstra 1959).

use super::{
    RADIUS,
    layout::{HALF, Layout},
    physics::Walls,
};
use crate::world::shapes::Rectangle;

/// Vertices about a quarter of a circle.
const VERTICES: usize = 8;

/// Waypoints from `start` to `goal`, which is the last of them; none where no way leads there.
pub(super) fn way(layout: &Layout, start: [f64; 2], goal: [f64; 2]) -> Option<Vec<[f64; 2]>> {
    let walls = layout.walls();
    let mut places = vec![start, goal];
    if layout.door.open {
        places.extend(corners(layout));
    }
    let before = search(&places, &walls)?;
    let mut way = vec![goal];
    let mut at = before[1];
    while at != 0 {
        way.push(places[at]);
        at = before[at];
    }
    way.reverse();
    Some(way)
}

pub(super) fn distance(a: [f64; 2], b: [f64; 2]) -> f64 {
    let [u, v] = [a[0] - b[0], a[1] - b[1]];
    (u * u + v * v).sqrt()
}

/// For each place the one before it on the shortest way from the first place; none if the second can't be reached.
fn search(places: &[[f64; 2]], walls: &Walls) -> Option<Vec<usize>> {
    let mut length = vec![f64::INFINITY; places.len()];
    let mut before = vec![0; places.len()];
    let mut done = vec![false; places.len()];
    length[0] = 0.0;
    loop {
        let left = (0..places.len()).filter(|&i| !done[i] && length[i].is_finite());
        let next = left.min_by(|&a, &b| length[a].total_cmp(&length[b]))?;
        if next == 1 {
            return Some(before);
        }
        done[next] = true;
        for i in 0..places.len() {
            let through = length[next] + distance(places[next], places[i]);
            // Of ways as long the one with fewer turns.
            if through + 1e-12 < length[i] && sees(places[next], places[i], walls) {
                (length[i], before[i]) = (through, next);
            }
        }
    }
}

/// Vertices about the four corners of the doorway, at the agent's radius.
fn corners(layout: &Layout) -> Vec<[f64; 2]> {
    let [from, to] = layout.doorway();
    let mut all = Vec::with_capacity(4 * VERTICES);
    for (along, inwards) in [(from, 1.0), (to, -1.0)] {
        for side in [-1.0, 1.0] {
            for i in 0..VERTICES {
                let [u, v] = vertex(i);
                let across = layout.wall.at + side * (HALF + RADIUS * u);
                all.push(layout.point(across, along + inwards * RADIUS * v));
            }
        }
    }
    all
}

/// Vertex of the polygon about the first quarter of the unit circle: where tangents at neighbouring points meet.
fn vertex(i: usize) -> [f64; 2] {
    let point = |i: usize| {
        let t = i as f64 / VERTICES as f64;
        [(1.0 - t * t) / (1.0 + t * t), 2.0 * t / (1.0 + t * t)]
    };
    let (a, b) = (point(i), point(i + 1));
    let along = 1.0 + a[0] * b[0] + a[1] * b[1];
    [(a[0] + b[0]) / along, (a[1] + b[1]) / along]
}

/// Whether the agent gets straight from one place to another.
fn sees(a: [f64; 2], b: [f64; 2], walls: &Walls) -> bool {
    walls.pieces.iter().all(|piece| !meets(a, b, piece) && gap(a, b, piece) >= RADIUS - 1e-9)
}

/// Whether a segment passes through a rectangle.
fn meets(a: [f64; 2], b: [f64; 2], piece: &Rectangle) -> bool {
    let (mut enter, mut leave) = (0.0f64, 1.0f64);
    for (i, (low, high)) in [(piece.left, piece.right), (piece.top, piece.bottom)].into_iter().enumerate() {
        let step = b[i] - a[i];
        if step == 0.0 {
            if a[i] <= low || a[i] >= high {
                return false;
            }
            continue;
        }
        let (first, second) = ((low - a[i]) / step, (high - a[i]) / step);
        enter = enter.max(first.min(second));
        leave = leave.min(first.max(second));
    }
    enter < leave
}

/// How near a segment comes to a rectangle that it doesn't meet: at a corner or at one of its own ends.
fn gap(a: [f64; 2], b: [f64; 2], piece: &Rectangle) -> f64 {
    let corners = [piece.left, piece.right].into_iter().flat_map(|x| [[x, piece.top], [x, piece.bottom]]);
    let ends = [a, b].into_iter().map(|[x, y]| piece.distance(x, y, 0.0));
    corners.map(|corner| off(a, b, corner)).chain(ends).fold(f64::INFINITY, f64::min)
}

/// Distance of a point from a segment.
fn off(a: [f64; 2], b: [f64; 2], point: [f64; 2]) -> f64 {
    let step = [b[0] - a[0], b[1] - a[1]];
    let square = step[0] * step[0] + step[1] * step[1];
    let along = (point[0] - a[0]) * step[0] + (point[1] - a[1]) * step[1];
    let share = if square > 0.0 { (along / square).clamp(0.0, 1.0) } else { 0.0 };
    distance([a[0] + share * step[0], a[1] + share * step[1]], point)
}
