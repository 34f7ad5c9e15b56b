//! From CoinGecko's answers to quotes and histories. Nothing here asks or waits.

use std::collections::{BTreeMap, HashMap, HashSet};

use folio_core::money::Decimal;
use folio_core::{
    ADMISSION_WINDOW, AssetClass, AssetId, AssetInfo, AssetKind, Currency, Percent, Price, PricePoint, Quote,
    QuoteKind, Reason, SourceId, Unpriced,
};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde_json::value::RawValue;

use super::wire::{Coin, MarketChart, RankedCoin, SimplePrice};
use crate::number::{self, NoPrice};

const DAY_MS: i64 = 86_400_000;
const HOUR_MS: i64 = 3_600_000;

/// The quote of `asset` in `currency`, or why there is none.
pub(super) fn quote(
    body: &SimplePrice,
    asset: &AssetId,
    currency: Currency,
    source: &SourceId,
    now: Timestamp,
) -> Result<Quote, Unpriced> {
    let id = asset.symbol();
    let Some(fields) = body.get(id) else {
        return Err(Unpriced::new(
            Reason::NotFound,
            format!("coingecko knows no coin with the id {id:?}"),
        ));
    };
    let vs = currency.as_str().to_ascii_lowercase();
    let member = |name: &str| fields.as_ref().and_then(|fields| fields.get(name)).map(|raw| &**raw);
    let field = |suffix: &str| member(&format!("{vs}{suffix}"));
    if field("").is_none()
        && currency != Currency::USD
        && !body.values().flatten().any(|fields| fields.contains_key(&vs))
    {
        // A coin without a price looks alike; only when no coin has one is it the currency's fault.
        return Err(Unpriced::new(
            Reason::Unavailable,
            format!("coingecko has no prices in {currency}"),
        ));
    }
    let amount = number::price(field("")).map_err(|why| why.to_unpriced(id))?;
    let price = Price::new(amount, currency).map_err(|_| NoPrice::OutOfRange.to_unpriced(id))?;
    let as_of = member("last_updated_at")
        .and_then(number::text)
        .and_then(|seconds| Timestamp::from_second(seconds.parse().ok()?).ok());
    let Some(as_of) = as_of else {
        return Err(Unpriced::new(
            Reason::NoData,
            format!("{id} came with a price and without its time"),
        ));
    };
    if as_of.duration_since(now) > ADMISSION_WINDOW {
        return Err(Unpriced::new(
            Reason::NoData,
            format!("{id} came with a price from the future, {as_of}"),
        ));
    }
    Ok(Quote {
        asset: asset.clone(),
        price,
        as_of,
        fetched_at: now,
        source: source.clone(),
        kind: QuoteKind::Realtime,
        change_24h_percent: number::number(field("_24h_change")).map(Percent::rounded),
        // Zero is what CoinGecko writes for a capitalisation that it does not know.
        market_cap: number::number(field("_market_cap")).filter(|cap| cap.is_sign_positive() && !cap.is_zero()),
        split: None,
    })
}

/// Which points of a chart are wanted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) from: Date,
    pub(super) to: Date,
    pub(super) now: Timestamp,
}

/// One point a UTC day. CoinGecko's point at midnight is the price with which the day begins; the close
/// of a day is the point at the next midnight. A last point that is no midnight is of the moment of the
/// call: the day in progress.
pub(super) fn daily(chart: &MarketChart, span: Span) -> Vec<PricePoint> {
    let mut days: BTreeMap<Date, PricePoint> = BTreeMap::new();
    let latest = chart.prices.iter().filter_map(|(ms, _)| millis(ms)).max();
    for (ms, price) in points(chart, span.now) {
        let midnight = ms % DAY_MS == 0;
        if !midnight && Some(ms) != latest {
            continue;
        }
        let Ok(time) = Timestamp::from_millisecond(ms) else {
            continue;
        };
        // A millisecond before midnight is the day that midnight closes.
        let date = utc_date(if midnight {
            time - SignedDuration::from_millis(1)
        } else {
            time
        });
        if date < span.from || date > span.to {
            continue;
        }
        days.insert(
            date,
            PricePoint {
                date,
                time,
                price,
                provisional: !midnight,
            },
        );
    }
    days.into_values().collect()
}

