//! What is under way, as an operator's programs receive it.

use folio_core::{OwnerId, PortfolioId};
use folio_jobs::{Incident, Missed, OpenChunk, OpenDelivery, OpenTick, Overview, TickState};
use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use super::{JobDto, ScheduleEntry};
use crate::presence::ProcessRow;

/// Everything that is under way, and who works on it.
#[derive(Clone, Debug, Serialize)]
pub struct QueueDto {
    /// When it was looked at.
    pub at: Timestamp,
    /// How many deliveries wait for a worker; null where the queue does not answer.
    pub waiting: Option<u64>,
    /// What the queue said in place of an answer.
    pub queue_error: Option<String>,
    /// The processes that run, the oldest first.
    pub processes: Vec<ProcessDto>,
    /// The ticks that are not finished, oldest first.
    pub ticks: Vec<OpenTickDto>,
    /// The jobs that are not finished.
    pub jobs: Vec<JobDto>,
    /// What is on its way to channels.
    pub deliveries: Vec<OpenDeliveryDto>,
    /// Whether there is more of any of these than is listed.
    pub more: bool,
    /// What was given up in the last seven days.
    pub given_up: Vec<GivenUpDto>,
    /// What was left out in the last seven days.
    pub missed: Vec<MissedDto>,
    /// When what runs.
    pub schedule: Vec<ScheduleEntry>,
}

/// A process that runs on the store.
#[derive(Clone, Debug, Serialize)]
pub struct ProcessDto {
    /// What it does: all, api or worker.
    pub role: String,
    /// The version of folio.
    pub version: String,
    /// Its number on its machine.
    pub pid: u32,
    /// When it started.
    pub started_at: Timestamp,
    /// When it last said that it is there.
    pub seen_at: Timestamp,
}

/// A tick that is not finished.
#[derive(Clone, Debug, Serialize)]
pub struct OpenTickDto {
    /// Its instant.
    pub as_of: Timestamp,
    /// How far it is.
    pub state: TickState,
    /// Which schedules have it, and whether somebody asked for it.
    pub triggers: Vec<&'static str>,
    /// How many chunks it has; null while it is planned.
    pub chunks: Option<u32>,
    /// How many of them are finished; null while it is planned.
    pub chunks_done: Option<u64>,
    /// Those that are pushed, running or late.
    pub under_way: Vec<OpenChunkDto>,
    /// What went wrong last.
    pub last_error: Option<String>,
}

/// A chunk that is not finished.
#[derive(Clone, Debug, Serialize)]
pub struct OpenChunkDto {
    /// Its number within the tick.
    pub n: u32,
    /// Where it is: pushed, running or late.
    pub state: &'static str,
    /// How often it was pushed.
    pub attempt: u32,
    /// When it is looked at next.
    pub due_at: Timestamp,
    /// How many portfolios were left out of it.
    pub skipped: usize,
    /// What went wrong last.
    pub last_error: Option<String>,
}

/// A notification on its way through one channel.
#[derive(Clone, Debug, Serialize)]
pub struct OpenDeliveryDto {
    /// The notification.
    pub notification_id: Uuid,
    /// Whose it is.
    pub owner: OwnerId,
    /// The channel.
    pub channel: String,
    /// How far it is.
    pub state: &'static str,
    /// How often it was tried.
    pub attempts: u32,
    /// Why the last try failed.
    pub last_error: Option<String>,
    /// When it is tried next.
    pub next_attempt_at: Option<Timestamp>,
}

/// Part of a tick that was given up.
#[derive(Clone, Debug, Serialize)]
pub struct GivenUpDto {
    /// The instant of the tick.
    pub as_of: Timestamp,
    /// The number of the chunk.
    pub chunk: u32,
    /// The portfolio; null when it was the whole chunk.
    pub portfolio_id: Option<PortfolioId>,
    /// What went wrong last.
    pub detail: String,
    /// When it was given up.
    pub at: Timestamp,
}

/// Scheduled instants that were left out.
#[derive(Clone, Debug, Serialize)]
pub struct MissedDto {
    /// What would have run.
    pub job: &'static str,
    /// The first of them.
    pub from: Timestamp,
    /// The last of them.
    pub to: Timestamp,
    /// How many they are.
    pub count: u64,
}

impl QueueDto {
    /// What is under way, and which processes there are.
    #[must_use]
    pub fn of(overview: Overview, processes: Vec<ProcessRow>) -> Self {
        let (waiting, queue_error) = match overview.waiting {
            Ok(waiting) => (Some(waiting), None),
            Err(error) => (None, Some(error)),
        };
        Self {
            at: overview.at,
            waiting,
            queue_error,
            processes: processes.into_iter().map(ProcessDto::from).collect(),
            ticks: overview.ticks.into_iter().map(OpenTickDto::from).collect(),
            jobs: overview.jobs.into_iter().map(JobDto::from).collect(),
            deliveries: overview.deliveries.into_iter().map(OpenDeliveryDto::from).collect(),
            more: overview.more,
            given_up: overview.health.given_up.into_iter().map(GivenUpDto::from).collect(),
            missed: overview.health.missed.iter().map(MissedDto::from).collect(),
            schedule: overview.schedule.into_iter().map(ScheduleEntry::from).collect(),
        }
    }
}

impl From<ProcessRow> for ProcessDto {
    fn from(row: ProcessRow) -> Self {
        Self {
            role: row.role,
            version: row.version,
            pid: row.pid,
            started_at: row.started_at,
            seen_at: row.seen_at,
        }
    }
}

impl From<OpenTick> for OpenTickDto {
    fn from(tick: OpenTick) -> Self {
        let open = tick.open_chunks as u64;
        Self {
            as_of: tick.as_of,
            state: tick.state,
            triggers: tick.triggers.iter().map(|trigger| trigger.as_str()).collect(),
            chunks: tick.chunk_count,
            chunks_done: tick.chunk_count.map(|count| u64::from(count).saturating_sub(open)),
            under_way: tick.chunks.into_iter().map(OpenChunkDto::from).collect(),
            last_error: tick.last_error,
        }
    }
}

impl From<OpenChunk> for OpenChunkDto {
    fn from(chunk: OpenChunk) -> Self {
        Self {
            n: chunk.n,
            state: chunk.state.as_str(),
            attempt: chunk.attempt,
            due_at: chunk.due_at,
            skipped: chunk.skipped,
            last_error: chunk.last_error,
        }
    }
}

impl From<OpenDelivery> for OpenDeliveryDto {
    fn from(delivery: OpenDelivery) -> Self {
        let status = delivery.status;
        Self {
            notification_id: delivery.notification_id,
            owner: delivery.owner,
            channel: status.channel,
            state: status.state.as_str(),
            attempts: status.attempts,
            last_error: status.last_error,
            next_attempt_at: status.next_attempt_at,
        }
    }
}

impl From<Incident> for GivenUpDto {
    fn from(incident: Incident) -> Self {
        Self {
            as_of: incident.as_of,
            chunk: incident.chunk,
            portfolio_id: incident.portfolio_id,
            detail: incident.detail,
            at: incident.at,
        }
    }
}

impl From<&Missed> for MissedDto {
    fn from(missed: &Missed) -> Self {
        Self {
            job: missed.job_type.as_str(),
            from: missed.from,
            to: missed.to,
            count: missed.count,
        }
    }
}
