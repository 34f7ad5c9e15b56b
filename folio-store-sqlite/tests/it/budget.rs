//! The rate budget of several processes on one file.

use std::sync::Arc;
use std::time::Duration;

use folio_core::source::{BudgetLimit, StoreBudget};
use folio_core::{Clock, Deadline, ErrorKind, ManualClock, Priority, RateBudget, SourceId};
use jiff::{SignedDuration, Timestamp};

use crate::common::{open, start};

const PROCESSES: usize = 3;
const CALLERS: usize = 4;
const PER_MINUTE: u32 = 30;

fn source() -> SourceId {
    SourceId::new("vendor")
}

/// Every caller of every process asks at once, at one reading of the clock; how many were granted a call by
/// each process.
async fn everybody_asks(budgets: &[Arc<StoreBudget>]) -> [u32; PROCESSES] {
    let calls = budgets.iter().enumerate().flat_map(|(process, budget)| {
        (0..CALLERS).map(move |caller| {
            let budget = budget.clone();
            tokio::spawn(async move {
                let priority = if caller == 0 {
                    Priority::Interactive
                } else {
                    Priority::Job
                };
                let at_once = Deadline::after(Duration::ZERO);
                (process, budget.acquire(&source(), 1, priority, at_once).await)
            })
        })
    });
    let mut granted = [0; PROCESSES];
    for call in calls.collect::<Vec<_>>() {
        match call.await.unwrap() {
            (process, Ok(())) => granted[process] += 1,
            (_, Err(error)) => assert_eq!(error.kind(), ErrorKind::RateLimited, "{error:?}"),
        }
    }
    granted
}

/// The most calls in any sixty seconds.
fn busiest(grants: &[(Timestamp, u32)]) -> u32 {
    let from = |first: Timestamp| {
        let within = grants
            .iter()
            .filter(|(at, _)| *at >= first && *at < first + SignedDuration::from_secs(60));
        within.map(|(_, calls)| calls).sum()
    };
    grants.iter().map(|(first, _)| from(*first)).max().unwrap_or(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn three_processes_never_exceed_one_limit_and_all_keep_to_what_the_vendor_asks() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("folio.db");
    let clock = Arc::new(ManualClock::new(start()));
    let limit = BudgetLimit::new(source(), PER_MINUTE).per_day(1_000).per_month(10_000);
    let mut budgets = Vec::new();
    for _ in 0..PROCESSES {
        let store = Arc::new(open(&path).await);
        budgets.push(Arc::new(StoreBudget::new(clock.clone(), store, [limit.clone()])));
    }

    let mut grants: Vec<(Timestamp, u32)> = Vec::new();
    let mut by_process = [0; PROCESSES];
    // Three minutes in uneven steps.
    for step in (0..180).map(|index| 300 + (index * 7_919) % 1_700) {
        let granted = everybody_asks(&budgets).await;
        grants.push((clock.now(), granted.iter().sum()));
        for (sum, granted) in by_process.iter_mut().zip(granted) {
            *sum += granted;
        }
        clock.advance(SignedDuration::from_millis(step));
    }
    assert_eq!(busiest(&grants), PER_MINUTE, "{grants:?}");
    assert!(
        by_process.iter().all(|granted| *granted > 0),
        "one got nothing: {by_process:?}"
    );
    let used: u32 = by_process.iter().sum();
    let day = budgets[0].state(&source()).await.unwrap().unwrap().day.unwrap();
    assert_eq!(day.used, used, "what was granted is what was counted");

    let until = clock.now() + SignedDuration::from_secs(60);
    budgets[1].retry_after(&source(), until).await.unwrap();
    while clock.now() < until {
        assert_eq!(everybody_asks(&budgets).await, [0; PROCESSES], "at {}", clock.now());
        clock.advance(SignedDuration::from_secs(4));
    }
    clock.set(until);
    let granted: u32 = everybody_asks(&budgets).await.iter().sum();
    assert_eq!(granted, 12, "everybody, when it is over");
}
