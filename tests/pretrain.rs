//! Pretraining as a program: a kill costs time and nothing else, and what it ships is what it trained.
#![cfg(not(target_arch = "wasm32"))]
#![expect(clippy::disallowed_methods, reason = "it waits for another program")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread::sleep,
    time::Duration,
};
use vjepa_web::{
    checkpoint::{Snapshot, Start},
    precision::Precision,
};

const STEPS: usize = 60;

fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("pretrain-{name}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// The program on a nano model; `threads` must not matter to what comes out.
fn pretrain(run: &Path, threads: usize, more: &[&str]) -> Command {
    pretrain_to(STEPS, run, threads, more)
}

fn pretrain_to(steps: usize, run: &Path, threads: usize, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vjepa"));
    command.arg("pretrain").arg(run).args(["--preset", "nano", "--exam-every", "0", "--save-every", "7"]);
    command.args(["--steps", &steps.to_string(), "--threads", &threads.to_string()]).args(more);
    command.stderr(Stdio::null());
    command
}

fn lines(log: &Path) -> usize {
    fs::read_to_string(log).unwrap_or_default().lines().count()
}

#[test]
fn pretraining_that_was_killed_goes_on_to_the_same_weights() {
    let folder = folder("killed");
    let [straight, killed] = ["straight.safetensors", "killed.safetensors"].map(|f| folder.join(f));
    let [straight_log, log] = ["straight.jsonl", "killed.jsonl"].map(|f| folder.join(f));
    assert!(pretrain(&straight, 1, &["--log", straight_log.to_str().unwrap()]).status().unwrap().success());
    for kill_after in [4, 30] {
        let mut program = pretrain(&killed, 2, &["--log", log.to_str().unwrap()]).spawn().unwrap();
        while lines(&log) < kill_after && program.try_wait().unwrap().is_none() {
            sleep(Duration::from_millis(2));
        }
        program.kill().unwrap();
        program.wait().unwrap();
    }
    assert!(pretrain(&killed, 1, &["--log", log.to_str().unwrap()]).status().unwrap().success());
    assert_eq!(fs::read_to_string(log).unwrap(), fs::read_to_string(straight_log).unwrap(), "every step once");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 4, "no other file is left");
    let [straight, killed] = [straight, killed].map(|run| Snapshot::from_bytes(&fs::read(run).unwrap()).unwrap());
    assert!(straight.weights == killed.weights, "the runs came apart");
    let header = |run: &Snapshot| serde_json::to_value(&run.header).unwrap();
    assert_eq!(header(&straight), header(&killed));
}

#[test]
fn pretraining_goes_on_from_the_save_before_a_damaged_one() {
    let folder = folder("damaged");
    let [straight, run] = ["straight.safetensors", "run.safetensors"].map(|f| folder.join(f));
    let earlier = folder.join("run.safetensors.earlier");
    assert!(pretrain_to(20, &straight, 1, &[]).status().unwrap().success());
    assert!(pretrain_to(7, &run, 1, &[]).status().unwrap().success());
    let seven = fs::read(&run).unwrap();
    assert!(pretrain_to(14, &run, 1, &[]).status().unwrap().success());
    assert!(!earlier.exists(), "a run that is done needs one save");
    let fourteen = fs::read(&run).unwrap();
    fs::write(&run, &fourteen[..fourteen.len() / 2]).unwrap();
    let said = |output: std::process::Output| (output.status.success(), String::from_utf8(output.stderr).unwrap());
    let resumed = || said(pretrain_to(20, &run, 1, &[]).stderr(Stdio::piped()).output().unwrap());
    let (done, why) = resumed();
    assert!(!done && why.contains("No earlier save of it can be read"), "{why}");
    fs::write(&earlier, seven).unwrap();
    let (done, why) = resumed();
    assert!(done && why.contains("the save before it, at step 7"), "{why}");
    assert_eq!(fs::read(&run).unwrap(), fs::read(&straight).unwrap());
    assert!(folder.join("run.safetensors.damaged").exists());
}

