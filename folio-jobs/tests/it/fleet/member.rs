//! One process of a fleet.

use std::env;
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use folio_core::store::Store;
use folio_core::{Clock, Currency, Price, SystemClock, Tracker};
use folio_jobs::queue::{RedisQueue, RedisQueueConfig};
use folio_jobs::{Jobs, JobsConfig};
use folio_store_mongo::{MongoConfig, MongoStore};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::signal::unix::{SignalKind, signal};

use crate::support::faults::{Faults, FaultyStore};
use crate::support::market;

/// The test that a process of a fleet runs.
pub(crate) const MEMBER: &str = "fleet::member::member_of_a_fleet";
const SETTINGS: &str = "FOLIO_JOBS_TEST_SETTINGS";

/// What all processes of a fleet are told.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Settings {
    /// The address of the store.
    pub(crate) store: String,
    /// The address of the queue.
    pub(crate) queue: String,
    /// Where the time is read, and where reports are written.
    pub(crate) directory: PathBuf,
    /// Portfolios of a chunk.
    pub(crate) chunk: usize,
    /// How many milliseconds every write of snapshots takes at least.
    pub(crate) pace: u64,
    /// Whose snapshot ends the process that is about to write it.
    pub(crate) deadly: Option<String>,
}

impl Settings {
    pub(crate) fn variables(&self) -> [(&'static str, String); 1] {
        [(SETTINGS, serde_json::to_string(self).unwrap())]
    }
}

/// The time of the machine, moved on by what a file says, so that all processes of a fleet skip the same hours.
#[derive(Debug)]
pub(crate) struct ShiftedClock(PathBuf);

impl ShiftedClock {
    pub(crate) fn new(directory: &Path) -> Self {
        Self(directory.join("shift"))
    }

    /// Makes it `now`, for everybody.
    pub(crate) fn set(&self, now: Timestamp) {
        let shift = now.duration_since(SystemClock.now()).as_millis();
        let next = self.0.with_extension("next");
        fs::write(&next, shift.to_string()).unwrap();
        fs::rename(next, &self.0).unwrap();
    }
}

impl Clock for ShiftedClock {
    fn now(&self) -> Timestamp {
        let shift = fs::read_to_string(&self.0).unwrap();
        SystemClock.now() + SignedDuration::from_millis(shift.parse().unwrap())
    }
}

/// The parts of a process.
pub(crate) struct Member {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) faults: Arc<Faults>,
    pub(crate) jobs: Jobs,
}

impl Member {
    pub(crate) async fn new(settings: &Settings) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(ShiftedClock::new(&settings.directory));
        let config = MongoConfig::from_url(&settings.store).unwrap();
        let inner = MongoStore::open(config, Arc::clone(&clock)).await.unwrap();
        let faults = Arc::new(Faults::default());
        faults.clock.set(Arc::clone(&clock)).unwrap();
        faults.pace.set(Duration::from_millis(settings.pace)).unwrap();
        let store: Arc<dyn Store> = Arc::new(FaultyStore {
            inner: Arc::new(inner),
            faults: Arc::clone(&faults),
        });
        // Every process sees another price, so that a second book, or a second write, would not go unseen.
        let source = market(Arc::clone(&clock));
        let price = format!("{}", 60_000 + std::process::id() % 9_973);
        source.set_price(
            "crypto:bitcoin".parse().unwrap(),
            Price::parse(&price, Currency::USD).unwrap(),
        );
        let tracker = Tracker::builder()
            .store(Arc::clone(&store))
            .clock(clock)
            .source(Arc::new(source));
        let config = JobsConfig::with_schedule("0 * * * *", "0 9 * * *", "0 0 1 1 *").unwrap();
        let config = config.with_chunk_size(NonZeroUsize::new(settings.chunk).unwrap());
        let config = config.with_batch_size(NonZeroUsize::new(settings.chunk.div_ceil(3)).unwrap());
        let queue = RedisQueue::open(&RedisQueueConfig::from_url(&settings.queue).unwrap(), "folio:fleet").unwrap();
        Self {
            store,
            faults,
            jobs: Jobs::new(tracker.build().unwrap(), Arc::new(queue), config),
        }
    }
}

/// Where a process that ended in order says how many snapshots it wrote that were there already.
pub(crate) fn report_of(directory: &Path, process: u32) -> PathBuf {
    directory.join(format!("report.{process}"))
}

/// Not a test: what the processes of the others do until they are killed or asked to end.
#[test]
#[ignore = "it runs in the processes that the tests start"]
fn member_of_a_fleet() {
    let Ok(settings) = env::var(SETTINGS) else {
        return;
    };
    let settings: Settings = serde_json::from_str(&settings).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut asked = signal(SignalKind::terminate()).unwrap();
        let member = Member::new(&settings).await;
        if let Some(deadly) = settings.deadly.clone() {
            member.faults.fail_at(move |call| {
                if call.op == "snapshots" && call.body.contains(&deadly) {
                    std::process::abort();
                }
                false
            });
        }
        let ended = member.jobs.run(async move { _ = asked.recv().await });
        ended.await.unwrap();
        let report = report_of(&settings.directory, std::process::id());
        fs::write(report, member.faults.duplicates().to_string()).unwrap();
    });
}
