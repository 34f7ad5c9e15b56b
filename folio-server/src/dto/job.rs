//! Jobs and the schedule, as clients receive them.

use folio_core::ValuationId;
use folio_jobs::{Job, JobResult};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::words;

/// Work that somebody or the clock asked for.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Job)]
pub struct JobDto {
    /// Its id.
    #[schema(value_type = String)]
    pub id: folio_core::JobId,
    /// What it does: portfolio-valuation, historical-data.
    #[serde(rename = "type")]
    #[schema(value_type = String, example = "portfolio-valuation")]
    pub kind: &'static str,
    /// Where it is.
    #[schema(value_type = words::JobState)]
    pub state: &'static str,
    /// How often it was started.
    pub attempts: u32,
    /// How far it is, where that is known.
    #[schema(required)]
    pub progress: Option<ProgressDto>,
    /// What came of it.
    #[schema(required)]
    pub result: Option<JobResultDto>,
    /// Why it was given up, or what made it fail last.
    #[schema(required)]
    pub error: Option<JobErrorDto>,
    /// When it was asked for.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was last started.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub started_at: Option<Timestamp>,
    /// When it ended.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub finished_at: Option<Timestamp>,
}

impl From<Job> for JobDto {
    fn from(job: Job) -> Self {
        Self {
            id: job.id,
            kind: job.job_type.as_str(),
            state: job.state.as_str(),
            attempts: job.attempts,
            progress: job.progress.map(|progress| ProgressDto {
                done: progress.done,
                total: progress.total,
            }),
            result: job.result.map(|result| match result {
                JobResult::Valuation(id) => JobResultDto {
                    valuation_id: Some(id),
                    missing: None,
                },
                JobResult::Histories { missing } => JobResultDto {
                    valuation_id: None,
                    missing: Some(missing),
                },
                _ => JobResultDto {
                    valuation_id: None,
                    missing: None,
                },
            }),
            error: job.error.map(|error| JobErrorDto {
                code: error.code,
                detail: error.detail,
            }),
            created_at: job.created_at,
            started_at: job.started_at,
            finished_at: job.finished_at,
        }
    }
}

/// What came of a job; which field is there depends on the job.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = JobResult)]
pub struct JobResultDto {
    /// The snapshot, of a portfolio's valuation.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub valuation_id: Option<ValuationId>,
    /// How many assets have no history, of historical-data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<u64>,
}

/// Why a job failed.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = JobError)]
pub struct JobErrorDto {
    /// The kind of fault.
    #[schema(example = "not_found")]
    pub code: String,
    /// A sentence for a person.
    pub detail: String,
}

impl From<folio_jobs::ScheduleEntry> for ScheduleEntry {
    fn from(entry: folio_jobs::ScheduleEntry) -> Self {
        Self {
            job: entry.job.as_str(),
            cron: entry.cron,
            next: entry.next,
            last_tick: entry.last_tick,
            missed: entry.missed,
        }
    }
}

/// How far a job is.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(as = Progress)]
pub struct ProgressDto {
    /// So much is done.
    pub done: u64,
    /// Of so much.
    pub total: u64,
}

/// A job to start for everybody.
#[derive(Clone, Debug, ToSchema)]
pub struct JobRequest {
    /// portfolio-valuation or historical-data.
    #[schema(rename = "type", example = "historical-data")]
    pub kind: String,
}

/// When a job runs.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ScheduleEntry {
    /// The job.
    #[schema(value_type = String, example = "portfolio-valuation")]
    pub job: &'static str,
    /// The schedule, five fields, UTC.
    #[schema(example = "0 * * * *")]
    pub cron: String,
    /// The next time.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub next: Option<Timestamp>,
    /// The last time that was run.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub last_tick: Option<Timestamp>,
    /// How many times were missed and not caught up.
    pub missed: u64,
}
