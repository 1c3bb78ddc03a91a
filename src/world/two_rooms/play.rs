//! Random play: what an agent does that wants nothing, so that a model sees what pushes do.

use crate::rng::Rng;

/// Pushes that are held for some actions and then change: rests, small pushes, runs, and long runs that cross a room.
///
/// It can't see the door: a long run that slides along the wall finds it.
#[derive(Debug, Clone, PartialEq)]
pub struct RandomPlay {
    push: [f64; 2],
    /// Actions for which it is still held.
    left: usize,
}

/// One way to push.
struct Manner {
    /// Of all draws.
    share: f64,
    /// Smallest and largest push. Components are limited to 1 each, so that large ones are mostly diagonal.
    push: (f64, f64),
    /// Fewest and most actions it is held for.
    actions: (usize, usize),
}

const MANNERS: [Manner; 4] = [
    Manner { share: 0.1, push: (0.0, 0.0), actions: (1, 2) },
    Manner { share: 0.2, push: (0.1, 0.6), actions: (1, 3) },
    Manner { share: 0.3, push: (0.5, 1.6), actions: (2, 4) },
    Manner { share: 0.4, push: (1.0, 3.0), actions: (4, 8) },
];

impl RandomPlay {
    /// Starts somewhere within a held push.
    pub fn new(rng: &mut Rng) -> Self {
        let mut play = Self { push: [0.0; 2], left: 0 };
        play.draw(rng);
        play.left = 1 + rng.below(play.left);
        play
    }

    /// The next push, components -1 to 1.
    pub fn next(&mut self, rng: &mut Rng) -> [f64; 2] {
        if self.left == 0 {
            self.draw(rng);
        }
        self.left -= 1;
        self.push
    }

    fn draw(&mut self, rng: &mut Rng) {
        let mut share = rng.uniform();
        let [.., last] = &MANNERS;
        let among = |manner: &&Manner| {
            share -= manner.share;
            share < 0.0
        };
        let manner = MANNERS.iter().find(among).unwrap_or(last);
        let [u, v] = direction(rng);
        let size = rng.range(manner.push.0, manner.push.1);
        self.push = [u * size, v * size].map(|part| part.clamp(-1.0, 1.0));
        self.left = manner.actions.0 + rng.below(manner.actions.1 - manner.actions.0 + 1);
    }
}

/// Uniform on the circle, without functions that platforms round differently.
fn direction(rng: &mut Rng) -> [f64; 2] {
    loop {
        let [u, v] = [rng.range(-1.0, 1.0), rng.range(-1.0, 1.0)];
        let length = (u * u + v * v).sqrt();
        if length > 0.1 && length < 1.0 {
            return [u / length, v / length];
        }
    }
}
