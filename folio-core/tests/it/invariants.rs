//! What must be absent from the source and from the dependencies of every published crate of the workspace.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

#[test]
fn money_is_never_a_binary_float() {
    let found = search(|package| package == "folio-core", floats);
    assert_eq!(
        found, [""; 0],
        "only a function whose name ends in _lossy may have a float"
    );
}

#[test]
fn only_the_clock_knows_what_time_it_is() {
    let found = search(
        |_| true,
        |tokens| {
            if is(tokens.path, CLOCK) {
                Vec::new()
            } else {
                clocks(tokens)
            }
        },
    );
    assert_eq!(found, [""; 0], "take a folio_core::Clock, or tokio::time to wait");
}

#[test]
fn only_the_edges_read_the_environment() {
    let inner = |package: &str| package.starts_with("folio-") && !EDGES.contains(&package);
    let found = search(inner, environment);
    assert_eq!(found, [""; 0], "only {EDGES:?} read the environment");
}

#[test]
fn dependencies_point_one_way() {
    let found: Vec<String> = packages().iter().flat_map(forbidden_edges).collect();
    assert_eq!(found, [""; 0]);
}

#[test]
fn the_core_does_no_io() {
    let packages = packages();
    let core = packages
        .iter()
        .find(|package| package["name"] == "folio-core")
        .expect("the core is a member");
    let tokio = normal_dependencies(core)
        .find(|dependency| dependency["name"] == "tokio")
        .expect("the core uses tokio");
    assert_eq!(tokio["uses_default_features"], false);
    let mut features: Vec<&str> = tokio["features"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    features.sort_unstable();
    assert_eq!(features, ["rt", "sync", "time"]);
}

const CLOCK: &str = "folio-core/src/clock.rs";
/// Names a file by the time it was made, where there are no inode numbers; that is not the present.
const FILE_TIME: &str = "folio-jobs/src/queue/file.rs";
/// The crates that a user configures; they may depend on every other.
const EDGES: [&str; 2] = ["folio-server", "folio-py"];

fn is(path: &Path, file: &str) -> bool {
    path.ends_with(file)
}

/// Which dependencies of a package the direction `edges → jobs → core ← backends` forbids.
fn forbidden_edges(package: &Value) -> Vec<String> {
    let name = package["name"].as_str().unwrap();
    if !name.starts_with("folio-") || EDGES.contains(&name) {
        return Vec::new();
    }
    let drivers: &[&str] = match name {
        "folio-core" => &[
            "reqwest",
            "sqlx",
            "axum",
            "hyper",
            "hyper-util",
            "redis",
            "mongodb",
            "rusqlite",
            "lettre",
        ],
        "folio-jobs" => &["reqwest", "axum", "hyper", "mongodb"],
        "folio-cache-redis" => &["axum", "apalis", "apalis-core", "reqwest", "sqlx", "mongodb"],
        _ => &["axum", "apalis", "apalis-core"],
    };
    normal_dependencies(package)
        .filter_map(|dependency| dependency["name"].as_str())
        .filter(|other| match other.starts_with("folio-") {
            true => name == "folio-core" || *other != "folio-core",
            false => drivers.contains(other),
        })
        .map(|other| format!("{name} may not depend on {other}"))
        .collect()
}

/// Those that a user of the package gets, optional ones too.
fn normal_dependencies(package: &Value) -> impl Iterator<Item = &Value> {
    package["dependencies"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|dependency| dependency["kind"].is_null())
}

/// The members that others depend on or install; examples and tools are for whoever reads or runs them.
fn packages() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let members = metadata["packages"].as_array().unwrap();
    members
        .iter()
        .filter(|package| package["publish"].is_null())
        .cloned()
        .collect()
}

/// What `rule` finds in the `src` of the packages, as `file:line what`.
fn search(packages_like: impl Fn(&str) -> bool, rule: impl Fn(&Tokens) -> Vec<usize>) -> Vec<String> {
    let mut found = Vec::new();
    for package in packages()
        .iter()
        .filter(|package| packages_like(package["name"].as_str().unwrap()))
    {
        let manifest = Path::new(package["manifest_path"].as_str().unwrap());
        let files = rust_files(&manifest.with_file_name("src"));
        assert!(!files.is_empty(), "{} has no source", package["name"]);
        for file in files {
            let text = fs::read_to_string(&file).unwrap();
            let tokens = Tokens::new(&file, &text);
            let describe = |index: usize| {
                let around = tokens.all[index.saturating_sub(4)..(index + 4).min(tokens.all.len())].iter();
                let code: Vec<&str> = around.map(|token| token.text).collect();
                format!("{}:{} {}", file.display(), tokens.all[index].line, code.join(" "))
            };
            found.extend(rule(&tokens).into_iter().map(describe));
        }
    }
    found
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    entries
        .map(|entry| entry.unwrap().path())
        .flat_map(|path| match path.is_dir() {
            true => rust_files(&path),
            false => vec![path],
        })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}

