//! Alerts and notifications on the command line.

use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::command_line::{bad, folio, good, run};
use crate::process::Process;

/// A portfolio that holds bitcoin, which lost a seventh of its cost, in a new directory.
fn directory() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    good(dir.path(), &["new", "Core"]);
    good(dir.path(), &["add", "Core", "crypto:bitcoin", "1", "--cost", "70000"]);
    dir
}

/// What is printed for people, each id as `ID`, and columns one space apart.
pub(crate) fn printed(directory: &Path, args: &[&str]) -> String {
    let output = run(directory, args);
    assert!(output.status.success(), "{args:?}: {output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let words = |line: &str| {
        let words = line
            .split_whitespace()
            .map(|word| if word.len() == 36 { "ID" } else { word });
        words.collect::<Vec<_>>().join(" ")
    };
    text.lines().map(words).collect::<Vec<_>>().join("\n")
}

#[test]
fn rules_are_added_changed_listed_and_removed() {
    let dir = directory();
    let dir = dir.path();
    assert_eq!(
        printed(dir, &["alert", "list", "Core"]),
        "ID KIND WATCHES BAND COOL-DOWN CHANNELS STATE\n\
         ID loss 5 % 1 % 24 h console armed\n\
         ID gain 10 % 1 % 24 h console armed"
    );
    assert_eq!(
        printed(
            dir,
            &[
                "alert",
                "add",
                "Core",
                "change",
                "--threshold",
                "3",
                "--window",
                "24",
                "--asset",
                "crypto:bitcoin"
            ],
        ),
        "ID change 3 % in 24 h of crypto:bitcoin"
    );
    let above = good(
        dir,
        &[
            "alert",
            "add",
            "Core",
            "price_above",
            "--asset",
            "crypto:bitcoin",
            "--price",
            "1e5",
            "--band",
            "0.5",
            "--cooldown",
            "0",
            "--channel",
            "console",
            "--json",
        ],
    );
    let id = above["id"].as_str().unwrap().to_owned();
    let expected = json!({
        "id": id, "kind": "price_above", "threshold_percent": null, "price": "100000", "currency": "USD",
        "window_hours": null, "asset": "crypto:bitcoin", "band_percent": "0.5", "cooldown_hours": 0,
        "channels": ["console"], "inactive": null,
        "state": {"phase": "armed", "episode": 0, "changed_as_of": null, "fired_as_of": null},
    });
    assert_eq!(above, expected);
    assert_eq!(
        printed(dir, &["alert", "set", "Core", "loss", "--threshold", "7.5"]),
        "ID loss 7.5 %"
    );
    let changed = good(dir, &["alert", "set", "Core", &id, "--price", "90000", "--json"]);
    assert_eq!(
        json!([
            changed["id"],
            changed["price"],
            changed["band_percent"],
            changed["channels"]
        ]),
        json!([id, "90000", "0.5", ["console"]]),
        "what is not given stays"
    );
    let removed = good(dir, &["alert", "remove", "Core", "gain", "--json"]);
    assert_eq!(removed["removed"], true);
    assert_eq!(
        printed(dir, &["alert", "remove", "Core", "change"]),
        "ID is watched no more"
    );
    assert_eq!(
        printed(dir, &["alert", "list", "Core"]),
        "ID KIND WATCHES BAND COOL-DOWN CHANNELS STATE\n\
         ID loss 7.5 % 1 % 24 h console armed\n\
         ID price_above crypto:bitcoin at 90000 USD 0.5 % 0 h console armed"
    );
    let list = good(dir, &["alert", "list", "Core", "--json"]);
    assert_eq!(json!([list["version"], list["items"][1]["id"]]), json!([7, id]));
}

