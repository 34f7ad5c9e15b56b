//! Ticks from the schedule to the snapshot.

use std::sync::Arc;

use folio_core::memory::MemoryStore;
use folio_core::store::{OpsStore, RecordKind, Scan};
use folio_core::{Clock, Currency, ManualClock, Price, PriceState, Status, Tracker, Trigger};
use folio_jobs::{JobState, JobType, Jobs, JobsConfig};
use jiff::SignedDuration;

use crate::support::queue::MemoryQueue;
use crate::support::{BACKENDS, Backend, NINE, START, World, at, owner};

#[tokio::test]
async fn a_scheduled_tick_values_every_portfolio_once() {
    for backend in BACKENDS {
        let world = World::new(backend, 10, 4).await;
        world.go_to("2026-03-01T09:00:00.250Z");
        let jobs = world.process();
        world.drive(&jobs).await;
        world.assert_done(NINE).await;
        let tick = world.tick(NINE).await.unwrap();
        assert_eq!(tick["triggers"], serde_json::json!(["hourly", "daily"]));
        assert_eq!(tick["chunk_count"], 3);
        for (n, id) in world.portfolios.iter().enumerate() {
            let snapshot = world.snapshots(*id, NINE).await.remove(0);
            assert_eq!(snapshot.trigger, Trigger::Daily, "nine o'clock is the day's");
            assert_eq!(snapshot.status, Status::Complete);
            let value = (n + 1) * 60_000 + 600;
            assert_eq!(snapshot.total_value.unwrap().to_string(), format!("{value} USD"));
            // 3 × 90 EUR at the rate of the day of the purchase.
            assert_eq!(snapshot.total_cost.unwrap().to_string(), "324 USD");
            assert_eq!(snapshot.created_at, world.clock.now());
        }
        assert_eq!(world.stray_books().await, 0);
        // A second look finds nothing to do.
        let calls = world.source.calls();
        world.drive(&jobs).await;
        assert_eq!(world.source.calls(), calls);
        assert_eq!(world.records("ticks", "").await.len(), 1);
    }
}

#[tokio::test]
async fn the_hour_after_is_hourly_and_expires() {
    let world = World::new(Backend::Memory, 1, 4).await;
    for hour in ["09", "10"] {
        world.go_to(&format!("2026-03-01T{hour}:00:00Z"));
        world.drive(&world.process()).await;
    }
    let ten = world
        .snapshots(world.portfolios[0], "2026-03-01T10:00:00Z")
        .await
        .remove(0);
    assert_eq!(ten.trigger, Trigger::Hourly);
    world.clock.advance(SignedDuration::from_hours(24 * 91));
    world.process().clean(world.clock.now()).await.unwrap();
    assert!(
        world
            .snapshots(world.portfolios[0], "2026-03-01T10:00:00Z")
            .await
            .is_empty()
    );
    assert_eq!(
        world.snapshots(world.portfolios[0], NINE).await.len(),
        1,
        "the daily one stays"
    );
}

#[tokio::test]
async fn the_first_start_has_no_backlog() {
    let world = World::new(Backend::Memory, 1, 4).await;
    world.drive(&world.process()).await;
    assert!(world.records("ticks", "").await.is_empty());
    let schedule = world.process().schedule().await.unwrap();
    assert!(
        schedule
            .iter()
            .all(|entry| entry.last_tick.is_none() && entry.missed == 0)
    );
}

#[tokio::test]
async fn after_downtime_the_latest_instant_runs_and_the_rest_is_missed() {
    for backend in BACKENDS {
        let world = World::new(backend, 3, 4).await;
        world.go_to(NINE);
        world.drive(&world.process()).await;
        world.go_to("2026-03-01T14:20:00Z");
        let jobs = world.process();
        world.drive(&jobs).await;
        world.assert_done("2026-03-01T14:00:00Z").await;
        assert_eq!(world.records("ticks", "").await.len(), 2);
        let health = jobs.health().await.unwrap();
        let [missed] = &health.missed[..] else {
            panic!("{:?}", health.missed)
        };
        assert_eq!(
            (missed.from, missed.to),
            (at("2026-03-01T10:00:00Z"), at("2026-03-01T13:00:00Z"))
        );
        assert_eq!((missed.count, missed.hourly, missed.daily), (4, 4, 0));
        let schedule = jobs.schedule().await.unwrap();
        assert_eq!(schedule[0].missed, 4);
        assert_eq!(schedule[0].last_tick, Some(at("2026-03-01T14:00:00Z")));
        assert_eq!(schedule[0].next, Some(at("2026-03-01T15:00:00Z")));
        assert_eq!(schedule[1].last_tick, Some(at(NINE)));
        assert_eq!(schedule[1].next, Some(at("2026-03-02T09:00:00Z")));
        // A process that comes later adds nothing.
        world.drive(&world.process()).await;
        assert_eq!(world.process().health().await.unwrap().missed, health.missed);
    }
}

