//! What Frankfurter sends, version 2 of its API.

use jiff::civil::Date;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::http::{Failure, FailureKind, Reply};
use crate::number;

/// A row of `/rates`: units of `quote` for one `base`.
#[derive(Debug, Deserialize)]
pub(super) struct Row {
    pub(super) date: Date,
    pub(super) base: String,
    pub(super) quote: String,
    pub(super) rate: Box<RawValue>,
}

/// Sorts an answer and reads its rows; "not found" is no rows.
pub(super) fn rows(reply: &Reply) -> Result<Vec<Row>, Failure> {
    let value = serde_json::from_slice::<Value>(&reply.body)
        .ok()
        .filter(Value::is_object);
    let text = value
        .as_ref()
        .and_then(|value| value.get("message"))
        .and_then(Value::as_str);
    // The body's own status counts for more than that of HTTP.
    let stated = value
        .as_ref()
        .and_then(|value| value.get("status"))
        .and_then(Value::as_u64);
    let status = stated
        .and_then(|status| u16::try_from(status).ok())
        .unwrap_or(reply.status);
    let invalid = text.is_some_and(|text| text.to_ascii_lowercase().contains("invalid currency"));
    let kind = match status {
        404 => return Ok(Vec::new()),
        400 | 422 if invalid => FailureKind::SymbolNotFound,
        429 => FailureKind::RateLimited,
        408 | 500.. => FailureKind::Upstream,
        401 | 403 => FailureKind::Blocked,
        200 if value.is_none() => {
            return number::json(&reply.body).map_err(|_| {
                Failure::new(
                    FailureKind::Malformed,
                    "frankfurter's answer is not the JSON that it documents",
                )
            });
        }
        200 => FailureKind::Malformed,
        _ => FailureKind::BadRequest,
    };
    let detail = match text {
        Some(text) => format!("frankfurter answers: {text}"),
        None => format!("frankfurter answers with HTTP status {status}"),
    };
    let minute = (kind == FailureKind::RateLimited).then(|| std::time::Duration::from_secs(60));
    Err(Failure::new(kind, detail).retry_after(reply.retry_after.or(minute)))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[test]
    fn every_error_is_told_apart() {
        use FailureKind::*;
        let check = |status: u16, body: &'static str, expected: Result<usize, FailureKind>| {
            let reply = Reply {
                status,
                body: Bytes::from_static(body.as_bytes()),
                retry_after: None,
            };
            assert_eq!(
                rows(&reply).map(|rows| rows.len()).map_err(|failure| failure.kind),
                expected,
                "{status} {body}"
            );
        };
        check(200, "[]", Ok(0));
        check(
            200,
            r#"[{"date":"2026-03-02","base":"EUR","quote":"USD","rate":1.25}]"#,
            Ok(1),
        );
        check(404, r#"{"status":404,"message":"not found"}"#, Ok(0));
        check(
            422,
            r#"{"status":422,"message":"invalid currency: XYZ"}"#,
            Err(SymbolNotFound),
        );
        check(422, r#"{"status":422,"message":"unknown parameter"}"#, Err(BadRequest));
        check(200, r#"{"status":422,"message":"unknown parameter"}"#, Err(BadRequest));
        check(429, r#"{"status":429,"message":"slow down"}"#, Err(RateLimited));
        check(503, r#"{"status":503,"message":"later"}"#, Err(Upstream));
        check(500, "", Err(Upstream));
        check(403, "", Err(Blocked));
        check(200, r#"[{"date":"2026-03-"#, Err(Malformed));
        check(200, "{}", Err(Malformed));
    }
}
