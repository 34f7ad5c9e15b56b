//! What one request for a price does: two tiers of cache, one upstream call however many wait, the next
//! source for what is still missing, and a reason for what stays so.

mod catalogue;
mod claims;
mod collect;
mod counts;
mod episode;
mod fetch;
mod heal;
mod health;
mod history;
mod index;
mod plausibility;
mod quarantine;
mod round;
mod tiers;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use hashbrown::HashMap;
use jiff::SignedDuration;
use rust_decimal::Decimal;

pub use collect::Needs;
pub(crate) use collect::utc_date;
pub use counts::{CacheCounts, TierCounts};
pub use episode::{QuarantinedQuote, Verdict};
pub use health::SourceStatus;
pub use index::AssetIndex;

pub(crate) use catalogue::Catalogue;
pub(crate) use history::as_error;
pub use plausibility::{DEFAULT_JUMP_FACTOR, Doubt, LEAST_JUMP_FACTOR, PriceRange, Suspicion, judge};
pub use quarantine::QuarantineQuery;

use claims::Claims;
use fetch::{FetchParts, Fetcher};
use health::Health;
pub(crate) use history::{Errand, Past};
use history::{Histories, HistoryParts};
use quarantine::Quarantine;
use tiers::{Known, Tiers};

use crate::asset::AssetId;
use crate::book::{PriceBook, age};
use crate::cache::Cache;
use crate::clock::Clock;
use crate::id::QuarantineId;
use crate::quote::{AgeLimits, Freshness, PriceHistory, PriceKey, Quote, Resolution, SourceId, Unpriced};
use crate::source::{Deadline, PriceSource, Priority, RateBudget};
use crate::store::{Books, OpsStore, Page, PortfolioStore, Splits, StoredHistories};
use crate::{Error, Result};

/// What a caller does about a price that is older than its freshness.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// Takes it at once, marked stale, and has it refreshed behind.
    Quick,
    /// Waits for a new one up to the deadline and then takes the old one.
    Patient,
}

/// Who asks for prices, until when, and what for.
#[derive(Clone, Copy, Debug)]
pub struct Caller {
    /// Who is waiting.
    pub priority: Priority,
    /// Until when.
    pub deadline: Deadline,
    /// What is done about an old price.
    pub patience: Patience,
}

impl Caller {
    /// A person who looks at a price: three seconds, an old price is better than waiting.
    #[must_use]
    pub fn interactive() -> Self {
        Self::person(Duration::from_secs(3), Patience::Quick)
    }

    /// A person who looks at a value: three seconds, a new price is worth waiting for.
    #[must_use]
    pub fn live() -> Self {
        Self::person(Duration::from_secs(3), Patience::Patient)
    }

    /// A person who asked for a snapshot: sixty seconds.
    #[must_use]
    pub fn manual_job() -> Self {
        Self::person(Duration::from_secs(60), Patience::Patient)
    }

    /// A scheduled run.
    #[must_use]
    pub fn job(deadline: Deadline) -> Self {
        Self {
            priority: Priority::Job,
            deadline,
            patience: Patience::Patient,
        }
    }

    fn person(span: Duration, patience: Patience) -> Self {
        Self {
            priority: Priority::Interactive,
            deadline: Deadline::after(span),
            patience,
        }
    }
}

/// The outcome for one price: a quote, why there is no newer one, or both.
#[derive(Clone, Debug)]
pub struct PriceOutcome {
    /// What was asked for.
    pub key: PriceKey,
    /// The quote and how current it is.
    pub quote: Option<(Arc<Quote>, Freshness)>,
    /// Why no source gave a current one.
    pub failure: Option<Unpriced>,
}

/// How long prices are current.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Freshnesses {
    /// A price.
    pub price: SignedDuration,
    /// A history.
    pub history: SignedDuration,
}

impl Default for Freshnesses {
    fn default() -> Self {
        Self {
            price: SignedDuration::from_mins(5),
            history: SignedDuration::from_hours(1),
        }
    }
}

