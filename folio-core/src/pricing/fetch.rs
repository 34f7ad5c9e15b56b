//! Prices from the sources: one upstream call however many wait for it, many assets in one call, and the
//! next source for what the one before could not price.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::future::join_all;
use hashbrown::HashMap;
use jiff::SignedDuration;
use tokio::sync::watch;

use super::tiers::{Known, Tiers};
use super::{Health, Sources};
use crate::asset::AssetClass;
use crate::clock::Clock;
use crate::quote::{PriceKey, Quote, QuoteKind, Reason, Unpriced};
use crate::source::{Deadline, PriceSource, Priority, QuoteRequest};
use crate::valuation::ADMISSION_WINDOW;

/// How long the first of several callers waits for the others, so that they share a call.
const GATHER: Duration = Duration::from_millis(4);
/// How long before those who wait give up the sources have to have answered, at most; see [`for_sources`].
const SETTLING: Duration = Duration::from_millis(200);
/// How many assets are handed at once to a source that prices one a call.
const SINGLES: usize = 25;
/// How long an asset that no source knows is not asked for again.
const MISSING_FOR: Duration = Duration::from_secs(600);

type Outcome = Result<Arc<Quote>, Unpriced>;
type Waiting = watch::Receiver<Option<Outcome>>;

/// What is being fetched for one kind of caller. Jobs and people have a lane each: a person never waits
/// behind a job that waits for its budget.
#[derive(Debug, Default)]
struct Lane {
    in_flight: HashMap<PriceKey, Waiting>,
    queue: Vec<(PriceKey, watch::Sender<Option<Outcome>>)>,
    deadline: Option<Deadline>,
    gathering: bool,
}

/// Fetches prices. Every fetch runs in a task of its own, so a caller that hangs up fails nobody.
pub(super) struct Fetcher(Arc<Inner>);

struct Inner {
    clock: Arc<dyn Clock>,
    sources: Arc<Sources>,
    tiers: Arc<Tiers>,
    jobs: Mutex<Lane>,
    people: Mutex<Lane>,
}

impl Fetcher {
    pub(super) fn new(clock: Arc<dyn Clock>, sources: Arc<Sources>, tiers: Arc<Tiers>) -> Self {
        let (jobs, people) = (Mutex::default(), Mutex::default());
        Self(Arc::new(Inner {
            clock,
            sources,
            tiers,
            jobs,
            people,
        }))
    }

    /// An outcome for each key, in the order asked, not later than the deadline.
    pub(super) async fn fetch(&self, keys: &[PriceKey], priority: Priority, deadline: Deadline) -> Vec<Outcome> {
        let waiting = self.enqueue(keys, priority, deadline);
        join_all(waiting.into_iter().map(async |mut waiting| {
            match tokio::time::timeout_at(deadline.instant(), waiting.wait_for(Option::is_some)).await {
                Ok(Ok(outcome)) => match &*outcome {
                    Some(outcome) => outcome.clone(),
                    None => Err(aborted()),
                },
                Ok(Err(_)) => Err(aborted()),
                Err(_) => Err(Unpriced::new(Reason::Timeout, "no source answered before the deadline")),
            }
        }))
        .await
    }

    fn enqueue(&self, keys: &[PriceKey], priority: Priority, deadline: Deadline) -> Vec<Waiting> {
        let mut lane = self.0.lane(priority);
        let mut waiting = Vec::with_capacity(keys.len());
        for key in keys {
            if let Some(known) = lane.in_flight.get(key) {
                waiting.push(known.clone());
                continue;
            }
            let (sender, receiver) = watch::channel(None);
            lane.in_flight.insert(key.clone(), receiver.clone());
            lane.queue.push((key.clone(), sender));
            waiting.push(receiver);
        }
        lane.deadline = lane.deadline.max(Some(deadline));
        if !lane.queue.is_empty() && !lane.gathering {
            lane.gathering = true;
            let inner = Arc::clone(&self.0);
            tokio::spawn(async move {
                tokio::time::sleep(GATHER).await;
                inner.flush(priority).await;
            });
        }
        waiting
    }
}

/// A moment before the deadline of those who wait: a source that hangs on one asset tells what it knows
/// of the others when its time is up, and that still has to reach them.
fn for_sources(deadline: Deadline) -> Deadline {
    let left = deadline.remaining();
    Deadline::after(left.saturating_sub(SETTLING.min(left / 20)))
}

