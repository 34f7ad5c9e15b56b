//! `folio export` and `folio import`: what an owner stated, taken out and put back.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::command_line::{bad, good, run};

/// Two portfolios with lots of every sort, rules and prices by hand.
fn filled(dir: &Path) {
    good(dir, &["new", "Core", "--currency", "EUR", "--note", "for later"]);
    good(
        dir,
        &[
            "add",
            "Core",
            "crypto:bitcoin",
            "0.5",
            "--cost",
            "20000.10",
            "--on",
            "2025-01-15",
        ],
    );
    good(
        dir,
        &[
            "add",
            "Core",
            "stock:NIMB",
            "3",
            "--unit-cost",
            "79.999",
            "--cost-currency",
            "USD",
        ],
    );
    good(dir, &["add", "Core", "custom:house", "1", "--external-id", "h-1"]);
    good(dir, &["add", "Core", "currency:EUR", "-250.5"]);
    good(
        dir,
        &[
            "alert",
            "add",
            "Core",
            "price_above",
            "--asset",
            "crypto:bitcoin",
            "--price",
            "70000",
        ],
    );
    good(
        dir,
        &[
            "price",
            "set",
            "custom:house",
            "450000",
            "EUR",
            "--on",
            "2026-01-01",
            "--valid-days",
            "900",
        ],
    );
    good(
        dir,
        &["price", "set", "custom:house", "460000", "EUR", "--on", "2026-02-01"],
    );
    good(dir, &["new", "Empty", "--policy", "strict"]);
}

fn exported(dir: &Path, file: &str) -> Value {
    good(dir, &["export", file]);
    serde_json::from_slice(&fs::read(dir.join(file)).unwrap()).unwrap()
}

/// A document without the moment at which it was written.
fn content(mut document: Value) -> Value {
    document.as_object_mut().unwrap().remove("exported_at").unwrap();
    document
}

#[test]
fn what_was_taken_out_is_put_back_as_it_was_and_twice_changes_nothing() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (here, there) = (here.path(), there.path());
    filled(here);
    let document = exported(here, "out.json");
    assert_eq!(
        json!([document["format"], document["version"], document["owner"]]),
        json!(["folio-export", 1, "admin"])
    );
    let core = &document["portfolios"][0];
    assert_eq!(core["holdings"].as_array().unwrap().len(), 4);
    assert_eq!(core["holdings"][0]["cost"], "20000.1");
    assert!(
        core["holdings"][0].get("unit_cost").is_none(),
        "the form that was given: {core}"
    );
    assert_eq!(core["alert_rules"].as_array().unwrap().len(), 3);
    assert_eq!(document["manual_prices"].as_array().unwrap().len(), 2);
    let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(here.join("out.json")).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(
        fs::read_dir(here)
            .unwrap()
            .filter(|entry| { entry.as_ref().unwrap().file_name().to_string_lossy().contains("part") })
            .count(),
        0
    );

    let file = here.join("out.json").display().to_string();
    let first = good(there, &["import", &file, "--json"]);
    let outcomes: Vec<_> = first["portfolios"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["outcome"].clone())
        .collect();
    assert_eq!(outcomes, ["created", "created"]);
    assert_eq!(first["manual_prices"], json!({"created": 2}));
    assert_eq!(content(exported(there, "again.json")), content(document.clone()));

    let second = good(there, &["import", &file, "--json"]);
    assert!(
        second["portfolios"]
            .as_array()
            .unwrap()
            .iter()
            .all(|item| item["outcome"] == "unchanged"),
        "{second}"
    );
    assert_eq!(second["manual_prices"], json!({"unchanged": 2}));
    assert_eq!(content(exported(there, "twice.json")), content(document));

    let by_pipe = run(here, &["export"]).stdout;
    fs::write(there.join("piped.json"), by_pipe).unwrap();
    let third = good(there, &["import", "piped.json", "--json"]);
    assert_eq!(third["manual_prices"], json!({"unchanged": 2}));
}

#[test]
fn a_link_stays_a_link_and_a_pipe_a_pipe() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    filled(dir);
    fs::write(dir.join("real.json"), "old").unwrap();
    std::os::unix::fs::symlink("real.json", dir.join("link.json")).unwrap();
    let document = exported(dir, "link.json");
    assert!(fs::symlink_metadata(dir.join("link.json")).unwrap().is_symlink());
    let real: Value = serde_json::from_slice(&fs::read(dir.join("real.json")).unwrap()).unwrap();
    assert_eq!(real, document);

    let pipe = dir.join("pipe.json");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || fs::read(pipe).unwrap()
    });
    good(dir, &["export", "pipe.json"]);
    let read: Value = serde_json::from_slice(&reader.join().unwrap()).unwrap();
    assert_eq!(content(read), content(document));
    assert!(!fs::symlink_metadata(&pipe).unwrap().is_file());
}

