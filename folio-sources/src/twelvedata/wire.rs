//! What Twelve Data sends.

use std::collections::HashMap;
use std::time::Duration;

use jiff::{Timestamp, Unit};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::http::{Failure, FailureKind, Reply};
use crate::number;

/// The longest text that is read as an error: one comes alone, or in the place of a quote.
const LONGEST_ERROR: usize = 16 * 1024;
/// How long a used-up day is left alone at least, so that the new one has begun when it is asked again.
const MIDNIGHT_MARGIN: Duration = Duration::from_secs(1);

/// `/quote` of one symbol.
#[derive(Debug, Deserialize)]
pub(super) struct Quote {
    pub(super) name: Option<String>,
    pub(super) exchange: Option<String>,
    pub(super) currency: Option<String>,
    pub(super) timestamp: Option<Box<RawValue>>,
    pub(super) last_quote_at: Option<Box<RawValue>>,
    pub(super) close: Option<Box<RawValue>>,
    pub(super) previous_close: Option<Box<RawValue>>,
    pub(super) is_market_open: Option<bool>,
}

/// `/time_series` of one symbol.
#[derive(Debug, Deserialize)]
pub(super) struct Series {
    pub(super) meta: Meta,
    #[serde(default)]
    pub(super) values: Vec<Row>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Meta {
    pub(super) currency: Option<String>,
    pub(super) exchange_timezone: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Row {
    pub(super) datetime: Option<String>,
    pub(super) close: Option<Box<RawValue>>,
}

/// `/symbol_search`.
#[derive(Debug, Deserialize)]
pub(super) struct Search {
    #[serde(default)]
    pub(super) data: Vec<Found>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Found {
    pub(super) symbol: Option<String>,
    pub(super) instrument_name: Option<String>,
    pub(super) exchange: Option<String>,
    pub(super) instrument_type: Option<String>,
    pub(super) country: Option<String>,
    pub(super) currency: Option<String>,
}

/// What `/quote` has for each symbol, by the text that was asked for.
pub(super) type Quotes = HashMap<String, Result<Quote, Failure>>;

/// Reads the quotes of `symbols`. One symbol gives an object of fields, several an object of such by
/// symbol, an error in the place of a quote or of all: the shape says which, not the number asked for.
pub(super) fn quotes(reply: &Reply, symbols: &[String], now: Timestamp) -> Result<Quotes, Failure> {
    check(reply, now)?;
    let members: HashMap<String, Box<RawValue>> = content(reply)?;
    let is_flat = members
        .values()
        .all(|member| !member.get().trim_start().starts_with('{'))
        || members
            .get("symbol")
            .is_some_and(|symbol| symbol.get().starts_with('"'));
    if is_flat {
        return match (symbols, members.is_empty()) {
            (_, true) => Ok(Quotes::new()),
            ([symbol], _) => Ok(HashMap::from([(symbol.clone(), Ok(content(reply)?))])),
            // A quote that does not say which of several it is.
            _ => Err(malformed()),
        };
    }
    let quotes = members.into_iter().map(|(symbol, body)| {
        let body = body.get().as_bytes();
        let quote = match error(body, 200) {
            Some(error) => Err(error.failure(None, now)),
            None => number::json(body).map_err(|_| malformed()),
        };
        (symbol, quote)
    });
    Ok(quotes.collect())
}

/// Reads a series, or sorts what came instead.
pub(super) fn series(reply: &Reply, now: Timestamp) -> Result<Series, Failure> {
    check(reply, now)?;
    content(reply)
}

/// Reads what a search found, or sorts what came instead.
pub(super) fn found(reply: &Reply, now: Timestamp) -> Result<Search, Failure> {
    check(reply, now)?;
    content(reply)
}

/// The vendor's own statement that something is wrong.
struct VendorError {
    code: u16,
    text: String,
}

/// The statement in a body; its status decides where it has no code.
fn error(body: &[u8], status: u16) -> Option<VendorError> {
    let body = (body.len() <= LONGEST_ERROR).then_some(body)?;
    let value: Value = serde_json::from_slice(body).ok()?;
    if value.get("status").and_then(Value::as_str) != Some("error") {
        return None;
    }
    let code = value.get("code").and_then(|code| match code {
        Value::String(text) => text.trim().parse().ok(),
        code => code.as_u64().and_then(|code| u16::try_from(code).ok()),
    });
    let text = value.get("message").and_then(Value::as_str);
    Some(VendorError {
        code: code.unwrap_or(status),
        text: text.unwrap_or("without a message").to_owned(),
    })
}

impl VendorError {
    fn failure(&self, retry_after: Option<Duration>, now: Timestamp) -> Failure {
        let kind = self.kind();
        let wait = match kind {
            FailureKind::RateLimited => Some(to_next(now, Unit::Minute)),
            FailureKind::QuotaExhausted => Some(to_next(now, Unit::Day) + MIDNIGHT_MARGIN),
            _ => None,
        };
        let detail = format!("twelvedata answers: {}", self.text);
        Failure::new(kind, detail).retry_after(retry_after.or(wait))
    }

    fn kind(&self) -> FailureKind {
        let said = self.text.to_ascii_lowercase();
        let mentions = |words: &[&str]| words.iter().any(|word| said.contains(word));
        match self.code {
            400 if mentions(&["symbol", "not found"]) => FailureKind::SymbolNotFound,
            401 => FailureKind::Unauthorized,
            403 => FailureKind::PlanRestricted,
            404 if mentions(&["plan"]) => FailureKind::PlanRestricted,
            404 => FailureKind::NoData,
            408 | 500.. => FailureKind::Upstream,
            429 if mentions(&["for the day"]) => FailureKind::QuotaExhausted,
            429 => FailureKind::RateLimited,
            _ => FailureKind::BadRequest,
        }
    }
}

/// How long it is to the beginning of the next minute or day of UTC.
fn to_next(now: Timestamp, unit: Unit) -> Duration {
    let length = if unit == Unit::Minute { 60 } else { 86_400 };
    let passed = now.as_millisecond().rem_euclid(length * 1000);
    Duration::from_millis(u64::try_from(length * 1000 - passed).unwrap_or_default())
}

/// Sorts an answer: the error in the body first, whatever the status, then the status.
fn check(reply: &Reply, now: Timestamp) -> Result<(), Failure> {
    let error = match error(&reply.body, reply.status) {
        Some(error) => error,
        None if reply.status == 200 => return Ok(()),
        None => VendorError {
            code: reply.status,
            text: format!("HTTP status {}", reply.status),
        },
    };
    Err(error.failure(reply.retry_after, now))
}

fn content<T: serde::de::DeserializeOwned>(reply: &Reply) -> Result<T, Failure> {
    number::json(&reply.body).map_err(|_| malformed())
}

fn malformed() -> Failure {
    Failure::new(
        FailureKind::Malformed,
        "twelvedata's answer is not the JSON that it documents",
    )
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

    fn now() -> Timestamp {
        "2026-03-02T12:00:12.5Z".parse().unwrap()
    }

    #[test]
    fn every_error_is_told_apart_and_says_how_long_to_wait() {
        use FailureKind::*;
        let check = |status: u16, body: &'static str, expected: Option<(FailureKind, Option<f64>)>| {
            let got = super::check(&reply(status, body), now()).err();
            let got = got.map(|failure| (failure.kind, failure.retry_after.map(|wait| wait.as_secs_f64())));
            assert_eq!(got, expected, "{status} {body}");
        };
        check(200, r#"{"symbol":"AAPL","close":"1"}"#, None);
        check(200, r#"{"values":[],"status":"ok"}"#, None);
        let unknown = r#"{"code":400,"message":"**symbol** not found: NONE","status":"error"}"#;
        check(200, unknown, Some((SymbolNotFound, None)));
        check(
            400,
            r#"{"code":400,"message":"interval is wrong","status":"error"}"#,
            Some((BadRequest, None)),
        );
        check(
            200,
            r#"{"code":"401","message":"**apikey** is incorrect","status":"error"}"#,
            Some((Unauthorized, None)),
        );
        check(401, "", Some((Unauthorized, None)));
        check(
            403,
            r#"{"code":403,"message":"available on Pro","status":"error"}"#,
            Some((PlanRestricted, None)),
        );
        check(
            404,
            r#"{"code":404,"message":"**symbol** is available with the Grow plan","status":"error"}"#,
            Some((PlanRestricted, None)),
        );
        check(
            404,
            r#"{"code":404,"message":"no data on these dates","status":"error"}"#,
            Some((NoData, None)),
        );
        check(414, "", Some((BadRequest, None)));
        check(
            429,
            r#"{"code":429,"message":"You have run out of API credits for the current minute.","status":"error"}"#,
            Some((RateLimited, Some(47.5))),
        );
        check(
            200,
            r#"{"code":429,"message":"You have run out of API credits for the day.","status":"error"}"#,
            Some((QuotaExhausted, Some(12.0 * 3600.0 - 12.5 + 1.0))),
        );
        check(429, "", Some((RateLimited, Some(47.5))));
        check(
            200,
            r#"{"code":500,"message":"internal","status":"error"}"#,
            Some((Upstream, None)),
        );
        check(503, "", Some((Upstream, None)));
    }

    #[test]
    fn the_shape_says_whether_there_is_one_quote_or_several() {
        let check = |body: &'static str, asked: &[&str], expected: Result<&[(&str, bool)], FailureKind>| {
            let asked: Vec<_> = asked.iter().map(|symbol| (*symbol).to_owned()).collect();
            let got = quotes(&reply(200, body), &asked, now()).map_err(|failure| failure.kind);
            let got = got.map(|quotes| {
                let mut quotes: Vec<_> = quotes
                    .into_iter()
                    .map(|(symbol, quote)| (symbol, quote.is_ok()))
                    .collect();
                quotes.sort();
                quotes
            });
            let expected = expected.map(|list| {
                list.iter()
                    .map(|(symbol, ok)| ((*symbol).to_owned(), *ok))
                    .collect::<Vec<_>>()
            });
            assert_eq!(got, expected, "{body}");
        };
        check(r#"{"symbol":"A","close":"1"}"#, &["A"], Ok(&[("A", true)]));
        check(
            r#"{"symbol":"A","close":"1","fifty_two_week":{"low":"1"}}"#,
            &["A"],
            Ok(&[("A", true)]),
        );
        check(r#"{"A":{"symbol":"A","close":"1"}}"#, &["A"], Ok(&[("A", true)]));
        check(
            r#"{"A":{"symbol":"A","close":"1"},"B":{"code":400,"message":"symbol not found","status":"error"}}"#,
            &["A", "B"],
            Ok(&[("A", true), ("B", false)]),
        );
        check(
            r#"{"symbol":"A","close":"1"}"#,
            &["A", "B"],
            Err(FailureKind::Malformed),
        );
        check("{}", &["A", "B"], Ok(&[]));
        check("[]", &["A"], Err(FailureKind::Malformed));
    }
}
