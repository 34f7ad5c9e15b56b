//! One round of fetching: the keys that share a class and an order of sources, source after source.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::StreamExt;
use futures::stream;
use hashbrown::HashMap;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Mutex, watch};

use super::episode::{Suspect, Verdict};
use super::fetch::{Entry, Inner, Outcome, Turn};
use super::health::{Health, NEXT_TURN, not_asked};
use super::last_in_book;
use super::plausibility::{Doubt, Suspicion, judge};
use super::tiers::Known;
use crate::asset::AssetClass;
use crate::money::Currency;
use crate::quote::{PriceKey, Quote, QuoteKind, Reason, Unpriced};
use crate::source::{Capabilities, Deadline, PriceSource, Priority, QuoteRequest};
use crate::valuation::ADMISSION_WINDOW;

/// How many assets are handed at once to a source that prices one a call.
const SINGLES: usize = 25;
/// How many batches a source has at a time. Few, so that batches take from its budget in their order, and
/// as many as hide the time that a call takes.
const IN_FLIGHT: usize = 6;
/// After so many batches in a row that failed as a whole the rest is not tried.
const GIVEN_UP_AFTER: usize = IN_FLIGHT;
/// How long an asset that no source knows is not asked for again.
const MISSING_FOR: Duration = Duration::from_secs(600);
/// What a source is given less than the caller waits, so that what it got in time arrives in time.
const MARGIN: Duration = Duration::from_millis(250);
/// How many verdicts on suspects are looked up at a time.
const VERDICTS: usize = 8;

/// A key that has no price yet.
struct Open {
    sender: watch::Sender<Option<Outcome>>,
    failure: Option<Unpriced>,
    /// The last accepted quote.
    reference: Option<Arc<Quote>>,
    /// Its place among all that were asked for.
    place: u64,
    /// What sources said and nobody believes, in the order asked.
    suspects: Vec<Suspect>,
}

/// What a round makes of a quote.
enum Finding {
    Plausible(Quote),
    /// A suspect of an earlier source that this quote confirms.
    Confirmed(Quote),
    Suspect(Suspect),
}

/// The fetch of several keys of one class, source after source.
pub(super) struct Round<'a> {
    inner: &'a Inner,
    priority: Priority,
    deadline: Deadline,
    open: HashMap<PriceKey, Open>,
}

impl<'a> Round<'a> {
    pub(super) fn new(inner: &'a Inner, priority: Priority, deadline: Deadline, entries: Vec<Entry>) -> Self {
        let open = entries
            .into_iter()
            .map(|(key, sender)| {
                let open = Open {
                    sender,
                    failure: None,
                    reference: None,
                    place: 0,
                    suspects: Vec::new(),
                };
                (key, open)
            })
            .collect();
        Self {
            inner,
            priority,
            deadline,
            open,
        }
    }

    /// Asks the sources at these places, one after the other, for what is still open.
    pub(super) async fn run(mut self, sources: &[usize]) {
        let inner = self.inner;
        inner.quarantine.refresh().await;
        self.recall().await;
        for (source, health) in sources.iter().filter_map(|index| inner.sources.at(*index)) {
            let capabilities = source.capabilities();
            let keys = self.next_in_line(&capabilities);
            if keys.is_empty() {
                continue;
            }
            if let Some(failure) = health.rests(inner.clock.now()) {
                keys.iter().for_each(|key| self.fail(key, failure.clone()));
                continue;
            }
            let (failed, turnstile) = (AtomicUsize::new(0), Mutex::new(()));
            let asking = Asking {
                inner,
                source: &**source,
                health,
                priority: self.priority,
                deadline: self.deadline.earlier(MARGIN.min(self.deadline.remaining() / 20)),
                failed: &failed,
                turnstile: &turnstile,
            };
            let mut answers = stream::iter(batches(keys, &capabilities))
                .map(|batch| asking.ask(batch))
                .buffer_unordered(IN_FLIGHT);
            while let Some(outcomes) = answers.next().await {
                self.settle(source.as_ref(), outcomes).await;
            }
        }
        self.close().await;
    }

