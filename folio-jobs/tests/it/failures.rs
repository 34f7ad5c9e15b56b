//! Portfolios that end their workers, stores that fail, and work that is given up.

use folio_core::store::{NewRecord, RecordKind};
use folio_core::{Clock, ErrorKind};
use folio_jobs::queue::JobQueue;
use jiff::SignedDuration;

use crate::support::{BACKENDS, Backend, NINE, World, at};

#[tokio::test]
async fn a_portfolio_that_ends_its_worker_is_named_and_the_others_finish() {
    for backend in BACKENDS {
        let world = World::new(backend, 9, 5).await;
        let mut sorted = world.portfolios.clone();
        sorted.sort();
        let (bad, name) = (sorted[2], sorted[2].to_string());
        world.go_to(NINE);
        let mut kills = 0;
        loop {
            let name = name.clone();
            if !world
                .kill_at(false, move |call| call.op == "snapshots" && call.body.contains(&name))
                .await
            {
                break;
            }
            kills += 1;
            assert!(kills < 8, "it is left out at some time");
            world.clock.advance(SignedDuration::from_secs(16));
        }
        // All together, then up to it, then twice over it alone.
        assert_eq!(kills, 4);
        world.recover().await;
        world.portfolios.iter().for_each(|id| assert!(sorted.contains(id)));
        let others: Vec<_> = sorted.iter().copied().filter(|id| *id != bad).collect();
        world.assert_done_for(NINE, &others).await;
        assert!(world.snapshots(bad, NINE).await.is_empty());
        let health = world.process().health().await.unwrap();
        let [incident] = &health.given_up[..] else {
            panic!("{:?}", health.given_up)
        };
        assert_eq!((incident.portfolio_id, incident.as_of), (Some(bad), at(NINE)));
    }
}

#[tokio::test]
async fn a_store_that_fails_for_a_while_costs_nothing() {
    for backend in BACKENDS {
        let world = World::new(backend, 5, 2).await;
        world.go_to(NINE);
        world.faults.fail_at(|call| call.op == "snapshots");
        let jobs = world.process();
        for _ in 0..5 {
            world.drive(&jobs).await;
            world.clock.advance(SignedDuration::from_secs(61));
        }
        let chunks = world.records("chunks", "").await;
        assert!(
            chunks
                .iter()
                .all(|chunk| chunk["dead_starts"] == 0 && chunk["dispatch"]["failures"].as_u64() > Some(2))
        );
        world.faults.clear();
        world.recover().await;
        world.assert_done(NINE).await;
    }
}

#[tokio::test]
async fn a_chunk_that_never_works_is_given_up_and_holds_nothing_back() {
    let world = World::new(Backend::Memory, 6, 2).await;
    let mut sorted = world.portfolios.clone();
    sorted.sort();
    let (bad, name) = (sorted[2], sorted[2].to_string());
    world.go_to(NINE);
    world
        .faults
        .fail_at(move |call| call.op == "snapshots" && call.body.contains(&name));
    let jobs = world.process();
    for minute in 0..200 {
        world.work(&jobs).await;
        if minute == 0 {
            world.drive(&jobs).await;
        }
        if minute == 170 {
            assert_eq!(
                jobs.health().await.unwrap().open_ticks,
                1,
                "three intervals are three hours"
            );
        }
        world.clock.advance(SignedDuration::from_secs(61));
    }
    let health = jobs.health().await.unwrap();
    assert_eq!(health.open_ticks, 0);
    let [incident] = &health.given_up[..] else {
        panic!("{:?}", health.given_up)
    };
    assert_eq!((incident.portfolio_id, incident.chunk), (None, 1));
    let others: Vec<_> = sorted
        .iter()
        .copied()
        .filter(|id| *id != bad && *id != sorted[3])
        .collect();
    world.assert_done_for(NINE, &others).await;
}