/// One point an hour: the last one within each hour of UTC, for the points are not aligned.
pub(super) fn hourly(chart: &MarketChart, span: Span) -> Vec<PricePoint> {
    let mut hours: BTreeMap<i64, PricePoint> = BTreeMap::new();
    let current = span.now.as_millisecond().div_euclid(HOUR_MS);
    for (ms, price) in points(chart, span.now) {
        let Ok(time) = Timestamp::from_millisecond(ms) else {
            continue;
        };
        let (hour, date) = (ms.div_euclid(HOUR_MS), utc_date(time));
        if date >= span.from && date <= span.to {
            hours.insert(
                hour,
                PricePoint {
                    date,
                    time,
                    price,
                    provisional: hour >= current,
                },
            );
        }
    }
    hours.into_values().collect()
}

/// The points that are prices, oldest first; nulls, zeros and what lies in the future are left out.
fn points(chart: &MarketChart, now: Timestamp) -> BTreeMap<i64, Decimal> {
    let horizon = now.as_millisecond().saturating_add(ADMISSION_WINDOW.as_millis() as i64);
    chart
        .prices
        .iter()
        .filter_map(|(ms, price)| Some((millis(ms)?, number::price(Some(price)).ok()?)))
        .filter(|(ms, _)| *ms <= horizon)
        .collect()
}

fn millis(raw: &RawValue) -> Option<i64> {
    number::text(raw)?.parse().ok()
}

/// The day of an instant in UTC.
pub(super) fn utc_date(instant: Timestamp) -> Date {
    instant.to_zoned(TimeZone::UTC).date()
}

/// The coins of the list whose id folio can write, each once: those of `ranked` first, in its order, then
/// the others as the list has them.
pub(super) fn coin_list(coins: Vec<Coin>, ranked: &[RankedCoin]) -> Vec<AssetInfo> {
    let mut ranks = HashMap::new();
    for (rank, coin) in ranked.iter().enumerate() {
        ranks.entry(coin.id.as_str()).or_insert(rank);
    }
    let mut seen = HashSet::new();
    let mut infos: Vec<AssetInfo> = coins
        .into_iter()
        .filter_map(coin_info)
        .filter(|info| seen.insert(info.asset.clone()))
        .collect();
    // The sort is stable, so what has no rank keeps its place.
    infos.sort_by_key(|info| ranks.get(info.asset.symbol()).copied().unwrap_or(usize::MAX));
    infos
}

fn coin_info(coin: Coin) -> Option<AssetInfo> {
    // An id that folio spells differently could not be asked for afterwards.
    let asset = AssetId::new(AssetClass::Crypto, &coin.id)
        .ok()
        .filter(|asset| asset.symbol() == coin.id)?;
    let text = |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    Some(AssetInfo {
        asset,
        name: text(coin.name).unwrap_or(coin.id),
        ticker: text(coin.symbol).map(|symbol| symbol.to_uppercase()),
        kind: AssetKind::Coin,
        currency: None,
        exchange: None,
    })
}

/// The ids that are asked for together, by currency, at most `limit` each.
pub(super) fn batches(keys: impl Iterator<Item = (usize, Currency)>, limit: usize) -> Vec<(Currency, Vec<usize>)> {
    let mut order = Vec::new();
    let mut by_currency: HashMap<Currency, Vec<usize>> = HashMap::new();
    for (index, currency) in keys {
        by_currency.entry(currency).or_insert_with(|| {
            order.push(currency);
            Vec::new()
        });
        if let Some(indices) = by_currency.get_mut(&currency) {
            indices.push(index);
        }
    }
    order
        .into_iter()
        .flat_map(|currency| {
            let indices = by_currency.remove(&currency).unwrap_or_default();
            indices
                .chunks(limit)
                .map(|chunk| (currency, chunk.to_vec()))
                .collect::<Vec<_>>()
        })
        .collect()
}