    /// Finds the last accepted quote of each key: in memory, else in the newest stored book.
    async fn recall(&mut self) {
        let mut unknown = false;
        for (key, open) in &mut self.open {
            match self.inner.tiers.in_memory(key) {
                Some(Known::Quote(quote)) => open.reference = Some(quote),
                _ => unknown = true,
            }
        }
        if !unknown {
            return;
        }
        let book = match self.inner.books.newest().await {
            Ok(Some(book)) => book,
            Ok(None) => return,
            Err(error) => {
                tracing::warn!(%error, "the last accepted prices cannot be read");
                return;
            }
        };
        for (key, open) in self.open.iter_mut().filter(|(_, open)| open.reference.is_none()) {
            open.reference = last_in_book(&book, key).map(|quote| Arc::new(quote.clone()));
        }
    }

    /// The open keys that a source prices: what was never accepted first, then the oldest. Where a budget
    /// does not do for all, each has its turn, also after a restart.
    fn next_in_line(&mut self, capabilities: &Capabilities) -> Vec<PriceKey> {
        let mut keys: Vec<_> = self
            .open
            .iter()
            .filter(|(key, _)| {
                capabilities.any_currency
                    || key.currency == key.asset.class().native_currency()
                    || key.asset.class() == AssetClass::Currency
            })
            .map(|(key, open)| {
                let accepted = open.reference.as_ref().map(|quote| quote.fetched_at);
                let turn = self.inner.turns.get(key);
                let last = accepted.max(turn.map(|turn| turn.at));
                (last, turn.map(|turn| turn.place), key.clone())
            })
            .collect();
        keys.sort();
        keys.into_iter()
            .map(|(_, _, key)| {
                if let Some(open) = self.open.get_mut(&key) {
                    open.place = self.inner.given.fetch_add(1, Ordering::Relaxed);
                }
                key
            })
            .collect()
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
        let now = self.inner.clock.now();
        let (mut accepted, mut contradicted) = (Vec::new(), Vec::new());
        for (key, outcome) in outcomes {
            if outcome
                .as_ref()
                .err()
                .is_none_or(|failure| is_an_answer(failure.reason))
            {
                let place = self.open.get(&key).map_or(0, |open| open.place);
                self.inner.turns.insert(key.clone(), Turn { at: now, place });
            }
            match outcome.and_then(|quote| admit(&key, quote)) {
                Ok(quote) => match self.judge(&key, quote, now) {
                    Some(Finding::Plausible(quote)) if self.is_suspected(&key) => contradicted.push((key, quote)),
                    Some(Finding::Plausible(quote)) => accepted.push((key, quote, Verdict::Refuted)),
                    Some(Finding::Confirmed(quote)) => accepted.push((key, quote, Verdict::Accepted)),
                    Some(Finding::Suspect(suspect)) => {
                        tracing::debug!(source = %source.id(), %key, "a price is not believed");
                        if let Some(open) = self.open.get_mut(&key) {
                            open.suspects.push(suspect);
                        }
                    }
                    None => {}
                },
                Err(failure) => {
                    tracing::debug!(source = %source.id(), %key, %failure, "no price");
                    self.fail(&key, failure);
                }
            }
        }
        for (key, quote) in contradicted {
            let suspect = self.open.get_mut(&key).map(|open| open.suspects.swap_remove(0));
            let quote = match suspect {
                // Another source sees the market where it was, so a scheduled collection confirms nothing.
                Some(suspect) => self.inner.quarantine.hold(&key, &suspect, false).await.unwrap_or(quote),
                None => quote,
            };
            self.accept(vec![(key, quote)]).await;
        }
        let quotes = accepted.iter().map(|(key, quote, _)| (key.clone(), quote.clone()));
        self.accept(quotes.collect()).await;
        for (key, quote, verdict) in accepted {
            self.inner.quarantine.believed(&key, &quote, verdict).await;
        }
    }

    fn is_suspected(&self, key: &PriceKey) -> bool {
        self.open.get(key).is_some_and(|open| !open.suspects.is_empty())
    }