fn floats(tokens: &Tokens) -> Vec<usize> {
    let is_float = |text: &str| {
        ["f32", "f64"].iter().any(|float| {
            text == *float || text.starts_with(|first: char| first.is_ascii_digit()) && text.ends_with(float)
        })
    };
    let mut found = Vec::new();
    let mut index = 0;
    while index < tokens.all.len() {
        let lossy = tokens.text(index) == "fn" && tokens.text(index + 1).ends_with("_lossy");
        if lossy {
            index = tokens.end_of_function(index);
        } else if is_float(tokens.text(index)) {
            found.push(index);
        }
        index += 1;
    }
    found
}

fn clocks(tokens: &Tokens) -> Vec<usize> {
    let tokio = tokens.named_under(&["tokio", "time"]);
    let has_tokio = tokio.iter().any(|index| tokens.text(*index) == "Instant");
    let standard = [tokens.named_under(&["std", "time"]), tokens.named_under(&["std"])].concat();
    let file_time = is(tokens.path, FILE_TIME);
    (0..tokens.all.len())
        .filter(|index| match tokens.text(*index) {
            "Timestamp" | "Zoned" => tokens.is_followed_by(*index, "now"),
            "SystemTime" => !file_time || tokens.is_followed_by(*index, "now"),
            "Instant" => standard.contains(index) || tokens.is_followed_by(*index, "now") && !has_tokio,
            _ => false,
        })
        .collect()
}

fn environment(tokens: &Tokens) -> Vec<usize> {
    let standard = tokens.named_under(&["std"]);
    (0..tokens.all.len())
        .filter(|index| tokens.text(*index) == "env")
        .filter(|index| standard.contains(index) || tokens.text(index + 1) == "::")
        .collect()
}

struct Token<'a> {
    text: &'a str,
    line: usize,
}

/// The words and signs of a source file, without comments and texts.
struct Tokens<'a> {
    path: &'a Path,
    all: Vec<Token<'a>>,
}

impl<'a> Tokens<'a> {
    fn new(path: &'a Path, text: &'a str) -> Self {
        let mut all = Vec::new();
        let (mut rest, mut line) = (text, 1);
        while !rest.is_empty() {
            let (length, is_code) = next_token(rest);
            let (token, after) = rest.split_at(length);
            if is_code {
                all.push(Token { text: token, line });
            }
            line += token.matches('\n').count();
            rest = after;
        }
        Self { path, all }
    }

    /// The token at `index`, empty behind the last one.
    fn text(&self, index: usize) -> &'a str {
        self.all.get(index).map_or("", |token| token.text)
    }

    /// Whether `index` is followed by `::name`.
    fn is_followed_by(&self, index: usize, name: &str) -> bool {
        self.text(index + 1) == "::" && self.text(index + 2) == name
    }

    /// The names that follow a path: the next one, or all within the braces.
    fn named_under(&self, path: &[&str]) -> Vec<usize> {
        let mut found = Vec::new();
        for start in 0..self.all.len() {
            let matches = path
                .iter()
                .enumerate()
                .all(|(step, name)| self.text(start + 2 * step) == *name && self.text(start + 2 * step + 1) == "::");
            if !matches {
                continue;
            }
            let next = start + 2 * path.len();
            match self.text(next) {
                "{" => found.extend(next..self.closing(next)),
                _ => found.push(next),
            }
        }
        found
    }

    /// The brace that closes the one at `open`.
    fn closing(&self, open: usize) -> usize {
        let mut depth = 0;
        for index in open..self.all.len() {
            match self.text(index) {
                "{" => depth += 1,
                "}" => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return index;
            }
        }
        self.all.len()
    }

    /// The last token of the function that begins at `start`, a declaration without a body included.
    fn end_of_function(&self, start: usize) -> usize {
        let body = (start..self.all.len()).find(|index| matches!(self.text(*index), "{" | ";"));
        body.map_or(self.all.len(), |body| {
            if self.text(body) == ";" {
                body
            } else {
                self.closing(body)
            }
        })
    }
}

