//! From the answers of an IEX-shaped service to quotes and histories. Nothing here asks or waits.

use std::collections::BTreeMap;

use folio_core::money::{Decimal, decimal};
use folio_core::{
    ADMISSION_WINDOW, AssetId, AssetInfo, AssetKind, Currency, Percent, Price, PriceKey, PricePoint, QuoteKind, Reason,
    SourceId, Unpriced,
};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde_json::value::RawValue;

use super::wire::{Quote, Row};
use crate::number::{self, NoPrice};

/// A day of the service is a day of New York.
const ZONE: &str = "America/New_York";
/// The hour at which New York closes.
const CLOSING_HOUR: i8 = 16;

/// A currency that was stated, or the dollar of the older answers that state none, and by what to
/// multiply; `None` for a code that folio does not know.
pub(super) fn currency(code: Option<&str>) -> Option<(Currency, Decimal)> {
    match code.filter(|code| !code.is_empty()) {
        None => Some((Currency::USD, Decimal::ONE)),
        Some(code) => number::currency(code),
    }
}

/// Fails when the key wants another currency than the share trades in.
pub(super) fn check_currency(key: &PriceKey, currency: Currency) -> Result<(), Unpriced> {
    match key.currency {
        Some(wanted) if wanted != currency => Err(Unpriced::new(
            Reason::NoData,
            format!(
                "{} trades in {currency}, and iex has no price in {wanted}",
                key.asset.symbol()
            ),
        )),
        _ => Ok(()),
    }
}

/// Why there is no currency.
pub(super) fn no_currency(symbol: &str, code: Option<&str>) -> Unpriced {
    let code = code.unwrap_or_default();
    Unpriced::new(
        Reason::NoData,
        format!("iex states no currency that folio knows for {symbol}: {code:?}"),
    )
}

/// The quote of a key, or why there is none.
pub(super) fn quote(
    quote: &Quote,
    key: &PriceKey,
    source: &SourceId,
    now: Timestamp,
) -> Result<folio_core::Quote, Unpriced> {
    let symbol = key.asset.symbol();
    let stated = quote.currency.as_deref();
    let (currency, factor) = currency(stated).ok_or_else(|| no_currency(symbol, stated))?;
    check_currency(key, currency)?;
    let present = |raw: &Option<Box<RawValue>>| raw.as_ref().is_some_and(|raw| raw.get() != "null");
    // The price of the moment, else the last close, else the one before.
    let latest = present(&quote.latest_price);
    let (raw, time, kind) = if latest {
        (
            &quote.latest_price,
            quote.latest_update.as_deref(),
            kind(quote.latest_source.as_deref()),
        )
    } else {
        let close = if present(&quote.close) {
            &quote.close
        } else {
            &quote.previous_close
        };
        let time = quote.close_time.as_deref().and_then(instant).is_some();
        let time = if time { &quote.close_time } else { &quote.latest_update };
        (close, time.as_deref(), QuoteKind::Close)
    };
    let stated = number::price(raw.as_deref()).map_err(|why| why.to_unpriced(symbol))?;
    let amount = decimal::mul(stated, factor).map_err(|_| NoPrice::OutOfRange.to_unpriced(symbol))?;
    let price = Price::new(amount, currency).map_err(|_| NoPrice::OutOfRange.to_unpriced(symbol))?;
    let Some(as_of) = time.and_then(instant) else {
        return Err(Unpriced::new(
            Reason::NoData,
            format!("{symbol} came with a price and without its time"),
        ));
    };
    if as_of.duration_since(now) > ADMISSION_WINDOW {
        return Err(Unpriced::new(
            Reason::NoData,
            format!("{symbol} came with a price from the future, {as_of}"),
        ));
    }
    Ok(folio_core::Quote {
        asset: key.asset.clone(),
        price,
        as_of,
        fetched_at: now,
        source: source.clone(),
        kind,
        change_24h_percent: if latest { change(quote, stated) } else { None },
        market_cap: number::number(quote.market_cap.as_deref())
            .filter(|cap| *cap > Decimal::ZERO && factor == Decimal::ONE),
        split: None,
    })
}

/// The change since the previous close; the vendor's own, a fraction of few digits, where that is absent.
fn change(quote: &Quote, latest: Decimal) -> Option<Percent> {
    match number::price(quote.previous_close.as_deref()) {
        Ok(previous) => Percent::of(decimal::sub(latest, previous).ok()?, previous).ok()?,
        Err(_) => {
            let fraction = number::number(quote.change_percent.as_deref())?;
            decimal::mul(fraction, Decimal::ONE_HUNDRED).ok().map(Percent::rounded)
        }
    }
}

