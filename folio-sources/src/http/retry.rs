//! When a call is tried again, and after how long.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

/// How often one call is made at most.
pub(crate) const MAX_ATTEMPTS: u32 = 3;

/// The greatest delay before the second attempt; it doubles from there.
const BASE: Duration = Duration::from_millis(250);
/// What a vendor may ask for at most, so that a nonsensical header does not close a source for ever.
const LONGEST: Duration = Duration::from_secs(86_400);

/// A random delay before attempt `attempt` (from 2), between nothing and twice as much each time, so
/// that callers who failed together do not come back together ("full jitter").
pub(crate) fn backoff(attempt: u32) -> Duration {
    let most = BASE * (1 << attempt.saturating_sub(2).min(4));
    most * fastrand::u32(0..=1000) / 1000
}

/// Reads a `Retry-After` header, seconds or an HTTP date, as the delay from `now`; at least a second,
/// at most a day.
pub(crate) fn parse_retry_after(text: &str, now: Timestamp) -> Option<Duration> {
    let text = text.trim();
    let delay = match text.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let at = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
            Duration::try_from(at.duration_since(now)).unwrap_or_default()
        }
    };
    Some(delay.clamp(Duration::from_secs(1), LONGEST))
}

/// How many retries a source may have: ten at first, then one for every ten calls.
///
/// A vendor that is down gets at most a tenth more calls than one that works.
#[derive(Debug)]
pub(crate) struct RetryBudget(Mutex<u32>);

impl RetryBudget {
    /// In tenths of a retry.
    const FULL: u32 = 100;
    const RETRY: u32 = 10;

    pub(crate) fn note_call(&self) {
        let mut tenths = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *tenths = (*tenths + 1).min(Self::FULL);
    }

    /// Takes one retry, if one is left.
    pub(crate) fn take(&self) -> bool {
        let mut tenths = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match tenths.checked_sub(Self::RETRY) {
            Some(left) => {
                *tenths = left;
                true
            }
            None => false,
        }
    }
}

impl Default for RetryBudget {
    fn default() -> Self {
        Self(Mutex::new(Self::FULL))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = "1994-11-06T08:49:00Z".parse().unwrap();
        let check = |text: &str, seconds: Option<u64>| {
            assert_eq!(
                parse_retry_after(text, now),
                seconds.map(Duration::from_secs),
                "{text:?}"
            );
        };
        check("119", Some(119));
        check(" 5 ", Some(5));
        check("0", Some(1));
        check("999999999999", Some(86_400));
        check("Sun, 06 Nov 1994 08:49:37 GMT", Some(37));
        check("Sun, 06 Nov 1994 08:00:00 GMT", Some(1));
        check("soon", None);
        check("-1", None);
        check("1.5", None);
    }

    #[test]
    fn retries_are_a_tenth_of_the_calls_once_the_first_ten_are_gone() {
        let budget = RetryBudget::default();
        let retries = |calls: usize| {
            (0..calls)
                .map(|_| {
                    budget.note_call();
                    usize::from(budget.take()) + usize::from(budget.take())
                })
                .sum::<usize>()
        };
        assert!(retries(10) >= 10);
        assert_eq!(retries(1000), 100);
    }

    #[test]
    fn the_backoff_stays_below_its_bound() {
        for (attempt, most) in [(2, 250), (3, 500)] {
            assert!((0..100).all(|_| backoff(attempt) <= Duration::from_millis(most)));
        }
    }
}