#[tokio::test]
async fn a_price_is_never_later_than_the_window() {
    for backend in BACKENDS {
        let world = World::new(backend, 2, 4).await;
        world.go_to(NINE);
        world.drive(&world.process()).await;
        // Down for fifty minutes of the next hour; the market went on.
        world.go_to("2026-03-01T10:50:00Z");
        world.source.set_price(
            "crypto:bitcoin".parse().unwrap(),
            Price::parse("70000", Currency::USD).unwrap(),
        );
        world.drive(&world.process()).await;
        world.assert_done("2026-03-01T10:00:00Z").await;
        let limit = at("2026-03-01T10:10:00Z");
        for id in &world.portfolios {
            let snapshot = world.snapshots(*id, "2026-03-01T10:00:00Z").await.remove(0);
            for holding in &snapshot.holdings {
                assert!(holding.pricing.as_of.is_none_or(|as_of| as_of <= limit), "{holding:?}");
            }
            assert_eq!(snapshot.holdings[0].pricing.state, PriceState::Carried);
            assert_eq!(snapshot.holdings[0].price.unwrap().to_string(), "60000 USD");
        }
    }
}

#[tokio::test]
async fn any_number_of_schedulers_make_one_tick() {
    for backend in BACKENDS {
        let world = World::new(backend, 9, 2).await;
        world.go_to(NINE);
        let processes = [world.process(), world.process(), world.process()];
        let now = world.clock.now();
        let [a, b, c] = &processes;
        let (a, b, c) = tokio::join!(a.fire(now), b.fire(now), c.fire(now));
        a.and(b).and(c).unwrap();
        assert_eq!(world.records("ticks", "").await.len(), 1);
        // And all of them work on it at once.
        let [a, b, c] = &processes;
        tokio::join!(world.drive(a), world.drive(b), world.drive(c));
        world.recover().await;
        world.assert_done(NINE).await;
        assert_eq!(world.stray_books().await, 0);
    }
}

#[tokio::test]
async fn with_too_many_open_ticks_the_next_is_left_out() {
    let world = World::new(Backend::Memory, 1, 4).await;
    for hour in 9..15 {
        world.go_to(&format!("2026-03-01T{hour:02}:00:00Z"));
        world.process().fire(world.clock.now()).await.unwrap();
    }
    let states: Vec<_> = world
        .records("ticks", "")
        .await
        .iter()
        .map(|tick| tick["state"].to_string())
        .collect();
    let planning = "\"planning\"";
    assert_eq!(
        states,
        [planning, planning, planning, planning, "\"missed\"", "\"missed\""]
    );
    let health = world.process().health().await.unwrap();
    assert_eq!((health.open_ticks, health.oldest_open_tick), (4, Some(at(NINE))));
    assert_eq!(health.missed.iter().map(|missed| missed.count).sum::<u64>(), 2);
    world.recover().await;
    world.assert_done("2026-03-01T12:00:00Z").await;
}

#[tokio::test]
async fn chunks_of_a_tick_wait_for_the_tick_before() {
    let world = World::new(Backend::Memory, 6, 2).await;
    world.go_to(NINE);
    let jobs = world.process();
    jobs.fire(world.clock.now()).await.unwrap();
    world.go_to("2026-03-01T10:00:00Z");
    jobs.fire(world.clock.now()).await.unwrap();
    let mut order = Vec::new();
    loop {
        let report = jobs.pass(world.clock.now()).await.unwrap();
        let deliveries = world.take_deliveries();
        if report.pushed + deliveries.len() == 0 {
            break;
        }
        for delivery in deliveries {
            order.push(delivery.row.clone());
            jobs.handler().handle(delivery).await;
        }
    }
    let chunks: Vec<_> = order.iter().filter(|row| row.starts_with("chunk/")).collect();
    assert!(chunks.is_sorted() && chunks.len() == 6, "{order:?}");
    // Planning waits for nobody, since prices do not.
    let planned = order.iter().rposition(|row| row.starts_with("tick/")).unwrap();
    assert!(planned < order.iter().position(|row| row.contains("10:00:00Z/")).unwrap());
    assert_eq!(world.process().health().await.unwrap().open_ticks, 0);
}

