//! A Redis that is not there, refuses, hangs or comes back: nobody waits long, and nobody has to help.

use std::time::Duration;

use folio_cache_redis::{Redis, RedisCache, RedisConfig};
use folio_core::{Cache, ErrorKind};
use folio_testkit::{Fault, Proxy, RedisCluster, RedisServer, free_port};

use crate::common::{config, open, until};

const HOUR: Duration = Duration::from_secs(3_600);

fn quick(url: &str, timeout_ms: u32) -> RedisCache {
    let mut config = config(url);
    config.timeout_ms = timeout_ms.try_into().unwrap();
    RedisCache::new(Redis::open(&config, "x").unwrap())
}

async fn back(cache: &RedisCache) {
    until("Redis is back", async || cache.redis().check().await.is_ok()).await;
}

#[tokio::test]
async fn opening_asks_nobody_and_the_first_call_says_what_is_wrong() {
    let mut server = RedisServer::start().await;
    server.kill();
    let cache = quick(&server.url(), 5_000);
    assert!(cache.redis().health().up, "nobody knows yet");
    let error = cache.get("a").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(error.message(), "nobody listens at the address of Redis");
    let health = cache.redis().health();
    assert_eq!((health.up, health.error.as_deref()), (false, Some(error.message())));
    server.start_again().await;
    back(&cache).await;
    cache.put("a", "1".into(), HOUR).await.unwrap();
    assert_eq!(cache.get("a").await.unwrap(), Some("1".into()));
    assert!(cache.redis().health().up);
}

#[tokio::test]
async fn a_wrong_password_is_named_and_not_shown() {
    let server = RedisServer::with(&["--requirepass", "the right one"]).await;
    let url = |user: &str| format!("redis://{user}127.0.0.1:{}", server.port());
    for (user, said) in [
        ("", "asks for a password"),
        (":hunter2@", "refuses the user or the password"),
        ("nobody:hunter2@", "refuses the user or the password"),
    ] {
        let cache = quick(&url(user), 5_000);
        let error = cache.get("a").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{user}: {error:?}");
        assert!(error.message().contains(said), "{user}: {error}");
        let shown = format!("{error:?} {cache:?} {:?}", cache.redis().health());
        assert!(!shown.contains("hunter2"), "{shown}");
    }
    let cache = quick(&url(":the%20right%20one@"), 5_000);
    cache.put("a", "1".into(), HOUR).await.unwrap();
}

#[tokio::test]
async fn a_database_of_its_own_has_other_keys() {
    let server = RedisServer::start().await;
    let (zero, three) = (
        quick(&server.url(), 5_000),
        quick(&format!("{}/3", server.url()), 5_000),
    );
    zero.put("a", "0".into(), HOUR).await.unwrap();
    assert_eq!(three.get("a").await.unwrap(), None);
    three.put("a", "3".into(), HOUR).await.unwrap();
    assert_eq!(zero.get("a").await.unwrap(), Some("0".into()));
}

#[tokio::test]
async fn two_deployments_on_one_redis_never_meet() {
    let server = RedisServer::start().await;
    let [one, two] = ["one", "two"].map(|namespace| RedisCache::new(open(&server.url(), namespace)));
    one.put("a", "1".into(), HOUR).await.unwrap();
    let key = ["a".to_owned()];
    assert_eq!(one.claim_many(&key, HOUR).await.unwrap(), [true]);
    assert_eq!(two.get("a").await.unwrap(), None);
    assert_eq!(two.claim_many(&key, HOUR).await.unwrap(), [true]);
    two.remove("a").await.unwrap();
    assert_eq!(one.get("a").await.unwrap(), Some("1".into()));
    let error = Redis::open(&RedisConfig::new("h", 1), "a}b").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotConfigured);
}

#[tokio::test]
async fn another_process_releases_no_claim() {
    let server = RedisServer::start().await;
    let [one, two] = [0; 2].map(|_| RedisCache::new(open(&server.url(), "x")));
    let key = ["a".to_owned()];
    assert_eq!(one.claim_many(&key, HOUR).await.unwrap(), [true]);
    two.release_many(&key).await.unwrap();
    assert_eq!(two.claim_many(&key, HOUR).await.unwrap(), [false]);
    one.release_many(&key).await.unwrap();
    assert_eq!(two.claim_many(&key, HOUR).await.unwrap(), [true]);
}

