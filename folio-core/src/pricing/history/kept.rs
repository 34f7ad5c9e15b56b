//! Where histories are kept: in memory, in the shared cache and, as valuations price it, in the store.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use jiff::civil::Date;

use super::super::counts::Found;
use super::super::heal::{Plan, plan};
use super::Inner;
use crate::asset::AssetClass;
use crate::quote::{PriceKey, Resolution};
use crate::store::KeptHistory;

/// How long a history is kept in the cache for the time when no source answers.
const KEPT: Duration = Duration::from_secs(30 * 3600);

impl Inner {
    /// The longest history that is kept: in memory, else in the shared cache, else in the store; and which of
    /// the caches had a current one.
    pub(super) async fn best(
        &self,
        key: &PriceKey,
        resolution: Resolution,
        needed: Date,
        now: Timestamp,
    ) -> (Option<KeptHistory>, Found) {
        let place = (key.clone(), resolution);
        let mut best = self.memory.get(&place);
        if self.serves(&best, needed, now) {
            return (best, Found::Memory);
        }
        let mut found = Found::Nowhere;
        match self.shared(key, resolution).await {
            Ok(shared) => best = choose(best, shared),
            Err(()) => found = Found::Unknown,
        }
        if self.serves(&best, needed, now) {
            found = Found::Shared;
        } else if is_stored(key, resolution) {
            match self.stored.get(key).await {
                Ok(Some((kept, used_on))) => {
                    self.used.insert(key.clone(), used_on);
                    best = choose(best, Some(kept));
                }
                Ok(None) => {}
                Err(error) => tracing::warn!(%error, %key, "a kept price history cannot be read"),
            }
        }
        if let Some(kept) = &best {
            self.memory.insert(place, kept.clone());
        }
        (best, found)
    }

    fn serves(&self, kept: &Option<KeptHistory>, needed: Date, now: Timestamp) -> bool {
        matches!(plan(kept.as_ref(), needed, now, self.fresh_for), Plan::Serve)
    }

    /// What the shared cache has, if it can be asked.
    async fn shared(&self, key: &PriceKey, resolution: Resolution) -> Result<Option<KeptHistory>, ()> {
        match self.shared.get(&name(key, resolution)).await {
            Ok(bytes) => Ok(bytes.and_then(|bytes| KeptHistory::from_json(&bytes))),
            Err(error) => {
                tracing::debug!(%error, "the shared cache cannot be read");
                Err(())
            }
        }
    }

    /// What another process has brought since, if that serves.
    pub(super) async fn brought(&self, key: &PriceKey, resolution: Resolution, needed: Date) -> Option<KeptHistory> {
        let shared = self.shared(key, resolution).await.ok()?;
        if !self.serves(&shared, needed, self.clock.now()) {
            return None;
        }
        self.memory.insert((key.clone(), resolution), shared.clone()?);
        shared
    }

    /// Keeps a history in memory, in the cache and, as valuations price it, in the store.
    pub(super) async fn keep(&self, key: &PriceKey, kept: &KeptHistory, today: Date) {
        let resolution = kept.history.resolution;
        self.memory.insert((key.clone(), resolution), kept.clone());
        if let Some(json) = kept.to_json()
            && let Err(error) = self.shared.put(&name(key, resolution), Bytes::from(json), KEPT).await
        {
            tracing::debug!(%error, "the shared cache cannot be written");
        }
        if is_stored(key, resolution) {
            match self.stored.put(key, kept, today).await {
                Ok(()) => self.used.insert(key.clone(), today),
                Err(error) => tracing::warn!(%error, %key, "a price history cannot be kept"),
            }
        }
    }

    /// Has the use of a stored history noted, once a day and without anybody waiting.
    pub(super) fn note_use(self: &Arc<Self>, key: &PriceKey, resolution: Resolution, today: Date) {
        if !is_stored(key, resolution) || self.used.get(key).is_none_or(|used_on| used_on >= today) {
            return;
        }
        self.used.insert(key.clone(), today);
        let (inner, key) = (Arc::clone(self), key.clone());
        tokio::spawn(async move {
            if let Err(error) = inner.stored.touch(&key, today).await {
                tracing::debug!(%error, %key, "the use of a price history cannot be noted");
            }
        });
    }
}

fn choose(a: Option<KeptHistory>, b: Option<KeptHistory>) -> Option<KeptHistory> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.better(b)),
        (a, b) => a.or(b),
    }
}

/// The store keeps what valuations are made of: daily, in the asset's own currency.
fn is_stored(key: &PriceKey, resolution: Resolution) -> bool {
    let native = key.currency == key.asset.class().native_currency() || key.asset.class() == AssetClass::Currency;
    resolution == Resolution::Daily && native
}

/// `history:{class}:{symbol}:{currency}:{resolution}`.
pub(super) fn name(key: &PriceKey, resolution: Resolution) -> String {
    format!("history:{key}:{}", resolution.as_str())
}
