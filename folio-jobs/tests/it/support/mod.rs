//! What the tests of the jobs share: a world with a clock that stands still, and processes that die.

pub(crate) mod channel;
pub(crate) mod faults;
pub(crate) mod mongo;
pub(crate) mod process;
pub(crate) mod queue;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

use folio_core::memory::{MemorySource, MemoryStore};
use folio_core::store::{NotificationQuery, RecordKind, Scan, SnapshotQuery, Store};
use folio_core::{
    Clock, CostBasis, Currency, Holding, HoldingId, ManualClock, Notifier, OwnerId, Portfolio, PortfolioId, Price,
    Result, Tracker, Valuation,
};
use folio_jobs::queue::{Delivery, JobQueue};
use folio_jobs::{Jobs, JobsConfig, NotificationRecord};
use folio_store_sqlite::{SqliteConfig, SqliteStore};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use channel::Channel;
use faults::{Call, Faults, FaultyQueue, FaultyStore};
use queue::MemoryQueue;

pub(crate) const START: &str = "2026-03-01T08:30:00Z";
pub(crate) const NINE: &str = "2026-03-01T09:00:00Z";

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A store of each kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backend {
    Memory,
    Sqlite,
    /// MongoDB as a replica set of one.
    ReplicaSet,
    /// A MongoDB that knows no transactions and repeats no write.
    Standalone,
}

pub(crate) const BACKENDS: [Backend; 2] = [Backend::Memory, Backend::Sqlite];
/// Those on which processes are killed.
pub(crate) const ALL_BACKENDS: [Backend; 4] = [
    Backend::Memory,
    Backend::Sqlite,
    Backend::ReplicaSet,
    Backend::Standalone,
];

impl Backend {
    /// Whether a world on it takes so long that a part of the cases has to do.
    pub(crate) fn is_slow(self) -> bool {
        matches!(self, Self::ReplicaSet | Self::Standalone)
    }
}

pub(crate) async fn sqlite(directory: &Path, clock: Arc<dyn Clock>) -> Arc<dyn Store> {
    Arc::new(
        SqliteStore::open(SqliteConfig::new(directory.join("folio.db")), clock)
            .await
            .unwrap(),
    )
}

/// The prices that everybody knows.
pub(crate) fn market(clock: Arc<dyn Clock>) -> MemorySource {
    MemorySource::new(clock)
        .with_price("crypto:bitcoin", "60000 USD")
        .and_then(|source| source.with_price("stock:AAPL", "200 USD"))
        .and_then(|source| source.with_rate("1.25 USD"))
        .and_then(|source| source.with_daily("currency:EUR", &[("2026-02-02", "1.20 USD")]))
        .unwrap()
}

/// What is unfinished of these kinds, with versions, so that two looks differ when anything happened between.
pub(crate) async fn unfinished(store: &dyn Store, kinds: &[&'static str]) -> Result<Vec<(String, u64)>> {
    let mut found = Vec::new();
    for kind in kinds {
        let scan = Scan {
            open: true,
            limit: 5_000,
            ..Scan::default()
        };
        let rows = store.scan_records(RecordKind(kind), &scan).await?;
        found.extend(rows.into_iter().map(|row| (row.key, row.version)));
    }
    Ok(found)
}

pub(crate) struct World {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) source: Arc<MemorySource>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) faults: Arc<Faults>,
    pub(crate) queue: Arc<MemoryQueue>,
    pub(crate) config: JobsConfig,
    pub(crate) portfolios: Vec<PortfolioId>,
    /// The channels that every process has.
    pub(crate) channels: Vec<Arc<dyn Notifier>>,
    /// How many of them, from the first, rules go through that name none.
    pub(crate) defaults: usize,
    _directory: Option<tempfile::TempDir>,
    _lease: Option<mongo::Lease>,
}

pub(crate) fn portfolio(n: usize, now: Timestamp) -> Portfolio {
    let holding = |asset: &str, quantity: &str| {
        Holding::new(HoldingId::new(now), asset.parse().unwrap(), quantity.parse().unwrap()).unwrap()
    };
    let cost = Price::parse("90", Currency::EUR).unwrap();
    Portfolio::new(format!("P{n}"), Currency::USD, now)
        .with(holding("crypto:bitcoin", &format!("{}", n + 1)))
        .with(
            holding("stock:AAPL", "3")
                .with_cost(CostBasis::Unit(cost))
                .acquired_on("2026-02-02".parse().unwrap()),
        )
}

/// A portfolio with one unit of each asset, bought for a hundred dollars a unit.
pub(crate) fn watched(name: &str, assets: &[&str], now: Timestamp) -> Portfolio {
    let cost = Price::parse("100", Currency::USD).unwrap();
    assets
        .iter()
        .fold(Portfolio::new(name, Currency::USD, now), |portfolio, asset| {
            let holding = Holding::new(HoldingId::new(now), asset.parse().unwrap(), "1".parse().unwrap()).unwrap();
            portfolio.with(holding.with_cost(CostBasis::Unit(cost)))
        })
}

