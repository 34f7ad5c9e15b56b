//! Many rows that are due together get through each queue, never too many of them at once, also when the
//! queue is lost in the middle.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use folio_core::store::SnapshotQuery;
use folio_core::{Clock, Result, SystemClock, Tracker};
use folio_jobs::queue::{Delivery, Handler, JobQueue, RedisQueue, RedisQueueConfig, SqliteQueue, WorkerOptions};
use folio_jobs::{Jobs, JobsConfig};
use folio_testkit::RedisServer;
use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{oneshot, watch};
use tokio::time::{Instant, sleep};

use crate::support::{NINE, START, at, market, portfolio};

/// The most that may wait in a queue.
const MOST: u64 = 1_000;

/// The time of the machine, moved on.
#[derive(Debug)]
struct Shifted(AtomicI64);

impl Shifted {
    fn set(&self, now: Timestamp) {
        let shift = now.duration_since(SystemClock.now()).as_millis();
        self.0.store(i64::try_from(shift).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for Shifted {
    fn now(&self) -> Timestamp {
        SystemClock.now() + SignedDuration::from_millis(self.0.load(Ordering::SeqCst))
    }
}

/// A queue that keeps count.
#[derive(Debug)]
struct Metered {
    inner: Arc<dyn JobQueue>,
    most_waiting: AtomicU64,
    handled: Arc<AtomicU64>,
    /// Whether deliveries are handled; else they pile up.
    works: watch::Sender<bool>,
}

struct Counting {
    inner: Arc<dyn Handler>,
    handled: Arc<AtomicU64>,
    works: watch::Receiver<bool>,
}

#[async_trait]
impl Handler for Counting {
    async fn handle(&self, delivery: Delivery) {
        let works = self.works.clone().wait_for(|works| *works).await.is_ok();
        assert!(works, "the queue is there");
        self.inner.handle(delivery).await;
        self.handled.fetch_add(1, Ordering::SeqCst);
    }
}

#[async_trait]
impl JobQueue for Metered {
    async fn push(&self, deliveries: &[Delivery]) -> Result<()> {
        self.inner.push(deliveries).await?;
        let waiting = self.inner.depth().await?;
        self.most_waiting.fetch_max(waiting, Ordering::SeqCst);
        Ok(())
    }

    async fn work(
        &self,
        options: WorkerOptions,
        handler: Arc<dyn Handler>,
        shutdown: BoxFuture<'static, ()>,
    ) -> Result<()> {
        let handler = Arc::new(Counting {
            inner: handler,
            handled: Arc::clone(&self.handled),
            works: self.works.subscribe(),
        });
        self.inner.work(options, handler, shutdown).await
    }

    async fn depth(&self) -> Result<u64> {
        self.inner.depth().await
    }

    async fn clean(&self, keep: Duration) -> Result<u64> {
        self.inner.clean(keep).await
    }
}

/// A queue of each kind, and how it is lost.
enum Lost {
    File(tempfile::TempDir),
    Server(RedisServer),
}

impl Lost {
    async fn open(&self) -> Arc<dyn JobQueue> {
        match self {
            Self::File(directory) => {
                let queue = SqliteQueue::open(directory.path().join("queue.db"), "folio").await;
                Arc::new(queue.unwrap())
            }
            Self::Server(server) => {
                let config = RedisQueueConfig::from_url(&server.url()).unwrap();
                Arc::new(RedisQueue::open(&config, "folio").unwrap())
            }
        }
    }

    async fn lose(&self) {
        match self {
            Self::File(directory) => {
                for suffix in ["", "-wal", "-shm"] {
                    let _ = std::fs::remove_file(directory.path().join(format!("queue.db{suffix}")));
                }
            }
            Self::Server(server) => {
                let client = redis::Client::open(server.url()).unwrap();
                let mut connection = client.get_multiplexed_async_connection().await.unwrap();
                () = redis::cmd("FLUSHALL").query_async(&mut connection).await.unwrap();
            }
        }
    }
}

async fn check(queue: Lost, rows: usize) {
    let clock = Arc::new(Shifted(AtomicI64::new(0)));
    clock.set(at(START));
    let directory = tempfile::tempdir().unwrap();
    let store = crate::support::sqlite(directory.path(), clock.clone()).await;
    let mut portfolios = Vec::new();
    for n in 0..rows {
        let portfolio = portfolio(n, clock.now());
        store.create_portfolio(&portfolio).await.unwrap();
        portfolios.push(portfolio.id);
    }
    let metered = Arc::new(Metered {
        inner: queue.open().await,
        most_waiting: AtomicU64::new(0),
        handled: Arc::default(),
        works: watch::Sender::new(true),
    });
    let tracker = Tracker::builder()
        .store(Arc::clone(&store))
        .clock(clock.clone())
        .source(Arc::new(market(clock.clone())));
    // One portfolio a chunk, and more places than may be filled.
    let config = JobsConfig::with_schedule("0 * * * *", "0 9 * * *", "0 0 1 1 *").unwrap();
    let config = config
        .with_chunk_size(NonZeroUsize::MIN)
        .with_concurrency(NonZeroUsize::new(300).unwrap());
    let jobs = Jobs::new(tracker.build().unwrap(), Arc::clone(&metered) as _, config);
    jobs.fire(clock.now()).await.unwrap();
    clock.set(at(NINE));
    let begun = Instant::now();
    let (stop, stopped) = oneshot::channel::<()>();
    let service = jobs.clone();
    let run = tokio::spawn(async move { service.run(async { _ = stopped.await }).await });

    let handled = || metered.handled.load(Ordering::SeqCst);
    let mut lost = None;
    let (mut last, mut progress, mut nudged) = (0, Instant::now(), Instant::now());
    loop {
        sleep(Duration::from_millis(20)).await;
        if lost.is_none() && handled() > rows as u64 / 3 {
            metered.works.send_replace(false);
            while metered.depth().await.unwrap() < 100 {
                sleep(Duration::from_millis(20)).await;
            }
            lost = Some(metered.depth().await.unwrap());
            queue.lose().await;
            metered.works.send_replace(true);
        }
        let complete = jobs.schedule().await.unwrap()[0].last_tick == Some(at(NINE));
        if complete && jobs.health().await.unwrap().open_ticks == 0 {
            break;
        }
        if handled() != last {
            (last, progress, nudged) = (handled(), Instant::now(), Instant::now());
        }
        assert!(
            progress.elapsed() < Duration::from_secs(120),
            "it stands still after {last} deliveries"
        );
        // What the queue has lost is pushed again after a minute.
        if nudged.elapsed() > Duration::from_secs(7) {
            clock.set(clock.now() + SignedDuration::from_secs(61));
            nudged = Instant::now();
        }
    }
    let took = begun.elapsed();
    _ = stop.send(());
    run.await.unwrap().unwrap();

    let lost = lost.expect("the queue was lost in the middle, with what waited in it");
    let most = metered.most_waiting.load(Ordering::SeqCst);
    assert!(most <= MOST, "{most} waited at once");
    for id in &portfolios {
        let found = store.valuations(&SnapshotQuery::newest(*id, 5)).await.unwrap().items;
        assert_eq!(found.len(), 1, "one snapshot of {id}");
    }
    println!(
        "{rows} rows in {took:?}, {} deliveries, at most {most} waiting; the queue was lost once, {lost} of them in it",
        handled()
    );
}

async fn file() -> Lost {
    Lost::File(tempfile::tempdir().unwrap())
}

async fn server() -> Lost {
    Lost::Server(RedisServer::start().await)
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_due_together_drain_through_sqlite() {
    check(file().await, 1_500).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_due_together_drain_through_redis() {
    check(server().await, 1_500).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "it takes many minutes; `make chaos` runs it"]
async fn full_fifty_thousand_rows_drain_through_sqlite() {
    check(file().await, 50_000).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "it takes many minutes; `make chaos` runs it"]
async fn full_fifty_thousand_rows_drain_through_redis() {
    check(server().await, 50_000).await;
}
