//! The HTTP client itself: TLS, times, sizes, redirects.

use std::error::Error as _;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION};
use reqwest::{Client, Response, redirect, retry};

use super::failure::{Failure, FailureKind, UNREACHABLE};

/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// How long a vendor may be silent within an answer.
const READ_TIMEOUT: Duration = Duration::from_secs(5);
/// The longest answer that is read, after decompression.
pub(crate) const MAX_BODY: usize = 8 * 1024 * 1024;

/// How a source introduces itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manner {
    /// The `User-Agent` header.
    pub(crate) user_agent: &'static str,
    /// Whether HTTP/2 must not be offered.
    pub(crate) http1_only: bool,
}

/// What a source answers with, which decides what is taken for a web page in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// JSON.
    Json,
    /// JSON, and plain sentences that are called HTML.
    Sentences,
    /// XML, the newest of it first: of an answer that is too long the beginning is taken.
    Xml,
}

impl Manner {
    /// As folio.
    pub(crate) const PLAIN: Self = Self {
        user_agent: concat!("folio/", env!("CARGO_PKG_VERSION")),
        http1_only: false,
    };
}

/// Makes a client.
///
/// The TLS library is named here because any crate of the tree can switch on another one, which would
/// then be taken silently. No redirect is followed: it could lead a key to another host, and a second
/// call that no budget has allowed. No proxy is read from the environment.
pub(crate) fn build(manner: Manner) -> Result<Client, Failure> {
    // Fails only when a provider has been installed before, which is then used.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let mut builder = Client::builder()
        .tls_backend_rustls()
        .user_agent(manner.user_agent)
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .no_proxy()
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(READ_TIMEOUT);
    if manner.http1_only {
        builder = builder.http1_only();
    }
    builder.build().map_err(|error| {
        Failure::new(
            FailureKind::Unconfigured,
            format!("TLS cannot be set up: {}", innermost(&error)),
        )
    })
}

/// What a vendor answered, read to the end.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The body, decompressed.
    pub(crate) body: Bytes,
    /// How long the vendor wants to be left alone.
    pub(crate) retry_after: Option<Duration>,
}

impl Reply {
    /// Reads an answer, at most [`MAX_BODY`] of it.
    pub(crate) async fn read(
        mut response: Response,
        retry_after: Option<Duration>,
        content: Content,
    ) -> Result<Self, Failure> {
        let status = response.status().as_u16();
        let headers = std::mem::take(response.headers_mut());
        if response.status().is_redirection() {
            return Err(redirected(&headers));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| transport(&error))? {
            let room = MAX_BODY - body.len();
            if chunk.len() <= room {
                body.extend_from_slice(&chunk);
            } else if content == Content::Xml {
                body.extend_from_slice(&chunk[..room]);
                break;
            } else {
                return Err(Failure::new(FailureKind::Malformed, "the answer is longer than 8 MiB"));
            }
        }
        let reply = Self {
            status,
            body: body.into(),
            retry_after,
        };
        // The error pages of gateways are HTML too; those pass, whereas a block would last.
        if status < 500 && reply.is_html(&headers, content) {
            return Err(Failure::new(
                FailureKind::Blocked,
                format!("the answer is a web page (HTTP status {status}): something refuses this client"),
            ));
        }
        Ok(reply)
    }

    /// Whether the answer went on after what was read of it. One of just this length counts as cut too.
    pub(crate) fn is_cut(&self) -> bool {
        self.body.len() >= MAX_BODY
    }

    /// Vendors name JSON as HTML at times, so the first character counts for more than the type.
    fn is_html(&self, headers: &HeaderMap, content: Content) -> bool {
        let first = self.body.iter().find(|byte| !byte.is_ascii_whitespace());
        let named = headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.trim_start().to_ascii_lowercase().starts_with("text/html"));
        match (content, first) {
            (_, None) => false,
            (Content::Xml, Some(b'<')) => begins_as_html(&self.body),
            (Content::Xml, Some(_)) => named,
            (_, Some(b'<')) => true,
            (_, Some(b'{' | b'[')) => false,
            (Content::Json, Some(_)) => named,
            (Content::Sentences, Some(_)) => false,
        }
    }
}

/// Whether markup is a web page: it says so by its document type or its first elements.
fn begins_as_html(body: &[u8]) -> bool {
    const BEGINNING: usize = 1024;

    let beginning = String::from_utf8_lossy(&body[..body.len().min(BEGINNING)]).to_ascii_lowercase();
    ["<!doctype html", "<html", "<head", "<body", "<script"]
        .iter()
        .any(|word| beginning.contains(word))
}

fn redirected(headers: &HeaderMap) -> Failure {
    let host = headers
        .get(LOCATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| url::Url::parse(value).ok())
        .and_then(|url| url.host_str().map(str::to_owned));
    let detail = match host {
        Some(host) => format!("the answer is a redirect to {host}, which is not followed"),
        None => "the answer is a redirect, which is not followed".to_owned(),
    };
    Failure::new(FailureKind::Blocked, detail)
}

/// The failure of a connection, without the address, whose query may hold more than the reader should see.
pub(crate) fn transport(error: &reqwest::Error) -> Failure {
    if error.is_timeout() {
        return Failure::new(FailureKind::Timeout, "the source did not answer in time");
    }
    let what = if error.is_connect() {
        UNREACHABLE
    } else {
        "the source broke the answer off"
    };
    Failure::new(FailureKind::Upstream, format!("{what}: {}", innermost(error)))
}

fn innermost(error: &reqwest::Error) -> String {
    let mut last: Option<&dyn std::error::Error> = error.source();
    while let Some(inner) = last.and_then(|error| error.source()) {
        last = Some(inner);
    }
    last.map_or_else(|| "no details".to_owned(), ToString::to_string)
}
