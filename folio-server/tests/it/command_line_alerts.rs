//! Alerts, notifications and channels on the command line.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::{Arc, Mutex};
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
fn printed(directory: &Path, args: &[&str]) -> String {
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

    // A rule that cannot stay is named, and does not keep itself from being removed.
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
        "--json",
    ];
    let rule = good(dir, &share)["id"].as_str().unwrap().to_owned();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(sell(dir, "stock:NIMB"));
    check(
        &["set", "Core", "gain", "--threshold", "20"],
        2,
        &format!("the rule {rule} cannot stay"),
    );
    good(dir, &["alert", "remove", "Core", &rule]);
    good(dir, &["alert", "set", "Core", "gain", "--threshold", "20"]);
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
fn a_channel_is_listed_and_takes_a_sample() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    assert_eq!(
        printed(dir, &["channel", "list"]),
        "CHANNEL DESTINATION DEFAULT\nconsole – yes"
    );
    let sample = run(dir, &["channel", "test", "console"]);
    let text = String::from_utf8(sample.stdout).unwrap();
    assert!(
        text.contains("sample: A sample from folio") && text.contains("console has taken the sample"),
        "{text}"
    );
    let sample = run(dir, &["channel", "test", "console", "--json"]);
    let beside = String::from_utf8(sample.stderr).unwrap();
    assert!(beside.contains("A sample from folio"), "{beside}");
    let answer: Value = serde_json::from_slice(&sample.stdout).expect("nothing but JSON on the standard output");
    assert_eq!(
        json!([answer["channel"], answer["state"]]),
        json!(["console", "delivered"])
    );
    bad(dir, &["channel", "test", "pager"], 1, "there are: console");

    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let with = |args: &[&str]| {
        let mut command = folio(dir);
        command
            .args(args)
            .env("FOLIO_OUTBOUND_ALLOW", "127.0.0.1")
            .env("FOLIO_NOTIFY", "ntfy")
            .env("FOLIO_NTFY_URL", format!("http://:canary-token@{closed}/canary-topic"));
        command.output().unwrap()
    };
    let failed = with(&["channel", "test", "ntfy", "--json"]);
    let shown = format!("{failed:?}");
    assert_eq!(failed.status.code(), Some(1), "{shown}");
    let answer: Value = serde_json::from_slice(&failed.stdout).unwrap();
    assert_eq!(answer["state"], "failed");
    assert!(answer["last_error"].as_str().is_some_and(|error| !error.is_empty()));
    assert!(
        shown.contains("ntfy has not taken the sample") && !shown.contains("canary"),
        "{shown}"
    );
    let list: Value = serde_json::from_slice(&with(&["channel", "list", "--json"]).stdout).unwrap();
    let expected = json!({"channel": "ntfy", "destination": format!("http://{closed}"), "is_default": true,
        "disabled": null});
    assert_eq!(list[1], expected);
}

