//! One look at the store: what of an owner's is another than at the look before.

use std::time::Duration;

use folio_core::store::{NotificationQuery, Page, PortfolioQuery};
use folio_core::{JobId, OwnerId, PortfolioId, Result, Tracker, Valuation};
use folio_jobs::{Job, JobResult, JobState, JobType, Jobs, NotificationRecord, TickStatus};
use jiff::Timestamp;
use tokio::time::Instant;

use super::event::{Cause, Event, Kind};
use super::seen::{Seen, TickNews};
use crate::dto::{JobDto, NotificationDto, ValuationDto};

/// The most portfolios of an owner whose snapshots are told one by one when a scheduled run made them.
pub(super) const FOLLOWED: usize = 1_000;
/// How many of the newest jobs every look reads the ids of, and how many where more may have come.
const JOBS: usize = 50;
pub(super) const DEEP_JOBS: usize = 200;
/// How many notifications every look reads; their deliveries are followed.
const NEWEST: usize = 25;
/// How many are read where more may have come.
pub(super) const DEEP: usize = 500;
/// How often all snapshots are looked at while a scheduled run makes them.
const WHILE_MOVING: Duration = Duration::from_secs(3);
/// The most bytes that one look tells one by one.
const BYTES: usize = 1024 * 1024;

/// The looks at one owner.
#[derive(Debug, Default)]
pub(super) struct Looks {
    seen: Seen,
    began: bool,
    whole_at: Option<Instant>,
    followed: Vec<PortfolioId>,
}

/// What a look found. Nothing is taken note of until all of it was read, so a look that fails is repeated whole.
struct Found {
    jobs: Vec<Job>,
    gone: Vec<JobId>,
    too_many_jobs: bool,
    notifications: Page<NotificationRecord>,
    valuations: Vec<Valuation>,
    ticks: TickNews,
    /// The portfolios whose snapshots were looked at because of a scheduled run, and whether there are more.
    followed: Option<Page<PortfolioId>>,
}

impl Looks {
    /// Looks; the events that are to be told. The first look finds what is there already and tells nothing.
    pub(super) async fn look(
        &mut self,
        tracker: &Tracker,
        jobs: &Jobs,
        owner: &OwnerId,
        ticks: &[TickStatus],
    ) -> Result<Vec<Event>> {
        let found = self.read(tracker, jobs, owner, ticks).await?;
        let events = self.note(found)?;
        if !std::mem::replace(&mut self.began, true) {
            return Ok(Vec::new());
        }
        if events.iter().map(|event| event.data.len()).sum::<usize>() > BYTES {
            return Ok(vec![Event::reset(Cause::TooMuch)?]);
        }
        Ok(events)
    }

    async fn read(&self, tracker: &Tracker, jobs: &Jobs, owner: &OwnerId, ticks: &[TickStatus]) -> Result<Found> {
        // A job succeeds after its snapshot and its notifications are there, so jobs are read first.
        let (read, gone, too_many_jobs) = self.read_jobs(jobs, owner).await?;
        let ticks = self.seen.ticks(ticks);
        let waited = self.whole_at.is_none_or(|at| at.elapsed() >= WHILE_MOVING);
        let whole = !self.began || !ticks.ended.is_empty() || ticks.moving && waited;
        let mut valued: Vec<_> = read.iter().filter_map(valued).collect();
        let mut followed = None;
        if whole {
            let page = portfolios(tracker, owner).await?;
            valued.extend(&page.items);
            followed = Some(page);
        }
        valued.sort_unstable();
        valued.dedup();
        let valuations = match valued.is_empty() {
            true => Vec::new(),
            false => tracker.store().latest_valuations(&valued).await?,
        };
        let mut limit = if whole { DEEP } else { NEWEST };
        let notifications = loop {
            let page = jobs
                .notifications(&NotificationQuery::newest(owner.clone(), limit))
                .await?;
            let known = |record: &NotificationRecord| {
                let notification = &record.notification;
                self.seen.knows_notice(notification.created_at, notification.id)
            };
            // Where all are new there may be more of them behind.
            if limit == DEEP || !page.more || page.items.iter().any(known) {
                break page;
            }
            limit = DEEP;
        };
        Ok(Found {
            jobs: read,
            gone,
            too_many_jobs,
            notifications,
            valuations,
            ticks,
            followed,
        })
    }

    /// The jobs that are new or may have changed, those of them that are gone, and whether there are more new ones.
    async fn read_jobs(&self, jobs: &Jobs, owner: &OwnerId) -> Result<(Vec<Job>, Vec<JobId>, bool)> {
        let mut ids = jobs.ids_of(owner, None, JOBS).await?;
        let knows_none = |ids: &[JobId]| !ids.iter().any(|id| self.seen.knows_job(*id));
        // Where all are new there may be more of them behind.
        if ids.len() == JOBS && knows_none(&ids) {
            ids = jobs.ids_of(owner, None, DEEP_JOBS).await?;
        }
        ids.retain(|id| self.seen.wants_job(*id));
        let mut wanted = ids;
        wanted.extend(self.seen.open_jobs());
        wanted.sort_unstable();
        wanted.dedup();
        let read = jobs.jobs_of(owner, &wanted).await?;
        let new = read.iter().filter(|job| !self.seen.knows_job(job.id)).count();
        let more = self.began && new == DEEP_JOBS;
        let is_there = |id: &JobId| read.iter().any(|job| job.id == *id);
        wanted.retain(|id| self.seen.knows_job(*id) && !is_there(id));
        Ok((read, wanted, more))
    }

