//! One process refreshes a key: who holds its claim fetches, the others wait a moment for what comes of it.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use tokio::time::Instant;

use crate::cache::Cache;
use crate::source::{Deadline, Priority};

/// How long a claim outlives a process that died with it.
const HELD_FOR: Duration = Duration::from_secs(10);
/// How long a person waits for what another process fetches, and a job. Then it is fetched here too: the
/// other may wait for something that this caller does not.
const PATIENCE: [Duration; 2] = [Duration::from_millis(1_500), Duration::from_secs(10)];
/// The pauses between two looks, the first and the longest.
const PAUSES: [Duration; 2] = [Duration::from_millis(10), Duration::from_millis(100)];

/// The claims of a process on what it is about to fetch, in the shared cache. A cache that cannot be reached
/// keeps nobody from fetching.
#[derive(Clone, Debug)]
pub(super) struct Claims(Arc<dyn Cache>);

/// Claims that were granted; given back when the work is over, however it ended.
#[derive(Debug)]
pub(super) struct Held {
    cache: Arc<dyn Cache>,
    names: Vec<String>,
}

impl Held {
    /// Gives the claims back.
    pub(super) async fn release(mut self) {
        give_back(&*self.cache, std::mem::take(&mut self.names)).await;
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if self.names.is_empty() {
            return;
        }
        let (cache, names) = (Arc::clone(&self.cache), std::mem::take(&mut self.names));
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { give_back(&*cache, names).await });
        }
    }
}

async fn give_back(cache: &dyn Cache, names: Vec<String>) {
    if names.is_empty() {
        return;
    }
    if let Err(error) = cache.release_many(&names).await {
        tracing::debug!(%error, "a claim cannot be given back; it ends by itself");
    }
}

/// How long somebody goes on waiting for another process, and how often he looks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    until: Instant,
    pause: Duration,
}

impl Patience {
    /// Never more than half of the time that is left, or nothing would be left for fetching.
    pub(super) fn of(priority: Priority, deadline: Deadline) -> Self {
        let [person, job] = PATIENCE;
        let most = match priority {
            Priority::Interactive => person,
            Priority::Job => job,
        };
        Self {
            until: Instant::now() + most.min(deadline.remaining() / 2),
            pause: PAUSES[0],
        }
    }

    /// Waits for the next look; false if there is none.
    pub(super) async fn pause(&mut self) -> bool {
        let now = Instant::now();
        if now >= self.until {
            return false;
        }
        tokio::time::sleep_until((now + self.pause).min(self.until)).await;
        self.pause = (self.pause * 2).min(PAUSES[1]);
        true
    }
}

impl Claims {
    pub(super) fn new(cache: Arc<dyn Cache>) -> Self {
        Self(cache)
    }

    /// Claims names for one kind of caller: which were granted. People and jobs have claims of their own, as
    /// they have lanes: a person never waits behind a job that waits for its budget.
    pub(super) async fn take(&self, names: Vec<String>, priority: Priority) -> (Vec<bool>, Held) {
        let lane = match priority {
            Priority::Interactive => "person",
            Priority::Job => "job",
        };
        let names: Vec<_> = names.into_iter().map(|name| format!("{name}:{lane}")).collect();
        let granted = match self.0.claim_many(&names, HELD_FOR).await {
            Ok(granted) => granted,
            Err(error) => {
                tracing::debug!(%error, "the shared cache grants no claims");
                return (vec![true; names.len()], self.held(Vec::new()));
            }
        };
        let taken = names.into_iter().zip(&granted).filter(|(_, granted)| **granted);
        let held = self.held(taken.map(|(name, _)| name).collect());
        (granted, held)
    }

    fn held(&self, names: Vec<String>) -> Held {
        Held {
            cache: Arc::clone(&self.0),
            names,
        }
    }

    /// Waits until one name is granted, or until `found` has what another process brought meanwhile.
    pub(super) async fn wait<'a, T>(
        &self,
        name: String,
        priority: Priority,
        deadline: Deadline,
        found: impl Fn() -> BoxFuture<'a, Option<T>>,
    ) -> Result<T, Held> {
        let mut patience = Patience::of(priority, deadline);
        loop {
            let (granted, held) = self.take(vec![name.clone()], priority).await;
            if granted == [true] {
                // It may have been brought between the last look and the claim.
                return match found().await {
                    Some(found) => {
                        held.release().await;
                        Ok(found)
                    }
                    None => Err(held),
                };
            }
            if !patience.pause().await {
                return Err(held);
            }
            if let Some(found) = found().await {
                return Ok(found);
            }
        }
    }
}
