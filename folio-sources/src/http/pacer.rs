//! The least time between two calls of one source.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use folio_core::Deadline;
use tokio::time::{Instant, sleep_until};

/// Lets calls begin one after the other, each at least so long after the one before.
#[derive(Debug, Default)]
pub(crate) struct Pacer {
    spacing: Duration,
    /// When the next call may begin.
    next: Mutex<Option<Instant>>,
}

impl Pacer {
    pub(crate) fn new(spacing: Duration) -> Self {
        Self {
            spacing,
            next: Mutex::default(),
        }
    }

    /// Whether a call could begin before the deadline if it came now.
    pub(crate) fn check(&self, deadline: Deadline) -> Result<(), Duration> {
        let next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        self.begin(*next, deadline).map(drop)
    }

    /// Waits for the next turn; if that comes after the deadline, does not wait and says how far off it is.
    pub(crate) async fn wait(&self, deadline: Deadline) -> Result<(), Duration> {
        let begin = {
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            let begin = self.begin(*next, deadline)?;
            *next = Some(begin + self.spacing);
            begin
        };
        if !self.spacing.is_zero() {
            sleep_until(begin).await;
        }
        Ok(())
    }

    fn begin(&self, next: Option<Instant>, deadline: Deadline) -> Result<Instant, Duration> {
        let now = Instant::now();
        let begin = next.map_or(now, |next| next.max(now));
        if !self.spacing.is_zero() && begin >= deadline.instant() {
            return Err(begin.duration_since(now).max(Duration::from_millis(1)));
        }
        Ok(begin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HALF: Duration = Duration::from_millis(500);

    #[tokio::test(start_paused = true)]
    async fn calls_begin_half_a_second_apart_and_never_after_the_deadline() {
        let pacer = Pacer::new(HALF);
        let deadline = Deadline::after(HALF * 3);
        let start = Instant::now();
        for turn in 0..3 {
            assert_eq!(pacer.check(deadline), Ok(()));
            assert_eq!(pacer.wait(deadline).await, Ok(()));
            assert_eq!(start.elapsed(), HALF * turn);
        }
        // The next turn is at the deadline itself.
        assert_eq!(pacer.check(deadline), Err(HALF));
        assert_eq!(pacer.wait(deadline).await, Err(HALF));
        assert_eq!(start.elapsed(), HALF * 2);
        // Whoever has more time gets the turn that the other could not use.
        assert_eq!(pacer.wait(Deadline::after(HALF * 3)).await, Ok(()));
        assert_eq!(start.elapsed(), HALF * 3);
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_is_not_saved_up() {
        let pacer = Pacer::new(HALF);
        let deadline = Deadline::after(HALF * 100);
        assert_eq!(pacer.wait(deadline).await, Ok(()));
        tokio::time::sleep(HALF * 10).await;
        let start = Instant::now();
        assert_eq!(pacer.wait(deadline).await, Ok(()));
        assert_eq!(start.elapsed(), Duration::ZERO);
        assert_eq!(pacer.wait(deadline).await, Ok(()));
        assert_eq!(start.elapsed(), HALF);
    }

    #[tokio::test(start_paused = true)]
    async fn callers_at_once_take_turns() {
        let pacer = Pacer::new(HALF);
        let start = Instant::now();
        let turns = (0..4).map(|_| async {
            pacer.wait(Deadline::after(HALF * 100)).await.unwrap();
            start.elapsed()
        });
        let turns = futures::future::join_all(turns).await;
        assert_eq!(turns, [0, 1, 2, 3].map(|turn| HALF * turn));
    }
}