    /// Takes note of what was found; what of it is new, snapshots before what followed from them.
    fn note(&mut self, found: Found) -> Result<Vec<Event>> {
        let mut events = Vec::new();
        let mut too_much = found.too_many_jobs;
        for valuation in &found.valuations {
            if self.seen.valuation(valuation.portfolio_id, valuation.as_of) {
                events.push(told_valuation(valuation)?);
            }
        }
        let Page { items, more } = found.notifications;
        let last = items
            .last()
            .map(|record| (record.notification.created_at, record.notification.id));
        let mut new = 0;
        let count = items.len();
        for record in items.into_iter().rev() {
            let (at, id) = (record.notification.created_at, record.notification.id);
            let was_known = self.seen.knows_notice(at, id);
            let event = told_notification(record)?;
            if self.seen.notice(at, id, &event.data) {
                new += usize::from(!was_known);
                events.push(event);
            }
        }
        too_much |= more && count > 0 && new == count;
        if let Some((at, id)) = last.filter(|_| more && (!self.began || too_much)) {
            self.seen.notices_end_at(at, id);
        }
        for job in found.jobs {
            let (id, open) = (job.id, !job.state.is_terminal());
            let event = told_job(job)?;
            if self.seen.job(id, open, &event.data) {
                events.push(event);
            }
        }
        for id in found.gone {
            self.seen.forget_job(id);
        }
        if let Some(page) = found.followed {
            // The snapshots of the others are not looked at.
            too_much |= page.more && !found.ticks.ended.is_empty();
            self.followed = page.items;
            self.whole_at = Some(Instant::now());
            self.seen.settle(&found.ticks.ended);
        }
        self.seen.trim(self.followed.iter().copied());
        if too_much && self.began {
            return Ok(vec![Event::reset(Cause::TooMuch)?]);
        }
        Ok(events)
    }
}

/// The first portfolios of an owner, those put out of the way left out.
pub(super) async fn portfolios(tracker: &Tracker, owner: &OwnerId) -> Result<Page<PortfolioId>> {
    let query = PortfolioQuery {
        owner: owner.clone(),
        archived: false,
        after: None,
        limit: FOLLOWED,
    };
    let page = tracker.portfolios(&query).await?;
    Ok(Page {
        items: page.items.iter().map(|summary| summary.id).collect(),
        more: page.more,
    })
}

/// The portfolio of which a job has made a snapshot.
pub(super) fn valued(job: &Job) -> Option<PortfolioId> {
    let has = job.job_type == JobType::PortfolioValuation && job.state == JobState::Succeeded;
    job.portfolio_id
        .filter(|_| has && matches!(job.result, Some(JobResult::Valuation(_))))
}

/// As `GET /portfolios/{id}/valuations` lists it.
pub(super) fn told_valuation(valuation: &Valuation) -> Result<Event> {
    Event::new(Kind::Valuation, &ValuationDto::brief(valuation))
}

/// As `GET /notifications` lists it.
pub(super) fn told_notification(record: NotificationRecord) -> Result<Event> {
    Event::new(Kind::Notification, &NotificationDto::from(record))
}

/// As `GET /jobs/{id}` answers.
pub(super) fn told_job(job: Job) -> Result<Event> {
    Event::new(Kind::Job, &JobDto::from(job))
}

/// From when on a notification may have been written since `since`: its time is that of its snapshot, and a run
/// folds the snapshots that were asked for since the run before it too. `ticks` are the last ones, the latest first.
pub(super) fn written_since(ticks: &[TickStatus], since: Timestamp) -> Timestamp {
    let moved = |tick: &TickStatus| tick.finished_at.is_none_or(|at| at >= since);
    let Some(oldest) = ticks.iter().rposition(moved) else {
        return since;
    };
    let before = ticks.get(oldest + 1).unwrap_or(&ticks[oldest]);
    before.as_of.min(since)
}

#[cfg(test)]
mod tests {
    use folio_jobs::TickState;

    use super::*;

    fn at(text: &str) -> Timestamp {
        format!("2026-03-01T{text}:00Z").parse().unwrap()
    }

    fn tick(as_of: &str, finished_at: Option<&str>) -> TickStatus {
        TickStatus {
            as_of: at(as_of),
            state: finished_at.map_or(TickState::Open, |_| TickState::Complete),
            finished_at: finished_at.map(at),
        }
    }

    #[test]
    fn a_run_that_goes_on_writes_of_earlier_instants() {
        let done = [tick("12:00", Some("12:01")), tick("11:00", Some("11:01"))];
        assert_eq!(written_since(&done, at("12:30")), at("12:30"));
        assert_eq!(written_since(&[], at("12:30")), at("12:30"));
        // It ended later than that: what it folded begins with the run before.
        assert_eq!(written_since(&done, at("12:01")), at("11:00"));
        let open = [tick("12:00", None), tick("11:00", None), tick("10:00", Some("10:01"))];
        assert_eq!(written_since(&open, at("12:30")), at("10:00"));
        assert_eq!(written_since(&open[..2], at("12:30")), at("11:00"));
        assert_eq!(written_since(&open, at("09:00")), at("09:00"));
    }

    #[test]
    fn ended_and_moving_instants_are_told_apart() {
        let mut seen = Seen::default();
        let planned = TickStatus {
            state: TickState::Planning,
            ..tick("13:00", None)
        };
        let ticks = [planned, tick("12:00", None), tick("11:00", Some("11:01"))];
        let news = seen.ticks(&ticks);
        assert_eq!((news.ended.as_slice(), news.moving), (&[at("11:00")][..], true));
        seen.settle(&news.ended);
        assert_eq!(seen.ticks(&ticks[2..]), TickNews::default());
        assert_eq!(seen.ticks(&ticks[..1]), TickNews::default());
    }
}
