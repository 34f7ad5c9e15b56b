//! The queue in an SQLite file of its own, shared by all processes of a machine.
//!
//! apalis does the transport. What it must not do, or does in a way that loses or doubles work, is
//! done here, and each such point says why.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use apalis::layers::WorkerBuilderExt;
use apalis_core::backend::ext::BackendExt;
use apalis_core::error::WorkerError;
use apalis_core::task::attempt::Attempt;
use apalis_core::task::builder::TaskBuilder;
use apalis_core::task::task_id::TaskId;
use apalis_core::worker::builder::WorkerBuilder;
use apalis_core::worker::context::WorkerContext;
use apalis_core::worker::event::Event;
use apalis_core::worker::ext::event_listener::EventListenerExt;
use apalis_sqlite::{Config, SqliteStorage, queries};
use async_trait::async_trait;
use folio_core::{Error, ErrorKind, Result};
use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use serde_json::Value;
use sqlx::SqlitePool;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tracing::{debug, warn};

use super::file::{Opened, file_id, is_lost, open};
use super::poll::PollUntilPending;
use super::worker::{self, HEARTBEAT, MAX_STARTS, MISSED, Running};
use super::{Delivery, Handler, JobQueue, WorkerOptions};

/// Rows of one transaction, so that other processes get a turn.
const BATCH: usize = 500;

/// A [`JobQueue`] in an SQLite file.
///
/// The file must not be the store's: the migrations of the two clash. Handles may be opened in any
/// number of processes. A file that is corrupt is moved aside, and one that is deleted is made anew,
/// at opening and later: the rows are in the store, and the dispatcher pushes them again.
#[derive(Debug)]
pub struct SqliteQueue {
    path: PathBuf,
    name: String,
    opened: tokio::sync::Mutex<Opened>,
    pushed: Arc<Notify>,
}

impl SqliteQueue {
    /// Opens the queue called `name` in the file at `path`, which is made if it is not there.
    ///
    /// # Errors
    ///
    /// `NotConfigured` if the file is a database of something else, `Unavailable` if it cannot be
    /// opened.
    pub async fn open(path: impl Into<PathBuf>, name: impl Into<String>) -> Result<Self> {
        let (path, name) = (path.into(), name.into());
        let opened = open(&path, 0)
            .await
            .map_err(|error| error.with_context("queue", &name))?;
        Ok(Self {
            path,
            name,
            opened: opened.into(),
            pushed: Arc::default(),
        })
    }

    /// The file as it is now: opened again if it was replaced or found faulty.
    async fn opened(&self) -> Result<Opened> {
        let mut opened = self.opened.lock().await;
        if opened.doubtful || opened.file != file_id(&self.path) {
            warn!(queue = self.name, path = %self.path.display(), "opening the queue file again");
            opened.doubtful = true;
            // Closed first: two connections to different files under one name share its
            // shared-memory file and would ruin each other.
            opened.pool.close().await;
            *opened = open(&self.path, opened.generation + 1)
                .await
                .map_err(|error| error.with_context("queue", &self.name))?;
        }
        Ok(opened.clone())
    }

    /// Has the file checked before its next use, unless that has happened since `generation`.
    async fn doubt(&self, generation: u64) {
        let mut opened = self.opened.lock().await;
        if opened.generation == generation {
            opened.doubtful = true;
        }
    }