#[test]
fn what_cannot_be_watched_is_refused() {
    let dir = directory();
    let dir = dir.path();
    let check = |args: &[&str], code: i32, says: &str| bad(dir, &[&["alert"], args].concat(), code, says);
    check(&["list", "Nobody"], 1, "no such portfolio");
    check(&["list", "Core", "--owner", "bob"], 1, "no such portfolio");
    check(&["add", "Core", "drop", "--threshold", "5"], 2, "price_below");
    check(
        &["add", "Core", "loss"],
        2,
        "folio: --threshold: this field is required\n",
    );
    check(&["add", "Core", "loss", "--threshold", "-5"], 2, "above 0");
    check(
        &["add", "Core", "loss", "--threshold", "5", "--price", "3"],
        2,
        "a loss rule has no price",
    );
    check(
        &["add", "Core", "change", "--threshold", "5", "--window", "12"],
        2,
        "24 or 168",
    );
    check(
        &["add", "Core", "price_above", "--price", "1"],
        2,
        "--asset: this field",
    );
    check(
        &["add", "Core", "price_above", "--price", "1", "--asset", "stock:NIMB"],
        2,
        "does not hold stock:NIMB",
    );
    check(
        &["add", "Core", "loss", "--threshold", "5", "--channel", "webhook"],
        2,
        "there are: console",
    );
    check(&["set", "Core", "loss", "--price", "3"], 2, "a loss rule has no price");
    check(&["set", "Core", "change", "--threshold", "3"], 1, "no such rule");
    check(&["remove", "Core", "change"], 1, "no such rule");
    good(dir, &["alert", "add", "Core", "loss", "--threshold", "20"]);
    check(&["remove", "Core", "loss"], 1, "name one by its id");

    // A rule on what was sold meanwhile keeps nobody from changing the others.
    good(dir, &["add", "Core", "stock:NIMB", "1"]);
    let share = [
        "alert",
        "add",
        "Core",
        "price_below",
        "--price",
        "1",
        "--asset",
        "stock:NIMB",
    ];
    good(dir, &share);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(sell(dir, "stock:NIMB"));
    good(dir, &["alert", "set", "Core", "gain", "--threshold", "20"]);
    let rules = good(dir, &["alert", "list", "Core", "--json"]);
    let rules = rules["items"].as_array().unwrap();
    let inactive = |kind: &str| &rules.iter().find(|rule| rule["kind"] == kind).unwrap()["inactive"];
    assert_eq!(inactive("price_below"), "not_held");

    // One that cannot stay is named, and does not keep itself from being removed.
    let added = folio(dir)
        .args(["alert", "set", "Core", "price_below", "--channel", "ntfy", "--json"])
        .envs([("FOLIO_NTFY_URL", "https://ntfy.example.org/canary-topic")])
        .output()
        .unwrap();
    assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
    let added: serde_json::Value = serde_json::from_slice(&added.stdout).unwrap();
    let rule = added["id"].as_str().unwrap();
    check(
        &["set", "Core", "gain", "--threshold", "30"],
        2,
        &format!("the rule {rule} cannot stay"),
    );
    good(dir, &["alert", "remove", "Core", rule]);
    good(dir, &["alert", "set", "Core", "gain", "--threshold", "30"]);
}

/// Removes the holdings of an asset, which the command line does not.
async fn sell(dir: &Path, asset: &str) {
    let server = Process::start(dir, |_| {});
    let portfolios = server.call("GET", "/api/v1/portfolios", None).await.1;
    let path = format!("/api/v1/portfolios/{}", portfolios["items"][0]["id"].as_str().unwrap());
    let portfolio = server.call("GET", &path, None).await.1;
    for holding in portfolio["holdings"].as_array().unwrap() {
        if holding["asset"] == asset {
            let path = format!("{path}/holdings/{}", holding["id"].as_str().unwrap());
            assert_eq!(server.call("DELETE", &path, None).await.0, 204);
        }
    }
}

