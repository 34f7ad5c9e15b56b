//! Valuations, live and kept, and how they changed.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::Tracker;
use crate::book::{PriceBook, ReferenceRate};
use crate::id::{OwnerId, PortfolioId, ValuationId};
use crate::money::Currency;
use crate::policy::Policy;
use crate::portfolio::Portfolio;
use crate::pricing::{Caller, Needs};
use crate::store::{Inserted, NewSnapshot, Page, SnapshotQuery};
use crate::valuation::{CHANGE_SPANS, Change, ChangeSpan, Trigger, Valuation, change, value};
use crate::{Error, ErrorKind, Result};

/// How many snapshots are read at once where some of them are left out.
const SKIM: usize = 500;

impl Tracker {
    /// The value of a portfolio now, not kept, with the portfolio's policy or another.
    ///
    /// # Errors
    /// `NotFound`, `Unavailable`. A source that is down is no error: the holdings say it.
    pub async fn value(&self, owner: &OwnerId, id: PortfolioId, policy: Option<Policy>) -> Result<Valuation> {
        let portfolio = self.0.store.portfolio(owner, id).await?;
        let caller = Caller::live();
        let book = self.collect(&Needs::of(&portfolio), caller).await?;
        let now = self.0.clock.now();
        let book = self.with_manual_prices(book, &portfolio, now, caller).await?;
        let mut valuation = value(&portfolio, &book, policy.unwrap_or(portfolio.policy), now);
        valuation.created_at = now;
        Ok(valuation)
    }

    /// Values a portfolio at `as_of` and keeps the snapshot; the answer is the one that is kept, which is
    /// an earlier one if there was one for the instant.
    ///
    /// # Errors
    /// `NotFound`, `Unavailable`.
    pub async fn snapshot(
        &self,
        id: PortfolioId,
        owner: &OwnerId,
        as_of: Timestamp,
        trigger: Trigger,
        caller: Caller,
    ) -> Result<Valuation> {
        let portfolio = self.0.store.portfolio(owner, id).await?;
        let book = self.collect(&Needs::of(&portfolio), caller).await?;
        let book = self.with_manual_prices(book, &portfolio, as_of, caller).await?;
        let mut valuation = value(&portfolio, &book, portfolio.policy, as_of);
        valuation.trigger = trigger;
        valuation.created_at = self.0.clock.now();
        let expire_at = self.retention(&portfolio, as_of, trigger, None)?;
        let kept = valuation.id;
        let snapshot = [NewSnapshot { valuation, expire_at }];
        let inserted = self.0.store.insert_valuations(&snapshot).await?;
        let [NewSnapshot { valuation, .. }] = snapshot;
        if inserted.first() == Some(&Inserted::New) {
            return Ok(valuation);
        }
        self.valuation(owner, id, kept).await
    }

    /// A book with everything that is needed: from cache and sources, else the last accepted prices, else
    /// an entry that says why there is none; and the rates of the days of foreign costs.
    ///
    /// # Errors
    /// `Unavailable` when the store cannot be reached.
    pub async fn collect(&self, needs: &Needs, caller: Caller) -> Result<PriceBook> {
        self.0.pricing.collect(needs, caller).await
    }

