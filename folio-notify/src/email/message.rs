//! What an e-mail says.

use folio_core::{Error, ErrorKind, Notification, Result};
use lettre::Message;
use lettre::message::MultiPart;
use lettre::message::header::{HeaderName, HeaderValue};

use super::EmailConfig;
use crate::text::{lines, title};

/// Writes a notification as an e-mail, in text and HTML.
pub(super) fn write(config: &EmailConfig, notification: &Notification) -> Result<Message> {
    let mut builder = Message::builder()
        .from(config.from.clone())
        .subject(title(notification))
        .date(notification.created_at.into())
        .message_id(Some(format!("<{}@{}>", notification.id, config.from.email.domain())))
        // Keeps holiday notices from answering, as RFC 3834 asks of programs that write.
        .raw_header(HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        ));
    for mailbox in config.to.iter() {
        builder = builder.to(mailbox.clone());
    }
    builder
        .multipart(MultiPart::alternative_plain_html(
            text(notification),
            html(notification),
        ))
        .map_err(|error| Error::new(ErrorKind::Internal, "the e-mail cannot be written").with_source(error))
}

fn text(notification: &Notification) -> String {
    let mut text = String::new();
    for line in lines(&notification.message) {
        text.push_str(&line);
        text.push_str("\r\n");
    }
    text.push_str(&format!(
        "\r\n-- \r\nfolio, {} {}\r\n",
        notification.kind, notification.id
    ));
    text
}

fn html(notification: &Notification) -> String {
    let title = escape(&title(notification));
    let lines: Vec<String> = lines(&notification.message).map(|line| escape(&line)).collect();
    format!(
        "<!DOCTYPE html>\r\n<html><head><meta charset=\"utf-8\"><title>{title}</title></head>\r\n\
         <body style=\"font-family: sans-serif\">\r\n<h1 style=\"font-size: 1.2em\">{title}</h1>\r\n<p>{}</p>\r\n\
         <p style=\"font-size: small\">folio, {} {}</p>\r\n</body></html>\r\n",
        lines.join("<br>\r\n"),
        notification.kind,
        notification.id
    )
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}
