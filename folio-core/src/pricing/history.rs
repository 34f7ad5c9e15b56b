//! Past prices: the longest span asked for is kept, and served shorter.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use moka::future::Cache as Memory;
use serde::{Deserialize, Serialize};

use super::collect::utc_date;
use super::health::not_asked;
use super::{Freshnesses, Sources};
use crate::asset::AssetClass;
use crate::book::age;
use crate::cache::Cache;
use crate::clock::Clock;
use crate::quote::{PriceHistory, PriceKey, Reason, Resolution, Unpriced};
use crate::source::{Capabilities, HistoryRequest};
use crate::{Error, ErrorKind};

/// How long a history is kept for the time when no source answers.
const KEPT: Duration = Duration::from_secs(30 * 3600);
/// How many histories a process keeps in memory.
const IN_MEMORY: u64 = 2_000;

/// A history with the number of days that were asked for, which may be more than it has points.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Kept {
    days: u32,
    history: Arc<PriceHistory>,
}

/// The histories of assets.
#[derive(Debug)]
pub(super) struct Histories {
    clock: Arc<dyn Clock>,
    sources: Arc<Sources>,
    shared: Arc<dyn Cache>,
    fresh_for: SignedDuration,
    memory: Memory<(PriceKey, Resolution), Kept>,
    /// One upstream call however many wait: the value is the instant of the answer, so that a waiting
    /// caller takes it and a later one asks anew.
    asking: Memory<(PriceKey, Resolution, u32), Kept>,
}

impl std::fmt::Debug for Sources {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(&self.all).finish()
    }
}

impl Histories {
    pub(super) fn new(
        clock: Arc<dyn Clock>,
        sources: Arc<Sources>,
        shared: Arc<dyn Cache>,
        freshnesses: Freshnesses,
    ) -> Self {
        let asking = Memory::builder()
            .max_capacity(1_000)
            .time_to_live(Duration::from_secs(1))
            .build();
        Self {
            clock,
            sources,
            shared,
            fresh_for: freshnesses.history,
            memory: Memory::new(IN_MEMORY),
            asking,
        }
    }

    /// The last `days` completed days and the one in progress, at most an hour old if a source answers.
    pub(super) async fn get(
        &self,
        key: &PriceKey,
        resolution: Resolution,
        days: u32,
        caller: super::Caller,
    ) -> Result<PriceHistory, Error> {
        let now = self.clock.now();
        let kept = self.kept(key, resolution).await.filter(|kept| kept.days >= days);
        if let Some(kept) = &kept
            && age(kept.history.fetched_at, now) <= self.fresh_for
            && utc_date(kept.history.fetched_at) == utc_date(now)
        {
            return Ok(cut(&kept.history, days, now));
        }
        let today = utc_date(now);
        let from = today.saturating_sub(jiff::Span::new().days(i64::from(days)));
        let mut request = HistoryRequest::daily(key.clone(), from, today).for_caller(caller.priority, caller.deadline);
        request.resolution = resolution;
        let fetched = self
            .asking
            .try_get_with((key.clone(), resolution, days), async {
                let history = Arc::new(self.ask(&request).await?);
                let kept = Kept { days, history };
                self.keep(key, resolution, &kept).await;
                Ok::<_, Unpriced>(kept)
            })
            .await;
        match (fetched, kept) {
            (Ok(fetched), _) => Ok(cut(&fetched.history, days, now)),
            (Err(_), Some(kept)) => Ok(cut(&kept.history, days, now)),
            (Err(failure), None) => Err(as_error(&failure, now)),
        }
    }

    async fn kept(&self, key: &PriceKey, resolution: Resolution) -> Option<Kept> {
        if let Some(kept) = self.memory.get(&(key.clone(), resolution)).await {
            return Some(kept);
        }
        let bytes = self.shared.get(&name(key, resolution)).await.ok().flatten()?;
        let kept: Kept = serde_json::from_slice(&bytes).ok()?;
        self.memory.insert((key.clone(), resolution), kept.clone()).await;
        Some(kept)
    }

