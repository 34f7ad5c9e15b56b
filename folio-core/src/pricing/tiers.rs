//! The two tiers of cache: this process's memory in front of the shared one.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use moka::sync::Cache as Memory;
use serde::{Deserialize, Serialize};

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

/// The cached prices. A shared cache that fails is a miss.
#[derive(Debug)]
pub(crate) struct Tiers {
    memory: Memory<PriceKey, Known>,
    shared: Arc<dyn Cache>,
}

impl Tiers {
    pub(crate) fn new(shared: Arc<dyn Cache>) -> Self {
        Self {
            memory: Memory::new(IN_MEMORY),
            shared,
        }
    }

    pub(crate) fn in_memory(&self, key: &PriceKey) -> Option<Known> {
        self.memory.get(key)
    }

    /// What is known of each key; the shared tier is asked, in one round trip, about those whose price in
    /// memory is not current.
    pub(crate) async fn get_many(&self, keys: &[PriceKey], is_fresh: impl Fn(&Quote) -> bool) -> Vec<Option<Known>> {
        let mut known: Vec<_> = keys.iter().map(|key| self.memory.get(key)).collect();
        let asked: Vec<_> = (0..keys.len())
            .filter(|index| !matches!(&known[*index], Some(Known::Quote(quote)) if is_fresh(quote.as_ref())))
            .collect();
        if asked.is_empty() {
            return known;
        }
        let names: Vec<_> = asked.iter().map(|index| name(&keys[*index])).collect();
        let shared = match self.shared.get_many(&names).await {
            Ok(shared) => shared,
            Err(error) => {
                tracing::debug!(%error, "the shared cache cannot be read");
                return known;
            }
        };
        for (index, bytes) in asked.into_iter().zip(shared) {
            let found = bytes.and_then(|bytes| serde_json::from_slice::<Known>(&bytes).ok());
            if let Some(found) = found
                && found.fetched_at() >= known[index].as_ref().and_then(Known::fetched_at)
            {
                self.memory.insert(keys[index].clone(), found.clone());
                known[index] = Some(found);
            }
        }
        known
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
            self.memory.insert(key, known);
        }
        for (ttl, entries) in quotes {
            if let Err(error) = self.shared.put_many(entries, ttl).await {
                tracing::debug!(%error, "the shared cache cannot be written");
            }
        }
    }
}

/// `price:{class}:{symbol}:{currency}`.
fn name(key: &PriceKey) -> String {
    format!("price:{key}")
}
