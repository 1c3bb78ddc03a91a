//! Learning rate, weight decay and EMA momentum of the published recipes, step by step.

use std::path::Path;

use serde_json::Value;
use vjepa_web::schedule::Schedule;

use crate::Outcome;

/// Both sides compute in f64; only the order of operations differs.
const TOLERANCE: f64 = 1e-12;

/// A file of recipes: `{name: [{iteration, lr, wd, ema}, ...], ...}`.
pub fn check(_dir: &Path, name: &str, json: &Value) -> Option<Outcome> {
    let is_recipe = |value: &Value| value.get(0).is_some_and(|row| row.get("iteration").is_some());
    let recipes = json.as_object()?.iter().filter(|(_, value)| is_recipe(value));
    let mut outcome = Outcome::new(name, TOLERANCE);
    for (recipe, rows) in recipes {
        let Some(schedule) = published(recipe) else {
            outcome.skipped.push(format!("{recipe}: not a known recipe"));
            continue;
        };
        for row in rows.as_array()? {
            let iteration = row["iteration"].as_u64()?;
            let values = schedule.at(iteration);
            for (key, ours) in [("lr", values.learning_rate), ("wd", values.weight_decay), ("ema", values.momentum)] {
                outcome.add(&format!("{recipe} {key} at {iteration}"), (ours - row[key].as_f64()?).abs());
            }
        }
    }
    (outcome.compared > 0).then_some(outcome)
}

/// The files name recipes but don't hold their settings.
fn published(name: &str) -> Option<Schedule> {
    let cooldown = name.contains("cooldown");
    Some(match name.split('_').next()? {
        "v1" => Schedule::v1(),
        "v2" if cooldown => Schedule::v2_cooldown(),
        "v2" => Schedule::v2_pretrain(),
        "v21" if cooldown => Schedule::v21_cooldown(),
        "v21" => Schedule::v21_pretrain(),
        _ => return None,
    })
}
