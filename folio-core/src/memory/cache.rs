//! A cache within the process.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use hashbrown::HashMap;
use jiff::{SignedDuration, Timestamp};

use super::lock;
use crate::Result;
use crate::cache::Cache;
use crate::clock::Clock;

/// How much a cache keeps unless it is told otherwise.
const DEFAULT_BYTES: usize = 64 << 20;

/// A [`Cache`] within the process, bounded in size, on a clock of the caller's choice.
///
/// When it is full, what would be gone soonest goes first.
///
/// ```
/// use std::{sync::Arc, time::Duration};
/// use folio_core::{Cache, ManualClock, memory::MemoryCache};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let clock = Arc::new(ManualClock::new("2026-03-01T09:00:00Z".parse()?));
/// let cache = MemoryCache::new(clock.clone());
/// cache.put("price:crypto:bitcoin:USD", "60000".into(), Duration::from_secs(300)).await?;
/// assert_eq!(cache.get("price:crypto:bitcoin:USD").await?.unwrap(), "60000");
///
/// clock.advance(jiff::SignedDuration::from_mins(5));
/// assert!(cache.get("price:crypto:bitcoin:USD").await?.is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct MemoryCache {
    clock: Arc<dyn Clock>,
    max_bytes: usize,
    entries: Mutex<Entries>,
    /// Until when each claimed key is held.
    claims: Mutex<HashMap<String, Timestamp>>,
}

#[derive(Debug, Default)]
struct Entries {
    by_key: HashMap<Arc<str>, (Bytes, Timestamp)>,
    by_end: BTreeSet<(Timestamp, Arc<str>)>,
    bytes: usize,
}

impl MemoryCache {
    /// An empty cache of at most 64 MiB of keys and values.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self::with_max_bytes(clock, DEFAULT_BYTES)
    }

    /// An empty cache of at most `max_bytes` of keys and values.
    #[must_use]
    pub fn with_max_bytes(clock: Arc<dyn Clock>, max_bytes: usize) -> Self {
        Self {
            clock,
            max_bytes,
            entries: Mutex::default(),
            claims: Mutex::default(),
        }
    }

    /// The present, and when what begins now is over.
    fn span(&self, ttl: Duration) -> (Timestamp, Timestamp) {
        let now = self.clock.now();
        let ttl = SignedDuration::try_from(ttl).unwrap_or(SignedDuration::MAX);
        (now, now.checked_add(ttl).unwrap_or(Timestamp::MAX))
    }
}

impl Entries {
    fn remove(&mut self, key: &str) {
        if let Some((key, (value, end))) = self.by_key.remove_entry(key) {
            self.bytes -= key.len() + value.len();
            self.by_end.remove(&(end, key));
        }
    }

    fn insert(&mut self, key: &str, value: Bytes, end: Timestamp) {
        self.remove(key);
        let key: Arc<str> = key.into();
        self.bytes += key.len() + value.len();
        self.by_end.insert((end, key.clone()));
        self.by_key.insert(key, (value, end));
    }

    /// Drops what is over, and then what will be over soonest until the rest fits.
    fn shrink(&mut self, now: Timestamp, max_bytes: usize) {
        while let Some((end, key)) = self.by_end.first()
            && (*end <= now || self.bytes > max_bytes)
        {
            let key = key.clone();
            self.remove(&key);
        }
    }
}

#[async_trait]
impl Cache for MemoryCache {
    async fn get_many(&self, keys: &[String]) -> Result<Vec<Option<Bytes>>> {
        let now = self.clock.now();
        let entries = lock(&self.entries);
        let value = |key: &String| {
            let (value, end) = entries.by_key.get(key.as_str())?;
            (now < *end).then(|| value.clone())
        };
        Ok(keys.iter().map(value).collect())
    }

    async fn put_many(&self, new: Vec<(String, Bytes)>, ttl: Duration) -> Result<()> {
        let (now, end) = self.span(ttl);
        let mut entries = lock(&self.entries);
        for (key, value) in new {
            entries.insert(&key, value, end);
        }
        entries.shrink(now, self.max_bytes);
        Ok(())
    }

    async fn remove(&self, key: &str) -> Result<()> {
        lock(&self.entries).remove(key);
        Ok(())
    }

    async fn claim_many(&self, keys: &[String], ttl: Duration) -> Result<Vec<bool>> {
        let (now, end) = self.span(ttl);
        let mut claims = lock(&self.claims);
        claims.retain(|_, end| now < *end);
        let mut claim = |key: &String| {
            let free = !claims.contains_key(key);
            if free {
                claims.insert(key.clone(), end);
            }
            free
        };
        Ok(keys.iter().map(&mut claim).collect())
    }

    async fn release_many(&self, keys: &[String]) -> Result<()> {
        let mut claims = lock(&self.claims);
        for key in keys {
            claims.remove(key);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;

    fn cache(max_bytes: usize) -> (Arc<ManualClock>, MemoryCache) {
        let clock = Arc::new(ManualClock::new("2026-03-01T09:00:00Z".parse().unwrap()));
        (clock.clone(), MemoryCache::with_max_bytes(clock, max_bytes))
    }

    #[tokio::test]
    async fn a_value_is_gone_at_the_end_of_its_time_and_not_before() {
        let (clock, cache) = cache(1000);
        cache.put("a", "1".into(), Duration::from_secs(60)).await.unwrap();
        clock.advance(SignedDuration::from_millis(59_999));
        assert!(cache.get("a").await.unwrap().is_some());
        clock.advance(SignedDuration::from_millis(1));
        assert!(cache.get("a").await.unwrap().is_none());
    }

    #[tokio::test]
    async fn a_full_cache_drops_what_ends_soonest_and_counts_what_it_drops() {
        let (clock, cache) = cache(6);
        for (key, seconds) in [("a", 30), ("b", 10), ("c", 20)] {
            cache.put(key, "x".into(), Duration::from_secs(seconds)).await.unwrap();
        }
        cache.put("d", "x".into(), Duration::from_secs(15)).await.unwrap();
        let keys = ["a", "b", "c", "d"].map(str::to_owned);
        let left = cache.get_many(&keys).await.unwrap();
        assert_eq!(
            left.iter().map(Option::is_some).collect::<Vec<_>>(),
            [true, false, true, true]
        );

        cache
            .put("large", Bytes::from_static(b"does not fit"), Duration::from_secs(600))
            .await
            .unwrap();
        assert!(cache.get("large").await.unwrap().is_none());
        assert_eq!(lock(&cache.entries).bytes, 0);
        assert!(lock(&cache.entries).by_key.is_empty());

        cache.put("a", "x".into(), Duration::from_secs(1)).await.unwrap();
        clock.advance(SignedDuration::from_secs(2));
        cache.put("b", "x".into(), Duration::from_secs(1)).await.unwrap();
        assert_eq!(lock(&cache.entries).bytes, 2, "what is over makes room");
    }

    #[tokio::test]
    async fn the_longest_time_there_is_does_not_overflow() {
        let (_, cache) = cache(1000);
        cache.put("a", "1".into(), Duration::MAX).await.unwrap();
        assert!(cache.get("a").await.unwrap().is_some());
    }
}
