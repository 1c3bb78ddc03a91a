//! What a forward pass costs on paper: prints the tables of docs/precision.md.
//!
//! A dispatch takes at least as long as its operations do at the adapter's published rate, and as long as what it reads and
//! writes once takes at its published bandwidth. Launching costs nothing here, and caches help no further.

use crate::Failure;
use clap::Args;
use vjepa_web::{Family, ModelConfig, kernels::BlockShape, precision::Precision};

const ALL: [Precision; 3] = [Precision::F32, Precision::F16, Precision::Int8];

/// As its maker publishes it: units that multiply and add in f32, their boost clock in GHz, GB/s.
struct Published {
    name: &'static str,
    units: f64,
    clock: f64,
    bandwidth: f64,
}

const ADAPTERS: [Published; 3] = [
    Published { name: "Intel Iris Xe MAX", units: 768.0, clock: 1.65, bandwidth: 68.26 },
    Published { name: "Intel Arc A770M", units: 4096.0, clock: 2.05, bandwidth: 512.0 },
    Published { name: "NVIDIA GeForce RTX 4070", units: 5888.0, clock: 2.475, bandwidth: 504.0 },
];

/// One kind of dispatch of a forward pass.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Part {
    what: &'static str,
    /// How often it runs.
    dispatches: usize,
    /// Floating-point operations of one: a multiplication and an addition are two.
    flops: usize,
    /// Bytes of one that it reads and writes, each once.
    bytes: usize,
}

/// Cost of a forward pass of ViT-L on paper: operations, dispatches, bytes, and the least time on published adapters
#[derive(Args)]
pub struct Options {
    /// Frames of 256 x 256 pixels; 16 are 2,048 tokens
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u32).range(2..=64))]
    frames: u32,
}

pub fn print(options: &Options) -> Result<(), Failure> {
    let preset = ModelConfig::preset("vit_l", Family::VJepa2)?;
    let config = ModelConfig { frames: options.frames as usize, size: 256, ..preset };
    config.validate()?;
    println!("ViT-L, {} tokens:\n", config.grid().tokens());
    println!("| | dispatches | GFLOP | MB, f32 weights | f16 | int8 |\n|---|---:|---:|---:|---:|---:|");
    let costs = ALL.map(|precision| parts(&config, precision));
    for (i, Part { what, dispatches, flops, .. }) in costs[0].iter().enumerate() {
        let megabytes = costs.each_ref().map(|parts| format!("{:.0}", (parts[i].bytes * dispatches) as f64 / 1e6));
        println!("| {what} | {dispatches} | {:.1} | {} |", (flops * dispatches) as f64 / 1e9, megabytes.join(" | "));
    }
    let sum = |parts: &[Part], of: fn(&Part) -> usize| parts.iter().map(of).sum::<usize>();
    let bytes =
        costs.each_ref().map(|parts| format!("{:.0}", sum(parts, |part| part.bytes * part.dispatches) as f64 / 1e6));
    let (dispatches, flops) =
        (sum(&costs[0], |part| part.dispatches), sum(&costs[0], |part| part.flops * part.dispatches));
    println!("| all | {dispatches} | {:.1} | {} |", flops as f64 / 1e9, bytes.join(" | "));
    println!("\n| | TFLOP/s | GB/s | least ms, f32 weights | f16 | int8 |\n|---|---:|---:|---:|---:|---:|");
    for adapter in &ADAPTERS {
        let least = costs.each_ref().map(|parts| format!("{:.1}", 1e3 * adapter.least_seconds(parts)));
        println!("| {} | {:.2} | {} | {} |", adapter.name, adapter.rate() / 1e12, adapter.bandwidth, least.join(" | "));
    }
    Ok(())
}

impl Published {
    /// Operations a second.
    fn rate(&self) -> f64 {
        2.0 * self.units * self.clock * 1e9
    }

    fn least_seconds(&self, parts: &[Part]) -> f64 {
        let one = |part: &Part| (part.flops as f64 / self.rate()).max(part.bytes as f64 / (self.bandwidth * 1e9));
        parts.iter().map(|part| part.dispatches as f64 * one(part)).sum()
    }
}