fn aborted() -> Unpriced {
    Unpriced::new(Reason::Unavailable, "fetching the price was interrupted")
}

impl Inner {
    fn lane(&self, priority: Priority) -> MutexGuard<'_, Lane> {
        let lane = match priority {
            Priority::Job => &self.jobs,
            Priority::Interactive => &self.people,
        };
        lane.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fetches all that has gathered, the classes side by side.
    async fn flush(self: Arc<Self>, priority: Priority) {
        let (queue, deadline) = {
            let mut lane = self.lane(priority);
            lane.gathering = false;
            (std::mem::take(&mut lane.queue), lane.deadline.take())
        };
        let deadline = for_sources(deadline.unwrap_or_else(|| Deadline::after(Duration::ZERO)));
        let mut by_class: HashMap<AssetClass, Vec<_>> = HashMap::new();
        for entry in queue {
            by_class.entry(entry.0.asset.class()).or_default().push(entry);
        }
        let inner = &self;
        join_all(by_class.into_iter().map(async |(class, entries)| {
            let mut round = Round {
                inner,
                class,
                priority,
                deadline,
                open: HashMap::new(),
            };
            for (key, sender) in entries {
                round.open.insert(key, Open { sender, failure: None });
            }
            round.run().await;
        }))
        .await;
    }
}

/// A key that has no price yet.
struct Open {
    sender: watch::Sender<Option<Outcome>>,
    failure: Option<Unpriced>,
}

/// The fetch of several keys of one class, source after source.
struct Round<'a> {
    inner: &'a Inner,
    class: AssetClass,
    priority: Priority,
    deadline: Deadline,
    open: HashMap<PriceKey, Open>,
}

impl Round<'_> {
    async fn run(mut self) {
        let sources = Arc::clone(&self.inner.sources);
        for (source, health) in sources.of(self.class) {
            let capabilities = source.capabilities();
            let keys: Vec<_> = self
                .open
                .keys()
                .filter(|key| {
                    capabilities.any_currency
                        || key.currency == key.asset.class().native_currency()
                        || key.asset.class() == AssetClass::Currency
                })
                .cloned()
                .collect();
            if keys.is_empty() {
                continue;
            }
            if let Some(failure) = health.rests(self.inner.clock.now()) {
                keys.iter().for_each(|key| self.fail(key, failure.clone()));
                continue;
            }
            let size = if capabilities.batch_limit > 1 {
                capabilities.batch_limit
            } else {
                SINGLES
            };
            let mut keys = keys;
            keys.sort();
            let (priority, deadline, clock) = (self.priority, self.deadline, &*self.inner.clock);
            let mut batches: futures::stream::FuturesUnordered<_> = keys
                .chunks(size)
                .map(|batch| ask(&**source, health, batch.to_vec(), priority, deadline, clock))
                .collect();
            while let Some(outcomes) = futures::StreamExt::next(&mut batches).await {
                self.settle(source.as_ref(), outcomes).await;
            }
        }
        self.close().await;
    }

    fn fail(&mut self, key: &PriceKey, failure: Unpriced) {
        if let Some(open) = self.open.get_mut(key) {
            let telling = open
                .failure
                .as_ref()
                .is_none_or(|known| weight(failure.reason) > weight(known.reason));
            if telling {
                open.failure = Some(failure);
            }
        }
    }

    /// Hands accepted prices to the caches and to those who wait; the rest stays open for the next source.
    async fn settle(&mut self, source: &dyn PriceSource, outcomes: Vec<(PriceKey, Result<Quote, Unpriced>)>) {
        let mut learnt = Vec::new();
        let mut accepted = Vec::new();
        for (key, outcome) in outcomes {
            match outcome.and_then(|quote| admit(&key, quote, &*self.inner.clock)) {
                Ok(quote) => {
                    let quote = Arc::new(quote);
                    learnt.push((key.clone(), Known::Quote(Arc::clone(&quote))));
                    accepted.push((key, quote));
                }
                Err(failure) => {
                    tracing::debug!(source = %source.id(), %key, %failure, "no price");
                    self.fail(&key, failure);
                }
            }
        }
        self.inner.tiers.put(learnt, MISSING_FOR).await;
        for (key, quote) in accepted {
            if let Some(open) = self.open.remove(&key) {
                self.inner.lane(self.priority).in_flight.remove(&key);
                open.sender.send_replace(Some(Ok(quote)));
            }
        }
    }

    /// Tells those who still wait why there is no price.
    async fn close(self) {
        let until = self.inner.clock.now() + SignedDuration::try_from(MISSING_FOR).unwrap_or_default();
        let mut missing = Vec::new();
        let mut failed = Vec::new();
        for (key, open) in self.open {
            let failure = open.failure.unwrap_or_else(|| without_source(&key));
            let known = matches!(self.inner.tiers.in_memory(&key), Some(Known::Quote(_)));
            if failure.reason == Reason::NotFound && !known {
                missing.push((
                    key.clone(),
                    Known::Missing {
                        failure: failure.clone(),
                        until,
                    },
                ));
            }
            failed.push((key, open.sender, failure));
        }
        self.inner.tiers.put(missing, MISSING_FOR).await;
        for (key, sender, failure) in failed {
            self.inner.lane(self.priority).in_flight.remove(&key);
            sender.send_replace(Some(Err(failure)));
        }
    }
}

