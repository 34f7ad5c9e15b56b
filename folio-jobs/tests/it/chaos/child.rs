//! What the processes do until they are killed.

use std::env;
use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use folio_core::memory::MemorySource;
use folio_core::store::Store;
use folio_core::{Clock, Delivery, Notification, Notifier, Result, Tracker};
use folio_jobs::queue::{JobQueue, SqliteQueue, WorkerOptions};
use folio_jobs::{Jobs, JobsConfig};
use futures::FutureExt;
use jiff::Timestamp;
use tokio::time::sleep;

use super::GROUPS;
use super::story::{Story, set_prices};
use crate::support::{NINE, at, sqlite};

pub(crate) const DIRECTORY: &str = "FOLIO_JOBS_TEST_DIRECTORY";
pub(crate) const SEED: &str = "FOLIO_JOBS_TEST_SEED";
pub(crate) const TICKS: &str = "FOLIO_JOBS_TEST_TICKS";

/// The time that the parent sets, in milliseconds.
#[derive(Debug)]
pub(crate) struct SharedClock(pub(crate) AtomicI64);

impl Clock for SharedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

/// The time of a process, which is that of the parent at every look, and the prices that belong to it.
pub(crate) struct Following {
    file: PathBuf,
    market: Arc<MemorySource>,
    stories: Vec<Story>,
    seen: Mutex<Arc<SharedClock>>,
}

impl fmt::Debug for Following {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Following")
    }
}

impl Clock for Following {
    fn now(&self) -> Timestamp {
        let seen = self.seen.lock().unwrap();
        let text = fs::read_to_string(&self.file).unwrap();
        let now = Timestamp::from_millisecond(text.parse().unwrap()).unwrap();
        if now != seen.now() {
            let since = now.duration_since(at(NINE));
            if let Some(tick) = usize::try_from(since.as_hours()).ok().filter(|_| !since.is_negative()) {
                set_prices(&self.market, &self.stories, tick);
            }
            seen.0.store(now.as_millisecond(), Ordering::SeqCst);
        }
        now
    }
}

fn time_file(directory: &Path) -> PathBuf {
    directory.join("time")
}

pub(crate) fn set_time(directory: &Path, now: Timestamp) {
    let next = directory.join("time.next");
    fs::write(&next, now.as_millisecond().to_string()).unwrap();
    fs::rename(next, time_file(directory)).unwrap();
}

/// A channel that writes down what it takes before it says that it has taken it.
#[derive(Debug)]
pub(crate) struct Log(PathBuf);

#[async_trait]
impl Notifier for Log {
    fn channel(&self) -> &'static str {
        "log"
    }

    async fn notify(&self, notification: &Notification) -> Result<Delivery> {
        let mut file = OpenOptions::new().create(true).append(true).open(&self.0).unwrap();
        file.write_all(format!("{}\n", notification.id).as_bytes()).unwrap();
        file.sync_data().unwrap();
        Ok(Delivery::default())
    }
}

pub(crate) struct Parts {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) queue: Arc<SqliteQueue>,
    pub(crate) tracker: Tracker,
    pub(crate) jobs: Jobs,
}

pub(crate) async fn parts(directory: &Path, clock: Arc<dyn Clock>, source: Arc<MemorySource>) -> Parts {
    let store = sqlite(directory, Arc::clone(&clock)).await;
    let queue = Arc::new(SqliteQueue::open(directory.join("queue.db"), "folio").await.unwrap());
    let tracker = Tracker::builder()
        .store(Arc::clone(&store))
        .clock(clock)
        .source(source)
        .notifier(Arc::new(Log(directory.join("sent"))))
        .build()
        .unwrap();
    let config = JobsConfig::new().unwrap().with_concurrency(NonZeroUsize::MIN);
    let config = config.with_chunk_size(NonZeroUsize::new(40).unwrap());
    let config = config.with_batch_size(NonZeroUsize::new(14).unwrap());
    let jobs = Jobs::new(tracker.clone(), Arc::clone(&queue) as _, config);
    Parts {
        store,
        queue,
        tracker,
        jobs,
    }
}

/// Not a test: what the processes of the others do until they are killed.
#[test]
#[ignore = "it runs in the processes that the other tests start"]
fn child() {
    let (Ok(directory), Ok(seed), Ok(ticks)) = (env::var(DIRECTORY), env::var(SEED), env::var(TICKS)) else {
        return;
    };
    let (directory, ticks) = (PathBuf::from(directory), ticks.parse().unwrap());
    let seed = seed.parse().unwrap();
    let stories: Vec<_> = (0..GROUPS).map(|group| Story::new(seed, group, ticks)).collect();
    let time = Arc::new(SharedClock(AtomicI64::new(0)));
    let source = Arc::new(MemorySource::new(time.clone()));
    let clock = Arc::new(Following {
        file: time_file(&directory),
        market: Arc::clone(&source),
        stories,
        seen: Mutex::new(time),
    });
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let parts = parts(&directory, clock.clone(), source).await;
        let options = WorkerOptions::new(NonZeroUsize::MIN, "folio");
        let work = parts
            .queue
            .work(options, parts.jobs.handler(), std::future::pending().boxed());
        let dispatch = async {
            loop {
                // What fails, because others write at the same time, comes with a later pass.
                _ = parts.jobs.fire(clock.now()).await;
                _ = parts.jobs.pass(clock.now()).await;
                sleep(Duration::from_millis(15)).await;
            }
        };
        tokio::select! {
            ended = work => ended.unwrap(),
            () = dispatch => {}
        }
    });
}
