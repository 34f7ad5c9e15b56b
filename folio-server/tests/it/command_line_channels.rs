//! Channels on the command line.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::{Arc, Mutex};

use folio_core::SystemClock;
use folio_core::store::{NewRecord, OpsStore, RecordKind};
use folio_store_sqlite::{SqliteConfig, SqliteStore};
use serde_json::{Value, json};

use crate::command_line::{bad, folio, run};
use crate::command_line_alerts::printed;

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
    assert_eq!(failed.status.code(), Some(3), "{shown}");
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
    assert_eq!(with(gone, &["channel", "test", "webhook"]).0, Some(2));
    let sent = sent.lock().unwrap().to_lowercase();
    for header in [
        "post /canary",
        "webhook-id: ",
        "webhook-timestamp: ",
        "webhook-signature: v1,",
    ] {
        assert!(sent.contains(header), "{header}: {sent}");
    }
    assert_eq!(with(gone, &["doctor"]).0, Some(0), "a sample disables nothing");
    disable(dir.path(), gone);
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

/// Writes what a server writes when it is answered that nobody wants its messages any more.
fn disable(dir: &Path, address: SocketAddr) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let body = json!({"channel": "webhook", "destination": format!("http://{address}"),
        "since": "2026-03-04T10:00:00Z", "reason": "nobody wants it (HTTP status 410)"});
    runtime.block_on(async {
        let config = SqliteConfig::new(dir.join("data/folio.db"));
        let store = SqliteStore::open(config, Arc::new(SystemClock)).await.unwrap();
        let record = NewRecord {
            key: "webhook".to_owned(),
            due_at: None,
            expires_at: None,
            body: body.to_string(),
        };
        let kind = RecordKind("disabled_channels");
        assert!(store.insert_record(kind, &record).await.unwrap());
    });
}
