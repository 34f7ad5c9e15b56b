//! Puts the parts together: the only place that knows which backends there are.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use folio_cache_redis::{Redis, RedisBudget, RedisCache};
use folio_core::memory::{MemoryCache, MemoryStore};
use folio_core::source::{BudgetLimit, LocalBudget, StoreBudget};
use folio_core::{
    AssetClass, AssetInfo, Cache, Capabilities, Clock, Deadline, Error, ErrorKind, HistoryRequest, Notifier, OpsStore,
    PriceHistory, PriceSource, QuoteBatch, QuoteRequest, RateBudget, Result, SourceId, Store, Tracker,
};
use folio_jobs::Jobs;
use folio_jobs::queue::{JobQueue, RedisQueue, SqliteQueue};
use folio_notify::{Console, Email, Ntfy, Webhook};
use folio_sources::{CoinGecko, Ecb, Frankfurter, Iex, Recorded, TwelveData, Yahoo};
use folio_store_mongo::{MongoConfig, MongoStore};
use folio_store_sqlite::{Migrate, SqliteConfig, SqliteStore};
use uuid::Uuid;

use crate::app::Dependency;
use crate::config::{CacheUrl, Config, QueueUrl, SourceChoice, StoreUrl};

/// Who opens a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// A server: an older store is brought up to date.
    Serve,
    /// A tool that may run beside a server: an older store is refused.
    Tool,
    /// What is copied from: one that is not there is not made.
    Source,
}

/// A store, and the id that its queue is named by.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The store.
    pub store: Arc<dyn Store>,
    /// Its id.
    pub id: Uuid,
    /// Whether other processes may use it.
    shared: bool,
}

/// Makes the data directory, for its owner alone.
///
/// # Errors
/// `NotConfigured` when it cannot be made.
pub fn make_data_dir(path: &Path) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|error| {
            let message = format!(
                "FOLIO_DATA_DIR is {:?}: a directory that folio may write to is allowed ({error})",
                path.display()
            );
            Error::new(ErrorKind::NotConfigured, message)
        })
}

/// Opens the store.
///
/// # Errors
/// `Unsupported` for a store of another schema, `CorruptData`, `NotConfigured`, `Unavailable`.
pub async fn open_store(config: &Config, clock: &Arc<dyn Clock>, opening: Opening) -> Result<Opened> {
    open_store_at(&config.store, clock, opening)
        .await
        .map_err(|error| error.with_context("setting", "FOLIO_STORE_URL"))
}

/// Opens the store at an address.
///
/// # Errors
/// As [`open_store`]; `NotConfigured` for a source that is not there.
pub async fn open_store_at(url: &StoreUrl, clock: &Arc<dyn Clock>, opening: Opening) -> Result<Opened> {
    let url = match url {
        StoreUrl::Mongo(config) => return open_mongo(config, clock, opening).await,
        StoreUrl::Memory => {
            let store = MemoryStore::new().with_clock(Arc::clone(clock));
            return Ok(Opened {
                store: Arc::new(store),
                id: Uuid::new_v4(),
                shared: false,
            });
        }
        StoreUrl::Sqlite(url) => url,
    };
    let sqlite = SqliteConfig::from_url(url)?;
    let store = if opening == Opening::Source {
        SqliteStore::open_existing(sqlite, Arc::clone(clock), Migrate::Apply).await?
    } else if opening == Opening::Tool && sqlite.path.exists() {
        SqliteStore::open_existing(sqlite, Arc::clone(clock), Migrate::Refuse).await?
    } else {
        SqliteStore::open(sqlite, Arc::clone(clock)).await?
    };
    Ok(Opened {
        id: store.store_id(),
        store: Arc::new(store),
        shared: true,
    })
}

