//! Many schedulers, of which some are frozen, and all of which are away for hours.

use std::time::Duration;

use folio_core::store::SnapshotQuery;
use folio_core::{Clock, PriceState};
use jiff::{SignedDuration, Timestamp};
use tokio::time::sleep;

use super::run::Fleet;
use crate::support::process::{Random, new_seed};

const PROCESSES: usize = 3;
/// A price is at most so much later than the instant it is for.
const WINDOW: SignedDuration = SignedDuration::from_mins(10);

async fn check(portfolios: usize, ticks: usize, frozen_for: Duration) {
    let seed = new_seed();
    println!("seed {seed}, {portfolios} portfolios, {ticks} ticks, {PROCESSES} schedulers");
    let mut random = Random(seed);
    let mut fleet = Fleet::new(portfolios, 10).await.paced(100).with_processes(PROCESSES);
    for _ in 0..ticks {
        // Frozen somewhere between before the instant and its end, and thawed somewhere after.
        let which = random.below(PROCESSES);
        let early = random.below(2) == 0;
        if early {
            fleet.processes[which].signal("STOP");
        }
        fleet.next_tick();
        sleep(random.within(Duration::from_millis(700))).await;
        if !early {
            fleet.processes[which].signal("STOP");
        }
        sleep(random.within(frozen_for)).await;
        fleet.look().await.unwrap();
        fleet.processes[which].signal("CONT");
        fleet.finish(None).await;
    }
    // All away for five hours and twenty minutes: the last instant of them is caught up, the others are counted.
    fleet.stop().await;
    let away = fleet.clock.now();
    fleet.clock.set(away + SignedDuration::from_mins(5 * 60 + 20));
    let latest = Timestamp::from_second(fleet.clock.now().as_second() / 3_600 * 3_600).unwrap();
    let first = *fleet.ticks.last().unwrap() + SignedDuration::from_hours(1);
    let left_out = latest.duration_since(first).as_hours().unsigned_abs();
    fleet.ticks.push(latest);
    let mut fleet = fleet.with_processes(PROCESSES);
    fleet.finish(None).await;
    fleet.next_tick();
    fleet.finish(None).await;
    fleet.stop().await;
    fleet.verify(&[]).await;

    let health = fleet.here.jobs.health().await.unwrap();
    assert!(health.given_up.is_empty(), "{health:?}");
    let [missed] = &health.missed[..] else {
        panic!("one record of what was left out: {:?}", health.missed);
    };
    let last = latest - SignedDuration::from_hours(1);
    assert_eq!((missed.from, missed.to, missed.count), (first, last, left_out));
    for id in &fleet.portfolios {
        let query = SnapshotQuery {
            from: Some(latest),
            to: Some(latest),
            holdings: true,
            ..SnapshotQuery::newest(*id, 2)
        };
        let snapshot = fleet.here.store.valuations(&query).await.unwrap().items.remove(0);
        for holding in &snapshot.holdings {
            let pricing = &holding.pricing;
            assert!(
                pricing.as_of.is_none_or(|as_of| as_of <= latest + WINDOW),
                "{holding:?}"
            );
            assert_eq!(pricing.state, PriceState::Carried, "the window was over");
        }
    }
    println!("{left_out} instants left out and counted");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_instant_has_one_set_of_jobs_whoever_is_frozen() {
    check(40, 6, Duration::from_millis(1_500)).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "it takes many minutes; `make chaos` runs it"]
async fn full_each_instant_has_one_set_of_jobs_whoever_is_frozen() {
    check(400, 30, Duration::from_secs(24)).await;
}
