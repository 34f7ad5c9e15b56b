//! The two tiers of cache: this process's memory in front of the shared one.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use hashbrown::HashMap;
use jiff::Timestamp;
use moka::sync::Cache as Memory;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::counts::{Found, TierCounter, TierCounts};
use crate::cache::Cache;
use crate::quote::{AgeLimits, PriceKey, Quote, Unpriced};

/// How many prices a process keeps in memory.
const IN_MEMORY: u64 = 50_000;

/// What is known of a key.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Known {
    /// The last accepted price, of any age.
    Quote(Arc<Quote>),
    /// No source knows the asset; not asked again before `until`.
    Missing {
        /// Why.
        failure: Unpriced,
        /// Until when.
        until: Timestamp,
    },
}

impl Known {
    fn fetched_at(&self) -> Option<Timestamp> {
        match self {
            Self::Quote(quote) => Some(quote.fetched_at),
            Self::Missing { .. } => None,
        }
    }
}

/// What the shared tier said of some keys; nothing where it could not be asked.
type Answer = Option<Arc<HashMap<PriceKey, Known>>>;
type Reading = watch::Receiver<Option<Answer>>;

/// The cached prices. A shared cache that fails is a miss.
#[derive(Clone, Debug)]
pub(crate) struct Tiers(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    memory: Memory<PriceKey, Known>,
    shared: Arc<dyn Cache>,
    /// What the shared tier is being asked for: however many want a key at a moment, it is asked once.
    reading: Mutex<HashMap<PriceKey, Reading>>,
    counter: TierCounter,
}

impl Tiers {
    pub(crate) fn new(shared: Arc<dyn Cache>) -> Self {
        Self(Arc::new(Inner {
            memory: Memory::new(IN_MEMORY),
            shared,
            reading: Mutex::default(),
            counter: TierCounter::default(),
        }))
    }

    pub(crate) fn in_memory(&self, key: &PriceKey) -> Option<Known> {
        self.0.memory.get(key)
    }

    /// Notes that a look-up ended in memory, where it was not [`Tiers::get_many`] that looked.
    pub(super) fn found_in_memory(&self) {
        self.0.counter.add(Found::Memory);
    }

    pub(super) fn counts(&self) -> TierCounts {
        self.0.counter.read()
    }

    /// What is known of each key; the shared tier is asked, in one round trip, about those of which memory
    /// knows nothing current.
    pub(crate) async fn get_many(&self, keys: &[PriceKey], is_current: impl Fn(&Known) -> bool) -> Vec<Option<Known>> {
        let mut known: Vec<_> = keys.iter().map(|key| self.0.memory.get(key)).collect();
        let is_current = |known: &Option<Known>| known.as_ref().is_some_and(&is_current);
        let (current, asked): (Vec<_>, Vec<_>) = (0..keys.len()).partition(|index| is_current(&known[*index]));
        current.iter().for_each(|_| self.0.counter.add(Found::Memory));
        if asked.is_empty() {
            return known;
        }
        let readings = self.read(asked.iter().map(|index| &keys[*index]));
        for (index, mut reading) in asked.into_iter().zip(readings) {
            let told = reading.wait_for(Option::is_some).await;
            let answer = told.ok().and_then(|told| (*told).clone()).flatten();
            let Some(answer) = answer else {
                self.0.counter.add(Found::Unknown);
                continue;
            };
            if let Some(found) = answer.get(&keys[index])
                && found.fetched_at() >= known[index].as_ref().and_then(Known::fetched_at)
            {
                known[index] = Some(found.clone());
            }
            let found = if is_current(&known[index]) {
                Found::Shared
            } else {
                Found::Nowhere
            };
            self.0.counter.add(found);
        }
        known
    }

    /// The answers that are on their way for these keys; what nobody asks for is asked for in one round trip.
    fn read<'a>(&self, keys: impl Iterator<Item = &'a PriceKey>) -> Vec<Reading> {
        let (sender, receiver) = watch::channel(None);
        let mut new = Vec::new();
        let mut reading = self.0.reading();
        let readings = keys
            .map(
                |key| match reading.get(key).filter(|known| known.has_changed().is_ok()) {
                    Some(known) => known.clone(),
                    None => {
                        reading.insert(key.clone(), receiver.clone());
                        new.push(key.clone());
                        receiver.clone()
                    }
                },
            )
            .collect();
        drop(reading);
        if !new.is_empty() {
            let tiers = self.clone();
            tokio::spawn(async move {
                let answer = tiers.ask(&new).await;
                let mut reading = tiers.0.reading();
                for key in &new {
                    reading.remove(key);
                }
                drop(reading);
                sender.send_replace(Some(answer));
            });
        }
        readings
    }

    /// What the shared tier knows of these keys at this moment, remembered where it is news.
    pub(super) async fn ask(&self, keys: &[PriceKey]) -> Answer {
        let names: Vec<_> = keys.iter().map(name).collect();
        let shared = match self.0.shared.get_many(&names).await {
            Ok(shared) => shared,
            Err(error) => {
                tracing::debug!(%error, "the shared cache cannot be read");
                return None;
            }
        };
        let mut answer = HashMap::new();
        for (key, bytes) in keys.iter().zip(shared) {
            let Some(found) = bytes.and_then(|bytes| serde_json::from_slice::<Known>(&bytes).ok()) else {
                continue;
            };
            if found.fetched_at() >= self.in_memory(key).as_ref().and_then(Known::fetched_at) {
                self.0.memory.insert(key.clone(), found.clone());
            }
            answer.insert(key.clone(), found);
        }
        Some(Arc::new(answer))
    }

    /// Keeps what was learnt, in both tiers.
    pub(crate) async fn put(&self, learnt: Vec<(PriceKey, Known)>, missing_for: Duration) {
        let mut quotes: Vec<(Duration, Vec<(String, Bytes)>)> = Vec::new();
        for (key, known) in learnt {
            let ttl = match &known {
                Known::Quote(quote) => AgeLimits::of(quote.asset.class()).carry.unsigned_abs(),
                Known::Missing { .. } => missing_for,
            };
            if let Ok(bytes) = serde_json::to_vec(&known) {
                let entry = (name(&key), Bytes::from(bytes));
                match quotes.iter_mut().find(|(of, _)| *of == ttl) {
                    Some((_, entries)) => entries.push(entry),
                    None => quotes.push((ttl, vec![entry])),
                }
            }
            self.0.memory.insert(key, known);
        }
        for (ttl, entries) in quotes {
            if let Err(error) = self.0.shared.put_many(entries, ttl).await {
                tracing::debug!(%error, "the shared cache cannot be written");
            }
        }
    }
}

impl Inner {
    fn reading(&self) -> MutexGuard<'_, HashMap<PriceKey, Reading>> {
        self.reading.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `price:{class}:{symbol}:{currency}`.
pub(super) fn name(key: &PriceKey) -> String {
    format!("price:{key}")
}
