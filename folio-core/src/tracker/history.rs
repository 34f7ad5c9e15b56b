//! A portfolio over time: its snapshots, and the days before the first of them worked out anew.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use jiff::civil::Date;
use jiff::{SignedDuration, Span, Timestamp};

use super::Tracker;
use super::valuations::local_day;
use crate::asset::{AssetClass, AssetId};
use crate::book::PriceBook;
use crate::id::{OwnerId, PortfolioId};
use crate::manual::ManualPoint;
use crate::money::{Currency, decimal};
use crate::portfolio::Portfolio;
use crate::pricing::{Caller, Errand, Needs, Past, utc_date};
use crate::quote::{AgeLimits, PriceHistory, PriceKey, PricePoint, Reason, Resolution, Split, Unpriced};
use crate::source::{Deadline, Priority};
use crate::store::{SnapshotTotals, TotalsQuery};
use crate::valuation::{HistoryPoint, Origin, PastPrices, down_sample, end_of_day, first_day, reconstruct};
use crate::{Error, ErrorKind, Result};

/// How many points a curve may have.
const MOST_POINTS: std::ops::RangeInclusive<usize> = 2..=2_000;
/// How many days before today are worked out: ten years.
const LONGEST: i32 = 3_650;
/// How many closes one answer is worked out from, so that ten thousand assets do not fill the memory.
const MOST_CLOSES: usize = 4_000_000;
/// From which span on one snapshot a local day is enough.
const DAILY_FROM: SignedDuration = SignedDuration::from_hours(92 * 24);
/// How many snapshots are read at once.
const PAGE: usize = 4_000;
/// How long what did not come in time is fetched on.
const GOES_ON: Duration = Duration::from_secs(600);

/// The worth of a portfolio over time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortfolioHistory {
    /// The currency of every amount.
    pub currency: Currency,
    /// In ascending order.
    pub points: Vec<HistoryPoint>,
    /// The assets, and the currencies without a rate, whose past is not known or not known far enough back,
    /// and why; what is on its way is `pending` or `timeout` and there when it is asked for again.
    pub missing: Vec<(AssetId, Unpriced)>,
}

/// What the past days of a portfolio are worked out from, and what is missing of it.
struct Known {
    past: PastPrices,
    missing: Vec<(AssetId, Unpriced)>,
}

impl Tracker {
    /// How a portfolio's worth went from `from` to `to`, at most `points` points (2 to 2,000).
    ///
    /// The snapshots that were kept, over long spans the last of each local day of the portfolio; before
    /// the first of them each day since the first lot was acquired, at most ten years back, as
    /// [`reconstruct`] works it out. Those days are never stored and raise no alert.
    ///
    /// # Errors
    /// `OutOfRange` at `/points`; `NotFound`; `Unavailable`, `CorruptData`. A source that is down is no
    /// error: the answer says what is missing.
    pub async fn portfolio_history(
        &self,
        owner: &OwnerId,
        id: PortfolioId,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
        points: usize,
    ) -> Result<PortfolioHistory> {
        if !MOST_POINTS.contains(&points) {
            let detail = format!(
                "points must be between {} and {}",
                MOST_POINTS.start(),
                MOST_POINTS.end()
            );
            return Err(Error::field(ErrorKind::OutOfRange, "/points", detail));
        }
        let portfolio = self.0.store.portfolio(owner, id).await?;
        let oldest = TotalsQuery {
            portfolio_id: id,
            from: None,
            to: None,
            limit: 1,
        };
        let first_snapshot = self.0.store.totals(&oldest).await?.first().map(|totals| totals.as_of);
        let mut missing = Vec::new();
        let mut all = Vec::new();
        if let Some((first, last)) = self.days_to_work_out(&portfolio, first_snapshot, from, to) {
            let known = self.past_prices(&portfolio, first, last).await?;
            missing = known.missing;
            // Ten years of thousands of lots take seconds, which nobody else should wait for.
            let (portfolio, past) = (portfolio.clone(), known.past);
            let work = tokio::task::spawn_blocking(move || reconstruct(&portfolio, &past, first, last));
            all = work.await.map_err(|error| {
                Error::new(ErrorKind::Internal, "the past of the portfolio cannot be worked out").with_source(error)
            })?;
        }
        if let Some(first) = first_snapshot {
            all.extend(
                self.snapshot_points(&portfolio, from.unwrap_or(first).max(first), to)
                    .await?,
            );
        }
        all.retain(|point| from.is_none_or(|from| from <= point.as_of) && to.is_none_or(|to| point.as_of <= to));
        Ok(PortfolioHistory {
            currency: portfolio.base_currency,
            points: down_sample(all, points),
            missing,
        })
    }

    /// The first and the last day without a snapshot that lie within the range: completed days only.
    fn days_to_work_out(
        &self,
        portfolio: &Portfolio,
        first_snapshot: Option<Timestamp>,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
    ) -> Option<(Date, Date)> {
        let today = utc_date(self.0.clock.now());
        let end = first_snapshot.map_or(today, |first| utc_date(first).min(today));
        let mut last = end.yesterday().ok()?;
        if let Some(to) = to {
            let day = utc_date(to);
            let over = if end_of_day(day) <= to {
                day
            } else {
                day.yesterday().ok()?
            };
            last = last.min(over);
        }
        let mut first = first_day(portfolio)?.max(today.saturating_sub(Span::new().days(LONGEST)));
        if let Some(from) = from {
            first = first.max(utc_date(from));
        }
        (first <= last).then_some((first, last))
    }

