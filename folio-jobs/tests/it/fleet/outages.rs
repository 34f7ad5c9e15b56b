//! Servers that are killed and come back under a fleet.

use std::sync::Arc;
use std::time::Duration;

use folio_core::store::{NewRecord, RecordKind};
use folio_core::{Clock, ErrorKind, JobId};
use folio_jobs::JobState;
use jiff::SignedDuration;
use tokio::time::sleep;

use super::run::Fleet;
use crate::support::owner;
use crate::support::process::{Random, new_seed};

const PROCESSES: usize = 2;
const WRITERS: usize = 4;
const WRITTEN: RecordKind = RecordKind("written");

async fn check_redis(portfolios: usize, chunk: usize, kills: usize) {
    let seed = new_seed();
    println!("seed {seed}, {portfolios} portfolios, Redis killed {kills} times and emptied once");
    let mut random = Random(seed);
    let mut fleet = Fleet::new(portfolios, chunk).await.paced(100).with_processes(PROCESSES);
    let mut asked: Vec<JobId> = Vec::new();
    for round in 0..=kills {
        let tick = fleet.next_tick();
        if random.below(2) == 0 {
            fleet.at_work().await;
        }
        sleep(random.within(Duration::from_millis(300))).await;
        if round == kills / 2 {
            flush(&fleet).await;
        } else {
            fleet.redis.kill();
            // What people ask for is taken all the same.
            let portfolio = fleet.portfolios[random.below(portfolios)];
            let job = fleet
                .here
                .jobs
                .start_manual_valuation(&owner(), portfolio)
                .await
                .unwrap();
            asked.push(job.id);
            sleep(random.within(Duration::from_secs(3))).await;
            fleet.redis.start_again().await;
        }
        fleet.look().await.unwrap();
        fleet.finish(Some(Duration::from_secs(7))).await;
        println!("{tick} is complete");
    }
    assert!(
        fleet.processes.iter_mut().all(|process| process.ended().is_none()),
        "nobody ended over it"
    );
    fleet.stop().await;
    fleet.verify(&[]).await;
    for id in &asked {
        let job = fleet.here.jobs.job(None, *id).await.unwrap();
        assert_eq!(job.state, JobState::Succeeded, "{job:?}");
    }
    let health = fleet.here.jobs.health().await.unwrap();
    assert!(health.given_up.is_empty() && health.missed.is_empty(), "{health:?}");
    println!("{} jobs asked for while Redis was away, all done", asked.len());
}

/// What was acknowledged before the store was killed is there when it is back, and the processes go on as they were.
async fn check_mongod(portfolios: usize, chunk: usize, kills: usize) {
    let seed = new_seed();
    println!("seed {seed}, {portfolios} portfolios, mongod killed {kills} times");
    let mut random = Random(seed);
    let mut fleet = Fleet::new(portfolios, chunk).await.paced(100).with_processes(PROCESSES);
    for round in 0..kills {
        fleet.next_tick();
        // Writers who note what the store has said that it has, until it is gone.
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let (store, now) = (Arc::clone(&fleet.here.store), fleet.clock.now());
                tokio::spawn(async move {
                    let mut acknowledged = Vec::new();
                    loop {
                        let row = NewRecord {
                            key: format!("{round}:{writer}:{}", acknowledged.len()),
                            body: "{}".to_owned(),
                            due_at: None,
                            expires_at: Some(now + SignedDuration::from_hours(1_000)),
                        };
                        match store.insert_record(WRITTEN, &row).await {
                            Ok(_) => acknowledged.push(row.key),
                            Err(error) => return (acknowledged, error),
                        }
                    }
                })
            })
            .collect();
        sleep(Duration::from_millis(50) + random.within(Duration::from_secs(1))).await;
        fleet.mongod.kill();
        let mut acknowledged = Vec::new();
        for writer in writers {
            let (keys, error) = writer.await.unwrap();
            assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}");
            acknowledged.extend(keys);
        }
        sleep(random.within(Duration::from_secs(2))).await;
        fleet.mongod.start_again().await;
        for key in &acknowledged {
            let found = fleet.here.store.record(WRITTEN, key).await.unwrap();
            assert!(found.is_some(), "{key} was acknowledged");
        }
        fleet.finish(None).await;
        println!("{} writes acknowledged before the kill, all there", acknowledged.len());
        assert!(!acknowledged.is_empty());
    }
    assert!(
        fleet.processes.iter_mut().all(|process| process.ended().is_none()),
        "nobody ended over it"
    );
    fleet.stop().await;
    fleet.verify(&[]).await;
    let health = fleet.here.jobs.health().await.unwrap();
    assert!(health.given_up.is_empty() && health.missed.is_empty(), "{health:?}");
}

async fn flush(fleet: &Fleet) {
    let client = redis::Client::open(fleet.redis.url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    () = redis::cmd("FLUSHALL").query_async(&mut connection).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_may_die_and_forget() {
    check_redis(60, 10, 3).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "it takes many minutes; `make chaos` runs it"]
async fn full_redis_may_die_and_forget() {
    check_redis(1_000, 50, 10).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mongod_may_die() {
    check_mongod(60, 10, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "it takes many minutes; `make chaos` runs it"]
async fn full_mongod_may_die() {
    check_mongod(1_000, 50, 10).await;
}
