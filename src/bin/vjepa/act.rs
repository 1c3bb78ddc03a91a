//! How well a saved model acts, as a table.

use crate::{Failure, exam::percent, models, progress};
use pollster::block_on;
use std::{fs, path::Path, time::Instant};
use vjepa_web::{
    act::Measured,
    exam::{ActExam, ActRun, Acted, Condition},
    world::RoomsSpec,
};

pub fn condition(name: &str) -> Result<Condition, Failure> {
    let known = Condition::ALL.map(Condition::id).join(", ");
    let found = Condition::ALL.into_iter().find(|condition| condition.id() == name);
    Ok(found.ok_or_else(|| format!("There is no condition \"{name}\": choose from {known}."))?)
}

pub fn examine(model: &Path, exam: ActExam, conditions: &[Condition], json: Option<&Path>) -> Result<(), Failure> {
    let session = models::session(model)?;
    let world_model = session.world_model()?;
    println!("{}, {} episodes a condition, seed {}", session.config().name, exam.episodes, exam.seed);
    let plan = &exam.plan;
    println!(
        "a plan: {} rounds of {} candidates, {} actions ahead, anew after {}",
        plan.rounds, plan.candidates, plan.horizon, plan.replan
    );
    let measured = block_on(Measured::of(&world_model, &RoomsSpec::default()))?;
    println!(
        "{:11}{:>9}  {:20}{:>8}{:>9}{:>10}{:>9}{:>12}  {:20}noticed",
        "", "episodes", "arrived", "detour", "actions", "imagined", "planned", "ms/action", "surprised"
    );
    let conditions = if conditions.is_empty() { &Condition::ALL[..] } else { conditions };
    let mut all = Vec::new();
    for &condition in conditions {
        let mut run = ActRun::new(exam.clone(), &[condition], world_model.clone(), measured.clone());
        let bar = progress::bar(0, exam.episodes as u64, "{pos} of {len}, {eta} left");
        let begun = Instant::now();
        while let Some(report) = block_on(run.next())? {
            bar.set_position(report.done as u64);
        }
        bar.finish_and_clear();
        let acted = run.report().conditions[0].clone();
        let each = begun.elapsed().as_secs_f64() * 1e3 / (acted.actions * acted.episodes as f64).max(1.0);
        print(&acted, each);
        all.push(acted);
    }
    match json {
        Some(path) => Ok(fs::write(path, serde_json::to_string_pretty(&all)?)?),
        None => Ok(()),
    }
}

fn print(acted: &Acted, each: f64) {
    println!(
        "{:11}{:>9}  {:20}{:>8}{:>9.1}{:>10.0}{:>7.0} %{each:>12.1}  {:20}{}",
        acted.condition.id(),
        acted.episodes,
        percent(acted.success),
        acted.detour.map_or(String::new(), |detour| format!("{detour:.2}")),
        acted.actions,
        acted.imagined,
        100.0 * acted.planned,
        percent(acted.rang),
        acted.noticed.map_or(String::new(), percent)
    );
}
