//! The README is true: its commands run and print what it shows, its configuration table is the server's,
//! its make targets and links exist.

use std::collections::BTreeSet;
use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use folio_core::{AssetKind, Clock, Reason, SystemClock};
use folio_server::config::SETTINGS;
use folio_sources::{RecordedInfo, Recording};
use jiff::SignedDuration;

const README: &str = include_str!("../../../README.md");

/// The address that the README shows, in whose place the test's server is asked.
const SHOWN: &str = "127.0.0.1:3000";

/// A command of a console block and the output that is shown for it.
struct Step {
    command: String,
    shown: String,
}

/// The content of the fenced blocks in a language.
fn blocks<'a>(markdown: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("```{language}\n");
    markdown
        .split(fence.as_str())
        .skip(1)
        .filter_map(|rest| rest.split("\n```").next())
        .collect()
}

/// Commands begin with `$ ` and go on over lines as long as a quote is open.
fn steps(block: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for line in block.lines() {
        match (line.strip_prefix("$ "), steps.last_mut()) {
            (_, Some(step)) if step.command.matches('\'').count() % 2 == 1 => {
                step.command.push('\n');
                step.command.push_str(line);
            }
            (Some(command), _) => steps.push(Step {
                command: command.to_owned(),
                shown: String::new(),
            }),
            (None, Some(step)) => {
                step.shown.push_str(line);
                step.shown.push('\n');
            }
            (None, None) => panic!("a console block begins with {line:?}, which is no command"),
        }
    }
    steps
}

/// Whether output is what is shown: a line `...` stands for any lines, `...` in a line for any text.
fn is_shown(shown: &[&str], printed: &[&str]) -> bool {
    match (shown, printed) {
        ([], printed) => printed.is_empty(),
        ([line, rest @ ..], printed) if *line == "..." => {
            (0..=printed.len()).any(|skipped| is_shown(rest, &printed[skipped..]))
        }
        ([line, rest @ ..], [first, others @ ..]) => is_line(line, first) && is_shown(rest, others),
        (_, []) => false,
    }
}

fn is_line(shown: &str, printed: &str) -> bool {
    let Some((head, tail)) = shown.split_once("...") else {
        return shown == printed;
    };
    let Some(rest) = printed.strip_prefix(head) else {
        return false;
    };
    rest.char_indices()
        .map(|(index, _)| index)
        .chain([rest.len()])
        .any(|index| is_line(tail, &rest[index..]))
}

fn lines(text: &str) -> Vec<&str> {
    text.trim_end().lines().map(str::trim_end).collect()
}

#[test]
fn the_comparison_can_fail() {
    #[track_caller]
    fn check(shown: &str, printed: &str, expected: bool) {
        assert_eq!(
            is_shown(&lines(shown), &lines(printed)),
            expected,
            "{shown:?} for {printed:?}"
        );
    }
    check("", "", true);
    check("", "a", false);
    check("a", "", false);
    check("a\nb", "a\nb\n", true);
    check("a\nb", "a\nc", false);
    check("a\n...\nd", "a\nb\nc\nd", true);
    check("a\n...\nd", "a\nd", true);
    check("a\n...\nd", "a\nb", false);
    check("a...c", "abbc", true);
    check("a...c", "abbcd", false);
    check("{...\"x\":1,...}", "{\"w\":0,\"x\":1,\"y\":2}", true);
    check("{...\"x\":1,...}", "{\"w\":0,\"x\":2,\"y\":1}", false);
}

