//! A queue, its worker, and what it delivers.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use folio_jobs::queue::{Delivery, Handler, JobQueue, RedisQueue, RedisQueueConfig, WorkerOptions};
use folio_testkit::RedisServer;
use futures::FutureExt;
use redis::Client;
use redis::aio::MultiplexedConnection;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

pub(crate) const NAME: &str = "folio:test";

pub(crate) fn open(url: &str) -> RedisQueue {
    RedisQueue::open(&RedisQueueConfig::from_url(url).unwrap(), NAME).unwrap()
}

pub(crate) async fn connect(server: &RedisServer) -> MultiplexedConnection {
    let client = Client::open(server.url()).unwrap();
    client.get_multiplexed_async_connection().await.unwrap()
}

pub(crate) fn key(part: &str) -> String {
    format!("{{{NAME}}}:{part}")
}

/// As the queue keeps it.
pub(crate) fn item(row: &str, attempt: u32) -> String {
    format!(r#"{{"row":"{row}","attempt":{attempt}}}"#)
}

pub(crate) fn deliveries(prefix: &str, count: usize) -> Vec<Delivery> {
    (0..count).map(|n| Delivery::new(format!("{prefix}:{n}"), 1)).collect()
}

/// Waits until a condition holds, far beyond what a slow machine needs.
pub(crate) async fn until<F: Future<Output = bool>>(what: &str, mut condition: impl FnMut() -> F) {
    let waiting = async {
        while !condition().await {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(Duration::from_secs(60), waiting)
        .await
        .unwrap_or_else(|_| panic!("in vain waited until {what}"));
}

/// Takes down what it is given, and ends held rows only when they are released.
#[derive(Clone, Debug)]
pub(crate) struct Inbox {
    log: Arc<Mutex<Log>>,
    held: tokio::sync::watch::Sender<Option<String>>,
}

#[derive(Debug, Default)]
struct Log {
    started: BTreeMap<Delivery, usize>,
    ended: usize,
}

impl Default for Inbox {
    fn default() -> Self {
        Self {
            log: Arc::default(),
            held: tokio::sync::watch::Sender::new(None),
        }
    }
}

impl Inbox {
    pub(crate) fn holding(row: &str) -> Self {
        let inbox = Self::default();
        inbox.held.send_replace(Some(row.to_owned()));
        inbox
    }

    pub(crate) fn release(&self) {
        self.held.send_replace(None);
    }

    pub(crate) fn counts(&self) -> BTreeMap<Delivery, usize> {
        self.log.lock().unwrap().started.clone()
    }

    pub(crate) fn ended(&self) -> usize {
        self.log.lock().unwrap().ended
    }

    pub(crate) async fn wait_for(&self, row: &str, attempt: u32) {
        let delivery = Delivery::new(row, attempt);
        let what = format!("{delivery:?} arrives");
        until(&what, || async {
            self.log.lock().unwrap().started.contains_key(&delivery)
        })
        .await;
    }
}

#[async_trait]
impl Handler for Inbox {
    async fn handle(&self, delivery: Delivery) {
        *self.log.lock().unwrap().started.entry(delivery.clone()).or_insert(0) += 1;
        let mut held = self.held.subscribe();
        let free = held.wait_for(|held| held.as_ref() != Some(&delivery.row)).await;
        drop(free.expect("the inbox is there"));
        self.log.lock().unwrap().ended += 1;
    }
}

pub(crate) struct Worker {
    work: JoinHandle<folio_core::Result<()>>,
    stop: oneshot::Sender<()>,
}

impl Worker {
    pub(crate) fn start(queue: &Arc<RedisQueue>, concurrency: usize, inbox: &Inbox) -> Self {
        let (queue, inbox) = (Arc::clone(queue), inbox.clone());
        let (stop, stopped) = oneshot::channel::<()>();
        let options = WorkerOptions::new(NonZeroUsize::new(concurrency).unwrap(), "test");
        let shutdown = stopped.map(drop).boxed();
        let work = tokio::spawn(async move { queue.work(options, Arc::new(inbox), shutdown).await });
        Self { work, stop }
    }

    pub(crate) async fn stop(self) {
        drop(self.stop);
        let work = timeout(Duration::from_secs(60), self.work).await;
        work.expect("the worker stops").unwrap().unwrap();
    }
}