    /// Runs `action`, a second time if it finds that the file is lost.
    async fn run<T, F>(&self, operation: &'static str, action: impl Fn(SqlitePool) -> F + Send + Sync) -> Result<T>
    where
        T: Send,
        F: Future<Output = Result<T, sqlx::Error>> + Send,
    {
        let mut again = true;
        loop {
            let opened = self.opened().await.map_err(|error| error.with_operation(operation))?;
            let error = match action(opened.pool).await {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            if is_lost(&error) {
                self.doubt(opened.generation).await;
                if std::mem::take(&mut again) {
                    continue;
                }
            }
            return Err(Error::new(ErrorKind::Unavailable, "the job queue does not work")
                .with_operation(operation)
                .with_context("queue", &self.name)
                .with_source(error));
        }
    }

    /// Runs one worker until `shutdown`, an error, or the loss of the file.
    async fn run_worker(
        &self,
        Opened { pool, file, .. }: Opened,
        options: &WorkerOptions,
        handler: Arc<dyn Handler>,
        shutdown: Shared<BoxFuture<'static, ()>>,
    ) -> Result<(), WorkerError> {
        // Names are unique across all queues of a file, and a name that died stays taken for a while.
        let name = worker::new_name(options);
        let config = Config::default()
            .queue(&self.name)
            .batch_size(options.concurrency.get())
            .heartbeat_interval(HEARTBEAT)
            .missed_heartbeats(MISSED)
            // A lock event takes the task from whoever holds it by then; fetching has locked it.
            .lock_tasks(false);
        let backend = SqliteStorage::<Value>::new(&pool)
            .with_config(config.clone())
            .poll_with_strategy(PollUntilPending::new(Arc::clone(&self.pushed)));
        let context = WorkerContext::new(&name);
        let running = Running::default();
        let beaten = Arc::new(AtomicBool::new(false));

        let worker = WorkerBuilder::new(&context)
            .backend(backend)
            .on_event({
                let beaten = Arc::clone(&beaten);
                move |_, event| {
                    if matches!(event, Event::HeartBeat) {
                        beaten.store(true, Ordering::Relaxed);
                    }
                }
            })
            .concurrency(options.concurrency.get())
            .build({
                let running = running.clone();
                move |payload: Value, starts: Attempt| {
                    deliver(payload, starts.current(), running.clone(), Arc::clone(&handler))
                }
            });

        let mut heart = JoinSet::new();
        heart.spawn({
            let (pool, path, context) = (pool.clone(), self.path.clone(), context.clone());
            async move {
                loop {
                    sleep(HEARTBEAT).await;
                    if file != file_id(&path) {
                        let _ = context.stop();
                    }
                    // apalis does not beat while it has fetched tasks without a free slot, nor while
                    // it shuts down; without this, others would take over what is still running.
                    if !beaten.swap(false, Ordering::Relaxed)
                        && let Err(error) = queries::keep_alive(&pool, &config, &context).await
                    {
                        debug!(worker = context.name(), %error, "a heartbeat failed");
                    }
                }
            }
        });

        let result = worker::run_until(worker.run().boxed(), &context, shutdown).await;
        running.finish().await;
        // A fetch that the shutdown cut off may have been committed, and after an error nothing was
        // given back at all. Nobody works under this name any more, so all it holds may go.
        if let Err(error) = hand_back(&pool, &name).await {
            debug!(worker = name, %error, "the worker's deliveries were not handed back");
        }
        result
    }
}

#[async_trait]
impl JobQueue for SqliteQueue {
    async fn push(&self, deliveries: &[Delivery]) -> Result<()> {
        for batch in deliveries.chunks(BATCH) {
            let tasks: Vec<_> = batch.iter().map(|delivery| self.task(delivery)).collect();
            self.run("queue.push", |pool| {
                let tasks = &tasks;
                async move {
                    let mut transaction = pool.begin().await?;
                    match queries::push_tasks(&mut *transaction, &self.name, tasks).await {
                        Ok(()) => transaction.commit().await,
                        Err(apalis_sqlite::Error::Database(error)) => Err(error),
                        Err(error) => Err(sqlx::Error::Encode(error.into())),
                    }
                }
            })
            .await?;
            self.pushed.notify_waiters();
        }
        Ok(())
    }

    async fn work(
        &self,
        options: WorkerOptions,
        handler: Arc<dyn Handler>,
        shutdown: BoxFuture<'static, ()>,
    ) -> Result<()> {
        let shutdown = shutdown.shared();
        worker::again_until(shutdown.clone(), || async {
            match self.opened().await {
                Ok(opened) => {
                    let generation = opened.generation;
                    let handler = Arc::clone(&handler);
                    if let Err(error) = self.run_worker(opened, &options, handler, shutdown.clone()).await {
                        warn!(queue = self.name, %error, "a worker of the queue ended");
                        self.doubt(generation).await;
                    }
                }
                Err(error) => warn!(?error, "the queue does not open; trying again"),
            }
        })
        .await;
        Ok(())
    }

    async fn depth(&self) -> Result<u64> {
        let waiting: i64 = self
            .run("queue.depth", |pool| async move {
                sqlx::query_scalar(
                    "SELECT COUNT(*) FROM Jobs
                     WHERE job_type = ?1 AND status = 'Pending' AND lock_by IS NULL",
                )
                .bind(&self.name)
                .fetch_one(&pool)
                .await
            })
            .await?;
        Ok(waiting.unsigned_abs())
    }

    /// Forgets finished deliveries, and the workers that no delivery refers to any more.
    ///
    /// Not by apalis' `vacuum_before`: that compares seconds with text, so it deletes everything
    /// that is finished, and it rebuilds the file each time.
    async fn clean(&self, keep: Duration) -> Result<u64> {
        let keep = i64::try_from(keep.as_secs()).unwrap_or(i64::MAX / 2);
        let mut removed = 0;
        loop {
            let batch = self
                .run("queue.clean", |pool| async move {
                    sqlx::query(
                        "DELETE FROM Jobs WHERE rowid IN (
                           SELECT rowid FROM Jobs
                           WHERE status IN ('Done', 'Failed', 'Killed') AND done_at IS NOT NULL
                             AND job_type = ?1 AND done_at <= unixepoch() - ?2
                           LIMIT ?3)",
                    )
                    .bind(&self.name)
                    .bind(keep)
                    .bind(BATCH as i64)
                    .execute(&pool)
                    .await
                })
                .await?
                .rows_affected();
            removed += batch;
            if batch < BATCH as u64 {
                break;
            }
        }
        self.run("queue.clean", |pool| async move {
            sqlx::query(
                "DELETE FROM Workers
                 WHERE worker_type = ?1 AND last_seen <= unixepoch() - 3600
                   AND id NOT IN (SELECT lock_by FROM Jobs WHERE lock_by IS NOT NULL)",
            )
            .bind(&self.name)
            .execute(&pool)
            .await
        })
        .await?;
        Ok(removed)
    }
}

impl SqliteQueue {
    fn task(&self, delivery: &Delivery) -> apalis_sqlite::SqliteTask {
        let id = delivery.id(&self.name).to_string();
        // A map of a string and a number is always JSON.
        let payload = serde_json::to_vec(delivery).unwrap_or_default();
        // The key is what makes an equal push a no-op; an equal id alone would be an error.
        TaskBuilder::new(payload)
            .task_id(TaskId::from_string(&id))
            .idempotency_key(&id)
            .build()
    }
}

/// Hands one task to `handler`, and returns when that is done, whatever became of it.
async fn deliver(payload: Value, starts: usize, running: Running, handler: Arc<dyn Handler>) {
    let delivery: Delivery = match serde_json::from_value(payload) {
        Ok(delivery) => delivery,
        Err(error) => return warn!(%error, "ignoring a delivery that cannot be read"),
    };
    if starts > MAX_STARTS {
        return warn!(?delivery, starts, "ignoring a delivery whose workers keep dying");
    }
    running.handle(delivery, handler, || {}).await;
}

async fn hand_back(pool: &SqlitePool, worker: &str) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE Jobs SET status = 'Pending', lock_by = NULL, lock_at = NULL
         WHERE lock_by = ?1 AND status IN ('Queued', 'Running')",
    )
    .bind(worker)
    .execute(pool)
    .await?;
    Ok(())
}
