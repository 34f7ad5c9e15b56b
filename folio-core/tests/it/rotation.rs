//! More assets than calls: each has its turn, nobody is forgotten, and people do not wait behind jobs.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use folio_core::memory::{MemoryCache, MemorySource, MemoryStore};
use folio_core::pricing::{Caller, Needs};
use folio_core::source::{BudgetLimit, LocalBudget};
use folio_core::{
    AssetClass, AssetId, BookEntry, Capabilities, Clock, Currency, Deadline, Freshness, ManualClock, Price, PriceBook,
    PriceSource, PriceState, Priority, Quote, QuoteBatch, QuoteKind, QuoteRequest, RateBudget, Reason, Result,
    SourceId, Store, Tracker, Unpriced,
};
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// The clock of the paused runtime.
#[derive(Debug)]
struct Paused {
    began: Timestamp,
    at: Instant,
}

impl Clock for Paused {
    fn now(&self) -> Timestamp {
        self.began + SignedDuration::try_from(self.at.elapsed()).unwrap()
    }
}

fn clock() -> Arc<Paused> {
    Arc::new(Paused {
        began: "2026-03-02T00:00:00Z".parse().unwrap(),
        at: Instant::now(),
    })
}

/// A vendor of coins that takes from its budget before each call, as all vendors do.
#[derive(Debug)]
struct Vendor {
    clock: Arc<Paused>,
    budget: Arc<LocalBudget>,
    calls: Mutex<Vec<(Priority, Vec<AssetId>)>>,
}

const VENDOR: &str = "vendor";

fn quote(asset: &AssetId, now: Timestamp) -> Quote {
    Quote {
        kind: QuoteKind::Realtime,
        source: SourceId::new(VENDOR),
        ..Quote::manual(asset.clone(), Price::parse("2", Currency::USD).unwrap(), now)
    }
}

#[async_trait]
impl PriceSource for Vendor {
    fn id(&self) -> SourceId {
        SourceId::new(VENDOR)
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::new([AssetClass::Crypto]).batches_of(50)
    }

    async fn quotes(&self, request: &QuoteRequest) -> Result<QuoteBatch> {
        self.budget
            .acquire(&self.id(), 1, request.priority, request.deadline)
            .await?;
        let assets: Vec<_> = request.keys.iter().map(|key| key.asset.clone()).collect();
        self.calls.lock().unwrap().push((request.priority, assets));
        tokio::time::sleep(Duration::from_millis(200)).await;
        let now = self.clock.now();
        let outcomes = request.keys.iter().map(|key| (key.clone(), Ok(quote(&key.asset, now))));
        Ok(QuoteBatch::new(outcomes.collect()))
    }
}

struct Scene {
    clock: Arc<Paused>,
    budget: Arc<LocalBudget>,
    vendor: Arc<Vendor>,
    store: Arc<dyn Store>,
}

impl Scene {
    /// A vendor that allows so many calls a minute.
    fn new(per_minute: u32) -> Self {
        let clock = clock();
        let limit = BudgetLimit::new(SourceId::new(VENDOR), per_minute);
        let budget = Arc::new(LocalBudget::new(Arc::clone(&clock) as _, [limit]));
        let vendor = Arc::new(Vendor {
            clock: Arc::clone(&clock),
            budget: Arc::clone(&budget),
            calls: Mutex::default(),
        });
        Self {
            clock,
            budget,
            vendor,
            store: Arc::new(MemoryStore::new()),
        }
    }

    /// A process of its own: its memory and cache are empty.
    fn tracker(&self) -> Tracker {
        Tracker::builder()
            .clock(Arc::clone(&self.clock) as _)
            .store(Arc::clone(&self.store))
            .cache(Arc::new(MemoryCache::new(Arc::clone(&self.clock) as _)))
            .budget(Arc::clone(&self.budget) as _)
            .source(Arc::clone(&self.vendor) as _)
            .build()
            .unwrap()
    }

    fn calls(&self) -> usize {
        self.vendor.calls.lock().unwrap().len()
    }
}

fn coins(count: usize) -> Needs {
    Needs {
        assets: (0..count)
            .map(|number| format!("crypto:coin-{number:05}").parse().unwrap())
            .collect(),
        ..Needs::default()
    }
}

/// What a scheduled collection finds within ten minutes, written as the newest book.
async fn tick(tracker: &Tracker, needs: &Needs) -> PriceBook {
    let caller = Caller::job(Deadline::after(Duration::from_secs(600)));
    let book = tracker.collect(needs, caller).await.unwrap();
    let now = tracker.clock().now();
    let id = tracker.books().write(&book, now).await.unwrap();
    tracker.books().publish(id, now).await.unwrap();
    book
}

