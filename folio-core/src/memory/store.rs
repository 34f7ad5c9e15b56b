//! Portfolios and what is known of assets.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::civil::Date;

use super::lock;
use super::records::Records;
use super::snapshots::Snapshots;
use crate::asset::{AssetId, AssetInfo};
use crate::book::ReferenceRate;
use crate::clock::Clock;
use crate::id::{OwnerId, PortfolioId};
use crate::money::Currency;
use crate::portfolio::Portfolio;
use crate::store::{HeldAsset, IdRange, Page, PortfolioQuery, PortfolioStore, PortfolioSummary};
use crate::{Error, ErrorKind, Result};

/// A [`Store`](crate::Store) that lives as long as the process.
///
/// Every method takes effect at once and as a whole, which makes it the reference for what a backend has
/// to answer. An acknowledged write survives nothing: keep what matters elsewhere.
///
/// ```
/// use folio_core::memory::MemoryStore;
/// use folio_core::{Currency, ErrorKind, OwnerId, Portfolio, PortfolioStore};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let store = MemoryStore::new();
/// let portfolio = Portfolio::new("Core", Currency::EUR, "2026-03-01T00:00:00Z".parse()?);
/// store.create_portfolio(&portfolio).await?;
///
/// assert_eq!(store.portfolio(&portfolio.owner, portfolio.id).await?, portfolio);
/// let stranger = store.portfolio(&OwnerId::new("mallory"), portfolio.id).await;
/// assert_eq!(stranger.unwrap_err().kind(), ErrorKind::NotFound);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct MemoryStore {
    portfolios: Mutex<Portfolios>,
    pub(super) snapshots: Mutex<Snapshots>,
    pub(super) records: Mutex<Records>,
    pub(super) clock: Option<Arc<dyn Clock>>,
}

#[derive(Debug, Default)]
struct Portfolios {
    by_id: BTreeMap<PortfolioId, Portfolio>,
    held: BTreeSet<HeldAsset>,
    infos: BTreeMap<AssetId, AssetInfo>,
    rates: BTreeMap<(Currency, Date), ReferenceRate>,
}

impl MemoryStore {
    /// An empty store without a clock of its own.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same store with a clock, which [`OpsStore::now`](crate::OpsStore::now) then tells, as a
    /// database server tells its own.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }
}

impl Portfolios {
    fn of_owner(&mut self, owner: &OwnerId, id: PortfolioId) -> Result<&mut Portfolio> {
        self.by_id
            .get_mut(&id)
            .filter(|portfolio| portfolio.owner == *owner)
            .ok_or_else(|| Error::not_found("portfolio"))
    }
}

#[async_trait]
impl PortfolioStore for MemoryStore {
    async fn create_portfolio(&self, portfolio: &Portfolio) -> Result<()> {
        let mut state = lock(&self.portfolios);
        if state.by_id.contains_key(&portfolio.id) {
            return Err(Error::new(
                ErrorKind::Conflict,
                "there is a portfolio with this id already",
            ));
        }
        state.held.extend(HeldAsset::of(portfolio));
        state.by_id.insert(portfolio.id, portfolio.clone());
        Ok(())
    }

    async fn portfolio(&self, owner: &OwnerId, id: PortfolioId) -> Result<Portfolio> {
        lock(&self.portfolios).of_owner(owner, id).cloned()
    }

    async fn portfolios(&self, query: &PortfolioQuery) -> Result<Page<PortfolioSummary>> {
        let state = lock(&self.portfolios);
        let after = query.after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut wanted = state
            .by_id
            .range((after, Bound::Unbounded))
            .map(|(_, portfolio)| portfolio)
            .filter(|portfolio| portfolio.owner == query.owner && portfolio.archived == query.archived);
        let items = wanted.by_ref().take(query.limit).map(PortfolioSummary::from).collect();
        Ok(Page {
            items,
            more: wanted.next().is_some(),
        })
    }

    async fn update_portfolio(&self, portfolio: &Portfolio, expected: u64) -> Result<()> {
        let mut state = lock(&self.portfolios);
        let stored = state.of_owner(&portfolio.owner, portfolio.id)?;
        if stored.version != expected {
            return Err(Error::new(
                ErrorKind::PreconditionFailed,
                format!("the portfolio has version {}, not {expected}", stored.version),
            ));
        }
        *stored = portfolio.clone();
        state.held.extend(HeldAsset::of(portfolio));
        Ok(())
    }

