//! Webhooks as of the Standard Webhooks specification.

mod config;
mod payload;
mod signature;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use folio_core::{Clock, Delivery, Error, ErrorKind, Notification, Notifier, Result};
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};

pub use config::WebhookConfig;

use crate::http::Http;
use crate::outbound::Outbound;
use signature::Signer;

/// Posts each notification as signed JSON, as [Standard Webhooks] describes.
///
/// The id of a notification is its `webhook-id`, the same in every attempt. Any answer but 2xx may be tried
/// again, except 410, by which a receiver says that it wants no more, and redirects, which are not followed.
///
/// [Standard Webhooks]: https://www.standardwebhooks.com
pub struct Webhook {
    http: Http,
    signers: Vec<Signer>,
}

impl Webhook {
    /// A channel to a receiver; `clock` dates the attempts. Nothing is connected before the first message.
    ///
    /// # Errors
    /// `NotConfigured` when the receiver is at a place that `outbound` forbids.
    pub fn new(config: WebhookConfig, outbound: &Outbound, clock: Arc<dyn Clock>) -> Result<Self> {
        Ok(Self {
            http: Http::new(config.target, outbound, clock, "webhook.notify")?,
            signers: config.signers,
        })
    }

    fn headers(&self, id: &str, body: &[u8]) -> Result<HeaderMap> {
        let timestamp = self.http.clock().now().as_second().to_string();
        let signatures: Vec<String> = self
            .signers
            .iter()
            .map(|signer| signer.sign(id, &timestamp, body))
            .collect();
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        for (name, value) in [
            ("webhook-id", id),
            ("webhook-timestamp", &timestamp),
            ("webhook-signature", &signatures.join(" ")),
        ] {
            let value = HeaderValue::from_str(value).map_err(internal)?;
            headers.insert(HeaderName::from_static(name), value);
        }
        Ok(headers)
    }
}

fn internal(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(ErrorKind::Internal, "the message cannot be written").with_source(error)
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook")
            .field("destination", self.http.target())
            .field("secrets", &self.signers.len())
            .finish()
    }
}

#[async_trait]
impl Notifier for Webhook {
    fn channel(&self) -> &str {
        "webhook"
    }

    fn destination(&self) -> String {
        self.http.target().origin()
    }

    async fn notify(&self, notification: &Notification) -> Result<Delivery> {
        let body = payload::write(notification).map_err(internal)?;
        let headers = self.headers(&notification.id.to_string(), &body)?;
        let answer = self.http.post(headers, body).await?;
        let status = answer.status().as_u16();
        let (kind, message) = match answer.status() {
            status if status.is_success() => return Ok(Delivery::default()),
            StatusCode::GONE => (
                ErrorKind::NotConfigured,
                "the receiver wants no more messages (HTTP status 410)".to_owned(),
            ),
            StatusCode::TOO_MANY_REQUESTS => (
                ErrorKind::RateLimited,
                "the receiver wants fewer messages (HTTP status 429)".to_owned(),
            ),
            _ => (
                ErrorKind::Unavailable,
                format!("the receiver did not take the message (HTTP status {status})"),
            ),
        };
        Err(self.http.refused(kind, message, &answer))
    }
}
