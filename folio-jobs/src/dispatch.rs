//! Where a row is on its way to a worker and back.

use std::time::Duration;

use folio_core::Error;
use folio_core::store::Row;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ledger::Incident;

/// How long finished rows are kept.
pub(crate) const KEEP: SignedDuration = SignedDuration::from_hours(7 * 24);
/// A row that was pushed and not started for so long is pushed again: the queue lost it.
pub(crate) const PUSHED_FOR: SignedDuration = SignedDuration::from_secs(60);
/// A row that was pushed so long ago and is not started is lost if nothing waits in the queue: a process died
/// between its claim and its push, or the queue lost everything.
const TRANSIT: SignedDuration = SignedDuration::from_secs(10);
/// So much later than now a row may be due that is looked at for that.
pub(crate) const LOOK_AHEAD: SignedDuration = SignedDuration::from_secs(PUSHED_FOR.as_secs() - TRANSIT.as_secs());
/// A row that gave no sign of life for so long is pushed again: its worker is dead.
pub(crate) const SILENT_FOR: SignedDuration = SignedDuration::from_secs(15);
/// How often a worker gives a sign of life.
pub(crate) const HEARTBEAT: Duration = Duration::from_secs(5);

/// The longest delay before another try.
const LONGEST_BACKOFF: SignedDuration = SignedDuration::from_secs(60);
/// The most time that one failed start adds to [`Stall`]: a little more than the longest delay, so that
/// hours of a store out of reach count as next to nothing.
const LONGEST_STALL: SignedDuration = SignedDuration::from_secs(120);
/// Below this a row is never given up.
const PATIENCE: SignedDuration = SignedDuration::from_hours(1);

/// The way of a row to a worker and back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Phase {
    /// It waits until it is due.
    Open,
    /// The queue has it.
    Pushed,
    /// A worker has it.
    Running,
    /// It is finished and never starts again.
    Closed,
}

/// What the dispatcher and the workers know of a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Dispatch {
    /// Where it is.
    pub phase: Phase,
    /// How often it was pushed; a delivery of another attempt is a stale copy.
    pub attempt: u32,
    /// When the dispatcher has to look at it.
    pub due_at: Timestamp,
    /// How many starts failed since the last progress.
    pub failures: u32,
}

impl Dispatch {
    /// A row that is to be pushed at `due_at`.
    pub(crate) fn open(due_at: Timestamp) -> Self {
        Self {
            phase: Phase::Open,
            attempt: 0,
            due_at,
            failures: 0,
        }
    }

    /// The time for the index of unfinished rows.
    pub(crate) fn due_at(&self) -> Option<Timestamp> {
        (self.phase != Phase::Closed).then_some(self.due_at)
    }

    /// Whether the dispatcher has to push it.
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        self.phase != Phase::Closed && self.due_at <= now
    }

    /// Whether it was pushed long enough ago that an empty queue cannot have it any more.
    pub(crate) fn may_be_lost(&self, now: Timestamp) -> bool {
        self.phase == Phase::Pushed && self.due_at - LOOK_AHEAD <= now
    }

    /// Whether a delivery may start. One of a row that runs already may not: if its worker is dead, the
    /// dispatcher finds that out and pushes the next attempt.
    pub(crate) fn may_start(&self, attempt: u32) -> bool {
        self.phase == Phase::Pushed && self.attempt == attempt
    }

    /// Whether the start of this attempt still has the row.
    pub(crate) fn is_held(&self, attempt: u32) -> bool {
        self.phase == Phase::Running && self.attempt == attempt
    }

    /// Raises the attempt before a push.
    pub(crate) fn push(&mut self, now: Timestamp) {
        self.phase = Phase::Pushed;
        self.attempt = self.attempt.saturating_add(1);
        self.due_at = now + PUSHED_FOR;
    }

    /// Starts, or gives a sign of life; the next one comes within `silent_for`.
    pub(crate) fn run(&mut self, now: Timestamp, silent_for: SignedDuration) {
        self.phase = Phase::Running;
        self.due_at = now + silent_for;
    }

    /// Gives the row back, to be pushed at `due_at`.
    pub(crate) fn release(&mut self, due_at: Timestamp) {
        self.phase = Phase::Open;
        self.due_at = due_at;
    }

    /// Gives the row back after a failure.
    pub(crate) fn fail(&mut self, now: Timestamp, error: &Error) {
        self.failures = self.failures.saturating_add(1);
        self.release(now + backoff(self.failures, error));
    }

    /// Finishes the row.
    pub(crate) fn close(&mut self) {
        self.phase = Phase::Closed;
    }
}

