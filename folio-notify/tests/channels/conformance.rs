//! Every channel passes the suite that all notifiers pass.

use std::io::{self, Write};
use std::sync::Arc;

use folio_core::conformance;
use folio_core::conformance::NotifierFixture;
use folio_notify::{Console, Email, EmailConfig, Ntfy, NtfyConfig, Webhook, WebhookConfig};

use crate::console::Screen;
use crate::ntfy::Topic;
use crate::program::Program;
use crate::server::Server;
use crate::support::{CANARY, SECRET, clock, here};

#[tokio::test(flavor = "multi_thread")]
async fn the_console() {
    struct Closed;
    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    let screen = Screen::default();
    let seen = screen.clone();
    let told = move |id: uuid::Uuid| {
        // A reader tells repetitions by the id that each paragraph begins with.
        let id = format!("[{id}]");
        usize::from(seen.paragraphs().iter().any(|paragraph| paragraph[0].ends_with(&id)))
    };
    let fixture = NotifierFixture::new(Arc::new(Console::new(screen)))
        .with_failing(Arc::new(Console::new(Closed)))
        .with_told(told);
    conformance::notifier(fixture).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_webhook() {
    let program = Program::start("webhook_receiver.py", None, &["--secret", SECRET]);
    let broken = Server::answering("HTTP/1.1 500 Broken\r\n\r\n");
    let channel = |port: u16| {
        let url = format!("http://user:{CANARY}@127.0.0.1:{port}/{CANARY}?token={CANARY}");
        let config = WebhookConfig::new(&url, SECRET).unwrap();
        Arc::new(Webhook::new(config, &here(), clock()).unwrap())
    };
    let fixture = NotifierFixture::new(channel(program.port))
        .with_failing(channel(broken.port()))
        .with_secret(CANARY)
        .with_secret(SECRET)
        .with_told(program.told(|line, id| line["headers"]["webhook-id"] == id));
    conformance::notifier(fixture).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn email() {
    let login = format!("me:{CANARY}");
    let program = Program::start("mail_server.py", None, &["--login", &login]);
    let channel = |to: &str| {
        let server = format!("smtp://{login}@127.0.0.1:{}", program.port);
        let config = EmailConfig::new(&server, "folio@example.com", to).unwrap();
        Arc::new(Email::new(config, &here()).unwrap())
    };
    let fixture = NotifierFixture::new(channel("me@example.com"))
        .with_failing(channel("unknown@example.com"))
        .with_secret(CANARY)
        .with_told(program.told(|line, id| line["headers"]["message-id"] == format!("<{id}@example.com>")));
    conformance::notifier(fixture).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ntfy() {
    let topic = Topic::default();
    let server = topic.serve();
    let refusing = Server::answering("HTTP/1.1 403 Forbidden\r\n\r\n");
    let channel = |port: u16| {
        let url = format!("http://:tk_{CANARY}@127.0.0.1:{port}/alerts-{CANARY}");
        Arc::new(Ntfy::new(NtfyConfig::new(&url).unwrap(), &here(), clock()).unwrap())
    };
    let fixture = NotifierFixture::new(channel(server.port()))
        .with_failing(channel(refusing.port()))
        .with_secret(CANARY)
        .with_told(move |id| topic.shown(&id.to_string()));
    conformance::notifier(fixture).await;
}
