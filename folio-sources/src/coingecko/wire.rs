//! What CoinGecko sends, version 3 of its API.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::http::{Failure, FailureKind, Reply};
use crate::number;

/// `/simple/price`: by id, then by field: `usd`, `usd_24h_change`, `usd_market_cap`, `last_updated_at`.
pub(super) type SimplePrice = HashMap<String, Option<HashMap<String, Box<RawValue>>>>;

/// `/coins/{id}/market_chart`: prices by time, in milliseconds.
#[derive(Debug, Deserialize)]
pub(super) struct MarketChart {
    pub(super) prices: Vec<(Box<RawValue>, Box<RawValue>)>,
}

/// A row of `/coins/list`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Coin {
    pub(super) id: String,
    pub(super) symbol: Option<String>,
    pub(super) name: Option<String>,
}

/// A row of `/coins/markets`, of which only the place counts.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct RankedCoin {
    pub(super) id: String,
}

/// Without a `Retry-After`, a minute: the span in which calls are counted.
const RATE_LIMIT_SECONDS: u64 = 60;

/// The vendor's own statement that something is wrong, if the body is one.
///
/// CoinGecko has five shapes for it. A coin can have the id `status`, so the members decide and not
/// the name alone.
#[derive(Debug, PartialEq, Eq)]
struct VendorError {
    code: Option<u64>,
    text: String,
}

impl VendorError {
    fn from_body(body: &[u8]) -> Option<Self> {
        const LONGEST: usize = 16 * 1024;

        let body = (body.len() <= LONGEST).then_some(body)?;
        let value: Value = serde_json::from_slice(body).ok()?;
        let code = ["/status/error_code", "/error/status/error_code", "/error_code"]
            .into_iter()
            .find_map(|pointer| value.pointer(pointer))
            .or_else(|| value.get("status").filter(|status| status.is_number()));
        let text = ["/status/error_message", "/error/status/error_message", "/error"]
            .into_iter()
            .find_map(|pointer| value.pointer(pointer).and_then(Value::as_str));
        let code = code.and_then(|code| code.as_u64().or_else(|| code.as_str()?.parse().ok()));
        (code.is_some() || text.is_some()).then(|| Self {
            code,
            text: text.unwrap_or("without a message").to_owned(),
        })
    }
}

/// Sorts an answer: the error object first, then the status.
pub(super) fn check(reply: &Reply) -> Result<(), Failure> {
    let error = VendorError::from_body(&reply.body);
    if error.is_none() && reply.status == 200 {
        return Ok(());
    }
    let code = error.as_ref().and_then(|error| error.code);
    let text = error.as_ref().map_or("", |error| error.text.as_str());
    let kind = match (code, reply.status) {
        (Some(429), _) | (_, 429) => FailureKind::RateLimited,
        (Some(10_002), _) => FailureKind::Unauthorized,
        (Some(10_005 | 10_012), _) => FailureKind::PlanRestricted,
        (Some(10_010 | 10_011), _) => FailureKind::WrongKeyTier,
        (Some(1020), _) => FailureKind::Blocked,
        (_, 414) => FailureKind::TooLong,
        _ if text.contains("too_many_coin_ids") => FailureKind::TooLong,
        (Some(500..=599), _) | (_, 408 | 500..) => FailureKind::Upstream,
        (_, 401 | 403) => FailureKind::Unauthorized,
        (_, 404) => FailureKind::SymbolNotFound,
        (_, 200) if text.contains("not found") => FailureKind::SymbolNotFound,
        _ => FailureKind::BadRequest,
    };
    let detail = match code {
        Some(code) => format!("coingecko answers with error {code}: {text}"),
        None if text.is_empty() => format!("coingecko answers with HTTP status {}", reply.status),
        None => format!("coingecko answers: {text}"),
    };
    let default = (kind == FailureKind::RateLimited).then(|| std::time::Duration::from_secs(RATE_LIMIT_SECONDS));
    Err(Failure::new(kind, detail).retry_after(reply.retry_after.or(default)))
}

/// Reads the content of an answer that [`check`] has passed.
pub(super) fn content<T: serde::de::DeserializeOwned>(reply: &Reply) -> Result<T, Failure> {
    number::json(&reply.body).map_err(|_| {
        Failure::new(
            FailureKind::Malformed,
            "coingecko's answer is not the JSON that it documents",
        )
    })
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[test]
    fn every_shape_of_error_is_told_apart() {
        use FailureKind::*;
        let check = |status: u16, body: &'static str, expected: Option<FailureKind>| {
            let reply = Reply {
                status,
                body: Bytes::from_static(body.as_bytes()),
                retry_after: None,
            };
            assert_eq!(
                super::check(&reply).err().map(|failure| failure.kind),
                expected,
                "{status} {body}"
            );
        };
        check(200, r#"{"bitcoin":{"usd":1}}"#, None);
        check(200, r#"{"status":{"usd":0.02,"last_updated_at":1}}"#, None);
        check(200, "[]", None);
        check(404, r#"{"error":"coin not found"}"#, Some(SymbolNotFound));
        check(200, r#"{"error":"coin not found"}"#, Some(SymbolNotFound));
        check(422, r#"{"error":"Missing parameter ids"}"#, Some(BadRequest));
        check(400, r#"{"error":"invalid vs_currency"}"#, Some(BadRequest));
        check(
            401,
            r#"{"status":{"error_code":10002,"error_message":"no key"}}"#,
            Some(Unauthorized),
        );
        check(
            200,
            r#"{"status":{"error_code":10002,"error_message":"no key"}}"#,
            Some(Unauthorized),
        );
        check(
            403,
            r#"{"status":{"error_code":"10005","error_message":"plan"}}"#,
            Some(PlanRestricted),
        );
        check(
            401,
            r#"{"error":{"status":{"timestamp":"x","error_code":10012,"error_message":"r"}}}"#,
            Some(PlanRestricted),
        );
        check(
            400,
            r#"{"timestamp":"x","error_code":10012,"status":{"error_message":"r"}}"#,
            Some(PlanRestricted),
        );
        check(
            400,
            r#"{"timestamp":"x","error_code":10010,"status":{"error_message":"r"}}"#,
            Some(WrongKeyTier),
        );
        check(
            400,
            r#"{"error_code":10011,"status":{"error_message":"r"}}"#,
            Some(WrongKeyTier),
        );
        check(
            429,
            r#"{"status":{"error_code":429,"error_message":"r"}}"#,
            Some(RateLimited),
        );
        check(
            200,
            r#"{"status":{"error_code":429,"error_message":"r"}}"#,
            Some(RateLimited),
        );
        check(429, "", Some(RateLimited));
        check(403, r#"{"error_code":1020}"#, Some(Blocked));
        check(500, r#"{"status":500,"error":"Internal Server Error"}"#, Some(Upstream));
        check(200, r#"{"status":500,"error":"Internal Server Error"}"#, Some(Upstream));
        check(503, "", Some(Upstream));
        check(408, "", Some(Upstream));
        check(414, "", Some(TooLong));
        check(400, r#"{"error":"too_many_coin_ids"}"#, Some(TooLong));
        check(401, "", Some(Unauthorized));
        check(418, "", Some(BadRequest));
    }
}
