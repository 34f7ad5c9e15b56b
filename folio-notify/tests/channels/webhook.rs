//! Webhooks, verified by the library that others verify them with.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use folio_core::{Clock, ErrorKind, ManualClock, Notification, Notifier, OwnerId, SystemClock};
use folio_notify::{Outbound, Webhook, WebhookConfig};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::pki::Authority;
use crate::program::{Program, Stopped, python};
use crate::server::Server;
use crate::support::{Answers, OTHER_SECRET, SECRET, alert, clock, here};

const RECEIVER: &str = "webhook_receiver.py";

fn channel(program: &Program, secrets: &str, clock: Arc<dyn Clock>) -> Webhook {
    let url = format!("http://me:invented@127.0.0.1:{}/hooks/folio?a=1", program.port);
    Webhook::new(WebhookConfig::new(&url, secrets).unwrap(), &here(), clock).unwrap()
}

#[tokio::test]
async fn a_message_has_the_documented_form() {
    let program = Program::start(RECEIVER, None, &["--secret", SECRET]);
    let webhook = channel(&program, SECRET, clock());
    let notification = alert("Größe fiel um 5.2 %", "Line \"one\"\nline two 🎉 \u{2028}");
    webhook.notify(&notification).await.unwrap();
    let sample = Notification::sample(OwnerId::default(), "2026-03-02T15:00:00Z".parse().unwrap());
    webhook.notify(&sample).await.unwrap();

    let received = program.received();
    let headers = &received[0]["headers"];
    assert_eq!(received[0]["verified"], true);
    assert_eq!(received[0]["path"], "/hooks/folio?a=1");
    assert_eq!(headers["content-type"], "application/json");
    assert_eq!(headers["authorization"], "Basic bWU6aW52ZW50ZWQ=");
    assert_eq!(headers["user-agent"], format!("folio/{}", env!("CARGO_PKG_VERSION")));
    assert_eq!(headers["webhook-id"], notification.id.to_string());
    let body = |index: usize| serde_json::from_str::<Value>(received[index]["body"].as_str().unwrap()).unwrap();
    assert_eq!(
        body(0),
        json!({
            "type": "loss_alert",
            "timestamp": "2026-03-02T15:00:00.25Z",
            "data": {
                "id": notification.id.to_string(),
                "portfolio_id": notification.portfolio_id.unwrap().to_string(),
                "kind": "loss_alert",
                "title": notification.title,
                "message": notification.message,
                "valuation_id": notification.valuation_id.unwrap().to_string(),
                "rule_id": notification.rule_id.unwrap().to_string(),
                "created_at": "2026-03-02T15:00:00.25Z",
            },
        })
    );
    let data = &body(1)["data"];
    assert_eq!(body(1)["type"], "sample");
    for name in ["portfolio_id", "valuation_id", "rule_id"] {
        assert_eq!(data[name], Value::Null, "{name}");
    }
}

#[tokio::test]
async fn every_attempt_has_the_same_id_and_its_own_time() {
    let program = Program::start(RECEIVER, None, &["--secret", SECRET]);
    let clock = Arc::new(ManualClock::new(SystemClock.now()));
    let webhook = channel(&program, SECRET, clock.clone());
    let notification = alert("a", "b");
    webhook.notify(&notification).await.unwrap();
    clock.advance(SignedDuration::from_secs(30));
    webhook.notify(&notification).await.unwrap();

    let received = program.received();
    let of = |index: usize, name: &str| received[index]["headers"][name].as_str().unwrap().to_owned();
    let time = |index: usize| of(index, "webhook-timestamp").parse::<i64>().unwrap();
    assert_eq!(of(0, "webhook-id"), of(1, "webhook-id"));
    assert_eq!(time(1) - time(0), 30);
    assert_ne!(of(0, "webhook-signature"), of(1, "webhook-signature"));
    assert_eq!(received[0]["body"], received[1]["body"]);
    assert_eq!([&received[0]["new"], &received[1]["new"]], [true, false]);
}

#[tokio::test]
async fn a_secret_is_replaced_without_losing_a_message() {
    let (old, new) = (OTHER_SECRET, SECRET);
    let rotating = format!("{new}, {old}");
    for (receiver, sender, verified) in [
        (old, old, true),
        (old, &*rotating, true),
        (new, &*rotating, true),
        (new, new, true),
        (new, old, false),
        (old, new, false),
    ] {
        let program = Program::start(RECEIVER, None, &["--secret", receiver]);
        let sent = channel(&program, sender, clock()).notify(&alert("a", "b")).await;
        let received = &program.received()[0];
        assert_eq!(received["verified"], verified, "{received}");
        assert_eq!(sent.is_ok(), verified);
        let signatures = received["headers"]["webhook-signature"].as_str().unwrap();
        assert_eq!(signatures.split(' ').count(), sender.split(',').count(), "{signatures}");
    }
}

