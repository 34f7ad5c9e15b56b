//! The real binary on a directory of its own, without a server and without a network.

use std::fs::File;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use folio_core::{Clock, SystemClock};
use folio_sources::Recording;
use serde_json::{Value, json};

/// Recorded prices up to the present.
pub(crate) fn record(directory: &Path) {
    let now = SystemClock.now();
    for (asset, currency, price) in [
        ("crypto:bitcoin", "USD", "60000"),
        ("stock:NIMB", "EUR", "80"),
        ("currency:USD", "USD", "1.25"),
    ] {
        let mut recording = Recording::new(asset.parse().unwrap(), currency.parse().unwrap());
        for days in (0..5).rev() {
            recording
                .push(now - jiff::SignedDuration::from_hours(days * 24), price)
                .unwrap();
        }
        recording.save(directory).unwrap();
    }
}

/// The binary with settings that reach nobody.
pub(crate) fn folio(directory: &Path) -> Command {
    let prices = directory.join("prices");
    if !prices.exists() {
        record(&prices);
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_folio"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("FOLIO_")) {
        command.env_remove(name);
    }
    let recorded = format!("recorded:{}", prices.display());
    command
        .current_dir(directory)
        .env("FOLIO_DATA_DIR", directory.join("data"))
        .env("FOLIO_STOCK_SOURCES", &recorded)
        .env("FOLIO_CRYPTO_SOURCES", &recorded);
    command
}

pub(crate) fn run(directory: &Path, args: &[&str]) -> Output {
    folio(directory).args(args).output().unwrap()
}

pub(crate) fn good(directory: &Path, args: &[&str]) -> Value {
    let output = run(directory, args);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}: {error}");
    serde_json::from_slice(&output.stdout).unwrap_or(Value::Null)
}

#[track_caller]
pub(crate) fn bad(directory: &Path, args: &[&str], code: i32, says: &str) {
    let output = run(directory, args);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{args:?}: {error}");
    assert!(error.contains(says), "{args:?}: {error}");
}

#[test]
fn a_portfolio_is_made_filled_listed_and_valued() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let made = good(dir, &["new", "Core", "--currency", "EUR", "--json"]);
    assert_eq!(
        json!([made["name"], made["base_currency"], made["owner"]]),
        json!(["Core", "EUR", "admin"])
    );
    let holding = good(
        dir,
        &[
            "--json",
            "add",
            "Core",
            "crypto:bitcoin",
            "0.5",
            "--cost",
            "20000",
            "--on",
            "2025-01-15",
        ],
    );
    assert_eq!(
        json!([holding["asset"], holding["unit_cost"]]),
        json!(["crypto:bitcoin", "40000"])
    );
    let id = made["id"].as_str().unwrap();
    good(dir, &["add", id, "currency:EUR", "-100"]);
    good(dir, &["add", id, "stock:NIMB", "2", "--unit-cost", "70"]);
    let list = good(dir, &["list", "--json"]);
    assert_eq!(json!([list[0]["id"], list[0]["holding_count"]]), json!([id, 3]));
    let value = good(dir, &["value", "Core", "--json"]);
    assert_eq!(
        json!([value["status"], value["total_value"], value["gain"]]),
        json!(["complete", "24060", "4020"]),
        "{value}"
    );

    let people = run(dir, &["value", "Core"]);
    let text = String::from_utf8_lossy(&people.stdout).into_owned();
    assert!(text.contains("Core: 24060.00 EUR, complete"), "{text}");
    let list = run(dir, &["list"]);
    assert!(String::from_utf8_lossy(&list.stdout).contains(id));
}

