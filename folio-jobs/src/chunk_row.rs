//! Chunks: the ranges of portfolios that a tick is divided into.

use folio_core::store::{RecordKind, Row};
use folio_core::{BookId, Error, PortfolioId};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::dispatch::{Dispatch, KEEP, Loss, Phase, Stall, Work};
use crate::ledger::Incident;
use crate::tick::Tick;

/// In so many starts that died a portfolio may have been the one at hand before it is left out.
const DEATHS: u32 = 2;

/// A range of portfolios to value for one tick.
///
/// The ranges of a tick are half open and tile all ids there can be, so a portfolio is in exactly one of
/// them whenever it was made.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Chunk {
    /// The instant of its tick.
    pub as_of: Timestamp,
    /// Its number within the tick, from 0.
    pub n: u32,
    /// The first id; `None` begins with the first of all.
    pub lo: Option<PortfolioId>,
    /// The first id beyond; `None` has no end.
    pub hi: Option<PortfolioId>,
    /// The prices.
    pub book_id: BookId,
    /// Its way.
    pub dispatch: Dispatch,
    /// The last portfolio whose snapshot is kept.
    pub cursor: Option<PortfolioId>,
    /// Where the present or last start began.
    pub start_cursor: Option<PortfolioId>,
    /// Starts that ended with no recorded outcome and no progress. After the first one the chunk goes
    /// carefully.
    pub dead_starts: u32,
    /// The first and the last of the portfolios at hand, when it goes carefully.
    #[serde(default)]
    pub at_hand: Option<(PortfolioId, PortfolioId)>,
    /// Up to here it goes portfolio by portfolio: a start died over several of them.
    #[serde(default)]
    pub singly_to: Option<PortfolioId>,
    /// The portfolio that alone was at hand in the last dead start, and in how many of them.
    pub suspect: Option<(PortfolioId, u32)>,
    /// The portfolios that were left out because their workers died over them.
    pub skipped: Vec<PortfolioId>,
    /// How long it has stood still.
    pub stall: Stall,
    /// Whether it was given up.
    pub quarantined: bool,
    /// When it was done or given up.
    pub finished_at: Option<Timestamp>,
    /// What went wrong last.
    pub last_error: Option<String>,
}

impl Chunk {
    /// A chunk to run.
    pub(crate) fn new(
        as_of: Timestamp,
        n: u32,
        lo: Option<PortfolioId>,
        hi: Option<PortfolioId>,
        book_id: BookId,
        now: Timestamp,
    ) -> Self {
        Self {
            as_of,
            n,
            lo,
            hi,
            book_id,
            dispatch: Dispatch::open(now),
            cursor: None,
            start_cursor: None,
            dead_starts: 0,
            at_hand: None,
            singly_to: None,
            suspect: None,
            skipped: Vec::new(),
            stall: Stall::none(now),
            quarantined: false,
            finished_at: None,
            last_error: None,
        }
    }

    /// What the keys of all chunks of a tick begin with.
    pub(crate) fn prefix_of(as_of: Timestamp) -> String {
        format!("{}/", Tick::key_at(as_of))
    }

    /// Whether the next run says beforehand what is at hand.
    pub(crate) fn is_careful(&self) -> bool {
        self.dead_starts > 0
    }

    /// Everything up to `id` is kept.
    pub(crate) fn advance(&mut self, id: PortfolioId, now: Timestamp) {
        if self.cursor < Some(id) {
            self.cursor = Some(id);
            self.dispatch.failures = 0;
            self.stall = Stall::none(now);
        }
    }

    /// All of it is kept.
    pub(crate) fn finish(&mut self, now: Timestamp) {
        self.at_hand = None;
        self.finished_at = Some(now);
        self.dispatch.close();
    }

    /// Notes that a start died over this portfolio; whether it is left out from now on.
    fn suspects(&mut self, id: PortfolioId) -> bool {
        let before = self.suspect.filter(|(suspect, _)| *suspect == id);
        let deaths = before.map_or(0, |(_, deaths)| deaths) + 1;
        self.suspect = Some((id, deaths));
        let is_named = deaths >= DEATHS && !self.skipped.contains(&id);
        if is_named {
            self.skipped.push(id);
        }
        is_named
    }

    fn stalled(&mut self, now: Timestamp, interval: SignedDuration) {
        if self.stall.note(now, interval) {
            self.quarantined = true;
            self.finish(now);
        }
    }
}

impl Row for Chunk {
    const KIND: RecordKind = RecordKind("chunks");

    fn key(&self) -> String {
        format!("{}{:08}", Self::prefix_of(self.as_of), self.n)
    }

    fn due_at(&self) -> Option<Timestamp> {
        self.dispatch.due_at()
    }

    fn expires_at(&self) -> Option<Timestamp> {
        // One that is never finished is of a tick that was given up while it was planned.
        Some(self.finished_at.unwrap_or(self.as_of + KEEP * 4) + KEEP)
    }
}

impl Work for Chunk {
    const WORD: &'static str = "chunk";

