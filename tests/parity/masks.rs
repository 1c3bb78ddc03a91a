//! Multi-block masks: given draws to index lists exactly, and the sampler's fractions within their sampling error.

use std::path::Path;

use serde_json::Value;
use vjepa_web::grid::Grid;
use vjepa_web::mask::{self, BlockSize, Draw, MaskSpec, Masks};
use vjepa_web::rng::Rng;

use crate::Outcome;

/// Statistics are compared in standard errors of the difference of two means; with about a hundred comparisons a
/// file, one beyond five happens by chance in one of twenty thousand files.
const STANDARD_ERRORS: f64 = 5.0;
/// Our own samples; many more than the file's, so that its error dominates.
const ALONE: usize = 2000;
const BATCHES: usize = 200;

pub fn check(_dir: &Path, name: &str, json: &Value) -> Option<Outcome> {
    if json.get("examples").is_some() {
        return Some(examples(name, json));
    }
    let stats = json.get("stats")?.as_object()?;
    stats.values().next()?.get("untruncated")?;
    let mut outcome = Outcome::new(&format!("{name} (standard errors)"), STANDARD_ERRORS);
    for (key, entry) in stats {
        match generator(key) {
            Some(spec) => statistics(key, entry, &spec, &mut outcome),
            None => outcome.skipped.push(format!("{key}: not a known generator")),
        }
    }
    Some(outcome)
}

fn difference(equal: bool) -> f64 {
    if equal { 0.0 } else { f64::INFINITY }
}

fn parse<T: serde::de::DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{value}: {error}"))
}

fn grid(value: &Value) -> Grid {
    let [t, h, w] = parse(value);
    Grid { t, h, w }
}

fn examples(name: &str, json: &Value) -> Outcome {
    let mut outcome = Outcome::new(name, 0.0);
    for (key, example) in json["examples"].as_object().expect("examples by name") {
        let Some(spec) = with_overrides(example) else {
            outcome.skipped.push(format!("{key}: an option that is not known"));
            continue;
        };
        let [t, h, w] = parse(&example["block_t_h_w"]);
        let tries: Vec<Vec<[usize; 3]>> = parse(&example["draws_top_left_start_per_try"]);
        let draw = |[top, left, start]: [usize; 3]| Draw { top, left, start };
        let tries: Vec<Vec<Draw>> = tries.into_iter().map(|t| t.into_iter().map(draw).collect()).collect();
        let ours = spec.assemble(grid(&example["grid"]), BlockSize { t, h, w }, &tries);
        let expected = Masks { context: parse(&example["context_indices"]), target: parse(&example["target_indices"]) };
        outcome.add(key, difference(ours == Ok(expected)));
    }
    for (i, row) in json["block_size_table"].as_array().into_iter().flatten().enumerate() {
        let case = row["case"].as_str().unwrap_or_default();
        let Some((grid, spec)) = table_case(case) else {
            outcome.skipped.push(format!("block size {i} ({case}): not a known case"));
            continue;
        };
        let BlockSize { t, h, w } = spec.block_size(grid, parse(&row["u_t_s_ar"]));
        outcome.add(&format!("block size {i} ({case})"), difference([t, h, w] == parse::<[usize; 3]>(&row["t_h_w"])));
    }
    outcome
}

/// Only the options matter: block sizes and positions are given.
fn with_overrides(example: &Value) -> Option<MaskSpec> {
    let mut spec = MaskSpec { blocks: parse(&example["npred"]), ..mask::short() };
    for (option, value) in example["overrides"].as_object()? {
        match option.as_str() {
            "max_context_frames_ratio" => spec.max_temporal_keep = value.as_f64()?,
            "max_keep" => spec.max_keep = parse(value),
            "full_complement" => spec.full_complement = value.as_bool()?,
            "pred_full_complement" => spec.pred_full_complement = value.as_bool()?,
            "inv_block" => spec.inv_block = value.as_bool()?,
            _ => return None,
        }
    }
    Some(spec)
}

