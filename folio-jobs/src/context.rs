//! What all parts of the jobs share.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use folio_core::store::{OpsStore, Row, Store, Table};
use folio_core::{Policy, Portfolio, PriceBook, Tracker, Valuation};
use jiff::Timestamp;
use tokio::sync::{Notify, RwLock, watch};

use crate::config::JobsConfig;
use crate::dispatch::Work;
use crate::lease::{Halt, Lease};
use crate::pulse::Pulse;
use crate::queue::JobQueue;

/// How a portfolio is valued.
pub(crate) type ValueFn = fn(&Portfolio, &PriceBook, Policy, Timestamp) -> Valuation;

/// What all parts of the jobs share.
#[derive(Debug)]
pub(crate) struct Context {
    pub tracker: Tracker,
    /// The tracker's store, as what the records of running are kept in.
    pub records: Arc<dyn OpsStore>,
    pub queue: Arc<dyn JobQueue>,
    pub config: JobsConfig,
    pub value: ValueFn,
    /// Whose turn it is to be pushed first in a pass: messages or chunks.
    pub messages_first: AtomicBool,
    /// Wakes the dispatcher before its time.
    pub wake: Notify,
    /// A chunk whose worker died goes portfolio by portfolio with nothing else beside it, so that a
    /// portfolio that ends the process is the one at hand and no other.
    pub alone: RwLock<()>,
    /// The seconds up to which the schedules need nothing, as far as this process knows.
    pub settled: [AtomicI64; 2],
    /// Signs of life of the loops.
    pub pulse: Pulse,
    stopping: watch::Sender<bool>,
}

impl Context {
    pub(crate) fn new(tracker: Tracker, queue: Arc<dyn JobQueue>, config: JobsConfig) -> Self {
        let store: Arc<dyn Store> = Arc::clone(tracker.store());
        Self {
            tracker,
            records: store,
            queue,
            config,
            value: folio_core::value,
            messages_first: AtomicBool::new(true),
            wake: Notify::new(),
            alone: RwLock::new(()),
            settled: [AtomicI64::new(i64::MIN), AtomicI64::new(i64::MIN)],
            pulse: Pulse::default(),
            stopping: watch::Sender::new(false),
        }
    }

    pub(crate) fn store(&self) -> &Arc<dyn Store> {
        self.tracker.store()
    }

    /// The records of one kind.
    pub(crate) fn table<T: Row>(&self) -> Table<'_, T> {
        Table::new(&*self.records)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.tracker.clock().now()
    }

    /// Takes a row if a delivery of `attempt` may start it.
    pub(crate) async fn take<T: Work>(&self, key: &str, attempt: u32) -> folio_core::Result<Option<Lease<T>>> {
        Lease::take(
            Arc::clone(&self.records),
            Arc::clone(self.tracker.clock()),
            key,
            attempt,
        )
        .await
    }

    /// Asks everything to come to an end, or takes that back.
    pub(crate) fn set_stopping(&self, stopping: bool) {
        self.stopping.send_replace(stopping);
    }

    /// Comes when everything is to end.
    pub(crate) async fn stopped(&self) {
        let mut stopping = self.stopping.subscribe();
        // The sender lives in `self`, so it cannot be gone.
        let _ = stopping.wait_for(|stopping| *stopping).await;
    }

    /// Ends work between two steps when everything is to end.
    pub(crate) fn go_on(&self) -> Result<(), Halt> {
        if *self.stopping.borrow() {
            Err(Halt::Stopping)
        } else {
            Ok(())
        }
    }

    /// Waits for `work` unless everything is to end.
    pub(crate) async fn unless_stopping<O>(&self, work: impl Future<Output = O>) -> Result<O, Halt> {
        tokio::select! {
            output = work => Ok(output),
            () = self.stopped() => Err(Halt::Stopping),
        }
    }

    pub(crate) fn settled(&self, which: usize) -> i64 {
        self.settled[which].load(Ordering::Relaxed)
    }

    pub(crate) fn settle(&self, which: usize, until: Timestamp) {
        self.settled[which].fetch_max(until.as_second(), Ordering::Relaxed);
    }
}
