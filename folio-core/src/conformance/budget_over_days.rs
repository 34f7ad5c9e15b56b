//! What a [`RateBudget`](crate::RateBudget) has to do over days and months.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::budget::Scene;
use super::budget_quotas::midnight;
use super::check::{Outcome, Suite, ensure, ensure_eq};
use super::samples::time;
use crate::Priority::{Interactive, Job};
use crate::clock::Clock;
use crate::quote::SourceId;
use crate::source::{BudgetLimit, RateBudget};

/// Checks how the days and months of a budget end and begin. It takes next to no time, in real time or in
/// paused, because it sets the clock that it gives, backwards too: it is for budgets that go by that clock.
///
/// `fresh` is that of [`rate_budget`](super::rate_budget).
///
/// # Panics
/// If a check failed, with the names of all that did, or if `fresh` made no handle.
pub async fn rate_budget_over_days(fresh: impl AsyncFn(Arc<dyn Clock>, Vec<BudgetLimit>) -> Vec<Arc<dyn RateBudget>>) {
    let mut suite = Suite::new("rate budget over days");
    macro_rules! run {
        ($($check:ident),+ $(,)?) => {
            $(suite.check(stringify!($check), async { $check(Scene::new(&fresh).await).await }).await;)+
        };
    }
    run![
        a_day_begins_at_midnight,
        a_month_begins_on_its_first_day,
        calls_before_midnight_are_of_the_minute_after_it,
        the_latest_of_all_limits_binds,
        a_clock_set_back_gives_no_call_back,
    ];
    suite.finish();
}

/// Soon enough after an instant that a check is over before the next one.
fn soon_after(at: Timestamp) -> Timestamp {
    at + SignedDuration::from_secs(1)
}

/// So long before an instant that a check is over before it.
fn before(at: Timestamp) -> Timestamp {
    at - SignedDuration::from_secs(300)
}

async fn a_day_begins_at_midnight(scene: Scene) -> Outcome {
    for (day, next) in [
        ("2026-03-01", "2026-03-02"),
        ("2026-03-31", "2026-04-01"),
        ("2026-12-31", "2027-01-01"),
        ("2028-02-28", "2028-02-29"),
    ] {
        scene.clock.set(soon_after(midnight(day)));
        scene.take("a day", 8, Job).await?;
        scene.clock.set(before(midnight(next)));
        scene.refused_until("a day", 1, Job, midnight(next)).await?;
        scene.take("a day", 2, Interactive).await?;
        scene.refused_until("a day", 1, Interactive, midnight(next)).await?;
        scene.clock.set(soon_after(midnight(next)));
        let state = scene.whole_state("a day").await?;
        ensure_eq!(
            (state.remaining, state.retry_at, state.day.map(|day| day.used)),
            (10, None, Some(0)),
            "remaining, retry_at and used at the beginning of {next}"
        );
    }
    Ok(())
}

async fn a_month_begins_on_its_first_day(scene: Scene) -> Outcome {
    for (first_day, last_day, next) in [
        ("2026-03-01", "2026-03-31", "2026-04-01"),
        ("2026-04-01", "2026-04-30", "2026-05-01"),
        ("2026-12-01", "2026-12-31", "2027-01-01"),
        ("2028-02-01", "2028-02-29", "2028-03-01"),
    ] {
        scene.clock.set(soon_after(midnight(first_day)));
        scene.take("a month", 8, Job).await?;
        scene.clock.set(soon_after(midnight(last_day)));
        scene.refused_until("a month", 1, Job, midnight(next)).await?;
        scene.take("a month", 2, Interactive).await?;
        scene.refused_until("a month", 1, Interactive, midnight(next)).await?;
        scene.clock.set(soon_after(midnight(next)));
        let state = scene.whole_state("a month").await?;
        ensure_eq!(
            (state.remaining, state.retry_at, state.month.map(|month| month.used)),
            (10, None, Some(0)),
            "remaining, retry_at and used at the beginning of {next}"
        );
    }
    Ok(())
}

