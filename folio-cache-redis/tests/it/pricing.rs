//! Prices of several processes on one Redis: who calls a source, and what happens when Redis does not do its part.

use std::sync::Arc;
use std::time::Duration;

use folio_cache_redis::{Redis, RedisCache};
use folio_core::memory::MemorySource;
use folio_core::{
    AssetId, Cache, Clock, Currency, Freshness, OwnerId, Price, PriceSource, Resolution, SystemClock, Tracker,
};
use folio_testkit::{RedisCluster, RedisServer};
use jiff::tz::TimeZone;

use crate::common::{config, open, until};

const PROCESSES: usize = 3;
const NAMESPACE: &str = "deployment";

fn asset(text: &str) -> AssetId {
    text.parse().unwrap()
}

fn market(assets: &[AssetId]) -> Arc<MemorySource> {
    let capabilities = MemorySource::new(Arc::new(SystemClock)).capabilities().batches_of(250);
    let source = MemorySource::new(Arc::new(SystemClock)).with_capabilities(capabilities);
    source.set_latency(Duration::from_millis(50));
    for asset in assets {
        source.set_price(asset.clone(), Price::parse("2", Currency::USD).unwrap());
    }
    Arc::new(source)
}

/// A process of its own as far as Redis can tell.
fn process(redis: Redis, source: &Arc<MemorySource>) -> Tracker {
    let builder = Tracker::builder()
        .cache(Arc::new(RedisCache::new(redis)))
        .source(Arc::clone(source) as _);
    builder.build().unwrap()
}

fn processes(url: &str, source: &Arc<MemorySource>) -> Vec<Tracker> {
    let process = |_| process(open(url, NAMESPACE), source);
    (0..PROCESSES).map(process).collect()
}

/// How each of these was priced, all asked for at once.
async fn ask(asked: impl Iterator<Item = (Tracker, AssetId)>) -> Vec<Freshness> {
    let asked = asked.map(|(tracker, asset)| {
        tokio::spawn(async move {
            tracker
                .quote(&OwnerId::default(), &asset, None)
                .await
                .unwrap()
                .freshness
        })
    });
    let asked: Vec<_> = asked.collect();
    let answers = futures::future::join_all(asked).await;
    answers.into_iter().map(Result::unwrap).collect()
}

async fn one_call_of_ten_thousand(url: &str) {
    let bitcoin = asset("crypto:bitcoin");
    let source = market(std::slice::from_ref(&bitcoin));
    let processes = processes(url, &source);
    let asked = (0..10_000).map(|index| (processes[index % PROCESSES].clone(), bitcoin.clone()));
    assert_eq!(ask(asked).await.len(), 10_000);
    assert_eq!(source.calls(), 1, "calls of {PROCESSES} processes for 10,000 requests");
}

