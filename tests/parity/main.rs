//! Parity with the reference implementations.
//!
//! Reads every fixture in `tests/fixtures`, and in the folder `$VJEPA_FIXTURES` if that is set, by its JSON, and prints what
//! was compared. Differences are absolute; each kind names its tolerance and why.

mod masks;
mod model;
mod preprocess;
mod sampling;
mod schedules;
mod train;

use serde_json::Value;
use std::path::{Path, PathBuf};

/// Activations and gradients in f32: the references' own noise is below 1e-5.
pub const F32: f64 = 1e-4;

/// What came of one fixture.
pub struct Outcome {
    pub fixture: String,
    pub compared: usize,
    pub worst: f64,
    pub tolerance: f64,
    /// Tensors of kinds that are not supported yet.
    pub skipped: Vec<String>,
    worst_of: String,
}

impl Outcome {
    pub fn new(fixture: &str, tolerance: f64) -> Self {
        let worst_of = String::new();
        Self { fixture: fixture.into(), compared: 0, worst: 0.0, tolerance, skipped: Vec::new(), worst_of }
    }

    /// Note one comparison; NaN counts as infinitely wrong.
    pub fn add(&mut self, what: &str, difference: f64) {
        self.compared += 1;
        let difference = if difference.is_nan() { f64::INFINITY } else { difference };
        if difference >= self.worst {
            self.worst = difference;
            self.worst_of = what.into();
        }
    }

    /// Note the largest absolute difference of two tensors; a different length counts as infinitely wrong.
    pub fn add_tensor(&mut self, what: &str, found: &[f32], expected: &[f32]) {
        let same_length = found.len() == expected.len();
        let worst = found.iter().zip(expected).map(|(a, b)| f64::from((a - b).abs()));
        let worst = worst.fold(0.0, |worst: f64, d| if d.is_nan() { f64::INFINITY } else { worst.max(d) });
        self.add(what, if same_length { worst } else { f64::INFINITY });
    }

    fn passed(&self) -> bool {
        self.compared > 0 && self.worst <= self.tolerance
    }
}

type Check = fn(&Path, &str, &Value) -> Option<Outcome>;

const CHECKS: [Check; 6] =
    [model::check, train::check, masks::check, schedules::check, sampling::check, preprocess::check];

#[test]
fn every_fixture_is_reproduced() {
    let mut folders = vec![PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")];
    folders.extend(std::env::var_os("VJEPA_FIXTURES").map(PathBuf::from));
    let (mut outcomes, mut unsupported) = (Vec::new(), Vec::new());
    for folder in folders {
        for (name, json) in fixtures(&folder) {
            let found: Vec<Outcome> = CHECKS.iter().filter_map(|check| check(&folder, &name, &json)).collect();
            match found.is_empty() {
                true => unsupported.push(name),
                false => outcomes.extend(found),
            }
        }
    }
    print(&outcomes, &unsupported);
    let failed: Vec<&str> =
        outcomes.iter().filter(|outcome| !outcome.passed()).map(|outcome| outcome.fixture.as_str()).collect();
    assert!(!outcomes.is_empty(), "no fixture was found");
    assert!(failed.is_empty(), "not reproduced: {failed:?}");
}

/// Every JSON file of a folder by name.
fn fixtures(folder: &Path) -> Vec<(String, Value)> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    paths.sort();
    let read = |path: PathBuf| {
        let json = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        (path.file_stem().unwrap().to_string_lossy().into_owned(), json)
    };
    paths.into_iter().map(read).collect()
}

fn print(outcomes: &[Outcome], unsupported: &[String]) {
    println!("{:<34} {:>8} {:>10} {:>10}  worst of", "fixture", "compared", "worst", "tolerance");
    for o in outcomes {
        let mark = if o.passed() { "" } else { "  FAILED" };
        let (name, compared, worst, tolerance) = (&o.fixture, o.compared, o.worst, o.tolerance);
        println!("{name:<34} {compared:>8} {worst:>10.1e} {tolerance:>10.1e}  {}{mark}", o.worst_of);
    }
    for o in outcomes.iter().filter(|o| !o.skipped.is_empty()) {
        println!("skipped in {}: {}", o.fixture, o.skipped.join(", "));
    }
    if !unsupported.is_empty() {
        println!("skipped, not supported yet: {}", unsupported.join(", "));
    }
}
