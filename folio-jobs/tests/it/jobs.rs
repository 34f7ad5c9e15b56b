//! Jobs that a person asks for, and the histories.

use folio_core::{Clock, ErrorKind, OwnerId, Trigger};
use folio_jobs::{JobResult, JobState, JobType};
use jiff::SignedDuration;

use crate::support::faults::Call;
use crate::support::{BACKENDS, Backend, World, at, owner};

#[tokio::test]
async fn a_snapshot_on_request() {
    for backend in BACKENDS {
        let world = World::new(backend, 2, 4).await;
        let id = world.portfolios[1];
        let jobs = world.process();
        let job = jobs.start_manual_valuation(&owner(), id).await.unwrap();
        assert_eq!(
            (job.state, job.job_type, job.attempts),
            (JobState::Queued, JobType::PortfolioValuation, 0)
        );
        world.clock.advance(SignedDuration::from_secs(3));
        let again = world.process().start_manual_valuation(&owner(), id).await.unwrap();
        assert_eq!(again.id, job.id, "while one is queued it is the one");
        let other = jobs
            .start_manual_valuation(&owner(), world.portfolios[0])
            .await
            .unwrap();
        assert_ne!(other.id, job.id);
        world.work(&jobs).await;

        let done = jobs.job(Some(&owner()), job.id).await.unwrap();
        assert_eq!((done.state, done.attempts), (JobState::Succeeded, 1));
        let Some(JobResult::Valuation(valuation_id)) = done.result else {
            panic!("{done:?}")
        };
        let valuation = world.store.valuation(id, valuation_id).await.unwrap().unwrap();
        assert_eq!(valuation.trigger, Trigger::Manual);
        assert_eq!(valuation.as_of, at("2026-03-01T08:30:03.001Z"), "never a whole second");
        assert_eq!(valuation.total_value.unwrap().to_string(), "120600 USD");

        let next = jobs.start_manual_valuation(&owner(), id).await.unwrap();
        assert_ne!(next.id, job.id, "it is over");
    }
}

#[tokio::test]
async fn a_request_for_what_is_not_there() {
    let world = World::new(Backend::Memory, 1, 4).await;
    let jobs = world.process();
    let stranger = OwnerId::new("somebody else");
    let refused = jobs
        .start_manual_valuation(&stranger, world.portfolios[0])
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::NotFound);
    let job = jobs
        .start_manual_valuation(&owner(), world.portfolios[0])
        .await
        .unwrap();
    assert_eq!(
        jobs.job(Some(&stranger), job.id).await.unwrap_err().kind(),
        ErrorKind::NotFound
    );
    // Deleted before the job starts.
    world
        .store
        .delete_portfolio(&owner(), world.portfolios[0])
        .await
        .unwrap();
    world.work(&jobs).await;
    let job = jobs.job(Some(&owner()), job.id).await.unwrap();
    assert_eq!(job.state, JobState::Failed);
    assert_eq!(job.error.unwrap().code, "not_found");
}