/// The parts that pricing is made of.
pub(crate) struct PricingParts {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) cache: Arc<dyn Cache>,
    pub(crate) store: Arc<dyn PortfolioStore>,
    pub(crate) records: Arc<dyn OpsStore>,
    pub(crate) splits: Splits,
    pub(crate) books: Books,
    pub(crate) sources: Vec<Arc<dyn PriceSource>>,
    pub(crate) orders: HashMap<AssetId, Vec<SourceId>>,
    pub(crate) budget: Option<Arc<dyn RateBudget>>,
    pub(crate) freshnesses: Freshnesses,
    pub(crate) jump_factor: Decimal,
}

/// The sources in their order, which class each of them prices, and the assets with an order of their own.
pub(crate) struct Sources {
    all: Vec<Arc<dyn PriceSource>>,
    health: HashMap<SourceId, Health>,
    orders: HashMap<AssetId, Vec<SourceId>>,
}

impl Sources {
    /// The places of the sources that are asked for an asset, in the order of fallback.
    pub(crate) fn order_of(&self, asset: &AssetId) -> Vec<usize> {
        let of_class = self
            .all
            .iter()
            .enumerate()
            .filter(|(_, source)| source.capabilities().prices(asset.class()));
        match self.orders.get(asset) {
            None => of_class.map(|(index, _)| index).collect(),
            Some(order) => {
                let known: HashMap<_, _> = of_class.map(|(index, source)| (source.id(), index)).collect();
                order.iter().filter_map(|id| known.get(id).copied()).collect()
            }
        }
    }

    /// The source at a place.
    pub(crate) fn at(&self, index: usize) -> Option<(&Arc<dyn PriceSource>, &Health)> {
        let source = self.all.get(index)?;
        Some((source, self.health.get(&source.id())?))
    }

    /// The sources that are asked for an asset, in the order of fallback.
    pub(crate) fn of(&self, asset: &AssetId) -> impl Iterator<Item = (&Arc<dyn PriceSource>, &Health)> {
        self.order_of(asset).into_iter().filter_map(|index| self.at(index))
    }
}

/// Prices from cache and sources; cheap to clone.
#[derive(Clone)]
pub(crate) struct Pricing(Arc<Inner>);

struct Inner {
    clock: Arc<dyn Clock>,
    freshnesses: Freshnesses,
    tiers: Tiers,
    fetcher: Arc<Fetcher>,
    quarantine: Arc<Quarantine>,
    histories: Histories,
    catalogue: Catalogue,
    sources: Arc<Sources>,
    budget: Option<Arc<dyn RateBudget>>,
    books: Books,
    store: Arc<dyn PortfolioStore>,
}

impl fmt::Debug for Pricing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pricing")
            .field("sources", &self.0.sources.all)
            .finish_non_exhaustive()
    }
}

impl Pricing {
    pub(crate) fn new(parts: PricingParts) -> Self {
        let health = parts
            .sources
            .iter()
            .map(|source| (source.id(), Health::default()))
            .collect();
        let sources = Arc::new(Sources {
            all: parts.sources,
            health,
            orders: parts.orders,
        });
        let tiers = Tiers::new(Arc::clone(&parts.cache));
        let claims = Claims::new(Arc::clone(&parts.cache));
        let catalogue = Catalogue::new(
            Arc::clone(&parts.clock),
            Arc::clone(&sources),
            Arc::clone(&parts.store),
            Arc::clone(&parts.records),
        );
        let quarantine = Arc::new(Quarantine::new(
            Arc::clone(&parts.clock),
            Arc::clone(&parts.records),
            parts.jump_factor,
            parts.freshnesses.price,
        ));
        let fetcher = Fetcher::new(FetchParts {
            clock: Arc::clone(&parts.clock),
            sources: Arc::clone(&sources),
            tiers: tiers.clone(),
            claims: claims.clone(),
            fresh_for: parts.freshnesses.price,
            books: parts.books.clone(),
            quarantine: Arc::clone(&quarantine),
            budget: parts.budget.clone(),
            catalogue: catalogue.clone(),
            splits: parts.splits.clone(),
        });
        let histories = Histories::new(HistoryParts {
            clock: Arc::clone(&parts.clock),
            sources: Arc::clone(&sources),
            shared: parts.cache,
            claims,
            stored: StoredHistories::new(parts.records),
            splits: parts.splits,
            budget: parts.budget.clone(),
            freshnesses: parts.freshnesses,
        });
        Self(Arc::new(Inner {
            clock: parts.clock,
            freshnesses: parts.freshnesses,
            tiers,
            fetcher: Arc::new(fetcher),
            quarantine,
            histories,
            catalogue,
            sources,
            budget: parts.budget,
            books: parts.books,
            store: parts.store,
        }))
    }

