//! The commands of the native program that read a model: what they print and write is what the library computes.
#![cfg(not(target_arch = "wasm32"))]

use pollster::block_on;
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::OnceLock,
};
use vjepa_web::{
    Family, ModelConfig, Session,
    checkpoint::{HostTensor, Snapshot, Start, read_safetensors},
    config::Limits,
    device,
    precision::Precision,
    world::{World, WorldSpec},
};

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("commands-{name}"))
}

fn vjepa(command: &str, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_vjepa")).arg(command).args(arguments).output().unwrap()
}

/// What a command printed that has to succeed.
fn printed(command: &str, arguments: &[&str]) -> String {
    let Output { status, stdout, stderr } = vjepa(command, arguments);
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A model that took two steps, for all tests.
fn model() -> &'static str {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let config = ModelConfig::preset("nano", Family::VJepa2).unwrap();
        let mut session = Session::create(config, 1, device::open_cpu().device, Limits::default()).unwrap();
        session.set_world(&WorldSpec::standard(), 1);
        block_on(session.train(2, async || ())).unwrap();
        let path = file("model.safetensors");
        fs::write(&path, block_on(session.snapshot()).unwrap().to_bytes().unwrap()).unwrap();
        path
    });
    text(made)
}

#[test]
fn commands_are_listed_by_help() {
    let help = printed("--help", &[]);
    for command in ["pretrain", "ship", "exam", "alarm", "trust", "precision", "embed", "time", "gpu-bench"] {
        assert!(help.contains(&format!("\n  {command} ")), "{command}: {help}");
    }
}

#[test]
fn commands_examine_a_model_and_write_the_report() {
    let json = file("exam.json");
    let said = printed("exam", &[model(), "--pairs", "2", "--probes", "0,0,0", "--json", text(&json)]);
    assert!(said.contains("nano after 2 steps"), "{said}");
    let report: Value = serde_json::from_slice(&fs::read(json).unwrap()).unwrap();
    let kinds = report["kinds"].as_array().unwrap();
    assert!(kinds.len() > 5 && kinds.iter().all(|kind| kind["mean"]["n"] == 2), "{report}");
    for kind in kinds {
        assert!(said.contains(kind["violation"].as_str().unwrap()), "{said}");
    }
    let refused = vjepa("exam", &[model(), "--probes", "1,2"]);
    assert!(!refused.status.success() && String::from_utf8_lossy(&refused.stderr).contains("takes three numbers"));
}

#[test]
fn commands_ship_a_model_and_ship_it_again() {
    let of = |path: &str| Snapshot::from_bytes(&fs::read(path).unwrap()).unwrap();
    let [halves, int8] = ["halves.safetensors", "int8.safetensors"].map(file);
    let (halves, int8) = (text(&halves), text(&int8));
    printed("ship", &[model(), halves]);
    assert_eq!(fs::read(halves).unwrap(), of(model()).to_shipped_bytes(Precision::F16).unwrap());
    printed("ship", &[halves, int8, "--as", "int8"]);
    assert_eq!(fs::read(int8).unwrap(), of(halves).to_shipped_bytes(Precision::Int8).unwrap());
    let said = printed("exam", &[int8, "--pairs", "1", "--probes", "0,0,0"]);
    assert!(said.contains("nano after 2 steps"), "{said}");
    let refused = vjepa("ship", &[halves, int8, "--as", "int4"]);
    assert!(!refused.status.success() && String::from_utf8_lossy(&refused.stderr).contains("no precision \"int4\""));
}

#[test]
fn commands_measure_alarm_and_trust() {
    let alarm = printed("alarm", &["--model", model(), "--pairs", "1", "--minutes", "1"]);
    assert!(alarm.contains("ROC area") && alarm.contains("teleport") && alarm.contains("1 minutes each"), "{alarm}");
    let json = file("trust.json");
    let trust = printed("trust", &["--model", model(), "--pairs", "1", "--json", text(&json)]);
    let report: Value = serde_json::from_slice(&fs::read(json).unwrap()).unwrap();
    let all = report["figures"].as_array().unwrap().last().unwrap();
    assert!(all["group"] == "all" && all["clips"].as_u64() <= Some(4), "{report}");
    assert!(trust.contains("Fast label:"), "{trust}");
}

