//! What an ntfy server is sent.

use std::collections::HashMap;
use std::io::Write;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use folio_core::{Error, ErrorKind, Notifier};
use folio_notify::{Ntfy, NtfyConfig};
use serde_json::{Value, json};

use crate::server::{Server, read_request};
use crate::support::{alert, clock, here};

/// A server with topics: what it was sent, and what a phone shows of it.
#[derive(Clone, Default)]
pub(crate) struct Topic {
    sent: Arc<Mutex<Vec<(String, Value)>>>,
    /// By sequence, of which a phone shows the last message.
    shown: Arc<Mutex<HashMap<String, Value>>>,
}

impl Topic {
    pub(crate) fn serve(&self) -> Server {
        let topic = self.clone();
        Server::new(move |mut stream| {
            let Some(request) = read_request(&mut stream) else {
                return;
            };
            let message: Value = serde_json::from_slice(&request.body).unwrap();
            let sequence = message["sequence_id"].as_str().unwrap_or_default().to_owned();
            topic.shown.lock().unwrap().insert(sequence, message.clone());
            topic.sent.lock().unwrap().push((request.head, message));
            let body = r#"{"id":"hwQ2YpKdmg","time":1772463600,"event":"message","topic":"alerts"}"#;
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
            stream.write_all((head + body).as_bytes()).unwrap();
        })
    }

    /// How many messages a phone shows of a sequence.
    pub(crate) fn shown(&self, sequence: &str) -> usize {
        usize::from(self.shown.lock().unwrap().contains_key(sequence))
    }

    fn sent(&self) -> Vec<(String, Value)> {
        self.sent.lock().unwrap().clone()
    }
}

fn channel(url: &str) -> Ntfy {
    Ntfy::new(NtfyConfig::new(url).unwrap(), &here(), clock()).unwrap()
}

#[tokio::test]
async fn a_message_has_the_documented_form() {
    let topic = Topic::default();
    let server = topic.serve();
    let ntfy = channel(&format!("http://127.0.0.1:{}/alerts_1-a", server.port()));
    let notification = alert("Größe fiel\num 5.2 % 🎉", "Line one\nline\u{7} \"two\"\n");
    let delivery = ntfy.notify(&notification).await.unwrap();
    assert_eq!(delivery.reference.as_deref(), Some("hwQ2YpKdmg"));
    let (head, message) = &topic.sent()[0];
    assert!(head.starts_with("POST / HTTP/1.1\r\n"), "{head}");
    assert!(!head.to_ascii_lowercase().contains("authorization"), "{head}");
    assert_eq!(
        *message,
        json!({
            "topic": "alerts_1-a",
            "title": "Größe fiel um 5.2 % 🎉",
            "message": "Line one\nline\u{fffd} \"two\"",
            "tags": ["loss_alert"],
            "sequence_id": notification.id.to_string(),
        })
    );
}

#[tokio::test]
async fn a_token_or_a_password_is_sent_as_such() {
    let topic = Topic::default();
    let server = topic.serve();
    let here = format!("127.0.0.1:{}", server.port());
    let basic = |login: &str| format!("Basic {}", STANDARD.encode(login));
    for (login, path, expected) in [
        (":tk_invented", "/a", "Bearer tk_invented".to_owned()),
        ("phil:pass%40word", "/a", basic("phil:pass@word")),
        ("phil:x", "/below/a/", basic("phil:x")),
    ] {
        channel(&format!("http://{login}@{here}{path}"))
            .notify(&alert("a", "b"))
            .await
            .unwrap();
        let (head, message) = topic.sent().pop().unwrap();
        assert!(head.contains(&format!("authorization: {expected}\r\n")), "{head}");
        assert_eq!(message["topic"], "a");
    }
    assert!(topic.sent()[2].0.starts_with("POST /below/ "));
}

#[tokio::test]
async fn a_long_message_stays_a_message() {
    let topic = Topic::default();
    let server = topic.serve();
    let ntfy = channel(&format!("http://127.0.0.1:{}/a", server.port()));
    for text in ["数".repeat(9_000), "\"\\".repeat(9_000), "\n".repeat(9_000) + "x"] {
        ntfy.notify(&alert(&text, &text)).await.unwrap();
        let (_, message) = topic.sent().pop().unwrap();
        assert!(message["message"].as_str().unwrap().len() <= 4_096);
        assert!(message.to_string().len() <= 8_192, "{}", message.to_string().len());
    }
}

#[tokio::test]
async fn an_answer_says_whether_to_try_again() {
    async fn answered(status: u16, headers: &str, body: &str) -> Error {
        let answer = format!(
            "HTTP/1.1 {status} x\r\n{headers}content-length: {}\r\n\r\n{body}",
            body.len()
        );
        let server = Server::answering(answer);
        let ntfy = channel(&format!("http://127.0.0.1:{}/a", server.port()));
        ntfy.notify(&alert("a", "b")).await.unwrap_err()
    }

    let known = r#"{"code":40000,"http":400,"error":"invalid request"}"#;
    for (status, body, kind) in [
        (400, known, ErrorKind::InvalidInput),
        (400, "", ErrorKind::Unavailable),
        (401, known, ErrorKind::NotConfigured),
        (401, "", ErrorKind::NotConfigured),
        (403, known, ErrorKind::NotConfigured),
        (404, known, ErrorKind::NotConfigured),
        (404, "404 page not found", ErrorKind::Unavailable),
        (405, "", ErrorKind::Unavailable),
        (413, known, ErrorKind::InvalidInput),
        (413, "<html>", ErrorKind::Unavailable),
        (429, known, ErrorKind::RateLimited),
        (500, known, ErrorKind::Unavailable),
        (503, "", ErrorKind::Unavailable),
        (507, known, ErrorKind::Unavailable),
        (308, "", ErrorKind::Unavailable),
    ] {
        let error = answered(status, "retry-after: 7\r\n", body).await;
        assert_eq!(error.kind(), kind, "{status} {body}: {error}");
        let wait = error.retry_after().map(|delay| delay.as_secs());
        assert_eq!(wait, kind.is_retryable().then_some(7), "{status}");
    }
    let body = r#"{"code":42908,"http":429,"error":"limit reached: daily message quota reached"}"#;
    let error = answered(429, "", body).await;
    assert!(error.message().contains("ntfy error 42908"), "{error}");
    assert_eq!(error.retry_after(), None);
    // What a body says is not shown.
    let error = answered(403, "", r#"{"code":40301,"error":"canary7c1f"}"#).await;
    assert!(!format!("{error:?}").contains("canary"), "{error:?}");
}

#[tokio::test]
async fn an_answer_that_is_no_answer_of_ntfy_is_no_reference() {
    for body in ["", "<html>", r#"{"id":"\u001b[2J"}"#, r#"{"id":""}"#, r#"{"id":7}"#] {
        let server = Server::answering(format!(
            "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        ));
        let ntfy = channel(&format!("http://127.0.0.1:{}/a", server.port()));
        assert_eq!(ntfy.notify(&alert("a", "b")).await.unwrap().reference, None, "{body}");
    }
}
