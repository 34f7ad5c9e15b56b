//! Prices from the sources: one upstream call however many wait for it, many assets in one call, and the
//! next source for what the one before could not price.

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use futures::future::{BoxFuture, join_all};
use hashbrown::HashMap;
use jiff::{SignedDuration, Timestamp};
use moka::sync::Cache as Memory;
use tokio::sync::watch;

use super::claims::{Claims, Patience};
use super::health::NEXT_TURN;
use super::quarantine::Quarantine;
use super::round::Round;
use super::tiers::{Known, Tiers, name};
use super::{Catalogue, Sources};
use crate::asset::AssetClass;
use crate::book::age;
use crate::clock::Clock;
use crate::quote::{PriceKey, Quote, Reason, SourceId, Unpriced};
use crate::source::{BudgetState, Deadline, Priority, RateBudget};
use crate::store::{Books, Splits};

/// How long the first of several callers waits for the others, so that they share a call.
const GATHER: Duration = Duration::from_millis(4);
/// How many keys a process remembers the last answer of a source about.
const TURNS: u64 = 50_000;

pub(super) type Outcome = Result<Arc<Quote>, Unpriced>;
pub(super) type Waiting = watch::Receiver<Option<Outcome>>;
/// A key and where its outcome goes.
pub(super) type Entry = (PriceKey, watch::Sender<Option<Outcome>>);

/// What is being fetched for one kind of caller. Jobs and people have a lane each: a person never waits
/// behind a job that waits for its budget.
#[derive(Debug, Default)]
pub(super) struct Lane {
    pub(super) in_flight: HashMap<PriceKey, Waiting>,
    queue: Vec<Entry>,
    deadline: Option<Deadline>,
    gathering: bool,
}

/// Fetches prices. Every fetch runs in a task of its own, so a caller that hangs up fails nobody.
pub(super) struct Fetcher(Arc<Inner>);

/// The last turn of a key: when its source spoke, and its place among all turns. Calls that end at the same
/// moment would be mixed by the moment alone, and some keys come twice before others came once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Turn {
    pub(super) at: Timestamp,
    pub(super) place: u64,
}

/// What fetching needs.
pub(super) struct FetchParts {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) sources: Arc<Sources>,
    pub(super) tiers: Tiers,
    pub(super) claims: Claims,
    /// How long a price is current.
    pub(super) fresh_for: SignedDuration,
    pub(super) books: Books,
    pub(super) quarantine: Arc<Quarantine>,
    pub(super) budget: Option<Arc<dyn RateBudget>>,
    pub(super) catalogue: Catalogue,
    pub(super) splits: Splits,
}

pub(super) struct Inner {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) sources: Arc<Sources>,
    pub(super) tiers: Tiers,
    pub(super) claims: Claims,
    /// How long a price is current.
    pub(super) fresh_for: SignedDuration,
    pub(super) books: Books,
    pub(super) quarantine: Arc<Quarantine>,
    pub(super) budget: Option<Arc<dyn RateBudget>>,
    pub(super) catalogue: Catalogue,
    pub(super) splits: Splits,
    /// When a source last said something of a key, a price or that there is none.
    pub(super) turns: Memory<PriceKey, Turn>,
    /// How many turns were given.
    pub(super) given: AtomicU64,
    jobs: Mutex<Lane>,
    people: Mutex<Lane>,
}

impl Fetcher {
    pub(super) fn new(parts: FetchParts) -> Self {
        let (jobs, people) = (Mutex::default(), Mutex::default());
        Self(Arc::new(Inner {
            clock: parts.clock,
            sources: parts.sources,
            tiers: parts.tiers,
            claims: parts.claims,
            fresh_for: parts.fresh_for,
            books: parts.books,
            quarantine: parts.quarantine,
            budget: parts.budget,
            catalogue: parts.catalogue,
            splits: parts.splits,
            turns: Memory::new(TURNS),
            given: AtomicU64::new(0),
            jobs,
            people,
        }))
    }

    /// An outcome for each key, in the order asked, not later than the deadline.
    pub(super) async fn fetch(&self, keys: &[PriceKey], priority: Priority, deadline: Deadline) -> Vec<Outcome> {
        let waiting = self.enqueue(keys, priority, deadline);
        join_all(waiting.into_iter().zip(keys).map(async |(mut waiting, key)| {
            let told = tokio::time::timeout_at(deadline.instant(), waiting.wait_for(Option::is_some)).await;
            let told = told.map(|told| told.ok().and_then(|outcome| (*outcome).clone()));
            match told {
                Ok(Some(outcome)) => outcome,
                Ok(None) => Err(aborted()),
                Err(_) => Err(self.0.late(key, priority).await),
            }
        }))
        .await
    }