#[test]
fn doctor_says_where_channels_send_and_sends_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let doctor = |settings: &[(&str, &str)]| {
        let mut command = folio(dir.path());
        let output = command
            .args(["doctor", "--json"])
            .envs(settings.iter().copied())
            .output()
            .unwrap();
        let shown = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(!shown.to_lowercase().contains("canary"), "{shown}");
        let checks: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
        let channels = checks
            .into_iter()
            .filter(|check| check["what"].as_str().unwrap().contains("channel"));
        let channels = channels.map(|check| {
            assert_eq!(check["ok"], true, "{check}");
            let (what, detail) = (check["what"].as_str().unwrap(), check["detail"].as_str().unwrap());
            format!("{what}: {detail}")
        });
        channels.collect::<Vec<_>>().join("\n")
    };
    assert_eq!(
        doctor(&[]),
        "channel console: sends to the standard output, for every rule that names no channel\n\
         channel webhook: is off: it needs FOLIO_WEBHOOK_URL and FOLIO_WEBHOOK_SECRET\n\
         channel email: is off: it needs FOLIO_SMTP_URL, FOLIO_EMAIL_FROM and FOLIO_EMAIL_TO\n\
         channel ntfy: is off: it needs FOLIO_NTFY_URL"
    );
    // A listener that nobody calls.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    assert_eq!(
        doctor(&[
            ("FOLIO_OUTBOUND_ALLOW", "127.0.0.1"),
            ("FOLIO_NOTIFY", "webhook,email"),
            ("FOLIO_WEBHOOK_URL", &format!("http://{address}/canary")),
            ("FOLIO_WEBHOOK_SECRET", "whsec_canaryCANARYcanaryCANARYcanaryCANARY"),
            ("FOLIO_SMTP_URL", &format!("smtp://canary:canary@{address}")),
            ("FOLIO_EMAIL_FROM", "folio@example.com"),
            ("FOLIO_EMAIL_TO", "me@example.com, You <you@example.com>"),
        ]),
        format!(
            "channel console: sends to the standard output, for rules that name it\n\
             channel webhook: sends to http://{address}, for every rule that names no channel\n\
             channel email: sends to me@example.com, you@example.com, for every rule that names no channel\n\
             channel ntfy: is off: it needs FOLIO_NTFY_URL"
        )
    );
    assert!(listener.accept().is_err(), "doctor has called somebody");
    let output = folio(dir.path())
        .args(["list"])
        .env("FOLIO_NOTIFY", "email")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(
        text.contains("FOLIO_NOTIFY names email") && text.lines().count() == 1,
        "{text}"
    );
}

/// A receiver that answers every message with a status; what it was sent is kept.
fn receiver(status: &'static str) -> (SocketAddr, Arc<Mutex<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let sent = Arc::new(Mutex::new(String::new()));
    let kept = Arc::clone(&sent);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut head = [0; 4096];
            let read = stream.read(&mut head).unwrap_or_default();
            kept.lock().unwrap().push_str(&String::from_utf8_lossy(&head[..read]));
            let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    (address, sent)
}

#[test]
fn a_channel_that_nobody_wants_is_disabled_and_doctor_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let with = |address: SocketAddr, args: &[&str]| {
        let mut command = folio(dir.path());
        command
            .args(args)
            .env("FOLIO_OUTBOUND_ALLOW", "127.0.0.1")
            .env("FOLIO_WEBHOOK_URL", format!("http://{address}/canary"))
            .env("FOLIO_WEBHOOK_SECRET", "whsec_canaryCANARYcanaryCANARYcanaryCANARY");
        let output = command.output().unwrap();
        let shown = format!("{output:?}");
        assert!(!shown.to_lowercase().contains("canary"), "{shown}");
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (gone, sent) = receiver("410 Gone");
    assert_eq!(with(gone, &["channel", "test", "webhook"]).0, Some(1));
    let sent = sent.lock().unwrap().to_lowercase();
    for header in [
        "post /canary",
        "webhook-id: ",
        "webhook-timestamp: ",
        "webhook-signature: v1,",
    ] {
        assert!(sent.contains(header), "{header}: {sent}");
    }
    let (code, text) = with(gone, &["doctor"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(
        text.contains("BAD channel webhook: is disabled since ") && text.contains("410"),
        "{text}"
    );
    assert!(text.contains("folio channel test webhook"), "{text}");
    let list: Value = serde_json::from_str(&with(gone, &["channel", "list", "--json"]).1).unwrap();
    assert!(
        list[1]["disabled"]["reason"]
            .as_str()
            .is_some_and(|reason| reason.contains("410")),
        "{list}"
    );

    let (there, _) = receiver("204 No Content");
    let (code, text) = with(there, &["channel", "test", "webhook"]);
    assert_eq!((code, text.trim()), (Some(0), "webhook has taken the sample"));
    let (code, text) = with(there, &["doctor"]);
    assert_eq!(code, Some(0), "{text}");
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
