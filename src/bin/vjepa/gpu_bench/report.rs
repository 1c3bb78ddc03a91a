//! Tables on stdout, and the same numbers as JSON.

use crate::Failure;
use serde_json::{Map, Value, json};
use std::{fs, path::Path};
use vjepa_web::device::Opened;

/// What was measured so far.
pub struct Report {
    json: Map<String, Value>,
    /// Milliseconds by case, to compare with another program's: `(model, precision, ms)`.
    forwards: Vec<(String, String, f64)>,
}

impl Report {
    pub fn new(opened: &Opened) -> Self {
        let software = if opened.software { ", in software" } else { "" };
        let version = env!("CARGO_PKG_VERSION");
        println!("# vjepa-web {version} on {}{software}\n", opened.adapter);
        let json = json!({ "version": version, "adapter": opened.adapter, "kind": opened.kind, "software": opened.software,
            "system": format!("{} {}", std::env::consts::OS, std::env::consts::ARCH) });
        let Value::Object(json) = json else { unreachable!("it is written as an object") };
        Self { json, forwards: vec![] }
    }

    /// A table: its heading, the names of its columns, and its rows as they come from `rows`.
    pub fn table(&mut self, key: &str, heading: &str, columns: &[&str]) -> Table<'_> {
        println!("\n## {heading}\n\n| {} |\n|{}", columns.join(" | "), "---|".repeat(columns.len()));
        let columns = columns.iter().map(ToString::to_string).collect();
        Table { key: key.into(), columns, rows: vec![], report: self }
    }

    /// A line of text.
    pub fn say(&mut self, key: &str, text: &str) {
        println!("\n{text}");
        self.json.insert(key.into(), text.into());
    }

    /// Remember a forward pass for the comparison.
    pub fn forward(&mut self, model: &str, precision: &str, ms: f64) {
        self.forwards.push((model.into(), precision.into(), ms));
    }

    /// Milliseconds of our forward pass.
    pub fn ours(&self, model: &str, precision: &str) -> Option<f64> {
        let case = self.forwards.iter().find(|(name, kept, _)| name == model && kept == precision);
        case.map(|(_, _, ms)| *ms)
    }

    pub fn finish(self, json: Option<&Path>) -> Result<(), Failure> {
        match json {
            Some(path) => Ok(fs::write(path, serde_json::to_vec_pretty(&self.json)?)?),
            None => Ok(()),
        }
    }
}

/// Rows of one table; they become part of the report when it is dropped.
pub struct Table<'a> {
    key: String,
    columns: Vec<String>,
    rows: Vec<Value>,
    report: &'a mut Report,
}

impl Table<'_> {
    /// One row, a cell a column; a cell without a value was not measured.
    pub fn row(&mut self, cells: &[Cell]) {
        debug_assert_eq!(cells.len(), self.columns.len());
        println!("| {} |", cells.iter().map(Cell::text).collect::<Vec<_>>().join(" | "));
        let fields = self.columns.iter().cloned().zip(cells.iter().map(Cell::value));
        self.rows.push(Value::Object(fields.collect()));
    }

    pub fn report(&mut self) -> &mut Report {
        self.report
    }
}

impl Drop for Table<'_> {
    fn drop(&mut self) {
        let rows = std::mem::take(&mut self.rows);
        self.report.json.insert(std::mem::take(&mut self.key), Value::Array(rows));
    }
}

/// What stands in a cell.
pub enum Cell {
    Text(String),
    Number(f64),
    /// Not measured, and why.
    No(&'static str),
}

impl Cell {
    pub fn of(number: Option<f64>) -> Self {
        number.map_or(Self::No("no time"), Self::Number)
    }

    fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            // Three digits that mean something.
            Self::Number(number) => match number.abs() {
                0.0 => "0".into(),
                size if size < 0.001 => format!("{number:.1e}"),
                size if size < 1.0 => format!("{number:.3}"),
                size if size < 10.0 => format!("{number:.2}"),
                size if size < 100.0 => format!("{number:.1}"),
                _ => format!("{number:.0}"),
            },
            Self::No(why) => format!("– ({why})"),
        }
    }

    fn value(&self) -> Value {
        match self {
            Self::Text(text) => text.as_str().into(),
            Self::Number(number) => json!(number),
            Self::No(_) => Value::Null,
        }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<f64> for Cell {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}