#[tokio::test]
async fn a_tick_that_nobody_can_plan_is_given_up() {
    let world = World::new(Backend::Memory, 1, 2).await;
    world.go_to(NINE);
    world.faults.fail_at(|call| call.op == "insert" && call.kind == "book");
    let jobs = world.process();
    jobs.fire(world.clock.now()).await.unwrap();
    for _ in 0..200 {
        world.work(&jobs).await;
        world.clock.advance(SignedDuration::from_secs(61));
    }
    assert_eq!(world.tick(NINE).await.unwrap()["state"], "missed");
    assert_eq!(jobs.health().await.unwrap().missed.len(), 1);
}

#[tokio::test]
async fn a_queue_out_of_reach_delays_and_loses_nothing() {
    let world = World::new(Backend::Memory, 3, 2).await;
    world.go_to(NINE);
    world.faults.fail_at(|call| call.op == "push");
    let jobs = world.process();
    jobs.fire(world.clock.now()).await.unwrap();
    assert_eq!(
        jobs.pass(world.clock.now()).await.unwrap_err().kind(),
        ErrorKind::Unavailable
    );
    world.faults.clear();
    world.clock.advance(SignedDuration::from_secs(6));
    world.work(&jobs).await;
    world.assert_done(NINE).await;
}

#[tokio::test]
async fn many_chunks_never_fill_the_queue() {
    let world = World::new(Backend::Memory, 120, 1).await;
    world.go_to(NINE);
    let jobs = world.process();
    jobs.fire(world.clock.now()).await.unwrap();
    for _ in 0..200 {
        let report = jobs.pass(world.clock.now()).await.unwrap();
        assert!(world.queue.depth().await.unwrap() <= 8);
        // One slot is slow: one delivery a pass.
        if let Some(delivery) = world.queue.pop() {
            jobs.handler().handle(delivery).await;
        } else if report.pushed == 0 {
            break;
        }
    }
    assert!(world.queue.most_waiting() <= 8, "{}", world.queue.most_waiting());
    world.assert_done(NINE).await;
}

#[tokio::test]
async fn rules_that_cannot_be_read_are_the_loss_of_one_portfolio() {
    for backend in BACKENDS {
        let world = World::new(backend, 5, 4).await;
        let jobs = world.process();
        world.go_to(NINE);
        world.drive(&jobs).await;
        let unreadable = RecordKind("alerts");
        let key = world.portfolios[1].to_string();
        let record = world.store.record(unreadable, &key).await.unwrap().unwrap();
        let body = r#"{"x":1}"#.to_owned();
        let due_at = Some(world.clock.now());
        let broken = NewRecord {
            key,
            due_at,
            expires_at: None,
            body,
        };
        assert!(
            world
                .store
                .replace_record(unreadable, &broken, record.version)
                .await
                .unwrap()
        );

        world.go_to("2026-03-01T10:00:00Z");
        world.source.set_price(
            "crypto:bitcoin".parse().unwrap(),
            folio_core::Price::parse("61000", folio_core::Currency::USD).unwrap(),
        );
        jobs.fire(world.clock.now()).await.unwrap();
        for _ in 0..10 {
            let passed = jobs.pass(world.clock.now()).await;
            assert_eq!(passed.unwrap_err().kind(), ErrorKind::CorruptData, "it is said");
            for delivery in world.take_deliveries() {
                jobs.handler().handle(delivery).await;
            }
        }
        world.assert_done("2026-03-01T10:00:00Z").await;
    }
}

#[tokio::test]
async fn an_idle_pass_reads_little() {
    for backend in BACKENDS {
        let world = World::new(backend, 30, 1).await;
        let jobs = world.process();
        for hour in 9..12 {
            world.go_to(&format!("2026-03-01T{hour:02}:00:00Z"));
            world.drive(&jobs).await;
        }
        assert_eq!(world.records("chunks", "").await.len(), 90);
        let before = world.faults.reads();
        let report = jobs.pass(world.clock.now()).await.unwrap();
        assert_eq!((report.pushed, report.open_ticks), (0, 0));
        assert!(
            world.faults.reads() - before <= 6,
            "{} reads",
            world.faults.reads() - before
        );
    }
}
