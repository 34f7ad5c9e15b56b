//! Settings that are wrong are refused in words that say what to do, and show no secret.

use folio_core::ErrorKind;
use folio_notify::{EmailConfig, NtfyConfig, Outbound, WebhookConfig};

use crate::support::{CANARY, SECRET};

#[track_caller]
fn refused(result: folio_core::Result<impl std::fmt::Debug>, words: &[&str]) {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotConfigured);
    for word in words {
        assert!(error.message().contains(word), "{word:?} is not in {error}");
    }
    assert!(!format!("{error:?}").contains(CANARY), "{error:?}");
}

#[test]
fn a_webhook_needs_an_address_and_secrets() {
    let address = |url: &str| WebhookConfig::new(url, SECRET);
    refused(address(""), &["address of the webhook", "https://"]);
    refused(address(&format!("hooks.example.com/{CANARY}")), &["is not an address"]);
    refused(
        address(&format!("ftp://{CANARY}.example.com")),
        &["neither https:// nor http://"],
    );
    refused(address(&format!("https:///{CANARY}:x@")), &[]);
    refused(address(&format!("https://a b/{CANARY}")), &["is not an address"]);
    let secret = |text: &str| WebhookConfig::new("https://hooks.example.com", text);
    refused(secret(""), &["whsec_", "24 to 64"]);
    refused(secret(CANARY), &["whsec_", "not shown"]);
    refused(secret(&format!("{SECRET},whsec_{CANARY}")), &["separated by commas"]);
}

#[test]
fn ntfy_needs_a_topic() {
    let refuse = |url: &str, words: &[&str]| refused(NtfyConfig::new(url), words);
    refuse("https://ntfy.sh", &["does not end with a topic"]);
    refuse("https://ntfy.sh/", &["does not end with a topic"]);
    refuse(
        &format!("https://ntfy.sh/{CANARY}.x"),
        &["does not end with a topic", "64"],
    );
    refuse(
        &format!("https://ntfy.sh/{}", CANARY.repeat(7)),
        &["does not end with a topic"],
    );
    refuse(&format!("https://ntfy.sh/a?auth={CANARY}"), &["query", "https://:tk_"]);
    refuse(
        &format!("https://{CANARY}@ntfy.sh/a"),
        &["user without a password", "https://:tk_"],
    );
    refuse(&format!("https://:{CANARY}%0d%0a@ntfy.sh/a"), &["printable ASCII"]);
    refuse(&format!("https://:{CANARY}%ff@ntfy.sh/a"), &["no text"]);
    refuse(
        &format!("ntfy://:{CANARY}@ntfy.sh/a"),
        &["neither https:// nor http://"],
    );
}

#[test]
fn email_needs_a_server_a_sender_and_recipients() {
    let server = |url: &str| EmailConfig::new(url, "folio@example.com", "me@example.com");
    let login = format!("me:{CANARY}");
    refused(server(""), &["mail server", "smtps://"]);
    refused(
        server(&format!("https://{login}@smtp.example.com")),
        &["neither smtps:// nor smtp://"],
    );
    refused(
        server(&format!("smtps://{login}@smtp.example.com?tls=required")),
        &["without ?tls=required"],
    );
    refused(
        server(&format!("smtp://{login}@smtp.example.com?tls=no")),
        &["?tls=required"],
    );
    refused(
        server(&format!("smtp://{login}@smtp.example.com?tls=opportunistic")),
        &["?tls=required"],
    );
    refused(
        server(&format!("smtp://{login}@smtp.example.com?auth={CANARY}")),
        &["?tls=required"],
    );
    refused(
        server(&format!("smtps://{CANARY}@smtp.example.com")),
        &["user without a password"],
    );
    refused(
        server(&format!("smtps://:{CANARY}@smtp.example.com")),
        &["password without a user"],
    );
    refused(
        server(&format!("smtps://{login}@smtp.example.com/x")),
        &["behind the host"],
    );
    refused(
        server(&format!("smtps://me:{CANARY}%ff@smtp.example.com")),
        &["no text"],
    );
    refused(server("smtps://"), &["no host"]);
    refused(
        server(&format!("smtps://me:{CANARY}@user@smtp.example.com:x")),
        &["is not an address"],
    );
    let people = |from: &str, to: &str| EmailConfig::new("smtps://smtp.example.com", from, to);
    refused(
        people("folio", "me@example.com"),
        &["sender", "\"folio\"", "Me <me@example.com>"],
    );
    refused(people("folio@example.com", ""), &["recipients"]);
    refused(
        people("folio@example.com", "me@example.com; you"),
        &["recipients", "commas"],
    );
    refused(people("folio@example.com", "me@bücher.example"), &["xn--"]);
    refused(
        people("a@example.com\r\nBcc: b@example.com", "me@example.com"),
        &["sender"],
    );
}

#[test]
fn certificates_are_read_at_once() {
    for text in ["", CANARY, "-----BEGIN CERTIFICATE-----\nAAAA\n"] {
        refused(Outbound::default().with_root_certificates(text), &["PEM"]);
    }
}

#[test]
fn settings_show_no_secret() {
    let webhook = WebhookConfig::new(
        &format!("https://u:{CANARY}@hooks.example.com:444/{CANARY}?{CANARY}"),
        SECRET,
    );
    let ntfy = NtfyConfig::new(&format!("https://:{CANARY}@ntfy.example.com/{CANARY}"));
    let email = EmailConfig::new(
        &format!("smtps://me:{CANARY}@smtp.example.com"),
        "folio@example.com",
        "me@example.com",
    );
    let shown = format!("{webhook:?} {ntfy:?} {email:?}");
    for expected in [
        "https://hooks.example.com:444",
        "https://ntfy.example.com",
        "smtp.example.com:465",
    ] {
        assert!(shown.contains(expected), "{expected}: {shown}");
    }
    for secret in [CANARY, SECRET, "whsec"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
