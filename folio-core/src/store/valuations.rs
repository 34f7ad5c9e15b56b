//! Snapshots: valuations that are kept.

use std::fmt::Debug;

use async_trait::async_trait;
use jiff::Timestamp;

use super::Page;
use crate::Result;
use crate::id::{PortfolioId, ValuationId};
use crate::money::Money;
use crate::valuation::{Status, Valuation};

/// A valuation to keep, and until when.
#[derive(Clone, Debug, PartialEq)]
pub struct NewSnapshot {
    /// The valuation.
    pub valuation: Valuation,
    /// When it may be removed; `None` keeps it for ever. Decided at the first write, never changed.
    pub expire_at: Option<Timestamp>,
}

/// What became of a snapshot that was to be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inserted {
    /// It is kept.
    New,
    /// There was one for the portfolio and instant already; that one stays as it is.
    Duplicate,
}

/// Which snapshots of a portfolio to list, newest first.
#[derive(Clone, Debug)]
pub struct SnapshotQuery {
    /// The portfolio.
    pub portfolio_id: PortfolioId,
    /// Not earlier than this.
    pub from: Option<Timestamp>,
    /// Not later than this.
    pub to: Option<Timestamp>,
    /// Only snapshots earlier than this: where the page before ended.
    pub before: Option<Timestamp>,
    /// At most so many.
    pub limit: usize,
    /// Whether to read the holdings; without them `Valuation::holdings` is empty.
    pub holdings: bool,
}

impl SnapshotQuery {
    /// The newest `limit` snapshots of a portfolio, without holdings.
    #[must_use]
    pub fn newest(portfolio_id: PortfolioId, limit: usize) -> Self {
        Self {
            portfolio_id,
            from: None,
            to: None,
            before: None,
            limit,
            holdings: false,
        }
    }
}

/// The totals of a snapshot, as a curve needs them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SnapshotTotals {
    /// The instant of the snapshot.
    pub as_of: Timestamp,
    /// Whether the totals cover everything.
    pub status: Status,
    /// As [`Valuation::total_value`].
    pub total_value: Option<Money>,
    /// As [`Valuation::value_with_cost`].
    pub value_with_cost: Option<Money>,
    /// As [`Valuation::total_cost`].
    pub total_cost: Option<Money>,
}

impl From<&Valuation> for SnapshotTotals {
    fn from(valuation: &Valuation) -> Self {
        Self {
            as_of: valuation.as_of,
            status: valuation.status,
            total_value: valuation.total_value,
            value_with_cost: valuation.value_with_cost,
            total_cost: valuation.total_cost,
        }
    }
}

/// Which totals of a portfolio to read, oldest first.
#[derive(Clone, Copy, Debug)]
pub struct TotalsQuery {
    /// The portfolio.
    pub portfolio_id: PortfolioId,
    /// Not earlier than this.
    pub from: Option<Timestamp>,
    /// Not later than this.
    pub to: Option<Timestamp>,
    /// At most so many, the oldest ones.
    pub limit: usize,
}

/// How many snapshots are read at once to find the oldest.
const PAGE: usize = 500;

/// Keeps snapshots.
///
/// # Contract
/// - One snapshot for a portfolio and instant: the first write wins, a later one is a duplicate and
///   changes nothing, also between processes and after a crash.
/// - What was kept never changes.
/// - An acknowledged write survives a crash of the process and of the machine.
#[async_trait]
pub trait ValuationStore: Send + Sync + Debug + 'static {
    /// Keeps snapshots; one outcome for each, in order.
    ///
    /// # Errors
    /// `Unavailable` when it is not known whether they are kept; the same call may then be repeated.
    async fn insert_valuations(&self, snapshots: &[NewSnapshot]) -> Result<Vec<Inserted>>;

    /// One snapshot with its holdings; `None` when the portfolio has none with this id.
    ///
    /// # Errors
    /// `Unavailable`, `CorruptData`.
    async fn valuation(&self, portfolio: PortfolioId, id: ValuationId) -> Result<Option<Valuation>>;

    /// A portfolio's snapshots, newest first.
    ///
    /// # Errors
    /// `Unavailable`, `CorruptData`.
    async fn valuations(&self, query: &SnapshotQuery) -> Result<Page<Valuation>>;

    /// The totals of a portfolio's snapshots, oldest first. A backend that reads from the oldest end answers
    /// this without looking at the newer ones; what is here by itself reads them all.
    ///
    /// # Errors
    /// `Unavailable`, `CorruptData`.
    async fn totals(&self, query: &TotalsQuery) -> Result<Vec<SnapshotTotals>> {
        let mut pages = SnapshotQuery {
            from: query.from,
            to: query.to,
            ..SnapshotQuery::newest(query.portfolio_id, PAGE)
        };
        let mut oldest = std::collections::VecDeque::new();
        loop {
            let page = self.valuations(&pages).await?;
            for valuation in &page.items {
                oldest.push_front(SnapshotTotals::from(valuation));
            }
            oldest.truncate(query.limit);
            match page.items.last() {
                Some(last) if page.more => pages.before = Some(last.as_of),
                _ => return Ok(oldest.into()),
            }
        }
    }

    /// A portfolio's snapshots as they were kept, holdings and expiry included, oldest first: those later than
    /// `after`, at most `limit`. For whoever copies a store.
    ///
    /// # Errors
    /// `Unavailable`, `CorruptData`.
    async fn snapshots_after(
        &self,
        portfolio: PortfolioId,
        after: Option<Timestamp>,
        limit: usize,
    ) -> Result<Vec<NewSnapshot>>;

    /// The newest snapshot of each of these portfolios, without holdings; those without one are left out.
    ///
    /// # Errors
    /// `Unavailable`, `CorruptData`.
    async fn latest_valuations(&self, portfolios: &[PortfolioId]) -> Result<Vec<Valuation>>;

    /// Removes at most `limit` snapshots whose time has come at `now`; answers how many.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn purge_valuations(&self, now: Timestamp, limit: usize) -> Result<u64>;
}
