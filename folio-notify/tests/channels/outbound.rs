//! Requests reach public addresses only, unless they are allowed by name.

use std::net::TcpStream;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use folio_core::{ErrorKind, Notifier, Result};
use folio_notify::{Email, EmailConfig, Ntfy, NtfyConfig, Outbound, Resolver, Webhook, WebhookConfig};
use tokio::task::JoinSet;

use crate::server::Server;
use crate::support::{Answers, SECRET, alert, clock};

/// This machine and its like, in every spelling that some program reads as such.
const SPELLINGS: [&str; 74] = [
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "127.0.0.1.",
    "127.000.000.001",
    "0177.0.0.1",
    "0177.0.0.01",
    "0x7f.0.0.1",
    "0x7f.1",
    "0X7F.0X0.0x0.0x1",
    "0x7f000001",
    "2130706433",
    "017700000001",
    "00000000000017700000001",
    "127.0.0.2",
    "127.255.255.254",
    "0.0.0.0",
    "0",
    "0x0",
    "00",
    "0.0",
    "%31%32%37.0.0.1",
    "127%2e0%2e0%2e1",
    "127。0。0。1",
    "127．0．0．1",
    "１２７.0.0.1",
    "①②⑦.⓪.⓪.①",
    "𝟏𝟐𝟕.𝟎.𝟎.𝟏",
    "0x7ｆ000001",
    "localhost",
    "localhost.",
    "LOCALHOST",
    "LocalHost",
    "%6cocalhost",
    "ｌｏｃａｌｈｏｓｔ",
    "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
    "local\u{ad}host",
    "[::1]",
    "[::]",
    "[0:0:0:0:0:0:0:1]",
    "[0000:0000:0000:0000:0000:0000:0000:0001]",
    "[0::1]",
    "[::127.0.0.1]",
    "[::7f00:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::FFFF:7F00:0001]",
    "[0:0:0:0:0:ffff:127.0.0.1]",
    "[::ffff:0.0.0.0]",
    "[::ffff:0:127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]",
    "[2002:7f00:0001::1]",
    "[2001:0:7f00:1::1]",
    "[2001::80ff:fffe]",
    "[fe80::1]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[fec0::1]",
    "[ff02::1]",
    "[100::1]",
    "[2001:db8::1]",
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "169.254.169.254",
    "0xa9fea9fe",
    "172.16.0.1",
    "192.168.0.1",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
];

/// What a name server may answer with: addresses that are this machine, its network, or nobody's.
const ANSWERS: [&str; 24] = [
    "127.0.0.1",
    "127.0.0.53",
    "0.0.0.0",
    "::1",
    "::",
    "::ffff:127.0.0.1",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::1",
    "2001:0:7f00:1::1",
    "10.1.2.3",
    "100.64.0.1",
    "169.254.169.254",
    "168.63.129.16",
    "172.16.0.1",
    "192.168.1.1",
    "198.18.0.1",
    "203.0.113.1",
    "224.0.0.1",
    "255.255.255.255",
    "fd00::1",
    "fe80::1",
    "ff02::1",
    "2001:db8::1",
];

/// An address that is public by its form and at which nobody is, so that no test calls anybody.
const NOWHERE: &str = "3ffe::1";

/// The ways to a host: each channel with each kind of connection that its address can ask for.
const WAYS: [&str; 7] = [
    "webhook https",
    "webhook http",
    "ntfy https",
    "ntfy http",
    "email smtps",
    "email starttls",
    "email plain",
];

fn channel(way: &str, host: &str, port: u16, outbound: &Outbound) -> Result<Box<dyn Notifier>> {
    let at = format!("{host}:{port}");
    let webhook = |scheme: &str| -> Result<Box<dyn Notifier>> {
        let config = WebhookConfig::new(&format!("{scheme}://{at}/"), SECRET)?;
        Ok(Box::new(Webhook::new(config, outbound, clock())?))
    };
    let ntfy = |scheme: &str| -> Result<Box<dyn Notifier>> {
        let config = NtfyConfig::new(&format!("{scheme}://{at}/alerts"))?;
        Ok(Box::new(Ntfy::new(config, outbound, clock())?))
    };
    let email = |server: String| -> Result<Box<dyn Notifier>> {
        let config = EmailConfig::new(&server, "folio@example.com", "me@example.com")?;
        Ok(Box::new(Email::new(config, outbound)?))
    };
    match way {
        "webhook https" => webhook("https"),
        "webhook http" => webhook("http"),
        "ntfy https" => ntfy("https"),
        "ntfy http" => ntfy("http"),
        "email smtps" => email(format!("smtps://{at}")),
        "email starttls" => email(format!("smtp://{at}?tls=required")),
        "email plain" => email(format!("smtp://{at}")),
        other => panic!("{other}"),
    }
}

