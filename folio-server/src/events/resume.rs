//! What happened since an instant, for a client that comes back to another process than it left.

use std::collections::BTreeSet;
use std::time::Duration;

use folio_core::store::NotificationQuery;
use folio_core::{OwnerId, PortfolioId, Result, Tracker};
use folio_jobs::{DeliveryStatus, Job, Jobs, TickStatus};
use jiff::{SignedDuration, Timestamp};

use super::event::Event;
use super::look::{DEEP, DEEP_JOBS, portfolios, told_job, told_notification, told_valuation, valued, written_since};

/// Who was away for longer reads everything again.
const LONGEST: SignedDuration = SignedDuration::from_hours(1);
/// So much may lie between the instant in a record and the moment at which others see it, the clocks of machines
/// included.
const SLACK: SignedDuration = SignedDuration::from_secs(60);
/// The most that is told again, and the most bytes of it.
const EVENTS: usize = 1_000;
const BYTES: usize = 1024 * 1024;
/// How long it may take to find out.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// The instant from which on things are told again to a client that knows what there was at `at`; `None` for one
/// that was away for too long.
pub(super) fn begin(at: i64, now: Timestamp) -> Option<Timestamp> {
    let at = Timestamp::from_millisecond(at).ok()?;
    let away = now.duration_since(at);
    (-SLACK..=LONGEST).contains(&away).then(|| at - SLACK)
}

/// What happened since; `None` if that is too much. Of a portfolio it is the newest snapshot.
pub(super) async fn since(
    tracker: &Tracker,
    jobs: &Jobs,
    owner: &OwnerId,
    ticks: &[TickStatus],
    since: Timestamp,
) -> Result<Option<Vec<Event>>> {
    let ids = jobs.ids_of(owner, None, DEEP_JOBS).await?;
    let mut moved = jobs.jobs_of(owner, &ids).await?;
    moved.retain(|job| has_moved(job, since));
    let page = portfolios(tracker, owner).await?;
    let ran = ticks.iter().any(|tick| tick.finished_at.is_none_or(|at| at >= since));
    if moved.len() == DEEP_JOBS || page.more && ran {
        return Ok(None);
    }
    let valued: BTreeSet<PortfolioId> = page.items.into_iter().chain(moved.iter().filter_map(valued)).collect();
    let valued: Vec<_> = valued.into_iter().collect();
    let mut valuations = tracker.store().latest_valuations(&valued).await?;
    valuations.retain(|valuation| valuation.created_at >= since);
    valuations.sort_by_key(|valuation| (valuation.as_of, valuation.portfolio_id));

    let from = written_since(ticks, since);
    let newest = NotificationQuery::newest(owner.clone(), DEEP);
    let mut notifications = jobs.notifications(&newest).await?;
    let delivered = |status: &DeliveryStatus| status.delivered_at >= Some(since);
    notifications
        .items
        .retain(|record| record.notification.created_at >= from || record.deliveries.iter().any(delivered));
    if notifications.more && notifications.items.len() == DEEP {
        return Ok(None);
    }

    let mut events = Vec::new();
    for valuation in &valuations {
        events.push(told_valuation(valuation)?);
    }
    for record in notifications.items.into_iter().rev() {
        events.push(told_notification(record)?);
    }
    for job in moved.into_iter().rev() {
        events.push(told_job(job)?);
    }
    let bytes: usize = events.iter().map(|event| event.data.len()).sum();
    Ok((events.len() <= EVENTS && bytes <= BYTES).then_some(events))
}

fn has_moved(job: &Job, since: Timestamp) -> bool {
    !job.state.is_terminal() || job.created_at >= since || job.finished_at >= Some(since)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_away_for_long_or_comes_from_the_future_begins_anew() {
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        let ago = |seconds: i64| (now - SignedDuration::from_secs(seconds)).as_millisecond();
        assert_eq!(begin(ago(0), now), Some(now - SLACK));
        assert_eq!(begin(ago(3_600), now), Some(now - LONGEST - SLACK));
        assert_eq!(begin(ago(3_601), now), None);
        assert_eq!(begin(ago(-60), now), Some(now));
        assert_eq!(begin(ago(-61), now), None);
        assert_eq!(begin(i64::MAX, now), None);
    }
}
