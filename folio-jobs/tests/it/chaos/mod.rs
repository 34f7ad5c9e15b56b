//! Portfolios that cross, flap inside the band and cross again, valued by processes that are killed with
//! SIGKILL: each crossing is told once, whatever happens.
//!
//! Time stands still but for the parent, which sets it through a file: it goes on to the next tick when
//! everything of the one before is done. So what is to be expected depends on the prices alone.

mod child;
mod run;
mod story;
mod verify;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::Duration;

use folio_core::memory::MemorySource;
use folio_core::money::Percent;
use folio_core::{AlertRuleInput, Clock, Condition, Policy, PortfolioId};
use tokio::time::{Instant, sleep};

use crate::support::process::{Random, new_seed};
use crate::support::{at, owner, watched};
use child::{SharedClock, parts, set_time};
use run::Run;
use story::{Story, asset, instant};
use verify::verify;

/// Portfolios of one group hold the same asset.
const GROUPS: usize = 10;
const PROCESSES: usize = 2;
const CROSSINGS: usize = 3;

async fn check(portfolios: usize, ticks: usize, kills: usize) {
    let seed = new_seed();
    println!("seed {seed}, {portfolios} portfolios, {ticks} ticks, {kills} kills");
    let begun = Instant::now();
    let mut random = Random(seed);
    let paths: Vec<_> = (0..GROUPS).map(|group| Story::new(seed, group, ticks)).collect();
    let directory = tempfile::tempdir().unwrap();
    let clock = Arc::new(SharedClock(AtomicI64::new(at(crate::support::START).as_millisecond())));
    set_time(directory.path(), clock.now());
    let source = Arc::new(MemorySource::new(clock.clone()));
    let here = parts(directory.path(), clock.clone(), source).await;
    let mut owned: Vec<(PortfolioId, usize, bool)> = Vec::new();
    for n in 0..portfolios {
        let (group, excludes) = (n % GROUPS, n % 4 < 2);
        let mut portfolio = watched(&format!("P{n}"), &[&asset(group).to_string()], clock.now());
        if excludes {
            portfolio.policy = Policy::Exclude;
        }
        let portfolio = here.tracker.create_portfolio(portfolio).await.unwrap();
        let percent = |text| Percent::parse(text).unwrap();
        let conditions = [
            Condition::Loss {
                threshold_percent: percent("5"),
            },
            Condition::Gain {
                threshold_percent: percent("10"),
            },
        ];
        let rules = conditions.map(|condition| AlertRuleInput {
            cooldown_hours: 0,
            ..AlertRuleInput::new(condition)
        });
        let (tracker, owner) = (&here.tracker, owner());
        tracker
            .set_alert_rules(&owner, portfolio.id, &rules, None)
            .await
            .unwrap();
        owned.push((portfolio.id, group, excludes));
    }
    here.jobs.fire(clock.now()).await.unwrap();
    let mut run = Run {
        directory,
        clock,
        seed,
        ticks,
        store: Arc::clone(&here.store),
        processes: (0..PROCESSES).map(|_| None).collect(),
        killed: 0,
    };
    run.start();
    let mut at_ticks = BTreeSet::new();
    while at_ticks.len() < kills {
        at_ticks.insert(1 + random.below(ticks - 1));
    }
    let mut usual = Duration::from_millis(200);
    for tick in 0..ticks {
        let started = Instant::now();
        run.set_time(instant(tick));
        if at_ticks.contains(&tick) {
            let after = random.below(usize::try_from(usual.as_millis()).unwrap().max(1));
            sleep(Duration::from_millis(after as u64)).await;
            let which = random.below(PROCESSES + 1);
            (0..PROCESSES)
                .filter(|n| which == PROCESSES || which == *n)
                .for_each(|n| run.kill(n));
        }
        run.finish(tick).await;
        if !at_ticks.contains(&tick) {
            usual = (usual * 3 + started.elapsed()) / 4;
        }
        run.start();
    }
    run.processes.clear();
    let took = begun.elapsed();
    verify(&here, &run, &paths, &owned).await;
    let flaps: usize = paths.iter().map(Story::flaps).sum();
    println!(
        "{took:?}, {} processes killed, {} flaps of a group on average",
        run.killed,
        flaps / GROUPS
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_crossing_is_told_once_whatever_is_killed() {
    check(100, 60, 5).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "it takes many minutes; `make chaos` runs it"]
async fn a_thousand_portfolios_over_six_hundred_ticks() {
    check(1_000, 600, 20).await;
}