/// Each process asks for all of them; how they are gathered from single requests is the core's, and tested there.
async fn few_calls_for_many(url: &str) {
    let assets: Vec<_> = (0..500).map(|index| asset(&format!("crypto:coin-{index}"))).collect();
    let source = market(&assets);
    let asked = processes(url, &source).into_iter().map(|tracker| {
        let assets = assets.clone();
        tokio::spawn(async move { tracker.quotes(&OwnerId::default(), &assets, None).await.unwrap() })
    });
    let asked: Vec<_> = asked.collect();
    for answers in futures::future::join_all(asked).await {
        assert!(answers.unwrap().iter().all(|(_, answer)| answer.is_ok()));
    }
    let calls = source.calls();
    assert!(
        calls <= 10,
        "{calls} calls for 500 cold assets in {PROCESSES} processes"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_requests_in_three_processes_are_one_call() {
    let server = RedisServer::start().await;
    one_call_of_ten_thousand(&server.url()).await;
    few_calls_for_many(&server.url()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_on_a_cluster() {
    let cluster = RedisCluster::start().await;
    one_call_of_ten_thousand(&cluster.url()).await;
    // The claims are in many slots there, so that each process gets a part: one call for each of them.
    few_calls_for_many(&cluster.url()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_is_one_call_too_and_what_one_process_found_the_others_have() {
    let server = RedisServer::start().await;
    let bitcoin = asset("crypto:bitcoin");
    let today = SystemClock.now().to_zoned(TimeZone::UTC).date();
    let yesterday = today.yesterday().unwrap().to_string();
    let source = MemorySource::new(Arc::new(SystemClock))
        .with_daily("crypto:bitcoin", &[(&yesterday, "59000 USD")])
        .unwrap();
    source.set_latency(Duration::from_millis(50));
    let source = Arc::new(source);
    let processes = processes(&server.url(), &source);
    let asked = processes.iter().cycle().take(60).cloned().map(|tracker| {
        let bitcoin = bitcoin.clone();
        tokio::spawn(async move {
            let owner = OwnerId::default();
            let history = tracker.history(&owner, &bitcoin, None, Resolution::Daily, 1).await;
            history.unwrap().points.len()
        })
    });
    let asked: Vec<_> = asked.collect();
    for answer in futures::future::join_all(asked).await {
        assert_eq!(answer.unwrap(), 1);
    }
    assert_eq!(source.calls(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_of_a_process_that_died_delays_and_hinders_nobody() {
    let server = RedisServer::start().await;
    let bitcoin = asset("crypto:bitcoin");
    let source = market(std::slice::from_ref(&bitcoin));
    let dead = RedisCache::new(open(&server.url(), NAMESPACE));
    let name = "price:crypto:bitcoin:USD:person".to_owned();
    assert_eq!(
        dead.claim_many(&[name], Duration::from_secs(3_600)).await.unwrap(),
        [true]
    );
    let tracker = process(open(&server.url(), NAMESPACE), &source);
    let answer = tracker.quote(&OwnerId::default(), &bitcoin, None).await.unwrap();
    assert_eq!(answer.freshness, Freshness::Live);
    assert_eq!(source.calls(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_of_another_version_is_a_miss_and_is_replaced() {
    let server = RedisServer::start().await;
    let bitcoin = asset("crypto:bitcoin");
    let source = market(std::slice::from_ref(&bitcoin));
    let cache = RedisCache::new(open(&server.url(), NAMESPACE));
    let key = "price:crypto:bitcoin:USD";
    for other in [&b""[..], b"\xff\0", b"{}", b"{\"quote\":{\"version\":9}}", b"null"] {
        let other = bytes::Bytes::from_static(other);
        cache.put(key, other.clone(), Duration::from_secs(600)).await.unwrap();
        let calls = source.calls();
        let tracker = process(open(&server.url(), NAMESPACE), &source);
        let answer = tracker.quote(&OwnerId::default(), &bitcoin, None).await.unwrap();
        assert_eq!(answer.freshness, Freshness::Live, "{other:?}");
        assert_eq!(source.calls(), calls + 1);
        assert_eq!(tracker.cache_counts().prices.missed, 1);
        assert_ne!(cache.get(key).await.unwrap().unwrap(), other);
    }
    let tracker = process(open(&server.url(), NAMESPACE), &source);
    let answer = tracker.quote(&OwnerId::default(), &bitcoin, None).await.unwrap();
    assert_eq!(answer.freshness, Freshness::Cached);
    assert_eq!(tracker.cache_counts().prices.shared, 1);
    // Another deployment on the same Redis knows nothing of it.
    let tracker = process(open(&server.url(), "another"), &source);
    let answer = tracker.quote(&OwnerId::default(), &bitcoin, None).await.unwrap();
    assert_eq!(answer.freshness, Freshness::Live);
}

#[tokio::test(flavor = "multi_thread")]
async fn prices_go_on_while_redis_is_killed_frozen_and_emptied() {
    let mut server = RedisServer::start().await;
    let assets: Vec<_> = (0..60).map(|index| asset(&format!("crypto:coin-{index}"))).collect();
    let source = market(&assets);
    let mut config = config(&server.url());
    config.timeout_ms = 300.try_into().unwrap();
    let redis = Redis::open(&config, NAMESPACE).unwrap();
    let tracker = process(redis.clone(), &source);
    let mut next = assets.iter();
    let mut price = async |count: usize| {
        for asset in next.by_ref().take(count) {
            let answer = tracker.quote(&OwnerId::default(), asset, None).await.unwrap();
            assert_eq!(answer.price.to_string(), "2 USD");
        }
    };
    let up = async |redis: &Redis| until("Redis is back", async || redis.check().await.is_ok()).await;

    price(5).await;
    assert!(redis.health().up);
    server.kill();
    price(10).await;
    let health = redis.health();
    assert!(!health.up && health.error.is_some(), "{health:?}");
    let failed = tracker.cache_counts().prices.failed;
    assert!(failed >= 9, "{failed} look-ups failed");
    server.start_again().await;
    up(&redis).await;
    price(5).await;
    assert_eq!(tracker.cache_counts().prices.failed, failed, "Redis is used again");

    server.freeze();
    price(10).await;
    assert!(!redis.health().up);
    server.thaw();
    up(&redis).await;

    let (missed, shared) = (
        tracker.cache_counts().prices.missed,
        tracker.cache_counts().prices.shared,
    );
    server.command("FLUSHALL").await;
    server.command("SCRIPT FLUSH").await;
    price(10).await;
    let counts = tracker.cache_counts().prices;
    assert_eq!((counts.missed, counts.shared), (missed + 10, shared));
    assert_eq!(redis.health().error, None);
}