#[tokio::test]
async fn a_replayed_or_changed_message_is_found_out() {
    let program = Program::start(RECEIVER, None, &["--secret", SECRET]);
    let before = Arc::new(ManualClock::new(SystemClock.now() - SignedDuration::from_mins(6)));
    let error = channel(&program, SECRET, before)
        .notify(&alert("a", "b"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    assert!(program.received()[0]["why"].as_str().unwrap().contains("old"));

    let after = Arc::new(ManualClock::new(SystemClock.now() + SignedDuration::from_mins(6)));
    channel(&program, SECRET, after)
        .notify(&alert("a", "b"))
        .await
        .unwrap_err();
    assert!(program.received()[1]["why"].as_str().unwrap().contains("new"));

    // What was sent is sent again by somebody in the middle, who has changed it.
    channel(&program, SECRET, clock())
        .notify(&alert("a", "100 USD"))
        .await
        .unwrap();
    let original = program.received()[2].clone();
    let send = |body: String| {
        let mut request = reqwest::Client::new().post(format!("http://127.0.0.1:{}/", program.port));
        for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
            request = request.header(name, original["headers"][name].as_str().unwrap());
        }
        async move { request.body(body).send().await.unwrap().status().as_u16() }
    };
    let body = original["body"].as_str().unwrap();
    assert_eq!(send(body.to_owned()).await, 204);
    assert_eq!(send(body.replace("100 USD", "900 USD")).await, 401);
}

#[tokio::test]
async fn the_receiver_of_the_readme_tells_each_message_once() {
    let readme = include_str!("../../README.md");
    let (_, rest) = readme.split_once("```python\n").unwrap();
    let (code, _) = rest.split_once("```").unwrap();
    let port = Server::new(drop).port();
    assert!(code.contains("8000"));
    let mut command = Command::new(python());
    command.args(["-B", "-c", &code.replace("8000", &port.to_string())]);
    command
        .env("WEBHOOK_SECRET", SECRET)
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = Stopped(command.spawn().unwrap());

    let url = format!("http://127.0.0.1:{port}/");
    let webhook = |secret| Webhook::new(WebhookConfig::new(&url, secret).unwrap(), &here(), clock()).unwrap();
    let (first, second) = (alert("Größe fell", "b"), alert("Core rose", "b"));
    // Until it listens.
    while webhook(SECRET).notify(&first).await.is_err() {
        assert!(child.0.try_wait().unwrap().is_none(), "the receiver has ended");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    webhook(SECRET).notify(&first).await.unwrap();
    webhook(OTHER_SECRET).notify(&alert("forged", "b")).await.unwrap_err();
    webhook(SECRET).notify(&second).await.unwrap();
    assert_eq!([child.line(), child.line()], [first.title, second.title]);
}

#[tokio::test]
async fn a_receiver_is_reached_over_tls_by_its_name_alone() {
    let authority = Authority::new();
    let identity = authority.identity("hooks.example.test");
    let program = Program::start(RECEIVER, Some(&identity), &["--secret", SECRET]);
    let send = async |host: &str, trusted: Option<&str>| {
        let mut outbound = Outbound::parse("127.0.0.1")
            .unwrap()
            .with_resolver(Answers::new(&[&["127.0.0.1"]]));
        if let Some(pem) = trusted {
            outbound = outbound.with_root_certificates(pem).unwrap();
        }
        let url = format!("https://{host}:{}/", program.port);
        let config = WebhookConfig::new(&url, SECRET).unwrap();
        let webhook = Webhook::new(config, &outbound, clock()).unwrap();
        webhook.notify(&alert("a", "b")).await.map_err(|error| error.kind())
    };
    let (trusted, stranger) = (authority.pem(), Authority::new().pem());
    assert!(send("hooks.example.test", Some(&trusted)).await.is_ok());
    assert_eq!(program.received().len(), 1);
    let refused = Some(ErrorKind::Unavailable);
    assert_eq!(send("other.example.test", Some(&trusted)).await.err(), refused);
    assert_eq!(send("hooks.example.test", Some(&stranger)).await.err(), refused);
    assert_eq!(send("hooks.example.test", None).await.err(), refused);
    assert_eq!(program.received().len(), 1);
}