async fn open_mongo(config: &MongoConfig, clock: &Arc<dyn Clock>, opening: Opening) -> Result<Opened> {
    use folio_store_mongo::Migrate;

    let existing = |migrate| MongoStore::open_existing(config.clone(), Arc::clone(clock), migrate);
    let made = || MongoStore::open(config.clone(), Arc::clone(clock));
    let store = match opening {
        Opening::Serve => made().await?,
        Opening::Source => existing(Migrate::Apply).await?,
        Opening::Tool => match existing(Migrate::Refuse).await {
            // The first command makes the store, as with a file.
            Err(error) if error.kind() == ErrorKind::NotFound => made().await?,
            opened => opened?,
        },
    };
    Ok(Opened {
        id: store.store_id(),
        store: Arc::new(store),
        shared: true,
    })
}

/// The shared cache, where there is one: its keys begin with the store's id, so that two deployments on one
/// Redis never meet. It connects when it is first used; that it is down is no error.
///
/// # Errors
/// `NotConfigured` when its certificates cannot be read.
pub fn open_cache(config: &Config, store: &Opened) -> Result<Option<Redis>> {
    match &config.cache {
        CacheUrl::Memory => Ok(None),
        CacheUrl::Redis(config) => Redis::open(config, &store.id.to_string()).map(Some),
    }
}

#[async_trait]
impl Dependency for Redis {
    async fn check(&self) -> Result<()> {
        Redis::check(self).await
    }
}

/// The use cases over a store, with the configured sources and channels.
///
/// # Errors
/// `NotConfigured` when the settings of a source or channel do not fit together.
pub fn tracker(config: &Config, opened: &Opened, redis: Option<&Redis>, clock: &Arc<dyn Clock>) -> Result<Tracker> {
    let budget = budget(config, opened, redis, clock);
    let cache: Arc<dyn Cache> = match redis {
        Some(redis) => Arc::new(RedisCache::new(redis.clone())),
        None => Arc::new(MemoryCache::new(Arc::clone(clock))),
    };
    let mut builder = Tracker::builder()
        .clock(Arc::clone(clock))
        .store(Arc::clone(&opened.store))
        .cache(cache)
        .budget(Arc::clone(&budget))
        .price_ttl(config.price_ttl)
        .history_ttl(config.history_ttl)
        .jump_factor(config.jump_factor)
        .keep_hourly(config.keep_hourly)
        .alert_defaults(config.alert_defaults)
        .default_channels(config.channels.defaults.iter().copied());
    for notifier in notifiers(config, clock)? {
        builder = builder.notifier(notifier);
    }
    for source in sources(config, clock, &budget)? {
        builder = builder.source(source);
    }
    for (asset, order) in &config.asset_sources {
        builder = builder.order(asset.clone(), order.iter().cloned());
    }
    builder.build()
}

/// The configured channels.
fn notifiers(config: &Config, clock: &Arc<dyn Clock>) -> Result<Vec<Arc<dyn Notifier>>> {
    let channels = &config.channels;
    // What may not be reached is known now; nobody should learn of it from the first alert.
    let named = |variable: &'static str| {
        move |error: Error| {
            let message = format!(
                "{variable} cannot be used: {}; FOLIO_OUTBOUND_ALLOW lists what is allowed beside public addresses \
                 with TLS",
                error.message()
            );
            Error::new(ErrorKind::NotConfigured, message)
        }
    };
    let console = if channels.console_beside {
        Console::new(std::io::stderr())
    } else {
        Console::stdout()
    };
    let mut notifiers: Vec<Arc<dyn Notifier>> = vec![Arc::new(console)];
    if let Some(config) = &channels.webhook {
        let webhook = Webhook::new(config.clone(), &channels.outbound, Arc::clone(clock));
        notifiers.push(Arc::new(webhook.map_err(named("FOLIO_WEBHOOK_URL"))?));
    }
    if let Some(config) = &channels.email {
        let email = Email::new(config.clone(), &channels.outbound);
        notifiers.push(Arc::new(email.map_err(named("FOLIO_SMTP_URL"))?));
    }
    if let Some(config) = &channels.ntfy {
        let ntfy = Ntfy::new(config.clone(), &channels.outbound, Arc::clone(clock));
        notifiers.push(Arc::new(ntfy.map_err(named("FOLIO_NTFY_URL"))?));
    }
    Ok(notifiers)
}