async fn calls_before_midnight_are_of_the_minute_after_it(scene: Scene) -> Outcome {
    let next = midnight("2026-03-02");
    scene.clock.set(next - SignedDuration::from_secs(20));
    scene.take("all", 3, Interactive).await?;
    scene.clock.set(soon_after(next));
    let state = scene.whole_state("all").await?;
    ensure_eq!(
        (state.remaining, state.day.map(|day| day.used)),
        (1, Some(0)),
        "remaining and used of the day, a second after midnight and 21 s after 3 calls of 4 a minute"
    );
    scene.take("all", 1, Interactive).await?;
    let (from, _) = scene.refused("all", 1, Interactive).await?;
    ensure!(
        from < next + SignedDuration::from_secs(60),
        "acquire() says to come back at {from} where the first calls are a minute old at {}",
        next + SignedDuration::from_secs(40)
    );
    Ok(())
}

async fn the_latest_of_all_limits_binds(scene: Scene) -> Outcome {
    let source = SourceId::new("all");
    let retry_at = async || Ok::<_, super::check::Failure>(scene.whole_state("all").await?.retry_at);
    scene.take("all", 4, Interactive).await?;
    let in_a_minute = retry_at().await?;
    let soon = scene.clock.now() + SignedDuration::from_secs(61);
    ensure!(
        in_a_minute.is_some_and(|at| at <= soon),
        "retry_at is {in_a_minute:?} where the minute is used up"
    );
    scene.clock.set(time("2026-03-01T12:00:00Z"));
    scene.take("all", 2, Interactive).await?;
    let tomorrow = midnight("2026-03-02");
    scene.refused_until("all", 1, Interactive, tomorrow).await?;
    ensure_eq!(retry_at().await?, Some(tomorrow), "retry_at where the day is used up");
    scene
        .budget(0)
        .retry_after(&source, time("2026-03-01T13:00:00Z"))
        .await?;
    scene.refused_until("all", 1, Interactive, tomorrow).await?;
    ensure_eq!(
        retry_at().await?,
        Some(tomorrow),
        "retry_at of a used up day that the vendor closes for an hour"
    );
    let closed = time("2026-03-02T06:00:00Z");
    scene.budget(0).retry_after(&source, closed).await?;
    scene.refused_until("all", 1, Interactive, closed).await?;
    ensure_eq!(
        retry_at().await?,
        Some(closed),
        "retry_at of a used up day that the vendor closes for longer"
    );
    scene.clock.set(closed);
    scene.take("all", 3, Interactive).await?;
    let next_month = midnight("2026-04-01");
    scene.refused_until("all", 1, Interactive, next_month).await?;
    ensure_eq!(
        retry_at().await?,
        Some(next_month),
        "retry_at where the month is used up"
    );
    Ok(())
}

async fn a_clock_set_back_gives_no_call_back(scene: Scene) -> Outcome {
    scene.clock.set(time("2026-04-01T00:00:10Z"));
    scene.take("a day", 10, Interactive).await?;
    scene.take("a month", 10, Interactive).await?;
    for earlier in ["2026-03-31T23:59:00Z", "2026-03-30T12:00:00Z", "2026-01-10T12:00:00Z"] {
        scene.clock.set(time(earlier));
        scene.refused("a day", 1, Interactive).await?;
        scene.refused("a month", 1, Interactive).await?;
        let (day, month) = (scene.whole_state("a day").await?, scene.whole_state("a month").await?);
        ensure_eq!(
            (day.day.map(|day| day.used), month.month.map(|month| month.used)),
            (Some(10), Some(10)),
            "used of the day and the month after the clock was set back to {earlier}"
        );
    }
    scene.clock.set(time("2026-04-01T00:01:00Z"));
    scene
        .refused_until("a day", 1, Interactive, midnight("2026-04-02"))
        .await?;
    scene
        .refused_until("a month", 1, Interactive, midnight("2026-05-01"))
        .await?;
    Ok(())
}
