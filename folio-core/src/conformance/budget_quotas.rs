//! What a [`RateBudget`](crate::RateBudget) has to do about the limits of a day and a month, within one of them.

use std::time::Duration;

use jiff::Timestamp;

use super::budget::Scene;
use super::check::{Outcome, ensure, ensure_eq, fails_with};
use super::samples::time;
use crate::ErrorKind::RateLimited;
use crate::quote::SourceId;
use crate::source::{Deadline, Priority, QuotaState};

/// Midnight of UTC at the beginning of a day of the scene.
pub(super) fn midnight(date: &str) -> Timestamp {
    time(&format!("{date}T00:00:00Z"))
}

pub(super) async fn a_day_and_a_month_grant_their_limit_and_no_more(scene: Scene) -> Outcome {
    for (source, next) in [("a day", "2026-03-02"), ("a month", "2026-04-01")] {
        for cost in [1, 1, 5, 3] {
            scene.take(source, cost, Priority::Interactive).await?;
        }
        let next = midnight(next);
        scene.refused_until(source, 1, Priority::Interactive, next).await?;
        scene.refused_until(source, 1, Priority::Job, next).await?;
        // With hours to wait it is refused as soon, if the next day or month begins later.
        let hours = Deadline::after(Duration::from_secs(8 * 3600));
        let source = SourceId::new(source);
        let patient = scene.budget(0).acquire(&source, 1, Priority::Job, hours).await;
        fails_with(patient, RateLimited, "acquire() with less time than the day has")?;
    }
    Ok(())
}

pub(super) async fn a_fifth_of_a_day_and_a_month_is_kept_from_jobs(scene: Scene) -> Outcome {
    for (source, next) in [("a day", "2026-03-02"), ("a month", "2026-04-01")] {
        scene.take(source, 5, Priority::Job).await?;
        scene.take(source, 3, Priority::Job).await?;
        scene.refused_until(source, 1, Priority::Job, midnight(next)).await?;
        scene.take(source, 2, Priority::Interactive).await?;
        scene.refused(source, 1, Priority::Interactive).await?;
    }
    scene.take("one a day", 1, Priority::Job).await?;
    Ok(())
}

pub(super) async fn a_cost_above_the_limit_is_an_error(scene: Scene) -> Outcome {
    for (source, cost, priority) in [
        ("ten", 11, Priority::Interactive),
        ("ten", 9, Priority::Job),
        ("a day", 11, Priority::Interactive),
        ("a day", 9, Priority::Job),
        ("a month", 11, Priority::Interactive),
        ("a month", 9, Priority::Job),
    ] {
        let deadline = Deadline::after(Duration::from_secs(86_400 * 60));
        let id = SourceId::new(source);
        match scene.budget(0).acquire(&id, cost, priority, deadline).await {
            Err(error) if !error.is_retryable() => {
                let text = format!("{error:?}");
                let (cost, limit) = (cost.to_string(), "10");
                ensure!(
                    text.contains(&cost) && text.contains(limit),
                    "the error names not both the cost of {cost} and the limit of {limit}: {text}"
                );
            }
            other => ensure!(
                false,
                "acquire() of {cost} calls of {source:?} as {priority:?} is never possible and answers {other:?}"
            ),
        }
    }
    for (source, priority, most) in [
        ("ten", Priority::Interactive, 10),
        ("a day", Priority::Job, 8),
        ("a month", Priority::Interactive, 10),
    ] {
        scene.take(source, most, priority).await?;
    }
    Ok(())
}

pub(super) async fn a_refusal_counts_nothing(scene: Scene) -> Outcome {
    scene.take("all", 3, Priority::Interactive).await?;
    let before = scene.whole_state("all").await?;
    for _ in 0..3 {
        scene.refused("all", 2, Priority::Interactive).await?;
        scene.refused("all", 1, Priority::Job).await?;
    }
    ensure_eq!(
        scene.whole_state("all").await?,
        before,
        "the state after calls that were refused, beside that before"
    );
    scene.take("all", 1, Priority::Interactive).await?;
    Ok(())
}

pub(super) async fn the_state_counts_days_and_months(scene: Scene) -> Outcome {
    let (tomorrow, next_month) = (midnight("2026-03-02"), midnight("2026-04-01"));
    let quota = |limit, used, resets_at| Some(QuotaState { limit, used, resets_at });
    let state = scene.whole_state("ten").await?;
    ensure_eq!(
        (state.day, state.month),
        (None, None),
        "day and month of a source without such limits"
    );
    let state = scene.whole_state("a day").await?;
    ensure_eq!(
        (state.remaining, state.day, state.month),
        (10, quota(10, 0, tomorrow), None),
        "remaining, day and month of an unused source"
    );
    scene.take("a day", 3, Priority::Job).await?;
    let state = scene.whole_state("a day").await?;
    ensure_eq!(
        (state.remaining, state.retry_at, state.day),
        (7, None, quota(10, 3, tomorrow)),
        "remaining, retry_at and day after 3 calls of 10 a day"
    );
    scene.take("a day", 7, Priority::Interactive).await?;
    let state = scene.whole_state("a day").await?;
    ensure_eq!(
        (state.remaining, state.retry_at, state.day),
        (0, Some(tomorrow), quota(10, 10, tomorrow)),
        "remaining, retry_at and day after 10 calls of 10 a day"
    );
    scene.take("all", 2, Priority::Interactive).await?;
    let state = scene.whole_state("all").await?;
    ensure_eq!(
        (state.limit_per_minute, state.remaining, state.day, state.month),
        (4, 2, quota(6, 2, tomorrow), quota(9, 2, next_month)),
        "limit, remaining, day and month after 2 calls of 4 a minute, 6 a day and 9 a month"
    );
    scene.take("a month", 10, Priority::Interactive).await?;
    let state = scene.whole_state("a month").await?;
    ensure_eq!(
        (state.remaining, state.retry_at, state.month),
        (0, Some(next_month), quota(10, 10, next_month)),
        "remaining, retry_at and month after 10 calls of 10 a month"
    );
    Ok(())
}