#[cfg(target_os = "linux")]
#[test]
fn pretraining_says_when_a_save_has_no_room_and_keeps_the_one_before() {
    let folder = folder("full");
    let run = folder.join("run.safetensors");
    assert!(pretrain_to(7, &run, 1, &[]).status().unwrap().success());
    let seven = fs::read(&run).unwrap();
    let mut whole = pretrain_to(14, &run, 1, &[]);
    let mut limited = Command::new("bash");
    // Files of 64 KiB at most, and no signal for it, as on a full disk.
    limited
        .args(["-c", "trap '' XFSZ; ulimit -f 64; exec \"$0\" \"$@\""])
        .arg(whole.get_program())
        .args(whole.get_args());
    let output = limited.output().unwrap();
    let why = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && why.contains("can't be written"), "{why}");
    assert!(fs::read(&run).unwrap() == seven, "the save before is whole");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "nothing is left of the one that failed");
    assert!(whole.status().unwrap().success(), "with room it goes on");
}

#[test]
fn pretraining_logs_every_step_and_ships_the_slow_encoder() {
    let folder = folder("shipped");
    let [run, log, model] = ["run.safetensors", "log.jsonl", "model.safetensors"].map(|file| folder.join(file));
    let more =
        ["--log", log.to_str().unwrap(), "--ship", model.to_str().unwrap(), "--set", "schedule.learningRate=0.002"];
    assert!(pretrain(&run, 1, &more).status().unwrap().success());
    assert_eq!(lines(&log), 1 + STEPS, "what is run, then a line a step");
    let int8 = folder.join("int8.safetensors");
    let again = ["--ship", int8.to_str().unwrap(), "--ship-as", "int8"];
    assert!(pretrain(&run, 1, &again).status().unwrap().success(), "a run that is done ships once more");
    let (bytes, model) = (fs::read(&run).unwrap(), fs::read(&model).unwrap());
    assert!(model.len() < bytes.len() / 5, "{} of {} bytes", model.len(), bytes.len());
    let run = Snapshot::from_bytes(&bytes).unwrap();
    assert_eq!(fs::read(int8).unwrap(), run.to_shipped_bytes(Precision::Int8).unwrap());
    assert_eq!(run.header.recipe.unwrap().schedule.learning_rate, 0.002);
    let shipped = Start::from_bytes(&model).unwrap();
    for (name, tensor) in run.weights.below("target_encoder.").0 {
        let half = &shipped.weights.0[&format!("encoder.{name}")];
        let close = |(a, b): (&f32, &f32)| (a - b).abs() <= 1e-3 * a.abs() + 1e-6;
        assert!(tensor.data.iter().zip(&half.data).all(close), "{name}");
    }
    // A flipped bit of a weight is noticed.
    let mut damaged = model.clone();
    *damaged.last_mut().unwrap() ^= 4;
    assert!(Start::from_bytes(&damaged).is_err());
}

#[test]
fn pretraining_can_start_from_weights_that_were_trained_before() {
    let folder = folder("from");
    let [first, model, next] = ["first.safetensors", "model.safetensors", "next.safetensors"].map(|f| folder.join(f));
    assert!(pretrain(&first, 1, &["--ship", model.to_str().unwrap()]).status().unwrap().success());
    // Steps that move nothing leave what the run began with.
    let still = ["--seed", "3", "--set", "schedule.learningRate=0", "--set", "schedule.learningRateStart=0"];
    let more = [&["--from", model.to_str().unwrap()], &still[..]].concat();
    assert!(pretrain(&next, 1, &more).status().unwrap().success());
    let start = Start::from_bytes(&fs::read(model).unwrap()).unwrap();
    let next = Snapshot::from_bytes(&fs::read(next).unwrap()).unwrap();
    assert_eq!((next.header.seed, next.header.step), (3, STEPS as u64), "a run of its own");
    for (name, tensor) in &start.weights.0 {
        assert_eq!(tensor.data, next.weights.0[name].data, "{name}");
    }
}

#[test]
fn pretraining_refuses_what_it_can_not_do_in_a_sentence() {
    let folder = folder("refused");
    let said = |more: &[&str]| {
        let output = pretrain(&folder.join("run.safetensors"), 1, more).stderr(Stdio::piped()).output().unwrap();
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(said(&["--set", "schedule.speed=3"]).contains("no field /schedule/speed"));
    assert!(said(&["--set", "schedule.learningRate=7"]).contains("learning rate"));
    assert!(said(&["--world", "flat"]).contains("no world \"flat\""));
    assert!(said(&["--workers", "9"]).contains("9 workers can't share"));
    assert!(said(&["--ship", "m.safetensors", "--ship-as", "int4"]).contains("no precision \"int4\""));
    assert!(said(&["--ship-as", "int8"]).contains("--ship <MODEL.safetensors>"));
    assert!(said(&["--device", "abacus"]).contains("no device \"abacus\""));
    assert!(said(&["--colour"]).contains("unexpected argument '--colour'"));
}
