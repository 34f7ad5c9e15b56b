//! The scheduler: which instants become ticks and jobs, and which are left out.
//!
//! Every process sees every instant come. The row decides which of them makes the tick; here is only what
//! they all decide alike.

use std::sync::Arc;

use folio_core::store::{Row, Scan};
use folio_core::{JobId, Result};
use jiff::Timestamp;
use tokio_cron_scheduler::{Job as CronJob, JobScheduler};
use tracing::{info, warn};
use uuid::Uuid;

use crate::claims;
use crate::context::Context;
use crate::cron::{Cron, Schedule, refused};
use crate::job::{JobRow, JobType};
use crate::ledger::{Missed, Past};
use crate::tick::{self, Tick, TickState};

/// With more unfinished ticks than this the next one is left out.
const MOST_OPEN: usize = 3;
/// Where the two sorts of scheduled work are in [`Context::settled`].
const VALUATION: usize = 0;
const HISTORY: usize = 1;
/// The namespace of the ids of scheduled jobs.
const NAMESPACE: Uuid = Uuid::from_u128(0x8f1c_3a52_70b4_4d0e_9a6e_52d1_6c0f_b7e3);

/// The library that wakes the scheduler, for as long as this is held.
pub(crate) struct Waking {
    cron: JobScheduler,
    _alive: Arc<()>,
}

impl Waking {
    /// Wakes at the instants of the schedules from now on.
    pub(crate) async fn start(context: &Arc<Context>) -> Result<Self> {
        let cron = JobScheduler::new().await.map_err(refused)?;
        let alive = Arc::new(());
        let schedule = &context.config.schedule;
        for expression in [&schedule.hourly, &schedule.daily, &schedule.history] {
            let (context, alive) = (Arc::clone(context), Arc::downgrade(&alive));
            // The library wants seconds; when exactly it wakes does not matter, the instant is our own.
            let wake = CronJob::new_async(format!("0 {expression}"), move |_, _| {
                let (context, alive) = (Arc::clone(&context), alive.clone());
                Box::pin(async move {
                    // Its tasks outlive a future that was dropped.
                    if alive.upgrade().is_none() {
                        return;
                    }
                    if let Err(error) = check(&context, context.now()).await {
                        warn!(%error, "a scheduled instant waits for the dispatcher's next pass");
                    }
                    context.wake.notify_one();
                })
            });
            cron.add(wake.map_err(refused)?).await.map_err(refused)?;
        }
        cron.start().await.map_err(refused)?;
        Ok(Self { cron, _alive: alive })
    }

    /// Wakes nobody any more.
    pub(crate) async fn stop(mut self) {
        if let Err(error) = self.cron.shutdown().await {
            warn!(%error, "the schedules did not stop by themselves");
        }
    }
}

/// Does what [`fire`] does unless this process knows that there is nothing to do.
pub(crate) async fn check(context: &Context, now: Timestamp) -> Result<()> {
    let schedule = &context.config.schedule;
    let due = |which, last: Option<Timestamp>| last.is_some_and(|last| last.as_second() > context.settled(which));
    if due(VALUATION, schedule.previous_valuation(now)) || due(HISTORY, schedule.history.previous(now)) {
        fire(context, now).await?;
    }
    Ok(())
}

/// Claims the latest instant of each schedule that is due at `now`, unless that has been done, and notes
/// the ones before it that nobody claimed.
///
/// # Errors
/// `Unavailable`, `CorruptData`.
pub(crate) async fn fire(context: &Context, now: Timestamp) -> Result<()> {
    // A process whose clock is ahead waits for the store's.
    let now = context.records.now().await?.map_or(now, |theirs| theirs.min(now));
    fire_valuation(context, now).await?;
    fire_history(context, now).await
}

/// The instant that is due: the latest, if it is not settled.
fn due(latest: Option<Timestamp>, past: &Past) -> Option<Timestamp> {
    latest.filter(|latest| *latest > past.settled() || past.last.is_none() && *latest == past.since)
}

