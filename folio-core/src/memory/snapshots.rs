//! Snapshots by portfolio and instant.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::Bound;

use async_trait::async_trait;
use jiff::Timestamp;

use super::{MemoryStore, lock};
use crate::Result;
use crate::id::{PortfolioId, ValuationId};
use crate::store::{Inserted, NewSnapshot, Page, SnapshotQuery, SnapshotTotals, TotalsQuery, ValuationStore};
use crate::valuation::Valuation;

#[derive(Debug, Default)]
pub(super) struct Snapshots(BTreeMap<(PortfolioId, Timestamp), NewSnapshot>);

impl Snapshots {
    /// A portfolio's snapshots, oldest first.
    fn of(&self, portfolio: PortfolioId) -> impl DoubleEndedIterator<Item = &Valuation> {
        self.0
            .range((portfolio, Timestamp::MIN)..=(portfolio, Timestamp::MAX))
            .map(|(_, snapshot)| &snapshot.valuation)
    }

    pub(super) fn remove_portfolio(&mut self, portfolio: PortfolioId) {
        self.0.retain(|(owner, _), _| *owner != portfolio);
    }
}

#[async_trait]
impl ValuationStore for MemoryStore {
    async fn insert_valuations(&self, snapshots: &[NewSnapshot]) -> Result<Vec<Inserted>> {
        let mut kept = lock(&self.snapshots);
        let insert = |snapshot: &NewSnapshot| match kept
            .0
            .entry((snapshot.valuation.portfolio_id, snapshot.valuation.as_of))
        {
            Entry::Occupied(_) => Inserted::Duplicate,
            Entry::Vacant(place) => {
                place.insert(snapshot.clone());
                Inserted::New
            }
        };
        Ok(snapshots.iter().map(insert).collect())
    }

    async fn valuation(&self, portfolio: PortfolioId, id: ValuationId) -> Result<Option<Valuation>> {
        Ok(lock(&self.snapshots)
            .of(portfolio)
            .find(|valuation| valuation.id == id)
            .cloned())
    }

    async fn valuations(&self, query: &SnapshotQuery) -> Result<Page<Valuation>> {
        let kept = lock(&self.snapshots);
        let mut wanted = kept.of(query.portfolio_id).rev().filter(|valuation| {
            query.from.is_none_or(|from| from <= valuation.as_of)
                && query.to.is_none_or(|to| valuation.as_of <= to)
                && query.before.is_none_or(|before| valuation.as_of < before)
        });
        let read = |valuation: &Valuation| {
            if query.holdings {
                valuation.clone()
            } else {
                without_holdings(valuation)
            }
        };
        let items = wanted.by_ref().take(query.limit).map(read).collect();
        Ok(Page {
            items,
            more: wanted.next().is_some(),
        })
    }

    async fn totals(&self, query: &TotalsQuery) -> Result<Vec<SnapshotTotals>> {
        let wanted = |valuation: &&Valuation| {
            query.from.is_none_or(|from| from <= valuation.as_of) && query.to.is_none_or(|to| valuation.as_of <= to)
        };
        Ok(lock(&self.snapshots)
            .of(query.portfolio_id)
            .filter(wanted)
            .take(query.limit)
            .map(SnapshotTotals::from)
            .collect())
    }

    async fn snapshots_after(
        &self,
        portfolio: PortfolioId,
        after: Option<Timestamp>,
        limit: usize,
    ) -> Result<Vec<NewSnapshot>> {
        let after = after.map_or(Bound::Included(Timestamp::MIN), Bound::Excluded);
        let (lo, hi) = (after.map(|after| (portfolio, after)), (portfolio, Timestamp::MAX));
        let kept = lock(&self.snapshots);
        let later = kept.0.range((lo, Bound::Included(hi)));
        Ok(later.take(limit).map(|(_, snapshot)| snapshot.clone()).collect())
    }

    async fn latest_valuations(&self, portfolios: &[PortfolioId]) -> Result<Vec<Valuation>> {
        let kept = lock(&self.snapshots);
        Ok(portfolios
            .iter()
            .filter_map(|id| kept.of(*id).next_back())
            .map(without_holdings)
            .collect())
    }

    async fn purge_valuations(&self, now: Timestamp, limit: usize) -> Result<u64> {
        let mut kept = lock(&self.snapshots);
        let due = kept
            .0
            .iter()
            .filter(|(_, snapshot)| snapshot.expire_at.is_some_and(|at| at <= now));
        let due: Vec<_> = due.map(|(key, _)| *key).take(limit).collect();
        for key in &due {
            kept.0.remove(key);
        }
        Ok(due.len() as u64)
    }
}

fn without_holdings(valuation: &Valuation) -> Valuation {
    Valuation {
        holdings: Vec::new(),
        ..valuation.clone()
    }
}
