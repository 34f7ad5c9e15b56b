//! The queue itself.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use apalis::layers::WorkerBuilderExt;
use apalis_core::backend::custom::BackendBuilder;
use apalis_core::error::WorkerError;
use apalis_core::task::Task;
use apalis_core::task::builder::TaskBuilder;
use apalis_core::task::task_id::TaskId;
use apalis_core::worker::builder::WorkerBuilder;
use apalis_core::worker::context::WorkerContext;
use async_trait::async_trait;
use folio_core::{Error, ErrorKind, Result};
use futures::future::{BoxFuture, Shared};
use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt, sink, stream};
use redis::aio::MultiplexedConnection;
use redis::{RedisError, RedisResult};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::JoinSet;
use tracing::warn;

use super::config::RedisQueueConfig;
use super::connection::Connection;
use super::keeper::{Held, Keeper};
use super::keys::{BATCH, Keys};
use crate::queue::worker::{self, Running};
use crate::queue::{Delivery, Handler, JobQueue, WorkerOptions};

/// The one setting of Redis' `maxmemory-policy` under which it forgets nothing by itself.
const KEEPS_ALL: &str = "noeviction";

/// A [`JobQueue`] on a Redis server.
///
/// A server that is down, restarted or emptied ends no worker and fails no opening: the rows are in the
/// store, and the dispatcher pushes them again. The server may be that of a cache, but then it must
/// not be allowed to forget: see [`RedisQueue::check`].
#[derive(Debug)]
pub struct RedisQueue {
    name: String,
    keys: Keys,
    connection: Arc<Connection>,
    pushed: Arc<Notify>,
}

impl RedisQueue {
    /// The queue called `name`, whose keys begin with that in braces. The server is not asked yet.
    ///
    /// With `rediss://`, the process must have installed a provider of cryptography for rustls before the
    /// queue is first used.
    ///
    /// # Errors
    /// `NotConfigured` when the address or the file of authorities is no good.
    pub fn open(config: &RedisQueueConfig, name: impl Into<String>) -> Result<Self> {
        let name = name.into();
        let client = config.client().map_err(|error| error.with_context("queue", &name))?;
        Ok(Self {
            keys: Keys::new(&name),
            name,
            connection: Arc::new(Connection::new(client)),
            pushed: Arc::default(),
        })
    }

    /// What is wrong with how the server is set up, in sentences for the operator; empty when nothing is.
    ///
    /// # Errors
    /// `Unavailable` when the server is out of reach or says nothing of itself.
    pub async fn check(&self) -> Result<Vec<String>> {
        // Not by CONFIG GET, which many who rent out servers do not allow.
        let memory: String = self
            .ask("queue.check", async |connection| {
                redis::cmd("INFO").arg("memory").query_async(connection).await
            })
            .await?;
        let policy = memory
            .lines()
            .find_map(|line| line.trim().strip_prefix("maxmemory_policy:"));
        Ok(match policy {
            Some(KEEPS_ALL) => Vec::new(),
            Some(policy) => vec![format!(
                "maxmemory-policy of the queue's Redis server is {policy}: short of memory it would throw away what \
                 waits in the queue, which then starts a minute late; set maxmemory-policy {KEEPS_ALL}"
            )],
            None => vec![format!(
                "the queue's Redis server does not tell its maxmemory-policy, which must be {KEEPS_ALL}"
            )],
        })
    }

    async fn ask<T>(
        &self,
        operation: &'static str,
        question: impl AsyncFnOnce(&mut MultiplexedConnection) -> RedisResult<T>,
    ) -> Result<T> {
        self.connection
            .ask(question)
            .await
            .map_err(|error| self.unavailable(operation, error))
    }

    fn unavailable(&self, operation: &'static str, error: RedisError) -> Error {
        Error::new(ErrorKind::Unavailable, "the job queue does not work")
            .with_operation(operation)
            .with_context("queue", &self.name)
            .with_source(error)
    }

