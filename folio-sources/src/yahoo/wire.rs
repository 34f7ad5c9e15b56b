//! What the Yahoo chart service sends, version 8, and its search, version 1.

use std::collections::HashMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::http::{Failure, FailureKind, Reply};
use crate::number;

#[derive(Debug, Deserialize)]
pub(super) struct Envelope {
    chart: Chart,
}

#[derive(Debug, Deserialize)]
struct Chart {
    result: Option<Vec<Series>>,
    error: Option<VendorError>,
}

#[derive(Debug, Deserialize)]
struct VendorError {
    code: Option<String>,
    description: Option<String>,
}

/// One symbol's prices: what is known now, and rows by time.
#[derive(Debug, Deserialize)]
pub(super) struct Series {
    pub(super) meta: Meta,
    /// Absent when there is no row.
    pub(super) timestamp: Option<Vec<i64>>,
    #[serde(default)]
    pub(super) indicators: Indicators,
    /// Read by [`Series::splits`], so that an odd event costs no price.
    events: Option<Box<RawValue>>,
}

/// A split as it is sent: the key that it stands under can differ from its date.
#[derive(Debug, Deserialize)]
pub(super) struct SplitEvent {
    pub(super) date: i64,
    pub(super) numerator: Box<RawValue>,
    pub(super) denominator: Box<RawValue>,
}

