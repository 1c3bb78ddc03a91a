//! What came of comparing one fixture, and how it is told.

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

    pub fn passed(&self) -> bool {
        self.compared > 0 && self.worst <= self.tolerance
    }
}

/// A table of all comparisons: fixture, tensors compared, worst difference.
pub fn table(outcomes: &[Outcome]) -> String {
    let mut lines = vec![format!("{:<34} {:>8} {:>10} {:>10}  worst of", "fixture", "compared", "worst", "tolerance")];
    for o in outcomes {
        let mark = if o.passed() { "" } else { "  FAILED" };
        let (name, compared, worst, tolerance) = (&o.fixture, o.compared, o.worst, o.tolerance);
        lines.push(format!("{name:<34} {compared:>8} {worst:>10.1e} {tolerance:>10.1e}  {}{mark}", o.worst_of));
    }
    for o in outcomes.iter().filter(|o| !o.skipped.is_empty()) {
        lines.push(format!("skipped in {}: {}", o.fixture, o.skipped.join(", ")));
    }
    lines.join("\n")
}
