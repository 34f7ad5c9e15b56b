//! Redis for tests: a namespace of its own for each, and private certificates.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use folio_cache_redis::{Redis, RedisConfig};

static NEXT: AtomicU32 = AtomicU32::new(0);

/// A namespace that nobody has used on a server of this process.
pub(crate) fn namespace() -> String {
    format!("test-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A configuration that gives slow machines time.
pub(crate) fn config(url: &str) -> RedisConfig {
    let mut config = RedisConfig::from_url(url).unwrap();
    config.timeout_ms = 5_000.try_into().unwrap();
    config
}

/// A connection of its own.
pub(crate) fn open(url: &str, namespace: &str) -> Redis {
    Redis::open(&config(url), namespace).unwrap()
}

/// Waits for something that has to come.
pub(crate) async fn until<F: Future<Output = bool>>(what: &str, mut condition: impl FnMut() -> F) {
    let limit = tokio::time::Instant::now() + Duration::from_secs(60);
    while !condition().await {
        assert!(tokio::time::Instant::now() < limit, "{what} has not come");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
