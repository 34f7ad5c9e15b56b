//! From Twelve Data's answers to quotes and histories. Nothing here asks or waits.

use std::collections::BTreeMap;

use folio_core::money::{Decimal, decimal};
use folio_core::{
    ADMISSION_WINDOW, AssetClass, AssetId, AssetInfo, AssetKind, Currency, Percent, Price, PriceKey, PricePoint,
    QuoteKind, Reason, SourceId, Unpriced,
};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::value::RawValue;

use super::wire::{Found, Quote, Series};
use crate::number::{self, NoPrice};
use crate::symbol::is_american;

/// The hour of the exchange's day that a close is dated to: the vendor states the day alone.
const CLOSING_HOUR: i8 = 16;

/// The currency that was stated and by what to multiply, if it is the one that the key wants.
fn currency(stated: Option<&str>, key: &PriceKey) -> Result<(Currency, Decimal), Unpriced> {
    let (symbol, code) = (key.asset.symbol(), stated.unwrap_or_default());
    let Some((currency, factor)) = number::currency(code) else {
        return Err(Unpriced::new(
            Reason::NoData,
            format!("twelvedata states no currency that folio knows for {symbol}: {code:?}"),
        ));
    };
    match key.currency {
        Some(wanted) if wanted != currency => Err(Unpriced::new(
            Reason::NoData,
            format!("{symbol} trades in {currency}, and twelvedata has no price in {wanted}"),
        )),
        _ => Ok((currency, factor)),
    }
}

/// The quote of a key, or why there is none.
pub(super) fn quote(
    quote: &Quote,
    key: &PriceKey,
    source: &SourceId,
    now: Timestamp,
) -> Result<folio_core::Quote, Unpriced> {
    let symbol = key.asset.symbol();
    let (currency, factor) = currency(quote.currency.as_deref(), key)?;
    let close = number::price(quote.close.as_deref()).map_err(|why| why.to_unpriced(symbol))?;
    let amount = decimal::mul(close, factor).map_err(|_| NoPrice::OutOfRange.to_unpriced(symbol))?;
    let price = Price::new(amount, currency).map_err(|_| NoPrice::OutOfRange.to_unpriced(symbol))?;
    let time = |raw: &Option<Box<RawValue>>| instant(raw.as_deref()?);
    // The first of the two is the beginning of the day's bar, the second the trade.
    let Some(as_of) = time(&quote.last_quote_at).or_else(|| time(&quote.timestamp)) else {
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
    let previous = number::price(quote.previous_close.as_deref()).ok();
    let change = previous.and_then(|previous| Percent::of(decimal::sub(close, previous).ok()?, previous).ok()?);
    Ok(folio_core::Quote {
        asset: key.asset.clone(),
        price,
        as_of,
        fetched_at: now,
        source: source.clone(),
        kind: match quote.is_market_open {
            Some(false) => QuoteKind::Close,
            _ => QuoteKind::Delayed,
        },
        change_24h_percent: change,
        market_cap: None,
        split: None,
    })
}

/// An instant in seconds.
fn instant(raw: &RawValue) -> Option<Timestamp> {
    let seconds: i64 = number::text(raw)?.parse().ok().filter(|seconds| *seconds > 0)?;
    Timestamp::from_second(seconds).ok()
}

fn filled(text: Option<&str>) -> Option<String> {
    text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// What a quote says of its asset beside the price.
pub(super) fn info(quote: &Quote, asset: &AssetId) -> Option<AssetInfo> {
    Some(AssetInfo {
        asset: asset.clone(),
        name: filled(quote.name.as_deref())?,
        ticker: Some(asset.symbol().to_owned()),
        kind: AssetKind::Other,
        currency: quote
            .currency
            .as_deref()
            .and_then(number::currency)
            .map(|(currency, _)| currency),
        exchange: filled(quote.exchange.as_deref()),
    })
}

/// The currency and the closes from `from` to `to`, one a day; that of the exchange's present day is
/// provisional.
pub(super) fn history(
    series: &Series,
    key: &PriceKey,
    from: Date,
    to: Date,
    now: Timestamp,
) -> Result<(Currency, Vec<PricePoint>), Unpriced> {
    let (currency, factor) = currency(series.meta.currency.as_deref(), key)?;
    let symbol = key.asset.symbol();
    let Some(zone) = series
        .meta
        .exchange_timezone
        .as_deref()
        .and_then(|name| TimeZone::get(name).ok())
    else {
        return Err(Unpriced::new(
            Reason::Unavailable,
            format!("twelvedata states no time zone that folio knows for {symbol}"),
        ));
    };
    let today = now.to_zoned(zone.clone()).date();
    let points: BTreeMap<Date, PricePoint> = series
        .values
        .iter()
        .filter_map(|row| {
            let date: Date = row.datetime.as_deref()?.get(..10)?.parse().ok()?;
            let price = decimal::mul(number::price(row.close.as_deref()).ok()?, factor).ok()?;
            let wanted = date >= from && date <= to && date <= today && price <= Price::MAX;
            let close = wanted.then(|| date.at(CLOSING_HOUR, 0, 0, 0).to_zoned(zone.clone()).ok())??;
            let point = PricePoint {
                date,
                time: close.timestamp().min(now),
                price,
                provisional: date == today,
            };
            Some((date, point))
        })
        .collect();
    if points.is_empty() {
        return Err(Unpriced::new(
            Reason::NoData,
            format!("twelvedata has no prices of {symbol} from {from} to {to}"),
        ));
    }
    Ok((currency, points.into_values().collect()))
}

/// An asset that the search found, if folio can ask for it: a listing in the United States.
pub(super) fn found(found: Found) -> Option<AssetInfo> {
    let kind = match found.instrument_type.as_deref()? {
        "ETF" => AssetKind::Etf,
        "Mutual Fund" | "Closed-end Fund" => AssetKind::Fund,
        "Common Stock" | "American Depositary Receipt" | "REIT" | "Preferred Stock" => AssetKind::Equity,
        _ => return None,
    };
    if found.country.as_deref()? != "United States" {
        return None;
    }
    let symbol = found.symbol?.replace('.', "-");
    let asset = AssetId::new(AssetClass::Stock, &symbol)
        .ok()
        .filter(|asset| asset.symbol() == symbol && is_american(&symbol))?;
    Some(AssetInfo {
        asset,
        name: filled(found.instrument_name.as_deref()).unwrap_or_else(|| symbol.clone()),
        ticker: Some(symbol),
        kind,
        currency: found.currency.and_then(|code| code.parse().ok()),
        exchange: filled(found.exchange.as_deref()),
    })
}