#[test]
fn what_differs_is_named_and_replaced_only_when_told() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    filled(dir);
    let before = exported(dir, "before.json");
    good(dir, &["add", "Core", "crypto:bitcoin", "1"]);
    good(
        dir,
        &["price", "set", "custom:house", "500000", "EUR", "--on", "2026-02-01"],
    );
    good(dir, &["alert", "remove", "Empty", "loss"]);
    let changed = exported(dir, "changed.json");
    for says in [
        "/portfolios/0",
        "/portfolios/1/alert_rules",
        "/manual_prices/1",
        "--replace",
    ] {
        bad(dir, &["import", "before.json"], 1, says);
    }
    assert_eq!(
        content(exported(dir, "still.json")),
        content(changed),
        "nothing was written"
    );

    let report = good(dir, &["import", "before.json", "--replace", "--json"]);
    assert_eq!(report["portfolios"][0]["outcome"], "replaced");
    assert_eq!(report["manual_prices"], json!({"replaced": 1, "unchanged": 1}));
    let mut after = content(exported(dir, "after.json"));
    let mut wanted = content(before);
    for document in [&mut after, &mut wanted] {
        for portfolio in document["portfolios"].as_array_mut().unwrap() {
            portfolio["version"] = Value::Null;
            portfolio["updated_at"] = Value::Null;
        }
        for price in document["manual_prices"].as_array_mut().unwrap() {
            price["stated_at"] = Value::Null;
        }
    }
    assert_eq!(after, wanted);
}

#[test]
fn a_bad_file_is_refused_at_its_place_and_changes_nothing() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (here, there) = (here.path(), there.path());
    filled(here);
    let good_one = exported(here, "out.json");
    let check = |change: &dyn Fn(&mut Value), code: i32, says: &[&str]| {
        let mut document = good_one.clone();
        change(&mut document);
        fs::write(there.join("bad.json"), document.to_string()).unwrap();
        for says in says {
            bad(there, &["import", "bad.json"], code, says);
        }
        assert_eq!(good(there, &["list", "--json"]), json!([]), "{says:?}");
    };
    check(
        &|file| file["version"] = json!(2),
        1,
        &["version 2; this folio reads version 1", "/version"],
    );
    check(&|file| file["format"] = json!("other"), 2, &["/format"]);
    check(&|file| file["owner"] = json!("ann"), 2, &["/owner", "--owner ann"]);
    check(
        &|file| file["portfolios"][1]["name"] = json!(" "),
        2,
        &["/portfolios/1/name"],
    );
    check(
        &|file| file["portfolios"][1]["nmae"] = json!("x"),
        2,
        &["/portfolios/1/nmae", "no such field"],
    );
    check(
        &|file| file["portfolios"][0]["id"] = json!("7"),
        2,
        &["/portfolios/0/id"],
    );
    check(
        &|file| file["portfolios"][1]["id"] = file["portfolios"][0]["id"].clone(),
        1,
        &["/portfolios/1/id"],
    );
    check(
        &|file| file["portfolios"][0]["holdings"][1]["quantity"] = json!("-3"),
        2,
        &["/portfolios/0/holdings/1/quantity"],
    );
    check(
        &|file| file["portfolios"][0]["holdings"][2]["id"] = Value::Null,
        2,
        &["/portfolios/0/holdings/2/id"],
    );
    check(
        &|file| file["portfolios"][0]["holdings"][3]["id"] = file["portfolios"][0]["holdings"][0]["id"].clone(),
        1,
        &["/portfolios/0/holdings/3/id"],
    );
    check(
        &|file| file["portfolios"][0]["created_at"] = json!("2999-01-01T00:00:00Z"),
        2,
        &["/portfolios/0/created_at", "future"],
    );
    check(
        &|file| file["portfolios"][0]["alert_rules"][0]["threshold_percent"] = json!("0"),
        2,
        &["/portfolios/0/alert_rules/0/threshold_percent"],
    );
    check(
        &|file| file["portfolios"][0]["alert_rules"][0]["channels"] = json!(["ntfy"]),
        2,
        &["/portfolios/0/alert_rules/0/channels/0", "not set up"],
    );
    check(
        &|file| file["manual_prices"][1]["price"] = json!("dear"),
        2,
        &["/manual_prices/1/price"],
    );
    check(
        &|file| file["manual_prices"][0]["valid_days"] = json!(0),
        2,
        &["/manual_prices/0/valid_days"],
    );
    check(
        &|file| file["manual_prices"][1]["as_of"] = file["manual_prices"][0]["as_of"].clone(),
        1,
        &["/manual_prices/1/as_of"],
    );

    let whole = fs::read(here.join("out.json")).unwrap();
    fs::write(there.join("half.json"), &whole[..whole.len() / 2]).unwrap();
    bad(there, &["import", "half.json"], 2, "half.json ends early");
    fs::write(there.join("text.json"), "not json").unwrap();
    bad(there, &["import", "text.json"], 2, "text.json is not JSON");
    bad(there, &["import", "absent.json"], 2, "absent.json cannot be read");
    assert_eq!(good(there, &["list", "--json"]), json!([]));
}

#[test]
fn the_ids_of_another_owner_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    filled(dir);
    let mut document = exported(dir, "out.json");
    document["owner"] = json!("ann");
    document["manual_prices"] = json!([]);
    fs::write(dir.join("ann.json"), document.to_string()).unwrap();
    bad(
        dir,
        &["import", "ann.json", "--owner", "ann"],
        1,
        "belongs to another owner",
    );
    assert_eq!(good(dir, &["list", "--owner", "ann", "--json"]), json!([]));
}

#[test]
fn a_portfolio_that_was_deleted_comes_back() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    filled(dir);
    let document = exported(dir, "out.json");
    let mut kept = document.clone();
    kept["portfolios"].as_array_mut().unwrap().truncate(1);
    // Whoever removes a rule's asset keeps the rule, and an export of that is taken back too.
    kept["portfolios"][0]["holdings"].as_array_mut().unwrap().remove(0);
    let other = tempfile::tempdir().unwrap();
    fs::write(other.path().join("kept.json"), kept.to_string()).unwrap();
    good(other.path(), &["import", "kept.json"]);
    assert_eq!(content(exported(other.path(), "out.json")), content(kept));
}