/// Every address of this machine, IPv6 too where there is such.
fn listener() -> Server {
    let everywhere = Server::on("[::]:0", drop);
    everywhere.unwrap_or_else(|_| Server::on("0.0.0.0:0", drop).unwrap())
}

fn quick(outbound: Outbound) -> Outbound {
    outbound.with_timeout(Duration::from_millis(300))
}

#[tokio::test]
async fn no_private_address_is_connected_to() {
    let listener = listener();
    let port = listener.port();
    let mut attempts = 0;
    // At once, since those to an address at which nobody is take their time.
    let mut under_way = JoinSet::new();
    let mut attempt = |way: &'static str, host: &'static str, outbound: Outbound, times: usize| {
        attempts += times;
        under_way.spawn(async move {
            match channel(way, host, port, &outbound) {
                Err(error) => assert_eq!(error.kind(), ErrorKind::NotConfigured, "{way} {host}: {error}"),
                Ok(channel) => {
                    for _ in 0..times {
                        let error = channel.notify(&alert("a", "b")).await.unwrap_err();
                        assert!(error.is_retryable(), "{way} {host}: {error}");
                    }
                }
            }
        });
    };

    for way in WAYS {
        // As an address or a name of this machine.
        for host in SPELLINGS {
            attempt(way, host, quick(Outbound::default()), 1);
        }
        // As what a name server says, alone and behind an address that is public.
        for answer in ANSWERS {
            for answers in [&[answer][..], &[answer, NOWHERE]] {
                let outbound = quick(Outbound::default().with_resolver(Answers::new(&[answers])));
                attempt(way, "hooks.example.com", outbound, 1);
            }
        }
        // As what a name server says after something public: whoever asked twice would connect here.
        for second in ["127.0.0.1", "::1", "0.0.0.0"] {
            for first in [&[NOWHERE][..], &[NOWHERE, "2001:db8::1"]] {
                let resolver = Answers::new(&[first, &[second]]);
                let outbound = quick(Outbound::default().with_resolver(resolver));
                // The channel's second attempt asks again, and is told what is refused.
                attempt(way, "rebind.example.com", outbound, 2);
            }
        }
    }
    while let Some(attempted) = under_way.join_next().await {
        attempted.unwrap();
    }
    // As the place that a receiver sends on to.
    for status in [301, 302, 303, 307, 308] {
        for host in ["127.0.0.1", "localhost", "[::1]", "0x7f000001"] {
            let location =
                format!("HTTP/1.1 {status} x\r\nlocation: http://{host}:{port}/\r\ncontent-length: 0\r\n\r\n");
            let redirecting = Server::answering(location);
            // This machine is allowed here, so that nothing but the redirect is refused.
            let outbound = Outbound::parse("127.0.0.0/8, ::1, localhost").unwrap();
            for way in ["webhook http", "ntfy http"] {
                let channel = channel(way, "127.0.0.1", redirecting.port(), &outbound).unwrap();
                let error = channel.notify(&alert("a", "b")).await.unwrap_err();
                assert!(error.message().contains("not followed"), "{error}");
                attempts += 1;
            }
            assert_eq!(redirecting.connections(), 2);
        }
    }
    // Connections are counted in their order, so that this one comes behind any other.
    let _last = TcpStream::connect(("127.0.0.1", port)).unwrap();
    while listener.connections() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let connections = listener.connections() - 1;
    println!(
        "{attempts} attempts: {} spellings, {} answers of a name server, rebinding and redirects, over {} ways; \
         {connections} connections",
        SPELLINGS.len(),
        ANSWERS.len(),
        WAYS.len(),
    );
    assert_eq!(connections, 0);
}

