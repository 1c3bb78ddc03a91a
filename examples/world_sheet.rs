//! Dumps worlds as raw RGBA for a contact sheet.
use std::io::Write;
use vjepa_web::world::{Pair, Violation, World, WorldSpec};
fn main() {
    let spec = WorldSpec::named(&std::env::args().nth(1).unwrap()).unwrap();
    let size = 96;
    let mut out = std::io::stdout().lock();
    for seed in 0..12 {
        out.write_all(&World::new(&spec, seed * 2).clip(24, size)).unwrap();
    }
    for v in Violation::ALL.into_iter().filter(|v| v.possible_in(&spec)) {
        let pair = Pair::new(&spec, v, 24, 5).unwrap();
        eprintln!("{} moment {}", v.id(), pair.moment);
        out.write_all(&pair.possible().clip(24, size)).unwrap();
        out.write_all(&pair.impossible().clip(24, size)).unwrap();
    }
}
