//! What a [`RateBudget`](crate::RateBudget) has to do.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use super::budget_quotas::{
    a_cost_above_the_limit_is_an_error, a_day_and_a_month_grant_their_limit_and_no_more,
    a_fifth_of_a_day_and_a_month_is_kept_from_jobs, a_refusal_counts_nothing, the_state_counts_days_and_months,
};
use super::check::{Failure, Outcome, Suite, at_once, ensure, ensure_eq, fails_with};
use super::samples::at;
use crate::ErrorKind::RateLimited;
use crate::clock::{Clock, to_millis};
use crate::quote::SourceId;
use crate::source::{BudgetLimit, BudgetState, Deadline, Priority, RateBudget};
use crate::{Error, Result};

/// A clock that goes with the runtime's time, so that it can be paused with it, and that a check may set.
#[derive(Debug)]
pub(super) struct SceneClock {
    start: Instant,
    /// How far it was set ahead of the runtime's time, in milliseconds.
    ahead: AtomicI64,
}

impl SceneClock {
    /// Sets the clock, backwards too; it goes on from there.
    pub(super) fn set(&self, to: Timestamp) {
        let step = to.as_millisecond() - self.now().as_millisecond();
        self.ahead.fetch_add(step, Ordering::SeqCst);
    }
}

impl Clock for SceneClock {
    fn now(&self) -> Timestamp {
        let elapsed = SignedDuration::try_from(self.start.elapsed()).unwrap_or(SignedDuration::MAX);
        let ahead = SignedDuration::from_millis(self.ahead.load(Ordering::SeqCst));
        to_millis(
            at(0)
                .checked_add(elapsed.saturating_add(ahead))
                .unwrap_or(Timestamp::MAX),
        )
    }
}

/// A budget under test, seen by several processes.
pub(super) struct Scene {
    pub(super) clock: Arc<SceneClock>,
    pub(super) handles: Vec<Arc<dyn RateBudget>>,
}

impl Scene {
    pub(super) async fn new(
        fresh: &impl AsyncFn(Arc<dyn Clock>, Vec<BudgetLimit>) -> Vec<Arc<dyn RateBudget>>,
    ) -> Self {
        let clock = Arc::new(SceneClock {
            start: Instant::now(),
            ahead: AtomicI64::new(0),
        });
        let limit = |source, per_minute| BudgetLimit::new(SourceId::new(source), per_minute);
        let limits = [
            limit("one", 1),
            limit("four", 4),
            limit("five", 5),
            limit("ten", 10),
            limit("other", 10),
            limit("thirty", 30),
            limit("a day", 1_000).per_day(10),
            limit("one a day", 1_000).per_day(1),
            limit("a month", 1_000).per_month(10),
            limit("all", 4).per_day(6).per_month(9),
            limit("thirty a month", 1_000).per_day(1_000).per_month(30),
        ];
        let handles = fresh(clock.clone(), limits.into()).await;
        Self { clock, handles }
    }

    /// One of the processes.
    pub(super) fn budget(&self, index: usize) -> &Arc<dyn RateBudget> {
        &self.handles[index % self.handles.len()]
    }

    /// Takes `cost` calls of a source if they are free at this moment.
    pub(super) async fn take(&self, source: &str, cost: u32, priority: Priority) -> Result<()> {
        let deadline = Deadline::after(Duration::ZERO);
        self.budget(cost as usize)
            .acquire(&SourceId::new(source), cost, priority, deadline)
            .await
    }

    /// Fails unless `cost` calls of a source are refused at this moment, and answers when they are to be
    /// tried again: an instant between the two, which are as far apart as the call took.
    pub(super) async fn refused(&self, source: &str, cost: u32, priority: Priority) -> Outcome<(Timestamp, Timestamp)> {
        let before = self.clock.now();
        let answer = self.take(source, cost, priority).await;
        let after = self.clock.now();
        let call = format!("acquire() of {cost} calls of {source:?} where none is left");
        let delay = answer.as_ref().err().and_then(Error::retry_after);
        fails_with(answer, RateLimited, &call)?;
        let Some(delay) = delay.and_then(|delay| SignedDuration::try_from(delay).ok()) else {
            return Err(Failure::new(format_args!("{call} does not say when to come back")));
        };
        Ok((before + delay, after + delay))
    }

    /// Fails unless `cost` calls of a source are refused until `at`.
    pub(super) async fn refused_until(&self, source: &str, cost: u32, priority: Priority, at: Timestamp) -> Outcome {
        let (from, to) = self.refused(source, cost, priority).await?;
        ensure!(
            from <= at && at <= to,
            "acquire() of {source:?} says to come back at {from}, not at {at}"
        );
        Ok(())
    }

    pub(super) async fn whole_state(&self, source: &str) -> Outcome<BudgetState> {
        let state = self.budget(1).state(&SourceId::new(source)).await?;
        state.ok_or_else(|| Failure::new(format_args!("state() knows no limit of the source {source:?}")))
    }