    /// Keeps a history in both tiers, unless a longer one of nearly the same age is there.
    async fn keep(&self, key: &PriceKey, resolution: Resolution, kept: &Kept) {
        self.memory.insert((key.clone(), resolution), kept.clone()).await;
        if let Ok(bytes) = serde_json::to_vec(kept)
            && let Err(error) = self.shared.put(&name(key, resolution), Bytes::from(bytes), KEPT).await
        {
            tracing::debug!(%error, "the shared cache cannot be written");
        }
    }

    /// Asks one source after the other; the answer of the first that has one.
    pub(super) async fn ask(&self, request: &HistoryRequest) -> Result<PriceHistory, Unpriced> {
        let key = &request.key;
        let class = key.asset.class();
        let mut failure: Option<Unpriced> = None;
        for (source, health) in self.sources.of(&key.asset) {
            let capabilities = source.capabilities();
            let Some(reach) = reach(&capabilities, request.resolution) else {
                continue;
            };
            let now = self.clock.now();
            if let Some(resting) = health.rests(now) {
                failure.get_or_insert(resting);
                continue;
            }
            let mut request = request.clone();
            let earliest = utc_date(now).saturating_sub(jiff::Span::new().days(i64::from(reach)));
            request.from = request.from.max(earliest);
            let answer = tokio::time::timeout_at(request.deadline.instant(), source.history(&request)).await;
            let error = match answer {
                Ok(Ok(history)) => {
                    health.succeeded(self.clock.now());
                    return Ok(history);
                }
                Ok(Err(error)) => error,
                Err(_) => Error::new(ErrorKind::Timeout, format!("{} did not answer in time", source.id())),
            };
            let told = match error.kind() {
                ErrorKind::NotFound => Unpriced::new(Reason::NotFound, error.message()),
                ErrorKind::MissingPrice => Unpriced::new(Reason::NoData, error.message()),
                ErrorKind::Unsupported | ErrorKind::InvalidInput | ErrorKind::OutOfRange => continue,
                _ => not_asked(&error, self.clock.now()).unwrap_or_else(|| health.failed(&error, self.clock.now())),
            };
            if failure.as_ref().is_none_or(|known| known.reason == Reason::NotFound) {
                failure = Some(told);
            }
        }
        Err(failure.unwrap_or_else(|| match class {
            AssetClass::Custom => Unpriced::new(Reason::NoData, "nobody has stated a price of this asset"),
            class => Unpriced::new(
                Reason::NotConfigured,
                format!("no source keeps such a history of {class} prices"),
            ),
        }))
    }
}

fn reach(capabilities: &Capabilities, resolution: Resolution) -> Option<u32> {
    match resolution {
        Resolution::Daily => capabilities.daily_days,
        Resolution::Hourly => capabilities.hourly_days,
    }
}

/// `history:{class}:{symbol}:{currency}:{resolution}`.
fn name(key: &PriceKey, resolution: Resolution) -> String {
    format!("history:{key}:{}", resolution.as_str())
}

/// The points of the last `days` days and of today.
fn cut(history: &PriceHistory, days: u32, now: Timestamp) -> PriceHistory {
    let from = utc_date(now).saturating_sub(jiff::Span::new().days(i64::from(days)));
    let points = history
        .points
        .iter()
        .filter(|point| point.date >= from)
        .cloned()
        .collect();
    PriceHistory {
        points,
        ..history.clone()
    }
}

/// Why there is no price, as the error of a call that wanted exactly that.
pub(crate) fn as_error(failure: &Unpriced, now: Timestamp) -> Error {
    let kind = match failure.reason {
        Reason::NotFound => ErrorKind::NotFound,
        Reason::NoData | Reason::Outdated | Reason::Quarantined | Reason::NotInBook => ErrorKind::MissingPrice,
        Reason::NoRate => ErrorKind::MissingRate,
        Reason::OutOfRange => ErrorKind::OutOfRange,
        Reason::Timeout => ErrorKind::Timeout,
        Reason::RateLimited | Reason::Unavailable | Reason::NotConfigured | Reason::Pending => ErrorKind::Unavailable,
    };
    let error = Error::new(kind, failure.detail.clone());
    match failure.retry_at {
        Some(at) => error.with_retry_after(Duration::try_from(at.duration_since(now)).unwrap_or_default()),
        None => error,
    }
}