#[test]
fn wrong_usage_is_2_a_failure_1_an_unreachable_source_3() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    good(dir, &["new", "Twice"]);
    good(dir, &["new", "Twice"]);
    bad(dir, &["fly"], 2, "fly");
    bad(dir, &["new"], 2, "NAME");
    bad(dir, &["new", " "], 2, "blank");
    bad(dir, &["new", "x", "--currency", "eur"], 2, "upper case");
    bad(dir, &["add", "Twice", "bitcoin", "1"], 1, "2 portfolios are called");
    bad(dir, &["value", "Nobody"], 1, "no such portfolio");
    bad(dir, &["value", "Twice", "--policy", "guess"], 2, "strict");
    bad(dir, &["history", "crypto:bitcoin", "--days", "400"], 2, "400");
    bad(dir, &["prices", "crypto:nope"], 1, "not_found");
    bad(dir, &["--price-ttl", "soon", "list"], 2, "FOLIO_PRICE_TTL");
    good(dir, &["new", "One"]);
    bad(dir, &["add", "One", "bitcoin", "1"], 2, "class:symbol");
    bad(dir, &["add", "One", "crypto:bitcoin", "0"], 2, "zero");
    bad(
        dir,
        &["add", "One", "crypto:bitcoin", "1", "--cost", "1", "--unit-cost", "1"],
        2,
        "cannot be used with",
    );
    std::fs::write(dir.join("prices/source.json"), r#"{"outage": true}"#).unwrap();
    bad(dir, &["prices", "crypto:bitcoin"], 3, "crypto:bitcoin");
}

#[test]
fn prices_histories_and_searches_are_printed() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let prices = good(dir, &["prices", "crypto:bitcoin", "stock:NIMB", "--json"]);
    assert_eq!(prices["quotes"][1]["currency"], "EUR", "{prices}");
    let history = good(dir, &["history", "crypto:bitcoin", "--days", "3", "--json"]);
    assert!(!history["points"].as_array().unwrap().is_empty(), "{history}");
    let found = good(dir, &["search", "bitcoin", "--json"]);
    assert_eq!(found[0]["asset"], "crypto:bitcoin", "{found}");
}

#[test]
fn tokens_are_made_listed_and_revoked() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let made = good(
        dir,
        &[
            "token", "create", "--name", "notebook", "--owner", "bob", "--scopes", "read", "--json",
        ],
    );
    assert_eq!(json!([made["owner"], made["scopes"]]), json!(["bob", ["read"]]));
    let secret = made["secret"].as_str().unwrap();
    let list = run(dir, &["token", "list", "--json"]);
    let text = String::from_utf8_lossy(&list.stdout).into_owned();
    assert!(text.contains("notebook") && !text.contains(secret), "{text}");
    good(dir, &["token", "revoke", made["id"].as_str().unwrap()]);
    bad(
        dir,
        &["token", "revoke", made["id"].as_str().unwrap()],
        1,
        "no such token",
    );
    bad(dir, &["token", "create", "--scopes", "root"], 2, "read, write, admin");
    let link = good(dir, &["token", "link", "--json"])["link"]
        .as_str()
        .unwrap()
        .to_owned();
    let token = std::fs::read_to_string(dir.join("data/admin-token")).unwrap();
    assert_eq!(link, format!("http://127.0.0.1:3000/?token={}", token.trim()));
}

#[test]
fn owners_are_apart() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    good(dir, &["new", "Mine"]);
    good(dir, &["new", "Theirs", "--owner", "bob"]);
    assert_eq!(good(dir, &["list", "--json"]).as_array().unwrap().len(), 1);
    bad(dir, &["value", "Theirs"], 1, "no such portfolio");
}

#[test]
fn doctor_says_what_is_wrong_and_how_to_mend_it() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let checks = good(dir, &["doctor", "--json"]);
    assert!(
        checks.as_array().unwrap().iter().all(|check| check["ok"] == true),
        "{checks}"
    );
    // What was written last is beside the file until SQLite takes it in.
    for beside in ["folio.db-wal", "folio.db-shm"] {
        let _ = std::fs::remove_file(dir.join("data").join(beside));
    }
    std::fs::write(
        dir.join("data/folio.db"),
        "this is no database, and long enough to be looked at as one: ".repeat(100),
    )
    .unwrap();
    let output = run(dir, &["doctor"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("BAD store") && text.contains("backup"), "{text}");
    bad(dir, &["list"], 1, "folio.db");
}

