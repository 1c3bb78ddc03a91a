//! Who may depend on whom, as ARCHITECTURE.md says it: read from the sources, so that a slip fails a test.
#![cfg(not(target_arch = "wasm32"))]

use std::fs;
use std::path::{Path, PathBuf};

// These lists are also the order of src: a module uses only those before it, so that no circle can arise.

/// Neither tensors nor a browser: read and tested alone.
const PURE: &[&str] = &[
    "message",
    "grid",
    "rng",
    "mask",
    "precision",
    "config",
    "schedule",
    "formats",
    "preprocess",
    "probe",
    "world",
    "planner",
    "recipe",
    "flops",
    "weights",
    "fewshot",
    "error",
    "surprise",
    "imagine",
    "constants",
    "helpers",
];
/// Tensors, but no browser.
const BURN: &[&str] =
    &["kernels", "device", "clip", "read", "model", "checkpoint", "predict", "train", "act", "exam", "session"];
/// The binding: the only place that knows the browser.
const WEB: &[&str] = &["web"];
/// What uses a later module all the same, the later module, and why. This list may only shrink.
const EXCEPTIONS: &[(&str, &str, &str)] = &[];

const BROWSER: &[&str] = &["wasm_bindgen", "wasm_bindgen_futures", "js_sys", "web_sys"];
const TENSORS: &[&str] = &["burn", "burn_wgpu", "cubecl", "wgpu"];
/// A browser cannot wait for its GPU, and has no `std::time`.
const BLOCKING: &[&str] = &[".into_data(", ".to_data(", ".into_scalar(", "std::time", "Instant::now"];

#[test]
fn every_module_has_a_side() {
    let known: Vec<_> = [PURE, BURN, WEB].concat();
    let found: Vec<_> = entries(&root("src")).iter().map(|path| stem(path)).filter(|name| name != "lib").collect();
    for module in &known {
        assert!(found.iter().any(|name| name == module), "src/{module} is gone: take it off the list here");
    }
    for name in found.iter().filter(|name| *name != "bin") {
        assert!(known.contains(&name.as_str()), "src/{name} is on no side: add it to PURE, BURN or WEB");
    }
}

#[test]
fn pure_modules_know_neither_tensors_nor_the_browser() {
    refuse(PURE, |code| first_path(code, &[TENSORS, BROWSER].concat()));
}

#[test]
fn burn_modules_know_no_browser_and_never_block() {
    refuse(BURN, |code| first_path(code, BROWSER));
    refuse(BURN, |code| BLOCKING.iter().find(|call| code.contains(*call)).copied());
}

#[test]
fn modules_use_only_those_before_them() {
    let order = [PURE, BURN, WEB].concat();
    let mut excused = vec![];
    for (place, module) in order.iter().enumerate() {
        for path in module_files(module).iter().filter(|path| stem(path) != "tests") {
            for used in modules_used(&code(path)).iter().filter(|used| *used != module) {
                let Some(at) = order.iter().position(|known| known == used) else { continue };
                if at > place {
                    let exception = EXCEPTIONS.iter().find(|(from, to, _)| from == module && to == used);
                    assert!(exception.is_some(), "{} uses {used}, which comes after {module}", path.display());
                    excused.extend(exception);
                }
            }
        }
    }
    for exception in EXCEPTIONS {
        assert!(excused.contains(exception), "{exception:?} is needed no more: take it off the list");
    }
}

#[test]
fn the_order_is_the_one_that_is_told() {
    let text = read(&root("ARCHITECTURE.md"));
    let told = text.split("only those before it in this order:").nth(1).and_then(|rest| rest.split("So").next());
    let names: Vec<_> = told.unwrap_or_default().split('`').skip(1).step_by(2).collect();
    assert_eq!(names, [PURE, BURN, WEB].concat());
}

#[test]
fn every_way_to_name_a_module_is_found() {
    let code = "use crate::{\n    Error, ModelConfig,\n    clip::{self, Ring},\n    model::{Encoder, group::{Part}},\n    mask,\n};
        use crate::world::World;\n fn of() { crate::session::go(crate::Session) }\n // crate::web";
    let found = modules_used(&without_comments(code));
    assert_eq!(found, ["error", "config", "clip", "model", "mask", "world", "session", "session"]);
}

#[test]
fn views_import_only_views_words_and_vendored_code() {
    let views: Vec<_> = files(&root("www/js"), "js").into_iter().filter(|path| is_view(path)).collect();
    assert!(!views.is_empty(), "no views found");
    for (path, import) in views.iter().flat_map(|path| imports(path).map(move |import| (path, import))) {
        let shared = ["/ui/", "/language/", "/vendor/"].iter().any(|folder| import.contains(folder));
        let own =
            import.starts_with("./") && (import.ends_with("-view.js") || path.parent() == Some(&root("www/js/ui")));
        assert!(own || shared, "{} imports {import}", path.display());
    }
}

