//! Real processes on one directory, killed with SIGKILL at random instants.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use folio_core::memory::MemorySource;
use folio_core::store::{RecordKind, Scan, SnapshotQuery, Store};
use folio_core::{Clock, PortfolioId, SystemClock, Tracker};
use folio_jobs::queue::SqliteQueue;
use folio_jobs::{Jobs, JobsConfig};
use jiff::Timestamp;
use serde_json::Value;

use crate::support::portfolio;
use crate::support::process::{Process, Random, new_seed};

const DIRECTORY: &str = "FOLIO_JOBS_TEST_DIRECTORY";
const EPOCH: &str = "FOLIO_JOBS_TEST_EPOCH";
/// A minute of the schedule takes three seconds.
const SPEED: i32 = 20;

/// A clock that runs faster than the machine's.
#[derive(Debug)]
struct FastClock {
    epoch: Timestamp,
}

impl Clock for FastClock {
    fn now(&self) -> Timestamp {
        self.epoch + SystemClock.now().duration_since(self.epoch) * SPEED
    }
}

async fn jobs(directory: &Path, epoch: Timestamp) -> (Arc<dyn Store>, Jobs) {
    let clock: Arc<dyn Clock> = Arc::new(FastClock { epoch });
    let store = crate::support::sqlite(directory, Arc::clone(&clock)).await;
    let queue = SqliteQueue::open(directory.join("queue.db"), "folio").await.unwrap();
    let source = MemorySource::new(Arc::clone(&clock))
        .with_price("crypto:bitcoin", "60000 USD")
        .and_then(|source| source.with_price("stock:AAPL", "200 USD"))
        .and_then(|source| source.with_rate("1.25 USD"))
        .unwrap();
    let tracker = Tracker::builder()
        .store(Arc::clone(&store))
        .clock(clock)
        .source(Arc::new(source));
    let config = JobsConfig::with_schedule("* * * * *", "*/5 * * * *", "0 0 1 1 *").unwrap();
    let config = config.with_chunk_size(NonZeroUsize::new(25).unwrap());
    let config = config.with_batch_size(NonZeroUsize::new(9).unwrap());
    (store, Jobs::new(tracker.build().unwrap(), Arc::new(queue), config))
}

/// Not a test: what the processes of the other one do until they are killed.
#[test]
#[ignore = "it runs in the processes that the other test starts"]
fn child() {
    let (Ok(directory), Ok(epoch)) = (env::var(DIRECTORY), env::var(EPOCH)) else {
        return;
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let (_, jobs) = jobs(Path::new(&directory), epoch.parse().unwrap()).await;
        jobs.run(std::future::pending()).await.unwrap();
    });
}

async fn records(store: &dyn Store, kind: &'static str) -> Vec<Value> {
    let scan = Scan {
        limit: 5_000,
        ..Scan::default()
    };
    let found = store.scan_records(RecordKind(kind), &scan).await.unwrap();
    found
        .iter()
        .map(|record| serde_json::from_str(&record.body).unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_that_are_killed_leave_one_snapshot_of_each_portfolio_and_tick() {
    const KILLS: u32 = 20;
    const PORTFOLIOS: usize = 200;
    let seed = new_seed();
    println!("seed {seed}, {KILLS} kills, {PORTFOLIOS} portfolios");
    let mut random = Random(seed);
    let directory = tempfile::tempdir().unwrap();
    let epoch = SystemClock.now();
    let (store, here) = jobs(directory.path(), epoch).await;
    let mut portfolios = Vec::<PortfolioId>::new();
    for n in 0..PORTFOLIOS {
        let portfolio = portfolio(n, epoch);
        store.create_portfolio(&portfolio).await.unwrap();
        portfolios.push(portfolio.id);
    }
    let start = || {
        let directory = directory.path().display().to_string();
        Process::start("processes::child", [(DIRECTORY, directory), (EPOCH, epoch.to_string())])
    };
    let mut processes = [start(), start()];
    for _ in 0..KILLS {
        tokio::time::sleep(Duration::from_millis(50 + random.below(1_100) as u64)).await;
        processes[random.below(2)] = start();
    }
    let mut settled = false;
    for _ in 0..600 {
        let complete = records(&*store, "ticks")
            .await
            .iter()
            .filter(|tick| tick["state"] == "complete")
            .count();
        settled = here.health().await.unwrap().open_ticks == 0 && complete >= 3;
        if settled {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(
        settled,
        "everything is finished at some time: {:?}",
        here.health().await.unwrap()
    );
    drop(processes);

    let health = here.health().await.unwrap();
    assert!(health.given_up.is_empty(), "{:?}", health.given_up);
    // The processes may have begun another tick before they were killed.
    let books: BTreeMap<String, String> = records(&*store, "ticks")
        .await
        .iter()
        .filter(|tick| tick["state"] == "complete")
        .map(|tick| {
            (
                tick["as_of"].as_str().unwrap().to_owned(),
                tick["book_id"].as_str().unwrap().to_owned(),
            )
        })
        .collect();
    let mut rows = 0;
    for id in &portfolios {
        let all = store.valuations(&SnapshotQuery::newest(*id, 500)).await.unwrap().items;
        let of_complete: Vec<_> = all
            .iter()
            .filter(|row| books.contains_key(&row.as_of.to_string()))
            .collect();
        let instants: BTreeSet<_> = of_complete.iter().map(|row| row.as_of.to_string()).collect();
        assert_eq!(of_complete.len(), instants.len(), "no snapshot twice");
        assert_eq!(instants.len(), books.len(), "no snapshot missing of {id}");
        for row in &of_complete {
            let book_id = row.book_id.map(|id| id.to_string());
            assert_eq!(book_id.as_ref(), books.get(&row.as_of.to_string()), "one book a tick");
        }
        rows += of_complete.len();
    }
    println!(
        "{} ticks, {rows} snapshots, {} left out",
        books.len(),
        health.missed.len()
    );
    assert_eq!(rows, PORTFOLIOS * books.len());
}
