//! What the workers of all queues have in common.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use apalis_core::error::WorkerError;
use apalis_core::worker::context::WorkerContext;
use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tracing::warn;
use uuid::Uuid;

use super::{Delivery, Handler, WorkerOptions};

/// A worker is dead after `HEARTBEAT * MISSED` of silence. An SQLite file keeps whole seconds, and a
/// busy machine must have time to breathe, so this is as short as it can safely be.
pub(super) const HEARTBEAT: Duration = Duration::from_secs(2);
pub(super) const MISSED: usize = 3;

/// How soon a push of another process is seen; one of this process wakes its workers itself.
pub(super) const POLL: Duration = Duration::from_millis(200);

/// How often one delivery is started before it ends unhandled. apalis has no such bound for
/// deliveries whose worker died, so one that kills its process would do so for ever. Ending it loses
/// nothing: the dispatcher pushes its row again if the row still needs it.
pub(super) const MAX_STARTS: usize = 10;

/// Between the end of a worker that failed and the start of the next.
const RESTART_DELAY: Duration = Duration::from_millis(500);

/// A name that no worker has had: a queue may hold that of a dead one.
pub(super) fn new_name(options: &WorkerOptions) -> String {
    format!("{}-{}", options.name_prefix, Uuid::new_v4().simple())
}

/// Runs one worker after another until `shutdown`.
pub(super) async fn again_until<F: Future<Output = ()>>(
    shutdown: impl Future<Output = ()> + Clone,
    mut run: impl FnMut() -> F,
) {
    loop {
        run().await;
        tokio::select! {
            biased;
            () = shutdown.clone() => return,
            () = sleep(RESTART_DELAY) => {}
        }
    }
}

/// Runs a worker until it ends, which it is asked to do at `shutdown`.
pub(super) async fn run_until(
    mut run: BoxFuture<'_, Result<(), WorkerError>>,
    context: &WorkerContext,
    shutdown: impl Future<Output = ()>,
) -> Result<(), WorkerError> {
    tokio::select! {
        // The order matters: a worker that has not been polled yet cannot be stopped.
        biased;
        result = &mut run => result,
        () = shutdown => {
            let _ = context.stop();
            run.await
        }
    }
}

/// The handlers of one worker, as tasks of their own: they use all cores, and an error of the queue,
/// upon which apalis drops what it runs, does not cut them off.
#[derive(Clone, Debug, Default)]
pub(super) struct Running(Arc<Mutex<JoinSet<()>>>);

impl Running {
    /// Hands a delivery to `handler`, and returns when that is done, whatever became of it, and `ended` was called.
    pub(super) async fn handle(
        &self,
        delivery: Delivery,
        handler: Arc<dyn Handler>,
        ended: impl FnOnce() + Send + 'static,
    ) {
        self.run(async move {
            let handled = AssertUnwindSafe(async { handler.handle(delivery.clone()).await });
            if let Err(panic) = handled.catch_unwind().await {
                let message = panic
                    .downcast_ref::<&str>()
                    .copied()
                    .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
                    .unwrap_or("?");
                warn!(?delivery, message, "the handler of a delivery panicked");
            }
            ended();
        })
        .await;
    }

    /// Starts `work` and waits for its end.
    async fn run(&self, work: impl Future<Output = ()> + Send + 'static) {
        let (ended, end) = oneshot::channel::<()>();
        {
            let mut tasks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            while tasks.try_join_next().is_some() {}
            tasks.spawn(async move {
                let _ended = ended;
                work.await;
            });
        }
        let _ = end.await;
    }

    /// Waits for all that was started.
    pub(super) async fn finish(&self) {
        let tasks = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        tasks.join_all().await;
    }
}
