//! Past prices: the longest span asked for is kept, brought up to date by reading its end again, and served
//! shorter.

mod kept;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use hashbrown::HashMap;
use jiff::civil::Date;
use jiff::{SignedDuration, Span, Timestamp};
use moka::sync::Cache as Memory;
use tokio::sync::watch;

use super::claims::Claims;
use super::collect::utc_date;
use super::counts::{TierCounter, TierCounts};
use super::heal::{Plan, merge, plan};
use super::health::not_asked;
use super::{Caller, Freshnesses, Sources};
use crate::asset::AssetClass;
use crate::cache::Cache;
use crate::clock::Clock;
use crate::quote::{PriceHistory, PriceKey, Reason, Resolution, Unpriced};
use crate::source::{Capabilities, Deadline, HistoryRequest, Priority, RateBudget};
use crate::store::{KeptHistory, Splits, StoredHistories};
use crate::{Error, ErrorKind};
use kept::name;

/// How many points of histories a process keeps in memory: some 50 MB.
const POINTS_IN_MEMORY: u64 = 1_000_000;
/// How many days back a daily history is kept: ten years and what rates need before them.
const LONGEST_DAILY: i32 = 3_680;
/// How many days back an hourly history is kept.
const LONGEST_HOURLY: i32 = 31;
/// How long a span of which no source has anything is not asked for again.
const MISSING_FOR: SignedDuration = SignedDuration::from_mins(10);
/// How many of those are remembered.
const MISSING_IN_MEMORY: u64 = 20_000;
/// How long a person's question goes on after the person has stopped waiting.
const GOES_ON: Duration = Duration::from_secs(60);

/// Who wants a history, until when, and how long it may be fetched for the next who asks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Errand {
    pub(crate) priority: Priority,
    pub(crate) deadline: Deadline,
    pub(crate) goes_on: Deadline,
}

impl From<Caller> for Errand {
    fn from(caller: Caller) -> Self {
        Self {
            priority: caller.priority,
            deadline: caller.deadline,
            goes_on: caller.deadline.max(Deadline::after(GOES_ON)),
        }
    }
}

/// What is known of an asset's past, and why no source completed it.
#[derive(Clone, Debug)]
pub(crate) struct Past {
    /// As long as it is kept, which may be longer than was asked for.
    pub(crate) history: Option<Arc<PriceHistory>>,
    pub(crate) failure: Option<Unpriced>,
}

type Outcome = Result<KeptHistory, Unpriced>;

/// One upstream call for everybody who waits for it. Jobs and people have one each, so that a person
/// never waits behind a job that waits for its budget.
#[derive(Debug)]
struct Flight {
    from: Date,
    done: watch::Receiver<Option<Outcome>>,
}

/// The histories of assets; cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Histories(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    clock: Arc<dyn Clock>,
    sources: Arc<Sources>,
    shared: Arc<dyn Cache>,
    claims: Claims,
    counter: TierCounter,
    stored: StoredHistories,
    splits: Splits,
    budget: Option<Arc<dyn RateBudget>>,
    fresh_for: SignedDuration,
    memory: Memory<(PriceKey, Resolution), KeptHistory>,
    /// The day on which the use of a stored history was last noted.
    used: Memory<PriceKey, Date>,
    missing: Memory<(PriceKey, Resolution, Date), (Unpriced, Timestamp)>,
    flights: Mutex<HashMap<(PriceKey, Resolution, Priority), Flight>>,
}

/// What histories are made of.
pub(super) struct HistoryParts {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) sources: Arc<Sources>,
    pub(super) shared: Arc<dyn Cache>,
    pub(super) claims: Claims,
    pub(super) stored: StoredHistories,
    pub(super) splits: Splits,
    pub(super) budget: Option<Arc<dyn RateBudget>>,
    pub(super) freshnesses: Freshnesses,
}

impl std::fmt::Debug for Sources {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(&self.all).finish()
    }
}

impl Histories {
    pub(super) fn new(parts: HistoryParts) -> Self {
        let points = |_: &(PriceKey, Resolution), kept: &KeptHistory| {
            u32::try_from(kept.history.points.len())
                .unwrap_or(u32::MAX)
                .saturating_add(10)
        };
        Self(Arc::new(Inner {
            clock: parts.clock,
            sources: parts.sources,
            shared: parts.shared,
            claims: parts.claims,
            counter: TierCounter::default(),
            stored: parts.stored,
            splits: parts.splits,
            budget: parts.budget,
            fresh_for: parts.freshnesses.history,
            memory: Memory::builder().weigher(points).max_capacity(POINTS_IN_MEMORY).build(),
            used: Memory::new(MISSING_IN_MEMORY),
            missing: Memory::new(MISSING_IN_MEMORY),
            flights: Mutex::default(),
        }))
    }

