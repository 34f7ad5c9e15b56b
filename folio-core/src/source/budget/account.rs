//! What one source has used: the row of a budget.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::quota::{Quota, Span};
use super::window::Window;
use super::{BudgetLimit, BudgetState, Priority, QuotaState, share};
use crate::store::{RecordKind, Row};

/// The calls of one source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Stored")]
pub(super) struct Account {
    source: String,
    minute: Window,
    day: Quota,
    month: Quota,
    /// Until when the vendor wants no call.
    closed_until: Option<Timestamp>,
    /// Until when calls may be made without another note, where the minute is counted elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    called_until: Option<Timestamp>,
}

/// A row as it may be found: one of folio 0.1.0 has only the calls of the minute, one by one. Whoever reads
/// rows by that layout refuses those of this one, and so cannot lose what is counted in them.
#[derive(Deserialize)]
struct Stored {
    source: String,
    #[serde(default)]
    calls: Vec<i64>,
    #[serde(default)]
    minute: Window,
    #[serde(default)]
    day: Quota,
    #[serde(default)]
    month: Quota,
    closed_until: Option<Timestamp>,
    #[serde(default)]
    called_until: Option<Timestamp>,
}

impl From<Stored> for Account {
    fn from(stored: Stored) -> Self {
        let mut minute = stored.minute;
        for call in stored.calls {
            minute.add(call, 1);
        }
        Self {
            source: stored.source,
            minute,
            day: stored.day,
            month: stored.month,
            closed_until: stored.closed_until,
            called_until: stored.called_until,
        }
    }
}

impl Row for Account {
    const KIND: RecordKind = RecordKind("budget");

    fn key(&self) -> String {
        self.source.clone()
    }
}

impl Account {
    pub(super) fn new(source: impl Into<String>) -> Self {
        Self {
            source: source.into(),
            ..Self::default()
        }
    }

    /// Lets go of what is over at `now`. Whether the clock was set back, which has to be noted even where
    /// no call is allowed.
    pub(super) fn bring_to(&mut self, now: Timestamp) -> bool {
        let minute = self.minute.bring_to(now);
        let day = self.day.bring_to(Span::Day, now);
        let month = self.month.bring_to(Span::Month, now);
        minute || day || month
    }

    /// Takes `cost` calls at `now`, which the account was brought to, or says when they may be taken.
    pub(super) fn take(
        &mut self,
        limit: &BudgetLimit,
        cost: u32,
        priority: Priority,
        now: Timestamp,
    ) -> Result<(), Timestamp> {
        if let Some(at) = self.free_at(limit, cost, priority, now) {
            return Err(at);
        }
        self.minute.add(now.as_millisecond(), cost);
        self.day.add(cost);
        self.month.add(cost);
        Ok(())
    }

    /// Takes `cost` calls of the day and the month at `now`, which the account was brought to, or says when
    /// they may be taken; the minute is counted elsewhere.
    pub(super) fn take_quotas(
        &mut self,
        limit: &BudgetLimit,
        cost: u32,
        priority: Priority,
        now: Timestamp,
    ) -> Result<(), Timestamp> {
        if let Some(at) = self.quotas_free_at(limit, cost, priority, now) {
            return Err(at);
        }
        self.day.add(cost);
        self.month.add(cost);
        Ok(())
    }

    /// When so many calls may be made; `None` if they may at this moment.
    fn free_at(&self, limit: &BudgetLimit, cost: u32, priority: Priority, now: Timestamp) -> Option<Timestamp> {
        let minute = self.minute.free_at(share(limit.per_minute, priority), cost);
        minute.max(self.quotas_free_at(limit, cost, priority, now))
    }

    /// The same by the vendor's word, the day and the month alone.
    pub(super) fn quotas_free_at(
        &self,
        limit: &BudgetLimit,
        cost: u32,
        priority: Priority,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let quota = |quota: &Quota, span, limit: Option<u32>| quota.free_at(span, share(limit?, priority), cost);
        let binding = [
            self.closed_until.filter(|until| *until > now),
            quota(&self.day, Span::Day, limit.per_day),
            quota(&self.month, Span::Month, limit.per_month),
        ];
        binding.into_iter().flatten().max()
    }

    /// Until when the vendor wants no call, as far as it said so.
    pub(super) fn closed_until(&self) -> Option<Timestamp> {
        self.closed_until
    }

    /// Until when calls may be made without another note.
    pub(super) fn called_until(&self) -> Option<Timestamp> {
        self.called_until
    }

    /// Notes that calls may be made until then.
    pub(super) fn expect_calls(&mut self, until: Timestamp) {
        self.called_until = Some(until);
    }

    /// The calls of this day and this month, where they are limited.
    pub(super) fn quotas(&self, limit: &BudgetLimit) -> (Option<QuotaState>, Option<QuotaState>) {
        let day = limit.per_day.map(|limit| self.day.state(Span::Day, limit));
        let month = limit.per_month.map(|limit| self.month.state(Span::Month, limit));
        (day, month)
    }

    /// Closes the source until `until`; whether that is later than it was closed before.
    pub(super) fn close(&mut self, until: Timestamp) -> bool {
        let later = self.closed_until.is_none_or(|closed| closed < until);
        if later {
            self.closed_until = Some(until);
        }
        later
    }

    pub(super) fn state(&self, limit: &BudgetLimit, now: Timestamp) -> BudgetState {
        let mut account = self.clone();
        account.bring_to(now);
        let (day, month) = account.quotas(limit);
        let retry_at = account.free_at(limit, 1, Priority::Interactive, now);
        let minute = limit.per_minute.saturating_sub(account.minute.used());
        let left = [day, month].into_iter().flatten().map(|quota| quota.left());
        let remaining = match retry_at {
            Some(_) => 0,
            None => left.fold(minute, u32::min),
        };
        BudgetState {
            limit_per_minute: limit.per_minute,
            remaining,
            retry_at,
            day,
            month,
        }
    }
}