    pub(super) async fn state(&self, source: &str) -> Outcome<(u32, u32, Option<Timestamp>)> {
        let state = self.whole_state(source).await?;
        Ok((state.limit_per_minute, state.remaining, state.retry_at))
    }
}

/// Checks a budget as far as that takes no more than about two seconds, in real time or in paused.
///
/// `fresh` is given a clock and limits and makes a budget that nobody has used yet, as several processes
/// see it: one handle for a budget within a process, two or more for a shared one. The clock goes with the
/// runtime's time; a budget with a clock of its own may leave it alone.
///
/// # Panics
/// If a check failed, with the names of all that did, or if `fresh` made no handle.
pub async fn rate_budget(fresh: impl AsyncFn(Arc<dyn Clock>, Vec<BudgetLimit>) -> Vec<Arc<dyn RateBudget>>) {
    let mut suite = Suite::new("rate budget");
    macro_rules! run {
        ($($check:ident),+ $(,)?) => {
            $(suite.check(stringify!($check), async { $check(Scene::new(&fresh).await).await }).await;)+
        };
    }
    run![
        the_limit_is_granted_and_no_more,
        a_refusal_says_when_to_come_back,
        a_fifth_is_kept_from_jobs,
        sources_do_not_share,
        a_source_without_a_limit_is_refused,
        concurrent_callers_get_no_more_than_the_limit,
        the_state_is_true,
        retry_after_closes_the_source,
        retry_after_is_never_shortened,
        a_caller_with_time_waits,
        a_day_and_a_month_grant_their_limit_and_no_more,
        a_fifth_of_a_day_and_a_month_is_kept_from_jobs,
        concurrent_callers_get_no_more_than_the_month,
        a_cost_above_the_limit_is_an_error,
        a_refusal_counts_nothing,
        the_state_counts_days_and_months,
    ];
    suite.finish();
}

async fn the_limit_is_granted_and_no_more(scene: Scene) -> Outcome {
    for (source, limit) in [("one", 1), ("four", 4), ("ten", 10)] {
        for _ in 0..limit {
            scene.take(source, 1, Priority::Interactive).await?;
        }
        let more = scene.take(source, 1, Priority::Interactive).await;
        fails_with(
            more,
            RateLimited,
            &format!("acquire() of call {} of {limit} a minute", limit + 1),
        )?;
    }
    scene.take("other", 4, Priority::Interactive).await?;
    scene.take("other", 5, Priority::Interactive).await?;
    fails_with(
        scene.take("other", 2, Priority::Interactive).await,
        RateLimited,
        "acquire() of 2 calls where 1 is left",
    )?;
    scene.take("other", 1, Priority::Interactive).await?;
    fails_with(
        scene.take("other", 1, Priority::Interactive).await,
        RateLimited,
        "acquire() of 1 call where none is left",
    )
}

async fn a_refusal_says_when_to_come_back(scene: Scene) -> Outcome {
    scene.take("ten", 10, Priority::Interactive).await?;
    let source = SourceId::new("ten");
    let refused = scene
        .budget(0)
        .acquire(
            &source,
            1,
            Priority::Interactive,
            Deadline::after(Duration::from_secs(1)),
        )
        .await;
    match refused {
        Err(error) if error.kind() == RateLimited => {
            let delay = error.retry_after();
            let fits = delay.is_some_and(|delay| delay > Duration::from_secs(1) && delay <= Duration::from_secs(61));
            ensure!(
                fits,
                "the refusal of a call that is free in a minute says to come back after {delay:?}"
            );
        }
        other => {
            return fails_with(
                other,
                RateLimited,
                "acquire() of a call that is free only after the deadline",
            );
        }
    }
    Ok(())
}

async fn a_fifth_is_kept_from_jobs(scene: Scene) -> Outcome {
    for (source, limit, for_jobs) in [("one", 1, 1), ("four", 4, 3), ("five", 5, 4), ("ten", 10, 8)] {
        for _ in 0..for_jobs {
            scene.take(source, 1, Priority::Job).await?;
        }
        let more = scene.take(source, 1, Priority::Job).await;
        fails_with(
            more,
            RateLimited,
            &format!("acquire() of a job's call {} of {limit} a minute", for_jobs + 1),
        )?;
        for _ in for_jobs..limit {
            scene.take(source, 1, Priority::Interactive).await?;
        }
        let more = scene.take(source, 1, Priority::Interactive).await;
        fails_with(
            more,
            RateLimited,
            &format!("acquire() of a person's call {} of {limit} a minute", limit + 1),
        )?;
    }
    Ok(())
}

async fn sources_do_not_share(scene: Scene) -> Outcome {
    scene.take("ten", 10, Priority::Interactive).await?;
    let until = scene.clock.now() + SignedDuration::from_secs(30);
    scene.budget(0).retry_after(&SourceId::new("ten"), until).await?;
    scene.take("other", 10, Priority::Interactive).await?;
    scene.take("one", 1, Priority::Job).await?;
    Ok(())
}