    /// The price of one key if it is in memory and current: the short way for what is asked for most.
    pub(crate) fn current(&self, key: &PriceKey) -> Option<Arc<Quote>> {
        match self.0.tiers.in_memory(key)? {
            Known::Quote(quote) if self.is_fresh(&quote) => {
                self.0.tiers.found_in_memory();
                Some(quote)
            }
            _ => None,
        }
    }

    /// An outcome for each key, in the order asked.
    pub(crate) async fn prices(&self, keys: &[PriceKey], caller: Caller) -> Vec<PriceOutcome> {
        let now = self.0.clock.now();
        let is_current = |known: &Known| match known {
            Known::Quote(quote) => self.is_fresh(quote),
            Known::Missing { until, .. } => *until > now,
        };
        let known = self.0.tiers.get_many(keys, is_current).await;
        let mut outcomes: Vec<PriceOutcome> = Vec::with_capacity(keys.len());
        let (mut wanted, mut behind, mut incomplete) = (Vec::new(), Vec::new(), false);
        for (key, known) in keys.iter().zip(known) {
            let mut outcome = PriceOutcome {
                key: key.clone(),
                quote: None,
                failure: None,
            };
            match known {
                Some(Known::Quote(quote)) if self.is_fresh(&quote) => outcome.quote = Some((quote, Freshness::Cached)),
                Some(Known::Missing { failure, until }) if until > now => {
                    outcome.failure = Some(failure.until(Some(until)));
                }
                known => {
                    let stale = match known {
                        Some(Known::Quote(quote)) if self.is_usable(&quote) => Some((quote, Freshness::Stale)),
                        _ => None,
                    };
                    let has_stale = stale.is_some();
                    outcome.quote = stale;
                    outcome.failure = self.0.quarantine.held(key, now);
                    if outcome.failure.is_some() {
                        incomplete = true;
                    } else if has_stale && caller.patience == Patience::Quick {
                        behind.push(key.clone());
                    } else {
                        wanted.push(outcomes.len());
                    }
                }
            }
            outcomes.push(outcome);
        }
        if !behind.is_empty() {
            self.refresh_behind(behind);
        }
        if !wanted.is_empty() {
            let missing: Vec<_> = wanted.iter().map(|index| outcomes[*index].key.clone()).collect();
            let fetched = self.0.fetcher.fetch(&missing, caller.priority, caller.deadline).await;
            for (index, result) in wanted.into_iter().zip(fetched) {
                match result {
                    Ok(quote) => outcomes[index].quote = Some((quote, Freshness::Live)),
                    Err(failure) => outcomes[index].failure = Some(failure),
                }
            }
            incomplete = true;
        }
        if incomplete {
            self.fall_back_to_book(&mut outcomes).await;
        }
        outcomes
    }

    /// Has prices fetched without anybody waiting.
    pub(crate) fn refresh_behind(&self, keys: Vec<PriceKey>) {
        let fetcher = Arc::clone(&self.0.fetcher);
        tokio::spawn(async move {
            let deadline = Deadline::after(Duration::from_secs(60));
            fetcher.fetch(&keys, Priority::Interactive, deadline).await;
        });
    }

