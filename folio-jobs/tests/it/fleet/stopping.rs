//! Processes that are asked to end in the middle of their work.

use std::time::Duration;

use tokio::time::sleep;

use super::run::Fleet;
use crate::support::process::{Random, new_seed};

const PROCESSES: usize = 2;

async fn check(portfolios: usize, chunk: usize, stops: usize) {
    let seed = new_seed();
    println!("seed {seed}, {portfolios} portfolios, {stops} stops");
    let mut random = Random(seed);
    let mut fleet = Fleet::new(portfolios, chunk).await.paced(300).with_processes(PROCESSES);
    let mut twice = 0;
    for _ in 0..stops {
        fleet.next_tick();
        fleet.at_work().await;
        sleep(random.within(Duration::from_millis(250))).await;
        // One of them, or all at once.
        let which = random.below(PROCESSES + 1);
        let mut stopping = Vec::new();
        for n in (0..PROCESSES).filter(|n| which == PROCESSES || which == *n) {
            let next = fleet.start();
            let process = std::mem::replace(&mut fleet.processes[n], next);
            process.signal("TERM");
            stopping.push(process);
        }
        for process in &mut stopping {
            twice += fleet.stopped(process).await;
        }
        fleet.finish(None).await;
    }
    twice += fleet.stop().await;
    let repeated = fleet.repeated().await;
    assert!(repeated > 0, "nobody was stopped at work");
    println!("{repeated} chunks were handed on");
    assert_eq!(twice, 0, "no snapshot was made a second time");
    fleet.verify(&[]).await;
    for chunk in fleet.records("chunks", "").await {
        assert_eq!(chunk["dead_starts"], 0, "nobody was taken for dead: {chunk}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_is_clean() {
    check(600, 100, 4).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "it takes many minutes; `make chaos` runs it"]
async fn full_a_stop_is_clean() {
    check(5_000, 500, 20).await;
}