    /// The snapshots of a range, of a long one the last of each local day.
    async fn snapshot_points(
        &self,
        portfolio: &Portfolio,
        from: Timestamp,
        to: Option<Timestamp>,
    ) -> Result<Vec<HistoryPoint>> {
        let now = self.0.clock.now();
        let zone = portfolio.zone()?;
        let daily = to.unwrap_or(now).min(now).duration_since(from) > DAILY_FROM;
        let mut query = TotalsQuery {
            portfolio_id: portfolio.id,
            from: Some(from),
            to,
            limit: PAGE,
        };
        let (mut points, mut day): (Vec<HistoryPoint>, Option<Date>) = (Vec::new(), None);
        loop {
            let page = self.0.store.totals(&query).await?;
            for totals in &page {
                if daily {
                    let of = Some(local_day(totals.as_of, &zone));
                    if of == day {
                        points.pop();
                    }
                    day = of;
                }
                points.push(snapshot(totals));
            }
            let next = page
                .last()
                .filter(|_| page.len() == PAGE)
                .and_then(|last| last.as_of.checked_add(SignedDuration::from_millis(1)).ok());
            match next {
                Some(next) => query.from = Some(next),
                None => return Ok(points),
            }
        }
    }

    /// The closes and rates from `first` to `last`: what is kept at once, what the sources say in time, and
    /// the reason for the rest.
    async fn past_prices(&self, portfolio: &Portfolio, first: Date, last: Date) -> Result<Known> {
        let now = self.0.clock.now();
        let needs = Needs::of(portfolio);
        let live = Caller::live();
        // The fifth of every budget that jobs leave is for present prices: a curve waits.
        let errand = Errand {
            priority: Priority::Job,
            deadline: live.deadline,
            goes_on: Deadline::after(GOES_ON),
        };
        let reach = span_days(first, utc_date(now)).min((MOST_CLOSES / needs.assets.len().max(1)) as i32);
        let stated = self.stated_prices(&portfolio.owner, &needs.assets).await?;
        let mut currencies = needs.currencies.clone();
        currencies.extend(stated.values().flatten().map(|point| point.price.currency()));
        currencies.extend(needs.assets.iter().filter_map(|asset| asset.class().native_currency()));
        let priced = |asset: &&AssetId| asset.class() != AssetClass::Custom;
        let closes = join_all(needs.assets.iter().filter(priced).map(async |asset| {
            let days = reach + market_days(asset.class());
            let key = PriceKey::native(asset.clone());
            let past = self
                .0
                .pricing
                .past(&key, Resolution::Daily, days.unsigned_abs(), errand)
                .await;
            (asset.clone(), past)
        }));
        let none = BTreeSet::new();
        let early = self.past_rates(&currencies, &none, reach, errand);
        let paid = self.0.pricing.reference_rates(&needs.costs, live);
        let (closes, mut rates, paid) = futures::future::join3(closes, early, paid).await;
        // Shares tell the currency they trade in only with their prices.
        let known = currencies.clone();
        currencies.extend(
            closes
                .iter()
                .filter_map(|(_, past)| past.history.as_ref())
                .map(|history| history.currency),
        );
        rates.extend(self.past_rates(&currencies, &known, reach, errand).await);
        let splits = self.0.splits.of(&needs.assets).await?;
        let mut prices = PastPrices {
            paid: PriceBook::new().with_references(paid?),
            stated,
            ..PastPrices::default()
        };
        let mut missing = Vec::new();
        for asset in needs.assets.iter().filter(|asset| !priced(asset)) {
            let held_from = held_from(portfolio, asset).max(first);
            if held_from <= last && !stands_since(&prices.stated, asset, held_from) {
                let detail = "no price of this asset is stated for its first days";
                missing.push((asset.clone(), Unpriced::new(Reason::NoData, detail)));
            }
        }
        for (asset, past) in closes {
            let held_from = held_from(portfolio, &asset).max(first);
            let reason = why_missing(&past, held_from, last, market_days(asset.class()))
                .filter(|_| !stands_since(&prices.stated, &asset, held_from));
            missing.extend(reason.map(|reason| (asset.clone(), reason)));
            if let Some(history) = past.history {
                let splits = splits.get(&asset).map_or(&[][..], Vec::as_slice);
                prices
                    .closes
                    .insert(asset, in_shares_of_today(history, splits, utc_date(now)));
            }
        }
        for (currency, past) in rates {
            if let Some(mut reason) = why_missing(&past, first, last, market_days(AssetClass::Currency)) {
                if !matches!(reason.reason, Reason::Pending | Reason::Timeout) {
                    reason.reason = Reason::NoRate;
                }
                missing.push((AssetId::currency(currency), reason));
            }
            if let Some(history) = past.history {
                prices.rates.insert(currency, history);
            }
        }
        missing.sort_by(|(a, _), (b, _)| a.cmp(b));
        Ok(Known { past: prices, missing })
    }

