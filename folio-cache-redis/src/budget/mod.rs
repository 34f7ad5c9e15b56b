//! The rate budget that all processes on one Redis share.

mod process;
mod window;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use folio_core::source::{BudgetLimit, BudgetState, Ledger, LedgerState, budget_used_up};
use folio_core::{Clock, Deadline, OpsStore, Priority, RateBudget, Result, SourceId};
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use crate::connection::Redis;
use crate::error::late;
use process::Known;
use window::{Operation, Question, Reply, Window};

/// The span that a limit of calls is for.
const MINUTE: Duration = Duration::from_secs(60);
/// What part of a limit each process has while Redis is out of reach.
const PART: u32 = 4;
/// How long the store may take to note that calls are made, and how long it is left alone when it did not.
const NOTING: Duration = Duration::from_secs(1);

/// A [`RateBudget`] whose minutes are counted in Redis, by one script and Redis' own clock, and whose days and
/// months are counted in the store, where nothing is lost.
///
/// - Redis may lose what it counted. The store knows whether anybody may have called within the last minute:
///   then all of the limit counts as just used, and nobody calls for a minute; else nothing was lost.
/// - A vendor's `Retry-After` is kept in Redis, in the store and by every process that heard of it, and each
///   tells Redis again with its next question.
/// - While Redis is out of reach each process has a quarter of the limit, its calls of the last minute
///   included, and tells Redis of them when it is back.
#[derive(Debug)]
pub struct RedisBudget {
    clock: Arc<dyn Clock>,
    ledger: Ledger,
    window: Window,
    span: Duration,
    known: Mutex<HashMap<SourceId, Known>>,
}

/// What stands against a call.
enum Refusal {
    /// It is free after so long.
    For(Duration),
    /// Nothing.
    None,
}

impl RedisBudget {
    /// A budget with these limits on this Redis; what must not be lost is kept in `store`.
    pub fn new(
        redis: Redis,
        clock: Arc<dyn Clock>,
        store: Arc<dyn OpsStore>,
        limits: impl IntoIterator<Item = BudgetLimit>,
    ) -> Self {
        Self::with_span(redis, clock, store, limits, MINUTE)
    }

    /// The same for limits of calls in another span than sixty seconds: for vendors that count so, and for
    /// tests that cannot wait a minute.
    pub fn with_span(
        redis: Redis,
        clock: Arc<dyn Clock>,
        store: Arc<dyn OpsStore>,
        limits: impl IntoIterator<Item = BudgetLimit>,
        span: Duration,
    ) -> Self {
        Self {
            ledger: Ledger::new(Arc::clone(&clock), store, limits),
            clock,
            window: Window::new(redis, span),
            span,
            known: Mutex::default(),
        }
    }

    fn with<T>(&self, source: &SourceId, work: impl FnOnce(&mut Known) -> T) -> T {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.get_mut(source) {
            return work(known);
        }
        work(known.entry(source.clone()).or_default())
    }

    /// Takes the calls of a minute, in Redis or, while that is out of reach, of this process' part.
    async fn take(&self, limit: &BudgetLimit, cost: u32, priority: Priority) -> Refusal {
        let source = &limit.source;
        let now = self.clock.now();
        if let Some((_, closed)) = self.with(source, |known| known.closed(now)) {
            return Refusal::For(closed);
        }
        self.expect_calls(limit, now).await;
        match self
            .ask(Operation::Take, limit, limit.per_minute_for(priority), cost)
            .await
        {
            Ok(reply) if reply.granted => {
                self.with(source, |known| known.called(cost));
                Refusal::None
            }
            Ok(reply) => Refusal::For(reply.closed.map_or(reply.wait, |(_, closed)| closed.max(reply.wait))),
            Err(error) => {
                tracing::debug!(%error, %source, "calls are counted by this process alone");
                let allowed = quarter(limit).per_minute_for(priority);
                match self.with(source, |known| known.take(allowed, cost, self.span)) {
                    Ok(()) => Refusal::None,
                    Err(wait) => Refusal::For(wait),
                }
            }
        }
    }

    /// Asks Redis, and tells it what this process knows and Redis may not.
    async fn ask(&self, operation: Operation, limit: &BudgetLimit, allowed: u32, cost: u32) -> Result<Reply> {
        let source = &limit.source;
        let mut unknown = None;
        loop {
            let now = self.clock.now();
            let (closed, untold) = self.with(source, |known| (known.closed(now), known.tell(self.span)));
            let question = Question {
                operation,
                source: source.as_str(),
                limit: limit.per_minute,
                allowed,
                cost,
                closed,
                unknown,
                untold: &untold,
            };
            let answer = self.window.ask(&question).await;
            if !matches!(answer, Ok(Some(_))) {
                self.with(source, |known| known.untold(untold));
            }
            match answer? {
                Some(reply) => {
                    if let Some((said, _)) = reply.closed {
                        self.with(source, |known| known.close(said));
                    }
                    return Ok(reply);
                }
                None => unknown = Some(self.last_unknown_call(limit).await),
            }
        }
    }

    /// Redis has lost what it counted, or never counted anything: how long ago the last call may have been that
    /// nobody remembers. A store that cannot say counts as one that says that it was now.
    async fn last_unknown_call(&self, limit: &BudgetLimit) -> Duration {
        let state = match self.ledger.state(&limit.source).await {
            Ok(state) => state,
            Err(error) => {
                tracing::warn!(%error, source = %limit.source, "what Redis lost of a rate budget counts as used");
                return Duration::ZERO;
            }
        };
        if let Some(until) = state.closed_until {
            self.with(&limit.source, |known| known.close(until));
        }
        let now = self.clock.now();
        match state.called_until {
            Some(until) if until > now => Duration::ZERO,
            Some(until) => Duration::try_from(now.duration_since(until)).unwrap_or_default(),
            None => Duration::MAX,
        }
    }

