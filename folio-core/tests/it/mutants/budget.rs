use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use folio_core::source::{BudgetLimit, BudgetState, LocalBudget};
use folio_core::{Clock, Deadline, Error, ErrorKind, Priority, RateBudget, Result, SourceId, conformance};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::{check, failures};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    ClosesOneSource,
    CountsRefusals,
    CutsTheCost,
    DayOfAnotherZone,
    FixedWindow,
    ForgetsClosing,
    ForgetsDays,
    FreshEachDay,
    JobsTakeAll,
    JobsTakeTheWholeDay,
    NeverWaits,
    OneTooMany,
    SaysAMinute,
    SaysNoDelay,
    StateHidesDays,
    StateHidesRetry,
    StateIsFull,
    StateIsOfTheMinute,
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
            Fault::JobsTakeTheWholeDay if source.as_str() == "a day" => {
                return self.inner.acquire(source, cost, Priority::Interactive, deadline).await;
            }
            Fault::CutsTheCost => {
                let most = if priority == Priority::Job { 8 } else { 10 };
                return self.inner.acquire(source, cost.min(most), priority, deadline).await;
            }
            Fault::CountsRefusals => {
                let answer = self.inner.acquire(source, cost, priority, deadline).await;
                if answer.is_err() {
                    let now = Deadline::after(std::time::Duration::ZERO);
                    let _ = self.inner.acquire(source, 1, Priority::Interactive, now).await;
                }
                return answer;
            }
            Fault::SaysAMinute => {
                let answer = self.inner.acquire(source, cost, priority, deadline).await;
                return answer.map_err(|error| match error.retry_after() {
                    Some(delay) => error.with_retry_after(delay.min(std::time::Duration::from_secs(60))),
                    None => error,
                });
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
            Fault::StateHidesDays => BudgetState {
                day: None,
                month: None,
                ..state
            },
            Fault::StateHidesRetry => BudgetState {
                retry_at: None,
                ..state
            },
            Fault::StateIsOfTheMinute if state.remaining > 0 => BudgetState {
                remaining: state.limit_per_minute - state.day.map_or(0, |day| day.used),
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

/// Counts by the day that the clock shows, minute and month too.
#[derive(Debug)]
struct FreshEachDay {
    clock: Arc<dyn Clock>,
    limits: Vec<BudgetLimit>,
    days: std::sync::Mutex<std::collections::HashMap<Date, Arc<LocalBudget>>>,
}

impl FreshEachDay {
    fn today(&self) -> Arc<LocalBudget> {
        let today = TimeZone::UTC.to_datetime(self.clock.now()).date();
        let fresh = || Arc::new(LocalBudget::new(self.clock.clone(), self.limits.clone()));
        self.days.lock().unwrap().entry(today).or_insert_with(fresh).clone()
    }
}

#[async_trait]
impl RateBudget for FreshEachDay {
    async fn acquire(&self, source: &SourceId, cost: u32, priority: Priority, deadline: Deadline) -> Result<()> {
        self.today().acquire(source, cost, priority, deadline).await
    }

    async fn retry_after(&self, source: &SourceId, until: Timestamp) -> Result<()> {
        self.today().retry_after(source, until).await
    }

    async fn state(&self, source: &SourceId) -> Result<Option<BudgetState>> {
        self.today().state(source).await
    }
}

/// An hour ahead of the clock that it reads.
#[derive(Debug)]
struct AnHourAhead(Arc<dyn Clock>);

impl Clock for AnHourAhead {
    fn now(&self) -> Timestamp {
        self.0.now() + SignedDuration::from_hours(1)
    }
}

fn budget(fault: Fault, clock: Arc<dyn Clock>, limits: Vec<BudgetLimit>) -> Vec<Arc<dyn RateBudget>> {
    let inner = match fault {
        Fault::FixedWindow => {
            return vec![Arc::new(FixedWindow {
                clock,
                limits,
                used: Default::default(),
            })];
        }
        Fault::FreshEachDay => {
            return vec![Arc::new(FreshEachDay {
                clock,
                limits,
                days: Default::default(),
            })];
        }
        Fault::DayOfAnotherZone => LocalBudget::new(Arc::new(AnHourAhead(clock)), limits),
        Fault::ForgetsDays => {
            let of_a_minute = |limit: BudgetLimit| limit.per_day(None).per_month(None);
            LocalBudget::new(clock, limits.into_iter().map(of_a_minute))
        }
        _ => LocalBudget::new(clock, limits),
    };
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
        (Fault::CountsRefusals, "a_refusal_counts_nothing"),
        (Fault::CutsTheCost, "a_cost_above_the_limit_is_an_error"),
        (Fault::ForgetsDays, "a_day_and_a_month_grant_their_limit_and_no_more"),
        (Fault::ForgetsDays, "concurrent_callers_get_no_more_than_the_month"),
        (Fault::ForgetsClosing, "retry_after_closes_the_source"),
        (Fault::JobsTakeAll, "a_fifth_is_kept_from_jobs"),
        (
            Fault::JobsTakeTheWholeDay,
            "a_fifth_of_a_day_and_a_month_is_kept_from_jobs",
        ),
        (Fault::NeverWaits, "a_caller_with_time_waits"),
        (Fault::OneTooMany, "concurrent_callers_get_no_more_than_the_limit"),
        (Fault::OneTooMany, "the_limit_is_granted_and_no_more"),
        (Fault::SaysAMinute, "a_day_and_a_month_grant_their_limit_and_no_more"),
        (Fault::SaysNoDelay, "a_refusal_says_when_to_come_back"),
        (Fault::StateHidesDays, "the_state_counts_days_and_months"),
        (Fault::StateHidesRetry, "the_state_is_true"),
        (Fault::StateIsFull, "the_state_is_true"),
        (Fault::StateIsOfTheMinute, "the_state_counts_days_and_months"),
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
        (Fault::NeverWaits, "a_caller_with_time_waits_for_the_next_day"),
        (Fault::NeverWaits, "a_caller_with_time_waits_for_the_next_month"),
        (Fault::StateIsFull, "what_was_used_comes_back_after_a_minute"),
    ] {
        check(&format!("{fault:?}"), &suite(fault).await, wanted);
    }
}

#[tokio::test(start_paused = true)]
async fn every_fault_of_a_budget_over_days_is_named() {
    let suite = |fault| {
        failures(conformance::rate_budget_over_days(async move |clock, limits| {
            budget(fault, clock, limits)
        }))
    };
    assert_eq!(suite(Fault::None).await, Default::default());
    for (fault, wanted) in [
        (Fault::DayOfAnotherZone, "a_day_begins_at_midnight"),
        (Fault::DayOfAnotherZone, "a_month_begins_on_its_first_day"),
        (Fault::ForgetsClosing, "the_latest_of_all_limits_binds"),
        (Fault::ForgetsDays, "a_month_begins_on_its_first_day"),
        (Fault::FreshEachDay, "a_clock_set_back_gives_no_call_back"),
        (Fault::FreshEachDay, "a_month_begins_on_its_first_day"),
        (Fault::FreshEachDay, "calls_before_midnight_are_of_the_minute_after_it"),
        (Fault::SaysAMinute, "the_latest_of_all_limits_binds"),
    ] {
        check(&format!("{fault:?}"), &suite(fault).await, wanted);
    }
}
