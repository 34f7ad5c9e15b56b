//! Ticks: the instants at which every portfolio is valued.

use folio_core::store::{RecordKind, Row, Scan};
use folio_core::{BookId, Error, JobId, Result, Trigger};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::dispatch::{Dispatch, KEEP, Loss, Stall, Work};

/// What the keys of all ticks begin with.
pub(crate) const PREFIX: &str = "valuation:";

/// The whole second of an instant, towards the past.
pub(crate) fn second(at: Timestamp) -> Timestamp {
    let seconds = at.as_nanosecond().div_euclid(1_000_000_000);
    i64::try_from(seconds)
        .ok()
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .unwrap_or(at)
}

/// How far a tick is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TickState {
    /// Its prices are collected and its chunks are made.
    Planning,
    /// Its chunks are worked on.
    Open,
    /// Every portfolio has its snapshot, but for those that were named as left out.
    Complete,
    /// It was left out.
    Missed,
}

/// A scheduled instant, and how far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TickStatus {
    /// The instant.
    pub as_of: Timestamp,
    /// How far it is.
    pub state: TickState,
    /// When it was complete or given up.
    pub finished_at: Option<Timestamp>,
}

/// An instant at which every portfolio is valued, with one set of prices.
///
/// Inserting the row is the claim of the instant: there is one whatever number of schedules have it and
/// whatever number of processes see it come.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Tick {
    /// The instant, a whole second.
    pub as_of: Timestamp,
    /// How far it is.
    pub state: TickState,
    /// Which schedules have it, and whether somebody asked for it.
    pub triggers: Vec<Trigger>,
    /// Its prices, from the first planner that had them.
    pub book_id: Option<BookId>,
    /// How many chunks it has, once all of them are there.
    pub chunk_count: Option<u32>,
    /// The job of the person who asked for it.
    pub job_id: Option<JobId>,
    /// The planner's way.
    pub dispatch: Dispatch,
    /// How long its planner has stood still.
    pub stall: Stall,
    /// When the row was made.
    pub created_at: Timestamp,
    /// When it was complete or given up.
    pub finished_at: Option<Timestamp>,
    /// What went wrong last.
    pub last_error: Option<String>,
}

impl Tick {
    /// A tick to plan.
    pub(crate) fn new(as_of: Timestamp, triggers: Vec<Trigger>, now: Timestamp) -> Self {
        Self {
            as_of,
            state: TickState::Planning,
            triggers,
            book_id: None,
            chunk_count: None,
            job_id: None,
            dispatch: Dispatch::open(now),
            stall: Stall::none(now),
            created_at: now,
            finished_at: None,
            last_error: None,
        }
    }

    /// The key of the tick at `as_of`. Keys sort by instant.
    pub(crate) fn key_at(as_of: Timestamp) -> String {
        format!("{PREFIX}{as_of:.0}")
    }

    /// As others look at it.
    pub(crate) fn status(&self) -> TickStatus {
        TickStatus {
            as_of: self.as_of,
            state: self.state,
            finished_at: self.finished_at,
        }
    }

    /// Ends it.
    pub(crate) fn finish(&mut self, state: TickState, now: Timestamp) {
        self.state = state;
        self.finished_at = Some(now);
        self.dispatch.close();
    }

    /// Whether nothing more happens to it.
    pub(crate) fn is_terminal(&self) -> bool {
        matches!(self.state, TickState::Complete | TickState::Missed)
    }

    fn stalled(&mut self, now: Timestamp, interval: SignedDuration) {
        // A tick that nobody can plan holds back all later ones, so it ends like a chunk that nobody can run.
        if self.stall.note(now, interval) {
            self.finish(TickState::Missed, now);
        }
    }
}

impl Row for Tick {
    const KIND: RecordKind = RecordKind("ticks");

    fn key(&self) -> String {
        Self::key_at(self.as_of)
    }

    fn due_at(&self) -> Option<Timestamp> {
        self.dispatch.due_at()
    }

    fn expires_at(&self) -> Option<Timestamp> {
        self.finished_at.map(|at| at + KEEP)
    }
}

impl Work for Tick {
    const WORD: &'static str = "tick";

    fn dispatch(&self) -> &Dispatch {
        &self.dispatch
    }

    fn dispatch_mut(&mut self) -> &mut Dispatch {
        &mut self.dispatch
    }

    fn started(&mut self, _: Timestamp) {}

    fn died(&mut self, now: Timestamp, interval: SignedDuration) {
        self.last_error = Some("the planner ended without an outcome".to_owned());
        self.stalled(now, interval);
    }

    fn failed(&mut self, now: Timestamp, interval: SignedDuration, error: &Error) {
        self.last_error = Some(error.to_string());
        self.dispatch.fail(now, error);
        self.stalled(now, interval);
    }

    fn losses(&self, _: Timestamp) -> Vec<Loss> {
        (self.state == TickState::Missed)
            .then_some(Loss::Tick(self.as_of))
            .into_iter()
            .collect()
    }
}

/// The last instants that are kept, the latest first.
pub(crate) async fn latest(context: &Context, limit: usize) -> Result<Vec<TickStatus>> {
    let scan = Scan {
        prefix: PREFIX.to_owned(),
        descending: true,
        limit,
        ..Scan::default()
    };
    let ticks = context.table::<Tick>().scan(&scan).await?;
    Ok(ticks.iter().map(|tick| tick.status()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_whole_seconds_and_sort_by_instant() {
        let key = |text: &str| Tick::key_at(text.parse().unwrap());
        assert_eq!(key("2026-03-01T09:00:00Z"), "valuation:2026-03-01T09:00:00Z");
        assert!(key("2026-03-01T09:00:00Z") < key("2026-03-01T10:00:00Z"));
    }
}