#[test]
fn commands_embed_every_whole_clip_as_a_session_does() {
    let start = || Start::from_bytes(&fs::read(model()).unwrap()).unwrap();
    let config = start().config.unwrap();
    let session = Session::start_from(start(), &config, None, device::open_cpu().device, Limits::default()).unwrap();
    let [video, out] = ["video.rgba", "features.safetensors"].map(file);
    // Two clips and a frame that belongs to none.
    let frames = World::new(&WorldSpec::standard(), 3).clip(2 * config.frames + 1, config.size);
    fs::write(&video, &frames).unwrap();
    printed("embed", &[model(), text(&video), "--out", text(&out)]);
    let written = read_safetensors(&fs::read(&out).unwrap()).unwrap().0;
    let clip = config.frames * config.size * config.size * 4;
    let of = |i: usize| block_on(session.embed(frames[i * clip..(i + 1) * clip].to_vec())).unwrap();
    let HostTensor { shape, data } = &written.0["features"];
    assert_eq!(shape, &[2, config.grid().tokens(), config.width]);
    let expected = [of(0), of(1)].concat();
    assert!(data.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-5) && data.len() == expected.len());

    // A published checkpoint, which its config.json describes.
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/checkpoints/hf_vjepa2_tiny");
    let (weights, described) = (folder.join("model.safetensors"), folder.join("config.json"));
    let json: Value = serde_json::from_slice(&fs::read(&described).unwrap()).unwrap();
    let [size, frames] = ["crop_size", "frames_per_clip"].map(|key| json[key].as_u64().unwrap() as usize);
    fs::write(&video, vec![128; frames * size * size * 4]).unwrap();
    let said = printed("embed", &[text(&weights), text(&video), "--config", text(&described), "--out", text(&out)]);
    assert!(said.contains(&format!("1 clips, {} tokens", frames / 2 * (size / 16) * (size / 16))), "{said}");

    let refused = vjepa("embed", &[model(), text(&weights)]);
    assert!(!refused.status.success() && String::from_utf8_lossy(&refused.stderr).contains("RGBA"));
}

#[test]
fn commands_tell_precisions_apart_and_time_steps() {
    let table = printed("precision", &[]);
    for cell in ["| f16 |", "| int8 |", "ViT-G (V-JEPA 2.1)"] {
        assert!(table.contains(cell), "{cell}: {table}");
    }
    let line = printed("time", &["step", "2", "1"]);
    let times: Value = serde_json::from_str(&line).unwrap();
    assert!(times["ms"].as_array().unwrap().len() == 2 && times["engine"] == "vjepa-web, CPU, 1 thread", "{line}");
}

/// Without time there is parity, and every other case is named and left out.
#[test]
fn commands_measure_a_device_in_the_time_they_have() {
    let json = file("gpu-bench.json");
    let said = printed("gpu-bench", &["--cpu", "--seconds", "0", "--python", "no-such-python", "--json", text(&json)]);
    let report: Value = serde_json::from_slice(&fs::read(json).unwrap()).unwrap();
    let rows = |table: &str| report[table].as_array().unwrap().clone();
    assert!(report["kind"] == "cpu" && rows("parity").iter().all(|row| row["passed"] == "yes"), "{report}");
    let fixtures = ["V-JEPA 1", "V-JEPA 2", "V-JEPA 2.1"];
    assert!(fixtures.iter().all(|fixture| rows("parity").iter().any(|row| row["model"] == *fixture)), "{report}");
    for (table, count) in [("products", 12), ("training", 3), ("forward", 9)] {
        let rows = rows(table);
        assert!(rows.len() == count && rows.iter().all(|row| row["ms"].is_null()), "{table}: {rows:?}");
    }
    assert!(said.contains("PyTorch was not measured"), "{said}");
}