    fn enqueue(&self, keys: &[PriceKey], priority: Priority, deadline: Deadline) -> Vec<Waiting> {
        let mut lane = self.0.lane(priority);
        let mut waiting = Vec::with_capacity(keys.len());
        for key in keys {
            // Whoever was to answer may be gone; then somebody else has to.
            let is_awaited = |known: &&Waiting| known.has_changed().is_ok() || known.borrow().is_some();
            if let Some(known) = lane.in_flight.get(key).filter(is_awaited) {
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

fn aborted() -> Unpriced {
    Unpriced::new(Reason::Unavailable, "fetching the price was interrupted")
}

impl Inner {
    pub(super) fn lane(&self, priority: Priority) -> MutexGuard<'_, Lane> {
        let lane = match priority {
            Priority::Job => &self.jobs,
            Priority::Interactive => &self.people,
        };
        lane.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fetches all that has gathered; what shares a class and an order of sources goes together, the
    /// rest side by side.
    async fn flush(self: Arc<Self>, priority: Priority) {
        let (queue, deadline) = {
            let mut lane = self.lane(priority);
            lane.gathering = false;
            (std::mem::take(&mut lane.queue), lane.deadline.take())
        };
        let deadline = deadline.unwrap_or_else(|| Deadline::after(Duration::ZERO));
        let mut together: HashMap<(AssetClass, Vec<usize>), Vec<Entry>> = HashMap::new();
        for entry in queue {
            let asset = &entry.0.asset;
            let group = (asset.class(), self.sources.order_of(asset));
            together.entry(group).or_default().push(entry);
        }
        let patience = Patience::of(priority, deadline);
        let errand = (priority, deadline);
        join_all(together.into_iter().map(|((_, sources), entries)| {
            let inner = Arc::clone(&self);
            async move { inner.bring(entries, &sources, errand, patience).await }
        }))
        .await;
    }

    /// Fetches what this process gets the claim of, and waits a moment for what other processes fetch. What
    /// does not come of that is fetched here too.
    fn bring<'a>(
        &'a self,
        entries: Vec<Entry>,
        sources: &'a [usize],
        errand: (Priority, Deadline),
        mut patience: Patience,
    ) -> BoxFuture<'a, ()> {
        async move {
            let (priority, deadline) = errand;
            let names = entries.iter().map(|(key, _)| name(key)).collect();
            let (granted, held) = self.claims.take(names, priority).await;
            let (mut mine, mut others) = (Vec::new(), Vec::new());
            for (entry, granted) in entries.into_iter().zip(granted) {
                if granted { mine.push(entry) } else { others.push(entry) }
            }
            let mine = async {
                // Another process may have brought it between the last look and the claim.
                let open = self.answer_known(mine, priority).await;
                if !open.is_empty() {
                    Round::new(self, priority, deadline, open).run(sources).await;
                }
                held.release().await;
            };
            let others = async {
                if others.is_empty() {
                    return;
                }
                if !patience.pause().await {
                    Round::new(self, priority, deadline, others).run(sources).await;
                    return;
                }
                let open = self.answer_known(others, priority).await;
                if !open.is_empty() {
                    self.bring(open, sources, errand, patience).await;
                }
            };
            futures::join!(mine, others);
        }
        .boxed()
    }

    /// Tells those who wait what the shared cache knows by now; the rest is still open.
    async fn answer_known(&self, entries: Vec<Entry>, priority: Priority) -> Vec<Entry> {
        if entries.is_empty() {
            return entries;
        }
        let keys: Vec<_> = entries.iter().map(|(key, _)| key.clone()).collect();
        let Some(known) = self.tiers.ask(&keys).await else {
            return entries;
        };
        let now = self.clock.now();
        let mut open = Vec::new();
        for (key, sender) in entries {
            let outcome = match known.get(&key) {
                Some(Known::Quote(quote)) if age(quote.fetched_at, now) <= self.fresh_for => Ok(Arc::clone(quote)),
                Some(Known::Missing { failure, until }) if *until > now => Err(failure.clone().until(Some(*until))),
                _ => {
                    open.push((key, sender));
                    continue;
                }
            };
            self.lane(priority).in_flight.remove(&key);
            sender.send_replace(Some(outcome));
        }
        open
    }

    /// Why a key has no outcome at a caller's deadline, which may be before that of the fetch: its turn
    /// has not come where the budget of its source is used up.
    async fn late(&self, key: &PriceKey, priority: Priority) -> Unpriced {
        let first = self.sources.order_of(&key.asset).first().copied();
        if let Some((source, _)) = first.and_then(|index| self.sources.at(index))
            && let Some(state) = self.exhausted(&source.id(), priority).await
        {
            let next = self.clock.now().checked_add(NEXT_TURN).ok();
            let detail = format!("the budget of calls to {} is used up", source.id());
            return Unpriced::new(Reason::Pending, detail).until(state.retry_at.or(next));
        }
        Unpriced::new(Reason::Timeout, "no source answered before the deadline")
    }

    /// The budget of a source if it has no call left for a caller at this moment.
    pub(super) async fn exhausted(&self, source: &SourceId, priority: Priority) -> Option<BudgetState> {
        let state = self.budget.as_ref()?.state(source).await.ok()??;
        state.is_used_up(priority).then_some(state)
    }
}