/// Processes that share a store share the budget in it, or the one on the Redis that they share.
pub(crate) fn budget(
    config: &Config,
    opened: &Opened,
    redis: Option<&Redis>,
    clock: &Arc<dyn Clock>,
) -> Arc<dyn RateBudget> {
    let limits: [BudgetLimit; 6] = [
        config.coingecko.budget(),
        config.iex.budget(),
        config.twelvedata.budget(),
        config.yahoo.budget(),
        config.frankfurter.budget(),
        config.ecb.budget(),
    ];
    let store: Arc<dyn OpsStore> = Arc::clone(&opened.store) as _;
    if let Some(redis) = redis {
        Arc::new(RedisBudget::new(redis.clone(), Arc::clone(clock), store, limits))
    } else if opened.shared {
        Arc::new(StoreBudget::new(Arc::clone(clock), store, limits))
    } else {
        Arc::new(LocalBudget::new(Arc::clone(clock), limits))
    }
}

/// The configured sources, in the order of fallback.
pub(crate) fn sources(
    config: &Config,
    clock: &Arc<dyn Clock>,
    budget: &Arc<dyn RateBudget>,
) -> Result<Vec<Arc<dyn PriceSource>>> {
    let mut sources: Vec<Arc<dyn PriceSource>> = Vec::new();
    let mut recorded: Vec<(PathBuf, Vec<AssetClass>)> = Vec::new();
    for (class, choices) in [
        (AssetClass::Crypto, &config.crypto_sources),
        (AssetClass::Stock, &config.stock_sources),
    ] {
        for choice in choices {
            match choice {
                SourceChoice::CoinGecko => {
                    sources.push(Arc::new(CoinGecko::new(
                        config.coingecko.clone(),
                        Arc::clone(clock),
                        Arc::clone(budget),
                    )?));
                }
                SourceChoice::Iex => {
                    sources.push(Arc::new(Iex::new(
                        config.iex.clone(),
                        Arc::clone(clock),
                        Arc::clone(budget),
                    )?));
                }
                SourceChoice::TwelveData => {
                    sources.push(Arc::new(TwelveData::new(
                        config.twelvedata.clone(),
                        Arc::clone(clock),
                        Arc::clone(budget),
                    )?));
                }
                SourceChoice::Yahoo => {
                    sources.push(Arc::new(Yahoo::new(
                        config.yahoo.clone(),
                        Arc::clone(clock),
                        Arc::clone(budget),
                    )?));
                }
                SourceChoice::Recorded(path) => match recorded.iter_mut().find(|(other, _)| other == path) {
                    Some((_, classes)) => classes.push(class),
                    None => recorded.push((path.clone(), vec![class, AssetClass::Currency])),
                },
            }
        }
    }
    // Whoever replays everything from files wants no network, unless an address for rates is named.
    let replays_all = config
        .crypto_sources
        .iter()
        .chain(&config.stock_sources)
        .all(|choice| matches!(choice, SourceChoice::Recorded(_)));
    for (path, classes) in recorded {
        let inner = Recorded::open(&path, Arc::clone(clock))?;
        sources.push(Arc::new(OfClasses { inner, classes }));
    }
    if !replays_all || config.frankfurter.url.is_some() || config.crypto_sources.is_empty() {
        let frankfurter = Frankfurter::new(config.frankfurter.clone(), Arc::clone(clock), Arc::clone(budget))?;
        sources.push(Arc::new(frankfurter));
        // Whoever asks a Frankfurter of his own has not asked for calls to the bank.
        if config.ecb.url.is_some() || config.frankfurter.is_public() {
            let ecb = Ecb::new(config.ecb.clone(), Arc::clone(clock), Arc::clone(budget))?;
            sources.push(Arc::new(ecb));
        }
    }
    Ok(sources)
}