    /// The last `days` completed days and the one in progress, at most an hour old if a source answers;
    /// else what is kept of them, which its `fetched_at` tells.
    pub(super) async fn get(&self, key: &PriceKey, resolution: Resolution, days: u32, errand: Errand) -> Past {
        let now = self.0.clock.now();
        let needed = utc_date(now).saturating_sub(Span::new().days(i64::from(days)));
        let fetched = self.fresh(key, resolution, needed, errand).await;
        self.0.note_use(key, resolution, utc_date(now));
        match fetched {
            Ok(kept) => Past {
                history: Some(kept.history),
                failure: None,
            },
            Err(failure) => {
                let kept = self.0.memory.get(&(key.clone(), resolution));
                Past {
                    history: kept.map(|kept| kept.history),
                    failure: Some(failure),
                }
            }
        }
    }

    /// The history if it is current, else as soon as somebody has fetched it.
    async fn fresh(&self, key: &PriceKey, resolution: Resolution, needed: Date, errand: Errand) -> Outcome {
        loop {
            let now = self.0.clock.now();
            let (kept, found) = self.0.best(key, resolution, needed, now).await;
            self.0.counter.add(found);
            match plan(kept.as_ref(), needed, now, self.0.fresh_for) {
                Plan::Serve => return kept.ok_or_else(aborted),
                Plan::Tail(from) | Plan::Whole(from) => {
                    let known = self.0.missing.get(&(key.clone(), resolution, from));
                    if let Some((failure, until)) = known.filter(|(_, until)| *until > now) {
                        return Err(failure.until(Some(until)));
                    }
                }
            }
            let (far_enough, mut done) = self.join(key, resolution, needed, errand);
            let waited = tokio::time::timeout_at(errand.deadline.instant(), done.wait_for(Option::is_some))
                .await
                .map(|outcome| outcome.map_or(None, |outcome| outcome.clone()));
            let outcome = match waited {
                Ok(outcome) => outcome.unwrap_or_else(|| Err(aborted())),
                Err(_) => return Err(self.0.why_late(key, resolution, errand.priority).await),
            };
            if far_enough {
                return outcome;
            }
        }
    }

    /// The call that is under way, and whether it reaches far enough back; a new one where there is none.
    fn join(
        &self,
        key: &PriceKey,
        resolution: Resolution,
        from: Date,
        errand: Errand,
    ) -> (bool, watch::Receiver<Option<Outcome>>) {
        let name = (key.clone(), resolution, errand.priority);
        let mut flights = self.0.flights();
        // One whose sender is gone without an outcome was interrupted.
        let under_way = flights.get(&name).filter(|flight| flight.done.has_changed().is_ok());
        if let Some(flight) = under_way {
            return (flight.from <= from, flight.done.clone());
        }
        let (sender, done) = watch::channel(None);
        let flight = Flight {
            from,
            done: done.clone(),
        };
        flights.insert(name.clone(), flight);
        let inner = Arc::clone(&self.0);
        tokio::spawn(async move {
            let (key, resolution, _) = &name;
            let outcome = inner.bring(key, *resolution, from, errand).await;
            inner.flights().remove(&name);
            sender.send_replace(Some(outcome));
        });
        (true, done)
    }

    /// How often the tiers of cache had what was asked for.
    pub(super) fn counts(&self) -> TierCounts {
        self.0.counter.read()
    }

    /// Asks one source after the other; the answer of the first that has one.
    pub(super) async fn ask(&self, request: &HistoryRequest) -> Result<PriceHistory, Unpriced> {
        self.0.ask(request).await
    }
}

impl Inner {
    fn flights(&self) -> MutexGuard<'_, HashMap<(PriceKey, Resolution, Priority), Flight>> {
        self.flights.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Brings what is missing, unless another process does so at this moment.
    async fn bring(&self, key: &PriceKey, resolution: Resolution, needed: Date, errand: Errand) -> Outcome {
        let found = || self.brought(key, resolution, needed).boxed();
        let claimed = self
            .claims
            .wait(name(key, resolution), errand.priority, errand.goes_on, found)
            .await;
        match claimed {
            Ok(kept) => Ok(kept),
            Err(held) => {
                let outcome = self.fetch(key, resolution, needed, errand).await;
                held.release().await;
                outcome
            }
        }
    }

    /// Fetches what is missing so that the days from `needed` on are known, and keeps it.
    async fn fetch(&self, key: &PriceKey, resolution: Resolution, needed: Date, errand: Errand) -> Outcome {
        let now = self.clock.now();
        let today = utc_date(now);
        let (kept, _) = self.best(key, resolution, needed, now).await;
        let plan = plan(kept.as_ref(), needed, now, self.fresh_for);
        let from = match (plan, &kept) {
            (Plan::Serve, Some(kept)) => return Ok(kept.clone()),
            (Plan::Serve, None) => needed,
            (Plan::Tail(from) | Plan::Whole(from), _) => from,
        };
        let mut request = HistoryRequest::daily(key.clone(), from, today).for_caller(errand.priority, errand.goes_on);
        request.resolution = resolution;
        let oldest = today.saturating_sub(Span::new().days(longest(resolution)));
        let new = match (plan, kept) {
            (Plan::Tail(_), Some(kept)) => {
                let fresh = match self.ask(&request).await {
                    // The market has not traded since: that is an answer too.
                    Err(failure) if failure.reason == Reason::NoData => PriceHistory {
                        points: Vec::new(),
                        splits: Vec::new(),
                        fetched_at: now,
                        ..(*kept.history).clone()
                    },
                    fresh => fresh.map_err(|failure| self.remember(key, resolution, from, failure))?,
                };
                self.learn(&fresh).await;
                match merge(&kept.history, fresh, oldest) {
                    Some(history) => KeptHistory {
                        from: kept.from.max(oldest),
                        history: Arc::new(history),
                    },
                    None => {
                        request.from = kept.from.max(oldest);
                        self.whole(&request).await?
                    }
                }
            }
            _ => self.whole(&request).await?,
        };
        self.keep(key, &new, today).await;
        Ok(new)
    }

