//! What the listeners of an owner know, as far as it takes to tell what is new. All of it is bounded.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use folio_core::{JobId, PortfolioId};
use folio_jobs::{TickState, TickStatus};
use jiff::Timestamp;
use uuid::Uuid;

/// The most jobs and notifications that are remembered.
const REMEMBERED: usize = 2_000;
/// The most portfolios whose newest snapshot is remembered.
const PORTFOLIOS: usize = 4_000;
/// The most instants that are remembered as settled.
const INSTANTS: usize = 256;

/// A mark by which a text is known again.
pub(super) fn mark(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// What the listeners of an owner know.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// The mark of each job, and whether it may still change.
    jobs: BTreeMap<JobId, (u64, bool)>,
    notices: BTreeMap<(Timestamp, Uuid), u64>,
    /// A notification up to here is an old one, even where it was not seen.
    old_notices: Option<(Timestamp, Uuid)>,
    newest: HashMap<PortfolioId, Timestamp>,
    settled: BTreeSet<Timestamp>,
}

/// What the instants of the schedule ask for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct TickNews {
    /// Those that ended since: all of their snapshots are there.
    pub(super) ended: Vec<Timestamp>,
    /// Whether snapshots are being made.
    pub(super) moving: bool,
}

impl Seen {
    /// Whether a job is to be read: it is not known, or may have changed.
    pub(super) fn wants_job(&self, id: JobId) -> bool {
        self.jobs.get(&id).is_none_or(|(_, open)| *open)
    }

    pub(super) fn knows_job(&self, id: JobId) -> bool {
        self.jobs.contains_key(&id)
    }

    /// The jobs that may have changed.
    pub(super) fn open_jobs(&self) -> impl Iterator<Item = JobId> {
        self.jobs.iter().filter(|(_, (_, open))| *open).map(|(id, _)| *id)
    }

    /// Takes note of a job as it is told; whether that is new.
    pub(super) fn job(&mut self, id: JobId, open: bool, text: &str) -> bool {
        let now = (mark(text), open);
        self.jobs.insert(id, now) != Some(now)
    }

    /// Lets go of a job that is not there any more.
    pub(super) fn forget_job(&mut self, id: JobId) {
        self.jobs.remove(&id);
    }

    pub(super) fn knows_notice(&self, at: Timestamp, id: Uuid) -> bool {
        self.old_notices >= Some((at, id)) || self.notices.contains_key(&(at, id))
    }

    /// Takes note of a notification as it is told; whether that is new.
    pub(super) fn notice(&mut self, at: Timestamp, id: Uuid, text: &str) -> bool {
        if self.old_notices >= Some((at, id)) {
            return false;
        }
        let now = mark(text);
        self.notices.insert((at, id), now) != Some(now)
    }

    /// Notifications before this one, which is the last of a list that goes on, are old: they come into the list
    /// when others are removed.
    pub(super) fn notices_end_at(&mut self, at: Timestamp, id: Uuid) {
        self.old_notices = self.old_notices.max(Some((at, id)));
    }

    /// Takes note of a portfolio's newest snapshot; whether it is newer than the one before.
    pub(super) fn valuation(&mut self, portfolio: PortfolioId, as_of: Timestamp) -> bool {
        let before = self.newest.insert(portfolio, as_of);
        match before.filter(|before| *before >= as_of) {
            Some(before) => {
                self.newest.insert(portfolio, before);
                false
            }
            None => true,
        }
    }

    /// What the last instants of the schedule ask for.
    pub(super) fn ticks(&self, ticks: &[TickStatus]) -> TickNews {
        let mut news = TickNews::default();
        for tick in ticks.iter().filter(|tick| !self.settled.contains(&tick.as_of)) {
            match tick.state {
                TickState::Planning => {}
                TickState::Open => news.moving = true,
                TickState::Complete | TickState::Missed => news.ended.push(tick.as_of),
            }
        }
        news
    }

    /// Everything of these instants is known.
    pub(super) fn settle(&mut self, ended: &[Timestamp]) {
        self.settled.extend(ended);
    }

    /// Lets go of the oldest of what is too much.
    pub(super) fn trim(&mut self, followed: impl Iterator<Item = PortfolioId>) {
        while self.jobs.len() > REMEMBERED {
            self.jobs.pop_first();
        }
        while self.notices.len() > REMEMBERED
            && let Some(((at, id), _)) = self.notices.pop_first()
        {
            self.notices_end_at(at, id);
        }
        while self.settled.len() > INSTANTS {
            self.settled.pop_first();
        }
        if self.newest.len() > PORTFOLIOS {
            let followed: BTreeSet<_> = followed.collect();
            self.newest.retain(|portfolio, _| followed.contains(portfolio));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn id(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    #[test]
    fn a_job_is_told_when_it_changed_and_read_until_it_ended() {
        let mut seen = Seen::default();
        let job = JobId::new(at("2026-03-01T09:00:00Z"));
        assert!(seen.wants_job(job));
        assert!(seen.job(job, true, "queued") && !seen.job(job, true, "queued"));
        assert!(seen.job(job, true, "running"));
        assert_eq!(seen.open_jobs().collect::<Vec<_>>(), [job]);
        assert!(seen.job(job, false, "succeeded"));
        assert!(!seen.wants_job(job) && seen.open_jobs().next().is_none());
    }

    #[test]
    fn what_comes_into_a_list_because_others_left_it_is_not_new() {
        let mut seen = Seen::default();
        let (old, kept, new) = (
            at("2026-03-01T09:00:00Z"),
            at("2026-03-01T10:00:00Z"),
            at("2026-03-01T11:00:00Z"),
        );
        assert!(seen.notice(kept, id(2), "queued"));
        seen.notices_end_at(kept, id(2));
        assert!(!seen.notice(old, id(1), "delivered"));
        assert!(seen.notice(new, id(3), "queued") && seen.notice(new, id(3), "delivered"));
        assert!(!seen.notice(new, id(3), "delivered"));
        assert!(seen.knows_notice(old, id(1)) && seen.knows_notice(new, id(3)) && !seen.knows_notice(new, id(4)));
    }

    #[test]
    fn only_a_newer_snapshot_is_news() {
        let mut seen = Seen::default();
        let portfolio = PortfolioId::new(at("2026-03-01T09:00:00Z"));
        assert!(seen.valuation(portfolio, at("2026-03-01T10:00:00Z")));
        assert!(!seen.valuation(portfolio, at("2026-03-01T10:00:00Z")));
        assert!(!seen.valuation(portfolio, at("2026-03-01T09:00:00Z")));
        assert!(!seen.valuation(portfolio, at("2026-03-01T10:00:00Z")));
        assert!(seen.valuation(portfolio, at("2026-03-01T10:00:01Z")));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut seen = Seen::default();
        let start = at("2026-03-01T09:00:00Z");
        for n in 0..5_000 {
            let then = start + jiff::SignedDuration::from_secs(n);
            seen.job(JobId::new(then), false, "");
            seen.notice(then, id(n.unsigned_abs().into()), "");
            seen.valuation(PortfolioId::new(then), then);
            seen.settle(&[then]);
        }
        let followed = *seen.newest.keys().next().unwrap();
        seen.trim(std::iter::once(followed));
        assert_eq!((seen.jobs.len(), seen.notices.len()), (REMEMBERED, REMEMBERED));
        assert_eq!((seen.newest.len(), seen.settled.len()), (1, INSTANTS));
        assert!(seen.knows_notice(start, id(0)), "what was let go of is old");
    }
}
