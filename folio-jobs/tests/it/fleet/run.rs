//! The processes of a fleet, what they work on, and what they must have left behind.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::Duration;

use folio_core::store::{RecordKind, Scan, SnapshotQuery};
use folio_core::{Clock, PortfolioId, Result, Trigger, Valuation};
use folio_testkit::{Mongod, RedisServer};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use super::member::{MEMBER, Member, Settings, ShiftedClock, report_of};
use crate::support::process::Process;
use crate::support::{START, at, portfolio, unfinished};

/// Far longer than the slowest repair, which takes a minute.
const LIMIT: Duration = Duration::from_secs(180);

pub(crate) struct Fleet {
    directory: TempDir,
    pub(crate) redis: RedisServer,
    pub(crate) mongod: Mongod,
    pub(crate) settings: Settings,
    pub(crate) clock: ShiftedClock,
    /// A member that runs nothing: what it is asked, the store knows.
    pub(crate) here: Member,
    pub(crate) portfolios: Vec<PortfolioId>,
    pub(crate) processes: Vec<Process>,
    /// The instants that are to be valued.
    pub(crate) ticks: Vec<Timestamp>,
    /// What a snapshot was when it was first seen.
    first_seen: BTreeMap<(PortfolioId, Timestamp), String>,
}

impl Fleet {
    /// A fleet without processes, at half past eight.
    pub(crate) async fn new(portfolios: usize, chunk: usize) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let clock = ShiftedClock::new(directory.path());
        clock.set(at(START));
        let redis = RedisServer::start().await;
        let mongod = Mongod::replica_set().await;
        let settings = Settings {
            store: mongod.url("fleet"),
            queue: redis.url(),
            directory: directory.path().to_owned(),
            chunk,
            pace: 0,
            deadly: None,
        };
        let here = Member::new(&settings).await;
        let mut fleet = Self {
            directory,
            redis,
            mongod,
            settings,
            clock,
            here,
            portfolios: Vec::new(),
            processes: Vec::new(),
            ticks: Vec::new(),
            first_seen: BTreeMap::new(),
        };
        for n in 0..portfolios {
            let portfolio = portfolio(n, fleet.clock.now());
            fleet.here.store.create_portfolio(&portfolio).await.unwrap();
            fleet.portfolios.push(portfolio.id);
        }
        // The first start ever, so that the instants that follow are somebody's.
        fleet.here.jobs.fire(fleet.clock.now()).await.unwrap();
        fleet
    }

    /// The same with processes that take at least so many milliseconds for every write of snapshots.
    pub(crate) fn paced(mut self, pace: u64) -> Self {
        self.settings.pace = pace;
        self
    }

    /// A new process, which dies with what is returned.
    pub(crate) fn start(&self) -> Process {
        Process::start(MEMBER, self.settings.variables())
    }

    /// The same with so many processes.
    pub(crate) fn with_processes(mut self, count: usize) -> Self {
        self.processes = (0..count).map(|_| self.start()).collect();
        self
    }

    /// Skips to the next full hour.
    pub(crate) fn next_tick(&mut self) -> Timestamp {
        let hour = self.clock.now().as_second() / 3_600 + 1;
        let tick = Timestamp::from_second(hour * 3_600).unwrap();
        self.clock.set(tick);
        self.ticks.push(tick);
        tick
    }

    /// Waits until somebody works on a chunk of the last tick.
    pub(crate) async fn at_work(&self) {
        let begun = Instant::now();
        let prefix = self.ticks.last().map(|tick| format!("valuation:{tick:.0}/")).unwrap();
        while !self
            .records("chunks", &prefix)
            .await
            .iter()
            .any(|chunk| chunk["dispatch"]["phase"] == "running")
        {
            assert!(begun.elapsed() < LIMIT, "nobody works");
            sleep(Duration::from_millis(5)).await;
        }
    }

    /// How many chunks were started more than once, all over.
    pub(crate) async fn repeated(&self) -> usize {
        let mut repeated = 0;
        for tick in &self.ticks {
            let chunks = self.records("chunks", &format!("valuation:{tick:.0}/")).await;
            repeated += chunks
                .iter()
                .filter(|chunk| chunk["dispatch"]["attempt"].as_u64() > Some(1))
                .count();
        }
        repeated
    }

    /// Waits until nothing is unfinished.
    ///
    /// When nothing happens for as long as `patience`, time goes on by a minute, after which all that a queue
    /// may have lost is pushed again. Somebody who is alive says so more often.
    pub(crate) async fn finish(&mut self, patience: Option<Duration>) {
        const KINDS: [&str; 4] = ["ticks", "chunks", "jobs", "outbox"];
        let Some(tick) = self.ticks.last().copied() else {
            return;
        };
        let key = format!("valuation:{tick:.0}");
        let begun = Instant::now();
        let (mut last, mut since) = (Ok(Vec::new()), Instant::now());
        loop {
            // In this order: a tick that comes between the two is not complete yet.
            let row = self.here.store.record(RecordKind("ticks"), &key).await;
            let now = unfinished(&*self.here.store, &KINDS).await;
            if let (Ok(Some(row)), Ok(open)) = (&row, &now)
                && open.is_empty()
                && row.body.contains("\"state\":\"complete\"")
            {
                return self.look().await.unwrap();
            }
            if now.as_ref().ok() != last.as_ref().ok() {
                (last, since) = (now, Instant::now());
            } else if patience.is_some_and(|patience| since.elapsed() > patience) {
                self.clock.set(self.clock.now() + SignedDuration::from_secs(61));
                since = Instant::now();
            }
            assert!(begun.elapsed() < LIMIT, "{tick} stands still: {last:?}");
            sleep(Duration::from_millis(15)).await;
        }
    }

    /// Remembers the snapshots that were not seen before.
    pub(crate) async fn look(&mut self) -> Result<()> {
        for some in self.portfolios.chunks(500) {
            for snapshot in self.here.store.latest_valuations(some).await? {
                let seen = (snapshot.portfolio_id, snapshot.as_of);
                self.first_seen.entry(seen).or_insert_with(|| digest(snapshot));
            }
        }
        Ok(())
    }

    /// Asks all processes to end, which they do in order, and returns how many snapshots were written that were
    /// there already.
    pub(crate) async fn stop(&mut self) -> u64 {
        let mut processes = std::mem::take(&mut self.processes);
        processes.iter().for_each(|process| process.signal("TERM"));
        let mut twice = 0;
        for process in &mut processes {
            twice += self.stopped(process).await;
        }
        twice
    }

    /// Waits until a process that was asked to has ended in order, within the time that is promised, and returns
    /// how many snapshots it wrote that were there already.
    pub(crate) async fn stopped(&self, process: &mut Process) -> u64 {
        let status = process.end(Duration::from_secs(25)).await;
        assert!(status.success(), "{status}");
        let report = report_of(self.directory.path(), process.id());
        fs::read_to_string(report).unwrap().parse().unwrap()
    }

    pub(crate) async fn records(&self, kind: &'static str, prefix: &str) -> Vec<Value> {
        let scan = Scan {
            prefix: prefix.to_owned(),
            limit: 5_000,
            ..Scan::default()
        };
        let found = self.here.store.scan_records(RecordKind(kind), &scan).await.unwrap();
        found
            .iter()
            .map(|record| serde_json::from_str(&record.body).unwrap())
            .collect()
    }

    /// Every portfolio but those left out has one snapshot of each tick and no other scheduled one, all of a
    /// tick's are of its one book, its chunks tile all ids, and no snapshot has changed since it was first seen.
    pub(crate) async fn verify(&self, left_out: &[PortfolioId]) {
        let mut books = BTreeMap::new();
        for tick in self.records("ticks", "").await {
            assert_eq!(tick["state"], "complete");
            let as_of = at(tick["as_of"].as_str().unwrap());
            let mut lo = Value::Null;
            let chunks = self.records("chunks", &format!("valuation:{as_of:.0}/")).await;
            for chunk in &chunks {
                assert_eq!(chunk["lo"], lo, "the chunks of {as_of} tile");
                lo = chunk["hi"].clone();
            }
            assert_eq!(
                (lo, tick["chunk_count"].as_u64()),
                (Value::Null, Some(chunks.len() as u64))
            );
            books.insert(as_of, tick["book_id"].as_str().unwrap().to_owned());
        }
        let instants: Vec<_> = books.keys().copied().collect();
        assert_eq!(instants, self.ticks, "one set of jobs for each instant");

        let (mut rows, mut compared) = (0, 0);
        for id in &self.portfolios {
            let mut found = Vec::new();
            for snapshot in self.snapshots(*id).await {
                let seen = self.first_seen.get(&(*id, snapshot.as_of));
                if snapshot.trigger != Trigger::Manual {
                    found.push(snapshot.as_of);
                    let book = snapshot.book_id.map(|id| id.to_string());
                    assert_eq!(book.as_ref(), books.get(&snapshot.as_of), "one book a tick");
                }
                if let Some(seen) = seen {
                    assert_eq!(*seen, digest(snapshot), "a snapshot has changed");
                    compared += 1;
                }
            }
            found.reverse();
            if left_out.contains(id) {
                assert_eq!(found, []);
            } else {
                assert_eq!(found, self.ticks, "each instant once: {id}");
            }
            rows += found.len();
        }
        let expected = (self.portfolios.len() - left_out.len()) * self.ticks.len();
        assert_eq!(rows, expected);
        let unique: BTreeSet<_> = self.portfolios.iter().collect();
        assert_eq!(unique.len(), self.portfolios.len());
        println!(
            "{rows} snapshots of {expected}: 0 missing, 0 twice; {compared} compared with the first look, 0 changed"
        );
    }

    /// All snapshots of a portfolio, the newest first.
    pub(crate) async fn snapshots(&self, id: PortfolioId) -> Vec<Valuation> {
        let mut query = SnapshotQuery::newest(id, 500);
        let mut rows = Vec::new();
        loop {
            let page = self.here.store.valuations(&query).await.unwrap();
            query.before = page.items.last().map(|row| row.as_of);
            rows.extend(page.items);
            if !page.more {
                return rows;
            }
        }
    }
}

/// All that a snapshot says, but for its holdings, which lists leave out.
fn digest(mut snapshot: Valuation) -> String {
    snapshot.holdings.clear();
    format!("{snapshot:?}")
}
