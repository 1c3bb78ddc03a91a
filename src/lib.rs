//! V-JEPA, running and learning inside the browser.
//!
//! The map of the crate, from the bottom up:
//!
//! * **Pure** (neither burn nor wasm-bindgen): [`config`] what a model is, [`grid`] tokens in space and time, [`mask`] which
//!   of them are hidden, [`schedule`] learning rate, weight decay and EMA over time, [`preprocess`] the published
//!   transforms, [`world`] procedural clips with ground truth and rooms to act in, [`planner`] which actions to try, [`flops`] what steps and plans cost,
//!   [`probe`] what the features look like, [`surprise`] what is
//!   more than usually unforeseen, [`imagine`] real patches for features, [`fewshot`] classes taught by a few clips,
//!   [`formats`] what is where in a checkpoint file, [`weights`] named host tensors, [`rng`],
//!   [`message`] sentences in any language, [`error`],
//!   [`constants`] what the page has to know of all that, [`helpers`] work that other engines share.
//! * **Burn**: [`device`] opens one, [`kernels`] are the operations all time is spent on, [`clip`] turns RGBA frames into
//!   patches, [`read`] brings tensors to the host, [`model`] is the network, [`checkpoint`] moves named weights in and out
//!   of it, [`predict`] says what it predicts beside what is there, [`train`] takes steps, [`act`] lets a model
//!   with actions decide what to do, [`exam`] asks what was learned.
//! * [`session`]: one model at work. It holds the clip, looks at it, trains on it, and saves itself.
//! * [`web`]: the same for JavaScript. Converts, no maths.
//!
//! `ARCHITECTURE.md` says who depends on whom and why.
//! Comments cite the specification of V-JEPA, `docs/spec/VJEPA.md`, by section, as in "spec §4.1".

pub mod act;
pub mod checkpoint;
pub mod clip;
pub mod config;
pub mod constants;
pub mod device;
pub mod error;
pub mod exam;
pub mod fewshot;
pub mod flops;
pub mod formats;
pub mod grid;
pub mod helpers;
pub mod imagine;
pub mod kernels;
pub mod mask;
pub mod message;
pub mod model;
pub mod planner;
pub mod precision;
pub mod predict;
pub mod preprocess;
pub mod probe;
pub mod read;
pub mod recipe;
pub mod rng;
pub mod schedule;
pub mod session;
pub mod surprise;
pub mod train;
#[cfg(target_arch = "wasm32")]
pub mod web;
pub mod weights;
pub mod world;

pub use config::{Family, ModelConfig};
pub use error::Error;
pub use session::Session;
