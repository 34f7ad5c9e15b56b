//! Holding a row while it is worked on.

use std::pin::Pin;
use std::sync::Arc;

use folio_core::store::{OpsStore, Table, Versioned};
use folio_core::{Clock, Error, Result};
use tokio::time::{Instant, MissedTickBehavior, interval_at};
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
        beside(self.update(change), work.as_mut(), &mut done).await?;
        match done {
            Some(output) => Ok(output),
            None => self.keep(work).await,
        }
    }

    /// Waits for `work`, giving signs of life.
    pub(crate) async fn keep<O>(&mut self, work: impl Future<Output = O> + Send) -> Result<O, Halt> {
        let mut beats = interval_at(Instant::now() + HEARTBEAT, HEARTBEAT);
        // A sign that was late is given once.
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        tokio::pin!(work);
        loop {
            tokio::select! {
                biased;
                output = &mut work => return Ok(output),
                _ = beats.tick() => {}
            }
            let mut done = None;
            match beside(self.update(|_| ()), work.as_mut(), &mut done).await {
                // The work itself finds out whether the store is gone for good.
                Err(Halt::Failed(error)) => debug!(%error, key = self.row.key(), "a sign of life was not written"),
                Err(halt) => return Err(halt),
                Ok(()) => {}
            }
            if let Some(output) = done {
                return Ok(output);
            }
        }
    }
}

/// Waits for `update` and lets `work` go on meanwhile: it may hold what the update waits for, such as the one
/// connection that writes.
async fn beside<U, O>(
    update: impl Future<Output = U>,
    mut work: Pin<&mut (impl Future<Output = O> + Send)>,
    done: &mut Option<O>,
) -> U {
    tokio::pin!(update);
    loop {
        tokio::select! {
            biased;
            updated = &mut update => return updated,
            output = &mut work, if done.is_none() => *done = Some(output),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    use tokio::sync::Mutex;
    use tokio::time::sleep;

    #[tokio::test(start_paused = true)]
    async fn a_sign_of_life_waits_for_what_the_work_holds() {
        let writer = Mutex::new(());
        let work = async {
            let _held = writer.lock().await;
            sleep(Duration::from_secs(60)).await;
            "worked"
        };
        tokio::pin!(work);
        // The work has the writer by the time of the first sign.
        tokio::select! {
            _ = &mut work => unreachable!("it takes a minute"),
            () = sleep(HEARTBEAT) => {}
        }
        let mut done = None;
        let update = async {
            let _free = writer.lock().await;
            "updated"
        };
        assert_eq!(beside(update, work.as_mut(), &mut done).await, "updated");
        assert_eq!(done, Some("worked"));
    }
}
