//! What becomes of an attempt whose other side answers badly, late or not at all.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use folio_core::{Delivery, ErrorKind, ManualClock, Notifier, Result};
use folio_notify::{Email, EmailConfig, Ntfy, NtfyConfig, Outbound, Webhook, WebhookConfig};

use crate::server::{Server, read_request};
use crate::support::{SECRET, alert, clock, here};

async fn post(server: &Server, outbound: &Outbound) -> Result<Delivery> {
    let config = WebhookConfig::new(&server.url(), SECRET).unwrap();
    let clock = Arc::new(ManualClock::new("1994-11-06T08:49:00Z".parse().unwrap()));
    let webhook = Webhook::new(config, outbound, clock).unwrap();
    webhook.notify(&alert("a", "b")).await
}

async fn publish(server: &Server, outbound: &Outbound) -> Result<Delivery> {
    let config = NtfyConfig::new(&format!("{}a", server.url())).unwrap();
    let ntfy = Ntfy::new(config, outbound, clock()).unwrap();
    ntfy.notify(&alert("a", "b")).await
}

async fn mail(server: &Server, outbound: &Outbound) -> Result<Delivery> {
    let address = format!("smtp://127.0.0.1:{}", server.port());
    let config = EmailConfig::new(&address, "folio@example.com", "me@example.com").unwrap();
    Email::new(config, outbound).unwrap().notify(&alert("a", "b")).await
}

#[tokio::test]
async fn a_status_says_whether_a_webhook_is_tried_again() {
    const DATE: &str = "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
    let check = async |status: u16, headers: &str, kind: Option<ErrorKind>, wait: Option<u64>| {
        let answer = format!("HTTP/1.1 {status} x\r\n{headers}content-length: 10\r\n\r\ncanary7c1f");
        let server = Server::answering(answer);
        let outcome = post(&server, &here()).await;
        assert_eq!(
            outcome.as_ref().err().map(folio_core::Error::kind),
            kind,
            "{status} {outcome:?}"
        );
        if let Err(error) = outcome {
            assert_eq!(
                error.retry_after().map(|delay| delay.as_secs()),
                wait,
                "{status} {headers}"
            );
            assert!(error.message().contains(&status.to_string()), "{error}");
            assert!(!format!("{error:?}").contains("canary"), "{error:?}");
            assert_eq!(error.is_retryable(), kind.is_some_and(ErrorKind::is_retryable));
        }
        assert_eq!(server.connections(), 1, "{status}");
    };
    for status in [200, 201, 202, 204, 299] {
        check(status, "", None, None).await;
    }
    let later = Some(ErrorKind::Unavailable);
    for status in [400, 401, 403, 404, 405, 408, 413, 415, 422, 500, 501, 502, 504, 599] {
        check(status, "", later, None).await;
    }
    check(503, "retry-after: 120\r\n", later, Some(120)).await;
    check(503, DATE, later, Some(37)).await;
    check(429, DATE, Some(ErrorKind::RateLimited), Some(37)).await;
    check(429, "retry-after: 0\r\n", Some(ErrorKind::RateLimited), Some(1)).await;
    check(429, "retry-after: soon\r\n", Some(ErrorKind::RateLimited), None).await;
    check(429, "", Some(ErrorKind::RateLimited), None).await;
    let never = Some(ErrorKind::NotConfigured);
    check(410, "retry-after: 5\r\n", never, None).await;
    for status in [300, 301, 302, 303, 304, 307, 308] {
        check(status, "location: http://127.0.0.1:1/\r\n", later, None).await;
    }
}

#[tokio::test]
async fn silence_is_a_timeout() {
    let short = &here().with_timeout(Duration::from_millis(400));
    let hangs = || Server::new(|mut stream| drop(stream.read_to_end(&mut Vec::new())));
    let (kind, server) = (Some(ErrorKind::Timeout), hangs());
    assert_eq!(post(&server, short).await.err().map(|error| error.kind()), kind);
    assert_eq!(publish(&server, short).await.err().map(|error| error.kind()), kind);
    assert_eq!(mail(&server, short).await.err().map(|error| error.kind()), kind);
    assert_eq!(server.connections(), 3);

    let drips = |text: &'static str, is_http: bool| {
        Server::new(move |mut stream| {
            if is_http && read_request(&mut stream).is_none() {
                return;
            }
            for byte in text.bytes().cycle() {
                if stream.write_all(&[byte]).is_err() {
                    return;
                }
                std::thread::sleep(Duration::from_millis(20));
            }
        })
    };
    let web = drips("HTTP/1.1 200 OK", true);
    assert_eq!(post(&web, short).await.err().map(|error| error.kind()), kind);
    assert_eq!(publish(&web, short).await.err().map(|error| error.kind()), kind);
    let post_office = drips("220-slow ", false);
    assert_eq!(mail(&post_office, short).await.err().map(|error| error.kind()), kind);
}

