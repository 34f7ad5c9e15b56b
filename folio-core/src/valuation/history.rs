//! The past of a portfolio: the days before its first snapshot, worked out from what is held and what it
//! closed at.
//!
//! Quantities are today's shares and closes are in the shares of the day they were fetched on, so a split
//! needs no attention here: see [`Splits`](crate::store::Splits).

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::cost::cost_in_base;
use super::totals::Totals;
use super::value::unknown;
use super::{HoldingValuation, Status};
use crate::asset::{AssetClass, AssetId};
use crate::book::{PriceBook, PriceState};
use crate::manual::ManualPoint;
use crate::money::{Currency, Money, Price, decimal};
use crate::portfolio::{Holding, Portfolio};
use crate::quote::{AgeLimits, PriceHistory, PricePoint};

/// How many days a published rate stands for later ones.
const RATE_DAYS: i64 = 7;

/// Where a point of a portfolio's history comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A snapshot that was kept.
    Snapshot,
    /// Worked out from the lots that are held, the closes of the day and its rates; never stored.
    Reconstructed,
}

impl Origin {
    /// The word for the origin.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Snapshot => "snapshot",
            Self::Reconstructed => "reconstructed",
        }
    }
}

/// The worth of a portfolio at one instant of its past, in its currency. What is not known is `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistoryPoint {
    /// The instant; of a reconstructed day the last millisecond of the day in UTC.
    pub as_of: Timestamp,
    /// The value of every holding that has a price.
    pub value: Option<Money>,
    /// The value of those of them whose cost is known.
    pub value_with_cost: Option<Money>,
    /// The cost of exactly these.
    pub cost: Option<Money>,
    /// Whether the value covers everything that was held.
    pub status: Status,
    /// Where the point comes from.
    pub origin: Origin,
}

/// What the past of a portfolio is worked out from.
#[derive(Clone, Debug, Default)]
pub struct PastPrices {
    /// The daily closes of assets, currencies excepted, in any currency.
    pub closes: BTreeMap<AssetId, Arc<PriceHistory>>,
    /// The published units of each currency for one euro.
    pub rates: BTreeMap<Currency, Arc<PriceHistory>>,
    /// Prices that the owner stated, in the order of the instants that they hold from; they stand where
    /// there is no close.
    pub stated: BTreeMap<AssetId, Vec<ManualPoint>>,
    /// A book with the rates of the days of foreign costs; its prices are not looked at.
    pub paid: PriceBook,
}

/// The first day on which the portfolio holds anything; `None` when it is empty.
///
/// A lot without a date counts from the day in UTC on which the portfolio was made.
#[must_use]
pub fn first_day(portfolio: &Portfolio) -> Option<Date> {
    portfolio
        .holdings
        .iter()
        .map(|holding| held_from(portfolio, holding))
        .min()
}

fn held_from(portfolio: &Portfolio, holding: &Holding) -> Date {
    holding.acquired_on.unwrap_or_else(|| utc_day(portfolio.created_at))
}

fn utc_day(instant: Timestamp) -> Date {
    instant.to_zoned(TimeZone::UTC).date()
}

/// The last millisecond of a day in UTC.
#[must_use]
pub fn end_of_day(date: Date) -> Timestamp {
    let midnight = date
        .to_zoned(TimeZone::UTC)
        .map_or(Timestamp::MAX, |zoned| zoned.timestamp());
    midnight
        .checked_add(SignedDuration::from_millis(86_400_000 - 1))
        .unwrap_or(Timestamp::MAX)
}