impl World {
    /// A world at half past eight with so many portfolios, in chunks of `chunk` of them.
    pub(crate) async fn new(backend: Backend, portfolios: usize, chunk: usize) -> Self {
        let clock = Arc::new(ManualClock::new(at(START)));
        let dynamic: Arc<dyn Clock> = clock.clone();
        let source = market(Arc::clone(&dynamic));
        let directory = (backend == Backend::Sqlite).then(|| tempfile::tempdir().unwrap());
        let mut lease = None;
        let inner: Arc<dyn Store> = match (&directory, backend.server().await) {
            (Some(directory), _) => sqlite(directory.path(), dynamic).await,
            (None, Some(server)) => {
                let (store, own) = mongo::store(server, dynamic).await;
                lease = Some(own);
                store
            }
            (None, None) => Arc::new(MemoryStore::new()),
        };
        let faults = Arc::new(Faults::default());
        let config = JobsConfig::new()
            .unwrap()
            .with_chunk_size(NonZeroUsize::new(chunk).unwrap())
            .with_batch_size(NonZeroUsize::new(4).unwrap());
        let mut world = Self {
            clock,
            source: Arc::new(source),
            store: Arc::new(FaultyStore {
                inner,
                faults: Arc::clone(&faults),
            }),
            faults,
            queue: Arc::default(),
            config,
            portfolios: Vec::new(),
            channels: Vec::new(),
            defaults: 1,
            _directory: directory,
            _lease: lease,
        };
        let made: Vec<_> = (0..portfolios).map(|n| portfolio(n, world.clock.now())).collect();
        // Many at once, since a server answers each after it is on the disk.
        for some in made.chunks(50) {
            let created = some.iter().map(|portfolio| world.store.create_portfolio(portfolio));
            futures::future::try_join_all(created).await.unwrap();
        }
        world.portfolios = made.iter().map(|portfolio| portfolio.id).collect();
        // The first start ever, so that the instants that follow are somebody's.
        world.process().fire(world.clock.now()).await.unwrap();
        world
    }

    pub(crate) async fn add(&mut self, n: usize) -> PortfolioId {
        let portfolio = portfolio(n, self.clock.now());
        self.store.create_portfolio(&portfolio).await.unwrap();
        self.portfolios.push(portfolio.id);
        portfolio.id
    }

    pub(crate) fn tracker(&self) -> Tracker {
        let mut builder = Tracker::builder()
            .store(Arc::clone(&self.store))
            .clock(self.clock.clone())
            .source(self.source.clone())
            .default_channels(
                self.channels
                    .iter()
                    .take(self.defaults)
                    .map(|channel| channel.channel()),
            );
        for channel in &self.channels {
            builder = builder.notifier(Arc::clone(channel));
        }
        builder.build().unwrap()
    }