impl Series {
    /// The splits among the events; what has another shape is none.
    pub(super) fn splits(&self) -> Vec<SplitEvent> {
        #[derive(Default, Deserialize)]
        struct Events {
            #[serde(default)]
            splits: HashMap<String, Box<RawValue>>,
        }
        let events = self.events.as_ref();
        let events: Option<Events> = events.and_then(|raw| serde_json::from_str(raw.get()).ok());
        let splits = events.unwrap_or_default().splits;
        splits
            .values()
            .filter_map(|raw| serde_json::from_str(raw.get()).ok())
            .collect()
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Meta {
    pub(super) currency: Option<String>,
    pub(super) symbol: String,
    pub(super) long_name: Option<String>,
    pub(super) short_name: Option<String>,
    pub(super) instrument_type: Option<String>,
    pub(super) full_exchange_name: Option<String>,
    pub(super) exchange_name: Option<String>,
    pub(super) regular_market_price: Option<Box<RawValue>>,
    pub(super) regular_market_time: Option<i64>,
    pub(super) exchange_timezone_name: Option<String>,
    pub(super) data_granularity: Option<String>,
    pub(super) current_trading_period: Option<TradingPeriods>,
}

#[derive(Debug, Deserialize)]
pub(super) struct TradingPeriods {
    pub(super) regular: TradingPeriod,
}

#[derive(Debug, Deserialize)]
pub(super) struct TradingPeriod {
    pub(super) start: i64,
    pub(super) end: i64,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Indicators {
    #[serde(default)]
    pub(super) quote: Vec<Rows>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Rows {
    #[serde(default)]
    pub(super) close: Vec<Box<RawValue>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Search {
    #[serde(default)]
    pub(super) quotes: Vec<Found>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Found {
    pub(super) symbol: Option<String>,
    pub(super) shortname: Option<String>,
    pub(super) longname: Option<String>,
    pub(super) exchange: Option<String>,
    pub(super) exch_disp: Option<String>,
    pub(super) quote_type: Option<String>,
}

/// Reads the one series of a chart answer, or sorts what came instead.
pub(super) fn series(reply: &Reply) -> Result<Series, Failure> {
    check_crowd(reply)?;
    let envelope = number::json::<Envelope>(&reply.body);
    if let Ok(Envelope {
        chart: Chart { error: Some(error), .. },
    }) = &envelope
    {
        return Err(vendor_error(error, reply));
    }
    check_status(reply)?;
    let result = envelope.map_err(|_| malformed())?.chart.result;
    result
        .and_then(|series| series.into_iter().next())
        .ok_or_else(malformed)
}

/// Reads a search answer.
pub(super) fn found(reply: &Reply) -> Result<Search, Failure> {
    check_crowd(reply)?;
    check_status(reply)?;
    number::json(&reply.body).map_err(|_| malformed())
}

fn malformed() -> Failure {
    Failure::new(
        FailureKind::Malformed,
        "yahoo's answer is not the JSON that it used to send",
    )
}

/// "Too Many Requests" comes with 429, and as a text with other statuses.
fn check_crowd(reply: &Reply) -> Result<(), Failure> {
    const TEXT: &[u8] = b"Too Many Requests";
    const LONGEST: usize = 2_000;

    let said = reply.body.len() <= LONGEST && reply.body.windows(TEXT.len()).any(|window| window == TEXT);
    if reply.status == 429 || said {
        return Err(Failure::new(
            FailureKind::RateLimited,
            "yahoo answers that there are too many requests",
        )
        .retry_after(reply.retry_after));
    }
    Ok(())
}

fn vendor_error(error: &VendorError, reply: &Reply) -> Failure {
    let code = error.code.as_deref().unwrap_or("");
    let text = error.description.as_deref().unwrap_or("without a description");
    let kind = match (code, reply.status) {
        ("Not Found", _) => {
            return Failure::new(
                FailureKind::SymbolNotFound,
                format!("the symbol is unknown to yahoo or delisted: {text}"),
            );
        }
        ("Unauthorized" | "Invalid Crumb", _) | (_, 401 | 403 | 999) => FailureKind::Blocked,
        (_, 404) => FailureKind::SymbolNotFound,
        ("Bad Request", _) if text.contains("Data doesn't exist") => FailureKind::NoData,
        (_, 500..) => FailureKind::Upstream,
        _ => FailureKind::BadRequest,
    };
    Failure::new(kind, format!("yahoo answers: {code}: {text}")).retry_after(reply.retry_after)
}

fn check_status(reply: &Reply) -> Result<(), Failure> {
    let kind = match reply.status {
        200 => return Ok(()),
        401 | 403 | 999 => FailureKind::Blocked,
        404 => FailureKind::SymbolNotFound,
        408 | 500.. => FailureKind::Upstream,
        _ => FailureKind::BadRequest,
    };
    Err(Failure::new(kind, format!("yahoo answers with HTTP status {}", reply.status)).retry_after(reply.retry_after))
}

/// How long to wait after the `count`th "too many requests" in a row: a minute, doubling to fifteen.
pub(super) fn crowd_delay(count: u32) -> Duration {
    Duration::from_secs((60 << count.saturating_sub(1).min(4)).min(900))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[test]
    fn every_error_is_told_apart() {
        use FailureKind::*;
        let check = |status: u16, body: &'static str, expected: FailureKind| {
            let reply = Reply {
                status,
                body: Bytes::from_static(body.as_bytes()),
                retry_after: None,
            };
            assert_eq!(series(&reply).unwrap_err().kind, expected, "{status} {body}");
        };
        let not_found = r#"{"chart":{"result":null,"error":{"code":"Not Found","description":"No data found, symbol may be delisted"}}}"#;
        check(404, not_found, SymbolNotFound);
        check(200, not_found, SymbolNotFound);
        check(404, "", SymbolNotFound);
        check(
            400,
            r#"{"chart":{"result":null,"error":{"code":"Bad Request","description":"Data doesn't exist for startDate = 1"}}}"#,
            NoData,
        );
        check(
            422,
            r#"{"chart":{"result":null,"error":{"code":"Unprocessable Entity","description":"x"}}}"#,
            BadRequest,
        );
        check(401, "", Blocked);
        check(
            200,
            r#"{"chart":{"result":null,"error":{"code":"Unauthorized","description":"x"}}}"#,
            Blocked,
        );
        check(
            200,
            r#"{"chart":{"result":null,"error":{"code":"Invalid Crumb","description":"x"}}}"#,
            Blocked,
        );
        check(403, "{}", Blocked);
        check(999, "", Blocked);
        check(429, "", RateLimited);
        check(200, "Too Many Requests\r\n", RateLimited);
        check(
            500,
            r#"{"chart":{"result":null,"error":{"code":"Internal","description":"x"}}}"#,
            Upstream,
        );
        check(502, "", Upstream);
        check(200, r#"{"chart":{"result":null,"error":null}}"#, Malformed);
        check(200, r#"{"chart":{"result":[],"error":null}}"#, Malformed);
        check(200, r#"{"chart":{"resu"#, Malformed);
    }

    #[test]
    fn the_wait_doubles_to_a_quarter_of_an_hour() {
        let seconds: Vec<u64> = (0..8).map(|count| crowd_delay(count).as_secs()).collect();
        assert_eq!(seconds, [60, 60, 120, 240, 480, 900, 900, 900]);
    }
}
