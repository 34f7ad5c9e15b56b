//! What a service with the API of IEX Cloud sends.

use std::collections::HashMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::http::{Failure, FailureKind, Reply};
use crate::number;

/// Without a `Retry-After`: calls are counted by the second.
const RATE_LIMIT: Duration = Duration::from_secs(1);
/// How long a used-up quota is left alone; the vendor does not say when it ends.
const QUOTA_WAIT: Duration = Duration::from_secs(3600);
/// The longest body that is read as a statement of what is wrong.
const LONGEST_ERROR: usize = 16 * 1024;

/// `/stock/market/batch`: what was asked for, by symbol in upper case.
pub(super) type Entries = HashMap<String, Option<Entry>>;

/// One symbol of a batch.
#[derive(Debug, Deserialize)]
pub(super) struct Entry {
    pub(super) quote: Option<Quote>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Quote {
    pub(super) company_name: Option<String>,
    pub(super) primary_exchange: Option<String>,
    pub(super) currency: Option<String>,
    pub(super) latest_price: Option<Box<RawValue>>,
    pub(super) latest_source: Option<String>,
    pub(super) latest_update: Option<Box<RawValue>>,
    pub(super) close: Option<Box<RawValue>>,
    pub(super) close_time: Option<Box<RawValue>>,
    pub(super) previous_close: Option<Box<RawValue>>,
    pub(super) change_percent: Option<Box<RawValue>>,
    pub(super) market_cap: Option<Box<RawValue>>,
}

/// A row of `/stock/{symbol}/chart/{range}`.
#[derive(Debug, Deserialize)]
pub(super) struct Row {
    pub(super) date: Option<String>,
    pub(super) close: Option<Box<RawValue>>,
    pub(super) currency: Option<String>,
}

/// What a batch came to.
#[derive(Debug)]
pub(super) enum Batch {
    Quotes(Entries),
    /// One of the symbols at least may not be shown, or is too much, and the service says so of all:
    /// the halves are asked for.
    Refused(Failure),
}

/// Reads a batch of quotes, or sorts what came instead.
pub(super) fn batch(reply: &Reply) -> Result<Batch, Failure> {
    match check(reply) {
        Ok(()) => content(reply).map(Batch::Quotes),
        Err(failure) => match (failure.kind, reply.status) {
            (FailureKind::PlanRestricted, 451) | (FailureKind::SymbolNotFound | FailureKind::TooLong, _) => {
                Ok(Batch::Refused(failure))
            }
            // A batch leaves out what it does not know: a path that is not there is a wrong address.
            (FailureKind::NoData, 404) => {
                let detail = format!("{}: the url may lack /stable or /v1", failure.detail);
                Err(Failure::new(FailureKind::BadRequest, detail))
            }
            _ => Err(failure),
        },
    }
}

/// Reads the rows of a chart, or sorts what came instead.
pub(super) fn chart(reply: &Reply) -> Result<Vec<Row>, Failure> {
    check(reply)?;
    content(reply)
}

/// The vendor's sentence: plain text, or JSON with the member `error`.
fn sentence(reply: &Reply) -> Option<String> {
    let body = reply.body.get(..).filter(|body| body.len() <= LONGEST_ERROR)?;
    match serde_json::from_slice::<Value>(body) {
        Ok(value) => value.get("error").and_then(Value::as_str).map(str::to_owned),
        Err(_) if reply.status == 200 => None,
        Err(_) => Some(String::from_utf8_lossy(body).trim().to_owned()).filter(|text| !text.is_empty()),
    }
}

/// Sorts an answer: the error first, which may come with the status 200, then the status.
fn check(reply: &Reply) -> Result<(), Failure> {
    let text = sentence(reply);
    if text.is_none() && reply.status == 200 {
        return Ok(());
    }
    let said = text.as_deref().unwrap_or_default().to_ascii_lowercase();
    let mentions = |words: &[&str]| words.iter().any(|word| said.contains(word));
    let quota = mentions(&["quota", "pay-as-you-go"]);
    let kind = match reply.status {
        401 => FailureKind::Unauthorized,
        402 if quota => FailureKind::QuotaExhausted,
        402 | 451 => FailureKind::PlanRestricted,
        403 if mentions(&["test token", "sandbox"]) => FailureKind::WrongKeyTier,
        403 => FailureKind::Unauthorized,
        404 if mentions(&["unknown symbol"]) => FailureKind::SymbolNotFound,
        404 => FailureKind::NoData,
        414 => FailureKind::TooLong,
        429 => FailureKind::RateLimited,
        408 | 500.. => FailureKind::Upstream,
        200 if mentions(&["unknown symbol"]) => FailureKind::SymbolNotFound,
        200 if quota => FailureKind::QuotaExhausted,
        200 if mentions(&["api key", "token"]) => FailureKind::Unauthorized,
        _ => FailureKind::BadRequest,
    };
    let detail = match text {
        Some(text) => format!("iex answers: {text}"),
        None => format!("iex answers with HTTP status {}", reply.status),
    };
    let default = match kind {
        FailureKind::RateLimited => Some(RATE_LIMIT),
        FailureKind::QuotaExhausted => Some(QUOTA_WAIT),
        _ => None,
    };
    Err(Failure::new(kind, detail).retry_after(reply.retry_after.or(default)))
}

fn content<T: serde::de::DeserializeOwned>(reply: &Reply) -> Result<T, Failure> {
    number::json(&reply.body).map_err(|_| {
        Failure::new(
            FailureKind::Malformed,
            "iex's answer is not the JSON that the API documents",
        )
    })
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn reply(status: u16, body: &'static str) -> Reply {
        Reply {
            status,
            body: Bytes::from_static(body.as_bytes()),
            retry_after: None,
        }
    }

    #[test]
    fn every_error_is_told_apart() {
        use FailureKind::*;
        let check = |status: u16, body: &'static str, expected: Option<FailureKind>| {
            let got = super::check(&reply(status, body)).err().map(|failure| failure.kind);
            assert_eq!(got, expected, "{status} {body}");
        };
        check(200, r#"{"AAPL":{"quote":{"latestPrice":1}}}"#, None);
        check(200, r#"{"ERROR":{"quote":null}}"#, None);
        check(200, "[]", None);
        check(400, "symbols is required", Some(BadRequest));
        check(401, "", Some(Unauthorized));
        check(
            402,
            "You have exceeded your allotted message quota",
            Some(QuotaExhausted),
        );
        check(402, "Please enable pay-as-you-go to continue", Some(QuotaExhausted));
        check(402, "This endpoint needs a paid plan", Some(PlanRestricted));
        check(403, "The API key provided is not valid.", Some(Unauthorized));
        check(
            403,
            "Test tokens may only be used in the sandbox environment.",
            Some(WrongKeyTier),
        );
        check(404, "Unknown symbol", Some(SymbolNotFound));
        check(404, r#"{"error":"Unknown symbol"}"#, Some(SymbolNotFound));
        check(404, "Not found", Some(NoData));
        check(404, "", Some(NoData));
        check(413, "too many types", Some(BadRequest));
        check(414, "", Some(TooLong));
        check(429, "", Some(RateLimited));
        check(451, "", Some(PlanRestricted));
        check(500, "", Some(Upstream));
        check(503, "<html>later</html>", Some(Upstream));
        check(408, "", Some(Upstream));
        check(
            200,
            r#"{"error":"The API key provided is not valid."}"#,
            Some(Unauthorized),
        );
        check(200, r#"{"error":"Unknown symbol"}"#, Some(SymbolNotFound));
        check(200, r#"{"error":"out of quota"}"#, Some(QuotaExhausted));
        check(200, r#"{"error":"something else"}"#, Some(BadRequest));
        check(418, "", Some(BadRequest));
    }

    #[test]
    fn a_batch_is_refused_for_one_of_its_symbols_or_fails_as_a_whole() {
        let check = |status: u16, body: &'static str, expected: Result<&str, FailureKind>| {
            let got = batch(&reply(status, body)).map_err(|failure| failure.kind);
            let got = got.map(|batch| match batch {
                Batch::Quotes(_) => "quotes",
                Batch::Refused(_) => "refused",
            });
            assert_eq!(got, expected, "{status} {body}");
        };
        check(200, r#"{"AAPL":null,"MSFT":{"quote":null}}"#, Ok("quotes"));
        check(451, "", Ok("refused"));
        check(414, "", Ok("refused"));
        check(404, "Unknown symbol", Ok("refused"));
        check(404, "Cannot GET /stock", Err(FailureKind::BadRequest));
        check(402, "paid plans only", Err(FailureKind::PlanRestricted));
        check(200, "[]", Err(FailureKind::Malformed));
        check(200, r#"{"AAPL":{"quo"#, Err(FailureKind::Malformed));
    }
}