/// The length in bytes of what comes first in `text`, and whether it is code.
fn next_token(text: &str) -> (usize, bool) {
    let is_word = |character: char| character.is_alphanumeric() || character == '_';
    let word = text.find(|character| !is_word(character)).unwrap_or(text.len());
    let raw = text.trim_start_matches(['b', 'c', 'r']).trim_start_matches('#');
    let prefix = text.len() - raw.len();
    if text.starts_with("//") {
        (text.find('\n').unwrap_or(text.len()), false)
    } else if text.starts_with("/*") {
        (block_comment(text), false)
    } else if raw.starts_with('"') && text[..prefix].contains('r') {
        let end = format!("\"{}", "#".repeat(text[..prefix].matches('#').count()));
        (
            raw[1..]
                .find(&end)
                .map_or(text.len(), |length| prefix + 1 + length + end.len()),
            false,
        )
    } else if raw.starts_with('"') && !text[..prefix].contains('#') {
        (prefix + quoted(raw, '"'), false)
    } else if word > 0 {
        (word, true)
    } else if text.starts_with("'\\") || text.chars().nth(2) == Some('\'') && text.starts_with('\'') {
        (quoted(text, '\''), false)
    } else if text.starts_with("::") {
        (2, true)
    } else {
        let first = text.chars().next().map_or(1, char::len_utf8);
        (first, !text.starts_with(char::is_whitespace))
    }
}

fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        let (step, change) = match &text.as_bytes()[at..] {
            [b'/', b'*', ..] => (2, 1),
            [b'*', b'/', ..] => (2, -1),
            _ => (1, 0),
        };
        at += step;
        depth += change;
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

/// The length of a text or character that `text` begins with, its quotes included.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if character == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[test]
fn the_rules_find_what_they_are_for() {
    type Rule = fn(&Tokens) -> Vec<usize>;
    let check = |rule: Rule, expected: usize, text: &str| {
        assert_eq!(rule(&Tokens::new(Path::new("x.rs"), text)).len(), expected, "{text}");
    };
    check(floats, 1, "fn a() -> f64 { 0.into() }");
    check(floats, 2, "let a = 1f32 + b as f64;");
    check(
        floats,
        0,
        "pub fn a_lossy(x: f64) -> f64 { if x > 1f64 { 2f64 } else { 0f64 } } const A: u8 = 1;",
    );
    check(floats, 1, "fn a_lossy(x: f64) -> f64 { { x } } fn b() -> f64 {}");
    check(floats, 1, "trait A { fn a_lossy(&self) -> f64; fn b(&self) -> f64; }");
    check(
        floats,
        0,
        "// f64\n/* f64 /* f64 */ f64 */ /// f64\nlet a = \"f64 \\\" f64\"; let b = r#\"f64 \" f64\"#; to_f64();",
    );
    check(floats, 1, "let a = '\"'; let b: f64; let c = '\"';");
    check(floats, 1, "fn a<'a>(x: &'a str, y: f64) {}");
    check(floats, 1, "let a = b'\\''; let b: f64;");
    check(clocks, 1, "let now = Timestamp::now();");
    check(clocks, 1, "let now = jiff::Zoned::now();");
    check(clocks, 2, "use std::time::SystemTime; SystemTime::now()");
    check(clocks, 1, "use std::time::{Duration, Instant};");
    check(clocks, 1, "use std::{fs, time::{Duration, Instant}};");
    check(clocks, 1, "let now = Instant::now();");
    check(
        clocks,
        0,
        "use std::time::Duration; use tokio::time::{Instant, sleep}; let now = Instant::now();",
    );
    check(clocks, 0, "let now = tokio::time::Instant::now();");
    check(clocks, 1, "use tokio::time::sleep; let now = Instant::now();");
    check(environment, 1, "let a = std::env::var(\"A\");");
    check(environment, 2, "use std::env; let a = env::var(\"A\");");
    check(environment, 1, "use std::{env as e, fs};");
    check(environment, 0, "let a = env!(\"CARGO\"); // std::env::var");
}

#[test]
fn the_edges_that_are_forbidden_are_found() {
    let check = |name: &str, dependency: &str, kind: Value, expected: bool| {
        let package = serde_json::json!({"name": name, "dependencies": [{"name": dependency, "kind": kind}]});
        assert_eq!(
            !forbidden_edges(&package).is_empty(),
            expected,
            "{name} on {dependency}"
        );
    };
    check("folio-core", "folio-sources", Value::Null, true);
    check("folio-core", "reqwest", Value::Null, true);
    check("folio-core", "jiff", Value::Null, false);
    check("folio-core", "sqlx", "dev".into(), false);
    check("folio-sources", "folio-core", Value::Null, false);
    check("folio-sources", "folio-store-sqlite", Value::Null, true);
    check("folio-store-mongo", "folio-jobs", Value::Null, true);
    check("folio-jobs", "folio-core", Value::Null, false);
    check("folio-jobs", "folio-store-sqlite", Value::Null, true);
    check("folio-jobs", "folio-store-sqlite", "dev".into(), false);
    check("folio-jobs", "axum", Value::Null, true);
    check("folio-cache-redis", "redis", Value::Null, false);
    check("folio-cache-redis", "mongodb", Value::Null, true);
    check("folio-cache-redis", "apalis-core", Value::Null, true);
    check("folio-cache-redis", "folio-store-mongo", Value::Null, true);
    check("folio-server", "folio-jobs", Value::Null, false);
}
