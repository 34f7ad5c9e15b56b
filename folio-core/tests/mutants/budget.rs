use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use folio_core::source::{BudgetLimit, BudgetState, LocalBudget};
use folio_core::{Clock, Deadline, Error, ErrorKind, Priority, RateBudget, Result, SourceId, conformance};
use jiff::Timestamp;

use super::{check, failures};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    ClosesOneSource,
    FixedWindow,
    ForgetsClosing,
    JobsTakeAll,
    NeverWaits,
    OneTooMany,
    SaysNoDelay,
    StateIsFull,
    TakesWhenAsked,
    UnlimitedIsFree,
}

/// A budget that does one thing wrong.
#[derive(Debug)]
struct Faulty {
    fault: Fault,
    inner: LocalBudget,
    taken: AtomicU32,
}

#[async_trait]
impl RateBudget for Faulty {
    async fn acquire(&self, source: &SourceId, cost: u32, priority: Priority, deadline: Deadline) -> Result<()> {
        match self.fault {
            Fault::JobsTakeAll => {
                return self.inner.acquire(source, cost, Priority::Interactive, deadline).await;
            }
            Fault::NeverWaits => {
                let now = Deadline::after(std::time::Duration::ZERO);
                return self.inner.acquire(source, cost, priority, now).await;
            }
            Fault::UnlimitedIsFree if source.as_str() == "unlimited" => return Ok(()),
            Fault::SaysNoDelay => {
                let answer = self.inner.acquire(source, cost, priority, deadline).await;
                return answer.map_err(|error| Error::new(error.kind(), error.message()));
            }
            Fault::OneTooMany => {
                let answer = self.inner.acquire(source, cost, priority, deadline).await;
                let refused = answer
                    .as_ref()
                    .is_err_and(|error| error.kind() == ErrorKind::RateLimited);
                return if refused && self.taken.fetch_add(1, Ordering::SeqCst) == 0 {
                    Ok(())
                } else {
                    answer
                };
            }
            _ => {}
        }
        self.inner.acquire(source, cost, priority, deadline).await
    }

    async fn retry_after(&self, source: &SourceId, until: Timestamp) -> Result<()> {
        match self.fault {
            Fault::ForgetsClosing => Ok(()),
            Fault::ClosesOneSource => self.inner.retry_after(&SourceId::new("other"), until).await,
            _ => self.inner.retry_after(source, until).await,
        }
    }

    async fn state(&self, source: &SourceId) -> Result<Option<BudgetState>> {
        if self.fault == Fault::TakesWhenAsked {
            let now = Deadline::after(std::time::Duration::ZERO);
            let _ = self.inner.acquire(source, 1, Priority::Interactive, now).await;
        }
        let state = self.inner.state(source).await?;
        Ok(state.map(|state| match self.fault {
            Fault::StateIsFull => BudgetState {
                remaining: state.limit_per_minute,
                ..state
            },
            _ => state,
        }))
    }
}

/// Counts by the minute of the clock instead of by any sixty seconds.
#[derive(Debug)]
struct FixedWindow {
    clock: Arc<dyn Clock>,
    limits: Vec<BudgetLimit>,
    used: std::sync::Mutex<std::collections::HashMap<(SourceId, i64), u32>>,
}

#[async_trait]
impl RateBudget for FixedWindow {
    async fn acquire(&self, source: &SourceId, cost: u32, priority: Priority, _: Deadline) -> Result<()> {
        let limit = self
            .limits
            .iter()
            .find(|limit| limit.source == *source)
            .map_or(0, |limit| limit.per_minute);
        let limit = if priority == Priority::Job {
            limit * 4 / 5
        } else {
            limit
        };
        loop {
            let minute = self.clock.now().as_second() / 60;
            {
                let mut used = self.used.lock().unwrap();
                let used = used.entry((source.clone(), minute)).or_default();
                if *used + cost <= limit {
                    *used += cost;
                    return Ok(());
                }
            }
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        }
    }

    async fn retry_after(&self, _: &SourceId, _: Timestamp) -> Result<()> {
        Ok(())
    }

    async fn state(&self, _: &SourceId) -> Result<Option<BudgetState>> {
        Ok(None)
    }
}

fn budget(fault: Fault, clock: Arc<dyn Clock>, limits: Vec<BudgetLimit>) -> Vec<Arc<dyn RateBudget>> {
    if fault == Fault::FixedWindow {
        return vec![Arc::new(FixedWindow {
            clock,
            limits,
            used: Default::default(),
        })];
    }
    let inner = LocalBudget::new(clock, limits);
    vec![Arc::new(Faulty {
        fault,
        inner,
        taken: AtomicU32::new(0),
    })]
}

#[tokio::test(start_paused = true)]
async fn every_fault_of_a_budget_is_named() {
    let suite = |fault| {
        failures(conformance::rate_budget(async move |clock, limits| {
            budget(fault, clock, limits)
        }))
    };
    assert_eq!(suite(Fault::None).await, Default::default());
    for (fault, wanted) in [
        (Fault::ClosesOneSource, "sources_do_not_share"),
        (Fault::ForgetsClosing, "retry_after_closes_the_source"),
        (Fault::JobsTakeAll, "a_fifth_is_kept_from_jobs"),
        (Fault::NeverWaits, "a_caller_with_time_waits"),
        (Fault::OneTooMany, "concurrent_callers_get_no_more_than_the_limit"),
        (Fault::OneTooMany, "the_limit_is_granted_and_no_more"),
        (Fault::SaysNoDelay, "a_refusal_says_when_to_come_back"),
        (Fault::StateIsFull, "the_state_is_true"),
        (Fault::TakesWhenAsked, "the_state_is_true"),
        (Fault::UnlimitedIsFree, "a_source_without_a_limit_is_refused"),
    ] {
        check(&format!("{fault:?}"), &suite(fault).await, wanted);
    }
}

#[tokio::test(start_paused = true)]
async fn every_fault_of_a_budget_over_time_is_named() {
    let suite = |fault| {
        failures(conformance::rate_budget_over_time(async move |clock, limits| {
            budget(fault, clock, limits)
        }))
    };
    assert_eq!(suite(Fault::None).await, Default::default());
    for (fault, wanted) in [
        (Fault::FixedWindow, "no_window_has_more_than_the_limit"),
        (Fault::ForgetsClosing, "a_closed_source_grants_nothing_until_then"),
        (Fault::JobsTakeAll, "no_window_has_more_than_the_limit"),
        (Fault::StateIsFull, "what_was_used_comes_back_after_a_minute"),
    ] {
        check(&format!("{fault:?}"), &suite(fault).await, wanted);
    }
}