    fn dispatch(&self) -> &Dispatch {
        &self.dispatch
    }

    fn dispatch_mut(&mut self) -> &mut Dispatch {
        &mut self.dispatch
    }

    fn started(&mut self, _: Timestamp) {
        self.start_cursor = self.cursor;
        self.at_hand = None;
    }

    fn died(&mut self, now: Timestamp, interval: SignedDuration) {
        debug_assert_eq!(self.dispatch.phase, Phase::Running);
        self.last_error = Some("the worker ended without an outcome".to_owned());
        let mut is_named = false;
        match self.at_hand.take() {
            Some((first, last)) if first == last => is_named = self.suspects(first),
            Some((_, last)) => self.singly_to = Some(last),
            None => {}
        }
        if is_named {
            self.stall = Stall::none(now);
        }
        if self.cursor != self.start_cursor {
            return;
        }
        self.dead_starts = self.dead_starts.saturating_add(1);
        self.stalled(now, interval);
    }

    fn failed(&mut self, now: Timestamp, interval: SignedDuration, error: &Error) {
        self.at_hand = None;
        self.last_error = Some(error.to_string());
        self.dispatch.fail(now, error);
        self.stalled(now, interval);
    }

    fn losses(&self, now: Timestamp) -> Vec<Loss> {
        let incident = |portfolio_id| {
            Loss::Part(Incident {
                as_of: self.as_of,
                chunk: self.n,
                portfolio_id,
                detail: self.last_error.clone().unwrap_or_default(),
                at: now,
            })
        };
        let skipped = self.skipped.iter().map(|id| incident(Some(*id)));
        skipped.chain(self.quarantined.then(|| incident(None))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn running(now: Timestamp) -> Chunk {
        let mut chunk = Chunk::new(now, 0, None, None, BookId::new(now), now);
        start(&mut chunk, now);
        chunk
    }

    fn start(chunk: &mut Chunk, now: Timestamp) {
        chunk.dispatch.push(now);
        chunk.started(now);
        chunk.dispatch.run(now, Chunk::SILENT_FOR);
    }

    const HOUR: SignedDuration = SignedDuration::from_hours(1);

    #[test]
    fn a_start_that_progressed_is_not_held_against_anybody() {
        let now = at("2026-03-01T09:00:00Z");
        let mut chunk = running(now);
        chunk.advance(PortfolioId::new(now), now);
        chunk.died(now, HOUR);
        assert!(!chunk.is_careful() && chunk.skipped.is_empty());
    }

    #[test]
    fn a_portfolio_is_left_out_after_two_deaths_over_it() {
        let now = at("2026-03-01T09:00:00Z");
        let (bad, other) = (PortfolioId::new(now), PortfolioId::new(now));
        let mut chunk = running(now);
        chunk.died(now, HOUR);
        assert!(chunk.is_careful() && chunk.skipped.is_empty());
        for (current, skipped) in [(other, 0), (bad, 0), (bad, 1)] {
            start(&mut chunk, now);
            chunk.at_hand = Some((current, current));
            chunk.died(now, HOUR);
            assert_eq!(chunk.skipped.len(), skipped);
        }
        assert_eq!(chunk.skipped, [bad]);
        assert_eq!(chunk.dispatch.phase, Phase::Running, "the others are still owed");
    }

    #[test]
    fn a_death_over_several_has_them_taken_one_by_one() {
        let now = at("2026-03-01T09:00:00Z");
        let (first, last) = (PortfolioId::new(now), PortfolioId::new(now));
        let mut chunk = running(now);
        chunk.died(now, HOUR);
        start(&mut chunk, now);
        chunk.at_hand = Some((first, last));
        chunk.died(now, HOUR);
        assert_eq!((chunk.singly_to, chunk.suspect), (Some(last), None));

        // What one of them killed after others were kept counts all the same.
        for skipped in [vec![], vec![last]] {
            start(&mut chunk, now);
            chunk.advance(first, now);
            chunk.at_hand = Some((last, last));
            chunk.died(now, HOUR);
            assert_eq!(chunk.skipped, skipped);
        }
    }

    #[test]
    fn a_chunk_is_given_up_after_three_intervals_of_failures() {
        let start = at("2026-03-01T09:00:00Z");
        let error = Error::new(folio_core::ErrorKind::CorruptData, "bad row");
        let mut chunk = running(start);
        let mut now = start;
        while !chunk.quarantined {
            now += SignedDuration::from_mins(1);
            chunk.failed(now, HOUR, &error);
        }
        assert_eq!(now.duration_since(start), HOUR * 3);
        assert!(chunk.due_at().is_none() && chunk.expires_at().is_some());

        let mut chunk = running(start);
        for minute in 1..=300 {
            let now = start + SignedDuration::from_mins(minute);
            chunk.failed(now, HOUR, &error);
            if minute % 100 == 0 {
                chunk.advance(PortfolioId::new(now), now);
            }
        }
        assert!(!chunk.quarantined, "it still makes progress");
    }
}
