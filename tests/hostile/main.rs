//! Hostile files through every reader: those of fuzz/seeds, which cover most, and some chosen by a seed. `make fuzz`
//! tries many more.
#![cfg(not(target_arch = "wasm32"))]
#![expect(clippy::disallowed_types, reason = "it says how long the readers take")]

#[expect(dead_code, reason = "it makes files for other tests as well")]
#[path = "../formats/build.rs"]
mod build;
mod deeper;
#[path = "../../fuzz/src/heap.rs"]
mod heap;
#[path = "../../fuzz/src/readers/mod.rs"]
mod readers;

use readers::{READERS, most_memory, random};
use std::{env, fs, panic, path::Path, time::Instant};

#[global_allocator]
static HEAP: heap::Heap = heap::Heap;

/// One test, so that nothing else takes memory meanwhile. HOSTILE_FILES=N says how many are chosen for each reader.
#[test]
fn hostile_files_are_read_or_refused_within_their_memory() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
    let count = env::var("HOSTILE_FILES").map_or(300, |count| count.parse().expect("it is a number"));
    let mut faults = Vec::new();
    for (name, read) in READERS {
        // What is made once takes no file's memory.
        read(&[]);
        let files: Vec<_> = fs::read_dir(seeds.join(name)).unwrap().map(|file| file.unwrap().path()).collect();
        assert!(!files.is_empty(), "{name} has no seeds");
        let stored = files.into_iter().map(|file| (file.display().to_string(), fs::read(&file).unwrap()));
        let chosen = (0..count).map(|seed| (format!("{name} {seed}"), random(seed)));
        let fails = |(_, bytes): &(String, Vec<u8>)| {
            let within = || heap::within(most_memory(bytes.len()), || read(bytes));
            panic::catch_unwind(within).is_err()
        };
        let began = Instant::now();
        faults.extend(stored.chain(chosen).filter(fails).map(|(file, _)| file).take(9));
        println!("{name}: {count} files in {:.1?}", began.elapsed());
    }
    assert!(faults.is_empty(), "{faults:?}");
}
