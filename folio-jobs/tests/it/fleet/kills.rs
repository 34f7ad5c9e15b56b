//! Workers killed with SIGKILL at random instants: nothing is lost, nothing twice, nothing changed.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::run::Fleet;
use crate::support::process::{Random, new_seed};

const PROCESSES: usize = 3;
/// About how long a process is at work on a tick.
const WORK: Duration = Duration::from_millis(200);

async fn check(portfolios: usize, chunk: usize, ticks: usize, kills: usize) {
    let seed = new_seed();
    println!("seed {seed}, {portfolios} portfolios, {ticks} ticks, {kills} kills of {PROCESSES} processes");
    let mut random = Random(seed);
    let mut fleet = Fleet::new(portfolios, chunk).await.paced(300).with_processes(PROCESSES);
    let mut at_ticks = BTreeSet::new();
    while at_ticks.len() < kills {
        at_ticks.insert(1 + random.below(ticks - 1));
    }
    let (mut usual, mut with_kill) = (Duration::from_millis(500), Vec::new());
    for tick in 0..ticks {
        let begun = Instant::now();
        fleet.next_tick();
        if at_ticks.contains(&tick) {
            fleet.at_work().await;
            sleep(random.within(WORK)).await;
            let which = random.below(PROCESSES);
            // What is dropped is killed; what takes its place has a memory of nothing.
            fleet.processes[which] = fleet.start();
            fleet.look().await.unwrap();
        }
        fleet.finish(None).await;
        if at_ticks.contains(&tick) {
            with_kill.push(begun.elapsed());
        } else {
            usual = (usual * 3 + begun.elapsed()) / 4;
        }
    }
    fleet.stop().await;
    let repeated = fleet.repeated().await;
    assert!(repeated > 0, "nobody was killed at work");
    fleet.verify(&[]).await;
    let health = fleet.here.jobs.health().await.unwrap();
    assert!(health.given_up.is_empty() && health.missed.is_empty(), "{health:?}");
    with_kill.sort_unstable();
    println!("{repeated} chunks were started again; a tick takes {usual:?}, those with a kill took {with_kill:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_workers_leave_one_snapshot_of_each_portfolio_and_tick() {
    check(120, 10, 10, 4).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "it takes many minutes; `make chaos` runs it"]
async fn full_killed_workers_leave_thirty_thousand_snapshots() {
    check(1_000, 50, 30, 20).await;
}