    async fn delete_portfolio(&self, owner: &OwnerId, id: PortfolioId) -> Result<()> {
        let mut state = lock(&self.portfolios);
        state.of_owner(owner, id)?;
        state.by_id.remove(&id);
        lock(&self.snapshots).remove_portfolio(id);
        Ok(())
    }

    async fn portfolios_between(
        &self,
        range: &IdRange,
        created_until: Timestamp,
        limit: usize,
    ) -> Result<Vec<Portfolio>> {
        let lo = match range.lo {
            None => Bound::Unbounded,
            Some(lo) if range.after => Bound::Excluded(lo),
            Some(lo) => Bound::Included(lo),
        };
        let state = lock(&self.portfolios);
        let from_lo = state.by_id.range((lo, Bound::Unbounded));
        Ok(from_lo
            .take_while(|(id, _)| range.hi.is_none_or(|hi| **id < hi))
            .map(|(_, portfolio)| portfolio)
            .filter(|portfolio| portfolio.created_at <= created_until)
            .take(limit)
            .cloned()
            .collect())
    }

    async fn portfolio_id_after(&self, lo: Option<PortfolioId>, count: usize) -> Result<Option<PortfolioId>> {
        let state = lock(&self.portfolios);
        let lo = lo.map_or(Bound::Unbounded, Bound::Included);
        Ok(state.by_id.range((lo, Bound::Unbounded)).map(|(id, _)| *id).nth(count))
    }

    async fn held_assets(&self, after: Option<&HeldAsset>, limit: usize) -> Result<Vec<HeldAsset>> {
        let after = after.map_or(Bound::Unbounded, Bound::Excluded);
        Ok(lock(&self.portfolios)
            .held
            .range((after, Bound::Unbounded))
            .take(limit)
            .cloned()
            .collect())
    }

    async fn sweep_held_assets(&self) -> Result<u64> {
        let mut state = lock(&self.portfolios);
        let held: BTreeSet<_> = state.by_id.values().flat_map(HeldAsset::of).collect();
        let removed = state.held.difference(&held).count();
        state.held = held;
        Ok(removed as u64)
    }

    async fn put_asset_infos(&self, infos: &[AssetInfo]) -> Result<()> {
        let infos = infos.iter().map(|info| (info.asset.clone(), info.clone()));
        lock(&self.portfolios).infos.extend(infos);
        Ok(())
    }

    async fn asset_infos(&self, assets: &[AssetId]) -> Result<Vec<AssetInfo>> {
        let state = lock(&self.portfolios);
        Ok(assets
            .iter()
            .filter_map(|asset| state.infos.get(asset))
            .cloned()
            .collect())
    }

    async fn asset_infos_after(&self, after: Option<&AssetId>, limit: usize) -> Result<Vec<AssetInfo>> {
        let after = after.map_or(Bound::Unbounded, Bound::Excluded);
        let state = lock(&self.portfolios);
        let infos = state.infos.range::<AssetId, _>((after, Bound::Unbounded));
        Ok(infos.take(limit).map(|(_, info)| info.clone()).collect())
    }

    async fn put_reference_rates(&self, rates: &[ReferenceRate]) -> Result<()> {
        let mut state = lock(&self.portfolios);
        for rate in rates {
            state
                .rates
                .entry((rate.currency, rate.date))
                .or_insert_with(|| rate.clone());
        }
        Ok(())
    }

    async fn reference_rates(&self, wanted: &[(Currency, Date)]) -> Result<Vec<ReferenceRate>> {
        let state = lock(&self.portfolios);
        Ok(wanted.iter().filter_map(|key| state.rates.get(key)).cloned().collect())
    }

    async fn reference_rates_after(&self, after: Option<(Currency, Date)>, limit: usize) -> Result<Vec<ReferenceRate>> {
        let after = after.map_or(Bound::Unbounded, Bound::Excluded);
        let state = lock(&self.portfolios);
        let rates = state.rates.range((after, Bound::Unbounded));
        Ok(rates.take(limit).map(|(_, rate)| rate.clone()).collect())
    }
}
