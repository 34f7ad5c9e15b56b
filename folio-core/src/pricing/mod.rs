//! What one request for a price does: two tiers of cache, one upstream call however many wait, the next
//! source for what is still missing, and a reason for what stays so.

mod collect;
mod fetch;
mod heal;
mod health;
mod history;
mod tiers;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use hashbrown::HashMap;
use jiff::SignedDuration;

pub use collect::Needs;
pub(crate) use collect::utc_date;
pub use health::SourceStatus;

use fetch::Fetcher;
use health::Health;
pub(crate) use history::as_error;
pub(crate) use history::{Errand, Past};
use history::{Histories, HistoryParts};
use tiers::{Known, Tiers};

use crate::asset::{AssetClass, AssetInfo};
use crate::book::age;
use crate::cache::Cache;
use crate::clock::Clock;
use crate::quote::{AgeLimits, Freshness, PriceHistory, PriceKey, Quote, Resolution, SourceId, Unpriced};
use crate::source::{Deadline, PriceSource, Priority, RateBudget};
use crate::store::{Books, OpsStore, PortfolioStore, Splits, StoredHistories};
use crate::{Error, ErrorKind, Result};

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
    pub(crate) budget: Option<Arc<dyn RateBudget>>,
    pub(crate) freshnesses: Freshnesses,
}

/// The sources in their order, and which class each of them prices.
pub(crate) struct Sources {
    all: Vec<Arc<dyn PriceSource>>,
    health: HashMap<SourceId, Health>,
}

impl Sources {
    /// The sources that price a class, in the order of fallback.
    pub(crate) fn of(&self, class: AssetClass) -> impl Iterator<Item = (&Arc<dyn PriceSource>, &Health)> {
        self.all
            .iter()
            .filter(move |source| source.capabilities().prices(class))
            .filter_map(|source| Some((source, self.health.get(&source.id())?)))
    }
}

/// Prices from cache and sources; cheap to clone.
#[derive(Clone)]
pub(crate) struct Pricing(Arc<Inner>);

struct Inner {
    clock: Arc<dyn Clock>,
    freshnesses: Freshnesses,
    tiers: Arc<Tiers>,
    fetcher: Arc<Fetcher>,
    histories: Histories,
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
        });
        let tiers = Arc::new(Tiers::new(Arc::clone(&parts.cache)));
        let fetcher = Fetcher::new(
            Arc::clone(&parts.clock),
            Arc::clone(&sources),
            Arc::clone(&tiers),
            parts.splits.clone(),
        );
        let histories = Histories::new(HistoryParts {
            clock: Arc::clone(&parts.clock),
            sources: Arc::clone(&sources),
            shared: parts.cache,
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
            histories,
            sources,
            budget: parts.budget,
            books: parts.books,
            store: parts.store,
        }))
    }

    /// The price of one key if it is in memory and current: the short way for what is asked for most.
    pub(crate) fn current(&self, key: &PriceKey) -> Option<Arc<Quote>> {
        match self.0.tiers.in_memory(key)? {
            Known::Quote(quote) if self.is_fresh(&quote) => Some(quote),
            _ => None,
        }
    }

    /// An outcome for each key, in the order asked.
    pub(crate) async fn prices(&self, keys: &[PriceKey], caller: Caller) -> Vec<PriceOutcome> {
        let now = self.0.clock.now();
        let known = self.0.tiers.get_many(keys, |quote| self.is_fresh(quote)).await;
        let mut outcomes: Vec<PriceOutcome> = Vec::with_capacity(keys.len());
        let (mut wanted, mut behind) = (Vec::new(), Vec::new());
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
                Some(Known::Quote(quote)) if self.is_usable(&quote) => {
                    outcome.quote = Some((quote, Freshness::Stale));
                    match caller.patience {
                        Patience::Quick => behind.push(key.clone()),
                        Patience::Patient => wanted.push(outcomes.len()),
                    }
                }
                _ => wanted.push(outcomes.len()),
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

    /// Where neither cache nor source has a price, the newest stored book has the last accepted one.
    async fn fall_back_to_book(&self, outcomes: &mut [PriceOutcome]) {
        let lost = |outcome: &PriceOutcome| outcome.quote.is_none();
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
            let entry = match (outcome.key.asset.as_currency(), outcome.key.currency) {
                (Some(from), Some(to)) => book.leg(from, to),
                _ => book.entry(&outcome.key.asset).filter(|entry| entry.key == outcome.key),
            };
            if let Some(quote) = entry
                .and_then(|entry| entry.quote.as_ref())
                .filter(|quote| self.is_usable(quote))
            {
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

    /// What the sources find by text, each asset once, those of the first source first. A source that
    /// fails is passed over unless all do.
    pub(crate) async fn search(&self, text: &str, class: Option<AssetClass>) -> Result<Vec<AssetInfo>> {
        let asked = self.0.sources.all.iter().filter(|source| {
            let capabilities = source.capabilities();
            capabilities.search && class.is_none_or(|class| capabilities.prices(class))
        });
        let answers = join_all(asked.map(async |source| {
            let deadline = Caller::interactive().deadline;
            tokio::time::timeout_at(deadline.instant(), source.search(text))
                .await
                .unwrap_or_else(|_| {
                    Err(Error::new(
                        ErrorKind::Timeout,
                        format!("{} did not answer in time", source.id()),
                    ))
                })
        }))
        .await;
        let (mut found, mut failure, mut answered) = (Vec::<AssetInfo>::new(), None, false);
        for answer in answers {
            match answer {
                Ok(infos) => {
                    answered = true;
                    for info in infos {
                        let wanted = class.is_none_or(|class| info.asset.class() == class);
                        if wanted && !found.iter().any(|known| known.asset == info.asset) {
                            found.push(info);
                        }
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "a search failed");
                    failure = Some(error);
                }
            }
        }
        match failure {
            Some(error) if !answered => Err(error),
            _ => Ok(found),
        }
    }
}
