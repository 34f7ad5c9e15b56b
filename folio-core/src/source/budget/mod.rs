//! How many calls a source may get, whoever makes them.
//!
//! Three limits hold at once: calls in any sixty seconds, in a day of UTC and in a calendar month of UTC. A
//! fifth of each is kept for people. A `Retry-After` of the vendor closes the source for everybody until
//! then.
//!
//! A vendor counts by its own clock. Its minute may be the minute of the clock, which the sliding window
//! never exceeds; but its day may begin at its own midnight and its month on the day of the contract, and
//! then a whole quota of folio's may fall into the second half of one of the vendor's and another into the
//! first half of the next. Whoever pays for calls beyond the quota sets half of it.

mod account;
mod ledger;
mod local;
mod quota;
mod store;
mod window;

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;
use hashbrown::HashMap;
use jiff::Timestamp;

pub use ledger::{Ledger, LedgerState};
pub use local::LocalBudget;
pub use store::StoreBudget;

use super::{Deadline, Priority, budget_used_up};
use crate::clock::Clock;
use crate::quote::SourceId;
use crate::{Error, ErrorKind, Result};

/// How many calls of a source are allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BudgetLimit {
    /// The source.
    pub source: SourceId,
    /// Calls in any sixty seconds; 0 is read as 1.
    pub per_minute: u32,
    /// Calls in a day of UTC; 0 is read as 1, `None` is no limit.
    pub per_day: Option<u32>,
    /// Calls in a calendar month of UTC; 0 is read as 1, `None` is no limit.
    pub per_month: Option<u32>,
}

impl BudgetLimit {
    /// So many calls in any sixty seconds, and no other limit.
    #[must_use]
    pub fn new(source: SourceId, per_minute: u32) -> Self {
        Self {
            source,
            per_minute,
            per_day: None,
            per_month: None,
        }
    }

    /// The same with a limit of calls in a day of UTC.
    #[must_use]
    pub fn per_day(mut self, calls: impl Into<Option<u32>>) -> Self {
        self.per_day = calls.into();
        self
    }

    /// The same with a limit of calls in a calendar month of UTC.
    #[must_use]
    pub fn per_month(mut self, calls: impl Into<Option<u32>>) -> Self {
        self.per_month = calls.into();
        self
    }

    /// The calls of a minute that this caller may make: a fifth is kept from jobs.
    #[must_use]
    pub fn per_minute_for(&self, priority: Priority) -> u32 {
        share(self.per_minute, priority)
    }

    /// How many calls `cost` stands for, if this caller may ever make so many at once.
    ///
    /// # Errors
    /// `Unsupported` when the limits never allow so many calls at once.
    pub fn admit(&self, cost: u32, priority: Priority) -> Result<u32> {
        let cost = cost.max(1);
        let limits = [
            (Some(self.per_minute), "minute"),
            (self.per_day, "day"),
            (self.per_month, "month"),
        ];
        for (limit, span) in limits {
            let Some(limit) = limit else { continue };
            let most = share(limit, priority);
            if cost > most {
                let whose = match priority {
                    Priority::Interactive => "",
                    Priority::Job => " for jobs",
                };
                return Err(Error::new(
                    ErrorKind::Unsupported,
                    format!(
                        "a request to {} costs {cost} calls at once, and its budget has {most} a {span}{whose}",
                        self.source
                    ),
                )
                .with_context("cost", cost)
                .with_context("limit", limit));
            }
        }
        Ok(cost)
    }
}

/// What is left of a day's or a month's calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuotaState {
    /// Calls in the span.
    pub limit: u32,
    /// Calls made in it; more than the limit where that was lowered since.
    pub used: u32,
    /// When the next span begins.
    pub resets_at: Timestamp,
}

impl QuotaState {
    /// Calls that can still be made in the span.
    #[must_use]
    pub fn left(&self) -> u32 {
        self.limit.saturating_sub(self.used)
    }
}

