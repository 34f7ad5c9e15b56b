//! Everything that valuations need, as one book.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{Caller, PriceOutcome, Pricing};
use crate::Result;
use crate::asset::{AssetClass, AssetId};
use crate::book::{BookEntry, PriceBook, ReferenceRate};
use crate::money::Currency;
use crate::portfolio::Portfolio;
use crate::quote::{Freshness, PriceHistory, PriceKey, Reason, Unpriced};
use crate::source::{Deadline, HistoryRequest, Priority};
use crate::store::HeldAsset;

/// How many days a published rate stands for later ones: a long holiday of the publisher.
const RATE_DAYS: i32 = 14;
/// How long a scheduled run waits for rates at least, however late the prices were that they are needed for.
const RATES_PATIENCE: Duration = Duration::from_secs(3);

/// What has to be known to value something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Assets, currencies excepted.
    pub assets: BTreeSet<AssetId>,
    /// Currencies that occur as a base or as cash.
    pub currencies: BTreeSet<Currency>,
    /// Currencies and days of costs; the euro needs none.
    pub costs: BTreeSet<(Currency, Date)>,
}

impl Needs {
    /// What one portfolio needs.
    #[must_use]
    pub fn of(portfolio: &Portfolio) -> Self {
        let mut needs = Self::default();
        needs.currencies.insert(portfolio.base_currency);
        HeldAsset::of(portfolio).iter().for_each(|held| needs.add(held));
        needs
    }

    /// Adds what is held by somebody.
    pub fn add(&mut self, held: &HeldAsset) {
        match (held.asset.as_currency(), held.cost_date) {
            (Some(paid_in), Some(date)) => {
                let both = [paid_in, held.currency];
                self.costs
                    .extend(both.into_iter().filter(|of| *of != Currency::EUR).map(|of| (of, date)));
            }
            (Some(cash), None) => {
                self.currencies.extend([cash, held.currency]);
            }
            _ => {
                self.currencies.insert(held.currency);
                self.assets.insert(held.asset.clone());
            }
        }
    }

    /// Whether nothing is needed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.assets.is_empty() && self.currencies.is_empty() && self.costs.is_empty()
    }
}

impl Pricing {
    /// A book with an entry for everything that is needed: one native price an asset and one rate over
    /// the euro a currency, so that portfolios of different currencies agree.
    pub(crate) async fn collect(&self, needs: &Needs, caller: Caller) -> Result<PriceBook> {
        let mut currencies = needs.currencies.clone();
        currencies.extend(needs.assets.iter().filter_map(|asset| asset.class().native_currency()));
        let legs = legs(&currencies, &BTreeSet::new());
        let (shares, others): (Vec<_>, Vec<_>) = needs
            .assets
            .iter()
            .cloned()
            .map(PriceKey::native)
            .partition(|key| key.asset.class() == AssetClass::Stock);
        let keys: Vec<_> = others
            .into_iter()
            .chain(legs.iter().copied().map(PriceKey::per_euro))
            .collect();
        let (outcomes, (shares, late), costs) = futures::join!(
            self.prices(&keys, caller),
            self.shares(&shares, &currencies, &legs, caller),
            self.reference_rates(&needs.costs, caller),
        );
        let mut book = PriceBook::new();
        for outcome in outcomes.into_iter().chain(shares).chain(late) {
            book.insert(entry(outcome));
        }
        costs?.into_iter().for_each(|rate| book.insert_reference(rate));
        Ok(book)
    }

    /// Prices of shares, and then the rates that only those tell are needed: a share says what it trades
    /// in with its price. Other prices may wait for their budget meanwhile.
    async fn shares(
        &self,
        keys: &[PriceKey],
        currencies: &BTreeSet<Currency>,
        legs: &BTreeSet<Currency>,
        mut caller: Caller,
    ) -> (Vec<PriceOutcome>, Vec<PriceOutcome>) {
        if keys.is_empty() {
            return (Vec::new(), Vec::new());
        }
        let shares = self.prices(keys, caller).await;
        let traded_in = shares.iter().filter_map(|outcome| outcome.quote.as_ref());
        let mut currencies = currencies.clone();
        currencies.extend(traded_in.map(|(quote, _)| quote.price.currency()));
        let late: Vec<_> = self::legs(&currencies, legs)
            .into_iter()
            .map(PriceKey::per_euro)
            .collect();
        if late.is_empty() {
            return (shares, Vec::new());
        }
        if caller.priority == Priority::Job {
            caller.deadline = caller.deadline.max(Deadline::after(RATES_PATIENCE));
        }
        let late = self.prices(&late, caller).await;
        (shares, late)
    }