fn kind(source: Option<&str>) -> QuoteKind {
    match source.unwrap_or_default().to_ascii_lowercase().as_str() {
        "iex real time price" => QuoteKind::Realtime,
        "close" | "previous close" => QuoteKind::Close,
        _ => QuoteKind::Delayed,
    }
}

/// An instant in milliseconds; zero and less is how the vendor writes that there is none.
fn instant(raw: &RawValue) -> Option<Timestamp> {
    let ms: i64 = number::text(raw)?.parse().ok().filter(|ms| *ms > 0)?;
    Timestamp::from_millisecond(ms).ok()
}

/// What a quote says of its asset beside the price.
pub(super) fn info(quote: &Quote, asset: &AssetId) -> Option<AssetInfo> {
    let filled = |text: &Option<String>| {
        text.as_deref()
            .map(str::trim)
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    Some(AssetInfo {
        asset: asset.clone(),
        name: filled(&quote.company_name)?,
        ticker: Some(asset.symbol().to_owned()),
        kind: AssetKind::Other,
        currency: currency(quote.currency.as_deref()).map(|(currency, _)| currency),
        exchange: filled(&quote.primary_exchange),
    })
}

/// The day of an instant in New York.
pub(super) fn day(now: Timestamp) -> Date {
    match TimeZone::get(ZONE) {
        Ok(zone) => now.to_zoned(zone).date(),
        Err(_) => now.to_zoned(TimeZone::UTC).date(),
    }
}

/// The smallest of the vendor's ranges that reaches back to `from`.
pub(super) fn range(from: Date, today: Date) -> &'static str {
    // Five trading days reach four calendar days back at least, today's included or not.
    let ranges = [
        ("5d", 4.days()),
        ("1m", 1.month()),
        ("3m", 3.months()),
        ("6m", 6.months()),
        ("1y", 1.year()),
        ("2y", 2.years()),
        ("5y", 5.years()),
    ];
    let starts = ranges.into_iter().filter_map(|(name, span)| {
        let start = today.checked_sub(span).ok()?;
        // Which day a range begins with is the vendor's choice; a day is left over.
        let start = if name == "5d" { start } else { start.tomorrow().ok()? };
        Some((start, name))
    });
    starts
        .chain([(today.first_of_year(), "ytd")])
        .filter(|(start, _)| *start <= from)
        .max_by_key(|(start, _)| *start)
        .map_or("max", |(_, name)| name)
}

/// The closes from `from` to `to`, one a day, the last row of a day counting; today's is provisional.
pub(super) fn history(rows: &[Row], factor: Decimal, from: Date, to: Date, now: Timestamp) -> Vec<PricePoint> {
    let today = day(now);
    let points: BTreeMap<Date, PricePoint> = rows
        .iter()
        .filter_map(|row| {
            let date: Date = row.date.as_deref()?.parse().ok()?;
            let price = decimal::mul(number::price(row.close.as_deref()).ok()?, factor).ok()?;
            let wanted = date >= from && date <= to && date <= today && price <= Price::MAX;
            let close = wanted.then(|| date.at(CLOSING_HOUR, 0, 0, 0).in_tz(ZONE).ok())??;
            let point = PricePoint {
                date,
                time: close.timestamp().min(now),
                price,
                provisional: date == today,
            };
            Some((date, point))
        })
        .collect();
    points.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_range_that_reaches_back_is_asked_for() {
        let today: Date = "2026-03-02".parse().unwrap();
        let check = |from: &str, expected: &str| assert_eq!(range(from.parse().unwrap(), today), expected, "{from}");
        check("2026-03-02", "5d");
        check("2026-02-26", "5d");
        check("2026-02-25", "1m");
        check("2026-02-03", "1m");
        check("2026-02-02", "ytd");
        check("2026-01-01", "ytd");
        check("2025-12-31", "3m");
        check("2025-12-03", "3m");
        check("2025-12-02", "6m");
        check("2025-09-02", "1y");
        check("2025-03-03", "1y");
        check("2025-03-02", "2y");
        check("2024-03-02", "5y");
        check("2021-03-03", "5y");
        check("2021-03-02", "max");
        check("1999-01-01", "max");
        let november: Date = "2026-11-22".parse().unwrap();
        assert_eq!(range("2026-05-30".parse().unwrap(), november), "6m");
        assert_eq!(range("2026-05-01".parse().unwrap(), november), "ytd");
    }
}
