//! How many calls a source may get, whoever makes them.
//!
//! The rule is a sliding window: at most the limit within any sixty seconds, a fifth of it kept for
//! people. A `Retry-After` of the vendor closes the source for everybody until then.

use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use hashbrown::HashMap;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Deadline, Priority};
use crate::clock::Clock;
use crate::quote::SourceId;
use crate::store::{OpsStore, RecordKind, Row, Table, Versioned};
use crate::{Error, ErrorKind, Result};

/// The span of a budget's window.
const WINDOW: SignedDuration = SignedDuration::from_secs(60);

/// How many calls of a source are allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BudgetLimit {
    /// The source.
    pub source: SourceId,
    /// Calls in any sixty seconds; at least 1.
    pub per_minute: u32,
    /// Calls in a day of UTC; `None` is no limit.
    pub per_day: Option<u32>,
    /// Calls in a calendar month of UTC; `None` is no limit.
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
}

/// What is left of a day's or a month's calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuotaState {
    /// Calls in the span.
    pub limit: u32,
    /// Calls made in it.
    pub used: u32,
    /// When the next span begins.
    pub resets_at: Timestamp,
}

/// What is left of a budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BudgetState {
    /// Calls in any sixty seconds.
    pub limit_per_minute: u32,
    /// Calls that a person could make at once.
    pub remaining: u32,
    /// Until when no call is made.
    pub retry_at: Option<Timestamp>,
    /// The calls of this day of UTC, where they are limited.
    pub day: Option<QuotaState>,
    /// The calls of this calendar month of UTC, where they are limited.
    pub month: Option<QuotaState>,
}

/// Permission to call a source, shared by everybody who calls it.
///
/// # Contract
/// - Never more than the limit within any sixty seconds, and for [`Priority::Job`] never more than four
///   fifths of it, at least one.
/// - After [`retry_after`](Self::retry_after) no permission is given before that instant.
/// - A source without a limit is a defect of the wiring, not a source without bounds.
#[async_trait]
pub trait RateBudget: Send + Sync + Debug + 'static {
    /// Waits until `cost` calls may be made; at once an error if that is later than the deadline.
    ///
    /// # Errors
    /// `RateLimited` with the delay after which it may be tried again; `Unavailable` when the place where
    /// the budget is kept cannot be reached.
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

/// The calls of one source within the window.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Window {
    source: String,
    /// When each call was allowed, oldest first, in milliseconds since the epoch.
    calls: Vec<i64>,
    /// Until when the vendor wants no call.
    closed_until: Option<Timestamp>,
}

impl Row for Window {
    const KIND: RecordKind = RecordKind("budget");

    fn key(&self) -> String {
        self.source.clone()
    }
}

impl Window {
    /// Takes `cost` calls at `now`, or says when they may be taken.
    fn take(&mut self, per_minute: u32, cost: u32, priority: Priority, now: Timestamp) -> Result<(), Timestamp> {
        if let Some(until) = self.closed_until.filter(|until| *until > now) {
            return Err(until);
        }
        self.forget(now);
        let allowed = match priority {
            Priority::Interactive => per_minute.max(1),
            Priority::Job => (per_minute - per_minute.div_ceil(5).min(per_minute)).max(1),
        } as usize;
        let cost = (cost.max(1) as usize).min(allowed);
        let excess = (self.calls.len() + cost).saturating_sub(allowed);
        if excess > 0 {
            let oldest = self
                .calls
                .get(excess - 1)
                .copied()
                .unwrap_or_else(|| now.as_millisecond());
            let free = Timestamp::from_millisecond(oldest).unwrap_or(now) + WINDOW;
            return Err(free.max(now + SignedDuration::from_millis(1)));
        }
        self.calls.extend(std::iter::repeat_n(now.as_millisecond(), cost));
        Ok(())
    }

    fn forget(&mut self, now: Timestamp) {
        let horizon = (now - WINDOW).as_millisecond();
        // A call from the future was noted under a clock that has since been set back.
        let latest = now.as_millisecond();
        self.calls
            .retain(|call| *call > horizon && *call <= latest + WINDOW.as_millis() as i64);
    }

