//! One job at a time for one thing: whoever asks again while it is not over gets the same one.

use folio_core::store::{Row, Scan};
use folio_core::{JobId, Result};
use jiff::{SignedDuration, Timestamp};

use crate::chunk_row::Chunk;
use crate::context::Context;
use crate::job::{Claim, Job, JobRow, JobState, Progress};
use crate::tick::{Tick, TickState};

/// For so long a job whose row is not there yet is taken for one that is about to be written.
const WRITTEN_WITHIN: SignedDuration = SignedDuration::from_hours(1);
/// More chunks than this are not counted for the progress of a job.
const COUNTED: usize = 1_000;

/// The claim on `subject`: the one whose job is not over, else a new one for `job_id`.
///
/// The claim is written before the job. Whoever gets it writes the job with [`ensure`], so that a process
/// that dies in between leaves nothing that the next one does not finish.
pub(crate) async fn claim(context: &Context, subject: &str, job_id: JobId, now: Timestamp) -> Result<Claim> {
    let table = context.table::<Claim>();
    let mine = Claim {
        subject: subject.to_owned(),
        job_id,
        asked_at: now,
    };
    loop {
        if table.insert(&mine).await? {
            return Ok(mine);
        }
        let Some(mut theirs) = table.get(subject).await? else {
            continue;
        };
        if theirs.job_id == job_id || !is_over(context, &theirs, now).await? {
            return Ok(theirs.into_inner());
        }
        *theirs = mine.clone();
        if table.replace(&mut theirs).await? {
            return Ok(mine);
        }
    }
}

async fn is_over(context: &Context, claim: &Claim, now: Timestamp) -> Result<bool> {
    Ok(match context.table::<JobRow>().get(&claim.job_id.to_string()).await? {
        Some(row) => view(context, &row, now).await?.state.is_terminal(),
        None => now.duration_since(claim.asked_at) > WRITTEN_WITHIN,
    })
}

/// Writes a job unless it is there, and answers the one that is.
pub(crate) async fn ensure(context: &Context, job: &JobRow) -> Result<JobRow> {
    let table = context.table::<JobRow>();
    if table.insert(job).await? {
        return Ok(job.clone());
    }
    Ok(table
        .get(&job.key())
        .await?
        .map_or_else(|| job.clone(), folio_core::store::Versioned::into_inner))
}

/// A job as clients see it; one of a tick is as far as the tick is.
pub(crate) async fn view(context: &Context, row: &JobRow, now: Timestamp) -> Result<Job> {
    let mut job = row.view();
    let Some(as_of) = row.tick else {
        return Ok(job);
    };
    let Some(tick) = context.table::<Tick>().get(&Tick::key_at(as_of)).await? else {
        let waits = now.duration_since(row.created_at) <= WRITTEN_WITHIN;
        job.state = if waits { JobState::Queued } else { JobState::Failed };
        return Ok(job);
    };
    job.attempts = tick.dispatch.attempt;
    job.started_at = (tick.dispatch.attempt > 0).then_some(tick.created_at);
    job.finished_at = tick.finished_at;
    job.state = match tick.state {
        TickState::Planning if tick.dispatch.attempt == 0 => JobState::Queued,
        TickState::Planning | TickState::Open => JobState::Running,
        TickState::Complete => JobState::Succeeded,
        TickState::Missed => JobState::Failed,
    };
    if let Some(total) = tick.chunk_count {
        let limit = COUNTED + 1;
        let scan = Scan {
            prefix: Chunk::prefix_of(as_of),
            open: true,
            limit,
            ..Scan::default()
        };
        let open = if tick.is_terminal() {
            0
        } else {
            context.table::<Chunk>().scan(&scan).await?.len()
        };
        let total = u64::from(total);
        job.progress = (open < limit).then(|| Progress {
            done: total.saturating_sub(open as u64),
            total,
        });
    }
    if let (JobState::Failed, Some(detail)) = (job.state, &tick.last_error) {
        job.error = Some(crate::job::JobError {
            code: "unavailable".to_owned(),
            detail: detail.clone(),
        });
    }
    Ok(job)
}
