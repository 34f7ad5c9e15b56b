//! From Frankfurter's rows to rates. Nothing here asks or waits.

use std::collections::BTreeMap;

use folio_core::money::Decimal;
use folio_core::{AssetId, Currency, Price, PricePoint, Quote, QuoteKind, Reason, SourceId, Unpriced};
use jiff::civil::{Date, time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::wire::Row;
use crate::number::{self, NoPrice};

/// When the rate of a day counts as published: the European Central Bank does so around four in the
/// afternoon in Frankfurt. Never later than `now`.
pub(super) fn published(date: Date, now: Timestamp) -> Timestamp {
    TimeZone::get("Europe/Berlin")
        .ok()
        .and_then(|zone| date.to_datetime(time(16, 0, 0, 0)).to_zoned(zone).ok())
        .map_or(now, |zoned| zoned.timestamp().min(now))
}

/// The newest row for one euro in `currency`.
pub(super) fn newest(rows: &[Row], currency: Currency) -> Option<&Row> {
    rows.iter()
        .filter(|row| is_rate(row, currency))
        .max_by_key(|row| row.date)
}

fn is_rate(row: &Row, currency: Currency) -> bool {
    row.base == Currency::EUR.as_str() && row.quote == currency.as_str()
}

/// The rate of a row as the price of one euro.
pub(super) fn quote(row: &Row, currency: Currency, source: &SourceId, now: Timestamp) -> Result<Quote, Unpriced> {
    let symbol = format!("EUR/{currency}");
    // A rate may be dated tomorrow where the day has begun; a later one is wrong.
    if row.date > latest(now) {
        return Err(Unpriced::new(
            Reason::NoData,
            format!("{symbol} came with a rate from the future, {}", row.date),
        ));
    }
    let amount = number::price(Some(&row.rate)).map_err(|why| why.to_unpriced(&symbol))?;
    let price = Price::new(amount, currency).map_err(|_| NoPrice::OutOfRange.to_unpriced(&symbol))?;
    Ok(Quote {
        asset: AssetId::currency(Currency::EUR),
        price,
        as_of: published(row.date, now),
        fetched_at: now,
        source: source.clone(),
        kind: QuoteKind::Close,
        change_24h_percent: None,
        market_cap: None,
        split: None,
    })
}

fn latest(now: Timestamp) -> Date {
    let today = now.to_zoned(TimeZone::UTC).date();
    today.checked_add(1.day()).unwrap_or(today)
}

/// The rates from `from` to `to` and the last one before `from`, oldest first.
pub(super) fn history(rows: &[Row], currency: Currency, from: Date, to: Date, now: Timestamp) -> Vec<PricePoint> {
    let today = now.to_zoned(TimeZone::UTC).date();
    let rates: BTreeMap<Date, Decimal> = rows
        .iter()
        .filter(|row| is_rate(row, currency) && row.date <= to.min(today))
        .filter_map(|row| Some((row.date, number::price(Some(&row.rate)).ok()?)))
        .collect();
    let first = rates.range(..from).next_back().map_or(from, |(date, _)| *date);
    let mut points: Vec<PricePoint> = rates
        .range(first..)
        .map(|(date, price)| PricePoint {
            date: *date,
            time: published(*date, now),
            price: *price,
            provisional: false,
        })
        .collect();
    // Banks correct a rate until its day ends.
    if let Some(last) = points.last_mut() {
        last.provisional = last.date >= today;
    }
    points
}

/// The range in pieces of at most five years, which is what one call may ask of a named bank.
pub(super) fn pieces(from: Date, to: Date) -> Vec<(Date, Date)> {
    let mut pieces = Vec::new();
    let mut start = from;
    while start <= to {
        let next = start.checked_add(5.years()).unwrap_or(Date::MAX);
        let end = next.yesterday().unwrap_or(next).min(to);
        pieces.push((start, end));
        if next == Date::MAX {
            break;
        }
        start = next;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_published_at_four_in_frankfurt() {
        let check = |date: &str, now: &str, expected: &str| {
            let published = published(date.parse().unwrap(), now.parse().unwrap());
            assert_eq!(published.to_string(), expected, "{date}");
        };
        check("2026-01-15", "2026-03-01T00:00:00Z", "2026-01-15T15:00:00Z");
        check("2026-07-15", "2026-08-01T00:00:00Z", "2026-07-15T14:00:00Z");
        check("2026-07-15", "2026-07-15T09:00:00Z", "2026-07-15T09:00:00Z");
    }

    #[test]
    fn long_ranges_are_split_by_five_years() {
        let check = |from: &str, to: &str, expected: &[(&str, &str)]| {
            let pieces = pieces(from.parse().unwrap(), to.parse().unwrap());
            let pieces: Vec<_> = pieces.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect();
            let expected: Vec<_> = expected.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect();
            assert_eq!(pieces, expected);
        };
        check("2026-01-01", "2026-01-01", &[("2026-01-01", "2026-01-01")]);
        check("2021-01-01", "2025-12-31", &[("2021-01-01", "2025-12-31")]);
        check(
            "2020-02-29",
            "2026-01-01",
            &[("2020-02-29", "2025-02-27"), ("2025-02-28", "2026-01-01")],
        );
        check("2026-01-02", "2026-01-01", &[]);
    }
}