    async fn whole(&self, request: &HistoryRequest) -> Outcome {
        let history = self
            .ask(request)
            .await
            .map_err(|failure| self.remember(&request.key, request.resolution, request.from, failure))?;
        self.learn(&history).await;
        Ok(KeptHistory {
            from: request.from,
            history: Arc::new(history),
        })
    }

    /// Notes that no source has anything of a span.
    fn remember(&self, key: &PriceKey, resolution: Resolution, from: Date, failure: Unpriced) -> Unpriced {
        if matches!(failure.reason, Reason::NotFound | Reason::NoData) {
            let until = self.clock.now().checked_add(MISSING_FOR).unwrap_or(Timestamp::MAX);
            self.missing
                .insert((key.clone(), resolution, from), (failure.clone(), until));
        }
        failure
    }

    async fn learn(&self, history: &PriceHistory) {
        if let Err(error) = self.splits.learn(&history.asset, &history.splits).await {
            tracing::warn!(%error, asset = %history.asset, "a split cannot be kept");
        }
    }

    /// Why nobody answered in time: a source whose budget is used up was not even asked.
    async fn why_late(&self, key: &PriceKey, resolution: Resolution, priority: Priority) -> Unpriced {
        for (source, _) in self.sources.of(&key.asset) {
            if reach(&source.capabilities(), resolution).is_none() {
                continue;
            }
            if let Some(waiting) = self.waiting_for(&source.id(), priority).await {
                return waiting;
            }
        }
        Unpriced::new(
            Reason::Timeout,
            "no source answered before the deadline; it is waited for behind",
        )
    }

    /// That a source waits for its own budget, if it does.
    async fn waiting_for(&self, source: &crate::SourceId, priority: Priority) -> Option<Unpriced> {
        let state = self.budget.as_ref()?.state(source).await.ok()??;
        state.is_used_up(priority).then(|| {
            let detail = format!("the budget of calls to {source} is used up");
            Unpriced::new(Reason::Pending, detail).until(state.retry_at)
        })
    }

    /// Asks one source after the other, of a long span those first that reach furthest back.
    async fn ask(&self, request: &HistoryRequest) -> Result<PriceHistory, Unpriced> {
        let key = &request.key;
        let class = key.asset.class();
        let mut failure: Option<Unpriced> = None;
        let now = self.clock.now();
        let wanted = request.from.until(utc_date(now)).map_or(0, |span| span.get_days());
        let mut sources: Vec<_> = self
            .sources
            .of(&key.asset)
            .filter_map(|(source, health)| {
                let capabilities = source.capabilities();
                let reach = reach(&capabilities, request.resolution)?;
                can_price(&capabilities, key).then_some((source, health, reach))
            })
            .collect();
        sources.sort_by_key(|(_, _, reach)| std::cmp::Reverse(i64::from(*reach).min(i64::from(wanted))));
        for (source, health, reach) in sources {
            let now = self.clock.now();
            if let Some(resting) = health.rests(now) {
                failure.get_or_insert(resting);
                continue;
            }
            let mut request = request.clone();
            let earliest = utc_date(now).saturating_sub(Span::new().days(i64::from(reach)));
            request.from = request.from.max(earliest);
            if request.from > request.to {
                continue;
            }
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

fn aborted() -> Unpriced {
    Unpriced::new(Reason::Unavailable, "fetching the history was interrupted")
}

/// Whether a source prices in the currency of the key at all.
fn can_price(capabilities: &Capabilities, key: &PriceKey) -> bool {
    capabilities.any_currency
        || key.currency == key.asset.class().native_currency()
        || key.asset.class() == AssetClass::Currency
}

fn longest(resolution: Resolution) -> i32 {
    match resolution {
        Resolution::Daily => LONGEST_DAILY,
        Resolution::Hourly => LONGEST_HOURLY,
    }
}

fn reach(capabilities: &Capabilities, resolution: Resolution) -> Option<u32> {
    match resolution {
        Resolution::Daily => capabilities.daily_days,
        Resolution::Hourly => capabilities.hourly_days,
    }
}

/// The points of `from` and later.
pub(super) fn cut(history: &PriceHistory, from: Date) -> PriceHistory {
    let first = history.points.partition_point(|point| point.date < from);
    PriceHistory {
        asset: history.asset.clone(),
        currency: history.currency,
        resolution: history.resolution,
        source: history.source.clone(),
        fetched_at: history.fetched_at,
        points: history.points[first..].to_vec(),
        splits: history.splits.clone(),
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