#[tokio::test]
async fn a_request_is_kept_before_it_is_answered_and_done_once() {
    for backend in BACKENDS {
        for after in [false, true] {
            for nth in 0.. {
                let world = World::new(backend, 1, 4).await;
                let id = world.portfolios[0];
                let job = world.process().start_manual_valuation(&owner(), id).await.unwrap();
                let mut seen = 0;
                let pick = move |call: Call<'_>| {
                    seen += i32::from(call.op != "read");
                    seen > nth
                };
                if !world.kill_at(after, pick).await {
                    assert!(nth > 3, "{nth} writes");
                    break;
                }
                for _ in 0..3 {
                    world.clock.advance(SignedDuration::from_secs(61));
                    world.work(&world.process()).await;
                }
                let job = world.process().job(None, job.id).await.unwrap();
                assert_eq!(job.state, JobState::Succeeded, "write {nth}, after: {after}");
                let all = folio_core::store::SnapshotQuery::newest(id, 10);
                assert_eq!(
                    world.store.valuations(&all).await.unwrap().items.len(),
                    1,
                    "write {nth}, after: {after}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_claim_whose_job_was_never_written_is_finished_by_the_next_request() {
    let world = World::new(Backend::Memory, 1, 4).await;
    let jobs = world.process();
    world
        .faults
        .stop_at(false, |call| call.op == "insert" && call.kind == "jobs");
    let owner = owner();
    tokio::select! {
        _ = jobs.start_manual_valuation(&owner, world.portfolios[0]) => panic!("it is killed before"),
        () = world.faults.dead.notified() => {}
    }
    assert!(world.records("jobs", "").await.is_empty());
    let job = jobs.start_manual_valuation(&owner, world.portfolios[0]).await.unwrap();
    world.work(&jobs).await;
    assert_eq!(jobs.job(None, job.id).await.unwrap().state, JobState::Succeeded);
}

#[tokio::test]
async fn a_failure_that_may_pass_is_tried_again() {
    let world = World::new(Backend::Memory, 1, 4).await;
    let jobs = world.process();
    let job = jobs
        .start_manual_valuation(&owner(), world.portfolios[0])
        .await
        .unwrap();
    world.faults.fail_at(|call| call.op == "snapshots");
    world.work(&jobs).await;
    let retrying = jobs.job(None, job.id).await.unwrap();
    assert_eq!(retrying.state, JobState::Retrying);
    assert_eq!(retrying.error.unwrap().code, "unavailable");
    world.faults.clear();
    world.clock.advance(SignedDuration::from_secs(2));
    world.work(&jobs).await;
    let done = jobs.job(None, job.id).await.unwrap();
    assert_eq!((done.state, done.error), (JobState::Succeeded, None));
}

#[tokio::test]
async fn the_histories_of_what_is_held() {
    for backend in BACKENDS {
        let world = World::new(backend, 2, 4).await;
        world.source.set_history(bitcoin_history(&world));
        let jobs = world.process();
        let job = jobs.start(JobType::HistoricalData).await.unwrap();
        assert_eq!(jobs.start(JobType::HistoricalData).await.unwrap().id, job.id);
        world.work(&jobs).await;
        let job = jobs.job(None, job.id).await.unwrap();
        assert_eq!(job.state, JobState::Succeeded, "{job:?}");
        assert_eq!(
            job.progress.map(|progress| (progress.done, progress.total)),
            Some((2, 2))
        );
        assert_eq!(
            job.result,
            Some(JobResult::Histories { missing: 1 }),
            "the share has none"
        );
    }
}

#[tokio::test]
async fn histories_go_on_where_they_were_killed() {
    let world = World::new(Backend::Memory, 1, 4).await;
    world.source.set_history(bitcoin_history(&world));
    let job = world.process().start(JobType::HistoricalData).await.unwrap();
    let first_done =
        |call: Call<'_>| call.op == "replace" && call.kind == "jobs" && call.body.contains("crypto:bitcoin");
    assert!(world.kill_at(true, first_done).await);
    let asked = world.source.asked().len();
    world.clock.advance(SignedDuration::from_secs(16));
    let jobs = world.process();
    world.work(&jobs).await;
    let job = jobs.job(None, job.id).await.unwrap();
    assert_eq!((job.state, job.attempts), (JobState::Succeeded, 2));
    assert_eq!(
        job.progress.map(|progress| (progress.done, progress.total)),
        Some((2, 2))
    );
    let again = world.source.asked().split_off(asked);
    assert!(
        again.iter().all(|key| key.asset.to_string() != "crypto:bitcoin"),
        "{again:?}"
    );
}

fn bitcoin_history(world: &World) -> folio_core::PriceHistory {
    let point = |date: &str, price: &str| folio_core::PricePoint {
        date: date.parse().unwrap(),
        time: format!("{date}T23:59:59Z").parse().unwrap(),
        price: price.parse().unwrap(),
        provisional: false,
    };
    folio_core::PriceHistory {
        asset: "crypto:bitcoin".parse().unwrap(),
        currency: folio_core::Currency::USD,
        resolution: folio_core::Resolution::Daily,
        source: folio_core::SourceId::new("memory"),
        fetched_at: world.clock.now(),
        points: vec![point("2026-02-27", "59000"), point("2026-02-28", "60000")],
        splits: Vec::new(),
    }
}

#[tokio::test]
async fn histories_on_schedule_once_whatever_is_running() {
    let world = World::new(Backend::Memory, 1, 4).await;
    world.go_to("2026-03-01T12:00:00Z");
    let (a, b) = (world.process(), world.process());
    let now = world.clock.now();
    let (first, second) = tokio::join!(a.fire(now), b.fire(now));
    first.and(second).unwrap();
    assert_eq!(world.records("jobs", "").await.len(), 1);
    // The next one finds it unfinished.
    world.go_to("2026-03-01T18:00:00Z");
    a.fire(world.clock.now()).await.unwrap();
    assert_eq!(world.records("jobs", "").await.len(), 1);
    let entry = a.schedule().await.unwrap().remove(2);
    assert_eq!((entry.job, entry.missed), (JobType::HistoricalData, 1));
    assert_eq!(entry.last_tick, Some(at("2026-03-01T18:00:00Z")));
    // Down over two instants: the latest runs, one is missed.
    world.work(&a).await;
    world.go_to("2026-03-02T06:10:00Z");
    let late = world.process();
    late.fire(world.clock.now()).await.unwrap();
    let jobs = world.records("jobs", "").await;
    assert_eq!(jobs.len(), 2);
    assert_eq!(late.schedule().await.unwrap()[2].missed, 2);
}

#[tokio::test]
async fn jobs_are_kept_for_seven_days() {
    let world = World::new(Backend::Memory, 1, 4).await;
    let jobs = world.process();
    let job = jobs
        .start_manual_valuation(&owner(), world.portfolios[0])
        .await
        .unwrap();
    world.work(&jobs).await;
    world.clock.advance(SignedDuration::from_hours(24 * 7 - 1));
    jobs.clean(world.clock.now()).await.unwrap();
    assert!(jobs.job(None, job.id).await.is_ok());
    world.clock.advance(SignedDuration::from_hours(2));
    let report = jobs.clean(world.clock.now()).await.unwrap();
    assert!(report.records >= 1);
    assert_eq!(jobs.job(None, job.id).await.unwrap_err().kind(), ErrorKind::NotFound);
}
