//! Removing what is past its time.

use std::time::Duration;

use folio_core::store::{Notifications, Row, Scan};
use folio_core::{ErrorKind, Result, Watch};
use jiff::{SignedDuration, Timestamp};
use tokio::time::sleep;
use tracing::{info, warn};

use crate::context::Context;
use crate::dispatch::KEEP;
use crate::ledger::Swept;

/// Between two clean-ups of a process.
const PAUSE: Duration = Duration::from_secs(3_600);
/// Before the first one, so that a start is not slowed down by it.
const FIRST_PAUSE: Duration = Duration::from_secs(60);
/// How much one write removes, so that others get their turn.
const BATCH: usize = 500;
/// How long the queue remembers what is finished.
const QUEUE_KEEPS: Duration = Duration::from_secs(24 * 3_600);
/// Between two looks through all portfolios for assets that nobody holds any more.
const SWEEP_EVERY: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What a clean-up removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CleanupReport {
    /// Ticks, chunks, jobs and other records of running.
    pub records: u64,
    /// Parts of books.
    pub book_parts: u64,
    /// Snapshots past their time.
    pub snapshots: u64,
    /// Finished deliveries.
    pub deliveries: u64,
    /// Assets that nobody holds any more.
    pub held_assets: u64,
    /// Rules of portfolios whose deletion was broken off.
    pub alerts: u64,
}

/// Removes what is past its time at `now`.
pub(crate) async fn clean(context: &Context, now: Timestamp) -> Result<CleanupReport> {
    let store = context.store();
    let mut report = CleanupReport::default();
    loop {
        let removed = store.purge_records(now, BATCH).await?;
        report.records += removed;
        if removed < BATCH as u64 {
            break;
        }
    }
    loop {
        let removed = store.purge_valuations(now, BATCH).await?;
        report.snapshots += removed;
        if removed < BATCH as u64 {
            break;
        }
    }
    report.book_parts = context.tracker.books().sweep(now - KEEP).await?;
    report.deliveries = context.queue.clean(QUEUE_KEEPS).await?;
    if claim_sweep(context, now).await? {
        report.held_assets = store.sweep_held_assets().await?;
        report.alerts = sweep_alerts(context).await?;
    }
    info!(?report, "cleaned up");
    Ok(report)
}

/// Removes what is watched of portfolios that are gone; how many there were.
async fn sweep_alerts(context: &Context) -> Result<u64> {
    let table = context.table::<Watch>();
    let mut scan = Scan {
        limit: BATCH,
        ..Scan::default()
    };
    let mut removed = 0;
    loop {
        let page = table.scan(&scan).await?;
        scan.after = page.last().map(|watch| watch.key());
        for watch in &page {
            let portfolio = context.store().portfolio(&watch.owner, watch.portfolio_id).await;
            if portfolio.is_err_and(|error| error.kind() == ErrorKind::NotFound) {
                let notifications = Notifications::new(&**context.store());
                notifications.remove_of(&watch.owner, watch.portfolio_id).await?;
                removed += u64::from(table.remove(&watch.key()).await?);
            }
        }
        if page.len() < BATCH {
            return Ok(removed);
        }
    }
}

/// Whether it is this process that looks through the portfolios this week.
async fn claim_sweep(context: &Context, now: Timestamp) -> Result<bool> {
    let table = context.table::<Swept>();
    let Some(mut swept) = table.get(Swept::KEY).await? else {
        // The first week begins now; there is nothing to sweep yet.
        table.insert(&Swept { at: now }).await?;
        return Ok(false);
    };
    if now.duration_since(swept.at) < SWEEP_EVERY {
        return Ok(false);
    }
    swept.at = now;
    table.replace(&mut swept).await
}

/// Cleans up now and then until everything is to end.
pub(crate) async fn run(context: &Context) {
    let mut pause = FIRST_PAUSE;
    loop {
        tokio::select! {
            () = context.stopped() => return,
            () = sleep(pause) => {}
        }
        if let Err(error) = clean(context, context.now()).await {
            warn!(%error, "the clean-up waits for its next turn");
        }
        pause = PAUSE;
    }
}
