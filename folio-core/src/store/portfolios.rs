//! Portfolios and what belongs to them.

use std::fmt::Debug;

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::civil::Date;

use crate::asset::{AssetId, AssetInfo};
use crate::book::ReferenceRate;
use crate::id::{OwnerId, PortfolioId};
use crate::money::Currency;
use crate::portfolio::Portfolio;
use crate::{ErrorKind, Result};

/// Part of a list, and where the next part begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Whether there are more after the last item.
    pub more: bool,
}

/// Which portfolios to list: an owner's, oldest first.
#[derive(Clone, Debug)]
pub struct PortfolioQuery {
    /// Whose.
    pub owner: OwnerId,
    /// The archived ones instead of the others.
    pub archived: bool,
    /// Only portfolios after this id.
    pub after: Option<PortfolioId>,
    /// At most so many.
    pub limit: usize,
}

/// A portfolio without its holdings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortfolioSummary {
    /// Its id.
    pub id: PortfolioId,
    /// Its name.
    pub name: String,
    /// The currency of its totals.
    pub base_currency: Currency,
    /// How many holdings it has.
    pub holding_count: usize,
    /// Whether it is out of the way.
    pub archived: bool,
    /// Its version.
    pub version: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl From<&Portfolio> for PortfolioSummary {
    fn from(portfolio: &Portfolio) -> Self {
        Self {
            id: portfolio.id,
            name: portfolio.name.clone(),
            base_currency: portfolio.base_currency,
            holding_count: portfolio.holdings.len(),
            archived: portfolio.archived,
            version: portfolio.version,
            created_at: portfolio.created_at,
            updated_at: portfolio.updated_at,
        }
    }
}

/// An asset that somebody holds, or a currency and day that somebody's cost needs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HeldAsset {
    /// The asset; of a foreign cost the currency that was paid in.
    pub asset: AssetId,
    /// The currency of the portfolio.
    pub currency: Currency,
    /// The day of a foreign cost; `None` for a holding.
    pub cost_date: Option<Date>,
}

impl HeldAsset {
    /// What a portfolio needs to be known: each asset in its currency, and each foreign cost's currency and day.
    #[must_use]
    pub fn of(portfolio: &Portfolio) -> Vec<Self> {
        let currency = portfolio.base_currency;
        let mut held = Vec::with_capacity(portfolio.holdings.len());
        for holding in &portfolio.holdings {
            held.push(Self {
                asset: holding.asset.clone(),
                currency,
                cost_date: None,
            });
            let paid_in = holding
                .cost
                .map(|cost| cost.currency())
                .filter(|paid_in| *paid_in != currency);
            if let (Some(paid_in), Some(date)) = (paid_in, holding.acquired_on) {
                held.push(Self {
                    asset: AssetId::currency(paid_in),
                    currency,
                    cost_date: Some(date),
                });
            }
        }
        held.sort();
        held.dedup();
        held
    }
}