/// The portfolio on each day from `first` to `last`, under its own policy, with what it holds today.
///
/// On a day it holds the lots acquired on it or before. A lot is worth its quantity times the close of
/// that day, or of the last one before it that is not older than the class allows ([`AgeLimits`]), times
/// the last rate published on or before that day, at most a week old. Nothing is ever taken from a later
/// day, and no rate is assumed. A day on which nothing is held has no point.
#[must_use]
pub fn reconstruct(portfolio: &Portfolio, past: &PastPrices, first: Date, last: Date) -> Vec<HistoryPoint> {
    let base = portfolio.base_currency;
    let mut market = PastMarket::new(past, base);
    let mut lots: Vec<_> = portfolio
        .holdings
        .iter()
        .map(|holding| Lot {
            held_from: held_from(portfolio, holding),
            series: market.series(&holding.asset),
            cost: cost_in_base(&past.paid, base, holding).and_then(Result::ok),
            row: unknown(holding),
            known: None,
        })
        .collect();
    let mut points = Vec::new();
    let mut day = first;
    while day <= last {
        market.turn_to(day);
        let mut totals = Totals::default();
        let mut held = false;
        for lot in lots.iter_mut().filter(|lot| lot.held_from <= day) {
            held = true;
            market.value(lot);
            totals.add(&mut lot.row);
        }
        if held {
            let status = totals.status(portfolio.policy);
            let [value, value_with_cost, cost] = totals.told(status, base);
            points.push(HistoryPoint {
                as_of: end_of_day(day),
                value,
                value_with_cost,
                cost,
                status,
                origin: Origin::Reconstructed,
            });
        }
        match day.tomorrow() {
            Ok(next) => day = next,
            Err(_) => break,
        }
    }
    points
}

struct Lot {
    held_from: Date,
    series: usize,
    cost: Option<Money>,
    row: HoldingValuation,
    /// What the lot was worth when last worked out, and at which price and rate: over a week-end neither
    /// changes.
    known: Option<(Price, Option<Decimal>, Option<Money>)>,
}

/// The prices of one asset, with the place of the last one that is not after the present day.
struct Series<'a> {
    asset: AssetId,
    closes: Cursor<'a>,
    currency: Option<Currency>,
    stated: &'a [ManualPoint],
    today: Option<Price>,
}

/// A walk along points by day.
struct Cursor<'a> {
    points: &'a [PricePoint],
    passed: usize,
}

impl<'a> Cursor<'a> {
    fn new(history: Option<&'a Arc<PriceHistory>>) -> Self {
        let points = history.map_or(&[][..], |history| history.points.as_slice());
        // The last point may be of a day that has not ended, which is no close.
        let points = match points.split_last() {
            Some((last, settled)) if last.provisional => settled,
            _ => points,
        };
        Self { points, passed: 0 }
    }

    /// The price of a day, or the last before it that is not older than `oldest`. Days are asked for in
    /// ascending order.
    fn on(&mut self, day: Date, oldest: Option<Date>) -> Option<Decimal> {
        while self.points.get(self.passed).is_some_and(|point| point.date <= day) {
            self.passed += 1;
        }
        let point = self.points.get(self.passed.checked_sub(1)?)?;
        oldest.is_none_or(|oldest| point.date >= oldest).then_some(point.price)
    }
}

/// The prices and rates of one day after the other.
struct PastMarket<'a> {
    past: &'a PastPrices,
    base: Currency,
    series: Vec<Series<'a>>,
    rates: Vec<(Currency, Cursor<'a>, Option<Decimal>)>,
    /// The rates into the base currency on the present day, as far as they were needed.
    conversions: Vec<(Currency, Option<Decimal>)>,
}

impl<'a> PastMarket<'a> {
    fn new(past: &'a PastPrices, base: Currency) -> Self {
        let rates = past
            .rates
            .iter()
            .map(|(currency, history)| (*currency, Cursor::new(Some(history)), None))
            .collect();
        Self {
            past,
            base,
            series: Vec::new(),
            rates,
            conversions: Vec::new(),
        }
    }

    /// The place of an asset's prices.
    fn series(&mut self, asset: &AssetId) -> usize {
        if let Some(known) = self.series.iter().position(|series| series.asset == *asset) {
            return known;
        }
        let history = self.past.closes.get(asset);
        self.series.push(Series {
            asset: asset.clone(),
            closes: Cursor::new(history),
            currency: history.map(|history| history.currency),
            stated: self.past.stated.get(asset).map_or(&[][..], Vec::as_slice),
            today: None,
        });
        self.series.len() - 1
    }

