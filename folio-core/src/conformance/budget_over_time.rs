//! What a [`RateBudget`](crate::RateBudget) has to do over minutes.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::budget::Scene;
use super::budget_quotas::midnight;
use super::check::{Outcome, Suite, at_once, ensure, ensure_eq, fails_with};
use super::samples::Dice;
use crate::Error;
use crate::ErrorKind::RateLimited;
use crate::clock::Clock;
use crate::quote::SourceId;
use crate::source::{BudgetLimit, Deadline, Priority, RateBudget};

const WINDOW: SignedDuration = SignedDuration::from_secs(60);

/// Checks that a budget holds over time. It takes a month of the runtime's time, so a budget that goes by
/// the given clock runs it with the time paused: `#[tokio::test(start_paused = true)]`.
///
/// `fresh` is that of [`rate_budget`](super::rate_budget).
///
/// # Panics
/// If a check failed, with the names of all that did, or if `fresh` made no handle.
pub async fn rate_budget_over_time(fresh: impl AsyncFn(Arc<dyn Clock>, Vec<BudgetLimit>) -> Vec<Arc<dyn RateBudget>>) {
    let mut suite = Suite::new("rate budget over time").with_patience(Duration::from_secs(86_400 * 60));
    macro_rules! run {
        ($($check:ident),+ $(,)?) => {
            $(suite.check(stringify!($check), async { $check(Scene::new(&fresh).await).await }).await;)+
        };
    }
    run![
        no_window_has_more_than_the_limit,
        what_was_used_comes_back_after_a_minute,
        a_closed_source_grants_nothing_until_then,
        a_caller_with_time_waits_for_the_next_day,
        a_caller_with_time_waits_for_the_next_month,
    ];
    suite.finish();
}

/// A call as it was granted.
#[derive(Clone, Copy, Debug)]
struct Grant {
    at: Timestamp,
    cost: u32,
    priority: Priority,
}

/// The most calls in any window, among the grants that count.
fn busiest(grants: &[Grant], counts: impl Fn(&Grant) -> bool) -> u32 {
    let in_window_from = |first: &Grant| {
        let within = grants
            .iter()
            .filter(|grant| grant.at >= first.at && grant.at < first.at + WINDOW);
        within.filter(|grant| counts(grant)).map(|grant| grant.cost).sum()
    };
    grants.iter().map(in_window_from).max().unwrap_or(0)
}

async fn no_window_has_more_than_the_limit(scene: Scene) -> Outcome {
    const CALLERS: usize = 24;
    const EACH: usize = 8;
    let calls = at_once(CALLERS, |caller| {
        let (clock, budget) = (scene.clock.clone(), scene.budget(caller).clone());
        async move {
            let mut dice = Dice(caller as u64);
            let mut grants = Vec::new();
            for _ in 0..EACH {
                tokio::time::sleep(Duration::from_millis(dice.below(20_000) as u64)).await;
                let priority = if dice.below(8) == 0 {
                    Priority::Interactive
                } else {
                    Priority::Job
                };
                let cost = 1 + u32::from(dice.below(4) == 0);
                let deadline = Deadline::after(Duration::from_secs(86_400));
                budget
                    .acquire(&SourceId::new("thirty"), cost, priority, deadline)
                    .await?;
                grants.push(Grant {
                    at: clock.now(),
                    cost,
                    priority,
                });
            }
            Ok::<_, Error>(grants)
        }
    });
    let mut grants = Vec::new();
    for call in calls.await? {
        grants.extend(call?);
    }
    ensure_eq!(
        grants.len(),
        CALLERS * EACH,
        "how many of the waiting callers were served"
    );
    let (all, jobs) = (
        busiest(&grants, |_| true),
        busiest(&grants, |grant| grant.priority == Priority::Job),
    );
    ensure!(all <= 30, "{all} calls within a minute, of 30 allowed");
    ensure!(jobs <= 24, "{jobs} calls of jobs within a minute, of 24 allowed");
    ensure!(
        all >= 24,
        "no more than {all} calls in the busiest minute although many were waiting"
    );
    Ok(())
}

async fn what_was_used_comes_back_after_a_minute(scene: Scene) -> Outcome {
    scene.take("ten", 6, Priority::Interactive).await?;
    tokio::time::sleep(Duration::from_secs(30)).await;
    scene.take("ten", 4, Priority::Interactive).await?;
    tokio::time::sleep(Duration::from_secs(29)).await;
    let (limit, remaining, retry_at) = scene.state("ten").await?;
    ensure_eq!(
        (limit, remaining),
        (10, 0),
        "limit and remaining a second before the first calls are a minute old"
    );
    let soon = scene.clock.now() + SignedDuration::from_secs(2);
    ensure!(
        retry_at.is_some_and(|at| at <= soon),
        "retry_at a second before the first calls are a minute old is {retry_at:?}, not before {soon}"
    );
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    ensure_eq!(
        scene.state("ten").await?,
        (10, 6, None),
        "limit, remaining and retry_at when the first calls are a minute old"
    );
    scene.take("ten", 6, Priority::Interactive).await?;
    fails_with(
        scene.take("ten", 1, Priority::Interactive).await,
        RateLimited,
        "acquire() of a call more",
    )?;
    tokio::time::sleep(Duration::from_secs(30)).await;
    scene.take("ten", 4, Priority::Interactive).await?;
    Ok(())
}

async fn a_closed_source_grants_nothing_until_then(scene: Scene) -> Outcome {
    let until = scene.clock.now() + SignedDuration::from_secs(90);
    scene.budget(0).retry_after(&SourceId::new("ten"), until).await?;
    let calls = at_once(12, |caller| {
        let (clock, budget) = (scene.clock.clone(), scene.budget(caller).clone());
        async move {
            let deadline = Deadline::after(Duration::from_secs(600));
            budget
                .acquire(&SourceId::new("ten"), 1, Priority::Interactive, deadline)
                .await
                .map(|()| clock.now())
        }
    });
    let mut times = Vec::new();
    for call in calls.await? {
        times.push(call?);
    }
    times.sort_unstable();
    ensure!(
        times[0] >= until,
        "a call was granted at {} where the source is closed until {until}",
        times[0]
    );
    let first_minute = times.iter().filter(|time| **time < until + WINDOW).count();
    ensure_eq!(
        first_minute,
        10,
        "how many of 12 waiting callers were served in the first minute after that"
    );
    Ok(())
}

async fn a_caller_with_time_waits_for_the_next_day(scene: Scene) -> Outcome {
    waits(&scene, "a day", Duration::from_secs(86_400), midnight("2026-03-02")).await
}

async fn a_caller_with_time_waits_for_the_next_month(scene: Scene) -> Outcome {
    waits(
        &scene,
        "a month",
        Duration::from_secs(86_400 * 32),
        midnight("2026-04-01"),
    )
    .await
}

async fn waits(scene: &Scene, source: &str, patience: Duration, until: Timestamp) -> Outcome {
    scene.take(source, 10, Priority::Interactive).await?;
    scene
        .budget(0)
        .acquire(&SourceId::new(source), 1, Priority::Job, Deadline::after(patience))
        .await?;
    let now = scene.clock.now();
    ensure!(
        now >= until && now < until + WINDOW,
        "acquire() came back at {now} where the next call of {source:?} is free at {until}"
    );
    Ok(())
}
