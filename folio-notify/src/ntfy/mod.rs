//! Pushes to a phone through ntfy.

mod config;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use folio_core::{Clock, Delivery, Error, ErrorKind, Notification, Notifier, Result};
use reqwest::StatusCode;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use serde::{Deserialize, Serialize};

pub use config::NtfyConfig;

use crate::http::{Answer, Http};
use crate::outbound::Outbound;
use crate::text::{cut, lines, title};

/// The longest title and message in bytes. A server turns what is longer than 4,096 bytes into an attachment,
/// and refuses a body beyond twice that.
const MAX_TITLE: usize = 200;
const MAX_MESSAGE: usize = 3_500;

/// Publishes each notification to a topic of an [ntfy](https://docs.ntfy.sh/publish/) server, as JSON.
///
/// The id of the notification is the `sequence_id`: a server from version 2.16 lets a repetition replace
/// what the phone shows.
pub struct Ntfy {
    http: Http,
    topic: String,
    authorization: Option<HeaderValue>,
}

impl Ntfy {
    /// A channel to a topic; `clock` reads the dates of a server that wants to be left alone. Nothing is
    /// connected before the first message.
    ///
    /// # Errors
    /// `NotConfigured` when the server is at a place that `outbound` forbids.
    pub fn new(config: NtfyConfig, outbound: &Outbound, clock: Arc<dyn Clock>) -> Result<Self> {
        Ok(Self {
            http: Http::new(config.server, outbound, clock, "ntfy.notify")?,
            topic: config.topic,
            authorization: config.authorization,
        })
    }

    async fn judge(&self, mut answer: Answer) -> Error {
        let status = answer.status().as_u16();
        let code = Failure::read(&answer.body().await);
        let (kind, message) = match answer.status() {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => (
                ErrorKind::NotConfigured,
                "the ntfy server refuses the token or password, or the topic is not open to it",
            ),
            StatusCode::NOT_FOUND if code.is_some() => (
                ErrorKind::NotConfigured,
                "the ntfy server is at another path than this one",
            ),
            StatusCode::TOO_MANY_REQUESTS => (ErrorKind::RateLimited, "the ntfy server wants fewer messages"),
            // What stands before a server answers in its place while it is away, 404 often. It has no such code.
            status if status.is_client_error() && code.is_some() => {
                (ErrorKind::InvalidInput, "the ntfy server refuses this message")
            }
            _ => (ErrorKind::Unavailable, "the ntfy server did not take the message"),
        };
        let code = code.map_or_else(String::new, |code| format!(", ntfy error {code}"));
        self.http
            .refused(kind, format!("{message} (HTTP status {status}{code})"), &answer)
    }
}

impl fmt::Debug for Ntfy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ntfy")
            .field("destination", self.http.target())
            .field("with_authorization", &self.authorization.is_some())
            .finish()
    }
}

#[async_trait]
impl Notifier for Ntfy {
    fn channel(&self) -> &str {
        "ntfy"
    }

    fn destination(&self) -> String {
        self.http.target().origin()
    }

    async fn notify(&self, notification: &Notification) -> Result<Delivery> {
        let body = serde_json::to_vec(&Message::new(&self.topic, notification))
            .map_err(|error| Error::new(ErrorKind::Internal, "the message cannot be written").with_source(error))?;
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(authorization) = &self.authorization {
            headers.insert(AUTHORIZATION, authorization.clone());
        }
        let mut answer = self.http.post(headers, body).await?;
        if !answer.status().is_success() {
            return Err(self.judge(answer).await);
        }
        Ok(Delivery {
            reference: Published::read(&answer.body().await),
        })
    }
}

#[derive(Serialize)]
struct Message<'a> {
    topic: &'a str,
    title: String,
    message: String,
    tags: [&'static str; 1],
    sequence_id: String,
}

impl<'a> Message<'a> {
    fn new(topic: &'a str, notification: &Notification) -> Self {
        let lines: Vec<String> = lines(&notification.message).collect();
        Self {
            topic,
            title: cut(&title(notification), MAX_TITLE),
            message: cut(&lines.join("\n"), MAX_MESSAGE),
            tags: [notification.kind.as_str()],
            sequence_id: notification.id.to_string(),
        }
    }
}

/// The answer to a message that was taken.
#[derive(Deserialize)]
struct Published {
    id: String,
}

impl Published {
    /// The id that the server has given, if it looks like one.
    fn read(body: &[u8]) -> Option<String> {
        let id = serde_json::from_slice::<Self>(body).ok()?.id;
        let plain = id.len() <= 64 && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        (plain && !id.is_empty()).then_some(id)
    }
}

/// The answer to a message that was refused. Its words are not shown: they could repeat what was sent.
#[derive(Deserialize)]
struct Failure {
    code: u32,
}

impl Failure {
    fn read(body: &[u8]) -> Option<u32> {
        serde_json::from_slice::<Self>(body).ok().map(|failure| failure.code)
    }
}
