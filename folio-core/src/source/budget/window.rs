//! The calls of the last sixty seconds.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The span of the window, in milliseconds.
const SPAN: i64 = 60_000;

/// When calls were allowed, in milliseconds since the epoch, and how many; oldest first.
///
/// Those of one second are one entry at the time of the last of them, so that the cost of a call does not
/// grow with the limit. That is towards strictness: a call may count for up to a second more than sixty,
/// never for less.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Window(Vec<(i64, u32)>);

impl Window {
    /// Forgets what is more than a minute old; whether the clock was set back since the last call.
    ///
    /// A call of the next minute may be another process's, whose clock is ahead. One that is later was
    /// noted under a clock that has since been set back: it counts as made now, or nobody would call until
    /// that time came again.
    pub(super) fn bring_to(&mut self, now: Timestamp) -> bool {
        let now = now.as_millisecond();
        let old = self.0.partition_point(|(at, _)| *at <= now - SPAN);
        self.0.drain(..old);
        let ahead = self.0.partition_point(|(at, _)| *at <= now + SPAN);
        if ahead == self.0.len() {
            return false;
        }
        let calls = self
            .0
            .drain(ahead..)
            .map(|(_, calls)| calls)
            .fold(0, u32::saturating_add);
        self.add(now, calls);
        true
    }

    /// How many calls are in the window.
    pub(super) fn used(&self) -> u32 {
        self.0.iter().map(|(_, calls)| *calls).fold(0, u32::saturating_add)
    }

    /// When `cost` more are at most `allowed`; `None` if they are at this moment.
    pub(super) fn free_at(&self, allowed: u32, cost: u32) -> Option<Timestamp> {
        let mut excess = self.used().saturating_add(cost).saturating_sub(allowed);
        if excess == 0 {
            return None;
        }
        let (at, _) = self.0.iter().find(|(_, calls)| {
            excess = excess.saturating_sub(*calls);
            excess == 0
        })?;
        Some(Timestamp::from_millisecond(at + SPAN).unwrap_or(Timestamp::MAX))
    }

    /// Notes calls. None is ever before the last one: while a clock is a little behind, that is when they
    /// are noted.
    pub(super) fn add(&mut self, at: i64, calls: u32) {
        let Some((last, counted)) = self.0.last_mut() else {
            self.0.push((at, calls));
            return;
        };
        let at = at.max(*last);
        if at.div_euclid(1000) == last.div_euclid(1000) {
            *last = at;
            *counted = counted.saturating_add(calls);
        } else {
            self.0.push((at, calls));
        }
    }
}
