//! The rate budget of several processes: a vendor that counts, a Redis that forgets or is away.
//!
//! A minute is three or six seconds here, or the tests would take minutes; one of them takes real minutes.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use folio_cache_redis::{Redis, RedisBudget};
use folio_core::memory::MemoryStore;
use folio_core::source::BudgetLimit;
use folio_core::{Clock, Deadline, ErrorKind, Priority, RateBudget, SourceId, SystemClock};
use folio_testkit::RedisServer;
use jiff::SignedDuration;
use tokio::time::Instant;

use crate::common::{open, until};

const PROCESSES: usize = 3;
const SPAN: Duration = Duration::from_secs(3);

fn source() -> SourceId {
    SourceId::new("vendor")
}

fn limit(per_minute: u32) -> BudgetLimit {
    BudgetLimit::new(source(), per_minute)
}

/// Processes that share a Redis and a store.
struct Scene {
    server: RedisServer,
    store: Arc<MemoryStore>,
    limit: BudgetLimit,
    span: Duration,
}

impl Scene {
    async fn new(limit: BudgetLimit, span: Duration) -> Self {
        Self {
            server: RedisServer::start().await,
            store: Arc::new(MemoryStore::new()),
            limit,
            span,
        }
    }

    fn process(&self) -> (Redis, Arc<RedisBudget>) {
        let redis = open(&self.server.url(), "x");
        let clock = Arc::new(SystemClock);
        let limits = [self.limit.clone()];
        let budget = RedisBudget::with_span(redis.clone(), clock, self.store.clone(), limits, self.span);
        (redis, Arc::new(budget))
    }

    fn processes(&self) -> Vec<(Redis, Arc<RedisBudget>)> {
        (0..PROCESSES).map(|_| self.process()).collect()
    }
}

/// How many of so many calls a process is granted at this moment.
async fn burst(budget: &RedisBudget, calls: u32) -> u32 {
    let mut granted = 0;
    for _ in 0..calls {
        let answer = budget
            .acquire(&source(), 1, Priority::Interactive, Deadline::after(Duration::ZERO))
            .await;
        match answer {
            Ok(()) => granted += 1,
            Err(error) => assert_eq!(error.kind(), ErrorKind::RateLimited, "{error:?}"),
        }
    }
    granted
}

/// A vendor that refuses more than its limit in any span.
#[derive(Debug)]
struct Vendor {
    limit: usize,
    span: Duration,
    calls: Mutex<VecDeque<Instant>>,
    refused: Mutex<Vec<Instant>>,
    answered: Mutex<Vec<Instant>>,
}

impl Vendor {
    fn new(limit: usize, span: Duration) -> Self {
        Self {
            limit,
            span,
            calls: Mutex::default(),
            refused: Mutex::default(),
            answered: Mutex::default(),
        }
    }

    fn call(&self) -> bool {
        let now = Instant::now();
        let mut calls = self.calls.lock().unwrap();
        while calls.front().is_some_and(|at| now - *at >= self.span) {
            calls.pop_front();
        }
        let allowed = calls.len() < self.limit;
        if allowed {
            calls.push_back(now);
            self.answered.lock().unwrap().push(now);
        } else {
            self.refused.lock().unwrap().push(now);
        }
        allowed
    }
}