    fn close(&mut self, until: Timestamp) -> bool {
        let later = self.closed_until.is_none_or(|closed| closed < until);
        if later {
            self.closed_until = Some(until);
        }
        later
    }

    fn state(&self, per_minute: u32, now: Timestamp) -> BudgetState {
        let mut window = self.clone();
        window.forget(now);
        let used = u32::try_from(window.calls.len()).unwrap_or(u32::MAX);
        let retry_at = self.closed_until.filter(|until| *until > now);
        let remaining = if retry_at.is_some() {
            0
        } else {
            per_minute.saturating_sub(used)
        };
        BudgetState {
            limit_per_minute: per_minute,
            remaining,
            retry_at,
            day: None,
            month: None,
        }
    }
}

/// Waits for a place in the window, or gives up at once if it comes after the deadline.
async fn wait(source: &SourceId, at: Timestamp, clock: &dyn Clock, deadline: Deadline) -> Result<()> {
    let delay = Duration::try_from(at.duration_since(clock.now())).unwrap_or_default();
    if delay > deadline.remaining() {
        return Err(Error::new(
            ErrorKind::RateLimited,
            format!("the budget of calls to {source} is used up"),
        )
        .with_retry_after(delay));
    }
    tokio::time::sleep(delay.max(Duration::from_millis(1))).await;
    Ok(())
}

fn limit_of(limits: &HashMap<SourceId, u32>, source: &SourceId) -> Result<u32> {
    limits.get(source).copied().ok_or_else(|| {
        Error::new(
            ErrorKind::NotConfigured,
            format!("no limit of calls is set for the source {source}"),
        )
    })
}

fn by_source(limits: impl IntoIterator<Item = BudgetLimit>) -> HashMap<SourceId, u32> {
    limits
        .into_iter()
        .map(|limit| (limit.source, limit.per_minute.max(1)))
        .collect()
}

/// A budget within one process.
#[derive(Debug)]
pub struct LocalBudget {
    clock: Arc<dyn Clock>,
    limits: HashMap<SourceId, u32>,
    windows: Mutex<HashMap<SourceId, Window>>,
}

impl LocalBudget {
    /// A budget with these limits.
    pub fn new(clock: Arc<dyn Clock>, limits: impl IntoIterator<Item = BudgetLimit>) -> Self {
        Self {
            clock,
            limits: by_source(limits),
            windows: Mutex::default(),
        }
    }

    fn with<T>(&self, source: &SourceId, work: impl FnOnce(&mut Window) -> T) -> T {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        work(windows.entry_ref(source).or_default())
    }
}

#[async_trait]
impl RateBudget for LocalBudget {
    async fn acquire(&self, source: &SourceId, cost: u32, priority: Priority, deadline: Deadline) -> Result<()> {
        let per_minute = limit_of(&self.limits, source)?;
        loop {
            let now = self.clock.now();
            match self.with(source, |window| window.take(per_minute, cost, priority, now)) {
                Ok(()) => return Ok(()),
                Err(at) => wait(source, at, &*self.clock, deadline).await?,
            }
        }
    }

    async fn retry_after(&self, source: &SourceId, until: Timestamp) -> Result<()> {
        self.with(source, |window| window.close(until));
        Ok(())
    }

    async fn state(&self, source: &SourceId) -> Result<Option<BudgetState>> {
        let now = self.clock.now();
        Ok(self
            .limits
            .get(source)
            .map(|limit| self.with(source, |window| window.state(*limit, now))))
    }
}

/// A budget in a row of the store, shared by every process on it.
#[derive(Debug)]
pub struct StoreBudget {
    clock: Arc<dyn Clock>,
    limits: HashMap<SourceId, u32>,
    store: Arc<dyn OpsStore>,
}

impl StoreBudget {
    /// A budget with these limits, kept in `store`.
    pub fn new(clock: Arc<dyn Clock>, store: Arc<dyn OpsStore>, limits: impl IntoIterator<Item = BudgetLimit>) -> Self {
        Self {
            clock,
            limits: by_source(limits),
            store,
        }
    }