/// A server with recorded prices and a home of its own; stopped when it is dropped.
struct World {
    home: tempfile::TempDir,
    address: SocketAddr,
    server: Child,
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// Invented prices of the last day, in files.
fn record(directory: &Path) {
    let now = SystemClock.now();
    for (asset, name, kind, currency, prices) in [
        ("crypto:bitcoin", "Bitcoin", AssetKind::Coin, "USD", ["58000", "60000"]),
        ("stock:AAPL", "Apple Inc.", AssetKind::Equity, "USD", ["198", "200"]),
        ("currency:USD", "US dollar", AssetKind::Cash, "USD", ["1.25", "1.25"]),
    ] {
        let info = RecordedInfo {
            name: name.to_owned(),
            ticker: (asset == "crypto:bitcoin").then(|| "BTC".to_owned()),
            kind,
            exchange: None,
        };
        let mut recording = Recording::new(asset.parse().unwrap(), currency.parse().unwrap()).with_info(info);
        recording.push(now - SignedDuration::from_hours(30), prices[0]).unwrap();
        recording.push(now - SignedDuration::from_mins(1), prices[1]).unwrap();
        recording.save(directory).unwrap();
    }
}

/// What the README's reader has: a home, `folio` on the path, and here prices from files.
fn environment(command: &mut Command, home: &Path, address: SocketAddr) {
    let folio = PathBuf::from(env!("CARGO_BIN_EXE_folio"));
    let path = format!(
        "{}:{}",
        folio.parent().unwrap().display(),
        std::env::var("PATH").unwrap()
    );
    let recorded = format!("recorded:{}", home.join("prices").display());
    command
        .env_clear()
        .current_dir(home)
        .env("PATH", path)
        .env("HOME", home)
        .env("FOLIO_BIND", address.to_string())
        .env("FOLIO_STOCK_SOURCES", &recorded)
        .env("FOLIO_CRYPTO_SOURCES", &recorded);
}

fn world() -> World {
    let home = tempfile::tempdir().unwrap();
    record(&home.path().join("prices"));
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let log = fs::File::create(home.path().join("server.log")).unwrap();
    let mut serve = Command::new(env!("CARGO_BIN_EXE_folio"));
    environment(&mut serve, home.path(), address);
    let server = serve
        .arg("serve")
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap();
    let mut world = World { home, address, server };
    for _ in 0..600 {
        if TcpStream::connect(address).is_ok() && world.token().exists() {
            return world;
        }
        let ended = world.server.try_wait().unwrap();
        assert!(ended.is_none(), "the server has ended: {}", world.log());
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("the server does not listen: {}", world.log());
}

impl World {
    fn token(&self) -> PathBuf {
        self.home.path().join(".local/share/folio/admin-token")
    }

    fn log(&self) -> String {
        fs::read_to_string(self.home.path().join("server.log")).unwrap()
    }

    /// Runs commands in one shell and returns what each printed and its exit code.
    fn run(&self, steps: &[Step]) -> Vec<(String, String)> {
        let mut script = String::new();
        for step in steps {
            script.push_str(&step.command.replace(SHOWN, &self.address.to_string()));
            script.push_str("\nprintf '\\036%s\\036' $?\n");
        }
        let mut shell = Command::new("bash");
        environment(&mut shell, self.home.path(), self.address);
        let output = shell
            .args(["-c", &format!("exec 2>&1\n{script}")])
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        let parts: Vec<_> = printed.split('\u{1e}').collect();
        parts
            .chunks_exact(2)
            .map(|part| (part[0].to_owned(), part[1].to_owned()))
            .collect()
    }
}

#[test]
fn the_first_session_prints_what_is_shown() {
    let steps: Vec<_> = blocks(README, "console").into_iter().flat_map(steps).collect();
    assert!(steps.len() >= 10, "the README has {} commands", steps.len());
    for tool in ["curl", "awk"] {
        let found = Command::new(tool)
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        assert!(found.is_ok(), "{tool} is needed: apt-get install curl mawk");
    }
    let world = world();
    let printed = world.run(&steps);
    assert_eq!(printed.len(), steps.len(), "the shell ended early: {printed:?}");
    let mut failures = String::new();
    for (step, (output, code)) in steps.iter().zip(&printed) {
        if code != "0" || !is_shown(&lines(&step.shown), &lines(output)) {
            failures += &format!(
                "$ {}\nexit code {code}, printed:\n{output}\nshown:\n{}\n\n",
                step.command, step.shown
            );
        }
    }
    assert!(failures.is_empty(), "{failures}the server's log:\n{}", world.log());
}

/// The cells of the table below a heading, without its first two lines.
fn table<'a>(header: &str) -> Vec<Vec<&'a str>> {
    let start = README
        .find(header)
        .unwrap_or_else(|| panic!("the README has no table {header}"));
    let rows = README[start..].lines().skip(2).take_while(|line| line.starts_with('|'));
    rows.map(|row| {
        row.trim_matches('|')
            .split('|')
            .map(|cell| cell.trim().trim_matches('`'))
            .collect()
    })
    .collect()
}

#[test]
fn the_configuration_table_is_the_servers() {
    let shown: Vec<_> = table("| variable | default |")
        .iter()
        .map(|row| (row[0].to_owned(), row[1].to_owned()))
        .collect();
    let known: Vec<_> = SETTINGS
        .iter()
        .map(|setting| {
            let default = setting
                .help
                .split_once("[default: ")
                .map_or("", |(_, default)| default.trim_end_matches(']'));
            (
                format!("FOLIO_{}", setting.key.to_ascii_uppercase()),
                default.to_owned(),
            )
        })
        .collect();
    assert_eq!(shown, known);
}

#[test]
fn every_variable_that_is_named_is_known() {
    let mut known: BTreeSet<_> = BTreeSet::from(["FOLIO_CONFIG".to_owned()]);
    for setting in SETTINGS {
        let name = format!("FOLIO_{}", setting.key.to_ascii_uppercase());
        known.extend(setting.secret.then(|| format!("{name}_FILE")));
        known.insert(name);
    }
    let words = README.split(|character: char| !character.is_ascii_uppercase() && character != '_');
    let named: BTreeSet<_> = words
        .filter(|word| word.starts_with("FOLIO_"))
        .map(str::to_owned)
        .collect();
    assert_eq!(named.difference(&known).collect::<Vec<_>>(), Vec::<&String>::new());
}

#[test]
fn every_reason_is_explained() {
    use Reason::{
        NoData, NoRate, NotConfigured, NotFound, NotInBook, OutOfRange, Outdated, Pending, Quarantined, RateLimited,
        Timeout, Unavailable,
    };
    let known = [
        NotFound,
        NoData,
        RateLimited,
        Timeout,
        Unavailable,
        NotConfigured,
        NoRate,
        Outdated,
        Quarantined,
        OutOfRange,
        Pending,
        NotInBook,
    ];
    let explained: Vec<_> = table("| reason | meaning |").iter().map(|row| row[0]).collect();
    assert_eq!(explained, known.map(Reason::as_str));
}

#[test]
fn make_targets_and_links_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let makefile = fs::read_to_string(root.join("Makefile")).unwrap();
    let named: BTreeSet<_> = README
        .split(['`', '\n'])
        .filter_map(|text| text.strip_prefix("make "))
        .filter_map(|rest| rest.split_whitespace().next())
        .collect();
    assert!(named.contains("run") && named.contains("test"), "{named:?}");
    for target in named {
        let defined = makefile.lines().any(|line| line.starts_with(&format!("{target}:")));
        assert!(defined, "the Makefile has no target {target}");
    }
    let links = README.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    for link in links.filter(|link| !link.contains("://") && !link.starts_with('#')) {
        let file = link.split('#').next().unwrap_or_default();
        assert!(root.join(file).exists(), "{link} does not exist");
    }
}
