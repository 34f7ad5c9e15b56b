//! One POST to a receiver: its TLS, times, sizes, and what its answer means.

use std::error::Error as StdError;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use folio_core::{Clock, Error, ErrorKind, Result};
use jiff::Timestamp;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Certificate, Client, Response, StatusCode, redirect, retry};

use crate::outbound::Outbound;
use crate::target::Target;

/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How much of an answer is read at most, and for how long.
const MAX_BODY: usize = 4096;
const BODY_TIMEOUT: Duration = Duration::from_secs(2);
/// The longest wait that a receiver may ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(86_400);

/// The way to one receiver.
pub(crate) struct Http {
    target: Target,
    outbound: Outbound,
    clock: Arc<dyn Clock>,
    operation: &'static str,
    client: OnceLock<Client>,
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Http").field(&self.target).finish()
    }
}

/// What a receiver answered, of which the body is not read yet.
#[derive(Debug)]
pub(crate) struct Answer {
    response: Response,
    /// How long the receiver wants to be left alone.
    retry_after: Option<Duration>,
}

impl Answer {
    pub(crate) fn status(&self) -> StatusCode {
        self.response.status()
    }

    /// What is there of the body until it ends, fails or is enough. The message has been taken or refused
    /// by then, so that none of this is an error.
    pub(crate) async fn body(&mut self) -> Vec<u8> {
        let mut body = Vec::new();
        let reading = async {
            while body.len() < MAX_BODY {
                match self.response.chunk().await {
                    Ok(Some(chunk)) => body.extend_from_slice(&chunk[..chunk.len().min(MAX_BODY - body.len())]),
                    Ok(None) | Err(_) => break,
                }
            }
        };
        let _ = tokio::time::timeout(BODY_TIMEOUT, reading).await;
        body
    }
}

impl Http {
    /// A way to a receiver, which may not be one that is forbidden. Nothing is connected yet.
    pub(crate) fn new(
        target: Target,
        outbound: &Outbound,
        clock: Arc<dyn Clock>,
        operation: &'static str,
    ) -> Result<Self> {
        outbound.check(target.host(), target.is_encrypted())?;
        Ok(Self {
            target,
            outbound: outbound.clone(),
            clock,
            operation,
            client: OnceLock::new(),
        })
    }

    pub(crate) fn target(&self) -> &Target {
        &self.target
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    /// Sends a body once. `Ok` is any answer but a redirect, which is not followed: it could lead to a
    /// place that nobody has allowed.
    pub(crate) async fn post(&self, headers: HeaderMap, body: Vec<u8>) -> Result<Answer> {
        let answer = self
            .exchange(headers, body)
            .await
            .map_err(|error| self.describe(error))?;
        let status = answer.status();
        if status.is_redirection() {
            // It may be the page of an hour of maintenance.
            let message = format!(
                "the receiver sends the message on to another address (HTTP status {}), which is not followed; set \
                 the address that it has moved to",
                status.as_u16()
            );
            return Err(self.refused(ErrorKind::Unavailable, message, &answer));
        }
        Ok(answer)
    }

    async fn exchange(&self, headers: HeaderMap, body: Vec<u8>) -> Result<Answer> {
        let client = match self.client.get() {
            Some(client) => client,
            None => {
                let client = self.build()?;
                self.client.get_or_init(|| client)
            }
        };
        let request = client.post(self.target.url().clone()).headers(headers).body(body);
        let response = request.send().await.map_err(|error| failure(&error))?;
        let retry_after = response.headers().get(RETRY_AFTER);
        let retry_after = retry_after
            .and_then(|value| value.to_str().ok())
            .and_then(|text| parse_retry_after(text, self.clock.now()));
        Ok(Answer { response, retry_after })
    }

    /// The TLS library is named here because any crate of the tree can switch on another one. No proxy is
    /// read from the environment: it would make the connections in our place, unchecked. One HTTP version
    /// suffices, and it logs no headers.
    fn build(&self) -> Result<Client> {
        // Fails only when a provider has been installed before, which is then used.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let mut builder = Client::builder()
            .tls_backend_rustls()
            .user_agent(concat!("folio/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .no_proxy()
            .no_gzip()
            .referer(false)
            .http1_only()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(self.outbound.timeout())
            // Messages are rare: a kept connection would have been closed by the other side, and found out
            // only by losing a message on it.
            .pool_max_idle_per_host(0)
            .dns_resolver(self.outbound.resolver(self.target.is_encrypted()));
        if let Some(roots) = self.outbound.roots() {
            let roots = Certificate::from_pem_bundle(roots.as_bytes()).map_err(|error| tls(&error))?;
            builder = builder.tls_certs_merge(roots);
        }
        builder.build().map_err(|error| tls(&error))
    }

    /// The error for an answer that takes no responsibility for the message.
    pub(crate) fn refused(&self, kind: ErrorKind, message: impl Into<String>, answer: &Answer) -> Error {
        let mut error = Error::new(kind, message);
        if let Some(delay) = answer.retry_after.filter(|_| kind.is_retryable()) {
            error = error.with_retry_after(delay);
        }
        self.describe(error)
    }

    fn describe(&self, error: Error) -> Error {
        error
            .with_operation(self.operation)
            .with_context("destination", self.target.origin())
    }
}

/// The failure of a connection, without the address, which may hold a secret.
fn failure(error: &reqwest::Error) -> Error {
    let mut last: &dyn StdError = error;
    while let Some(source) = last.source() {
        if let Some(refused) = source.downcast_ref::<Error>() {
            return Error::new(refused.kind(), refused.message());
        }
        last = source;
    }
    if error.is_timeout() {
        return Error::new(ErrorKind::Timeout, "the receiver did not answer in time");
    }
    let what = if error.is_connect() {
        "the receiver cannot be reached"
    } else {
        "the receiver broke the connection off"
    };
    // The outermost error would show the address.
    let why = if error.source().is_some() {
        last.to_string()
    } else {
        "no details".to_owned()
    };
    Error::new(ErrorKind::Unavailable, format!("{what}: {why}"))
}

fn tls(error: &reqwest::Error) -> Error {
    let why = error
        .source()
        .map_or_else(|| "no details".to_owned(), ToString::to_string);
    Error::new(ErrorKind::NotConfigured, format!("TLS cannot be set up: {why}"))
}

/// Reads a `Retry-After` header, seconds or an HTTP date, as the delay from `now`; at least a second, at
/// most a day.
fn parse_retry_after(text: &str, now: Timestamp) -> Option<Duration> {
    let text = text.trim();
    let delay = match text.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let at = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
            Duration::try_from(at.duration_since(now)).unwrap_or_default()
        }
    };
    Some(delay.clamp(Duration::from_secs(1), LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = "1994-11-06T08:49:00Z".parse().unwrap();
        let check = |text: &str, seconds: Option<u64>| {
            assert_eq!(
                parse_retry_after(text, now),
                seconds.map(Duration::from_secs),
                "{text:?}"
            );
        };
        check("119", Some(119));
        check(" 5 ", Some(5));
        check("0", Some(1));
        check("999999999999", Some(86_400));
        check("Sun, 06 Nov 1994 08:49:37 GMT", Some(37));
        check("Sun, 06 Nov 1994 08:00:00 GMT", Some(1));
        check("soon", None);
        check("-1", None);
        check("1.5", None);
    }
}