    fn windows(&self) -> Table<'_, Window> {
        Table::new(&*self.store)
    }

    async fn window(&self, source: &SourceId) -> Result<Versioned<Window>> {
        loop {
            if let Some(window) = self.windows().get(source.as_str()).await? {
                return Ok(window);
            }
            let window = Window {
                source: source.to_string(),
                ..Window::default()
            };
            self.windows().insert(&window).await?;
        }
    }
}

#[async_trait]
impl RateBudget for StoreBudget {
    async fn acquire(&self, source: &SourceId, cost: u32, priority: Priority, deadline: Deadline) -> Result<()> {
        let per_minute = limit_of(&self.limits, source)?;
        loop {
            let mut window = self.window(source).await?;
            match window.take(per_minute, cost, priority, self.clock.now()) {
                Ok(()) if self.windows().replace(&mut window).await? => return Ok(()),
                Ok(()) => {}
                Err(at) => wait(source, at, &*self.clock, deadline).await?,
            }
        }
    }

    async fn retry_after(&self, source: &SourceId, until: Timestamp) -> Result<()> {
        loop {
            let mut window = self.window(source).await?;
            if !window.close(until) || self.windows().replace(&mut window).await? {
                return Ok(());
            }
        }
    }

    async fn state(&self, source: &SourceId) -> Result<Option<BudgetState>> {
        let Some(limit) = self.limits.get(source) else {
            return Ok(None);
        };
        let window = self.windows().get(source.as_str()).await?;
        let window = window.map(Versioned::into_inner).unwrap_or_default();
        Ok(Some(window.state(*limit, self.clock.now())))
    }
}

// What holds for every budget is in `conformance`; here is what only this rule has.
#[cfg(test)]
mod tests {
    use super::*;

    const AT: Timestamp = Timestamp::UNIX_EPOCH;

    fn later(seconds: i64) -> Timestamp {
        AT + SignedDuration::from_secs(seconds)
    }

    #[track_caller]
    fn check(calls: &[i64], per_minute: u32, priority: Priority, now: i64, free_at: Option<i64>) {
        let calls = calls.iter().map(|second| second * 1000).collect();
        let mut window = Window {
            calls,
            ..Window::default()
        };
        let taken = window.take(per_minute, 1, priority, later(now));
        assert_eq!(taken.err(), free_at.map(later));
    }

    #[test]
    fn a_call_is_free_when_the_one_that_fills_the_window_is_a_minute_old() {
        check(&[], 1, Priority::Job, 0, None);
        check(&[0], 1, Priority::Interactive, 59, Some(60));
        check(&[0], 1, Priority::Interactive, 60, None);
        check(&[0, 10, 20], 3, Priority::Interactive, 30, Some(60));
        check(&[0, 10, 20], 3, Priority::Interactive, 60, None);
        // A job waits until as many have gone as people are kept room for.
        check(&[0, 10, 20, 30, 40], 5, Priority::Job, 50, Some(70));
    }

    #[test]
    fn calls_from_the_future_do_not_close_a_source_after_the_clock_was_set_back() {
        check(&[7200], 1, Priority::Interactive, 0, None);
        check(&[50], 1, Priority::Interactive, 0, Some(110));
    }

    #[tokio::test]
    async fn a_limit_of_nothing_is_read_as_one() {
        let source = SourceId::new("x");
        let clock = Arc::new(crate::ManualClock::new(AT));
        let limit = BudgetLimit::new(source.clone(), 0);
        let budget = LocalBudget::new(clock, [limit]);
        let now = Deadline::after(Duration::ZERO);
        budget.acquire(&source, 1, Priority::Job, now).await.unwrap();
        let refused = budget.acquire(&source, 1, Priority::Job, now).await.unwrap_err();
        assert_eq!(
            (refused.kind(), refused.retry_after()),
            (ErrorKind::RateLimited, Some(Duration::from_secs(60)))
        );
    }
}