    fn turn_to(&mut self, day: Date) {
        self.conversions.clear();
        let oldest_rate = day.saturating_sub(Span::new().days(RATE_DAYS));
        for (_, cursor, today) in &mut self.rates {
            *today = cursor.on(day, Some(oldest_rate)).filter(|rate| *rate > Decimal::ZERO);
        }
        let oldest =
            [AssetClass::Crypto, AssetClass::Stock, AssetClass::Currency].map(|class| (class, oldest(class, day)));
        for series in &mut self.series {
            let class = series.asset.class();
            let oldest = oldest
                .iter()
                .find(|(of, _)| *of == class)
                .and_then(|(_, oldest)| *oldest);
            series.today = series.price(day, oldest);
        }
    }

    /// Writes cost, value and state of the present day into the lot's row: `quantity × price × rate` in this
    /// order, as a valuation does.
    fn value(&mut self, lot: &mut Lot) {
        lot.row.cost = lot.cost;
        lot.row.value = None;
        lot.row.pricing.state = PriceState::Unpriced;
        let Some(price) = self.series.get(lot.series).and_then(|series| series.today) else {
            return;
        };
        let mut rate = None;
        if price.currency() != self.base {
            rate = self.rate_into_base(price.currency());
            if rate.is_none() {
                return;
            }
        }
        let worth = match lot.known {
            Some((known_price, known_rate, worth)) if known_price == price && known_rate == rate => worth,
            _ => {
                let value = decimal::mul(price.amount(), lot.row.quantity.value()).and_then(|value| match rate {
                    Some(rate) => decimal::mul(value, rate),
                    None => Ok(value),
                });
                value.ok().map(|value| Money::new(value, self.base))
            }
        };
        lot.known = Some((price, rate, worth));
        if worth.is_some() {
            lot.row.value = worth;
            lot.row.pricing.state = PriceState::Priced;
        }
    }

    /// The rate of the present day over the euro.
    fn rate_into_base(&mut self, from: Currency) -> Option<Decimal> {
        if let Some((_, rate)) = self.conversions.iter().find(|(currency, _)| *currency == from) {
            return *rate;
        }
        let per_euro = |currency| match currency {
            Currency::EUR => Some(Decimal::ONE),
            currency => self
                .rates
                .iter()
                .find(|(of, ..)| *of == currency)
                .and_then(|(.., today)| *today),
        };
        let rate = match (per_euro(self.base), per_euro(from)) {
            (Some(numerator), Some(_)) if from == Currency::EUR => Some(numerator),
            (Some(numerator), Some(denominator)) => decimal::div(numerator, denominator).ok(),
            _ => None,
        };
        // A quotient may be too small for any decimal; as a rate, zero would make money vanish.
        let rate = rate.filter(|rate| !rate.is_zero());
        self.conversions.push((from, rate));
        rate
    }
}

impl Series<'_> {
    fn price(&mut self, day: Date, oldest: Option<Date>) -> Option<Price> {
        if let Some(currency) = self.asset.as_currency() {
            return Price::new(Decimal::ONE, currency).ok();
        }
        let close = self
            .currency
            .and_then(|currency| Price::new(self.closes.on(day, oldest)?, currency).ok());
        close.or_else(|| {
            let instant = end_of_day(day);
            let last = self.stated.iter().rev().find(|point| point.as_of <= instant)?;
            last.is_valid_at(instant).then_some(last.price)
        })
    }
}

/// The day before which a price of the class is too old on `day`; `None` where no price is.
fn oldest(class: AssetClass, day: Date) -> Option<Date> {
    let limit = AgeLimits::of(class).market?;
    Some(day.saturating_sub(Span::new().days(limit.as_hours() / 24)))
}
