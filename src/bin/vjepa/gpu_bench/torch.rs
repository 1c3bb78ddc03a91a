//! The same forward passes and products in PyTorch, where Python has it.

use super::{
    Options,
    clock::Clock,
    forward::MODELS,
    parity::VJEPA2,
    report::{Cell, Report},
};
use crate::Failure;
use serde_json::{Value, json};
use std::{
    fs,
    io::Write,
    process::{Command, Stdio},
};

/// The program that Python runs: it reads what is asked for in its first argument, and prints a JSON line a case.
const PROGRAM: &str = include_str!("../../../../bench/gpu.py");

pub fn measure(options: &Options, clock: &Clock, report: &mut Report) {
    match run(options, clock) {
        Ok(lines) => compare(&lines, report),
        Err(error) => report.say("torch", &format!("PyTorch was not measured: {error}")),
    }
}

/// Its lines, as many as there was time for.
fn run(Options { python, cpu, .. }: &Options, clock: &Clock) -> Result<Vec<Value>, Failure> {
    let fixture = std::env::temp_dir().join(format!("vjepa-gpu-bench-{}.safetensors", std::process::id()));
    if clock.left().is_zero() {
        return Err("there is no time left.".into());
    }
    fs::write(&fixture, VJEPA2)?;
    let models: Vec<Value> = MODELS
        .iter()
        .map(|(name, width, depth, heads, mlp)| {
            json!({ "name": name, "width": width, "depth": depth, "heads": heads, "mlp": mlp })
        })
        .collect();
    let asked = json!({ "fixture": fixture, "models": models, "cpu": cpu,
        "seconds": clock.left().as_secs_f64() });
    let output = answer(python, &asked.to_string());
    fs::remove_file(&fixture)?;
    let text = output?;
    let lines: Vec<Value> = text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    match lines.iter().find_map(|line| line["error"].as_str()) {
        Some(error) => Err(error.into()),
        None => Ok(lines),
    }
}

/// What Python prints; it ends itself when it has had its time.
fn answer(python: &str, asked: &str) -> Result<String, Failure> {
    let mut child = Command::new(python)
        .args(["-", asked])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{python} does not start ({error})."))?;
    child.stdin.take().ok_or("Python takes no program")?.write_all(PROGRAM.as_bytes())?;
    let output = child.wait_with_output()?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => {
            let text = String::from_utf8_lossy(&output.stderr);
            Err(text.lines().last().unwrap_or("it was ended without a word.").to_string().into())
        }
    }
}

fn compare(lines: &[Value], report: &mut Report) {
    let text = |line: &Value, key: &str| line[key].as_str().unwrap_or_default().to_string();
    let about = lines.iter().find(|line| line["engine"].is_string());
    let engine = about.map(|line| text(line, "engine")).unwrap_or_default();
    let heading = format!("Beside {engine}");
    let columns = ["model", "precision", "ours ms", "theirs ms", "ours over theirs"];
    let mut table = report.table("torch", &heading, &columns);
    for line in lines.iter().filter(|line| line["model"].is_string()) {
        let (model, precision) = (text(line, "model"), text(line, "precision"));
        let theirs = line["ms"].as_f64();
        // Theirs has no int8 of its own; what is kept in f16 is what f16 is compared with.
        let ours = table.report().ours(&model, precision.split(' ').next().unwrap_or_default());
        let ratio = ours.zip(theirs).map(|(ours, theirs)| ours / theirs);
        table.row(&[model.into(), precision.into(), Cell::of(ours), Cell::of(theirs), Cell::of(ratio)]);
    }
}