    /// The rates of the days on which costs were paid: from the store, and what is missing there from the
    /// currency source, kept in the store if it can no longer change.
    pub(crate) async fn reference_rates(
        &self,
        wanted: &BTreeSet<(Currency, Date)>,
        caller: Caller,
    ) -> Result<Vec<ReferenceRate>> {
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let list: Vec<_> = wanted.iter().copied().collect();
        let mut rates = self.0.store.reference_rates(&list).await?;
        let mut missing: BTreeMap<Currency, BTreeSet<Date>> = BTreeMap::new();
        let today = utc_date(self.0.clock.now());
        for (currency, date) in wanted.iter().filter(|(_, date)| *date <= today) {
            if !rates
                .iter()
                .any(|rate| rate.currency == *currency && rate.date == *date)
            {
                missing.entry(*currency).or_default().insert(*date);
            }
        }
        let fetched = missing
            .iter()
            .map(|(currency, dates)| self.published(*currency, dates, caller));
        let fetched: Vec<_> = futures::future::join_all(fetched).await.into_iter().flatten().collect();
        let settled: Vec<_> = fetched
            .iter()
            .filter(|rate| rate.published_on == rate.date || rate.date < today)
            .cloned()
            .collect();
        if !settled.is_empty() {
            self.0.store.put_reference_rates(&settled).await?;
        }
        rates.extend(fetched);
        Ok(rates)
    }

    /// The last rates published on or before each of these days; a day without one is left out.
    async fn published(&self, currency: Currency, dates: &BTreeSet<Date>, caller: Caller) -> Vec<ReferenceRate> {
        let (Some(first), Some(last)) = (dates.first(), dates.last()) else {
            return Vec::new();
        };
        let from = first.saturating_sub(jiff::Span::new().days(RATE_DAYS));
        let request = HistoryRequest::daily(PriceKey::per_euro(currency), from, *last)
            .for_caller(caller.priority, caller.deadline);
        match self.0.histories.ask(&request).await {
            Ok(history) => dates
                .iter()
                .filter_map(|date| published_rate(&history, currency, *date))
                .collect(),
            Err(failure) => {
                tracing::debug!(%currency, %failure, "no reference rates");
                Vec::new()
            }
        }
    }
}

/// The last rate published on or before a day and not long before it.
fn published_rate(history: &PriceHistory, currency: Currency, date: Date) -> Option<ReferenceRate> {
    let oldest = date.saturating_sub(jiff::Span::new().days(RATE_DAYS));
    let point = history.points.iter().rev().find(|point| point.date <= date)?;
    (point.date >= oldest).then(|| ReferenceRate {
        currency,
        date,
        per_euro: point.price,
        published_on: point.date,
        source: history.source.clone(),
    })
}

pub(crate) fn utc_date(instant: Timestamp) -> Date {
    instant.to_zoned(TimeZone::UTC).date()
}

/// The currencies that need a rate over the euro; none if there is only one, which needs no rate at all.
fn legs(currencies: &BTreeSet<Currency>, known: &BTreeSet<Currency>) -> BTreeSet<Currency> {
    if currencies.len() < 2 {
        return BTreeSet::new();
    }
    currencies
        .iter()
        .copied()
        .filter(|currency| *currency != Currency::EUR && !known.contains(currency))
        .collect()
}

fn entry(outcome: PriceOutcome) -> BookEntry {
    match outcome.quote {
        Some((quote, Freshness::Stale)) => {
            let failure = outcome
                .failure
                .unwrap_or_else(|| Unpriced::new(Reason::Timeout, "a newer price was not waited for"));
            BookEntry::carried(outcome.key, (*quote).clone(), failure)
        }
        Some((quote, _)) => BookEntry::priced(outcome.key, (*quote).clone()),
        None => {
            let failure = outcome
                .failure
                .unwrap_or_else(|| Unpriced::new(Reason::NoData, "no source has a price"));
            BookEntry::unpriced(outcome.key, failure)
        }
    }
}
