//! What one process knows of a source by itself: enough to go on while Redis is out of reach.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

/// Calls that were made at a moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Untold {
    pub(super) at: Instant,
    pub(super) calls: u32,
}

/// The calls of this process and what it was told.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Until when the vendor wants no call.
    closed_until: Option<Timestamp>,
    /// Until when the store has it noted that calls may be made.
    pub(super) noted_until: Option<Timestamp>,
    /// When the store refused to note it.
    pub(super) not_noted_at: Option<Instant>,
    /// The calls of the last span, oldest first.
    calls: VecDeque<Untold>,
    /// Those of them that Redis has not been told of.
    untold: Vec<Untold>,
}

impl Known {
    /// Until when the vendor wants no call, if that is not over at `now`, and how long that is.
    pub(super) fn closed(&self, now: Timestamp) -> Option<(Timestamp, Duration)> {
        let until = self.closed_until.filter(|until| *until > now)?;
        let closed = Duration::try_from(until.duration_since(now)).ok()?;
        Some((until, closed))
    }

    pub(super) fn close(&mut self, until: Timestamp) {
        self.closed_until = self.closed_until.max(Some(until));
    }

    /// Notes calls that Redis granted.
    pub(super) fn called(&mut self, calls: u32) {
        let at = Instant::now();
        // Calls of nearly the same moment are one entry at the time of the last of them.
        match self.calls.back_mut() {
            Some(last) if at - last.at < Duration::from_millis(50) => {
                last.at = at;
                last.calls = last.calls.saturating_add(calls);
            }
            _ => self.calls.push_back(Untold { at, calls }),
        }
    }

    fn forget(&mut self, span: Duration) {
        while self.calls.front().is_some_and(|call| call.at.elapsed() >= span) {
            self.calls.pop_front();
        }
        self.untold.retain(|call| call.at.elapsed() < span);
    }

    /// The calls of the last span.
    pub(super) fn used(&mut self, span: Duration) -> u32 {
        self.forget(span);
        self.calls.iter().map(|call| call.calls).fold(0, u32::saturating_add)
    }

    /// Takes calls without asking Redis, or says how long until `allowed` allows them.
    pub(super) fn take(&mut self, allowed: u32, cost: u32, span: Duration) -> Result<(), Duration> {
        let mut excess = self.used(span).saturating_add(cost).saturating_sub(allowed);
        if excess > 0 {
            let free = self.calls.iter().find(|call| {
                excess = excess.saturating_sub(call.calls);
                excess == 0
            });
            return Err(free.map_or(span, |call| span.saturating_sub(call.at.elapsed())));
        }
        self.called(cost);
        let at = Instant::now();
        self.untold.push(Untold { at, calls: cost });
        Ok(())
    }

    /// Takes calls back that were not made.
    pub(super) fn give_back(&mut self, mut calls: u32) {
        while calls > 0
            && let Some(last) = self.calls.back_mut()
        {
            let less = calls.min(last.calls);
            last.calls -= less;
            calls -= less;
            if last.calls == 0 {
                self.calls.pop_back();
            }
        }
    }

    /// What Redis is to be told of; it is given back with [`Known::untold`] if Redis was not reached.
    pub(super) fn tell(&mut self, span: Duration) -> Vec<Untold> {
        self.forget(span);
        std::mem::take(&mut self.untold)
    }

    pub(super) fn untold(&mut self, mut calls: Vec<Untold>) {
        calls.append(&mut self.untold);
        self.untold = calls;
    }
}
