//! The job queue: a transport for keys of rows, and nothing more.
//!
//! The store says what is to be done and how far it got. A queue only wakes a worker for a row, soon
//! and usually once: it may deliver twice, late or never, and it may be lost whole. Whoever handles a
//! delivery compares its attempt with the row's and lets stale copies end there; whatever the queue
//! loses is pushed again, under the next attempt, by the dispatcher. So a queue has no results, no
//! delays, and no retries of its own.

#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
mod file;
mod poll;
mod redis;
mod sqlite;
mod worker;

use std::fmt::Debug;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use folio_core::Result;
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use ulid::Ulid;

pub use self::redis::{RedisQueue, RedisQueueConfig};
pub use sqlite::SqliteQueue;

/// What a queue carries: the key of a row in the store, and the attempt it was pushed with.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Delivery {
    /// The key of the row.
    pub row: String,
    /// The row's attempt at the time of the push.
    pub attempt: u32,
}

impl Delivery {
    /// A delivery of `row` in its `attempt`.
    pub fn new(row: impl Into<String>, attempt: u32) -> Self {
        Self {
            row: row.into(),
            attempt,
        }
    }

    /// The delivery as a queue keeps it, always in the same words.
    fn to_json(&self) -> String {
        // A map of a string and a number is always JSON.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The id under which this delivery travels in the queue called `queue`.
    ///
    /// It is derived, so pushing the same attempt twice is one task. The queue's name is part of it
    /// because two queues in one file or on one server share one space of ids. It is a ULID because
    /// apalis stops every worker of an SQLite queue that holds an id of another form.
    fn id(&self, queue: &str) -> Ulid {
        let digest = Sha256::new()
            .chain_update(queue)
            .chain_update([0])
            .chain_update(&self.row)
            .chain_update("#")
            .chain_update(self.attempt.to_string())
            .finalize();
        let mut id = [0; 16];
        id.copy_from_slice(&digest[..16]);
        Ulid::from_bytes(id)
    }
}

/// Does the work that a delivery stands for.
///
/// It returns nothing because the queue has nothing to do with the outcome: that is recorded in the
/// store. A panic counts as handled.
#[async_trait]
pub trait Handler: Send + Sync + 'static {
    /// Handles one delivery.
    async fn handle(&self, delivery: Delivery);
}

/// How a worker runs.
#[derive(Clone, Debug)]
pub struct WorkerOptions {
    /// How many deliveries are handled at once.
    pub concurrency: NonZeroUsize,
    /// The start of the worker's name, for people who look into the queue. The rest of the name is
    /// new at every start, since a queue may refuse a name that it still holds for a dead worker.
    pub name_prefix: String,
}

impl WorkerOptions {
    /// A worker that handles `concurrency` deliveries at once.
    pub fn new(concurrency: NonZeroUsize, name_prefix: impl Into<String>) -> Self {
        Self {
            concurrency,
            name_prefix: name_prefix.into(),
        }
    }
}

/// A queue that any number of processes push to and work on.
#[async_trait]
pub trait JobQueue: Send + Sync + Debug + 'static {
    /// Makes `deliveries` available to the workers. One that the queue already knows is skipped,
    /// whether it waits, runs or is finished and not yet [cleaned](Self::clean).
    ///
    /// # Errors
    ///
    /// `Unavailable` if the queue cannot be written. Some of the deliveries may have arrived.
    async fn push(&self, deliveries: &[Delivery]) -> Result<()>;

    /// Hands deliveries to `handler`, at most `options.concurrency` at once, until `shutdown`
    /// resolves. Then the running ones finish, and those that were only fetched go back.
    ///
    /// The worker outlives a failing queue: it tries again until `shutdown`. Dropping the returned
    /// future aborts the running handlers; their deliveries go to another worker when this one's
    /// heartbeat has been missing for some seconds, as after a crash.
    ///
    /// # Errors
    ///
    /// Only for what no later try can mend; a queue that cannot be reached is not among it.
    async fn work(
        &self,
        options: WorkerOptions,
        handler: Arc<dyn Handler>,
        shutdown: BoxFuture<'static, ()>,
    ) -> Result<()>;

    /// How many deliveries wait for a worker.
    ///
    /// # Errors
    ///
    /// `Unavailable` if the queue cannot be read.
    async fn depth(&self) -> Result<u64>;

    /// Forgets deliveries that were finished at least `keep` ago, and says how many they were.
    ///
    /// # Errors
    ///
    /// `Unavailable` if the queue cannot be written.
    async fn clean(&self, keep: Duration) -> Result<u64>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_ulid_derived_from_queue_row_and_attempt() {
        let id = |queue, row, attempt| Delivery::new(row, attempt).id(queue).to_string();
        assert_eq!(id("q", "chunk:1", 1), id("q", "chunk:1", 1));
        assert_ne!(id("q", "chunk:1", 1), id("q", "chunk:1", 2));
        assert_ne!(id("q", "chunk:1", 1), id("q", "chunk:2", 1));
        assert_ne!(id("q", "chunk:1", 1), id("p", "chunk:1", 1));
        assert_ne!(id("q", "chunk:1", 12), id("q", "chunk:1#1", 2));
        for attempt in 0..1_000 {
            let id = id("q", "chunk:1", attempt);
            assert_eq!(Ulid::from_string(&id).unwrap().to_string(), id);
        }
    }
}