async fn a_source_without_a_limit_is_refused(scene: Scene) -> Outcome {
    let answer = scene.take("unlimited", 1, Priority::Interactive).await;
    ensure!(answer.is_err(), "acquire() grants calls of a source that has no limit");
    let state = scene.budget(0).state(&SourceId::new("unlimited")).await?;
    ensure!(state.is_none(), "state() of a source without a limit is {state:?}");
    Ok(())
}

async fn concurrent_callers_get_no_more_than_the_limit(scene: Scene) -> Outcome {
    thirty_of_many(&scene, "thirty").await
}

async fn concurrent_callers_get_no_more_than_the_month(scene: Scene) -> Outcome {
    thirty_of_many(&scene, "thirty a month").await
}

async fn thirty_of_many(scene: &Scene, source: &str) -> Outcome {
    const CALLERS: usize = 60;
    let calls = at_once(CALLERS, |caller| {
        let budget = scene.budget(caller).clone();
        let source = SourceId::new(source);
        async move {
            budget
                .acquire(&source, 1, Priority::Interactive, Deadline::after(Duration::ZERO))
                .await
        }
    });
    let mut granted = 0;
    for call in calls.await? {
        match call {
            Ok(()) => granted += 1,
            refused => fails_with(refused, RateLimited, "acquire() of one of many concurrent callers")?,
        }
    }
    ensure_eq!(
        granted,
        30,
        "how many of {CALLERS} concurrent callers were granted a call of {source:?}"
    );
    Ok(())
}

async fn the_state_is_true(scene: Scene) -> Outcome {
    ensure_eq!(
        scene.state("ten").await?,
        (10, 10, None),
        "limit, remaining and retry_at of an unused source"
    );
    scene.take("ten", 3, Priority::Interactive).await?;
    scene.take("ten", 1, Priority::Job).await?;
    for _ in 0..2 {
        ensure_eq!(
            scene.state("ten").await?,
            (10, 6, None),
            "limit, remaining and retry_at after 4 calls of 10"
        );
    }
    fails_with(
        scene.take("ten", 7, Priority::Interactive).await,
        RateLimited,
        "acquire() of 7 calls where 6 are left",
    )?;
    ensure_eq!(
        scene.state("ten").await?,
        (10, 6, None),
        "limit, remaining and retry_at after a refusal"
    );
    scene.take("ten", 6, Priority::Interactive).await?;
    let (limit, remaining, retry_at) = scene.state("ten").await?;
    ensure_eq!((limit, remaining), (10, 0), "limit and remaining after 10 calls of 10");
    let now = scene.clock.now();
    let fits = retry_at.is_some_and(|at| at > now && at <= now + SignedDuration::from_secs(61));
    ensure!(
        fits,
        "retry_at after 10 calls of 10 is {retry_at:?}, not within a minute of {now}"
    );
    Ok(())
}

async fn retry_after_closes_the_source(scene: Scene) -> Outcome {
    let until = scene.clock.now() + SignedDuration::from_millis(1_500);
    scene.budget(0).retry_after(&SourceId::new("ten"), until).await?;
    for (handle, priority) in
        (0..scene.handles.len()).flat_map(|handle| [(handle, Priority::Job), (handle, Priority::Interactive)])
    {
        let source = SourceId::new("ten");
        let refused = scene
            .budget(handle)
            .acquire(&source, 1, priority, Deadline::after(Duration::ZERO))
            .await;
        if scene.clock.now() < until {
            fails_with(refused, RateLimited, "acquire() of a source that is closed")?;
        }
    }
    let (_, remaining, retry_at) = scene.state("ten").await?;
    if scene.clock.now() < until {
        ensure_eq!(
            (remaining, retry_at),
            (0, Some(until)),
            "remaining and retry_at of a closed source"
        );
    }
    tokio::time::sleep(Duration::from_millis(1_600)).await;
    ensure_eq!(
        scene.state("ten").await?,
        (10, 10, None),
        "limit, remaining and retry_at of a source that is open again"
    );
    scene.take("ten", 1, Priority::Job).await?;
    Ok(())
}

async fn retry_after_is_never_shortened(scene: Scene) -> Outcome {
    let source = SourceId::new("ten");
    let (sooner, later) = (
        scene.clock.now() + SignedDuration::from_secs(20),
        scene.clock.now() + SignedDuration::from_secs(40),
    );
    for until in [sooner, later, sooner] {
        scene.budget(0).retry_after(&source, until).await?;
    }
    let (_, _, retry_at) = scene.state("ten").await?;
    ensure_eq!(retry_at, Some(later), "retry_at after an earlier end was reported last");
    Ok(())
}

async fn a_caller_with_time_waits(scene: Scene) -> Outcome {
    let source = SourceId::new("ten");
    let until = scene.clock.now() + SignedDuration::from_millis(300);
    scene.budget(0).retry_after(&source, until).await?;
    scene
        .budget(1)
        .acquire(
            &source,
            1,
            Priority::Interactive,
            Deadline::after(Duration::from_secs(60)),
        )
        .await?;
    ensure!(
        scene.clock.now() >= until,
        "acquire() came back at {} where the source is closed until {until}",
        scene.clock.now()
    );
    Ok(())
}
