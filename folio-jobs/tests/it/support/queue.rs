//! A queue in memory.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use folio_core::Result;
use folio_jobs::queue::{Delivery, Handler, JobQueue, WorkerOptions};
use futures::future::BoxFuture;
use tokio::sync::Notify;
use tokio::task::JoinSet;

#[derive(Debug, Default)]
pub(crate) struct MemoryQueue {
    state: Mutex<State>,
    pushed: Notify,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Delivery>,
    known: HashSet<Delivery>,
    most_waiting: usize,
}

impl MemoryQueue {
    pub(crate) fn pop(&self) -> Option<Delivery> {
        self.state.lock().unwrap().waiting.pop_front()
    }

    /// Loses everything.
    pub(crate) fn flush(&self) {
        let mut state = self.state.lock().unwrap();
        state.waiting.clear();
        state.known.clear();
    }

    /// How many deliveries waited at once at most.
    pub(crate) fn most_waiting(&self) -> usize {
        self.state.lock().unwrap().most_waiting
    }
}

#[async_trait]
impl JobQueue for MemoryQueue {
    async fn push(&self, deliveries: &[Delivery]) -> Result<()> {
        let mut state = self.state.lock().unwrap();
        for delivery in deliveries {
            if state.known.insert(delivery.clone()) {
                state.waiting.push_back(delivery.clone());
            }
        }
        state.most_waiting = state.most_waiting.max(state.waiting.len());
        drop(state);
        self.pushed.notify_waiters();
        Ok(())
    }

    async fn work(
        &self,
        options: WorkerOptions,
        handler: Arc<dyn Handler>,
        shutdown: BoxFuture<'static, ()>,
    ) -> Result<()> {
        let mut running = JoinSet::new();
        tokio::pin!(shutdown);
        loop {
            while running.try_join_next().is_some() {}
            while running.len() < options.concurrency.get() {
                let Some(delivery) = self.pop() else { break };
                let handler = Arc::clone(&handler);
                running.spawn(async move { handler.handle(delivery).await });
            }
            tokio::select! {
                () = &mut shutdown => break,
                Some(_) = running.join_next() => {}
                () = tokio::time::sleep(Duration::from_millis(5)) => {}
                () = self.pushed.notified() => {}
            }
        }
        running.join_all().await;
        Ok(())
    }

    async fn depth(&self) -> Result<u64> {
        Ok(self.state.lock().unwrap().waiting.len() as u64)
    }

    async fn clean(&self, _: Duration) -> Result<u64> {
        Ok(0)
    }
}
