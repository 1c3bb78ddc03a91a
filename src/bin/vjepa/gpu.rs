//! The graphics adapter, with the variants of kernels that are the fastest on it.

use pollster::block_on;
use std::time::Instant;
use vjepa_web::{
    Error,
    device::{self, Opened},
    kernels::gpu::{Choice, Choices, Side, Staging, Tile},
    session::{TileSizes, measure_tiles},
};

/// Open it, once, and measure.
pub fn open() -> Result<Opened, Error> {
    let opened = block_on(device::open_webgpu())?;
    if let Some(offered) = opened.offered {
        let start = Instant::now();
        let clock = || 1000.0 * start.elapsed().as_secs_f64();
        block_on(measure_tiles(&opened.device, offered, TileSizes::default(), &clock))?;
    }
    Ok(opened)
}

/// What it offers to kernels, and which of them run, for people.
pub fn describe(opened: &Opened) -> String {
    let Some(offered) = opened.offered else { return opened.adapter.clone() };
    let or_none = |size: Option<usize>| size.map_or("none".into(), |size| format!("of {size} or more"));
    let Choices { flat, packed } = vjepa_web::kernels::gpu::tuning().choices;
    format!(
        "{}\n\nshader-f16: {}; subgroups: {}; workgroup memory: {} bytes{}\n\nKernels for f32 weights: {}; for packed ones: {}",
        opened.adapter,
        if offered.f16 { "yes" } else { "no" },
        or_none(offered.subgroup),
        offered.workgroup_bytes,
        if offered.software { "; in software" } else { "" },
        words(flat),
        words(packed),
    )
}

fn words(Choice { small, large, attention }: Choice) -> String {
    let tile = |Tile { side, staging }: Tile| format!("{0} x {0} {1}", side.values(), staged(staging));
    format!("small {}, large {}, attention {}", tile(small), tile(large), staged(attention))
}

fn staged(staging: Staging) -> &'static str {
    match staging {
        Staging::Registers => "from storage",
        Staging::Shared => "staged",
        Staging::Halves => "staged as halves",
    }
}

/// All products and attention with packed weights staged so, whatever is the fastest; those of f32 weights in f32.
pub fn all_staged(staging: Staging) -> Choices {
    let choice = |staging| {
        let tile = |side| Tile { side, staging };
        Choice { small: tile(Side::Four), large: tile(Side::Eight), attention: staging }
    };
    let flat = if staging == Staging::Halves { Staging::Shared } else { staging };
    Choices { flat: choice(flat), packed: choice(staging) }
}