#[test]
fn only_main_and_rooms_wire_views_and_only_load_wasm_names_the_engine() {
    let modules = files(&root("www/js"), "js");
    assert!(modules.iter().any(|path| stem(path) == "main"), "www/js/main.js is gone");
    for path in modules.iter().filter(|path| !path.starts_with(root("www/js/bench"))) {
        let name = stem(path);
        let wires = !is_view(path) && imports(path).any(|import| import.ends_with("-view.js"));
        let may = ["main", "later-rooms"].contains(&name.as_str()) || name.ends_with("-room");
        assert!(!wires || may, "{name}.js imports a view; main.js, later-rooms.js and rooms alone do");
        let loads = without_comments(&read(path)).contains("vjepa_web");
        assert!(!loads || name == "load-wasm", "{name}.js names the wasm module; load-wasm.js alone does");
    }
}

/// Views of rooms, and what views share.
fn is_view(path: &Path) -> bool {
    stem(path).ends_with("-view") || path.parent() == Some(&root("www/js/ui"))
}

/// Fails on the first line of code in these modules for which `fault` names something. Tests are free to do as they like.
fn refuse(modules: &[&str], fault: impl Fn(&str) -> Option<&'static str>) {
    for module in modules {
        let sources = module_files(module);
        assert!(!sources.is_empty(), "src/{module} is gone");
        for path in sources.iter().filter(|path| stem(path) != "tests") {
            let code = code(path);
            for (number, line) in code.lines().enumerate() {
                if let Some(name) = fault(line) {
                    panic!("{}:{}: `{name}` does not belong here: {}", path.display(), number + 1, line.trim());
                }
            }
        }
    }
}

/// The modules of the crate that a file uses: in paths and in lists of `use crate::{..}`. What lib.rs shows again at the
/// root counts as the module that it comes from.
fn modules_used(code: &str) -> Vec<String> {
    let mut found = vec![];
    for rest in code.split("crate::").skip(1) {
        match rest.strip_prefix('{') {
            Some(list) => found.extend(listed(list)),
            None => found.push(leading_name(rest)),
        }
    }
    let from = |name: String| match name.as_str() {
        "Error" => "error".into(),
        "Family" | "ModelConfig" => "config".into(),
        "Session" => "session".into(),
        _ => name,
    };
    found.into_iter().filter(|name| !name.is_empty()).map(from).collect()
}

/// The names that lead the items of a list, up to its closing brace; lists inside it are passed over.
fn listed(list: &str) -> Vec<String> {
    let (mut depth, mut names, mut item) = (0, vec![], 0);
    for (at, c) in list.char_indices() {
        match (c, depth) {
            ('{', _) => depth += 1,
            ('}' | ',', 0) => {
                names.push(leading_name(&list[item..at]));
                item = at + 1;
                if c == '}' {
                    break;
                }
            }
            ('}', _) => depth -= 1,
            _ => {}
        }
    }
    names
}

fn leading_name(text: &str) -> String {
    text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// A file without comments and without its tests, which may use what they like.
fn code(path: &Path) -> String {
    without_comments(&read(path)).split("#[cfg(test)]\nmod tests {").next().unwrap_or_default().to_string()
}

/// The first of these crates that a line names as a path, not as a part of a word.
fn first_path(line: &str, crates: &[&'static str]) -> Option<&'static str> {
    let words: Vec<&str> = line.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let is_path = |name: &str| line.contains(&format!("{name}::")) || line.contains(&format!("use {name}"));
    crates.iter().copied().find(|name| words.contains(name) && is_path(name))
}

/// What a JavaScript module imports, statically or not.
fn imports(path: &Path) -> impl Iterator<Item = String> + use<> {
    let code = without_comments(&read(path));
    let starts = ["from \"", "import \"", "import(\""];
    let found: Vec<String> = starts
        .iter()
        .flat_map(|start| code.split(start).skip(1).filter_map(|rest| rest.split('"').next()).map(String::from))
        .collect();
    found.into_iter()
}

/// The text with its comment lines left empty, so that line numbers stay.
fn without_comments(text: &str) -> String {
    let is_comment = |line: &str| ["//", "/*", "* ", "*/"].iter().any(|start| line.trim_start().starts_with(start));
    text.lines().map(|line| if is_comment(line) { "" } else { line }).collect::<Vec<_>>().join("\n")
}

fn module_files(module: &str) -> Vec<PathBuf> {
    let file = root("src").join(format!("{module}.rs"));
    let mut found = files(&root("src").join(module), "rs");
    found.extend(file.is_file().then_some(file));
    found
}

fn files(folder: &Path, wanted: &str) -> Vec<PathBuf> {
    let inside = |path: PathBuf| if path.is_dir() { files(&path, wanted) } else { vec![path] };
    entries(folder).into_iter().flat_map(inside).filter(|path| extension(path) == wanted).collect()
}

/// Sorted; empty if there is no such folder.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<_> = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    found.sort();
    found
}

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

fn extension(path: &Path) -> String {
    path.extension().unwrap_or_default().to_string_lossy().into_owned()
}
