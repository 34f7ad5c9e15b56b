//! What server, command line and tests call.

use std::sync::Arc;
use std::time::Duration;

use folio_core::store::{NotificationQuery, Page, Scan};
use folio_core::{Error, JobId, OwnerId, PortfolioId, Result, Tracker, Trigger};
use futures::FutureExt;
use jiff::Timestamp;
use tokio::time::timeout;
use tracing::warn;
use uuid::Uuid;

use crate::claims;
use crate::cleanup::{self, CleanupReport};
use crate::config::JobsConfig;
use crate::context::Context;
use crate::cron::Cron;
use crate::delivery;
use crate::dispatcher::{self, PassReport};
use crate::job::{Job, JobRow, JobType};
use crate::ledger::{Incident, Missed, Past};
use crate::notifications::{self, ChannelStatus, NotificationRecord};
use crate::outbox::DeliveryStatus;
use crate::overview::{self, Overview};
use crate::owned::{self, Owned};
use crate::pulse::Loops;
use crate::queue::{Handler, JobQueue, WorkerOptions};
use crate::scheduler::{self, Waking};
use crate::tick::{self, Tick, TickStatus};
use crate::worker::Worker;

/// How long running work has to come to an end after the process was asked to stop.
const GRACE: Duration = Duration::from_secs(20);
/// The most records of one sort that a report lists.
const LISTED: usize = 100;

/// When a scheduled job runs, and when it did.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ScheduleEntry {
    /// What runs.
    pub job: JobType,
    /// When, in UTC.
    pub cron: String,
    /// The next instant; `None` when there is none.
    pub next: Option<Timestamp>,
    /// The last instant of this schedule that is behind us since folio was first started.
    pub last_tick: Option<Timestamp>,
    /// How many instants were left out in the last seven days.
    pub missed: u64,
}

/// How scheduled work fares.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Health {
    /// How many ticks are not finished.
    pub open_ticks: usize,
    /// The oldest of them.
    pub oldest_open_tick: Option<Timestamp>,
    /// What was left out in the last seven days.
    pub missed: Vec<Missed>,
    /// The portfolios and chunks that were given up in the last seven days.
    pub given_up: Vec<Incident>,
}

/// The jobs: schedules, worker and dispatcher of one process.
///
/// Cheap to clone, every clone the same. Any number of processes may run them on the same store and queue.
#[derive(Clone, Debug)]
pub struct Jobs(Arc<Context>);

impl Jobs {
    /// The jobs of a tracker's portfolios, delivered by `queue`.
    #[must_use]
    pub fn new(tracker: Tracker, queue: Arc<dyn JobQueue>, config: JobsConfig) -> Self {
        Self(Arc::new(Context::new(tracker, queue, config)))
    }

    /// Asks for a snapshot of one portfolio. While one is queued or running, that is the one.
    ///
    /// The job is kept before this returns; the queue need not be reachable.
    ///
    /// # Errors
    /// `NotFound` when the owner has no such portfolio, `Unavailable`.
    pub async fn start_manual_valuation(&self, owner: &OwnerId, portfolio: PortfolioId) -> Result<Job> {
        let context = &*self.0;
        context.store().portfolio(owner, portfolio).await?;
        let now = context.now();
        let subject = format!("{}:{portfolio}", JobType::PortfolioValuation.as_str());
        let claim = claims::claim(context, &subject, JobId::new(now), now).await?;
        let owned = Owned {
            owner: owner.clone(),
            job_id: claim.job_id,
            asked_at: claim.asked_at,
        };
        context.table::<Owned>().insert(&owned).await?;
        let row = JobRow::new(claim.job_id, JobType::PortfolioValuation, claim.asked_at);
        let row = claims::ensure(context, &row.of(owner.clone(), portfolio)).await?;
        context.wake.notify_one();
        Ok(row.view())
    }

