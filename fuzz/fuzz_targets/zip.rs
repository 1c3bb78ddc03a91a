//! Whole files, mostly zip.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| drop(vjepa_web_fuzz::check(bytes)));