/// What is left of a budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BudgetState {
    /// Calls in any sixty seconds.
    pub limit_per_minute: u32,
    /// Calls that a person could make at once, by all limits together.
    pub remaining: u32,
    /// When a person may make the next call, where none is possible at once: the latest of what the minute,
    /// the day, the month and the vendor's `Retry-After` ask for.
    pub retry_at: Option<Timestamp>,
    /// The calls of this day of UTC, where they are limited.
    pub day: Option<QuotaState>,
    /// The calls of this calendar month of UTC, where they are limited.
    pub month: Option<QuotaState>,
}

impl BudgetState {
    /// Whether this caller has to wait: a job may not take the calls that are kept for people.
    #[must_use]
    pub fn is_used_up(&self, priority: Priority) -> bool {
        let kept = self
            .limit_per_minute
            .saturating_sub(share(self.limit_per_minute, priority));
        self.remaining <= kept
    }
}

/// Permission to call a source, shared by everybody who calls it.
///
/// # Contract
/// - Never more than the limit within any sixty seconds, a day of UTC and a calendar month of UTC; for
///   [`Priority::Job`] nothing beyond four fifths of each, rounded down, at least one call.
/// - A cost that is above what its priority may ever get is an error, never cut and never waited for.
/// - What was refused was not counted.
/// - After [`retry_after`](Self::retry_after) no permission is given before that instant.
/// - A clock that is set back gives no call of a day or a month back.
/// - A source without a limit is a defect of the wiring, not a source without bounds.
#[async_trait]
pub trait RateBudget: Send + Sync + Debug + 'static {
    /// Waits until `cost` calls may be made, 0 being read as 1; at once an error if that is later than the
    /// deadline.
    ///
    /// # Errors
    /// `RateLimited` with the delay after which it may be tried again, which for a day or a month that is
    /// used up lasts until the next begins; `Unsupported` when the limits never allow so many calls at once;
    /// `NotConfigured` for a source without a limit; `Unavailable` when the place where the budget is kept
    /// cannot be reached.
    async fn acquire(&self, source: &SourceId, cost: u32, priority: Priority, deadline: Deadline) -> Result<()>;

    /// Closes a source until `until`, as the vendor asked.
    ///
    /// # Errors
    /// `Unavailable` when the place where the budget is kept cannot be reached.
    async fn retry_after(&self, source: &SourceId, until: Timestamp) -> Result<()>;

    /// What is left; `None` for a source without a limit.
    ///
    /// # Errors
    /// `Unavailable` when the place where the budget is kept cannot be reached.
    async fn state(&self, source: &SourceId) -> Result<Option<BudgetState>>;
}

/// The part of a limit that a caller may use: a fifth is kept from jobs.
fn share(limit: u32, priority: Priority) -> u32 {
    match priority {
        Priority::Interactive => limit,
        Priority::Job => (limit - limit.div_ceil(5)).max(1),
    }
}

/// The limits of each source.
#[derive(Debug)]
struct Limits(HashMap<SourceId, BudgetLimit>);

impl Limits {
    fn new(limits: impl IntoIterator<Item = BudgetLimit>) -> Self {
        let at_least_one = |limit: BudgetLimit| BudgetLimit {
            per_minute: limit.per_minute.max(1),
            per_day: limit.per_day.map(|calls| calls.max(1)),
            per_month: limit.per_month.map(|calls| calls.max(1)),
            ..limit
        };
        let by_source = limits
            .into_iter()
            .map(|limit| (limit.source.clone(), at_least_one(limit)));
        Self(by_source.collect())
    }

    fn find(&self, source: &SourceId) -> Option<&BudgetLimit> {
        self.0.get(source)
    }

    fn of(&self, source: &SourceId) -> Result<&BudgetLimit> {
        self.find(source).ok_or_else(|| {
            Error::new(
                ErrorKind::NotConfigured,
                format!("no limit of calls is set for the source {source}"),
            )
        })
    }
}

/// Waits until `at`, or gives up at once if that is after the deadline.
async fn wait(source: &SourceId, at: Timestamp, clock: &dyn Clock, deadline: Deadline) -> Result<()> {
    let delay = Duration::try_from(at.duration_since(clock.now())).unwrap_or_default();
    if delay > deadline.remaining() {
        return Err(budget_used_up(source, delay));
    }
    tokio::time::sleep(delay.max(Duration::from_millis(1))).await;
    Ok(())
}

#[cfg(all(test, feature = "memory"))]
mod tests;