#[tokio::test]
async fn a_connection_that_is_broken_off_may_be_made_again() {
    let check = async |what: &str, serve: fn(TcpStream)| {
        let server = Server::new(serve);
        for outcome in [
            post(&server, &here()).await,
            publish(&server, &here()).await,
            mail(&server, &here()).await,
        ] {
            let error = outcome.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unavailable, "{what}: {error}");
        }
        assert_eq!(server.connections(), 3, "{what}");
    };
    check("closed", drop).await;
    check("closed after the request", |mut stream| {
        let _ = stream.write_all(b"220 mail\r\n");
        let _ = stream.shutdown(Shutdown::Write);
        let _ = stream.read_to_end(&mut Vec::new());
    })
    .await;
    // What arrived and is never read makes the kernel send a reset.
    let reset = Server::new(|stream| drop(stream.peek(&mut [0; 1])));
    let greeting = Server::new(|mut stream| {
        let _ = stream.write_all(b"220 mail\r\n");
        let _ = stream.peek(&mut [0; 1]);
    });
    for outcome in [
        post(&reset, &here()).await,
        publish(&reset, &here()).await,
        mail(&greeting, &here()).await,
    ] {
        let error = outcome.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
        assert!(error.message().contains("reset"), "{error}");
    }
    check("garbage", |mut stream| {
        let _ = stream.write_all(b"\x16\x03\x01 what\r\n\r\n");
        let _ = stream.read_to_end(&mut Vec::new());
    })
    .await;
    let nobody = Server::new(drop);
    let port = nobody.port();
    drop(nobody);
    let config = WebhookConfig::new(&format!("http://127.0.0.1:{port}/"), SECRET).unwrap();
    let webhook = Webhook::new(config, &here(), clock()).unwrap();
    let error = webhook.notify(&alert("a", "b")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
}

#[tokio::test]
async fn an_endless_answer_is_not_read_to_its_end() {
    const ENOUGH: usize = 64 * 1024 * 1024;

    /// Sends `head` and then without end; counts what the other side lets it send.
    fn endless(head: &'static str, is_http: bool) -> (Server, Arc<AtomicUsize>) {
        let sent = Arc::new(AtomicUsize::new(0));
        let counted = sent.clone();
        let server = Server::new(move |mut stream| {
            if is_http && read_request(&mut stream).is_none() {
                return;
            }
            let _ = stream.write_all(head.as_bytes());
            let chunk = [b'x'; 8192];
            while counted.load(Ordering::SeqCst) < ENOUGH && stream.write_all(&chunk).is_ok() {
                counted.fetch_add(chunk.len(), Ordering::SeqCst);
            }
        });
        (server, sent)
    }

    let (server, sent) = endless("HTTP/1.1 200 OK\r\n\r\n", true);
    post(&server, &here()).await.unwrap();
    publish(&server, &here()).await.unwrap();
    assert!(sent.load(Ordering::SeqCst) < ENOUGH);

    for head in ["HTTP/1.1 200 OK\r\nx: ", "HTTP/1.1 500 x\r\n\r\n"] {
        let (server, sent) = endless(head, true);
        let error = post(&server, &here()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
        assert!(sent.load(Ordering::SeqCst) < ENOUGH, "{head}");
    }

    let (server, sent) = endless("220 ", false);
    let error = mail(&server, &here()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    assert!(error.message().contains("too much"), "{error}");
    assert!(sent.load(Ordering::SeqCst) < ENOUGH);
}

#[tokio::test]
async fn a_mail_server_that_says_no_goodbye_has_taken_the_message() {
    let server = Server::new(|mut stream| {
        let _ = stream.write_all(b"220 mail\r\n");
        let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
        let mut next = || lines.next().and_then(std::io::Result::ok);
        while let Some(line) = next() {
            let answer: &[u8] = match line.get(..4) {
                Some("DATA") => b"354 go on\r\n",
                Some("QUIT") => continue,
                _ => b"250 OK\r\n",
            };
            let _ = stream.write_all(answer);
            if line == "DATA" {
                while next().is_some_and(|line| line != ".") {}
                let _ = stream.write_all(b"250 taken\r\n");
            }
        }
    });
    assert_eq!(
        mail(&server, &here()).await.unwrap().reference.as_deref(),
        Some("taken")
    );
}

#[tokio::test]
async fn a_mail_server_that_greets_with_an_error_is_tried_again() {
    for greeting in [
        "421 too busy\r\n",
        "554 not today\r\n",
        "220 hi\r\n502 what is EHLO\r\n221 bye\r\n",
    ] {
        let server = Server::new(move |mut stream| {
            let _ = stream.write_all(greeting.as_bytes());
            let _ = stream.read_to_end(&mut Vec::new());
        });
        let error = mail(&server, &here()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{greeting}: {error}");
    }
}