    /// The kept rates for these currencies and days; no source is asked.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn reference_rates(&self, wanted: &BTreeSet<(Currency, Date)>) -> Result<Vec<ReferenceRate>> {
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let wanted: Vec<_> = wanted.iter().copied().collect();
        self.0.store.reference_rates(&wanted).await
    }

    /// When a snapshot may be removed: never a daily or manual one, nor the last of its portfolio's local
    /// day, which is the one whose following tick falls on another day.
    ///
    /// # Errors
    /// `InvalidInput` when the portfolio's zone is not known.
    pub fn retention(
        &self,
        portfolio: &Portfolio,
        as_of: Timestamp,
        trigger: Trigger,
        next_tick: Option<Timestamp>,
    ) -> Result<Option<Timestamp>> {
        let zone = portfolio.zone()?;
        let last_of_day = next_tick.is_some_and(|next| local_day(next, &zone) != local_day(as_of, &zone));
        let stays = matches!(trigger, Trigger::Daily | Trigger::Manual) || last_of_day;
        Ok(if stays {
            None
        } else {
            as_of.checked_add(self.0.keep_hourly).ok()
        })
    }

    /// A portfolio's snapshots, newest first; with `daily` only the last of each local day of the portfolio.
    ///
    /// # Errors
    /// `NotFound`, `Unavailable`, `CorruptData`.
    pub async fn valuations(&self, owner: &OwnerId, query: &SnapshotQuery, daily: bool) -> Result<Page<Valuation>> {
        let portfolio = self.0.store.portfolio(owner, query.portfolio_id).await?;
        if !daily {
            return self.0.store.valuations(query).await;
        }
        let zone = portfolio.zone()?;
        // The page before ended with the last snapshot of its day; the others of that day are left out.
        let mut day = query.before.map(|before| local_day(before, &zone));
        let mut skim = SnapshotQuery {
            limit: SKIM,
            holdings: false,
            ..query.clone()
        };
        let mut items = Vec::new();
        loop {
            let page = self.0.store.valuations(&skim).await?;
            skim.before = page.items.last().map(|valuation| valuation.as_of).or(skim.before);
            for valuation in page.items {
                let of = Some(local_day(valuation.as_of, &zone));
                if of == day {
                    continue;
                }
                if items.len() == query.limit {
                    return self.with_holdings(query, items, true).await;
                }
                day = of;
                items.push(valuation);
            }
            if !page.more {
                return self.with_holdings(query, items, false).await;
            }
        }
    }

    async fn with_holdings(&self, query: &SnapshotQuery, items: Vec<Valuation>, more: bool) -> Result<Page<Valuation>> {
        if !query.holdings {
            return Ok(Page { items, more });
        }
        let mut whole = Vec::with_capacity(items.len());
        for item in items {
            whole.extend(self.0.store.valuation(query.portfolio_id, item.id).await?);
        }
        Ok(Page { items: whole, more })
    }

    /// One snapshot with its holdings.
    ///
    /// # Errors
    /// `NotFound`, `Unavailable`, `CorruptData`.
    pub async fn valuation(&self, owner: &OwnerId, portfolio: PortfolioId, id: ValuationId) -> Result<Valuation> {
        self.0.store.portfolio(owner, portfolio).await?;
        self.0
            .store
            .valuation(portfolio, id)
            .await?
            .ok_or_else(|| Error::not_found("valuation"))
    }

    /// The newest snapshot with its holdings.
    ///
    /// # Errors
    /// `NotFound` when there is none, `Unavailable`, `CorruptData`.
    pub async fn latest(&self, owner: &OwnerId, portfolio: PortfolioId) -> Result<Valuation> {
        self.0.store.portfolio(owner, portfolio).await?;
        let query = SnapshotQuery {
            holdings: true,
            ..SnapshotQuery::newest(portfolio, 1)
        };
        let page = self.0.store.valuations(&query).await?;
        page.items
            .into_iter()
            .next()
            .ok_or_else(|| Error::new(ErrorKind::NotFound, "the portfolio has no snapshot yet"))
    }

    /// How the portfolio changed until this valuation, which has to have its holdings: against the last
    /// snapshot at least a day, a week, 30 days and a year before, at most a tenth of that older.
    ///
    /// # Errors
    /// `Unavailable`, `CorruptData`.
    pub async fn changes(&self, valuation: &Valuation) -> Result<[(&'static str, Option<Change>); 4]> {
        let assets = valuation.holdings.iter().map(|row| &row.asset);
        let splits = &self.0.splits.of(assets).await?;
        let changes = CHANGE_SPANS.map(|span| async move {
            let then = self.start_of(span, valuation).await?;
            let change = then.and_then(|then| change(&then, valuation, splits));
            Ok((span.name, change))
        });
        let [a, b, c, d] = changes;
        let (a, b, c, d) = futures::future::try_join4(a, b, c, d).await?;
        Ok([a, b, c, d])
    }

    /// The snapshot that a valuation is compared with over a span, with its holdings.
    pub(super) async fn start_of(&self, span: ChangeSpan, valuation: &Valuation) -> Result<Option<Valuation>> {
        let (from, to) = span.window(valuation.as_of);
        let query = SnapshotQuery {
            from: Some(from),
            to: Some(to),
            holdings: true,
            ..SnapshotQuery::newest(valuation.portfolio_id, 1)
        };
        Ok(self.0.store.valuations(&query).await?.items.into_iter().next())
    }
}

pub(super) fn local_day(instant: Timestamp, zone: &TimeZone) -> Date {
    instant.to_zoned(zone.clone()).date()
}
