//! A portfolio over which every process dies.

use std::time::Duration;

use folio_core::Clock;
use jiff::SignedDuration;
use tokio::time::{Instant, sleep};

use super::run::Fleet;

/// Runs one process after another, until one gets through.
async fn check(portfolios: usize, chunk: usize) {
    println!("{portfolios} portfolios, one of which is deadly");
    let mut fleet = Fleet::new(portfolios, chunk).await;
    let deadly = fleet.portfolios[portfolios / 2];
    fleet.settings.deadly = Some(deadly.to_string());
    let tick = fleet.next_tick();
    let mut deaths = 0;
    let mut process = fleet.start();
    let begun = Instant::now();
    while !fleet
        .here
        .jobs
        .health()
        .await
        .is_ok_and(|health| !health.given_up.is_empty() && health.open_ticks == 0)
    {
        if process.ended().is_some() {
            deaths += 1;
            assert!(deaths <= 8, "it is left out at some time");
            // Nobody lives, so it harms nobody when what they held is free at once.
            fleet.clock.set(fleet.clock.now() + SignedDuration::from_secs(61));
            process = fleet.start();
        }
        assert!(begun.elapsed() < Duration::from_secs(180), "the others finish");
        sleep(Duration::from_millis(20)).await;
    }
    fleet.processes.push(process);
    fleet.finish(None).await;
    fleet.stop().await;
    fleet.verify(&[deadly]).await;
    let health = fleet.here.jobs.health().await.unwrap();
    let [incident] = &health.given_up[..] else {
        panic!("{:?}", health.given_up);
    };
    assert_eq!((incident.portfolio_id, incident.as_of), (Some(deadly), tick));
    println!("left out after {deaths} dead processes");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portfolio_that_kills_its_worker_is_named_and_the_others_finish() {
    check(30, 10).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "it takes many minutes; `make chaos` runs it"]
async fn full_a_portfolio_that_kills_its_worker_is_named_and_the_others_finish() {
    check(1_500, 500).await;
}
