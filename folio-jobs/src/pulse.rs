//! Whether the loops of this process go on.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

/// The dispatcher passes twice a second; so long without a pass and it hangs.
const SILENT_FOR: SignedDuration = SignedDuration::from_secs(30);

/// Signs of life of the loops of one process.
#[derive(Debug, Default)]
pub(crate) struct Pulse {
    /// Whether the loops were started and not ended.
    running: AtomicBool,
    /// Whether the worker is at work on the queue.
    working: AtomicBool,
    /// The millisecond of the dispatcher's last turn.
    passed_at: AtomicI64,
}

/// How the loops of this process are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Loops {
    /// Whether the dispatcher still takes its turns.
    pub dispatcher: bool,
    /// Whether the worker still asks the queue for work.
    pub worker: bool,
    /// The dispatcher's last turn.
    pub passed_at: Option<Timestamp>,
}

impl Pulse {
    pub(crate) fn start(&self, now: Timestamp) {
        self.pass(now);
        self.running.store(true, Ordering::Relaxed);
    }

    pub(crate) fn stop(&self) {
        self.running.store(false, Ordering::Relaxed);
    }

    pub(crate) fn pass(&self, now: Timestamp) {
        self.passed_at.store(now.as_millisecond(), Ordering::Relaxed);
    }

    pub(crate) fn work(&self, working: bool) {
        self.working.store(working, Ordering::Relaxed);
    }

    /// How the loops are; `None` in a process that has none.
    pub(crate) fn at(&self, now: Timestamp) -> Option<Loops> {
        if !self.running.load(Ordering::Relaxed) {
            return None;
        }
        let passed_at = Timestamp::from_millisecond(self.passed_at.load(Ordering::Relaxed)).ok();
        Some(Loops {
            dispatcher: passed_at.is_some_and(|at| now.duration_since(at) < SILENT_FOR),
            worker: self.working.load(Ordering::Relaxed),
            passed_at,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dispatcher_that_hangs_is_seen() {
        let (pulse, start) = (Pulse::default(), "2026-03-01T09:00:00Z".parse().unwrap());
        assert_eq!(pulse.at(start), None);
        pulse.start(start);
        pulse.work(true);
        let at = |seconds| pulse.at(start + SignedDuration::from_secs(seconds)).unwrap();
        assert_eq!((at(29).dispatcher, at(30).dispatcher), (true, false));
        pulse.pass(start + SignedDuration::from_secs(30));
        pulse.work(false);
        assert_eq!((at(30).dispatcher, at(30).worker), (true, false));
        pulse.stop();
        assert_eq!(pulse.at(start), None);
    }
}
