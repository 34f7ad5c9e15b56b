//! Snapshots: valuations that are kept.

use std::fmt::Debug;

use async_trait::async_trait;
use jiff::Timestamp;

use super::Page;
use crate::Result;
use crate::id::{PortfolioId, ValuationId};
use crate::valuation::Valuation;

/// A valuation to keep, and until when.
#[derive(Clone, Debug)]
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