fn count(book: &PriceBook, is: impl Fn(&BookEntry) -> bool) -> usize {
    book.entries().filter(|entry| is(entry)).count()
}

fn is_pending(entry: &BookEntry) -> bool {
    let failure = entry.failure.as_ref();
    failure.is_some_and(|failure| failure.reason == Reason::Pending && failure.retry_at.is_some())
}

/// Ticks every hour; how often each coin was priced.
async fn day(scene: &Scene, restart: Option<usize>) -> BTreeMap<AssetId, u32> {
    let needs = coins(2_500);
    let began = Instant::now();
    let mut tracker = scene.tracker();
    let mut priced: BTreeMap<AssetId, u32> = needs.assets.iter().map(|asset| (asset.clone(), 0)).collect();
    for hour in 0..24_usize {
        if restart == Some(hour) {
            tracker = scene.tracker();
        }
        tokio::time::sleep_until(began + Duration::from_secs(3_600) * hour as u32).await;
        let before = scene.calls();
        let book = tick(&tracker, &needs).await;
        assert_eq!(
            scene.calls() - before,
            40,
            "4 calls a minute for 10 minutes, tick {hour}"
        );
        let of_state = |state| count(&book, |entry| entry.state == state);
        assert_eq!(of_state(PriceState::Priced), 2_000, "tick {hour}");
        assert_eq!(count(&book, is_pending), 500, "tick {hour}");
        let unpriced = if hour == 0 { 500 } else { 0 };
        assert_eq!(of_state(PriceState::Unpriced), unpriced, "tick {hour}");
        let is_priced = |entry: &&BookEntry| entry.state == PriceState::Priced;
        for entry in book.entries().filter(is_priced) {
            *priced.get_mut(&entry.key.asset).unwrap() += 1;
        }
        assert!(tracker.sources().await.unwrap()[0].healthy, "tick {hour}");
    }
    priced
}

/// 24 ticks have 960 batches for 50 groups of coins, 19.2 each.
#[track_caller]
fn check_turns(priced: &BTreeMap<AssetId, u32>) {
    let found = (*priced.values().min().unwrap(), *priced.values().max().unwrap());
    assert_eq!(found, (19, 20));
}

#[tokio::test(start_paused = true)]
async fn every_coin_has_its_turn() {
    check_turns(&day(&Scene::new(5), None).await);
}

#[tokio::test(start_paused = true)]
async fn a_restart_goes_on_where_the_turn_was() {
    check_turns(&day(&Scene::new(5), Some(13)).await);
}

#[tokio::test(start_paused = true)]
async fn people_are_served_while_a_job_waits() {
    let scene = Scene::new(5);
    let tracker = scene.tracker();
    let job = {
        let tracker = tracker.clone();
        tokio::spawn(async move { tick(&tracker, &coins(2_500)).await })
    };
    for minute in 0..3 {
        tokio::time::sleep(Duration::from_secs(60)).await;
        let asset: AssetId = format!("crypto:rare-{minute}").parse().unwrap();
        let answer = tracker
            .quote(&folio_core::OwnerId::default(), &asset, None)
            .await
            .unwrap();
        assert_eq!(answer.freshness, Freshness::Live);
    }
    let book = job.await.unwrap();
    assert!(count(&book, |entry| entry.state == PriceState::Priced) >= 1_850);
    let calls = scene.vendor.calls.lock().unwrap();
    let people = calls.iter().filter(|(priority, _)| *priority == Priority::Interactive);
    assert_eq!(people.count(), 3);
}