/// A thousand assets, a call each, in three processes that know the same limit: how many calls the vendor
/// answered and refused in `spans` spans.
async fn thousand_assets(own: u32, vendors: usize, span: Duration, spans: u32) -> (usize, Vec<Instant>) {
    let scene = Scene::new(limit(own), span).await;
    let vendor = Arc::new(Vendor::new(vendors, span));
    let processes = scene.processes();
    let end = Instant::now() + span * spans;
    // Each process makes six calls at a time, as pricing does.
    let callers = (0..6 * PROCESSES).map(|caller| {
        let (budget, vendor) = (processes[caller % PROCESSES].1.clone(), vendor.clone());
        tokio::spawn(async move {
            for asset in (caller..1_000).step_by(6 * PROCESSES) {
                let deadline = Deadline::after(end.saturating_duration_since(Instant::now()));
                let priority = if asset % 10 == 0 {
                    Priority::Interactive
                } else {
                    Priority::Job
                };
                if budget.acquire(&source(), 1, priority, deadline).await.is_ok() && !vendor.call() {
                    let until = SystemClock.now() + SignedDuration::try_from(span).unwrap();
                    budget.retry_after(&source(), until).await.unwrap();
                }
            }
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        caller.await.unwrap();
    }
    let (answered, refused) = (
        vendor.answered.lock().unwrap().len(),
        vendor.refused.lock().unwrap().clone(),
    );
    println!(
        "{own} of {vendors} a span of {span:?}: {answered} answered, {} refused",
        refused.len()
    );
    (answered, refused)
}

/// The most refusals in any span.
fn most_in_a_span(refused: &[Instant], span: Duration) -> usize {
    let from = |first: &Instant| {
        refused
            .iter()
            .filter(|at| **at >= *first && **at < *first + span)
            .count()
    };
    refused.iter().map(from).max().unwrap_or(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn three_processes_with_a_thousand_assets_keep_to_one_limit() {
    let (answered, refused) = thousand_assets(30, 30, 2 * SPAN, 3).await;
    assert!(most_in_a_span(&refused, 2 * SPAN) <= 1, "{} refused", refused.len());
    assert!((60..=120).contains(&answered), "{answered} answered");
}

/// The vendor allows less than was thought: what it asks for is kept to by all, so there is one refusal, or those
/// of the calls that were on their way.
#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_that_allows_less_is_left_alone_as_long_as_it_asks() {
    let (answered, refused) = thousand_assets(30, 10, SPAN, 4).await;
    let first = *refused.first().unwrap();
    let of_one_moment = refused.iter().filter(|at| at.duration_since(first) < SPAN).count();
    assert!(of_one_moment <= 6 * PROCESSES, "{of_one_moment} refused at once");
    let gaps = refused.windows(2).map(|pair| pair[1] - pair[0]);
    let between = |gap: Duration| gap > SPAN / 3 && gap < SPAN;
    assert_eq!(gaps.filter(|gap| between(*gap)).count(), 0, "{refused:?}");
    assert!(answered >= 10, "{answered} answered");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes two real minutes"]
async fn three_processes_keep_to_one_limit_for_real_minutes() {
    let minute = Duration::from_secs(60);
    let (answered, refused) = thousand_assets(30, 30, minute, 2).await;
    assert!(most_in_a_span(&refused, minute) <= 1, "{} refused", refused.len());
    assert!((30..=90).contains(&answered), "{answered} answered");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_vendor_asks_for_holds_for_all_and_survives_that_redis_forgets() {
    let scene = Scene::new(limit(1_000), SPAN).await;
    let processes = scene.processes();
    for (_, budget) in &processes {
        assert_eq!(burst(budget, 5).await, 5);
    }
    let until = SystemClock.now() + SignedDuration::from_secs(6);
    processes[0].1.retry_after(&source(), until).await.unwrap();
    let closed = async |when: &str| {
        for (index, (_, budget)) in processes.iter().enumerate() {
            assert_eq!(burst(budget, 3).await, 0, "process {index} {when}");
            let state = budget.state(&source()).await.unwrap().unwrap();
            assert_eq!(
                (state.remaining, state.retry_at),
                (0, Some(until)),
                "process {index} {when}"
            );
        }
    };
    closed("after it was asked").await;
    scene.server.command("FLUSHALL").await;
    closed("after Redis forgot it").await;
    // One that has just started and asks first learns it from the store.
    scene.server.command("FLUSHALL").await;
    let (_, new) = scene.process();
    assert_eq!(burst(&new, 3).await, 0);
    assert_eq!(new.state(&source()).await.unwrap().unwrap().retry_at, Some(until));
    let waited = new
        .acquire(&source(), 1, Priority::Job, Deadline::after(Duration::from_secs(60)))
        .await;
    waited.unwrap();
    assert!(SystemClock.now() >= until);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_bursts_after_redis_forgot_what_was_called() {
    let scene = Scene::new(limit(10), SPAN).await;
    let processes = scene.processes();
    assert_eq!(
        burst(&processes[0].1, 12).await,
        10,
        "a first start has all of the limit"
    );
    for _ in 0..2 {
        scene.server.command("FLUSHALL").await;
        let forgotten = Instant::now();
        for (_, budget) in processes.iter().chain([&scene.process()]) {
            let granted = burst(budget, 3).await;
            assert!(granted == 0 || forgotten.elapsed() >= SPAN, "{granted} at once");
        }
        let patient = Deadline::after(Duration::from_secs(60));
        processes[1]
            .1
            .acquire(&source(), 1, Priority::Job, patient)
            .await
            .unwrap();
        assert!(forgotten.elapsed() >= SPAN, "a call after {:?}", forgotten.elapsed());
    }
    // When nobody has called for long, there is nothing to forget.
    tokio::time::sleep(SPAN * 3).await;
    scene.server.command("FLUSHALL").await;
    assert_eq!(burst(&processes[2].1, 12).await, 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_each_process_has_a_quarter_and_tells_of_it_later() {
    let mut scene = Scene::new(limit(40), Duration::from_secs(60)).await;
    let processes = scene.processes();
    assert_eq!(burst(&processes[0].1, 4).await, 4);
    scene.server.kill();
    for ((_, budget), own) in processes.iter().zip([6, 10, 10]) {
        assert_eq!(
            burst(budget, 20).await,
            own,
            "a quarter of 40, less what was called before"
        );
        let state = budget.state(&source()).await.unwrap().unwrap();
        assert_eq!((state.limit_per_minute, state.remaining), (40, 0));
    }
    scene.server.start_again().await;
    for (redis, budget) in &processes {
        until("Redis is back", async || redis.check().await.is_ok()).await;
        // Whatever they answer, they tell what they know.
        budget.state(&source()).await.unwrap();
    }
    let granted = burst(&processes[1].1, 40).await;
    // The four are in the append-only file, or lost with the count, and then nobody may call for a minute.
    assert!(granted == 10 || granted == 0, "{granted} more of 40");
}

#[tokio::test(flavor = "multi_thread")]
async fn days_and_months_are_counted_where_nothing_is_lost() {
    let scene = Scene::new(limit(1_000).per_day(20).per_month(30), SPAN).await;
    let processes = scene.processes();
    for (_, budget) in &processes {
        assert_eq!(burst(budget, 6).await, 6);
    }
    scene.server.command("FLUSHALL").await;
    tokio::time::sleep(SPAN * 3).await;
    assert_eq!(burst(&processes[2].1, 6).await, 2);
    let state = processes[0].1.state(&source()).await.unwrap().unwrap();
    assert_eq!((state.day.unwrap().used, state.month.unwrap().used), (20, 20));
}