/// Opens the queue of a store.
///
/// # Errors
/// `NotConfigured`, `Unavailable`.
pub async fn open_queue(config: &Config, store: &Opened) -> Result<Arc<dyn JobQueue>> {
    let name = format!("folio:{}", store.id);
    let path = match &config.queue {
        QueueUrl::Redis(config) => {
            let queue = RedisQueue::open(config, name)?;
            // That it is out of reach now is for /ready to say.
            for wrong in queue.check().await.unwrap_or_default() {
                tracing::warn!("the Redis of FOLIO_QUEUE_URL: {wrong}");
            }
            return Ok(Arc::new(queue));
        }
        QueueUrl::Sqlite(path) => path,
    };
    if let Some(directory) = path.parent() {
        make_data_dir(directory)?;
    }
    Ok(Arc::new(SqliteQueue::open(path, name).await?))
}

/// The jobs of a tracker.
#[must_use]
pub fn jobs(config: &Config, tracker: &Tracker, queue: &Arc<dyn JobQueue>) -> Jobs {
    Jobs::new(tracker.clone(), Arc::clone(queue), config.jobs.clone())
}

/// A source that is asked for some of its classes only.
#[derive(Debug)]
struct OfClasses<S> {
    inner: S,
    classes: Vec<AssetClass>,
}

#[async_trait]
impl<S: PriceSource> PriceSource for OfClasses<S> {
    fn id(&self) -> SourceId {
        self.inner.id()
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = self.inner.capabilities();
        capabilities.classes.retain(|class| self.classes.contains(class));
        capabilities
    }

    async fn quotes(&self, request: &QuoteRequest) -> Result<QuoteBatch> {
        self.inner.quotes(request).await
    }

    async fn history(&self, request: &HistoryRequest) -> Result<PriceHistory> {
        self.inner.history(request).await
    }

    async fn search(&self, text: &str) -> Result<Vec<AssetInfo>> {
        self.inner.search(text).await
    }

    async fn list(&self, deadline: Deadline) -> Result<Vec<AssetInfo>> {
        let mut infos = self.inner.list(deadline).await?;
        infos.retain(|info| self.classes.contains(&info.asset.class()));
        Ok(infos)
    }
}

#[cfg(test)]
mod tests {
    use folio_core::ManualClock;
    use jiff::Timestamp;

    use super::*;
    use crate::config::Sources;

    #[test]
    fn the_bank_is_asked_only_where_calls_to_it_are_wanted() {
        let check = |settings: &[(&str, &str)], expected: &str| {
            let environment = settings
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .chain([("FOLIO_DATA_DIR".to_owned(), "/data".to_owned())])
                .collect();
            let config = Config::load(&Sources {
                environment,
                ..Sources::default()
            })
            .unwrap();
            let clock: Arc<dyn Clock> = Arc::new(ManualClock::new(Timestamp::UNIX_EPOCH));
            let budget: Arc<dyn RateBudget> = Arc::new(LocalBudget::new(Arc::clone(&clock), [config.ecb.budget()]));
            let sources = sources(&config, &clock, &budget).unwrap();
            let ids: Vec<_> = sources.iter().map(|source| source.id().to_string()).collect();
            let rates = ids.join(" ").replace("coingecko yahoo ", "");
            assert_eq!(rates, expected, "{settings:?}");
        };
        let own = ("FOLIO_FX_URL", "http://127.0.0.1:8080/v2");
        let bank = ("FOLIO_ECB_URL", "http://127.0.0.1:8080/eurofxref");
        check(&[], "frankfurter ecb-xml");
        check(
            &[("FOLIO_FX_URL", "https://api.frankfurter.dev/v2")],
            "frankfurter ecb-xml",
        );
        check(&[own], "frankfurter");
        check(&[("FOLIO_FX_URL", "https://rates.example.org/v2")], "frankfurter");
        check(&[own, bank], "frankfurter ecb-xml");
        check(&[bank], "frankfurter ecb-xml");
    }
}
