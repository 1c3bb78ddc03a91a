//! What the native programs share: help, failures in a sentence, worlds by name.

use std::{error::Error, process::ExitCode};
use vjepa_web::world::{WORLDS, WorldSpec};

pub type Failure = Box<dyn Error>;

/// Prints `usage` if nothing or help is asked for, else does the `work` on the arguments and says why it failed.
pub fn run(usage: &str, work: impl FnOnce(&[String]) -> Result<(), Failure>) -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.is_empty() || arguments.iter().any(|argument| argument == "--help") {
        println!("{usage}");
        return ExitCode::SUCCESS;
    }
    match work(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

pub fn world(name: &str) -> Result<WorldSpec, Failure> {
    let unknown = || format!("There is no world \"{name}\": choose one of {}.", WORLDS.join(", "));
    Ok(WorldSpec::named(name).ok_or_else(unknown)?)
}