    /// Has the store know, a moment before anybody calls, that calls are made: for those who find that Redis
    /// has lost them. It is written about once in a span by all processes together. A store that is out of
    /// reach keeps nobody from calling, so that one outage does not become two.
    async fn expect_calls(&self, limit: &BudgetLimit, now: Timestamp) {
        let source = &limit.source;
        let span = SignedDuration::try_from(self.span).unwrap_or(SignedDuration::MAX);
        let (enough, until) = (now + span / 2, now + span + span / 2);
        let is_known = self.with(source, |known| {
            known.noted_until.is_some_and(|noted| noted >= enough)
                || known.not_noted_at.is_some_and(|at| at.elapsed() < 5 * NOTING)
        });
        if is_known {
            return;
        }
        // Redis counts before it is noted that there is something to count, or the first call of all would be
        // taken for one that follows on calls that were lost.
        if let Err(error) = self.ask(Operation::Look, limit, limit.per_minute, 1).await {
            tracing::debug!(%error, %source, "calls are noted that Redis does not count");
        }
        let noting = self.ledger.expect_calls(source, enough, until);
        match tokio::time::timeout(NOTING, noting).await {
            Ok(Ok(noted)) => self.with(source, |known| {
                known.noted_until = Some(noted);
                known.not_noted_at = None;
            }),
            late_or_failed => {
                tracing::warn!(%source, answer = ?late_or_failed, "the store cannot note that calls are made");
                self.with(source, |known| known.not_noted_at = Some(Instant::now()));
            }
        }
    }

    /// Gives calls of the minute back that the day or the month does not allow.
    async fn give_back(&self, limit: &BudgetLimit, cost: u32) {
        self.with(&limit.source, |known| known.give_back(cost));
        if let Err(error) = self.ask(Operation::Back, limit, limit.per_minute, cost).await {
            tracing::debug!(%error, source = %limit.source, "calls that were not made count as made for a minute");
        }
    }
}

/// What a process may do on its own.
fn quarter(limit: &BudgetLimit) -> BudgetLimit {
    BudgetLimit::new(limit.source.clone(), (limit.per_minute / PART).max(1))
}

#[async_trait]
impl RateBudget for RedisBudget {
    async fn acquire(&self, source: &SourceId, cost: u32, priority: Priority, deadline: Deadline) -> Result<()> {
        let limit = self.ledger.limit(source)?;
        let cost = limit.admit(cost, priority)?;
        loop {
            let delay = match self.take(limit, cost, priority).await {
                Refusal::For(delay) => delay,
                Refusal::None => match self.ledger.take(source, cost, priority).await {
                    Ok(None) => return Ok(()),
                    Ok(Some(at)) => {
                        self.give_back(limit, cost).await;
                        Duration::try_from(at.duration_since(self.clock.now())).unwrap_or_default()
                    }
                    Err(error) => {
                        self.give_back(limit, cost).await;
                        return Err(error);
                    }
                },
            };
            if delay > deadline.remaining() {
                return Err(budget_used_up(source, delay));
            }
            tokio::time::sleep(delay.max(Duration::from_millis(1))).await;
        }
    }

    async fn retry_after(&self, source: &SourceId, until: Timestamp) -> Result<()> {
        self.with(source, |known| known.close(until));
        let Some(limit) = self.ledger.find(source) else {
            return Ok(());
        };
        // Either place will do; what the one does not take the other tells.
        let told = self.ask(Operation::Look, limit, limit.per_minute, 1).await;
        let kept = tokio::time::timeout(NOTING, self.ledger.close(source, until)).await;
        match kept {
            Ok(kept) if told.is_err() => kept,
            Err(_) if told.is_err() => Err(late()),
            _ => Ok(()),
        }
    }

    async fn state(&self, source: &SourceId) -> Result<Option<BudgetState>> {
        let Some(limit) = self.ledger.find(source) else {
            return Ok(None);
        };
        let ledger = match limit.per_day.or(limit.per_month) {
            Some(_) => Some(self.ledger.state(source).await?),
            None => None,
        };
        let (used, wait) = match self.ask(Operation::Look, limit, limit.per_minute, 1).await {
            Ok(reply) => (reply.used, reply.wait),
            Err(_) => {
                let part = quarter(limit).per_minute;
                let used = self.with(source, |known| known.used(self.span));
                let rest = limit.per_minute.saturating_sub(part);
                let wait = if used < part { Duration::ZERO } else { self.span };
                (used.saturating_add(rest), wait)
            }
        };
        let now = self.clock.now();
        let after = |wait: Duration| {
            SignedDuration::try_from(wait)
                .ok()
                .and_then(|wait| now.checked_add(wait).ok())
        };
        let closed = self.with(source, |known| known.closed(now));
        let binding = [
            after(wait).filter(|_| !wait.is_zero()),
            closed.map(|(until, _)| until),
            ledger.and_then(|ledger| ledger.retry_at),
        ];
        Ok(Some(state(limit, used, binding.into_iter().flatten().max(), ledger)))
    }
}

fn state(limit: &BudgetLimit, used: u32, retry_at: Option<Timestamp>, ledger: Option<LedgerState>) -> BudgetState {
    let (day, month) = ledger.map_or((None, None), |ledger| (ledger.day, ledger.month));
    let left = [day, month].into_iter().flatten().map(|quota| quota.left());
    let remaining = match retry_at {
        Some(_) => 0,
        None => left.fold(limit.per_minute.saturating_sub(used), u32::min),
    };
    BudgetState {
        limit_per_minute: limit.per_minute,
        remaining,
        retry_at,
        day,
        month,
    }
}
