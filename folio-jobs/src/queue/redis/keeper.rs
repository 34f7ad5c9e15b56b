//! The part of a worker that talks to Redis.

use std::collections::BTreeSet;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use redis::RedisResult;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::sync::{Notify, oneshot};
use tokio::time::{Instant, sleep, timeout};
use tracing::{info, warn};

use super::connection::Connection;
use super::keys::{Keys, Turn};
use super::watch::Watch;
use crate::queue::Delivery;
use crate::queue::worker::{HEARTBEAT, MAX_STARTS, POLL};

/// Between two tries while the server is out of reach.
const RETRY: Duration = Duration::from_millis(500);

/// What one worker holds in Redis, fetched into its free places and given up when it is finished.
///
/// It never ends over an error: what could not be said is said at the next turn, and what the server
/// made of a turn whose answer was lost is put right by the one after it.
pub(super) struct Keeper {
    pub(super) connection: Arc<Connection>,
    pub(super) keys: Keys,
    pub(super) worker: String,
    pub(super) places: usize,
    pub(super) pushed: Arc<Notify>,
    pub(super) tasks: UnboundedSender<Delivery>,
    pub(super) finished: UnboundedReceiver<Delivery>,
    pub(super) held: Held,
}

/// What the worker has.
#[derive(Debug, Default)]
pub(super) struct Held {
    kept: BTreeSet<String>,
    /// Finished, and the server does not know it yet.
    finished: BTreeSet<String>,
    watch: Watch,
    is_out_of_reach: bool,
}

impl Keeper {
    /// Keeps on until `stop`; from `shutdown` on nothing new is fetched.
    pub(super) async fn run(mut self, shutdown: impl Future<Output = ()>, stop: oneshot::Receiver<()>) {
        let (mut shutdown, mut stop) = (pin!(shutdown), pin!(stop));
        let pushed = Arc::clone(&self.pushed);
        let (mut fetches, mut looked) = (true, Instant::now());
        loop {
            // Listens before it looks, so that no push comes between the two.
            let mut pushed = pin!(pushed.notified());
            pushed.as_mut().enable();
            fetches &= !self.tasks.is_closed();
            let free = if fetches {
                self.places.saturating_sub(self.held.kept.len())
            } else {
                0
            };
            let mut turned = self.turn(&Turn::Lives(free)).await;
            if turned.is_ok() && looked.elapsed() >= HEARTBEAT {
                looked = Instant::now();
                turned = self.take_over().await;
            }
            self.note(&turned);
            let pause = match (&turned, fetches && self.held.kept.len() < self.places) {
                (Err(_), _) => RETRY,
                (Ok(()), true) => POLL,
                (Ok(()), false) => HEARTBEAT,
            };
            let failed = turned.is_err();
            tokio::select! {
                biased;
                _ = &mut stop => return self.leave().await,
                () = &mut shutdown, if fetches => fetches = false,
                Some(delivery) = self.finished.recv(), if !failed => self.finish(&delivery),
                () = &mut pushed, if !failed && fetches && self.held.kept.len() < self.places => {}
                () = sleep(pause) => {}
            }
            while let Ok(delivery) = self.finished.try_recv() {
                self.finish(&delivery);
            }
        }
    }

    fn finish(&mut self, delivery: &Delivery) {
        let item = delivery.to_json();
        self.held.kept.remove(&item);
        self.held.finished.insert(item);
    }

    /// Tells the server how things are, and starts what it gives.
    async fn turn(&mut self, turn: &Turn) -> RedisResult<()> {
        let finished: Vec<_> = self.held.finished.iter().cloned().collect();
        let kept: Vec<_> = self.held.kept.iter().cloned().collect();
        let (keys, worker) = (&self.keys, &self.worker);
        let items = self
            .connection
            .ask(async |connection| keys.turn(connection, worker, turn, &finished, &kept).await)
            .await?;
        self.held.finished.clear();
        for item in items {
            match serde_json::from_str(&item) {
                Ok(delivery) => {
                    // What a worker that has ended cannot take goes back at the next turn.
                    if self.tasks.send(delivery).is_ok() {
                        self.held.kept.insert(item);
                    }
                }
                Err(error) => {
                    warn!(item, %error, "ignoring a delivery that cannot be read");
                    self.held.finished.insert(item);
                }
            }
        }
        Ok(())
    }

    /// Makes available again what the dead hold.
    async fn take_over(&mut self) -> RedisResult<()> {
        let keys = &self.keys;
        let mut workers = self
            .connection
            .ask(async |connection| keys.workers(connection).await)
            .await?;
        workers.retain(|(worker, _)| *worker != self.worker);
        for (worker, seen) in self.held.watch.look(workers, Instant::now()) {
            info!(worker, "a worker of the queue is dead; others get what it held");
            let part = async || {
                self.connection
                    .ask(async |connection| keys.take_over(connection, &worker, &seen, MAX_STARTS).await)
                    .await
            };
            while part().await? {}
        }
        Ok(())
    }

    /// Says once that the server is out of reach, and once that it is back.
    fn note(&mut self, turned: &RedisResult<()>) {
        match turned {
            Err(error) => {
                if !self.held.is_out_of_reach {
                    warn!(worker = self.worker, %error, "the queue is out of reach; what runs goes on");
                }
                self.held.watch.forget();
            }
            Ok(()) if self.held.is_out_of_reach => info!(worker = self.worker, "the queue is back"),
            Ok(()) => {}
        }
        self.held.is_out_of_reach = turned.is_err();
    }

    /// Ends the worker in Redis too, so that others get at once what it did not finish.
    async fn leave(mut self) {
        while let Ok(delivery) = self.finished.try_recv() {
            self.finish(&delivery);
        }
        self.held.kept.clear();
        // If this fails, others wait until it is taken for dead.
        let left = timeout(RETRY * 4, self.turn(&Turn::Ends)).await;
        if let Ok(Err(error)) = left {
            warn!(worker = self.worker, %error, "the worker's deliveries were not handed back");
        }
    }
}
