//! From Yahoo's answers to quotes and histories. Nothing here asks or waits.

use std::collections::BTreeMap;

use folio_core::money::{Decimal, decimal};
use folio_core::{
    ADMISSION_WINDOW, AssetClass, AssetId, AssetInfo, AssetKind, Currency, Percent, Price, PriceKey, PricePoint, Quote,
    QuoteKind, Reason, SourceId, Split, Unpriced,
};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::value::RawValue;

use super::split::splits;
use super::wire::{Found, Meta, Series};
use crate::number::{self, NoPrice};

/// The digits up to which a text is taken as it is: a widened 32-bit float has more.
const PLAIN_DIGITS: usize = 8;

/// The text of a number, a 32-bit float that was widened to 64 bits brought back to the digits it had:
/// `17.04800033569336` was 17.048. Any other number keeps its own text.
///
/// Binary floats serve here to recognise one; no price is computed with them.
pub(super) fn text_without_widened_f32(text: &str) -> String {
    let mantissa = text.split(['e', 'E']).next().unwrap_or(text);
    let digits = mantissa.bytes().filter(u8::is_ascii_digit).count();
    // A whole number is written out; a 32-bit float of that size would have lost its last digits.
    let is_whole = mantissa
        .split_once('.')
        .is_none_or(|(_, fraction)| fraction.bytes().all(|digit| digit == b'0'));
    if digits <= PLAIN_DIGITS || is_whole {
        return text.to_owned();
    }
    match text.parse::<f64>() {
        Ok(wide) if f64::from(wide as f32) == wide => format!("{}", wide as f32),
        _ => text.to_owned(),
    }
}

/// A price of Yahoo's in the whole currency.
fn amount(raw: Option<&RawValue>, factor: Decimal) -> Result<Decimal, NoPrice> {
    let Some(raw) = raw.filter(|raw| raw.get() != "null") else {
        return Err(NoPrice::Missing);
    };
    let text = number::text(raw).ok_or(NoPrice::NotANumber)?;
    let value = number::price_of_text(&text_without_widened_f32(&text))?;
    decimal::mul(value, factor).map_err(|_| NoPrice::OutOfRange)
}

/// What is common to quote and history: the series is the one asked for, and its currency is known.
fn currency(series: &Series, key: &PriceKey) -> Result<(Currency, Decimal), Unpriced> {
    let (asked, meta) = (key.asset.symbol(), &series.meta);
    if !meta.symbol.eq_ignore_ascii_case(asked) {
        let detail = format!(
            "yahoo answers for {:?} instead of {asked}: the ticker seems to be renamed",
            meta.symbol
        );
        return Err(Unpriced::new(Reason::NotFound, detail));
    }
    let code = meta.currency.as_deref().unwrap_or("");
    let Some((currency, factor)) = number::currency(code) else {
        return Err(Unpriced::new(
            Reason::NoData,
            format!("yahoo states no currency that folio knows for {asked}: {code:?}"),
        ));
    };
    match key.currency {
        Some(wanted) if wanted != currency => Err(Unpriced::new(
            Reason::NoData,
            format!("{asked} trades in {currency}, and yahoo has no price in {wanted}"),
        )),
        _ => Ok((currency, factor)),
    }
}

