//! The snapshot of one portfolio that somebody asked for.

use folio_core::pricing::Caller;
use folio_core::{Error, ErrorKind, OwnerId, PortfolioId, Trigger};
use jiff::{SignedDuration, Timestamp};

use crate::alerts;
use crate::context::Context;
use crate::job::{JobResult, JobRow};
use crate::lease::{Halt, Lease};

/// Values the portfolio at an instant that is fixed when the job starts first, so that a later start
/// finds the snapshot of an earlier one.
pub(crate) async fn run(context: &Context, lease: &mut Lease<JobRow>, portfolio: PortfolioId) -> Result<(), Halt> {
    let instant = between_seconds(context.now());
    lease.update(|job| _ = job.as_of.get_or_insert(instant)).await?;
    let (Some(as_of), Some(owner)) = (lease.row().as_of, lease.row().owner.clone()) else {
        return Err(Error::new(ErrorKind::Internal, "the job of a portfolio has no owner").into());
    };
    let valuation = snapshot(context, portfolio, &owner, as_of);
    let valuation = lease.keep(context.unless_stopping(valuation)).await???;
    let observed = observe(context, portfolio, &owner, &valuation);
    lease.keep(observed).await??;
    let now = context.now();
    lease
        .update(|job| job.succeed(JobResult::Valuation(valuation.id), now))
        .await
}

async fn snapshot(
    context: &Context,
    portfolio: PortfolioId,
    owner: &OwnerId,
    as_of: Timestamp,
) -> folio_core::Result<folio_core::Valuation> {
    context
        .tracker
        .snapshot(portfolio, owner, as_of, Trigger::Manual, Caller::manual_job())
        .await
}

/// Evaluates the rules; what follows is recorded before the job succeeds.
async fn observe(
    context: &Context,
    portfolio: PortfolioId,
    owner: &OwnerId,
    valuation: &folio_core::Valuation,
) -> folio_core::Result<()> {
    let portfolio = context.store().portfolio(owner, portfolio).await?;
    alerts::observe_manual(context, &portfolio, valuation.clone()).await
}

/// An instant that is no whole second: those belong to ticks.
fn between_seconds(now: Timestamp) -> Timestamp {
    if now.subsec_nanosecond() == 0 {
        now + SignedDuration::from_millis(1)
    } else {
        now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_snapshot_never_falls_on_a_tick() {
        for (now, instant) in [
            ("2026-03-01T09:00:00Z", "2026-03-01T09:00:00.001Z"),
            ("2026-03-01T09:00:00.001Z", "2026-03-01T09:00:00.001Z"),
            ("2026-03-01T09:00:00.999Z", "2026-03-01T09:00:00.999Z"),
        ] {
            assert_eq!(between_seconds(now.parse().unwrap()), instant.parse().unwrap(), "{now}");
        }
    }
}