    /// What to make of an admitted quote; nothing where the key is no longer open.
    fn judge(&self, key: &PriceKey, quote: Quote, now: Timestamp) -> Option<Finding> {
        let open = self.open.get(key)?;
        if let Some(confirmed) = open
            .suspects
            .iter()
            .find(|suspect| suspect.is_confirmed_by(key, &quote))
        {
            return Some(Finding::Confirmed(confirmed.quote.clone()));
        }
        // A person may have been given a newer price while this one was on its way.
        let reference = match self.inner.tiers.in_memory(key) {
            Some(Known::Quote(quote)) => Some(quote),
            _ => open.reference.clone(),
        };
        let found = suspicion(key, &quote, now).map_or_else(
            || match &reference {
                Some(reference) => judge(reference, &quote, self.inner.quarantine.factor()),
                None => Ok(()),
            },
            Err,
        );
        Some(match found {
            Ok(()) => Finding::Plausible(quote),
            Err(suspicion) => Finding::Suspect(Suspect {
                quote,
                reference,
                suspicion,
            }),
        })
    }

    async fn accept(&mut self, accepted: Vec<(PriceKey, Quote)>) {
        let accepted: Vec<_> = accepted
            .into_iter()
            .map(|(key, quote)| (key, Arc::new(quote)))
            .collect();
        let learnt = accepted
            .iter()
            .map(|(key, quote)| (key.clone(), Known::Quote(Arc::clone(quote))));
        self.inner.tiers.put(learnt.collect(), MISSING_FOR).await;
        for (key, quote) in accepted {
            if let Some(split) = quote.split
                && let Err(error) = self.inner.splits.learn(&key.asset, &[split]).await
            {
                tracing::warn!(%error, %key, "a split cannot be kept");
            }
            if let Some(open) = self.open.remove(&key) {
                self.inner.lane(self.priority).in_flight.remove(&key);
                open.sender.send_replace(Some(Ok(quote)));
            }
        }
    }

    /// Holds back what nobody confirmed, and tells those who still wait why there is no price.
    async fn close(mut self) {
        let is_book = self.priority == Priority::Job;
        let suspects: Vec<_> = self
            .open
            .iter_mut()
            .filter(|(_, open)| !open.suspects.is_empty())
            .map(|(key, open)| (key.clone(), open.suspects.swap_remove(0)))
            .collect();
        let quarantine = &self.inner.quarantine;
        let verdicts: Vec<_> = stream::iter(suspects)
            .map(|(key, suspect)| async move {
                let verdict = quarantine.hold(&key, &suspect, is_book).await;
                (key, verdict)
            })
            .buffer_unordered(VERDICTS)
            .collect()
            .await;
        let mut accepted = Vec::new();
        for (key, verdict) in verdicts {
            match verdict {
                Ok(quote) => accepted.push((key, quote)),
                Err(failure) => {
                    if let Some(open) = self.open.get_mut(&key) {
                        open.failure = Some(failure);
                    }
                }
            }
        }
        self.accept(accepted).await;
        self.give_up().await;
    }

