//! Several processes on one file, and processes that are killed in the middle.
//!
//! A child is this test binary once more, running the one test that stands for it.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use folio_core::store::{Inserted, NewSnapshot, PortfolioStore, SnapshotQuery, ValuationStore};
use folio_core::{OwnerId, Portfolio};
use jiff::SignedDuration;

use crate::common::{hours, id, open, portfolio, snapshot};

const PROCESSES: i64 = 4;
const OVERLAPPING: u128 = 400;
const KILLS: u32 = 20;

/// Starts this binary as a child that runs `test` on the file.
fn child(test: &str, path: &Path, number: i64) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", test, "--nocapture", "--test-threads=1"])
        .env("FOLIO_TEST_FILE", path)
        .env("FOLIO_TEST_NUMBER", number.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// What the parent told this child.
fn told() -> (std::path::PathBuf, i64) {
    let file = std::env::var_os("FOLIO_TEST_FILE").expect("this test is part of another one");
    (
        file.into(),
        std::env::var("FOLIO_TEST_NUMBER").unwrap().parse().unwrap(),
    )
}

/// Says something to the parent at once. The harness prints to the same stream, hence the word before it.
fn tell(number: usize) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "\ntold {number}").unwrap();
    out.flush().unwrap();
}

fn heard(line: &str) -> Option<usize> {
    line.strip_prefix("told ")?.parse().ok()
}

/// A snapshot that shows which process made it.
fn marked(portfolio: &Portfolio, process: i64) -> NewSnapshot {
    let mut snapshot = snapshot(portfolio, hours(0));
    snapshot.valuation.created_at = hours(0) + SignedDuration::from_secs(process);
    snapshot
}

#[test]
fn overlapping_inserts_of_four_processes_make_one_row_each() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("folio.db");
    // The file does not exist yet: all four want to make it.
    let children: Vec<_> = (0..PROCESSES)
        .map(|number| child("processes::child_that_overlaps", &path, number))
        .collect();
    let mut new = 0;
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        let text = String::from_utf8(output.stdout).unwrap();
        new += text.lines().find_map(heard).unwrap();
    }
    assert_eq!(
        new,
        usize::try_from(OVERLAPPING).unwrap(),
        "each row is new to exactly one process"
    );
    runtime().block_on(async {
        let store = open(&path).await;
        store.integrity_check().await.unwrap();
        for number in 0..OVERLAPPING {
            let page = store.valuations(&SnapshotQuery::newest(id(number), 9)).await.unwrap();
            assert_eq!(page.items.len(), 1, "portfolio {number}");
            let process = page.items[0].created_at.duration_since(hours(0)).as_secs();
            let whole = store.valuation(id(number), page.items[0].id).await.unwrap().unwrap();
            assert_eq!(
                whole,
                marked(&portfolio(number, 5), process).valuation,
                "a mixture of two processes"
            );
        }
    });
}

#[test]
#[ignore = "the part of a child process"]
fn child_that_overlaps() {
    let (path, process) = told();
    runtime().block_on(async {
        let store = open(&path).await;
        let all: Vec<_> = (0..OVERLAPPING)
            .map(|number| marked(&portfolio(number, 5), process))
            .collect();
        let mut new = 0;
        for part in all.chunks(60) {
            let outcomes = store.insert_valuations(part).await.unwrap();
            new += outcomes.iter().filter(|outcome| **outcome == Inserted::New).count();
        }
        tell(new);
    });
}

#[test]
fn a_writer_that_is_killed_loses_nothing_it_acknowledged() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("folio.db");
    let seed = fastrand::u64(..);
    println!("seed {seed}, {KILLS} kills");
    let mut random = fastrand::Rng::with_seed(seed);
    for round in 0..KILLS {
        let mut child = child("processes::child_that_is_killed", &path, round.into());
        let mut lines = BufReader::new(child.stdout.take().unwrap())
            .lines()
            .map_while(Result::ok);
        let mut acknowledged = None;
        let wanted = random.usize(1..6);
        while acknowledged < Some(wanted) {
            let line = lines.next().expect("the child ended by itself");
            acknowledged = heard(&line).or(acknowledged);
        }
        std::thread::sleep(std::time::Duration::from_micros(random.u64(0..4_000)));
        child.kill().unwrap();
        child.wait().unwrap();
        // What it said between the last look and its end counts as well.
        acknowledged = lines.filter_map(|line| heard(&line)).last().or(acknowledged);
        let acknowledged = acknowledged.unwrap();
        runtime().block_on(async {
            let store = open(&path).await;
            store.integrity_check().await.unwrap();
            for step in 1..=acknowledged {
                let written = of_step(round, step);
                assert_eq!(store.portfolio(&OwnerId::default(), written.id).await.unwrap(), written);
                let page = store.valuations(&SnapshotQuery::newest(written.id, 500)).await.unwrap();
                assert_eq!(
                    page.items.len(),
                    SNAPSHOTS,
                    "round {round}, step {step} of {acknowledged}"
                );
            }
        });
    }
}

const SNAPSHOTS: usize = 30;

fn of_step(round: u32, step: usize) -> Portfolio {
    portfolio((u128::from(round) << 20) + step as u128, 8)
}

#[test]
#[ignore = "the part of a child process"]
fn child_that_is_killed() {
    let (path, round) = told();
    let round = u32::try_from(round).unwrap();
    runtime().block_on(async {
        let store = open(&path).await;
        for step in 1.. {
            let portfolio = of_step(round, step);
            store.create_portfolio(&portfolio).await.unwrap();
            let snapshots: Vec<_> = (0..SNAPSHOTS)
                .map(|hour| snapshot(&portfolio, hours(i64::try_from(hour).unwrap())))
                .collect();
            store.insert_valuations(&snapshots).await.unwrap();
            tell(step);
        }
    });
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
}