    /// Where no source has a price, the newest stored book has the last accepted one, unless what is remembered
    /// here is newer: another process may have collected the book.
    async fn fall_back_to_book(&self, outcomes: &mut [PriceOutcome]) {
        let lost = |outcome: &PriceOutcome| !matches!(outcome.quote, Some((_, Freshness::Live | Freshness::Cached)));
        if !outcomes.iter().any(lost) {
            return;
        }
        let book = match self.0.books.newest().await {
            Ok(Some(book)) => book,
            Ok(None) => return,
            Err(error) => {
                tracing::warn!(%error, "the last accepted prices cannot be read");
                return;
            }
        };
        for outcome in outcomes.iter_mut().filter(|outcome| lost(outcome)) {
            let known = outcome.quote.as_ref().map(|(quote, _)| quote.fetched_at);
            let newer = |quote: &&Quote| known < Some(quote.fetched_at) && self.is_usable(quote);
            if let Some(quote) = last_in_book(&book, &outcome.key).filter(newer) {
                outcome.quote = Some((Arc::new(quote.clone()), Freshness::Stale));
            }
        }
    }

    fn is_fresh(&self, quote: &Quote) -> bool {
        age(quote.fetched_at, self.0.clock.now()) <= self.0.freshnesses.price
    }

    /// Whether an old price may still be shown, as an old one.
    fn is_usable(&self, quote: &Quote) -> bool {
        let limits = AgeLimits::of(quote.asset.class());
        let now = self.0.clock.now();
        age(quote.fetched_at, now) <= limits.carry && limits.market.is_none_or(|limit| age(quote.as_of, now) <= limit)
    }

    /// See [`crate::Tracker::quarantined`].
    pub(crate) async fn quarantined(&self, query: &QuarantineQuery) -> Result<Page<QuarantinedQuote>> {
        self.0.quarantine.list(query).await
    }

    /// See [`crate::Tracker::accept_quarantined`].
    pub(crate) async fn accept_quarantined(&self, id: QuarantineId) -> Result<QuarantinedQuote> {
        let accepted = self.0.quarantine.accept(id).await?;
        let quote = Known::Quote(Arc::new(accepted.candidate.clone()));
        self.0
            .tiers
            .put(vec![(accepted.key.clone(), quote)], Duration::ZERO)
            .await;
        Ok(accepted)
    }

    /// What is known of each source, in the order of fallback.
    pub(crate) async fn status(&self) -> Result<Vec<SourceStatus>> {
        let mut status = Vec::with_capacity(self.0.sources.all.len());
        for source in &self.0.sources.all {
            let id = source.id();
            let budget = match &self.0.budget {
                Some(budget) => budget.state(&id).await?,
                None => None,
            };
            if let Some(health) = self.0.sources.health.get(&id) {
                status.push(health.status(id, source.capabilities().classes, budget, self.0.clock.now()));
            }
        }
        Ok(status)
    }

    /// Past prices; see [`crate::Tracker::history`].
    pub(crate) async fn history(
        &self,
        key: &PriceKey,
        resolution: Resolution,
        days: u32,
        caller: Caller,
    ) -> Result<PriceHistory> {
        let past = self.past(key, resolution, days, caller.into()).await;
        let now = self.0.clock.now();
        let from = utc_date(now).saturating_sub(jiff::Span::new().days(i64::from(days)));
        match (past.history, past.failure) {
            (Some(history), _) => Ok(history::cut(&history, from)),
            (None, Some(failure)) => Err(as_error(&failure, now)),
            (None, None) => Err(Error::not_found("price history")),
        }
    }

    /// What is known of past prices, and why it is not all.
    pub(crate) async fn past(&self, key: &PriceKey, resolution: Resolution, days: u32, errand: Errand) -> Past {
        self.0.histories.get(key, resolution, days, errand).await
    }

    /// How often the tiers of cache had what was asked for.
    pub(crate) fn cache_counts(&self) -> CacheCounts {
        CacheCounts {
            prices: self.0.tiers.counts(),
            histories: self.0.histories.counts(),
        }
    }

    /// The names of assets.
    pub(crate) fn catalogue(&self) -> &Catalogue {
        &self.0.catalogue
    }
}

/// The last accepted quote of a key that a book has.
fn last_in_book<'a>(book: &'a PriceBook, key: &PriceKey) -> Option<&'a Quote> {
    let entry = match (key.asset.as_currency(), key.currency) {
        (Some(from), Some(to)) => book.leg(from, to),
        _ => book.entry(&key.asset).filter(|entry| entry.key == *key),
    };
    entry.and_then(|entry| entry.quote.as_ref())
}