#[tokio::test]
async fn a_portfolio_made_after_the_instant_is_not_owed_a_snapshot() {
    let mut world = World::new(Backend::Memory, 2, 4).await;
    world.go_to("2026-03-01T09:00:00.001Z");
    let late = world.add(7).await;
    world.drive(&world.process()).await;
    assert!(world.snapshots(late, NINE).await.is_empty());
    world.portfolios.pop();
    world.assert_done(NINE).await;
}

#[tokio::test]
async fn somebody_asks_for_a_tick() {
    for backend in BACKENDS {
        let world = World::new(backend, 3, 2).await;
        world.go_to("2026-03-01T08:40:07.300Z");
        let jobs = world.process();
        let job = jobs.start(JobType::PortfolioValuation).await.unwrap();
        assert_eq!((job.state, job.owner.as_ref()), (JobState::Queued, None));
        world.clock.advance(SignedDuration::from_secs(2));
        let again = world.process().start(JobType::PortfolioValuation).await.unwrap();
        assert_eq!(again.id, job.id, "while one is open it is the one");
        world.work(&jobs).await;
        let job = jobs.job(None, job.id).await.unwrap();
        assert_eq!(job.state, JobState::Succeeded);
        assert_eq!(
            job.progress.map(|progress| (progress.done, progress.total)),
            Some((2, 2))
        );
        assert!(jobs.job(Some(&owner()), job.id).await.is_err(), "it is the operator's");
        let as_of = "2026-03-01T08:40:07Z";
        world.assert_done(as_of).await;
        assert_eq!(
            world.snapshots(world.portfolios[0], as_of).await[0].trigger,
            Trigger::Manual
        );
        let next = jobs.start(JobType::PortfolioValuation).await.unwrap();
        assert_ne!(next.id, job.id);
    }
}

#[tokio::test]
async fn a_request_at_a_scheduled_instant_joins_its_tick() {
    let world = World::new(Backend::Memory, 1, 2).await;
    world.go_to("2026-03-01T09:00:00.100Z");
    let jobs = world.process();
    jobs.fire(world.clock.now()).await.unwrap();
    let job = jobs.start(JobType::PortfolioValuation).await.unwrap();
    let tick = world.tick(NINE).await.unwrap();
    assert_eq!(tick["triggers"], serde_json::json!(["hourly", "daily", "manual"]));
    world.work(&jobs).await;
    assert_eq!(jobs.job(None, job.id).await.unwrap().state, JobState::Succeeded);
    assert_eq!(world.records("ticks", "").await.len(), 1);
    assert_eq!(
        world.snapshots(world.portfolios[0], NINE).await[0].trigger,
        Trigger::Daily
    );
}

#[tokio::test]
async fn no_tick_is_made_before_its_instant_by_the_clock_of_the_store() {
    let theirs = Arc::new(ManualClock::new(at(START)));
    let ours = Arc::new(ManualClock::new(at(START)));
    let store = Arc::new(MemoryStore::new().with_clock(theirs.clone()));
    let tracker = Tracker::builder()
        .store(store.clone())
        .clock(ours.clone())
        .build()
        .unwrap();
    let jobs = Jobs::new(tracker, Arc::new(MemoryQueue::default()), JobsConfig::new().unwrap());
    jobs.fire(ours.now()).await.unwrap();
    let ticks = async || {
        store
            .scan_records(
                RecordKind("ticks"),
                &Scan {
                    limit: 9,
                    ..Scan::default()
                },
            )
            .await
            .unwrap()
            .len()
    };
    ours.set(at("2026-03-01T09:00:01Z"));
    theirs.set(at("2026-03-01T08:59:59Z"));
    jobs.fire(ours.now()).await.unwrap();
    assert_eq!(ticks().await, 0);
    theirs.set(at(NINE));
    jobs.fire(ours.now()).await.unwrap();
    assert_eq!(ticks().await, 1);
}
