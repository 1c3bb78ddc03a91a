//! Pickles, each in a zip file that is right.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vjepa_web_fuzz::{build, check};

fuzz_target!(|pickle: &[u8]| drop(check(&build::torch(pickle, 64))));
