//! E-mail through a real mail server.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

use folio_core::{ErrorKind, Notifier, Result};
use folio_notify::{Email, EmailConfig, Outbound};
use serde_json::{Value, json};

use crate::pki::Authority;
use crate::program::Program;
use crate::server::Server;
use crate::support::{Answers, alert, here};

const SERVER: &str = "mail_server.py";
const FROM: &str = "folio <folio@sender.example>";
const TO: &str = "me@example.com";

fn channel(server: &str, from: &str, to: &str, outbound: &Outbound) -> Result<Email> {
    Email::new(EmailConfig::new(server, from, to)?, outbound)
}

fn plain(program: &Program, from: &str, to: &str) -> Email {
    channel(&format!("smtp://127.0.0.1:{}", program.port), from, to, &here()).unwrap()
}

/// Each line of the text, however the lines are ended.
fn lines(text: &Value) -> Vec<String> {
    text.as_str()
        .unwrap()
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect()
}

#[tokio::test]
async fn a_message_has_text_html_and_a_stable_id() {
    let program = Program::start(SERVER, None, &[]);
    let email = plain(&program, FROM, "Me <me@example.com>, you@example.com");
    assert_eq!(email.destination(), "me@example.com, you@example.com");
    let notification = alert(
        "Größe <b>fiel</b>\nBcc: stranger@example.com",
        "It is worth < 95 & \"more\".\n.\nLine three 🎉",
    );
    for _ in 0..2 {
        let delivery = email.notify(&notification).await.unwrap();
        assert_eq!(delivery.reference.as_deref(), Some("OK queued as invented-7"));
    }

    let received = program.received();
    let (first, again) = (&received[0], &received[1]);
    let headers = &first["headers"];
    assert_eq!(first["from"], "folio@sender.example");
    assert_eq!(first["to"], json!(["me@example.com", "you@example.com"]));
    assert_eq!(first["defects"], json!([]));
    assert_eq!(first["type"], "multipart/alternative");
    assert_eq!(headers["from"], FROM);
    assert_eq!(headers["subject"], "Größe <b>fiel</b> Bcc: stranger@example.com");
    assert_eq!(headers["bcc"], Value::Null);
    assert_eq!(headers["auto-submitted"], "auto-generated");
    assert_eq!(headers["message-id"], format!("<{}@sender.example>", notification.id));
    assert_eq!(headers["date"], "Mon, 02 Mar 2026 15:00:00 +0000");
    for name in ["message-id", "date", "subject"] {
        assert_eq!(headers[name], again["headers"][name], "{name}");
    }
    let raw = first["raw_headers"].as_str().unwrap();
    assert!(raw.is_ascii() && raw.lines().all(|line| line.len() <= 998), "{raw}");

    let parts = first["parts"].as_array().unwrap();
    let kinds: Vec<&Value> = parts.iter().map(|part| &part[0]).collect();
    assert_eq!(kinds, ["text/plain", "text/html"]);
    let text = lines(&parts[0][1]);
    assert_eq!(text[..3], ["It is worth < 95 & \"more\".", ".", "Line three 🎉"]);
    let html = parts[1][1].as_str().unwrap();
    assert!(
        html.contains("It is worth &lt; 95 &amp; &quot;more&quot;.<br>"),
        "{html}"
    );
    assert!(
        html.contains("<h1 style=\"font-size: 1.2em\">Größe &lt;b&gt;fiel&lt;/b&gt; Bcc: "),
        "{html}"
    );
    assert!(!html.contains("<b>"), "{html}");
}

#[tokio::test]
async fn the_connection_is_encrypted_and_the_certificate_is_of_the_name() {
    let authority = Authority::new();
    let identity = authority.identity("mail.example.test");
    let (trusted, stranger) = (authority.pem(), Authority::new().pem());
    for (tls, scheme, query) in [("starttls", "smtp", "?tls=required"), ("implicit", "smtps", "")] {
        let program = Program::start(SERVER, Some(&identity), &["--tls", tls, "--login", "me@here:p&ss word"]);
        let send = async |login: &str, host: &str, trusted: &str| {
            let outbound = Outbound::parse("127.0.0.1")
                .unwrap()
                .with_resolver(Answers::new(&[&["127.0.0.1"]]))
                .with_root_certificates(trusted)
                .unwrap();
            let server = format!("{scheme}://{login}@{host}:{}{query}", program.port);
            let sent = channel(&server, FROM, TO, &outbound)
                .unwrap()
                .notify(&alert("a", "b"))
                .await;
            sent.map_err(|error| {
                assert!(!format!("{error} {error:?}").contains("p&ss"), "{error:?}");
                error.kind()
            })
        };
        let login = "me%40here:p%26ss%20word";
        send(login, "mail.example.test", &trusted).await.unwrap();
        let received = program.received();
        assert_eq!(received.len(), 1, "{tls}");
        assert_eq!(received[0]["encrypted"], true, "{tls}");
        assert_eq!(received[0]["user"], "me@here", "{tls}");

        for (login, host, trusted, kind) in [
            (login, "other.example.test", &trusted, ErrorKind::Unavailable),
            (login, "mail.example.test", &stranger, ErrorKind::Unavailable),
            (
                "me%40here:wrong",
                "mail.example.test",
                &trusted,
                ErrorKind::NotConfigured,
            ),
        ] {
            assert_eq!(
                send(login, host, trusted).await.err(),
                Some(kind),
                "{tls} {host} {login}"
            );
        }
        assert_eq!(program.received().len(), 1, "{tls}");
    }
}

