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
}