/// How long to wait after so many failures in a row: a second, doubled up to a minute; what no waiting
/// mends is looked at once a minute.
fn backoff(failures: u32, error: &Error) -> SignedDuration {
    if !error.is_retryable() {
        return LONGEST_BACKOFF;
    }
    let doubled = SignedDuration::from_secs(1_i64 << failures.saturating_sub(1).min(6));
    let asked = error
        .retry_after()
        .and_then(|delay| SignedDuration::try_from(delay).ok())
        .unwrap_or_default();
    doubled.max(asked).min(LONGEST_BACKOFF)
}

/// For how long a row has been tried without progress while the store could be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stall {
    seconds: i64,
    since: Timestamp,
}

impl Stall {
    /// Progress at `now`.
    pub(crate) fn none(now: Timestamp) -> Self {
        Self { seconds: 0, since: now }
    }

    /// Notes a start that brought no progress; whether the row has stood still for too long, which is
    /// three intervals and never less than an hour.
    pub(crate) fn note(&mut self, now: Timestamp, interval: SignedDuration) -> bool {
        let passed = now
            .duration_since(self.since)
            .clamp(SignedDuration::ZERO, LONGEST_STALL);
        self.seconds += passed.as_secs();
        self.since = now;
        SignedDuration::from_secs(self.seconds) >= (interval * 3).max(PATIENCE)
    }
}

/// A row that workers work on.
pub(crate) trait Work: Row + Clone + 'static {
    /// The word before its key in the queue.
    const WORD: &'static str;
    /// For how long a start may give no sign of life.
    const SILENT_FOR: SignedDuration = SILENT_FOR;

    /// Where it is.
    fn dispatch(&self) -> &Dispatch;

    /// Where it is.
    fn dispatch_mut(&mut self) -> &mut Dispatch;

    /// A start begins.
    fn started(&mut self, now: Timestamp);

    /// A start ended without any outcome: its worker died.
    fn died(&mut self, now: Timestamp, interval: SignedDuration);

    /// A start ended with an error.
    fn failed(&mut self, now: Timestamp, interval: SignedDuration, error: &Error);

    /// What was given up over it, to be named where an operator looks.
    fn losses(&self, now: Timestamp) -> Vec<Loss> {
        let _ = now;
        Vec::new()
    }
}

/// Something that was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Loss {
    /// A portfolio or a whole chunk.
    Part(Incident),
    /// The tick at this instant.
    Tick(Timestamp),
}

/// The name under which a row travels in the queue.
pub(crate) fn queue_key<T: Work>(row: &T) -> String {
    format!("{}/{}", T::WORD, row.key())
}

#[cfg(test)]
mod tests {
    use super::*;
    use folio_core::ErrorKind;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn only_the_pushed_attempt_starts_and_only_once() {
        let now = at("2026-03-01T09:00:00Z");
        let mut row = Dispatch::open(now);
        assert!(row.is_due(now) && !row.may_start(0));
        row.push(now);
        assert_eq!((row.attempt, row.due_at), (1, now + PUSHED_FOR));
        assert!(row.may_start(1) && !row.may_start(0) && !row.may_start(2));
        row.run(now, SILENT_FOR);
        assert!(
            !row.may_start(1),
            "a copy of a running attempt waits for the dispatcher"
        );
        assert!(row.is_held(1) && !row.is_due(now) && row.is_due(now + SILENT_FOR));
        row.push(now + SILENT_FOR);
        assert!(!row.is_held(1) && row.may_start(2));
        row.close();
        assert!(!row.may_start(2) && row.due_at().is_none());
    }

    #[test]
    fn delays_double_up_to_a_minute() {
        let now = at("2026-03-01T09:00:00Z");
        let down = Error::new(ErrorKind::Unavailable, "down");
        let mut row = Dispatch::open(now);
        let mut delays = Vec::new();
        for _ in 0..8 {
            row.fail(now, &down);
            delays.push(row.due_at.duration_since(now).as_secs());
        }
        assert_eq!(delays, [1, 2, 4, 8, 16, 32, 60, 60]);
        let corrupt = Error::new(ErrorKind::CorruptData, "bad row");
        assert_eq!(backoff(1, &corrupt), LONGEST_BACKOFF);
        let asked = down.with_retry_after(Duration::from_secs(30));
        assert_eq!(backoff(1, &asked), SignedDuration::from_secs(30));
    }

    #[test]
    fn an_unreachable_store_is_no_stall() {
        let start = at("2026-03-01T09:00:00Z");
        let hour = SignedDuration::from_hours(1);
        let mut stall = Stall::none(start);
        assert!(
            !stall.note(start + hour * 100, hour),
            "nothing was tried for a hundred hours"
        );
        let first = start + hour * 100;
        let mut now = first;
        while !stall.note(now, hour) {
            now += LONGEST_BACKOFF;
        }
        assert_eq!(
            now.duration_since(first),
            hour * 3 - LONGEST_STALL,
            "the first failure counted two minutes"
        );
    }
}
