//! Measuring which variants of the kernels are the fastest, by a clock that says what the test wants.

use crate::{Outcome, staged};
use burn::tensor::Device;
use std::cell::Cell;
use vjepa_web::{
    kernels::gpu::{Adapter, Side, Staging, tuning},
    session::{TileSizes, measure_tiles},
};

const SIZES: TileSizes = TileSizes { small: [8, 16, 16], large: [8, 1024, 512], tokens: 16, width: 64 };

/// Of `device`, as if it were hardware.
pub async fn check(device: &Device, offered: Adapter) -> Outcome {
    let hardware = Adapter { software: false, ..offered };
    let best = if hardware.f16 { Staging::Halves } else { Staging::Shared };
    let mut outcome = Outcome::new("tiles that are chosen", 0.0);
    let mut same = |what, found: bool| outcome.add(what, if found { 0.0 } else { 1.0 });

    // Each time is shorter than the one before: the last variant of all wins.
    let found = measure(device, hardware, 0.95).await;
    same("the last, f32", found.flat == staged(Side::Eight, Staging::Shared).flat);
    same("the last, packed", found.packed == staged(Side::Eight, best).packed);
    same("they run", tuning().choices == found && hardware.tuned(found) == Some(tuning()));

    let found = measure(device, hardware, 1.05).await;
    same("the first", found == staged(Side::Four, Staging::Registers));

    let software = Adapter { software: true, ..offered };
    same("none on a software adapter", measure(device, software, 0.95).await == software.tuning().choices);
    outcome
}

/// With a clock whose ticks are each `factor` of the one before.
async fn measure(device: &Device, adapter: Adapter, factor: f64) -> vjepa_web::kernels::gpu::Choices {
    let (tick, now) = (Cell::new(1.0), Cell::new(0.0));
    let clock = || {
        tick.set(tick.get() * factor);
        now.set(now.get() + tick.get());
        now.get()
    };
    measure_tiles(device, adapter, SIZES, &clock).await.unwrap()
}