#[tokio::test]
async fn nothing_is_said_in_the_open_to_a_server_without_starttls() {
    let program = Program::start(SERVER, None, &["--login", "me:invented"]);
    let server = format!("smtp://me:invented@127.0.0.1:{}?tls=required", program.port);
    let email = channel(&server, FROM, TO, &here()).unwrap();
    let error = email.notify(&alert("a", "b")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.message().contains("STARTTLS"), "{error}");
    assert_eq!(program.received().len(), 0);
}

#[tokio::test]
async fn nobody_in_the_middle_answers_in_the_place_of_the_server() {
    let authority = Authority::new();
    let identity = authority.identity("mail.example.test");
    let program = Program::start(SERVER, Some(&identity), &["--tls", "starttls"]);
    let outbound = Outbound::parse("127.0.0.1")
        .unwrap()
        .with_resolver(Answers::new(&[&["127.0.0.1"]]))
        .with_root_certificates(&authority.pem())
        .unwrap();
    let send = async |injected: &'static [u8]| {
        let port = program.port;
        let middle = Server::new(move |client| pass(client, port, injected));
        let server = format!("smtp://mail.example.test:{}?tls=required", middle.port());
        channel(&server, FROM, TO, &outbound)
            .unwrap()
            .notify(&alert("a", "b"))
            .await
    };
    send(b"").await.unwrap();
    assert_eq!(program.received().len(), 1);
    let error = send(b"250 welcome\r\n").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    assert_eq!(program.received().len(), 1);
}

/// Passes a conversation on to a server, and puts `injected` behind its answer to `STARTTLS`.
fn pass(client: TcpStream, port: u16, injected: &[u8]) {
    let server = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let (mut from_client, mut to_server) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut from_client, &mut to_server);
        let _ = to_server.shutdown(Shutdown::Both);
    });
    let (mut server, mut client) = (server, client);
    let mut buffer = [0; 4096];
    while let Ok(length) = server.read(&mut buffer) {
        let said = &buffer[..length];
        let answer = match said.starts_with(b"220 Ready to start TLS") {
            true => [said, injected].concat(),
            false => said.to_vec(),
        };
        if length == 0 || client.write_all(&answer).is_err() {
            let _ = client.shutdown(Shutdown::Both);
            return;
        }
    }
}

#[tokio::test]
async fn what_a_server_refuses_says_whether_to_try_again() {
    let program = Program::start(SERVER, None, &[]);
    let check = async |from: &str, to: &str, title: &str, kind: ErrorKind, words: &str| {
        let error = plain(&program, from, to).notify(&alert(title, "b")).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.message().contains(words), "{error}");
        assert_eq!(program.received().len(), 0, "{error}");
    };
    let unknown = "550): 5.1.1 no such mailbox";
    check(FROM, "unknown@example.com", "a", ErrorKind::NotConfigured, unknown).await;
    check(FROM, "full@example.com", "a", ErrorKind::Unavailable, "452").await;
    check(
        FROM,
        "me@example.com, full@example.com",
        "a",
        ErrorKind::Unavailable,
        "452",
    )
    .await;
    check(
        FROM,
        "unknown@example.com, full@example.com",
        "a",
        ErrorKind::Unavailable,
        "452",
    )
    .await;
    check("forged@example.com", TO, "a", ErrorKind::NotConfigured, "550").await;
    check(FROM, TO, "refuse this one", ErrorKind::PermissionDenied, "554").await;
    check(FROM, TO, "not now", ErrorKind::Unavailable, "451").await;
    let login = format!("smtp://me:invented@127.0.0.1:{}", program.port);
    let email = channel(&login, FROM, TO, &here()).unwrap();
    let error = email.notify(&alert("a", "b")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotConfigured, "{error}");
}

#[tokio::test]
async fn a_recipient_who_is_gone_keeps_no_message_from_the_others() {
    let program = Program::start(SERVER, None, &[]);
    let email = plain(&program, FROM, "unknown@example.com, me@example.com");
    email.notify(&alert("a", "b")).await.unwrap();
    assert_eq!(program.received()[0]["to"], json!(["me@example.com"]));
}
