//! Several processes on one shared cache: one of them fetches, each look-up is counted once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use folio_core::memory::{MemoryCache, MemorySource};
use folio_core::pricing::{Caller, TierCounts};
use folio_core::{AssetId, Cache, Error, ErrorKind, Freshness, ManualClock, OwnerId, Resolution, Result, Tracker};
use jiff::SignedDuration;
use tokio::time::Instant;

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new("2026-03-02T12:00:00Z".parse().unwrap()))
}

fn bitcoin() -> AssetId {
    "crypto:bitcoin".parse().unwrap()
}

fn market(clock: &Arc<ManualClock>) -> Arc<MemorySource> {
    let source = MemorySource::new(Arc::clone(clock) as _)
        .with_price("crypto:bitcoin", "60000 USD")
        .and_then(|source| source.with_daily("crypto:bitcoin", &[("2026-03-01", "59000 USD")]))
        .unwrap();
    source.set_latency(Duration::from_millis(100));
    Arc::new(source)
}

fn process(clock: &Arc<ManualClock>, cache: &Arc<dyn Cache>, source: &Arc<MemorySource>) -> Tracker {
    let builder = Tracker::builder().clock(Arc::clone(clock) as _);
    let builder = builder.cache(Arc::clone(cache)).source(Arc::clone(source) as _);
    builder.build().unwrap()
}

/// A cache that counts what it is asked, and fails or grants no claim if told to.
#[derive(Debug)]
struct Watched {
    inner: MemoryCache,
    reads: AtomicU32,
    fails: bool,
    grants: bool,
}

impl Watched {
    fn new(clock: &Arc<ManualClock>) -> Self {
        Self {
            inner: MemoryCache::new(Arc::clone(clock) as _),
            reads: AtomicU32::new(0),
            fails: false,
            grants: true,
        }
    }

    fn answer(&self) -> Result<()> {
        if self.fails {
            return Err(Error::new(ErrorKind::Unavailable, "the cache is away"));
        }
        Ok(())
    }
}

#[async_trait]
impl Cache for Watched {
    async fn get_many(&self, keys: &[String]) -> Result<Vec<Option<Bytes>>> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(1)).await;
        self.answer()?;
        self.inner.get_many(keys).await
    }

    async fn put_many(&self, entries: Vec<(String, Bytes)>, ttl: Duration) -> Result<()> {
        self.answer()?;
        self.inner.put_many(entries, ttl).await
    }

    async fn remove(&self, key: &str) -> Result<()> {
        self.answer()?;
        self.inner.remove(key).await
    }

    async fn claim_many(&self, keys: &[String], ttl: Duration) -> Result<Vec<bool>> {
        self.answer()?;
        match self.grants {
            true => self.inner.claim_many(keys, ttl).await,
            false => Ok(vec![false; keys.len()]),
        }
    }

    async fn release_many(&self, keys: &[String]) -> Result<()> {
        self.answer()?;
        self.inner.release_many(keys).await
    }
}

fn counts(memory: u64, shared: u64, missed: u64, failed: u64) -> [u64; 4] {
    [memory, shared, missed, failed]
}

fn of(counts: TierCounts) -> [u64; 4] {
    [counts.memory, counts.shared, counts.missed, counts.failed]
}

async fn price(tracker: &Tracker) -> Freshness {
    let answer = tracker.quote(&OwnerId::default(), &bitcoin(), None).await.unwrap();
    assert_eq!(answer.price.to_string(), "60000 USD");
    answer.freshness
}

