//! From CoinGecko's answers to quotes and histories. Nothing here asks or waits.

use std::collections::{BTreeMap, HashMap};

use folio_core::money::Decimal;
use folio_core::{
    ADMISSION_WINDOW, AssetClass, AssetId, AssetInfo, AssetKind, Currency, Percent, Price, PricePoint, Quote,
    QuoteKind, Reason, SourceId, Unpriced,
};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde_json::value::RawValue;

use super::wire::{Coin, MarketChart, SimplePrice};
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

/// A coin of the list, with what is compared in lower case.
#[derive(Clone, Debug)]
pub(super) struct ListedCoin {
    info: AssetInfo,
    symbol: String,
    name: String,
}

/// The coins of the list whose id folio can write.
pub(super) fn coin_list(coins: Vec<Coin>) -> Vec<ListedCoin> {
    coins
        .into_iter()
        .filter_map(|coin| {
            let asset = AssetId::new(AssetClass::Crypto, &coin.id)
                .ok()
                .filter(|asset| asset.symbol() == coin.id)?;
            let ticker = coin
                .symbol
                .map(|symbol| symbol.to_uppercase())
                .filter(|ticker| !ticker.is_empty());
            let name = coin.name.filter(|name| !name.trim().is_empty()).unwrap_or(coin.id);
            let symbol = ticker.as_deref().unwrap_or_default().to_lowercase();
            let folded = name.to_lowercase();
            let info = AssetInfo {
                asset,
                name,
                ticker,
                kind: AssetKind::Coin,
                currency: None,
                exchange: None,
            };
            Some(ListedCoin {
                info,
                symbol,
                name: folded,
            })
        })
        .collect()
}

/// The coins that `text` means, best first: the symbol itself, the id or name itself, what begins with
/// it, what contains it. Within each of these shorter ids come first: those of copies and bridged
/// versions of a coin are longer than its own.
pub(super) fn search(coins: &[ListedCoin], text: &str, limit: usize) -> Vec<AssetInfo> {
    let text = text.trim().to_lowercase();
    if text.is_empty() {
        return Vec::new();
    }
    let rank = |coin: &ListedCoin| {
        let id = coin.info.asset.symbol();
        let any = |test: &dyn Fn(&str) -> bool| [coin.symbol.as_str(), id, &coin.name].into_iter().any(test);
        if coin.symbol == text {
            Some(0)
        } else if id == text || coin.name == text {
            Some(1)
        } else if any(&|field| field.starts_with(&text)) {
            Some(2)
        } else if any(&|field| field.contains(&text)) {
            Some(3)
        } else {
            None
        }
    };
    let mut found: Vec<_> = coins
        .iter()
        .filter_map(|coin| {
            let id = coin.info.asset.symbol();
            Some(((rank(coin)?, id.len(), id), &coin.info))
        })
        .collect();
    found.sort_by_key(|(order, _)| *order);
    found.into_iter().take(limit).map(|(_, info)| info.clone()).collect()
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
