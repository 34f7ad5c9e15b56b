//! Putting a tracker together.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use hashbrown::HashMap;
use jiff::SignedDuration;
use rust_decimal::Decimal;

use super::channels::Channels;
use super::{Inner, Tracker};
use crate::alert::AlertDefaults;
use crate::asset::AssetId;
use crate::cache::Cache;
use crate::clock::{Clock, SystemClock};
use crate::notification::Notifier;
use crate::pricing::{DEFAULT_JUMP_FACTOR, Freshnesses, LEAST_JUMP_FACTOR, Pricing, PricingParts};
use crate::quote::SourceId;
use crate::source::{PriceSource, RateBudget};
use crate::store::{Books, Splits, Store};
use crate::{Error, ErrorKind, Result};

/// The shortest time that hourly snapshots are kept: a week's change has to find its start.
const KEEP_AT_LEAST: SignedDuration = SignedDuration::from_hours(8 * 24);

/// The parts of a [`Tracker`]; see [`Tracker::builder`].
#[derive(Debug)]
#[must_use]
pub struct TrackerBuilder {
    clock: Arc<dyn Clock>,
    store: Option<Arc<dyn Store>>,
    cache: Option<Arc<dyn Cache>>,
    sources: Vec<Arc<dyn PriceSource>>,
    orders: HashMap<AssetId, Vec<SourceId>>,
    budget: Option<Arc<dyn RateBudget>>,
    freshnesses: Freshnesses,
    jump_factor: Decimal,
    keep_hourly: SignedDuration,
    notifiers: Vec<Arc<dyn Notifier>>,
    default_channels: Option<Vec<String>>,
    alert_defaults: AlertDefaults,
}

impl Default for TrackerBuilder {
    fn default() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            store: None,
            cache: None,
            sources: Vec::new(),
            orders: HashMap::new(),
            budget: None,
            freshnesses: Freshnesses::default(),
            jump_factor: DEFAULT_JUMP_FACTOR,
            keep_hourly: SignedDuration::from_hours(90 * 24),
            notifiers: Vec::new(),
            default_channels: None,
            alert_defaults: AlertDefaults::default(),
        }
    }
}

impl TrackerBuilder {
    /// The clock; default the machine's.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Where portfolios and snapshots are kept; default in memory.
    pub fn store(mut self, store: Arc<dyn Store>) -> Self {
        self.store = Some(store);
        self
    }

    /// The shared cache; default in memory.
    pub fn cache(mut self, cache: Arc<dyn Cache>) -> Self {
        self.cache = Some(cache);
        self
    }

    /// One more price source. For each class of asset the sources are asked in the order in which they
    /// were added.
    pub fn source(mut self, source: Arc<dyn PriceSource>) -> Self {
        self.sources.push(source);
        self
    }

    /// The sources that are asked for one asset, in this order and no others, in the place of the order
    /// in which they were added.
    pub fn order(mut self, asset: AssetId, sources: impl IntoIterator<Item = SourceId>) -> Self {
        self.orders.insert(asset, sources.into_iter().collect());
        self
    }

    /// By what factor a price may move, up or down, within ten minutes before it is held back until it is
    /// confirmed; after a longer time it may move more, see [`judge`](crate::pricing::judge). Default 2,
    /// at least 1.1.
    pub fn jump_factor(mut self, factor: Decimal) -> Self {
        self.jump_factor = factor;
        self
    }

    /// The budget that the sources take from, to report what is left of it.
    pub fn budget(mut self, budget: Arc<dyn RateBudget>) -> Self {
        self.budget = Some(budget);
        self
    }

    /// How long a price is current; default 5 minutes.
    pub fn price_ttl(mut self, ttl: Duration) -> Self {
        self.freshnesses.price = SignedDuration::try_from(ttl).unwrap_or(SignedDuration::MAX);
        self
    }

    /// How long a history is current; default 1 hour.
    pub fn history_ttl(mut self, ttl: Duration) -> Self {
        self.freshnesses.history = SignedDuration::try_from(ttl).unwrap_or(SignedDuration::MAX);
        self
    }