    async fn give_up(self) {
        let until = self.inner.clock.now() + SignedDuration::try_from(MISSING_FOR).unwrap_or_default();
        let mut missing = Vec::new();
        let mut failed = Vec::new();
        for (key, open) in self.open {
            let mut failure = open.failure.unwrap_or_else(|| without_source(&key));
            let known = matches!(self.inner.tiers.in_memory(&key), Some(Known::Quote(_)));
            if failure.reason == Reason::NotFound && !known {
                failure = failure.until(Some(until));
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

/// Keys in batches of what one upstream call prices, in their order. A call of most sources is for one
/// currency; rates come in any number at once.
fn batches(keys: Vec<PriceKey>, capabilities: &Capabilities) -> Vec<Vec<PriceKey>> {
    let size = if capabilities.batch_limit > 1 {
        capabilities.batch_limit
    } else {
        SINGLES
    };
    let mut batches: Vec<Vec<PriceKey>> = Vec::new();
    let mut filling: HashMap<Option<Currency>, usize> = HashMap::new();
    for key in keys {
        let together = key.currency.filter(|_| key.asset.class() != AssetClass::Currency);
        match filling.get(&together).and_then(|index| batches.get_mut(*index)) {
            Some(batch) if batch.len() < size => batch.push(key),
            _ => {
                filling.insert(together, batches.len());
                batches.push(vec![key]);
            }
        }
    }
    batches
}

/// The batches of one source.
#[derive(Clone, Copy)]
struct Asking<'a> {
    inner: &'a Inner,
    source: &'a dyn PriceSource,
    health: &'a Health,
    priority: Priority,
    deadline: Deadline,
    /// How many batches in a row failed as a whole.
    failed: &'a AtomicUsize,
    /// Held by the one batch that waits for the budget, so that the next does not overtake it.
    turnstile: &'a Mutex<()>,
}

impl Asking<'_> {
    /// One call of a source; that it failed as a whole is the outcome of every key.
    async fn ask(self, keys: Vec<PriceKey>) -> Vec<(PriceKey, Result<Quote, Unpriced>)> {
        let all = |keys: Vec<PriceKey>, failure: Unpriced| {
            let failed = keys.into_iter().map(|key| (key, Err(failure.clone())));
            failed.collect()
        };
        let clock = &*self.inner.clock;
        let id = self.source.id();
        if self.failed.load(Ordering::Relaxed) >= GIVEN_UP_AFTER
            && let Some(failure) = self.health.last_failure()
        {
            return all(keys, failure);
        }
        let turn = self.turnstile.lock().await;
        if self.deadline.remaining().is_zero() {
            let failure = Unpriced::new(
                Reason::Pending,
                format!("the turn for a call to {id} did not come in time"),
            );
            return all(keys, failure.until(clock.now().checked_add(NEXT_TURN).ok()));
        }
        let waits = self.inner.exhausted(&id, self.priority).await.is_some();
        let turn = waits.then_some(turn);
        let request = QuoteRequest::new(keys.clone()).for_caller(self.priority, self.deadline);
        let answer = tokio::time::timeout_at(self.deadline.instant(), self.source.quotes(&request)).await;
        drop(turn);
        let answer = answer.unwrap_or_else(|_| {
            Err(crate::Error::new(
                crate::ErrorKind::Timeout,
                format!("{id} did not answer in time"),
            ))
        });
        match answer {
            Ok(batch) => {
                // Only an answer from upstream is a sign of life; an own budget that is used up is not.
                if batch.outcomes.iter().any(|(_, outcome)| outcome.is_ok()) {
                    self.health.succeeded(clock.now());
                    self.failed.store(0, Ordering::Relaxed);
                }
                self.inner.catalogue.learn(batch.infos);
                batch.outcomes
            }
            Err(error) => match not_asked(&error, clock.now()) {
                Some(failure) => all(keys, failure),
                None => {
                    let failure = self.health.failed(&error, clock.now());
                    self.failed.fetch_add(1, Ordering::Relaxed);
                    tracing::warn!(source = %id, %error, "a price source failed");
                    all(keys, failure)
                }
            },
        }
    }
}

/// Whether a source said something of the key itself, so that others come before it the next time.
fn is_an_answer(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::NotFound | Reason::NoData | Reason::Outdated | Reason::OutOfRange
    )
}

/// The last check before a price is judged, whatever the source checked itself.
fn admit(key: &PriceKey, quote: Quote) -> Result<Quote, Unpriced> {
    let refuse = |detail: String| Err(Unpriced::new(Reason::NoData, detail));
    let source = &quote.source;
    if quote.asset != key.asset {
        return refuse(format!("{source} answered with a price of {}", quote.asset));
    }
    if quote.price.is_zero() && quote.kind != QuoteKind::Manual {
        return refuse(format!("{source} answered with a price of zero"));
    }
    Ok(quote)
}

/// What is wrong with a quote by itself.
fn suspicion(key: &PriceKey, quote: &Quote, now: Timestamp) -> Option<Suspicion> {
    let asked = key.currency.is_none_or(|currency| currency == quote.price.currency());
    let in_time = quote.as_of.duration_since(now) <= ADMISSION_WINDOW;
    match (asked, in_time) {
        (false, _) => Some(Suspicion::new(Doubt::Currency)),
        (true, false) => Some(Suspicion::new(Doubt::Future)),
        (true, true) => None,
    }
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