/// Keeps portfolios and what is known of assets.
///
/// # Contract
/// - The owner is part of every query: another owner's portfolio is as absent as one that never was.
/// - What a portfolio holds is in [`held_assets`](Self::held_assets) before the portfolio itself can be
///   read with it, so that whoever sees a holding finds its asset listed.
/// - Every acknowledged write survives a crash of the process and of the machine.
/// - `limit` is obeyed; order is as stated; a backend never loads everything.
#[async_trait]
pub trait PortfolioStore: Send + Sync + Debug + 'static {
    /// Keeps a new portfolio.
    ///
    /// # Errors
    /// `Conflict` when there is one with this id.
    async fn create_portfolio(&self, portfolio: &Portfolio) -> Result<()>;

    /// One portfolio of an owner.
    ///
    /// # Errors
    /// `NotFound` when the owner has none with this id.
    async fn portfolio(&self, owner: &OwnerId, id: PortfolioId) -> Result<Portfolio>;

    /// Those of an owner's portfolios that have these ids, in the order of the ids asked for. A backend that reads
    /// many at once answers this in one round trip; what is here by itself asks for each.
    ///
    /// # Errors
    /// `Unavailable`, `CorruptData`.
    async fn portfolios_with_ids(&self, owner: &OwnerId, ids: &[PortfolioId]) -> Result<Vec<Portfolio>> {
        let mut found = Vec::with_capacity(ids.len());
        for id in ids {
            match self.portfolio(owner, *id).await {
                Ok(portfolio) => found.push(portfolio),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    /// An owner's portfolios without their holdings, oldest first.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn portfolios(&self, query: &PortfolioQuery) -> Result<Page<PortfolioSummary>>;

    /// Puts a changed portfolio in the place of the one with version `expected`.
    ///
    /// # Errors
    /// `NotFound` when the owner has none with this id, `PreconditionFailed` when its version is another.
    async fn update_portfolio(&self, portfolio: &Portfolio, expected: u64) -> Result<()>;

    /// Removes a portfolio with its snapshots.
    ///
    /// # Errors
    /// `NotFound` when the owner has none with this id.
    async fn delete_portfolio(&self, owner: &OwnerId, id: PortfolioId) -> Result<()>;

    /// Any owner's portfolios with `lo ≤ id < hi` made at or before `created_until`, by id, for a scheduled run.
    /// `lo` is left out when `after` is set: then `id > lo`. No `hi` is no bound.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn portfolios_between(
        &self,
        range: &IdRange,
        created_until: Timestamp,
        limit: usize,
    ) -> Result<Vec<Portfolio>>;

    /// The id of the portfolio `count` places after `lo` (or after the first of all), where a chunk of
    /// `count` portfolios ends; `None` when fewer are left.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn portfolio_id_after(&self, lo: Option<PortfolioId>, count: usize) -> Result<Option<PortfolioId>>;

    /// What is held by anybody, in order, after `after`: a superset, since sold assets leave it late.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn held_assets(&self, after: Option<&HeldAsset>, limit: usize) -> Result<Vec<HeldAsset>>;

    /// Removes from the list of held assets what no portfolio holds any more. Safe beside writers.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn sweep_held_assets(&self) -> Result<u64>;

    /// Keeps what is known of assets; what was known is replaced.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn put_asset_infos(&self, infos: &[AssetInfo]) -> Result<()>;

    /// What is known of these assets; unknown ones are left out.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn asset_infos(&self, assets: &[AssetId]) -> Result<Vec<AssetInfo>>;

    /// What is known of assets, part by part: those after the last one of the part before, each once, in
    /// an order of the backend's own that stays the same.
    ///
    /// # Errors
    /// `Unavailable`, `CorruptData`.
    async fn asset_infos_after(&self, after: Option<&AssetId>, limit: usize) -> Result<Vec<AssetInfo>>;

    /// Keeps published rates; a rate that is there already stays as it is.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn put_reference_rates(&self, rates: &[ReferenceRate]) -> Result<()>;

    /// The rates for these currencies and days; unknown ones are left out.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn reference_rates(&self, wanted: &[(Currency, Date)]) -> Result<Vec<ReferenceRate>>;

    /// The kept rates, part by part: those after the last one of the part before, each once, in an order of
    /// the backend's own that stays the same.
    ///
    /// # Errors
    /// `Unavailable`, `CorruptData`.
    async fn reference_rates_after(&self, after: Option<(Currency, Date)>, limit: usize) -> Result<Vec<ReferenceRate>>;
}

/// A half-open range of portfolio ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdRange {
    /// The first id; `None` begins with the first of all.
    pub lo: Option<PortfolioId>,
    /// Whether `lo` itself is left out, to go on after it.
    pub after: bool,
    /// The first id beyond; `None` has no end.
    pub hi: Option<PortfolioId>,
}
