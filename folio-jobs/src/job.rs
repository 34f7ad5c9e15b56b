//! Jobs: what a person or the clock asked for, and what became of it.

use folio_core::store::{RecordKind, Row};
use folio_core::{AssetId, Error, ErrorKind, JobId, OwnerId, PortfolioId, ValuationId};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::dispatch::{Dispatch, KEEP, Phase, Work};

/// So many starts of a job may die before it is given up.
const DEATHS: u32 = 3;
/// How long a job is tried again: one that somebody waits for, and the others.
const PATIENCE: [SignedDuration; 2] = [SignedDuration::from_hours(1), SignedDuration::from_hours(24)];

/// What a job does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum JobType {
    /// Values one portfolio, or all of them at one instant, and keeps the snapshots.
    PortfolioValuation,
    /// Brings the price histories of what is held up to date.
    HistoricalData,
}

impl JobType {
    /// The name: `portfolio-valuation`, `historical-data`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PortfolioValuation => "portfolio-valuation",
            Self::HistoricalData => "historical-data",
        }
    }
}

/// How far a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// It waits for its first start.
    Queued,
    /// A worker has it.
    Running,
    /// A start failed; there will be another.
    Retrying,
    /// It did what it was for.
    Succeeded,
    /// It was given up.
    Failed,
}

impl JobState {
    /// The word for the state.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Retrying => "retrying",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        }
    }

    /// Whether nothing more happens.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed)
    }
}

/// How much of a job is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// So many.
    pub done: u64,
    /// Of so many.
    pub total: u64,
}

/// What a job brought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum JobResult {
    /// The snapshot of one portfolio.
    Valuation(ValuationId),
    /// How many assets have no history; nobody knows them or nobody answered.
    Histories {
        /// So many.
        missing: u64,
    },
}

/// Why a job was given up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobError {
    /// The code of the error's kind, `not_found`.
    pub code: String,
    /// A sentence for the reader.
    pub detail: String,
}

impl From<&Error> for JobError {
    fn from(error: &Error) -> Self {
        Self {
            code: error.kind().as_str().to_owned(),
            detail: error.message().to_owned(),
        }
    }
}

/// What was asked for, and what became of it; kept seven days after it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// What it does.
    pub job_type: JobType,
    /// Whose it is; `None` is the operator's.
    pub owner: Option<OwnerId>,
    /// The portfolio, where it is about one.
    pub portfolio_id: Option<PortfolioId>,
    /// How far it is.
    pub state: JobState,
    /// How often it was started.
    pub attempts: u32,
    /// How much is done, where that is known.
    pub progress: Option<Progress>,
    /// What it brought.
    pub result: Option<JobResult>,
    /// Why it was given up, or what made it fail last.
    pub error: Option<JobError>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it was started first.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

/// A job as it is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct JobRow {
    pub id: JobId,
    pub job_type: JobType,
    pub owner: Option<OwnerId>,
    pub portfolio_id: Option<PortfolioId>,
    /// The instant of the tick that does the work; such a job is never dispatched itself.
    pub tick: Option<Timestamp>,
    /// The instant of a portfolio's snapshot, fixed at the first start.
    pub as_of: Option<Timestamp>,
    /// The last asset whose history was asked for.
    pub cursor: Option<AssetId>,
    /// How many assets have no history.
    pub missing: u64,
    pub dispatch: Dispatch,
    pub starts: u32,
    pub deaths: u32,
    pub succeeded: bool,
    pub progress: Option<Progress>,
    pub result: Option<JobResult>,
    pub error: Option<JobError>,
    pub created_at: Timestamp,
    pub started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
}

impl JobRow {
    /// A job to run.
    pub(crate) fn new(id: JobId, job_type: JobType, now: Timestamp) -> Self {
        Self {
            id,
            job_type,
            owner: None,
            portfolio_id: None,
            tick: None,
            as_of: None,
            cursor: None,
            missing: 0,
            dispatch: Dispatch::open(now),
            starts: 0,
            deaths: 0,
            succeeded: false,
            progress: None,
            result: None,
            error: None,
            created_at: now,
            started_at: None,
            finished_at: None,
        }
    }

    /// The same as the job of one portfolio.
    pub(crate) fn of(mut self, owner: OwnerId, portfolio: PortfolioId) -> Self {
        self.owner = Some(owner);
        self.portfolio_id = Some(portfolio);
        self
    }

    /// The same as the job of a tick, which does the work.
    pub(crate) fn of_tick(mut self, as_of: Timestamp) -> Self {
        self.tick = Some(as_of);
        self.dispatch.close();
        self
    }

    /// It did what it was for.
    pub(crate) fn succeed(&mut self, result: JobResult, now: Timestamp) {
        self.succeeded = true;
        self.result = Some(result);
        self.error = None;
        self.finished_at = Some(now);
        self.dispatch.close();
    }