#[tokio::test(start_paused = true)]
async fn one_process_of_many_fetches_and_the_shared_cache_is_asked_once_by_each() {
    let clock = clock();
    let source = market(&clock);
    let watched = Arc::new(Watched::new(&clock));
    let cache = Arc::clone(&watched) as Arc<dyn Cache>;
    let processes: Vec<_> = (0..3).map(|_| process(&clock, &cache, &source)).collect();
    let asked = (0..300).map(|index| {
        let tracker = processes[index % 3].clone();
        tokio::spawn(async move { price(&tracker).await })
    });
    let asked: Vec<_> = asked.collect();
    for answer in futures::future::join_all(asked).await {
        assert_eq!(answer.unwrap(), Freshness::Live);
    }
    assert_eq!(source.calls(), 1);
    // One look each, one with the claim, and those of the two that waited for a tenth of a second.
    let reads = watched.reads.load(Ordering::SeqCst);
    assert!(reads <= 3 + 1 + 2 * 6, "{reads} reads for 300 requests");
    for tracker in &processes {
        assert_eq!(of(tracker.cache_counts().prices), counts(0, 0, 100, 0));
        assert_eq!(price(tracker).await, Freshness::Cached);
        assert_eq!(of(tracker.cache_counts().prices), counts(1, 0, 100, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn each_look_up_is_counted_where_it_ended() {
    let clock = clock();
    let source = market(&clock);
    let cache: Arc<dyn Cache> = Arc::new(MemoryCache::new(Arc::clone(&clock) as _));
    let first = process(&clock, &cache, &source);
    let history = async |tracker: &Tracker| {
        let days = tracker
            .history(&OwnerId::default(), &bitcoin(), None, Resolution::Daily, 1)
            .await;
        assert_eq!(days.unwrap().points.len(), 1);
    };
    let second = process(&clock, &cache, &source);
    for (tracker, first_is) in [(&first, counts(0, 0, 1, 0)), (&second, counts(0, 1, 0, 0))] {
        price(tracker).await;
        history(tracker).await;
        assert_eq!(of(tracker.cache_counts().prices), first_is);
        assert_eq!(of(tracker.cache_counts().histories), first_is);
        price(tracker).await;
        history(tracker).await;
        assert_eq!(tracker.cache_counts().prices.memory, 1);
        assert_eq!(tracker.cache_counts().histories.memory, 1);
    }
    // What is old is missed, although it is shown.
    clock.advance(SignedDuration::from_mins(6));
    assert_eq!(price(&first).await, Freshness::Stale);
    assert_eq!(of(first.cache_counts().prices), counts(1, 0, 2, 0));

    let mut failing = Watched::new(&clock);
    failing.fails = true;
    let third = process(&clock, &(Arc::new(failing) as Arc<dyn Cache>), &source);
    price(&third).await;
    history(&third).await;
    assert_eq!(of(third.cache_counts().prices), counts(0, 0, 0, 1));
    assert_eq!(of(third.cache_counts().histories), counts(0, 0, 0, 1));
}

/// The claims are those that `folio_core` takes: by lane, so that jobs and people do not wait for each other.
#[tokio::test(start_paused = true)]
async fn who_holds_a_claim_and_brings_nothing_is_not_waited_for_long() {
    let clock = clock();
    let source = market(&clock);
    let mut cache = Watched::new(&clock);
    cache.grants = false;
    let cache = Arc::new(cache) as Arc<dyn Cache>;
    let tracker = process(&clock, &cache, &source);
    let begun = Instant::now();
    assert_eq!(price(&tracker).await, Freshness::Live);
    let waited = begun.elapsed();
    assert!(
        waited >= Duration::from_secs(1) && waited < Caller::interactive().deadline.remaining(),
        "{waited:?}"
    );
    assert_eq!(source.calls(), 1);
    tracker
        .history(&OwnerId::default(), &bitcoin(), None, Resolution::Daily, 1)
        .await
        .unwrap();
    assert_eq!(source.calls(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_job_that_holds_a_claim_keeps_no_person_waiting() {
    let clock = clock();
    let source = market(&clock);
    let cache: Arc<dyn Cache> = Arc::new(MemoryCache::new(Arc::clone(&clock) as _));
    let job = ["price:crypto:bitcoin:USD:job".to_owned()];
    assert_eq!(
        cache.claim_many(&job, Duration::from_secs(3_600)).await.unwrap(),
        [true]
    );
    let tracker = process(&clock, &cache, &source);
    let begun = Instant::now();
    price(&tracker).await;
    assert!(begun.elapsed() < Duration::from_millis(200), "{:?}", begun.elapsed());
    let person = ["price:crypto:bitcoin:USD:person".to_owned()];
    assert_eq!(
        cache.claim_many(&person, Duration::from_secs(1)).await.unwrap(),
        [true],
        "the claim was given back"
    );
}
