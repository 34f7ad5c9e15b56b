//! Reference rates, which are published once a day for one euro. Nothing here asks or waits.

use std::collections::BTreeMap;

use folio_core::money::Decimal;
use folio_core::{AssetId, Currency, Price, PriceKey, PricePoint, Quote, QuoteKind, Reason, SourceId, Unpriced};
use jiff::civil::{Date, time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::number::NoPrice;

/// The history of the euro begins on 4 January 1999.
pub(crate) const DAILY_DAYS: u32 = 14_600;

/// The currency in which one euro is asked for; `None` for any other key.
pub(crate) fn per_euro(key: &PriceKey) -> Option<Currency> {
    let is_euro = key.asset.as_currency() == Some(Currency::EUR);
    key.currency.filter(|currency| is_euro && *currency != Currency::EUR)
}

/// When the rates of a day are published: the European Central Bank does so around four in the
/// afternoon in Frankfurt.
pub(crate) fn publication(date: Date) -> Option<Timestamp> {
    let zone = TimeZone::get("Europe/Berlin").ok()?;
    let zoned = date.to_datetime(time(16, 0, 0, 0)).to_zoned(zone).ok()?;
    Some(zoned.timestamp())
}

/// When the rate of a day counts as published, never later than `now`.
fn published(date: Date, now: Timestamp) -> Timestamp {
    publication(date).map_or(now, |time| time.min(now))
}

/// The rate of a day as the price of one euro.
pub(crate) fn quote(
    date: Date,
    rate: Result<Decimal, NoPrice>,
    currency: Currency,
    source: &SourceId,
    now: Timestamp,
) -> Result<Quote, Unpriced> {
    let symbol = format!("EUR/{currency}");
    // A rate may be dated tomorrow where the day has begun; a later one is wrong.
    if date > latest(now) {
        return Err(Unpriced::new(
            Reason::NoData,
            format!("{symbol} came with a rate from the future, {date}"),
        ));
    }
    let amount = rate.map_err(|why| why.to_unpriced(&symbol))?;
    let price = Price::new(amount, currency).map_err(|_| NoPrice::OutOfRange.to_unpriced(&symbol))?;
    Ok(Quote {
        asset: AssetId::currency(Currency::EUR),
        price,
        as_of: published(date, now),
        fetched_at: now,
        source: source.clone(),
        kind: QuoteKind::Close,
        change_24h_percent: None,
        market_cap: None,
        split: None,
    })
}

/// The day of `now` in UTC.
pub(crate) fn today(now: Timestamp) -> Date {
    now.to_zoned(TimeZone::UTC).date()
}

fn latest(now: Timestamp) -> Date {
    let today = today(now);
    today.checked_add(1.day()).unwrap_or(today)
}

/// The rates from `from` to `to`, oldest first, none later than `now`; where `from` has none, the last one
/// before it comes first.
pub(crate) fn history(
    rates: impl IntoIterator<Item = (Date, Decimal)>,
    from: Date,
    to: Date,
    now: Timestamp,
) -> Vec<PricePoint> {
    let today = today(now);
    let rates: BTreeMap<Date, Decimal> = rates.into_iter().filter(|(date, _)| *date <= to.min(today)).collect();
    let first = rates.range(..=from).next_back().map_or(from, |(date, _)| *date);
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
}