/// The dispatches of an encoder that sees one whole clip. Activations are f32 in memory whatever the weights are.
fn parts(config: &ModelConfig, precision: Precision) -> Vec<Part> {
    let (rows, d, hidden) = (config.grid().tokens(), config.width, config.mlp);
    let patch = 3 * config.tubelet * config.patch * config.patch;
    let floats = |count: usize| count * size_of::<f32>();
    let layer = |what, dispatches, [input, output]: [usize; 2], more: usize| Part {
        what,
        dispatches,
        flops: 2 * rows * input * output,
        bytes: 4 * (precision.words(input * output) + precision.scales(output) + output)
            + floats(rows * (input + output) + more),
    };
    // A row's cosines and sines.
    let table = 2 * BlockShape::new(d, config.heads, hidden).head_dim();
    let blocks = config.depth;
    vec![
        Part {
            what: "patches",
            dispatches: 1,
            flops: 0,
            bytes: floats(rows * patch) + 4 * config.frames * config.size.pow(2),
        },
        layer("embedding", 1, [patch, d], 0),
        Part { what: "rotary table", dispatches: 1, flops: 0, bytes: floats(rows * (2 * table + 1)) },
        // Read twice, for the mean and what is around it, and once to be written; a cache holds a row meanwhile.
        Part { what: "norms", dispatches: 2 * blocks + 1, flops: 8 * rows * d, bytes: floats(2 * rows * d) },
        layer("queries, keys, values", blocks, [d, 3 * d], rows * table),
        // Keys and values of a head stay in a cache while its rows walk over them.
        Part { what: "attention", dispatches: blocks, flops: 4 * rows * rows * d, bytes: floats(4 * rows * d) },
        layer("projection", blocks, [d, d], rows * d),
        layer("MLP, in", blocks, [d, hidden], 0),
        layer("MLP, out", blocks, [hidden, d], rows * d),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vit_l() -> ModelConfig {
        ModelConfig { frames: 16, size: 256, ..ModelConfig::preset("vit_l", Family::VJepa2).unwrap() }
    }

    #[test]
    fn operations_are_those_of_the_weights_and_of_attention() {
        let config = vit_l();
        let flops: usize = parts(&config, Precision::F32).iter().map(|part| part.dispatches * part.flops).sum();
        // Twice each weight of a matrix and token, and twice two products of all pairs of tokens.
        let matrices = 24 * 12 * 1024 * 1024 + 1536 * 1024;
        let norms = 49 * 8 * 2048 * 1024;
        assert_eq!(flops, 2 * 2048 * matrices + 24 * 4 * 2048 * 2048 * 1024 + norms);
        assert_eq!(config.grid().tokens(), 2048);
    }

    /// As `make bench` counts them: 88 with the copy of what is read, its clip cut into patches before.
    #[test]
    fn dispatches_are_those_that_were_counted() {
        let parts = parts(&ModelConfig { depth: 12, ..vit_l() }, Precision::F32);
        let dispatches: usize = parts.iter().filter(|part| part.what != "patches").map(|part| part.dispatches).sum();
        assert_eq!(dispatches, 87);
    }

    #[test]
    fn weights_are_read_once_in_their_own_size() {
        let bytes = ALL.map(|precision| {
            let parts = parts(&vit_l(), precision);
            parts.iter().map(|part| part.dispatches * part.bytes).sum::<usize>()
        });
        let matrices = 24 * 12 * 1024 * 1024 + 1536 * 1024;
        assert_eq!(bytes[0] - bytes[1], 2 * matrices);
        // Int8 saves another byte a weight, less its scales.
        assert_eq!(bytes[1] - bytes[2], matrices - 4 * (24 * 9 * 1024 + 1024));
    }

    #[test]
    fn the_slower_of_rate_and_bandwidth_decides() {
        let adapter = Published { name: "a", units: 500.0, clock: 1.0, bandwidth: 100.0 };
        let part = |flops, bytes| Part { what: "", dispatches: 2, flops, bytes };
        assert_eq!(adapter.least_seconds(&[part(1_000_000_000_000, 1)]), 2.0);
        assert_eq!(adapter.least_seconds(&[part(1, 100_000_000_000)]), 2.0);
    }
}
