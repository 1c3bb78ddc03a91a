//! Rectangles: rooms, blocks, pillars.

/// Edges, in sides; y grows downwards.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rectangle {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl Rectangle {
    /// Distance from the outline with rounded corners, negative inside.
    pub fn distance(&self, x: f64, y: f64, corner: f64) -> f64 {
        let centre = [(self.left + self.right) / 2.0, (self.top + self.bottom) / 2.0];
        let half = [(self.right - self.left) / 2.0, (self.bottom - self.top) / 2.0];
        let [u, v] = [0, 1].map(|i| ([x, y][i] - centre[i]).abs() - half[i] + corner);
        let (outside_u, outside_v) = (u.max(0.0), v.max(0.0));
        (outside_u * outside_u + outside_v * outside_v).sqrt() + u.max(v).min(0.0) - corner
    }

    /// Whether a disc comes closer than `gap`.
    pub fn near(&self, [x, y]: [f64; 2], radius: f64, gap: f64) -> bool {
        self.distance(x, y, 0.0) < radius + gap
    }

    /// Where the centre of a disc of `radius` that overlaps is put so that it only touches, and the direction out; none for
    /// one that doesn't overlap. A centre inside goes out by the nearest side.
    pub fn push_out(&self, [x, y]: [f64; 2], radius: f64) -> Option<([f64; 2], [f64; 2])> {
        let nearest = [x.clamp(self.left, self.right), y.clamp(self.top, self.bottom)];
        let [u, v] = [x - nearest[0], y - nearest[1]];
        let square = u * u + v * v;
        if square >= radius * radius {
            return None;
        }
        if square > 0.0 {
            let distance = square.sqrt();
            let normal = [u / distance, v / distance];
            return Some(([nearest[0] + radius * normal[0], nearest[1] + radius * normal[1]], normal));
        }
        let ways = [
            (x - self.left, [-1.0, 0.0], [self.left - radius, y]),
            (self.right - x, [1.0, 0.0], [self.right + radius, y]),
            (y - self.top, [0.0, -1.0], [x, self.top - radius]),
            (self.bottom - y, [0.0, 1.0], [x, self.bottom + radius]),
        ];
        let (_, normal, out) = ways.into_iter().min_by(|a, b| a.0.total_cmp(&b.0)).expect("four sides");
        Some((out, normal))
    }
}