/// The quote of a key, or why there is none.
pub(super) fn quote(series: &Series, key: &PriceKey, source: &SourceId, now: Timestamp) -> Result<Quote, Unpriced> {
    let (currency, factor) = currency(series, key)?;
    let (meta, symbol) = (&series.meta, key.asset.symbol());
    let value = amount(meta.regular_market_price.as_deref(), factor).map_err(|why| why.to_unpriced(symbol))?;
    let price = Price::new(value, currency).map_err(|_| NoPrice::OutOfRange.to_unpriced(symbol))?;
    let Some(as_of) = meta
        .regular_market_time
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
    else {
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
    let change = zone(meta).and_then(|zone| {
        let today = as_of.to_zoned(zone.clone()).date();
        let rows = days(series, &zone, factor, now);
        let (_, previous) = rows.range(..today).next_back()?;
        let difference = decimal::sub(value, previous.price).ok()?;
        Percent::of(difference, previous.price).ok()?
    });
    Ok(Quote {
        asset: key.asset.clone(),
        price,
        as_of,
        fetched_at: now,
        source: source.clone(),
        kind: kind(meta, now),
        change_24h_percent: change,
        market_cap: None,
        split: zone(meta).and_then(|zone| splits(series, &zone, now).pop()),
    })
}

/// While the market is open the price is some minutes old; else it is the last close.
fn kind(meta: &Meta, now: Timestamp) -> QuoteKind {
    match &meta.current_trading_period {
        Some(periods) if !(periods.regular.start..periods.regular.end).contains(&now.as_second()) => QuoteKind::Close,
        _ => QuoteKind::Delayed,
    }
}

fn zone(meta: &Meta) -> Option<TimeZone> {
    TimeZone::get(meta.exchange_timezone_name.as_deref()?).ok()
}

/// The closes by the exchange's own day, the last of each day; the newest is provisional while its day
/// goes on. Yahoo gives the row of a live day the time of the last trade and not that of the opening.
fn days(series: &Series, zone: &TimeZone, factor: Decimal, now: Timestamp) -> BTreeMap<Date, PricePoint> {
    let meta = &series.meta;
    let mut days = BTreeMap::new();
    // Rows of quarters look like rows of days; a chart over a long range comes with them unasked.
    if meta.data_granularity.as_deref().is_some_and(|step| step != "1d") {
        return days;
    }
    let market_day = meta
        .regular_market_time
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .map(|time| (time, time.to_zoned(zone.clone()).date()));
    let closes = series.indicators.quote.first().map_or(&[][..], |rows| &rows.close);
    for (seconds, close) in series.timestamp.iter().flatten().zip(closes) {
        let Ok(mut time) = Timestamp::from_second(*seconds) else {
            continue;
        };
        if time.duration_since(now) > ADMISSION_WINDOW {
            continue;
        }
        let date = time.to_zoned(zone.clone()).date();
        let mut price = amount(Some(close), factor);
        if let (Err(NoPrice::Missing), Some((at, day))) = (&price, market_day)
            && day == date
        {
            price = amount(meta.regular_market_price.as_deref(), factor);
            time = at;
        }
        if let Ok(price) = price {
            days.insert(
                date,
                PricePoint {
                    date,
                    time,
                    price,
                    provisional: false,
                },
            );
        }
    }
    let today = now.to_zoned(zone.clone()).date();
    if let Some(mut last) = days.last_entry() {
        let last = last.get_mut();
        last.provisional = last.date >= today || market_day.is_some_and(|(at, _)| at == last.time);
    }
    days
}

/// The currency, the points and the splits of a history.
pub(super) fn history(
    series: &Series,
    key: &PriceKey,
    from: Date,
    to: Date,
    now: Timestamp,
) -> Result<(Currency, Vec<PricePoint>, Vec<Split>), Unpriced> {
    let (currency, factor) = currency(series, key)?;
    let symbol = key.asset.symbol();
    if let Some(step) = series.meta.data_granularity.as_deref().filter(|step| *step != "1d") {
        return Err(Unpriced::new(
            Reason::Unavailable,
            format!("yahoo sends rows of {step} for {symbol} instead of days"),
        ));
    }
    let Some(zone) = zone(&series.meta) else {
        return Err(Unpriced::new(
            Reason::Unavailable,
            format!("yahoo states no time zone that folio knows for {symbol}"),
        ));
    };
    let points: Vec<_> = days(series, &zone, factor, now)
        .into_values()
        .filter(|point| point.date >= from && point.date <= to)
        .filter(|point| Price::new(point.price, currency).is_ok())
        .collect();
    if points.is_empty() {
        return Err(Unpriced::new(
            Reason::NoData,
            format!("yahoo has no prices of {symbol} from {from} to {to}"),
        ));
    }
    let mut splits = splits(series, &zone, now);
    splits.retain(|split| split.on >= from && split.on <= to);
    Ok((currency, points, splits))
}

/// What the chart says of the share that was asked for, beside its prices.
pub(super) fn described(series: &Series, key: &PriceKey) -> Option<AssetInfo> {
    let (asset, meta) = (&key.asset, &series.meta);
    if !meta.symbol.eq_ignore_ascii_case(asset.symbol()) {
        return None;
    }
    let currency = meta.currency.as_deref().and_then(number::currency);
    Some(AssetInfo {
        asset: asset.clone(),
        name: name([&meta.long_name, &meta.short_name], asset.symbol()),
        ticker: Some(asset.symbol().to_owned()),
        kind: asset_kind(meta.instrument_type.as_deref()).unwrap_or(AssetKind::Other),
        currency: currency.map(|(currency, _)| currency),
        exchange: meta.full_exchange_name.clone().or_else(|| meta.exchange_name.clone()),
    })
}

/// The kind of what is priced by ticker; other things on a chart have classes of their own.
fn asset_kind(word: Option<&str>) -> Option<AssetKind> {
    match word? {
        "EQUITY" => Some(AssetKind::Equity),
        "ETF" => Some(AssetKind::Etf),
        "MUTUALFUND" => Some(AssetKind::Fund),
        "INDEX" => Some(AssetKind::Index),
        _ => None,
    }
}

/// The first name that says something, else the symbol. The short name is cut at a fixed width and filled
/// with blanks.
fn name(names: [&Option<String>; 2], symbol: &str) -> String {
    let mut names = names.into_iter().flatten().map(|name| name.trim());
    names.find(|name| !name.is_empty()).unwrap_or(symbol).to_owned()
}

/// An asset that the search found, unless it is none that is priced by ticker.
pub(super) fn info(found: Found) -> Option<AssetInfo> {
    let symbol = found.symbol?;
    let kind = asset_kind(found.quote_type.as_deref())?;
    // A symbol that folio spells differently could not be asked for afterwards.
    let asset = AssetId::new(AssetClass::Stock, &symbol)
        .ok()
        .filter(|asset| asset.symbol() == symbol)?;
    Some(AssetInfo {
        asset,
        name: name([&found.longname, &found.shortname], &symbol),
        ticker: Some(symbol),
        kind,
        currency: None,
        exchange: found.exch_disp.or(found.exchange),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widened_floats_get_their_digits_back() {
        let check = |text: &str, expected: &str| assert_eq!(text_without_widened_f32(text), expected, "{text}");
        check("17.04800033569337", "17.04800033569337");
        check("17.04800033569336", "17.048");
        check("83.21499633789062", "83.215");
        check("0.10000000149011612", "0.1");
        check("20.0", "20.0");
        check("312.7", "312.7");
        check("123456784", "123456784");
        check("123456784.0", "123456784.0");
        check("61234.123456789", "61234.123456789");
        check("1e-7", "1e-7");
    }
}
