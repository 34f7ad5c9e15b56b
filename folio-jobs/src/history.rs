//! Bringing the price histories of what is held up to date.

use std::collections::BTreeSet;
use std::time::Duration;

use folio_core::pricing::Caller;
use folio_core::{AssetClass, AssetId, Deadline, Result};
use tracing::debug;

use crate::context::Context;
use crate::job::{JobResult, JobRow, Progress};
use crate::lease::{Halt, Lease};

/// How many days back.
const DAYS: u32 = 30;
/// How many held assets are read at once.
const PAGE: usize = 1_000;
/// How long one history may take, waiting for the source's budget included.
const LIMIT: Duration = Duration::from_secs(60);

/// Asks for the history of each distinct asset, from where the last start got to.
pub(crate) async fn run(context: &Context, lease: &mut Lease<JobRow>) -> Result<(), Halt> {
    let assets = lease.keep(assets(context)).await??;
    let total = assets.len() as u64;
    let rest = match &lease.row().cursor {
        Some(cursor) => assets.iter().filter(|asset| *asset > cursor).collect(),
        None => assets.iter().collect::<Vec<_>>(),
    };
    let mut done = total - rest.len() as u64;
    let mut missing = lease.row().missing;
    for asset in rest {
        let caller = Caller::job(Deadline::after(LIMIT));
        let warmed = context.unless_stopping(context.tracker.warm_history(asset, DAYS, caller));
        if let Err(error) = lease.keep(warmed).await?? {
            debug!(%asset, %error, "an asset has no history");
            missing += 1;
        }
        done += 1;
        lease
            .update(|job| {
                job.cursor = Some(asset.clone());
                job.missing = missing;
                job.progress = Some(Progress { done, total });
                job.deaths = 0;
            })
            .await?;
    }
    let now = context.now();
    lease
        .update(|job| {
            job.progress = Some(Progress { done, total });
            job.succeed(JobResult::Histories { missing }, now);
        })
        .await
}

/// What somebody holds and some source may know.
async fn assets(context: &Context) -> Result<BTreeSet<AssetId>> {
    let mut assets = BTreeSet::new();
    let mut after = None;
    loop {
        let page = context.store().held_assets(after.as_ref(), PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(assets);
        };
        after = Some(last.clone());
        let priced = |class| !matches!(class, AssetClass::Currency | AssetClass::Custom);
        assets.extend(
            page.into_iter()
                .map(|held| held.asset)
                .filter(|asset| priced(asset.class())),
        );
    }
}
