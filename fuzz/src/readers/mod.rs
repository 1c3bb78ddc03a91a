//! One function a reader: takes any bytes, and panics only if something is wrong with the reader.

mod checkpoint;
mod choices;
pub mod config;
mod formats;
mod json;
mod project;
mod recipe;
mod snapshot;
mod stored;

pub use checkpoint::{Case, checkpoint};
pub use config::config;
pub use formats::{pickle, safetensors, shards, zip};
pub use project::project;
pub use recipe::recipe;
pub use snapshot::{shipped, snapshot};

/// Reads a file, or what choices of these bytes make of a right one; panics at what must not be.
pub type Reader = fn(&[u8]);

/// All of them by name.
pub const READERS: [(&str, Reader); 10] = [
    ("safetensors", safetensors),
    ("zip", zip),
    ("pickle", pickle),
    ("shards", shards),
    ("config", config),
    ("checkpoint", checkpoint),
    ("snapshot", snapshot),
    ("shipped", shipped),
    ("project", project),
    ("recipe", recipe),
];

/// The same choices for a seed (splitmix64), up to 96 bytes of them.
pub fn random(seed: u64) -> Vec<u8> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    let words = 1 + next() % 12;
    (0..words).flat_map(|_| next().to_le_bytes()).collect()
}

/// Bytes of memory for so many bytes of input: what a small file that is right needs, which is 4.5 MB for a step of training
/// in a build that isn't optimised, and a share of the input. A list of a hundred bytes a byte is the most that is made of
/// one, by pickles.
pub const fn most_memory(bytes: usize) -> usize {
    (8 << 20) + 200 * bytes
}

/// What is said of a file that is refused.
///
/// # Panics
/// If that is no sentence, or too long for the page.
pub fn said(error: &dyn std::fmt::Display) {
    let text = error.to_string();
    assert!(text.len() < 1000, "too long for the page: {text}");
    assert!(text.ends_with('.'), "no sentence: {text}");
}