/// While Redis hangs, a hundred callers one after the other do not each pay the two seconds that one pays.
#[tokio::test]
async fn a_redis_that_hangs_is_waited_for_once() {
    let server = RedisServer::start().await;
    let cache = quick(&server.url(), 2_000);
    cache.put("a", "1".into(), HOUR).await.unwrap();
    server.freeze();
    let asked = async {
        for _ in 0..100 {
            cache.get("a").await.unwrap_err();
        }
    };
    tokio::time::timeout(Duration::from_secs(60), asked).await.unwrap();
    assert_eq!(cache.redis().health().error.unwrap(), "Redis does not answer in time");
    server.thaw();
    back(&cache).await;
    assert_eq!(cache.get("a").await.unwrap(), Some("1".into()));

    // The same for those who have never reached it.
    server.freeze();
    let cache = quick(&server.url(), 2_000);
    let asked = async {
        for _ in 0..100 {
            cache.get("a").await.unwrap_err();
        }
    };
    tokio::time::timeout(Duration::from_secs(60), asked).await.unwrap();
    server.thaw();
    back(&cache).await;
    assert_eq!(cache.get("a").await.unwrap(), Some("1".into()));
}

#[tokio::test]
async fn a_network_that_breaks_and_mends_is_connected_again() {
    let server = RedisServer::start().await;
    let proxy = Proxy::before(server.port()).await;
    let cache = quick(&format!("redis://127.0.0.1:{}", proxy.port()), 1_000);
    cache.put("a", "1".into(), HOUR).await.unwrap();
    for fault in [Fault::Closed, Fault::Silent, Fault::Closed] {
        proxy.set(fault);
        cache.get("a").await.unwrap_err();
        proxy.set(Fault::None);
        back(&cache).await;
        assert_eq!(cache.get("a").await.unwrap(), Some("1".into()), "{fault:?}");
    }
    proxy.set(Fault::Slow(Duration::from_millis(50)));
    assert_eq!(cache.get("a").await.unwrap(), Some("1".into()), "slow is not broken");
}

#[tokio::test]
async fn ten_deaths_and_ten_returns() {
    let mut server = RedisServer::start().await;
    let cache = quick(&server.url(), 5_000);
    for round in 0..10 {
        let value = bytes::Bytes::from(round.to_string());
        cache.put("a", value.clone(), HOUR).await.unwrap();
        server.kill();
        cache.get("a").await.unwrap_err();
        server.start_again().await;
        back(&cache).await;
        // What the append-only file had not on the disk may be gone, and nothing else may be there.
        let found = cache.get("a").await.unwrap();
        assert!(found.is_none() || found == Some(value), "{found:?} in round {round}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_that_lost_a_node_fails_quickly_and_is_used_again_when_it_is_back() {
    let mut cluster = RedisCluster::start().await;
    let cache = quick(&cluster.url(), 1_000);
    let keys: Vec<_> = (0..200).map(|index| format!("key:{index}")).collect();
    let entries = keys.iter().map(|key| (key.clone(), key.clone().into())).collect();
    cache.put_many(entries, HOUR).await.unwrap();
    cluster.nodes_mut()[2].kill();
    until("a failure", async || cache.get_many(&keys).await.is_err()).await;
    let asked = async {
        for _ in 0..200 {
            let _ = cache.get_many(&keys).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(100), asked).await.unwrap();
    cluster.nodes_mut()[2].start_again().await;
    until("the cluster is back", async || cache.get_many(&keys).await.is_ok()).await;
    // What the node had not written may be gone with it.
    let entries = keys.iter().map(|key| (key.clone(), "2".into())).collect();
    cache.put_many(entries, HOUR).await.unwrap();
    let found = cache.get_many(&keys).await.unwrap();
    assert!(found.iter().all(|value| value.as_deref() == Some(b"2")), "{found:?}");
}

#[tokio::test]
async fn an_address_where_nobody_is_holds_up_nothing() {
    let cache = quick(&format!("redis+cluster://127.0.0.1:{}", free_port()), 2_000);
    cache.get("a").await.unwrap_err();
    assert!(!cache.redis().health().up);
}
