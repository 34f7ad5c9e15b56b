//! The trait that a shared cache is put behind.

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

use crate::Result;

/// A place to keep bytes for a while.
///
/// # Contract
/// - What was put may be gone at any time and is gone after its time to live; what is got was put under
///   that very key.
/// - A cache that fails is a miss: callers of this trait carry on without it, so an error is for the log
///   and the metrics only.
/// - Times to live are kept to the second or better; zero stores nothing.
/// - A claim is held by at most one caller until it is released or its time is over, whichever comes first; the
///   claim on a key and the value under it do not touch.
///
/// `folio_core::conformance::cache` checks this for any implementation.
#[async_trait]
pub trait Cache: Send + Sync + Debug + 'static {
    /// The bytes under each key, in the order asked, in one round trip.
    ///
    /// # Errors
    /// `Unavailable` or `Timeout` when the cache cannot be reached.
    async fn get_many(&self, keys: &[String]) -> Result<Vec<Option<Bytes>>>;

    /// Keeps bytes under each key for `ttl`, in one round trip; what was there is replaced.
    ///
    /// # Errors
    /// `Unavailable` or `Timeout` when the cache cannot be reached.
    async fn put_many(&self, entries: Vec<(String, Bytes)>, ttl: Duration) -> Result<()>;

    /// Forgets a key; that there is none is no error.
    ///
    /// # Errors
    /// `Unavailable` or `Timeout` when the cache cannot be reached.
    async fn remove(&self, key: &str) -> Result<()>;

    /// Claims each key for `ttl`, so that one of all processes does what all were about to do: whether this
    /// call got it, in the order asked, in one round trip. Of several calls with the same keys one gets them
    /// all, as far as the cache can do that.
    ///
    /// A cache that knows no claims grants each, and then everybody does the work.
    ///
    /// # Errors
    /// `Unavailable` or `Timeout` when the cache cannot be reached.
    async fn claim_many(&self, keys: &[String], ttl: Duration) -> Result<Vec<bool>> {
        let _ = ttl;
        Ok(vec![true; keys.len()])
    }

    /// Gives back claims that this cache was granted; others' stay.
    ///
    /// # Errors
    /// `Unavailable` or `Timeout` when the cache cannot be reached.
    async fn release_many(&self, keys: &[String]) -> Result<()> {
        let _ = keys;
        Ok(())
    }

    /// The bytes under one key.
    ///
    /// # Errors
    /// `Unavailable` or `Timeout` when the cache cannot be reached.
    async fn get(&self, key: &str) -> Result<Option<Bytes>> {
        let keys = [key.to_owned()];
        Ok(self.get_many(&keys).await?.into_iter().next().flatten())
    }

    /// Keeps bytes under one key.
    ///
    /// # Errors
    /// `Unavailable` or `Timeout` when the cache cannot be reached.
    async fn put(&self, key: &str, value: Bytes, ttl: Duration) -> Result<()> {
        self.put_many(vec![(key.to_owned(), value)], ttl).await
    }
}