    /// Asks for a job of the operator's: a snapshot of every portfolio at the present second, or the
    /// histories of what is held. While one is not over, that is the one.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn start(&self, job_type: JobType) -> Result<Job> {
        let context = &*self.0;
        let now = context.now();
        let now = context.records.now().await?.map_or(now, |theirs| theirs.min(now));
        let claim = claims::claim(context, job_type.as_str(), JobId::new(now), now).await?;
        let mut row = JobRow::new(claim.job_id, job_type, claim.asked_at);
        if job_type == JobType::PortfolioValuation {
            let as_of = tick::second(claim.asked_at);
            self.ensure_tick(as_of, claim.job_id, now).await?;
            row = row.of_tick(as_of);
        }
        let row = claims::ensure(context, &row).await?;
        context.wake.notify_one();
        claims::view(context, &row, now).await
    }

    /// Makes the tick that a person asked for, or joins the one of the same second.
    async fn ensure_tick(&self, as_of: Timestamp, job_id: JobId, now: Timestamp) -> Result<()> {
        let mut tick = Tick::new(as_of, self.0.config.schedule.triggers(as_of), now);
        tick.triggers.push(Trigger::Manual);
        tick.job_id = Some(job_id);
        let table = self.0.table::<Tick>();
        if table.insert(&tick).await? {
            return Ok(());
        }
        let join = |tick: &mut Tick| {
            let alone = !tick.triggers.contains(&Trigger::Manual);
            if alone {
                tick.triggers.push(Trigger::Manual);
                tick.job_id.get_or_insert(job_id);
            }
            Ok(alone)
        };
        table.modify(&Tick::key_at(as_of), join).await.map(|_| ())
    }

    /// A job; of an owner's only their own, of the operator (`None`) any.
    ///
    /// # Errors
    /// `NotFound` when there is none, when it belongs to somebody else, and seven days after it ended.
    pub async fn job(&self, owner: Option<&OwnerId>, id: JobId) -> Result<Job> {
        let row = self.0.table::<JobRow>().get(&id.to_string()).await?;
        let row = row.filter(|row| owner.is_none() || row.owner.as_ref() == owner);
        let row = row.ok_or_else(|| Error::not_found("job"))?;
        claims::view(&self.0, &row, self.0.now()).await
    }

    /// The ids of the jobs that an owner asked for, the last one first, of those before `before` in this list.
    ///
    /// # Errors
    /// `Unavailable`, `CorruptData`.
    pub async fn ids_of(&self, owner: &OwnerId, before: Option<JobId>, limit: usize) -> Result<Vec<JobId>> {
        owned::ids(&self.0, owner, before, limit).await
    }

    /// Those of an owner's jobs that have these ids, in the order of the ids.
    ///
    /// # Errors
    /// `Unavailable`, `CorruptData`.
    pub async fn jobs_of(&self, owner: &OwnerId, ids: &[JobId]) -> Result<Vec<Job>> {
        owned::jobs(&self.0, owner, ids).await
    }

    /// The last scheduled instants that are kept, the latest first, and how far they are.
    ///
    /// # Errors
    /// `Unavailable`, `CorruptData`.
    pub async fn ticks(&self, limit: usize) -> Result<Vec<TickStatus>> {
        tick::latest(&self.0, limit).await
    }

    /// The schedules: when each of them is next, and what is behind it.
    ///
    /// # Errors
    /// `Unavailable`, `CorruptData`.
    pub async fn schedule(&self) -> Result<Vec<ScheduleEntry>> {
        let now = self.0.now();
        let schedule = &self.0.config.schedule;
        let (valuation, history) = (JobType::PortfolioValuation, JobType::HistoricalData);
        let mut entries = Vec::with_capacity(3);
        let missed = [self.missed(valuation).await?, self.missed(history).await?];
        for (job, cron, missed) in [
            (
                valuation,
                &schedule.hourly,
                missed[0].iter().map(|missed| missed.hourly).sum(),
            ),
            (
                valuation,
                &schedule.daily,
                missed[0].iter().map(|missed| missed.daily).sum(),
            ),
            (
                history,
                &schedule.history,
                missed[1].iter().map(|missed| missed.count).sum(),
            ),
        ] {
            let past = self.0.table::<Past>().get(job.as_str()).await?;
            let last_tick = past.and_then(|past| last_of(cron, &past));
            entries.push(ScheduleEntry {
                job,
                cron: cron.as_str().to_owned(),
                next: cron.next(now),
                last_tick,
                missed,
            });
        }
        Ok(entries)
    }

    async fn missed(&self, job_type: JobType) -> Result<Vec<Missed>> {
        let prefix = Missed::prefix_of(job_type);
        let scan = Scan {
            prefix,
            descending: true,
            limit: LISTED,
            ..Scan::default()
        };
        let found = self.0.table::<Missed>().scan(&scan).await?;
        Ok(found
            .into_iter()
            .map(folio_core::store::Versioned::into_inner)
            .collect())
    }

    /// How scheduled work fares, the newest losses first.
    ///
    /// # Errors
    /// `Unavailable`, `CorruptData`.
    pub async fn health(&self) -> Result<Health> {
        let open = Scan {
            prefix: tick::PREFIX.to_owned(),
            open: true,
            limit: LISTED,
            ..Scan::default()
        };
        let open = self.0.table::<Tick>().scan(&open).await?;
        let mut missed = self.missed(JobType::PortfolioValuation).await?;
        missed.extend(self.missed(JobType::HistoricalData).await?);
        let newest = Scan {
            descending: true,
            limit: LISTED,
            ..Scan::default()
        };
        let given_up = self.0.table::<Incident>().scan(&newest).await?;
        Ok(Health {
            open_ticks: open.len(),
            oldest_open_tick: open.first().map(|tick| tick.as_of),
            missed,
            given_up: given_up
                .into_iter()
                .map(folio_core::store::Versioned::into_inner)
                .collect(),
        })
    }

    /// What is under way: ticks, jobs, notifications, and how much waits in the queue.
    ///
    /// # Errors
    /// `Unavailable`, `CorruptData`; a queue that does not answer is in the answer.
    pub async fn overview(&self) -> Result<Overview> {
        overview::look(&self.0, self.health().await?, self.schedule().await?).await
    }

    /// How the loops of this process are; `None` where [`run`](Self::run) does not run.
    #[must_use]
    pub fn loops(&self) -> Option<Loops> {
        self.0.pulse.at(self.0.now())
    }

    /// What an owner was told, newest first, and how far its deliveries are.
    ///
    /// # Errors
    /// `Unavailable`, `CorruptData`.
    pub async fn notifications(&self, query: &NotificationQuery) -> Result<Page<NotificationRecord>> {
        notifications::list(&self.0, query).await
    }

    /// Has a notification sent once more through each of its channels, with the same id. One that is on its
    /// way goes on as it is.
    ///
    /// # Errors
    /// `NotFound` when the owner has no such notification, `Unavailable`.
    pub async fn send_again(&self, owner: &OwnerId, notification: Uuid) -> Result<NotificationRecord> {
        notifications::send_again(&self.0, owner, notification).await
    }

    /// Sends a sample through a channel, at once and from this process; a channel that takes it is enabled
    /// again. That it was not taken is no error: the answer says so.
    ///
    /// # Errors
    /// `NotFound` when no channel of this name is set up, `Unavailable`.
    pub async fn test_channel(&self, owner: &OwnerId, channel: &str) -> Result<DeliveryStatus> {
        notifications::test(&self.0, owner, channel).await
    }

    /// The channels that are set up, in alphabetical order.
    ///
    /// # Errors
    /// `Unavailable`, `CorruptData`.
    pub async fn channels(&self) -> Result<Vec<ChannelStatus>> {
        notifications::channels(&self.0).await
    }

    /// Runs schedules, dispatcher, worker and clean-up until `shutdown`.
    ///
    /// Then running work stops at the next point where nothing of it has to be done again, within 25
    /// seconds; what is left goes to another process or to the next start.
    ///
    /// # Errors
    /// `NotConfigured` when the schedules cannot be started; what the queue says no later try can mend.
    pub async fn run(&self, shutdown: impl Future<Output = ()> + Send) -> Result<()> {
        let context = &self.0;
        context.set_stopping(false);
        let waking = Waking::start(context).await?;
        if let Err(error) = delivery::enable_all(context).await {
            warn!(%error, "channels that are disabled stay so");
        }
        let stopped = Arc::clone(context);
        let stopped = async move { stopped.stopped().await }.boxed();
        let options = WorkerOptions::new(context.config.concurrency, "folio");
        let work = async {
            context.pulse.work(true);
            let ended = context.queue.work(options, self.handler(), stopped).await;
            context.pulse.work(false);
            ended
        };
        context.pulse.start(context.now());
        let all = async {
            tokio::try_join!(work, dispatcher::run(context).map(Ok), cleanup::run(context).map(Ok),).map(|_| ())
        };
        tokio::pin!(all);
        let ended = tokio::select! {
            ended = &mut all => ended,
            () = shutdown => {
                context.set_stopping(true);
                timeout(GRACE, all).await.unwrap_or_else(|_| {
                    warn!("work that did not end in time is taken over by another process");
                    Ok(())
                })
            }
        };
        context.set_stopping(true);
        context.pulse.stop();
        waking.stop().await;
        ended
    }

    /// What is done with a delivery, for a program that runs its own worker.
    #[must_use]
    pub fn handler(&self) -> Arc<dyn Handler> {
        Arc::new(Worker(Arc::clone(&self.0)))
    }

    /// One pass of the dispatcher at `now`, for a program that runs its own loop.
    ///
    /// # Errors
    /// `Unavailable` when the store or the queue is; the next pass does what this one did not.
    pub async fn pass(&self, now: Timestamp) -> Result<PassReport> {
        dispatcher::pass(&self.0, now).await
    }

    /// Claims what the schedules have due at `now`, for a program that runs its own loop.
    ///
    /// # Errors
    /// `Unavailable`; the next call does what this one did not.
    pub async fn fire(&self, now: Timestamp) -> Result<()> {
        scheduler::fire(&self.0, now).await
    }

    /// Removes what is past its time at `now`, for a program that runs its own loop.
    ///
    /// # Errors
    /// `Unavailable`; the next call removes the rest.
    pub async fn clean(&self, now: Timestamp) -> Result<CleanupReport> {
        cleanup::clean(&self.0, now).await
    }
}

/// The last instant of `cron` that is behind a schedule.
fn last_of(cron: &Cron, past: &Past) -> Option<Timestamp> {
    cron.previous(past.last?).filter(|last| *last >= past.since)
}