    /// How long hourly snapshots are kept; default 90 days, at least 8.
    pub fn keep_hourly(mut self, keep: SignedDuration) -> Self {
        self.keep_hourly = keep;
        self
    }

    /// One more channel that owners are told through.
    pub fn notifier(mut self, notifier: Arc<dyn Notifier>) -> Self {
        self.notifiers.push(notifier);
        self
    }

    /// The channels of rules that name none, by their names; default all that were added.
    pub fn default_channels(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.default_channels = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// The rules that a new portfolio begins with; default a loss of 5 and a gain of 10 percent.
    pub fn alert_defaults(mut self, defaults: AlertDefaults) -> Self {
        self.alert_defaults = defaults;
        self
    }

    /// Puts the tracker together.
    ///
    /// # Errors
    /// `NotConfigured` when two sources have the same id, an asset's order names a source that is not there
    /// or does not price its class, two channels have one name or a default channel is not there, a price may
    /// move by less than 1.1, hourly snapshots are to be kept for
    /// less than 8 days, or a part is missing and this build has no memory parts.
    pub fn build(self) -> Result<Tracker> {
        let refuse = |message: String| Err(Error::new(ErrorKind::NotConfigured, message));
        if self.keep_hourly < KEEP_AT_LEAST {
            return refuse("hourly snapshots have to be kept for at least 8 days".to_owned());
        }
        for (index, source) in self.sources.iter().enumerate() {
            let id = source.id();
            if self.sources[..index].iter().any(|other| other.id() == id) {
                return refuse(format!("two price sources are called {id}"));
            }
        }
        if self.jump_factor < LEAST_JUMP_FACTOR {
            return refuse(format!(
                "a price must be able to move by a factor of {LEAST_JUMP_FACTOR} at least"
            ));
        }
        for (asset, order) in &self.orders {
            for id in order {
                let source = self.sources.iter().find(|source| source.id() == *id);
                match source {
                    None => return refuse(format!("the order of {asset} names {id}, which is no source")),
                    Some(source) if !source.capabilities().prices(asset.class()) => {
                        return refuse(format!(
                            "the order of {asset} names {id}, which does not price its class"
                        ));
                    }
                    Some(_) => {}
                }
            }
        }
        let store = self.store.or_else(memory_store).ok_or_else(|| missing("store"))?;
        let cache = self
            .cache
            .or_else(|| memory_cache(&self.clock))
            .ok_or_else(|| missing("cache"))?;
        let books = Books::new(Arc::clone(&store) as _);
        let splits = Splits::new(Arc::clone(&store) as _, Arc::clone(&self.clock));
        let pricing = Pricing::new(PricingParts {
            clock: Arc::clone(&self.clock),
            cache,
            store: Arc::clone(&store) as _,
            records: Arc::clone(&store) as _,
            splits: splits.clone(),
            books: books.clone(),
            sources: self.sources,
            orders: self.orders,
            budget: self.budget.clone(),
            freshnesses: self.freshnesses,
            jump_factor: self.jump_factor,
        });
        Ok(Tracker(Arc::new(Inner {
            clock: self.clock,
            store,
            books,
            splits,
            pricing,
            budget: self.budget,
            keep_hourly: self.keep_hourly,
            any_manual: AtomicBool::new(false),
            channels: Channels::new(self.notifiers, self.default_channels)?,
            alert_defaults: self.alert_defaults,
        })))
    }
}

fn missing(part: &str) -> Error {
    Error::new(
        ErrorKind::NotConfigured,
        format!("a {part} is needed: this build has no memory parts"),
    )
}

#[cfg(feature = "memory")]
fn memory_store() -> Option<Arc<dyn Store>> {
    Some(Arc::new(crate::memory::MemoryStore::new()))
}

#[cfg(feature = "memory")]
fn memory_cache(clock: &Arc<dyn Clock>) -> Option<Arc<dyn Cache>> {
    Some(Arc::new(crate::memory::MemoryCache::new(Arc::clone(clock))))
}

#[cfg(not(feature = "memory"))]
fn memory_store() -> Option<Arc<dyn Store>> {
    None
}

#[cfg(not(feature = "memory"))]
fn memory_cache(_clock: &Arc<dyn Clock>) -> Option<Arc<dyn Cache>> {
    None
}