    fn give_up(&mut self, now: Timestamp) {
        self.finished_at = Some(now);
        self.dispatch.close();
    }

    /// As clients see it.
    pub(crate) fn view(&self) -> Job {
        let state = match self.dispatch.phase {
            Phase::Closed if self.succeeded => JobState::Succeeded,
            Phase::Closed => JobState::Failed,
            Phase::Running => JobState::Running,
            Phase::Open | Phase::Pushed if self.starts == 0 => JobState::Queued,
            Phase::Open | Phase::Pushed => JobState::Retrying,
        };
        Job {
            id: self.id,
            job_type: self.job_type,
            owner: self.owner.clone(),
            portfolio_id: self.portfolio_id,
            state,
            attempts: self.starts,
            progress: self.progress,
            result: self.result.clone(),
            error: self.error.clone(),
            created_at: self.created_at,
            started_at: self.started_at,
            finished_at: self.finished_at,
        }
    }
}

impl Row for JobRow {
    const KIND: RecordKind = RecordKind("jobs");

    fn key(&self) -> String {
        self.id.to_string()
    }

    fn due_at(&self) -> Option<Timestamp> {
        self.dispatch.due_at()
    }

    fn expires_at(&self) -> Option<Timestamp> {
        let ended = self.finished_at.or(self.tick.map(|_| self.created_at));
        ended.map(|at| at + KEEP)
    }
}

impl Work for JobRow {
    const WORD: &'static str = "job";

    fn dispatch(&self) -> &Dispatch {
        &self.dispatch
    }

    fn dispatch_mut(&mut self) -> &mut Dispatch {
        &mut self.dispatch
    }

    fn started(&mut self, now: Timestamp) {
        self.starts = self.starts.saturating_add(1);
        self.started_at.get_or_insert(now);
    }

    fn died(&mut self, now: Timestamp, _: SignedDuration) {
        self.deaths = self.deaths.saturating_add(1);
        if self.deaths >= DEATHS {
            self.error = Some(JobError {
                code: ErrorKind::Internal.as_str().to_owned(),
                detail: "the workers that had the job ended without an outcome".to_owned(),
            });
            self.give_up(now);
        }
    }

    fn failed(&mut self, now: Timestamp, _: SignedDuration, error: &Error) {
        self.error = Some(error.into());
        self.dispatch.fail(now, error);
        let patience = PATIENCE[usize::from(self.portfolio_id.is_none())];
        if !error.is_retryable() || now.duration_since(self.created_at) > patience {
            self.give_up(now);
        }
    }
}

/// Which job is the one for something: while it is not over, whoever asks again gets the same one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claim {
    /// What the job is for.
    pub subject: String,
    /// The job. Its row is written after this one, with the same id by whoever finds it missing.
    pub job_id: JobId,
    /// When it was asked for.
    pub asked_at: Timestamp,
}

impl Row for Claim {
    const KIND: RecordKind = RecordKind("job_claims");

    fn key(&self) -> String {
        self.subject.clone()
    }

    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.asked_at + KEEP)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_follows_the_row() {
        let now: Timestamp = "2026-03-01T09:00:00Z".parse().unwrap();
        let hour = SignedDuration::from_hours(1);
        let mut row = JobRow::new(JobId::new(now), JobType::HistoricalData, now);
        assert_eq!(row.view().state, JobState::Queued);
        row.dispatch.push(now);
        assert_eq!(row.view().state, JobState::Queued);
        row.started(now);
        row.dispatch.run(now, JobRow::SILENT_FOR);
        assert_eq!(row.view().state, JobState::Running);
        row.failed(now, hour, &Error::new(ErrorKind::Timeout, "slow"));
        assert_eq!(row.view().state, JobState::Retrying);
        assert_eq!(row.view().error.unwrap().code, "timeout");
        let mut given_up = row.clone();
        given_up.failed(now, hour, &Error::not_found("portfolio"));
        assert_eq!(given_up.view().state, JobState::Failed);
        row.succeed(JobResult::Histories { missing: 0 }, now);
        assert_eq!(row.view().state, JobState::Succeeded);
        assert_eq!((row.view().error, row.due_at()), (None, None));
    }

    #[test]
    fn a_job_that_kills_its_workers_is_given_up() {
        let now: Timestamp = "2026-03-01T09:00:00Z".parse().unwrap();
        let mut row = JobRow::new(JobId::new(now), JobType::PortfolioValuation, now);
        for _ in 0..DEATHS {
            assert!(!row.view().state.is_terminal());
            row.died(now, SignedDuration::from_hours(1));
        }
        assert_eq!(row.view().state, JobState::Failed);
    }
}