    /// What the owner stated about these assets, each in the order of the instants that it holds from.
    async fn stated_prices(
        &self,
        owner: &OwnerId,
        assets: &BTreeSet<AssetId>,
    ) -> Result<BTreeMap<AssetId, Vec<ManualPoint>>> {
        let now = self.0.clock.now();
        let wanted = BTreeMap::from([(owner.clone(), assets.clone())]);
        let rows = self.manuals().read(&wanted).await?;
        Ok(rows
            .into_iter()
            .map(|row| (row.asset().clone(), row.known_at(now).copied().collect()))
            .collect())
    }

    /// The rates over the euro of those currencies that are not among `known`; of one currency alone there
    /// is no rate to ask for.
    async fn past_rates(
        &self,
        currencies: &BTreeSet<Currency>,
        known: &BTreeSet<Currency>,
        reach: i32,
        errand: Errand,
    ) -> Vec<(Currency, Past)> {
        if currencies.len() < 2 {
            return Vec::new();
        }
        // A single currency was not asked about while it was alone.
        let asked =
            |currency: &&Currency| **currency != Currency::EUR && (known.len() < 2 || !known.contains(*currency));
        let days = (reach + market_days(AssetClass::Currency)).unsigned_abs();
        join_all(currencies.iter().filter(asked).map(async |currency| {
            let key = PriceKey::per_euro(*currency);
            (
                *currency,
                self.0.pricing.past(&key, Resolution::Daily, days, errand).await,
            )
        }))
        .await
    }
}

/// Whether the owner stated a price of the asset that is good for a day.
fn stands_since(stated: &BTreeMap<AssetId, Vec<ManualPoint>>, asset: &AssetId, day: Date) -> bool {
    let instant = end_of_day(day);
    stated
        .get(asset)
        .is_some_and(|points| points.iter().any(|point| point.is_valid_at(instant)))
}

fn snapshot(totals: &SnapshotTotals) -> HistoryPoint {
    HistoryPoint {
        as_of: totals.as_of,
        value: totals.total_value,
        value_with_cost: totals.value_with_cost,
        cost: totals.total_cost,
        status: totals.status,
        origin: Origin::Snapshot,
    }
}

/// How many days a price of the class stands for later ones.
fn market_days(class: AssetClass) -> i32 {
    let days = AgeLimits::of(class).market.map_or(0, |limit| limit.as_hours() / 24);
    i32::try_from(days).unwrap_or(i32::MAX)
}

fn span_days(from: Date, to: Date) -> i32 {
    from.until(to).map_or(0, |span| span.get_days()).max(1)
}

/// The first day on which the portfolio holds the asset.
fn held_from(portfolio: &Portfolio, asset: &AssetId) -> Date {
    let lots = portfolio.holdings.iter().filter(|holding| holding.asset == *asset);
    lots.map(|holding| holding.acquired_on.unwrap_or(utc_date(portfolio.created_at)))
        .min()
        .unwrap_or(Date::MIN)
}

/// Why not every day from `first` to `last` has a price, as far as one reason tells it.
fn why_missing(past: &Past, first: Date, last: Date, stands: i32) -> Option<Unpriced> {
    if first > last {
        return None;
    }
    let Some(history) = &past.history else {
        let unknown = || Unpriced::new(Reason::NoData, "no source has past prices");
        return Some(past.failure.clone().unwrap_or_else(unknown));
    };
    let begins = history.points.first().map(|point| point.date);
    let late = begins.is_none_or(|begins| begins > first);
    let ends_early = utc_date(history.fetched_at) < last.saturating_sub(Span::new().days(stands));
    match &past.failure {
        Some(failure) if late || ends_early => Some(failure.clone()),
        None if begins.is_none_or(|begins| begins > first.saturating_add(Span::new().days(stands.max(4)))) => {
            let detail = match begins {
                Some(begins) => format!("past prices begin on {begins}"),
                None => "no source has past prices".to_owned(),
            };
            Some(Unpriced::new(Reason::NoData, detail))
        }
        _ => None,
    }
}

/// Closes that could not be fetched again since a split, brought into today's shares, in which lots are
/// counted.
fn in_shares_of_today(history: Arc<PriceHistory>, splits: &[Split], today: Date) -> Arc<PriceHistory> {
    let fetched_on = utc_date(history.fetched_at);
    let since: Vec<_> = splits
        .iter()
        .filter(|split| split.on > fetched_on && split.on <= today)
        .collect();
    if since.is_empty() {
        return history;
    }
    let convert = |point: &PricePoint| {
        let mut price = point.price;
        for split in &since {
            price = decimal::mul(price, split.denominator.get().into()).ok()?;
            price = decimal::div(price, split.numerator.get().into()).ok()?;
        }
        Some(PricePoint { price, ..point.clone() })
    };
    Arc::new(PriceHistory {
        points: history.points.iter().filter_map(convert).collect(),
        ..(*history).clone()
    })
}