#[tokio::test(start_paused = true)]
async fn who_waits_less_long_than_the_fetch_is_told_that_it_waits_for_its_turn() {
    let scene = Scene::new(5);
    let tracker = scene.tracker();
    let long = {
        let tracker = tracker.clone();
        tokio::spawn(async move { tracker.collect(&coins(2_500), Caller::manual_job()).await.unwrap() })
    };
    tokio::time::sleep(Duration::from_secs(1)).await;
    let last = Needs {
        assets: ["crypto:coin-00300".parse().unwrap()].into(),
        ..Needs::default()
    };
    let book = tracker.collect(&last, Caller::live()).await.unwrap();
    assert_eq!(count(&book, is_pending), 1, "{book:?}");
    let book = long.await.unwrap();
    let priced = count(&book, |entry| entry.state == PriceState::Priced);
    assert_eq!((priced, count(&book, is_pending)), (250, 2_250));
    assert!(tracker.sources().await.unwrap()[0].healthy);
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_coins_take_two_hundred_calls() {
    let clock = Arc::new(ManualClock::new("2026-03-02T00:00:00Z".parse().unwrap()));
    let capabilities = Capabilities::new([AssetClass::Crypto]).batches_of(50);
    let source = Arc::new(MemorySource::new(Arc::clone(&clock) as _).with_capabilities(capabilities));
    let needs = coins(10_000);
    for asset in &needs.assets {
        source.set_price(asset.clone(), Price::parse("2", Currency::USD).unwrap());
    }
    let tracker = Tracker::builder()
        .clock(clock)
        .source(Arc::clone(&source) as _)
        .build()
        .unwrap();
    let book = tick(&tracker, &needs).await;
    assert_eq!(count(&book, |entry| entry.state == PriceState::Priced), 10_000);
    assert_eq!(source.calls(), 200);
}

/// A source that does not answer for some coins before it has to.
#[derive(Debug)]
struct Slow {
    clock: Arc<Paused>,
    batch: usize,
}

#[async_trait]
impl PriceSource for Slow {
    fn id(&self) -> SourceId {
        SourceId::new(VENDOR)
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::new([AssetClass::Crypto]).batches_of(self.batch)
    }

    async fn quotes(&self, request: &QuoteRequest) -> Result<QuoteBatch> {
        let mut outcomes = Vec::new();
        for key in &request.keys {
            let hangs = key.asset.symbol() == "coin-00007";
            if hangs && self.batch > 1 {
                std::future::pending::<()>().await;
            } else if hangs {
                tokio::time::sleep_until(request.deadline.instant()).await;
                let failure = Unpriced::new(Reason::Timeout, "it hangs");
                outcomes.push((key.clone(), Err(failure)));
            } else {
                outcomes.push((key.clone(), Ok(quote(&key.asset, self.clock.now()))));
            }
        }
        Ok(QuoteBatch::new(outcomes))
    }
}

#[tokio::test(start_paused = true)]
async fn what_came_before_the_deadline_is_not_lost_to_what_did_not() {
    for (batch, priced) in [(5, 15), (1, 19)] {
        let clock = clock();
        let source = Slow {
            clock: Arc::clone(&clock),
            batch,
        };
        let tracker = Tracker::builder()
            .clock(Arc::clone(&clock) as _)
            .source(Arc::new(source))
            .build()
            .unwrap();
        let book = tracker.collect(&coins(20), Caller::live()).await.unwrap();
        assert_eq!(count(&book, |entry| entry.state == PriceState::Priced), priced);
        let late = |entry: &BookEntry| entry.failure.as_ref().is_some_and(|why| why.reason == Reason::Timeout);
        assert_eq!(count(&book, late), 20 - priced);
    }
}

/// A vendor's list with coins that are gone: they are asked for like others and not before them.
#[tokio::test(start_paused = true)]
async fn coins_that_are_gone_do_not_take_the_turns_of_others() {
    let clock = Arc::new(ManualClock::new("2026-03-02T00:00:00Z".parse().unwrap()));
    let capabilities = Capabilities::new([AssetClass::Crypto]).batches_of(50);
    let source = Arc::new(MemorySource::new(Arc::clone(&clock) as _).with_capabilities(capabilities));
    let needs = coins(100);
    for asset in needs.assets.iter().skip(50) {
        source.set_price(asset.clone(), Price::parse("2", Currency::USD).unwrap());
    }
    let tracker = Tracker::builder()
        .clock(Arc::clone(&clock) as _)
        .source(Arc::clone(&source) as _)
        .build()
        .unwrap();
    tick(&tracker, &needs).await;
    let some: Needs = Needs {
        assets: needs.assets.iter().skip(90).cloned().collect(),
        ..Needs::default()
    };
    clock.advance(SignedDuration::from_mins(20));
    tick(&tracker, &some).await;
    clock.advance(SignedDuration::from_mins(20));
    let before = source.asked().len();
    tick(&tracker, &needs).await;
    let asked: Vec<_> = source.asked()[before..].iter().map(|key| key.asset.clone()).collect();
    let last: Vec<_> = needs.assets.iter().skip(90).cloned().collect();
    assert_eq!(asked[90..], last, "what was answered last comes last, known or not");
}
