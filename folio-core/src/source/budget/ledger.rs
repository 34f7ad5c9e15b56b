//! What a store keeps of budgets whose minutes are counted somewhere faster.

use std::sync::Arc;

use jiff::Timestamp;

use super::store::Accounts;
use super::{BudgetLimit, Limits, QuotaState};
use crate::Result;
use crate::clock::Clock;
use crate::quote::SourceId;
use crate::source::Priority;
use crate::store::OpsStore;

/// The lasting part of a [`RateBudget`](super::RateBudget) that counts its minutes in a place that may forget
/// them: limits, the calls of days and months, what vendors asked for, and whether anybody may have called
/// of late.
///
/// It is the same row for each source that a [`StoreBudget`](super::StoreBudget) keeps, so what was used this
/// month stays used when a deployment changes from one to the other.
#[derive(Debug)]
pub struct Ledger {
    clock: Arc<dyn Clock>,
    limits: Limits,
    accounts: Accounts,
}

/// What a [`Ledger`] says of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LedgerState {
    /// Until when the vendor wants no call, which may be over.
    pub closed_until: Option<Timestamp>,
    /// Until when calls may have been made, as far as anybody noted; see [`Ledger::expect_calls`].
    pub called_until: Option<Timestamp>,
    /// The calls of this day of UTC, where they are limited.
    pub day: Option<QuotaState>,
    /// The calls of this calendar month of UTC, where they are limited.
    pub month: Option<QuotaState>,
    /// When a person may make the next call by the vendor, the day and the month, where not at once.
    pub retry_at: Option<Timestamp>,
}

impl Ledger {
    /// A ledger with these limits, kept in `store`.
    pub fn new(clock: Arc<dyn Clock>, store: Arc<dyn OpsStore>, limits: impl IntoIterator<Item = BudgetLimit>) -> Self {
        Self {
            clock,
            limits: Limits::new(limits),
            accounts: Accounts(store),
        }
    }

    /// The limit of a source, none below one call; `None` for a source without a limit.
    #[must_use]
    pub fn find(&self, source: &SourceId) -> Option<&BudgetLimit> {
        self.limits.find(source)
    }

    /// The limit of a source, none below one call.
    ///
    /// # Errors
    /// `NotConfigured` for a source without a limit.
    pub fn limit(&self, source: &SourceId) -> Result<&BudgetLimit> {
        self.limits.of(source)
    }

    /// Takes `cost` calls of the day and the month, or answers when they may be taken. Where neither is
    /// limited the store is not asked.
    ///
    /// # Errors
    /// `NotConfigured` for a source without a limit; `Unavailable` when the store cannot be reached.
    pub async fn take(&self, source: &SourceId, cost: u32, priority: Priority) -> Result<Option<Timestamp>> {
        let limit = self.limits.of(source)?;
        if limit.per_day.is_none() && limit.per_month.is_none() {
            return Ok(None);
        }
        loop {
            let mut account = self.accounts.get(source).await?;
            let now = self.clock.now();
            let set_back = account.bring_to(now);
            let taken = account.take_quotas(limit, cost, priority, now);
            if (taken.is_ok() || set_back) && !self.accounts.replace(&mut account).await? {
                continue;
            }
            return Ok(taken.err());
        }
    }

    /// Notes that the vendor wants no call until `until`.
    ///
    /// # Errors
    /// `Unavailable` when the store cannot be reached.
    pub async fn close(&self, source: &SourceId, until: Timestamp) -> Result<()> {
        self.accounts.close(source, until).await
    }

    /// Notes that calls may be made until `until`, unless something later than `enough` is noted already;
    /// answers what is noted now.
    ///
    /// Whoever finds the count of the minute lost can tell from it whether there was anything to count.
    ///
    /// # Errors
    /// `Unavailable` when the store cannot be reached.
    pub async fn expect_calls(&self, source: &SourceId, enough: Timestamp, until: Timestamp) -> Result<Timestamp> {
        loop {
            let mut account = self.accounts.get(source).await?;
            if let Some(noted) = account.called_until().filter(|noted| *noted >= enough) {
                return Ok(noted);
            }
            account.expect_calls(until);
            if self.accounts.replace(&mut account).await? {
                return Ok(until);
            }
        }
    }

    /// What is known of a source.
    ///
    /// # Errors
    /// `NotConfigured` for a source without a limit; `Unavailable` when the store cannot be reached.
    pub async fn state(&self, source: &SourceId) -> Result<LedgerState> {
        let limit = self.limits.of(source)?;
        let now = self.clock.now();
        let mut account = self.accounts.find(source).await?;
        account.bring_to(now);
        let (day, month) = account.quotas(limit);
        Ok(LedgerState {
            closed_until: account.closed_until(),
            called_until: account.called_until(),
            day,
            month,
            retry_at: account.quotas_free_at(limit, 1, Priority::Interactive, now),
        })
    }
}