#[test]
fn doctor_asks_every_source_that_is_on() {
    let check = |settings: &[(&str, &str)], wanted: [(&str, bool, &str); 2]| {
        let dir = tempfile::tempdir().unwrap();
        let mut command = folio(dir.path());
        command.args(["doctor", "--json"]).envs(settings.iter().copied());
        let output = command.output().unwrap();
        let shown = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(!shown.contains("canary"), "{shown}");
        let checks: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
        for (what, ok, detail) in wanted {
            let check = checks.iter().find(|check| check["what"] == what);
            let check = check.unwrap_or_else(|| panic!("nothing is said of {what}: {shown}"));
            assert_eq!(check["ok"], ok, "{check}");
            assert!(check["detail"].as_str().unwrap().contains(detail), "{check}");
        }
    };
    check(
        &[],
        [
            ("source iex", true, "is off: FOLIO_IEX_URL"),
            ("source twelvedata", true, "is off: FOLIO_TWELVEDATA_API_KEY"),
        ],
    );
    check(
        &[
            ("FOLIO_STOCK_SOURCES", "iex,twelvedata"),
            ("FOLIO_IEX_URL", "http://127.0.0.1:9/v1"),
            ("FOLIO_IEX_TOKEN", "canary-iex"),
            ("FOLIO_TWELVEDATA_URL", "http://127.0.0.1:9"),
            ("FOLIO_TWELVEDATA_API_KEY", "canary-twelvedata"),
            ("FOLIO_FX_URL", "http://127.0.0.1:9/v2"),
        ],
        [
            ("source iex", false, "IEX Cloud itself closed in 2024"),
            ("source twelvedata", false, "cannot be reached"),
        ],
    );
}

#[test]
fn the_document_is_printed_without_any_settings() {
    let dir = tempfile::tempdir().unwrap();
    let document = good(dir.path(), &["openapi"]);
    assert_eq!(document["info"]["title"], "folio");
    assert!(!dir.path().join("data").exists(), "nothing is made");
}

#[test]
fn a_store_of_a_newer_folio_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    good(dir, &["new", "Core"]);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(crate::process::pretend_newer(&dir.join("data/folio.db")));
    bad(dir, &["list"], 1, "newer");
}

#[test]
fn a_price_is_stated_and_taken_back() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    good(dir, &["new", "Home", "--json"]);
    good(dir, &["add", "Home", "custom:house", "2"]);
    let stated = good(
        dir,
        &[
            "price",
            "set",
            "custom:house",
            "400000",
            "USD",
            "--on",
            "2026-01-15",
            "--valid-days",
            "36500",
            "--json",
        ],
    );
    assert_eq!(
        json!([stated["price"], stated["as_of"], stated["source"], stated["valid_days"]]),
        json!(["400000", "2026-01-15T00:00:00Z", "manual", 36500])
    );
    let text = run(dir, &["price", "set", "custom:boat", "12.50", "EUR"]);
    let text = String::from_utf8_lossy(&text.stdout).into_owned();
    assert!(
        text.starts_with("custom:boat 12.5 EUR from 2") && text.contains("until another"),
        "{text}"
    );
    assert_eq!(good(dir, &["value", "Home", "--json"])["total_value"], "800000");
    assert_eq!(
        good(dir, &["prices", "custom:house", "--json"])["quotes"][0]["price"],
        "400000"
    );
    bad(
        dir,
        &["prices", "custom:house", "--owner", "bob"],
        1,
        "nobody has stated",
    );

    bad(
        dir,
        &["price", "set", "currency:EUR", "1", "USD"],
        1,
        "nobody states by hand",
    );
    bad(
        dir,
        &["price", "set", "custom:house", "much", "USD"],
        2,
        "not a decimal",
    );
    bad(
        dir,
        &["price", "set", "custom:house", "1", "USD", "--on", "tomorrow"],
        2,
        "YYYY-MM-DD",
    );
    bad(
        dir,
        &["price", "remove", "custom:house", "--owner", "bob"],
        1,
        "no price of this asset",
    );
    good(dir, &["price", "remove", "custom:house"]);
    bad(dir, &["price", "remove", "custom:house"], 1, "no price of this asset");
    bad(dir, &["prices", "custom:house"], 1, "nobody has stated");
}

#[test]
fn nobody_who_reads_is_no_failure_and_no_room_is_one() {
    let directory = tempfile::tempdir().unwrap();
    let list = |to: File| {
        folio(directory.path())
            .arg("list")
            .stdout(to)
            .stderr(Stdio::piped())
            .output()
            .unwrap()
    };
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = list(File::from(OwnedFd::from(writer)));
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    let output = list(File::options().write(true).open("/dev/full").unwrap());
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.starts_with("folio: the answer cannot be printed"), "{error}");
}