async fn fire_valuation(context: &Context, now: Timestamp) -> Result<()> {
    let schedule = &context.config.schedule;
    let past = past(context, JobType::PortfolioValuation, now).await?;
    let Some(as_of) = due(schedule.previous_valuation(now), &past) else {
        context.settle(VALUATION, past.settled());
        return Ok(());
    };
    let table = context.table::<Tick>();
    let open = Scan {
        prefix: tick::PREFIX.to_owned(),
        open: true,
        limit: MOST_OPEN + 1,
        ..Scan::default()
    };
    let mut tick = Tick::new(as_of, schedule.triggers(as_of), now);
    if table.scan(&open).await?.len() > MOST_OPEN {
        tick.last_error = Some("too many ticks before it are not finished".to_owned());
        tick.finish(TickState::Missed, now);
    }
    let claimed = table.insert(&tick).await?;
    if claimed {
        info!(%as_of, state = ?tick.state, "a tick begins");
        context.wake.notify_one();
    } else if let Some(theirs) = table.get(&Row::key(&tick)).await? {
        tick = theirs.into_inner();
    }
    let left_out = tick.state == TickState::Missed;
    let mut missed = Vec::new();
    let taken = ticks_between(context, past.settled(), as_of).await?;
    let next = |at| schedule.next_valuation(at);
    collect_missed(past.settled(), as_of, next, |at| taken.contains(&at), &mut missed);
    missed.extend(left_out.then_some(as_of));
    settle(context, JobType::PortfolioValuation, &missed, as_of, now).await?;
    context.settle(VALUATION, as_of);
    Ok(())
}

async fn fire_history(context: &Context, now: Timestamp) -> Result<()> {
    let cron: &Cron = &context.config.schedule.history;
    let past = past(context, JobType::HistoricalData, now).await?;
    let Some(as_of) = due(cron.previous(now), &past) else {
        context.settle(HISTORY, past.settled());
        return Ok(());
    };
    let mut missed = Vec::new();
    collect_missed(past.settled(), as_of, |at| cron.next(at), |_| false, &mut missed);
    let id = JobId::from_uuid(Uuid::new_v5(&NAMESPACE, &as_of.as_second().to_be_bytes()));
    let claim = claims::claim(context, JobType::HistoricalData.as_str(), id, now).await?;
    if claim.job_id == id {
        claims::ensure(context, &JobRow::new(id, JobType::HistoricalData, claim.asked_at)).await?;
        context.wake.notify_one();
    } else {
        // The one before is still at work, and what it brings is as good.
        missed.push(as_of);
    }
    settle(context, JobType::HistoricalData, &missed, as_of, now).await?;
    context.settle(HISTORY, as_of);
    Ok(())
}

/// What a schedule has behind it; at the first start ever, nothing.
async fn past(context: &Context, job_type: JobType, now: Timestamp) -> Result<Past> {
    let table = context.table::<Past>();
    loop {
        if let Some(past) = table.get(job_type.as_str()).await? {
            return Ok(past.into_inner());
        }
        table
            .insert(&Past {
                job_type,
                since: now,
                last: None,
            })
            .await?;
    }
}

/// The instants in between whose ticks exist.
async fn ticks_between(context: &Context, after: Timestamp, before: Timestamp) -> Result<Vec<Timestamp>> {
    let mut found = Vec::new();
    let mut scan = Scan {
        prefix: tick::PREFIX.to_owned(),
        after: Some(Tick::key_at(after)),
        limit: 256,
        ..Scan::default()
    };
    loop {
        let page = context.table::<Tick>().scan(&scan).await?;
        let Some(last) = page.last() else {
            return Ok(found);
        };
        let done = last.as_of >= before;
        scan.after = Some(last.key());
        found.extend(page.iter().map(|tick| tick.as_of).filter(|as_of| *as_of < before));
        if done {
            return Ok(found);
        }
    }
}

/// The instants after `after` and before `before` that nobody has.
fn collect_missed(
    after: Timestamp,
    before: Timestamp,
    next: impl Fn(Timestamp) -> Option<Timestamp>,
    taken: impl Fn(Timestamp) -> bool,
    missed: &mut Vec<Timestamp>,
) {
    let mut at = after;
    while let Some(instant) = next(at).filter(|instant| *instant < before) {
        if !taken(instant) {
            missed.push(instant);
        }
        at = instant;
    }
}

