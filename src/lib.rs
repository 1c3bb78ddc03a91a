//! V-JEPA, running and learning inside the browser: models of video that predict features, not pixels, in pure Rust on
//! [Burn](https://burn.dev).
//!
//! A [`ModelConfig`] says what a model is: V-JEPA 1, 2 or 2.1, frame-causal, or with actions. A [`Session`] is one at work:
//! it holds a clip, looks at it, trains on it, says how surprised it is, and saves itself. Everything that reads from a
//! device is `async`, because a browser can't wait for one; natively `pollster` waits.
//!
//! Features of a clip, `[N, D]`, from a small model with random weights:
//!
//! ```
//! use vjepa_web::{Family, ModelConfig, Session, device, world::{World, WorldSpec}};
//!
//! let opened = device::open_cpu();
//! let config = ModelConfig::preset("nano", Family::VJepa2)?;
//! let session = Session::create(config, 1, opened.device, opened.limits)?;
//!
//! let config = session.config();
//! let clip = World::new(&WorldSpec::rich(), 1).clip(config.frames, config.size); // RGBA, [T, size, size, 4]
//! let features = pollster::block_on(session.embed(clip))?;
//! assert_eq!(features.len(), config.grid().tokens() * config.width);
//! # Ok::<(), vjepa_web::Error>(())
//! ```
//!
//! Training in a procedural world, then how surprising its newest frames are:
//!
//! ```
//! # use vjepa_web::{Family, ModelConfig, Session, device, world::WorldSpec};
//! # let opened = device::open_cpu();
//! # let config = ModelConfig::preset("nano", Family::VJepa2)?;
//! let mut session = Session::create(config, 1, opened.device, opened.limits)?;
//! session.set_world(&WorldSpec::rich(), 1);
//! session.advance_world(session.config().frames);
//!
//! let trained = pollster::block_on(session.train(2, async || ()))?;
//! assert_eq!((trained.step, trained.losses.len()), (2, 2));
//!
//! let surprised = pollster::block_on(session.surprise(session.newest()))?;
//! assert!(surprised.reading.missing > 0, "what is usual takes more than one window");
//! # Ok::<(), vjepa_web::Error>(())
//! ```
//!
//! Weights are safetensors files. Official ones are opened by [`checkpoint::load`], or for their encoder alone by
//! [`session::Extractor`]; what a session saves goes on where it was:
//!
//! ```
//! # use vjepa_web::{Family, ModelConfig, Session, device, world::WorldSpec};
//! use vjepa_web::checkpoint::{Snapshot, read_safetensors};
//! # let opened = device::open_cpu();
//! # let config = ModelConfig::preset("nano", Family::VJepa2)?;
//! # let mut session = Session::create(config, 1, opened.device.clone(), opened.limits)?;
//! # session.set_world(&WorldSpec::rich(), 1);
//! # pollster::block_on(session.train(1, async || ()))?;
//!
//! let bytes = pollster::block_on(session.snapshot())?.to_bytes()?;
//! let (weights, _) = read_safetensors(&bytes)?;
//! assert!(weights.0.keys().any(|name| name.starts_with("predictor.")));
//!
//! let restored = Session::restore(Snapshot::from_bytes(&bytes)?, opened.device, opened.limits)?;
//! assert_eq!(restored.step(), 1);
//! # Ok::<(), vjepa_web::Error>(())
//! ```
//!
//! Features: `cpu` and `webgpu` (both by default) are the two engines of the page; `threads` shares rows over cores,
//! `native` is the program `vjepa`, `cuda` another device for it.
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
//! * `web`: the same for JavaScript, on wasm alone. Converts, no maths.
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
