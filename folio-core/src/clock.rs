//! The one place where folio learns what time it is.

use std::fmt::Debug;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

/// Tells the time, in UTC and whole milliseconds.
///
/// Everything that decides takes a reading as an argument; everything that needs one asks the clock it
/// was built with, so that a test can put a whole server at the moment a price was recorded.
pub trait Clock: Send + Sync + Debug + 'static {
    /// The present instant, cut to milliseconds.
    fn now(&self) -> Timestamp;
}

/// The clock of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        to_millis(Timestamp::now())
    }
}

/// A clock that stands still until it is set.
///
/// ```
/// use folio_core::{Clock, ManualClock};
///
/// let clock = ManualClock::new("2026-03-01T09:00:00Z".parse()?);
/// clock.advance(jiff::SignedDuration::from_mins(5));
/// assert_eq!(clock.now().to_string(), "2026-03-01T09:05:00Z");
/// # Ok::<(), jiff::Error>(())
/// ```
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// A clock that shows `now`.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        Self(AtomicI64::new(now.as_millisecond()))
    }

    /// Sets the clock, backwards too.
    pub fn set(&self, now: Timestamp) {
        self.0.store(now.as_millisecond(), Ordering::SeqCst);
    }

    /// Moves the clock on by `span`.
    pub fn advance(&self, span: SignedDuration) {
        let millis = i64::try_from(span.as_millis()).unwrap_or(0);
        self.0.fetch_add(millis, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.0.load(Ordering::SeqCst)).unwrap_or(Timestamp::MAX)
    }
}

/// Cuts an instant to whole milliseconds, towards the past.
#[must_use]
pub fn to_millis(instant: Timestamp) -> Timestamp {
    let millis = instant.as_nanosecond().div_euclid(1_000_000);
    i64::try_from(millis)
        .ok()
        .and_then(|millis| Timestamp::from_millisecond(millis).ok())
        .unwrap_or(instant)
}
