//! The worker: what is done with one delivery.

use std::sync::Arc;

use async_trait::async_trait;
use folio_core::Result;
use tokio::time::Instant;
use tracing::{Instrument, debug, info_span, warn};

use crate::chunk;
use crate::chunk_row::Chunk;
use crate::context::Context;
use crate::delivery;
use crate::dispatch::Work;
use crate::dispatcher::note;
use crate::history;
use crate::job::{JobRow, JobType};
use crate::lease::{Halt, Lease};
use crate::manual;
use crate::outbox::OutboxRow;
use crate::planner;
use crate::queue::{Delivery, Handler};
use crate::tick::Tick;

/// Does the work that deliveries stand for.
#[derive(Debug)]
pub(crate) struct Worker(pub Arc<Context>);

#[async_trait]
impl Handler for Worker {
    async fn handle(&self, delivery: Delivery) {
        let span = info_span!("delivery", row = delivery.row, attempt = delivery.attempt);
        let handled = async {
            if let Err(error) = self.route(&delivery).await {
                // Nothing is lost: the row says nothing of an outcome, so the dispatcher pushes it again.
                warn!(%error, "the outcome of a delivery was not recorded");
            }
        };
        handled.instrument(span).await;
        self.0.wake.notify_one();
    }
}

impl Worker {
    async fn route(&self, Delivery { row, attempt }: &Delivery) -> Result<()> {
        let context = &*self.0;
        match row.split_once('/') {
            Some((Tick::WORD, key)) => {
                let Some(mut lease) = context.take::<Tick>(key, *attempt).await? else {
                    return stale();
                };
                let halted = timed("plan", planner::plan(context, &mut lease)).await;
                record(context, lease, halted).await
            }
            Some((Chunk::WORD, key)) => {
                let Some(mut lease) = context.take::<Chunk>(key, *attempt).await? else {
                    return stale();
                };
                let halted = timed("chunk", chunk::run(context, &mut lease)).await;
                record(context, lease, halted).await
            }
            Some((JobRow::WORD, key)) => {
                let Some(mut lease) = context.take::<JobRow>(key, *attempt).await? else {
                    return stale();
                };
                let job = lease.row().job_type;
                let work = async {
                    match (job, lease.row().portfolio_id) {
                        (JobType::PortfolioValuation, Some(portfolio)) => {
                            manual::run(context, &mut lease, portfolio).await
                        }
                        (JobType::PortfolioValuation, None) => Ok(()),
                        (JobType::HistoricalData, _) => history::run(context, &mut lease).await,
                    }
                };
                let halted = timed(job.as_str(), work).await;
                record(context, lease, halted).await
            }
            Some((OutboxRow::WORD, key)) => {
                let Some(mut lease) = context.take::<OutboxRow>(key, *attempt).await? else {
                    return stale();
                };
                let halted = timed(OutboxRow::WORD, delivery::run(context, &mut lease)).await;
                record(context, lease, halted).await
            }
            _ => {
                warn!("a delivery is for no kind of row");
                Ok(())
            }
        }
    }
}

/// Measures one start of a job.
async fn timed(job: &'static str, work: impl Future<Output = Result<(), Halt>>) -> Result<(), Halt> {
    let started = Instant::now();
    let halted = work.await;
    let outcome = match &halted {
        Ok(()) => "done",
        Err(Halt::Failed(_)) => "failed",
        Err(Halt::Lost | Halt::Stopping) => "given_back",
    };
    metrics::histogram!("folio_job_duration_seconds", "job" => job, "outcome" => outcome)
        .record(started.elapsed().as_secs_f64());
    halted
}

fn stale() -> Result<()> {
    debug!("a stale copy of a delivery ends here");
    metrics::counter!("folio_stale_deliveries_total").increment(1);
    Ok(())
}

/// Writes down how a start ended, where the work itself has not.
async fn record<T: Work>(context: &Context, mut lease: Lease<T>, halted: Result<(), Halt>) -> Result<()> {
    let now = context.now();
    let recorded = match halted {
        Ok(()) => return Ok(()),
        Err(Halt::Lost) => {
            warn!("a row was taken over while it was worked on");
            return Ok(());
        }
        Err(Halt::Stopping) => lease.update(|row| row.dispatch_mut().release(now)).await,
        Err(Halt::Failed(error)) => {
            warn!(%error, "a start failed");
            metrics::counter!("folio_failed_starts_total", "row" => T::WORD, "kind" => error.kind().as_str())
                .increment(1);
            let interval = context.config.schedule.interval(now);
            let mut outcome = lease.row().clone();
            outcome.failed(now, interval, &error);
            note(context, &outcome, now).await?;
            lease.update(|row| row.failed(now, interval, &error)).await
        }
    };
    match recorded {
        Ok(()) | Err(Halt::Lost | Halt::Stopping) => Ok(()),
        Err(Halt::Failed(error)) => Err(error),
    }
}
