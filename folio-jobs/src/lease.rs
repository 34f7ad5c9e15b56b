//! Holding a row while it is worked on.

use std::sync::Arc;

use folio_core::store::{OpsStore, Table, Versioned};
use folio_core::{Clock, Error, Result};
use tokio::time::{Instant, interval_at};
use tracing::debug;

use crate::dispatch::{HEARTBEAT, Work};

/// Why work on a row ends early.
#[derive(Debug)]
pub(crate) enum Halt {
    /// The row is somebody else's by now: nothing more may be written to it.
    Lost,
    /// The process is about to end; what is left goes to another one.
    Stopping,
    /// It failed.
    Failed(Error),
}

impl From<Error> for Halt {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// A row that one start of one attempt works on.
pub(crate) struct Lease<T> {
    store: Arc<dyn OpsStore>,
    clock: Arc<dyn Clock>,
    row: Versioned<T>,
    attempt: u32,
}

impl<T: Work> Lease<T> {
    /// Takes the row if a delivery of `attempt` may start it.
    pub(crate) async fn take(
        store: Arc<dyn OpsStore>,
        clock: Arc<dyn Clock>,
        key: &str,
        attempt: u32,
    ) -> Result<Option<Self>> {
        let table = Table::<T>::new(&*store);
        loop {
            let Some(mut row) = table.get(key).await? else {
                return Ok(None);
            };
            if !row.dispatch().may_start(attempt) {
                return Ok(None);
            }
            let now = clock.now();
            row.started(now);
            row.dispatch_mut().run(now, T::SILENT_FOR);
            if table.replace(&mut row).await? {
                return Ok(Some(Self {
                    store,
                    clock,
                    row,
                    attempt,
                }));
            }
        }
    }

    /// The row as it was last written or read.
    pub(crate) fn row(&self) -> &T {
        &self.row
    }

    /// Changes the row and gives a sign of life. Somebody who only adds to the row does not take it away:
    /// the change is then made again on what they wrote, so it must say what is to be, not by how much.
    pub(crate) async fn update(&mut self, mut change: impl FnMut(&mut T) + Send) -> Result<(), Halt> {
        let table = Table::<T>::new(&*self.store);
        loop {
            if !self.row.dispatch().is_held(self.attempt) {
                return Err(Halt::Lost);
            }
            let mut row = self.row.clone();
            row.dispatch_mut().run(self.clock.now(), T::SILENT_FOR);
            change(&mut row);
            if table.replace(&mut row).await? {
                self.row = row;
                return Ok(());
            }
            let key = self.row.key();
            self.row = table.get(&key).await?.ok_or(Halt::Lost)?;
        }
    }

    /// Changes the row as [`Lease::update`] does while `work` goes on, then waits for it.
    pub(crate) async fn update_beside<O>(
        &mut self,
        change: impl FnMut(&mut T) + Send,
        work: impl Future<Output = O> + Send,
    ) -> Result<O, Halt> {
        tokio::pin!(work);
        let mut done = None;
        {
            let update = self.update(change);
            tokio::pin!(update);
            loop {
                tokio::select! {
                    biased;
                    updated = &mut update => break updated?,
                    output = &mut work, if done.is_none() => done = Some(output),
                }
            }
        }
        match done {
            Some(output) => Ok(output),
            None => self.keep(work).await,
        }
    }

    /// Waits for `work`, giving signs of life.
    pub(crate) async fn keep<O>(&mut self, work: impl Future<Output = O> + Send) -> Result<O, Halt> {
        let mut beats = interval_at(Instant::now() + HEARTBEAT, HEARTBEAT);
        tokio::pin!(work);
        loop {
            tokio::select! {
                biased;
                output = &mut work => return Ok(output),
                _ = beats.tick() => match self.update(|_| ()).await {
                    // The work itself finds out whether the store is gone for good.
                    Err(Halt::Failed(error)) => debug!(%error, key = self.row.key(), "a sign of life was not written"),
                    Err(halt) => return Err(halt),
                    Ok(()) => {}
                },
            }
        }
    }
}
