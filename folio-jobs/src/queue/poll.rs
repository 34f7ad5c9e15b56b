//! When an idle worker of the SQLite queue looks for tasks.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use apalis_core::backend::ext::poll_strategy::{PollSnapshot, PollStrategy};
use tokio::sync::Notify;
use tokio::sync::futures::OwnedNotified;
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::worker::POLL;

/// Has an idle worker look for tasks at an interval and after each push of this process.
///
/// apalis' own interval strategy does not poll the timer it has just renewed, so nothing wakes it
/// again: an idle worker sleeps until its next heartbeat.
pub(super) struct PollUntilPending {
    interval: Interval,
    pushed: Arc<Notify>,
    push: Pin<Box<OwnedNotified>>,
}

impl PollUntilPending {
    pub(super) fn new(pushed: Arc<Notify>) -> Self {
        let mut interval = interval(POLL);
        interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let push = Box::pin(Arc::clone(&pushed).notified_owned());
        Self { interval, pushed, push }
    }

    fn poll_push(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        ready!(self.push.as_mut().poll(cx));
        self.push = Box::pin(Arc::clone(&self.pushed).notified_owned());
        Poll::Ready(())
    }
}

impl PollStrategy for PollUntilPending {
    fn poll_drive(&mut self, cx: &mut Context<'_>, _: &PollSnapshot) -> Poll<Option<()>> {
        while self.interval.poll_tick(cx).is_ready() {}
        while self.poll_push(cx).is_ready() {}
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    use tokio::time::sleep;

    use super::*;

    #[derive(Default)]
    struct Wakes(AtomicUsize);

    impl Wake for Wakes {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_idle_worker_is_woken_again_and_again() {
        let pushed = Arc::new(Notify::new());
        let mut strategy = PollUntilPending::new(Arc::clone(&pushed));
        let wakes = Arc::new(Wakes::default());
        let waker = Arc::clone(&wakes).into();
        let mut drive = || {
            let mut context = Context::from_waker(&waker);
            assert!(strategy.poll_drive(&mut context, &PollSnapshot::new()).is_pending());
            wakes.0.swap(0, Ordering::SeqCst)
        };
        drive();
        for _ in 0..5 {
            sleep(POLL * 2).await;
            assert_eq!(drive(), 1, "by the interval");
        }
        for _ in 0..5 {
            pushed.notify_waiters();
            assert_eq!(drive(), 1, "by a push");
            assert_eq!(drive(), 0, "by nothing");
        }
    }
}
