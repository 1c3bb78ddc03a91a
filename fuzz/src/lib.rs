//! Readers of files from outside, each with what must hold for every file; [`target`] makes a fuzz target of one.
//!
//! The modules of the crate that read are compiled here on their own, without Burn, under its own name.
#![allow(dead_code, reason = "of each module only what reads is used")]

extern crate self as vjepa_web;

#[path = "../../tests/formats/build.rs"]
pub mod build;
mod deeper;
pub mod heap;
pub mod readers;

#[path = "../../src"]
mod sources {
    pub mod config;
    pub mod fewshot;
    pub mod formats;
    pub mod grid;
    pub mod mask;
    pub mod message;
    pub mod precision;
    pub mod preprocess;
    pub mod probe;
    pub mod recipe;
    pub mod rng;
    pub mod schedule;
    pub mod weights;
    pub mod world;

    pub mod kernels {
        pub mod packing;
        pub mod shapes;
        pub use shapes::BlockShape;
    }

    pub mod checkpoint {
        pub mod describe;
        mod fields;
        mod hugging_face;
        mod int8;
        mod layout;
        pub mod names;
        pub mod preprocessor;
        mod safetensors;
        mod ship;
        mod snapshot;
        mod start;
        pub mod survey;

        pub use crate::weights::{CheckpointError, HostTensor, TensorShape, Weights};
        pub use hugging_face::{folder_config, hugging_face_config, hugging_face_layout};
        pub use layout::FileDtype;
        pub use safetensors::{read_safetensors, write_safetensors};
        pub use snapshot::{Snapshot, SnapshotHeader};
        pub use start::Start;
    }
}

pub use libfuzzer_sys;
pub use sources::{config::Family, config::ModelConfig, *};

/// As in src/error.rs, which knows all of the crate.
impl From<config::ConfigError> for message::Message {
    fn from(error: config::ConfigError) -> Self {
        Self::of(&error)
    }
}

#[global_allocator]
static HEAP: heap::Heap = heap::Heap;

/// The target of a reader.
#[macro_export]
macro_rules! target {
    ($reader:ident) => {
        $crate::libfuzzer_sys::fuzz_target!(init: $crate::readers::$reader(&[]), |bytes: &[u8]| {
            let most = $crate::readers::most_memory(bytes.len());
            $crate::heap::within(most, || $crate::readers::$reader(bytes))
        });
    };
}