/// Notes what was left out before `as_of`, and that everything up to it is settled.
async fn settle(
    context: &Context,
    job_type: JobType,
    missed: &[Timestamp],
    as_of: Timestamp,
    now: Timestamp,
) -> Result<()> {
    if let Some(missed) = Missed::of(&context.config.schedule, job_type, missed, as_of, now)
        && context.table().insert(&missed).await?
    {
        warn!(from = %missed.from, to = %missed.to, count = missed.count, job = job_type.as_str(), "scheduled instants were left out");
        metrics::counter!("folio_missed_total", "job" => job_type.as_str()).increment(missed.count);
    }
    context
        .table::<Past>()
        .modify(job_type.as_str(), |past| {
            let later = past.last < Some(as_of);
            if later {
                past.last = Some(as_of);
            }
            Ok(later)
        })
        .await?;
    Ok(())
}

impl Missed {
    /// The instants that were left out up to `at`, unless there are none.
    pub(crate) fn of(
        schedule: &Schedule,
        job_type: JobType,
        instants: &[Timestamp],
        at: Timestamp,
        now: Timestamp,
    ) -> Option<Self> {
        let (from, to) = (*instants.first()?, *instants.last()?);
        let is_valuation = job_type == JobType::PortfolioValuation;
        let count = |cron: &Cron| {
            instants
                .iter()
                .filter(|instant| is_valuation && cron.matches(**instant))
                .count() as u64
        };
        Some(Self {
            job_type,
            from,
            to,
            count: instants.len() as u64,
            daily: count(&schedule.daily),
            hourly: count(&schedule.hourly),
            noticed_at: now,
            at,
            given_up: false,
        })
    }

    /// The tick at `as_of`, which was begun and given up.
    pub(crate) fn given_up(schedule: &Schedule, as_of: Timestamp, now: Timestamp) -> Self {
        Self {
            job_type: JobType::PortfolioValuation,
            from: as_of,
            to: as_of,
            count: 1,
            daily: u64::from(schedule.daily.matches(as_of)),
            hourly: u64::from(schedule.hourly.matches(as_of)),
            noticed_at: now,
            at: as_of,
            given_up: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn hours(from: u32, to: u32) -> Vec<Timestamp> {
        (from..=to)
            .map(|hour| at(&format!("2026-03-01T{hour:02}:00:00Z")))
            .collect()
    }

    #[track_caller]
    fn check(since: &str, last: Option<&str>, now: &str, expected: Option<&str>) {
        let schedule = Schedule::parse("0 * * * *", "0 9 * * *", "0 */6 * * *").unwrap();
        let past = Past {
            job_type: JobType::PortfolioValuation,
            since: at(since),
            last: last.map(at),
        };
        assert_eq!(
            due(schedule.previous_valuation(at(now)), &past),
            expected.map(at),
            "{since} {last:?} {now}"
        );
    }

    #[test]
    fn the_first_start_has_no_backlog_and_later_ones_run_the_latest() {
        check("2026-03-01T08:30:00Z", None, "2026-03-01T08:30:00Z", None);
        check("2026-03-01T08:30:00Z", None, "2026-03-01T08:59:59.999Z", None);
        check(
            "2026-03-01T08:30:00Z",
            None,
            "2026-03-01T09:00:00.2Z",
            Some("2026-03-01T09:00:00Z"),
        );
        check(
            "2026-03-01T09:00:00Z",
            None,
            "2026-03-01T09:00:00Z",
            Some("2026-03-01T09:00:00Z"),
        );
        let last = Some("2026-03-01T09:00:00Z");
        check("2026-03-01T08:30:00Z", last, "2026-03-01T09:59:00Z", None);
        check(
            "2026-03-01T08:30:00Z",
            last,
            "2026-03-01T13:20:00Z",
            Some("2026-03-01T13:00:00Z"),
        );
        // A clock that was set back makes nothing twice.
        check("2026-03-01T08:30:00Z", last, "2026-03-01T08:10:00Z", None);
    }

    #[test]
    fn what_lies_between_is_missed_unless_somebody_has_it() {
        let cron = Cron::parse("0 * * * *").unwrap();
        let mut missed = Vec::new();
        let taken = hours(11, 11);
        collect_missed(
            hours(9, 9)[0],
            hours(14, 14)[0],
            |at| cron.next(at),
            |at| taken.contains(&at),
            &mut missed,
        );
        assert_eq!(missed, [hours(10, 10), hours(12, 13)].concat());
    }
}