    /// Runs one worker until `shutdown`.
    async fn run_worker(
        &self,
        options: &WorkerOptions,
        handler: Arc<dyn Handler>,
        shutdown: Shared<BoxFuture<'static, ()>>,
    ) -> Result<(), WorkerError> {
        let name = worker::new_name(options);
        let running = Running::default();
        let (tasks, fetched) = mpsc::unbounded_channel();
        let (end, finished) = mpsc::unbounded_channel();
        let (stop, stopped) = oneshot::channel();
        let keeper = Keeper {
            connection: Arc::clone(&self.connection),
            keys: self.keys.clone(),
            worker: name.clone(),
            places: options.concurrency.get(),
            pushed: Arc::clone(&self.pushed),
            tasks,
            finished,
            held: Held::default(),
        };
        let mut keeping = JoinSet::new();
        keeping.spawn(keeper.run(shutdown.clone(), stopped));

        // The backend is made once, and its stream is what it is made for.
        let fetched = std::sync::Mutex::new(Some(self.tasks(fetched)));
        let backend = BackendBuilder::new()
            .database(())
            .fetcher(move |(), (), _| match fetched.lock() {
                Ok(mut fetched) => fetched.take().unwrap_or_else(|| stream::empty().boxed()),
                Err(_) => stream::empty().boxed(),
            })
            .sink(|(), ()| sink::drain::<Task<Delivery>>())
            .build()
            .map_err(|error| WorkerError::BackendError(error.into()))?;
        let context = WorkerContext::new(&name);
        let worker = WorkerBuilder::new(&context)
            .backend(backend)
            .concurrency(options.concurrency.get())
            .build({
                let running = running.clone();
                move |delivery: Delivery| {
                    let (running, handler, end) = (running.clone(), Arc::clone(&handler), end.clone());
                    async move {
                        let done = delivery.clone();
                        let ended = move || _ = end.send(done);
                        running.handle(delivery, handler, ended).await;
                    }
                }
            });
        let result = worker::run_until(worker.run().boxed(), &context, shutdown).await;
        running.finish().await;
        drop(stop);
        keeping.join_next().await;
        result
    }

    /// What the keeper fetches, as apalis takes it.
    fn tasks(
        &self,
        fetched: mpsc::UnboundedReceiver<Delivery>,
    ) -> BoxStream<'static, Result<Option<Task<Delivery>>, Infallible>> {
        let name = self.name.clone();
        stream::unfold((fetched, name), |(mut fetched, name)| async move {
            let delivery: Delivery = fetched.recv().await?;
            let id = TaskId::from_string(delivery.id(&name).to_string());
            let task = TaskBuilder::new(delivery).task_id(id).build();
            Some((Ok(Some(task)), (fetched, name)))
        })
        .boxed()
    }
}

#[async_trait]
impl JobQueue for RedisQueue {
    async fn push(&self, deliveries: &[Delivery]) -> Result<()> {
        let items: Vec<_> = deliveries.iter().map(Delivery::to_json).collect();
        for batch in items.chunks(BATCH) {
            self.ask("queue.push", async |connection| self.keys.push(connection, batch).await)
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
            let handler = Arc::clone(&handler);
            if let Err(error) = self.run_worker(&options, handler, shutdown.clone()).await {
                warn!(queue = self.name, %error, "a worker of the queue ended");
            }
        })
        .await;
        Ok(())
    }

    async fn depth(&self) -> Result<u64> {
        self.ask("queue.depth", async |connection| self.keys.waiting(connection).await)
            .await
    }

    async fn clean(&self, keep: Duration) -> Result<u64> {
        let mut removed = 0;
        loop {
            let batch = self
                .ask("queue.clean", async |connection| {
                    self.keys.clean(connection, keep).await
                })
                .await?;
            removed += batch;
            if batch < BATCH as u64 {
                return Ok(removed);
            }
        }
    }
}
