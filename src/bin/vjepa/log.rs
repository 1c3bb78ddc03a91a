//! The log of a run: a line of JSON each, of the run, its steps and its exams.

use crate::Failure;
use serde_json::Value;
use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

/// A file to which lines are added; or none, which takes no lines.
pub struct Log(Option<(PathBuf, File)>);

impl Log {
    /// Goes on with what the file has of this run, told by its first line, after `step` steps: what a killed program noted
    /// of later ones goes, because they are taken again. Of another run, `run` is added after what is there.
    pub fn open(path: Option<&Path>, run: &Value, step: u64) -> Result<Self, Failure> {
        let Some(path) = path else { return Ok(Self(None)) };
        let open = || -> io::Result<(File, bool)> {
            let mut file = OpenOptions::new().create(true).read(true).append(true).open(path)?;
            let mut lines = Vec::new();
            // Of a pipe there is nothing to go on with.
            if file.metadata()?.is_file() {
                file.read_to_end(&mut lines)?;
            }
            let (kept, goes_on) = kept(&lines, run, step);
            if kept < lines.len() {
                file.set_len(kept as u64)?;
            }
            Ok((file, goes_on))
        };
        let (file, goes_on) = open().map_err(|error| failed(path, &error))?;
        let mut log = Self(Some((path.into(), file)));
        if !goes_on {
            log.note(run)?;
        }
        Ok(log)
    }

    /// In one piece, so that a kill leaves a whole line or none but for the last.
    pub fn note(&mut self, line: &Value) -> Result<(), Failure> {
        let Some((path, file)) = &mut self.0 else { return Ok(()) };
        file.write_all(format!("{line}\n").as_bytes()).map_err(|error| failed(path, &error))
    }
}

/// How much of a log stays, and whether what stays ends with this run after `step` steps.
fn kept(log: &[u8], run: &Value, step: u64) -> (usize, bool) {
    let whole = log.iter().rposition(|&byte| byte == b'\n').map_or(0, |last| last + 1);
    let lines: Vec<&[u8]> = log[..whole].split_inclusive(|&byte| byte == b'\n').collect();
    let read = |line: &[u8]| serde_json::from_slice::<Value>(line).unwrap_or_default();
    let Some(begin) = lines.iter().rposition(|line| line.starts_with(b"{\"run\":")) else { return (whole, false) };
    let began = &read(lines[begin])["run"];
    let same = |(field, value): (&String, &Value)| field == "from" || began[field] == *value;
    let this = run["run"].as_object().is_some_and(|run| run.iter().all(same));
    if !this || began["from"].as_u64().is_none_or(|from| from > step) {
        return (whole, false);
    }
    let later = |line: &&[u8]| read(line)["step"].as_u64().is_none_or(|at| at > step);
    let stays = lines[begin + 1..].iter().position(later).map_or(lines.len(), |first| begin + 1 + first);
    (lines[..stays].iter().map(|line| line.len()).sum(), true)
}

fn failed(path: &Path, error: &io::Error) -> Failure {
    format!("The log {} can't be written: {error}. Free some space, or choose another place.", path.display()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn run(rate: f64, from: u64) -> Value {
        json!({ "run": { "seed": 1, "recipe": { "rate": rate }, "from": from, "to": 9 } })
    }

    /// Of a log of these lines, what stays for a run at `step`, and whether it is that run's.
    fn stays(lines: &[Value], torn: &str, step: u64) -> (usize, bool) {
        let text: Vec<String> = lines.iter().map(|line| format!("{line}\n")).collect();
        let (bytes, goes_on) = kept((text.concat() + torn).as_bytes(), &run(0.1, step), step);
        let whole = |count: &usize| text[..*count].concat().len() == bytes;
        ((0..=text.len()).find(whole).expect("whole lines stay"), goes_on)
    }

    #[test]
    fn what_will_be_noted_again_goes() {
        let step = |step: u64| json!({ "step": step, "loss": 0.5 });
        let lines = [run(0.1, 0), step(1), step(2), json!({ "step": 2, "exam": {} }), step(3)];
        assert_eq!(stays(&lines, "", 3), (5, true));
        assert_eq!(stays(&lines, "{\"step\":4,\"lo", 3), (5, true));
        assert_eq!(stays(&lines, "", 2), (4, true));
        assert_eq!(stays(&lines, "{\"st", 0), (1, true));
        assert_eq!(stays(&[], "{\"ru", 0), (0, false));
    }

    #[test]
    fn the_log_of_another_run_stays() {
        let step = |step: u64| json!({ "step": step, "loss": 0.5 });
        assert_eq!(stays(&[run(0.2, 0), step(1), step(2)], "{\"step\":", 1), (3, false));
        assert_eq!(stays(&[run(0.1, 5), step(6)], "", 4), (2, false));
        assert_eq!(stays(&[run(0.1, 0), step(1), run(0.2, 0), step(1)], "", 0), (4, false));
    }
}