    /// A world without portfolios and with channels, the first of which is the default.
    pub(crate) async fn with_channels(backend: Backend, names: &[&'static str]) -> (Self, Vec<Arc<Channel>>) {
        let mut world = Self::new(backend, 0, 4).await;
        let channels: Vec<_> = names.iter().map(|name| Channel::new(name, &world.faults)).collect();
        let dynamic = channels.iter().map(|channel| Arc::clone(channel) as Arc<dyn Notifier>);
        world.channels = dynamic.collect();
        (world, channels)
    }

    /// A portfolio with one unit of each asset, bought for a hundred dollars a unit.
    pub(crate) async fn watch(&mut self, name: &str, assets: &[&str]) -> PortfolioId {
        let portfolio = watched(name, assets, self.clock.now());
        let portfolio = self.tracker().create_portfolio(portfolio).await.unwrap();
        self.portfolios.push(portfolio.id);
        portfolio.id
    }

    /// Changes a portfolio.
    pub(crate) async fn change(&self, id: PortfolioId, change: impl Fn(&mut Portfolio) -> Result<()> + Send) {
        let changed = self.tracker();
        changed.update_portfolio(&owner(), id, None, change).await.unwrap();
    }

    /// Sets prices in dollars.
    pub(crate) fn prices(&self, prices: &[(&str, &str)]) {
        for (asset, price) in prices {
            let price = Price::parse(price, Currency::USD).unwrap();
            self.source.set_price(asset.parse().unwrap(), price);
        }
    }

    /// Lets a new process do all that a tick at `instant` brings, with these prices.
    pub(crate) async fn at_prices(&self, instant: &str, prices: &[(&str, &str)]) {
        self.go_to(instant);
        self.prices(prices);
        self.drive(&self.process()).await;
    }

    /// What the owner of everything was told, the oldest first.
    pub(crate) async fn told(&self) -> Vec<NotificationRecord> {
        let query = NotificationQuery::newest(owner(), 1_000);
        let mut told = self.process().notifications(&query).await.unwrap().items;
        told.reverse();
        told
    }

    /// A process with nothing in its memory, on the same store and queue.
    pub(crate) fn process(&self) -> Jobs {
        let queue = FaultyQueue {
            inner: self.queue.clone(),
            faults: Arc::clone(&self.faults),
        };
        let queue: Arc<dyn JobQueue> = Arc::new(queue);
        Jobs::new(self.tracker(), queue, self.config.clone())
    }

    /// Sets the clock.
    pub(crate) fn go_to(&self, instant: &str) {
        self.clock.set(at(instant));
    }

    /// Lets a process do all that there is to do at this moment.
    pub(crate) async fn drive(&self, jobs: &Jobs) {
        jobs.fire(self.clock.now()).await.unwrap();
        self.work(jobs).await;
    }

    /// The same without looking at the schedules.
    pub(crate) async fn work(&self, jobs: &Jobs) {
        loop {
            let report = jobs.pass(self.clock.now()).await.unwrap();
            let mut handled = 0;
            while let Some(delivery) = self.queue.pop() {
                jobs.handler().handle(delivery).await;
                handled += 1;
            }
            if report.pushed + handled == 0 {
                return;
            }
        }
    }

    /// Lets a process work until it is killed at the call that is picked; whether it was.
    pub(crate) async fn kill_at(&self, after: bool, pick: impl FnMut(Call<'_>) -> bool + Send + 'static) -> bool {
        self.faults.stop_at(after, pick);
        let jobs = self.process();
        let killed = tokio::select! {
            () = self.faults.dead.notified() => true,
            () = self.drive(&jobs) => false,
        };
        self.faults.clear();
        killed
    }

    /// Lets new processes work, a minute apart, until no tick is open; how many minutes that took.
    pub(crate) async fn recover(&self) -> u32 {
        for minute in 0..20 {
            let jobs = self.process();
            self.drive(&jobs).await;
            if jobs.health().await.unwrap().open_ticks == 0 {
                return minute;
            }
            self.clock.advance(SignedDuration::from_secs(61));
        }
        panic!("a tick is still open after 20 minutes");
    }

    pub(crate) async fn records(&self, kind: &'static str, prefix: &str) -> Vec<Value> {
        let mut scan = Scan {
            prefix: prefix.to_owned(),
            limit: 500,
            ..Scan::default()
        };
        let mut found = Vec::new();
        loop {
            let page = self.store.scan_records(RecordKind(kind), &scan).await.unwrap();
            let Some(last) = page.last() else {
                return found;
            };
            scan.after = Some(last.key.clone());
            found.extend(
                page.iter()
                    .map(|record| serde_json::from_str::<Value>(&record.body).unwrap()),
            );
        }
    }

    pub(crate) async fn tick(&self, as_of: &str) -> Option<Value> {
        self.records("ticks", &format!("valuation:{as_of}")).await.pop()
    }

    pub(crate) async fn snapshots(&self, portfolio: PortfolioId, as_of: &str) -> Vec<Valuation> {
        let instant = Some(at(as_of));
        let query = SnapshotQuery {
            from: instant,
            to: instant,
            holdings: true,
            ..SnapshotQuery::newest(portfolio, 10)
        };
        self.store.valuations(&query).await.unwrap().items
    }

    /// Every portfolio has one snapshot of the tick, all of one book, and the chunks tile all ids.
    pub(crate) async fn assert_done(&self, as_of: &str) {
        self.assert_done_for(as_of, &self.portfolios).await;
    }

    pub(crate) async fn assert_done_for(&self, as_of: &str, portfolios: &[PortfolioId]) {
        let tick = self.tick(as_of).await.expect("there is a tick");
        assert_eq!(tick["state"], "complete");
        let chunks = self.records("chunks", &format!("valuation:{as_of}/")).await;
        assert_eq!(tick["chunk_count"].as_u64(), Some(chunks.len() as u64));
        let mut lo = Value::Null;
        for chunk in &chunks {
            assert_eq!(chunk["lo"], lo, "chunks tile");
            assert_eq!(chunk["dispatch"]["phase"], "closed");
            lo = chunk["hi"].clone();
        }
        assert_eq!(lo, Value::Null, "the last chunk is open");
        for id in portfolios {
            let snapshots = self.snapshots(*id, as_of).await;
            assert_eq!(snapshots.len(), 1, "one snapshot of {id}");
            let book_id = snapshots[0].book_id.map(|id| id.to_string());
            assert_eq!(book_id.as_deref(), tick["book_id"].as_str(), "one book");
        }
    }

    /// How many books there are beside those of ticks.
    pub(crate) async fn stray_books(&self) -> usize {
        let mut books = BTreeMap::new();
        for part in self.records("book", "").await {
            books.insert(part["book_id"].as_str().unwrap().to_owned(), ());
        }
        for tick in self.records("ticks", "").await {
            if let Some(id) = tick["book_id"].as_str() {
                books.remove(id);
            }
        }
        books.len()
    }

    /// All deliveries that wait, taken out.
    pub(crate) fn take_deliveries(&self) -> Vec<Delivery> {
        std::iter::from_fn(|| self.queue.pop()).collect()
    }
}

pub(crate) fn owner() -> OwnerId {
    OwnerId::default()
}