#[tokio::test]
async fn a_notification_is_listed_and_sent_again() {
    let dir = directory();
    let dir = dir.path();
    assert_eq!(
        printed(dir, &["notification", "list"]),
        "ID AS OF KIND CHANNEL STATE TRIES"
    );
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let ntfy = format!("http://{closed}/canary-topic");
    let settings = [("FOLIO_NTFY_URL", ntfy.as_str()), ("FOLIO_OUTBOUND_ALLOW", "127.0.0.1")];
    let with = |args: &[&str]| folio(dir).args(args).envs(settings).output().unwrap();
    let rule = with(&[
        "alert",
        "set",
        "Core",
        "loss",
        "--channel",
        "console",
        "--channel",
        "ntfy",
    ]);
    assert!(rule.status.success(), "{rule:?}");

    let server = Process::start(dir, |command| {
        command.envs(settings);
    });
    let portfolios = server.call("GET", "/api/v1/portfolios", None).await.1;
    let path = format!("/api/v1/portfolios/{}", portfolios["items"][0]["id"].as_str().unwrap());
    assert_eq!(server.call("POST", &format!("{path}/valuations"), None).await.0, 202);
    let told = settled(&server, |delivery| delivery["attempts"] != 0).await;
    drop(server);

    let list = with(&[
        "notification",
        "list",
        "--portfolio",
        "Core",
        "--kind",
        "loss_alert",
        "--json",
    ]);
    let list: Value = serde_json::from_slice(&list.stdout).unwrap();
    assert_eq!(list.as_array().map(Vec::len), Some(1), "{list}");
    assert_eq!(
        json!([list[0]["id"], list[0]["kind"]]),
        json!([told["id"], "loss_alert"])
    );
    assert_eq!(list[0]["deliveries"][0]["state"], "delivered", "{list}");
    let people = with(&["notification", "list"]);
    let people = String::from_utf8(people.stdout).unwrap();
    let lines: Vec<_> = people.lines().collect();
    assert_eq!(lines.len(), 3, "{people}");
    for (line, parts) in [(lines[1], ["console", "delivered"]), (lines[2], ["ntfy", "retrying"])] {
        assert!(
            line.contains("loss_alert") && parts.iter().all(|part| line.contains(part)),
            "{people}"
        );
    }
    assert!(!people.contains("canary"), "{people}");
    let none = with(&["notification", "list", "--kind", "price_alert", "--json"]);
    assert_eq!(serde_json::from_slice::<Value>(&none.stdout).unwrap(), json!([]));

    let id = told["id"].as_str().unwrap();
    let sent = with(&["notification", "send", id]);
    let text = String::from_utf8(sent.stdout).unwrap();
    assert!(
        sent.status.success() && text.contains("queued") && text.contains("the next one that starts"),
        "{text}"
    );
    let server = Process::start(dir, |command| {
        command.envs(settings);
    });
    let again = settled(&server, |delivery| {
        delivery["channel"] == "ntfy" || delivery["attempts"] == 2
    })
    .await;
    assert_eq!(again["deliveries"][0]["state"], "delivered");
    drop(server);

    bad(dir, &["notification", "send", "nope"], 1, "no such notification");
    bad(
        dir,
        &["notification", "send", id, "--owner", "bob"],
        1,
        "no such notification",
    );
    bad(dir, &["notification", "list", "--kind", "sample"], 2, "data_degraded");
    bad(dir, &["notification", "list", "--limit", "0"], 2, "0");
    bad(
        dir,
        &["notification", "list", "--portfolio", "Nobody"],
        1,
        "no such portfolio",
    );
}

/// The newest notification, as soon as `is` holds for each of its deliveries and none is being sent.
async fn settled(server: &Process, is: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..600 {
        let list = server.call("GET", "/api/v1/notifications", None).await.1;
        let newest = &list["items"][0];
        let deliveries = newest["deliveries"].as_array().map(Vec::as_slice).unwrap_or_default();
        if !deliveries.is_empty() && deliveries.iter().all(|one| is(one) && one["state"] != "sending") {
            return newest.clone();
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("nothing was told")
}

#[test]
fn a_new_portfolio_has_the_rules_of_the_settings() {
    let dir = tempfile::tempdir().unwrap();
    let settings = [
        "--alert-loss-percent",
        "2.5",
        "--alert-gain-percent",
        "150",
        "--notify",
        "console",
    ];
    good(dir.path(), &[&["new", "Core"], &settings[..]].concat());
    assert_eq!(
        printed(dir.path(), &["alert", "list", "Core"]),
        "ID KIND WATCHES BAND COOL-DOWN CHANNELS STATE\n\
         ID loss 2.5 % 1 % 24 h console no_cost\n\
         ID gain 150 % 1 % 24 h console no_cost"
    );
}
