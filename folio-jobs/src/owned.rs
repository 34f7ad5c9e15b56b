//! Which jobs are whose: the rows of jobs are found by their ids alone.

use folio_core::store::{RecordKind, Row, Scan, owner_prefix};
use folio_core::{JobId, OwnerId, Result};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::dispatch::KEEP;
use crate::job::{Job, JobRow};

/// That an owner asked for a job. It is written before the job, so that no job is without it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Owned {
    pub owner: OwnerId,
    pub job_id: JobId,
    pub asked_at: Timestamp,
}

impl Row for Owned {
    const KIND: RecordKind = RecordKind("owner_jobs");

    fn key(&self) -> String {
        format!("{}{}", owner_prefix(&self.owner), self.job_id)
    }

    fn expires_at(&self) -> Option<Timestamp> {
        // No later than its job, which is kept as long from its end on: a list of jobs has none that are gone.
        Some(self.asked_at + KEEP)
    }
}

/// The ids of an owner's jobs, those asked for last first.
pub(crate) async fn ids(context: &Context, owner: &OwnerId, before: Option<JobId>, limit: usize) -> Result<Vec<JobId>> {
    let prefix = owner_prefix(owner);
    let scan = Scan {
        after: before.map(|id| format!("{prefix}{id}")),
        prefix,
        descending: true,
        open: false,
        limit,
    };
    let rows = context.table::<Owned>().scan(&scan).await?;
    Ok(rows.iter().map(|row| row.job_id).collect())
}

/// Those of an owner's jobs that have these ids, in their order.
pub(crate) async fn jobs(context: &Context, owner: &OwnerId, ids: &[JobId]) -> Result<Vec<Job>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let keys: Vec<_> = ids.iter().map(ToString::to_string).collect();
    let rows = context.table::<JobRow>().get_many(&keys).await?;
    // An owner's jobs are of single portfolios, so none is as far as some tick is.
    let own = rows.iter().filter(|row| row.owner.as_ref() == Some(owner));
    Ok(own.map(|row| row.view()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_job_asked_for_last_has_the_last_key_of_its_owner() {
        let row = |owner: &str, at: &str| {
            let asked_at: Timestamp = at.parse().unwrap();
            let (owner, job_id) = (OwnerId::new(owner), JobId::new(asked_at));
            Owned {
                owner,
                job_id,
                asked_at,
            }
        };
        let (first, last) = (row("ann", "2026-03-01T09:00:00Z"), row("ann", "2026-03-01T09:00:01Z"));
        assert!(first.key() < last.key());
        assert!(!row("ann/b", "2026-03-01T09:00:00Z").key().starts_with("ann/"));
    }
}