/// The table names its cases; all but the generic one are published generators.
fn table_case(case: &str) -> Option<(Grid, MaskSpec)> {
    let generic =
        MaskSpec { temporal_scale: (0.3, 0.8), spatial_scale: (0.2, 0.6), aspect_ratio: (0.5, 2.0), ..mask::short() };
    Some(match case {
        "v1_224_short" => (Grid { t: 8, h: 14, w: 14 }, mask::short()),
        "v1_224_long" => (Grid { t: 8, h: 14, w: 14 }, mask::long()),
        "v1_384_short" => (Grid { t: 8, h: 24, w: 24 }, mask::short()),
        "v1_384_long" => (Grid { t: 8, h: 24, w: 24 }, mask::long()),
        "v2_256_short" => (Grid { t: 8, h: 16, w: 16 }, mask::short()),
        "v2_256_long" => (Grid { t: 8, h: 16, w: 16 }, mask::long()),
        "v21_image" => (Grid { t: 1, h: 16, w: 16 }, mask::image()),
        "generic" => (Grid { t: 8, h: 6, w: 6 }, generic),
        _ => return None,
    })
}

/// The generator in a key such as `v1_224_16f/short8`.
fn generator(key: &str) -> Option<MaskSpec> {
    let kind = key.rsplit('/').next()?;
    let digits = kind.find(|c: char| c.is_ascii_digit())?;
    let spec = match &kind[..digits] {
        "short" => mask::short(),
        "long" => mask::long(),
        "img" => mask::image(),
        _ => return None,
    };
    Some(MaskSpec { blocks: kind[digits..].parse().ok()?, ..spec })
}

fn statistics(key: &str, entry: &Value, spec: &MaskSpec, outcome: &mut Outcome) {
    let grid = grid(&entry["grid"]);
    let iterations = entry["iterations"].as_f64().expect("a number of iterations");
    let batch = entry["batch"].as_u64().expect("a batch size") as usize;
    let mut rng = Rng::new(0);
    // Several samples share an iteration's block size, so only iterations count as independent.
    let alone: Vec<Masks> = (0..ALONE).map(|_| spec.sample(grid, 1, &mut rng).expect("a mask")).collect();
    compare(&format!("{key} untruncated"), &entry["untruncated"], iterations, &alone, grid, outcome);
    // How many batches were cut is not recorded; an eighth of the iterations is the fewest it can have been.
    let cut: Vec<Masks> = (0..BATCHES).map(|_| spec.sample(grid, batch, &mut rng).expect("masks")).collect();
    compare(&format!("{key} truncated"), &entry["truncated_to_batch_min"], iterations / 8.0, &cut, grid, outcome);
    block_sizes(key, &entry["block_hw_counts"], spec, grid, outcome);
}

/// Mean shares of context and target.
fn compare(what: &str, expected: &Value, n: f64, ours: &[Masks], grid: Grid, outcome: &mut Outcome) {
    let share = |list: &[Vec<u32>]| list[0].len() as f64 / grid.tokens() as f64;
    for (kind, shares) in [
        ("ctx", ours.iter().map(|m| share(&m.context)).collect::<Vec<_>>()),
        ("tgt", ours.iter().map(|m| share(&m.target)).collect()),
    ] {
        let [mean, std] = ["mean", "std"].map(|s| expected[format!("{kind}_frac_{s}")].as_f64().expect(s));
        let ours = shares.iter().sum::<f64>() / shares.len() as f64;
        let error = std * (1.0 / n + 1.0 / shares.len() as f64).sqrt();
        outcome.add(&format!("{what} {kind}"), (ours - mean).abs() / error);
    }
}

/// How often each block shape is drawn, for shapes frequent enough for a normal approximation.
fn block_sizes(key: &str, counts: &Value, spec: &MaskSpec, grid: Grid, outcome: &mut Outcome) {
    let Some(counts) = counts.as_object() else { return };
    let n: f64 = counts.values().filter_map(Value::as_f64).sum();
    let mut rng = Rng::new(1);
    let draws = 20_000;
    let mut size = || spec.block_size(grid, [rng.uniform(), rng.uniform(), rng.uniform()]);
    let sizes: Vec<String> = (0..draws).map(|_| size()).map(|b| format!("{}x{}", b.h, b.w)).collect();
    for (shape, count) in counts.iter().filter_map(|(s, c)| Some((s, c.as_f64()?))).filter(|(_, c)| *c >= 25.0) {
        let (theirs, ours) = (count / n, sizes.iter().filter(|s| *s == shape).count() as f64 / f64::from(draws));
        let error = (theirs * (1.0 - theirs) * (1.0 / n + 1.0 / f64::from(draws))).sqrt();
        outcome.add(&format!("{key} {shape} blocks"), (ours - theirs).abs() / error);
    }
}