#[tokio::test]
async fn no_proxy_of_the_environment_is_asked() {
    const NAME: &str = "outbound::no_proxy_of_the_environment_is_asked";
    const RECEIVER: &str = "FOLIO_TEST_RECEIVER";

    if let Ok(port) = std::env::var(RECEIVER) {
        let outbound = Outbound::parse("127.0.0.1").unwrap();
        for way in WAYS {
            let channel = channel(way, "127.0.0.1", port.parse().unwrap(), &outbound).unwrap();
            channel.notify(&alert("a", "b")).await.unwrap_err();
        }
        return;
    }
    // The environment is that of a process, so that it takes another one.
    let (proxy, receiver) = (Server::new(drop), Server::new(drop));
    let mut child = Command::new(std::env::current_exe().unwrap());
    for name in [
        "http_proxy",
        "https_proxy",
        "all_proxy",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
    ] {
        child.env(name, proxy.url());
    }
    let child = child.env(RECEIVER, receiver.port().to_string()).args(["--exact", NAME]);
    let output = child.env_remove("no_proxy").env_remove("NO_PROXY").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!((proxy.connections(), receiver.connections()), (0, WAYS.len()));
}

#[tokio::test]
async fn what_is_listed_is_connected_to() {
    let here: Arc<dyn Resolver> = Answers::new(&[&["127.0.0.1"]]);
    for (list, host) in [
        ("127.0.0.1", "127.0.0.1"),
        ("127.0.0.0/8", "0x7f.1"),
        ("127.1", "2130706433"),
        ("::ffff:127.0.0.1", "127.0.0.1"),
        ("localhost", "localhost"),
        ("LOCALHOST.", "localhost"),
        ("mail.lan", "mail.lan"),
        ("Mail.Lan", "mail.lan."),
        ("127.0.0.1", "mail.lan"),
    ] {
        for way in WAYS {
            let listener = Server::new(drop);
            let outbound = Outbound::parse(list).unwrap().with_resolver(here.clone());
            let channel = channel(way, host, listener.port(), &outbound).unwrap();
            // The listener hangs up; that it was connected to is what counts.
            channel.notify(&alert("a", "b")).await.unwrap_err();
            assert_eq!(listener.connections(), 1, "{way} {host} by {list}");
        }
    }
}

#[tokio::test]
async fn without_tls_only_what_is_listed_is_connected_to() {
    for way in WAYS {
        let plain = way.ends_with("http") || way.ends_with("plain");
        let listed = |list: &str| Outbound::parse(list).unwrap();
        let made = channel(way, "hooks.example.com", 1, &listed("mail.lan"));
        assert_eq!(made.is_err(), plain, "{way}");
        let made = channel(way, "8.8.8.8", 1, &listed("10.0.0.0/8"));
        assert_eq!(made.is_err(), plain, "{way}");
        if plain {
            // A network may hold the name; what it turns out to be is public, and not in it.
            let outbound = quick(listed("10.0.0.0/8").with_resolver(Answers::new(&[&[NOWHERE]])));
            let channel = channel(way, "hooks.example.com", 1, &outbound).unwrap();
            let error = channel.notify(&alert("a", "b")).await.unwrap_err();
            assert!(error.message().contains("without TLS"), "{error}");
        }
    }
}

#[tokio::test]
async fn a_refusal_says_what_to_do() {
    let outbound = Outbound::default().with_resolver(Answers::new(&[&["10.0.0.5"]]));
    for way in ["webhook https", "ntfy https", "email smtps"] {
        let channel = channel(way, "nas.example.com", 443, &outbound).unwrap();
        let error = channel.notify(&alert("a", "b")).await.unwrap_err();
        for word in ["nas.example.com", "10.0.0.5", "not public", "allowed"] {
            assert!(error.message().contains(word), "{word}: {error}");
        }
    }
    let nobody = Outbound::default().with_resolver(Answers::new(&[&[]]));
    let channel = channel("webhook https", "nas.example.com", 443, &nobody).unwrap();
    let error = channel.notify(&alert("a", "b")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
}
