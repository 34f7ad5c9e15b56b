//! No secret is in the log at TRACE, in an error or in what a channel shows of itself.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use folio_core::Notifier;
use folio_notify::{Email, EmailConfig, Ntfy, NtfyConfig, Outbound, Webhook, WebhookConfig};

use tokio::task::JoinSet;

use crate::log::Log;
use crate::ntfy::Topic;
use crate::pki::Authority;
use crate::program::Program;
use crate::server::Server;
use crate::support::{Answers, CANARY, OTHER_SECRET, SECRET, alert, clock};

#[tokio::test]
async fn no_secret_shows_whatever_happens() {
    let log = Log::capture();
    let authority = Authority::new();
    let identity = authority.identity("receiver.example.test");
    let login = format!("me:{CANARY}");
    let receiver = Program::start("webhook_receiver.py", Some(&identity), &["--secret", SECRET]);
    let plain = Program::start("webhook_receiver.py", None, &["--secret", SECRET]);
    let implicit = Program::start(
        "mail_server.py",
        Some(&identity),
        &["--tls", "implicit", "--login", &login],
    );
    let starttls = Program::start(
        "mail_server.py",
        Some(&identity),
        &["--tls", "starttls", "--login", &login],
    );
    let open = Program::start("mail_server.py", None, &["--login", &login]);
    // A server that repeats what it is told.
    let parrot = Server::new(|mut stream| {
        use std::io::{BufRead, BufReader, Write};
        let _ = stream.write_all(b"220 parrot\r\n");
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut line = String::new();
        while reader.read_line(&mut line).is_ok_and(|read| read > 0) {
            let answer = match line.starts_with("EHLO") {
                true => "250-parrot\r\n250 AUTH PLAIN LOGIN\r\n".to_owned(),
                false => format!("535 {}\r\n", line.trim()),
            };
            let _ = stream.write_all(answer.as_bytes());
            line.clear();
        }
    });
    let topic = Topic::default().serve();
    let redirecting = Server::answering(format!(
        "HTTP/1.1 307 x\r\nlocation: https://elsewhere.example/{CANARY}\r\ncontent-length: 0\r\n\r\n"
    ));
    let echoing = Server::answering(format!("HTTP/1.1 500 {CANARY}\r\ncontent-length: 10\r\n\r\n{CANARY}"));
    let garbage = Server::answering(format!("{CANARY}\r\n\r\n"));
    let closed = Server::new(drop);

    let outbound = Outbound::parse("receiver.example.test, 127.0.0.1")
        .unwrap()
        .with_resolver(Answers::new(&[&["127.0.0.1"]]))
        .with_root_certificates(&authority.pem())
        .unwrap();
    let mut channels: Vec<Box<dyn Notifier>> = Vec::new();
    let ports = [
        ("https", "receiver.example.test", receiver.port),
        ("http", "127.0.0.1", plain.port),
        ("http", "127.0.0.1", topic.port()),
        ("http", "127.0.0.1", redirecting.port()),
        ("http", "127.0.0.1", echoing.port()),
        ("http", "127.0.0.1", garbage.port()),
        ("http", "127.0.0.1", closed.port()),
        ("https", "127.0.0.1", closed.port()),
        ("https", "unlisted.example.com", closed.port()),
    ];
    for (scheme, host, port) in ports {
        for secrets in [
            SECRET.to_owned(),
            format!("{OTHER_SECRET},{SECRET}"),
            OTHER_SECRET.to_owned(),
        ] {
            let url = format!("{scheme}://me:{CANARY}@{host}:{port}/{CANARY}?{CANARY}={CANARY}");
            let config = WebhookConfig::new(&url, &secrets).unwrap();
            channels.push(Box::new(Webhook::new(config, &outbound, clock()).unwrap()));
        }
        for login in [format!(":tk_{CANARY}"), format!("me:{CANARY}")] {
            let config = NtfyConfig::new(&format!("{scheme}://{login}@{host}:{port}/{CANARY}")).unwrap();
            channels.push(Box::new(Ntfy::new(config, &outbound, clock()).unwrap()));
        }
    }
    let name = "receiver.example.test";
    for login in [login.clone(), format!("you:{CANARY}")] {
        for server in [
            format!("smtps://{login}@{name}:{}", implicit.port),
            format!("smtp://{login}@{name}:{}?tls=required", starttls.port),
            format!("smtp://{login}@127.0.0.1:{}", open.port),
            format!("smtp://{login}@127.0.0.1:{}", parrot.port()),
            format!("smtp://{login}@127.0.0.1:{}", closed.port()),
            format!("smtps://{login}@127.0.0.1:{}", open.port),
        ] {
            for to in ["me@example.com", "unknown@example.com"] {
                let config = EmailConfig::new(&server, "folio@example.com", to).unwrap();
                channels.push(Box::new(Email::new(config, &outbound).unwrap()));
            }
        }
    }

    let (mut shown, mut taken, mut failed) = (String::new(), 0, 0);
    let mut sent = JoinSet::new();
    let count = channels.len();
    for channel in channels {
        writeln!(
            shown,
            "{channel:?} {channel:#?} {} {}",
            channel.channel(),
            channel.destination()
        )
        .unwrap();
        sent.spawn(async move { channel.notify(&alert("a", "b")).await });
    }
    while let Some(outcome) = sent.join_next().await {
        match outcome.unwrap() {
            Ok(delivery) => {
                taken += 1;
                writeln!(shown, "{delivery:?}").unwrap();
            }
            Err(error) => {
                failed += 1;
                writeln!(shown, "{error} {error:?} {error:#?} {:?}", error.context()).unwrap();
            }
        }
    }
    let log = log.text();
    for expected in ["TRACE", "reqwest", "rustls"] {
        assert!(log.contains(expected), "nothing of {expected} is in the log");
    }
    let plain = |user: &str| STANDARD.encode(format!("\0{user}\0{CANARY}"));
    let secrets = [
        CANARY.to_owned(),
        SECRET.replace("whsec_", ""),
        OTHER_SECRET.replace("whsec_", ""),
        STANDARD.encode(&login),
        STANDARD.encode(CANARY),
        plain("me"),
        plain("you"),
    ];
    for secret in &secrets {
        assert!(!shown.contains(secret.as_str()), "{secret} shows:\n{shown}");
        let line = log.lines().find(|line| line.contains(secret.as_str()));
        assert_eq!(line, None, "{secret} is in the log");
    }
    println!(
        "{count} channels, {taken} messages taken, {failed} failures, {} bytes of log, {} secrets: 0 hits",
        log.len(),
        secrets.len()
    );
    assert!(taken >= 10 && failed >= 30, "{taken} taken, {failed} failed");
}