/// One call of a source; that it failed as a whole is the outcome of every key.
async fn ask(
    source: &dyn PriceSource,
    health: &Health,
    keys: Vec<PriceKey>,
    priority: Priority,
    deadline: Deadline,
    clock: &dyn Clock,
) -> Vec<(PriceKey, Result<Quote, Unpriced>)> {
    let request = QuoteRequest::new(keys.clone()).for_caller(priority, deadline);
    let answer = tokio::time::timeout_at(deadline.instant(), source.quotes(&request)).await;
    let answer = answer.unwrap_or_else(|_| {
        Err(crate::Error::new(
            crate::ErrorKind::Timeout,
            format!("{} did not answer in time", source.id()),
        ))
    });
    match answer {
        Ok(batch) => {
            // Only an answer from upstream is a sign of life; an own budget that is used up is not.
            if batch.outcomes.iter().any(|(_, outcome)| outcome.is_ok()) {
                health.succeeded(clock.now());
            }
            batch.outcomes
        }
        Err(error) => {
            let failure = health.failed(&error, clock.now());
            tracing::warn!(source = %source.id(), %error, "a price source failed");
            keys.into_iter().map(|key| (key, Err(failure.clone()))).collect()
        }
    }
}

/// The last check before a price is believed, whatever the source checked itself.
fn admit(key: &PriceKey, quote: Quote, clock: &dyn Clock) -> Result<Quote, Unpriced> {
    let refuse = |detail: String| Err(Unpriced::new(Reason::NoData, detail));
    let source = &quote.source;
    if quote.asset != key.asset {
        return refuse(format!("{source} answered with a price of {}", quote.asset));
    }
    if let Some(currency) = key.currency.filter(|currency| *currency != quote.price.currency()) {
        return refuse(format!(
            "{source} answered in {} and not in {currency}",
            quote.price.currency()
        ));
    }
    if quote.price.is_zero() && quote.kind != QuoteKind::Manual {
        return refuse(format!("{source} answered with a price of zero"));
    }
    if quote.as_of.duration_since(clock.now()) > ADMISSION_WINDOW {
        return refuse(format!("{source} answered with a price of the future, {}", quote.as_of));
    }
    Ok(quote)
}

/// Which of two reasons tells more: that a source may still have the price outweighs that another does
/// not know the asset.
fn weight(reason: Reason) -> u8 {
    match reason {
        Reason::NotConfigured => 0,
        Reason::NotFound => 1,
        Reason::NoData | Reason::Outdated | Reason::OutOfRange => 2,
        Reason::Unavailable | Reason::Timeout => 3,
        Reason::RateLimited => 4,
        _ => 5,
    }
}

fn without_source(key: &PriceKey) -> Unpriced {
    match (key.asset.class(), key.currency) {
        (AssetClass::Custom, _) => Unpriced::new(Reason::NoData, "nobody has stated a price of this asset"),
        (class, _) => Unpriced::new(Reason::NotConfigured, format!("no source for {class} prices is set up")),
    }
}
