//! Portfolios that cross, flap inside the band and cross again, valued by processes that are killed with
//! SIGKILL: each crossing is told once, whatever happens.
//!
//! Time stands still but for the parent, which sets it through a file: it goes on to the next tick when
//! everything of the one before is done. So what is to be expected depends on the prices alone.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what a test cannot set up fails it"
)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use folio_core::memory::MemorySource;
use folio_core::money::Percent;
use folio_core::store::{NotificationQuery, RecordKind, Scan, SnapshotQuery, Store};
use folio_core::{
    AlertRuleInput, Clock, Condition, Currency, Delivery, Notification, NotificationKind, Notifier, Policy,
    PortfolioId, Price, Reason, Result, SystemClock, Tracker,
};
use folio_jobs::queue::{JobQueue, SqliteQueue, WorkerOptions};
use folio_jobs::{Jobs, JobsConfig};
use futures::FutureExt;
use jiff::{SignedDuration, Timestamp};
use support::{NINE, at, owner, watched};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

const DIRECTORY: &str = "FOLIO_JOBS_TEST_DIRECTORY";
const SEED: &str = "FOLIO_JOBS_TEST_SEED";
const TICKS: &str = "FOLIO_JOBS_TEST_TICKS";
/// Portfolios of one group hold the same asset.
const GROUPS: usize = 10;
const PROCESSES: usize = 2;
const CROSSINGS: usize = 3;

/// Numbers that differ from run to run and can be had again (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).unwrap()
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }
}

/// What the market says at one tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    /// A price in dollars.
    Price(&'static str),
    /// A hundred times the price before.
    Nonsense,
    /// Nothing.
    Nothing,
}

/// What the market says of one group's asset, tick by tick, and when the threshold of a loss of five percent
/// of a cost of a hundred dollars is crossed.
struct Story {
    said: Vec<Said>,
    crossings: Vec<usize>,
}

impl Story {
    fn new(seed: u64, group: usize, ticks: usize) -> Self {
        let mut random = Random(seed ^ (group as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let mut turns = BTreeSet::new();
        while turns.len() < 2 * CROSSINGS - 1 {
            turns.insert(1 + random.below(ticks - 1));
        }
        let turns: Vec<_> = turns.into_iter().collect();
        let mut said = Vec::with_capacity(ticks);
        let mut fired = false;
        for tick in 0..ticks {
            let turn = turns.contains(&tick);
            fired ^= turn;
            said.push(Said::Price(match (turn, fired) {
                (true, true) => random.of(&["95", "94.5", "93.2"]),
                (true, false) => random.of(&["96.01", "97", "99.5"]),
                // Up and down across the threshold, and never beyond the band.
                (false, true) if tick % 2 == 0 => random.of(&["94.1", "95", "94.9"]),
                (false, true) => random.of(&["95.01", "95.6", "96"]),
                // Close to the threshold, and never at it.
                (false, false) => random.of(&["95.01", "95.7", "96.5", "99", "101", "104.5"]),
            }));
        }
        let (mut missing, mut tries) = (0, 0);
        while missing < ticks / 10 && tries < 100 * ticks {
            tries += 1;
            let tick = 2 + random.below(ticks - 2);
            let around = [tick - 1, tick, (tick + 1).min(ticks - 1)];
            let sound = around.iter().all(|tick| matches!(said[*tick], Said::Price(_)));
            if sound && !turns.contains(&tick) {
                said[tick] = random.of(&[Said::Nonsense, Said::Nothing]);
                missing += 1;
            }
        }
        let crossings = turns.iter().copied().step_by(2).collect();
        Self { said, crossings }
    }

    /// How often the price goes from one side of the threshold to the other while that tells nothing.
    fn flaps(&self) -> usize {
        let prices = self.said.iter().filter_map(|said| match said {
            Said::Price(price) => Some(price.parse::<f64>().unwrap() <= 95.0),
            _ => None,
        });
        let sides: Vec<_> = prices.collect();
        let turns = 2 * CROSSINGS - 1;
        sides
            .windows(2)
            .filter(|pair| pair[0] != pair[1])
            .count()
            .saturating_sub(turns)
    }

    /// When the owner of a portfolio is told that data is missing. One that leaves out what is missing is told
    /// of both sorts, one that carries prices on only of what is held back.
    fn degraded(&self, excludes: bool) -> Vec<Timestamp> {
        let told = |said: &Said| match said {
            Said::Price(_) => false,
            Said::Nonsense => true,
            Said::Nothing => excludes,
        };
        let ticks = (0..self.said.len()).filter(|tick| told(&self.said[*tick]));
        ticks.map(instant).collect()
    }
}

fn asset(group: usize) -> folio_core::AssetId {
    format!("crypto:group{group}").parse().unwrap()
}

fn instant(tick: usize) -> Timestamp {
    at(NINE) + SignedDuration::from_hours(tick as i64)
}

/// The time that the parent sets, in milliseconds.
#[derive(Debug)]
struct SharedClock(AtomicI64);

impl Clock for SharedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

/// The time of a process, which is that of the parent at every look, and the prices that belong to it.
struct Following {
    file: PathBuf,
    market: Arc<MemorySource>,
    stories: Vec<Story>,
    seen: Mutex<Arc<SharedClock>>,
}

impl fmt::Debug for Following {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Following")
    }
}

impl Clock for Following {
    fn now(&self) -> Timestamp {
        let seen = self.seen.lock().unwrap();
        let text = fs::read_to_string(&self.file).unwrap();
        let now = Timestamp::from_millisecond(text.parse().unwrap()).unwrap();
        if now != seen.now() {
            let since = now.duration_since(at(NINE));
            if let Some(tick) = usize::try_from(since.as_hours()).ok().filter(|_| !since.is_negative()) {
                set_prices(&self.market, &self.stories, tick);
            }
            seen.0.store(now.as_millisecond(), Ordering::SeqCst);
        }
        now
    }
}

fn time_file(directory: &Path) -> PathBuf {
    directory.join("time")
}

fn set_time(directory: &Path, now: Timestamp) {
    let next = directory.join("time.next");
    fs::write(&next, now.as_millisecond().to_string()).unwrap();
    fs::rename(next, time_file(directory)).unwrap();
}

/// A channel that writes down what it takes before it says that it has taken it.
#[derive(Debug)]
struct Log(PathBuf);

#[async_trait]
impl Notifier for Log {
    fn channel(&self) -> &'static str {
        "log"
    }

    async fn notify(&self, notification: &Notification) -> Result<Delivery> {
        let mut file = OpenOptions::new().create(true).append(true).open(&self.0).unwrap();
        file.write_all(format!("{}\n", notification.id).as_bytes()).unwrap();
        file.sync_data().unwrap();
        Ok(Delivery::default())
    }
}

struct Parts {
    store: Arc<dyn Store>,
    queue: Arc<SqliteQueue>,
    tracker: Tracker,
    jobs: Jobs,
}

async fn parts(directory: &Path, clock: Arc<dyn Clock>, source: Arc<MemorySource>) -> Parts {
    let store = support::sqlite(directory, Arc::clone(&clock)).await;
    let queue = Arc::new(SqliteQueue::open(directory.join("queue.db"), "folio").await.unwrap());
    let tracker = Tracker::builder()
        .store(Arc::clone(&store))
        .clock(clock)
        .source(source)
        .notifier(Arc::new(Log(directory.join("sent"))))
        .build()
        .unwrap();
    let config = JobsConfig::new().unwrap().with_concurrency(NonZeroUsize::MIN);
    let config = config.with_chunk_size(NonZeroUsize::new(40).unwrap());
    let jobs = Jobs::new(tracker.clone(), Arc::clone(&queue) as _, config);
    Parts {
        store,
        queue,
        tracker,
        jobs,
    }
}

/// Not a test: what the processes of the others do until they are killed.
#[test]
#[ignore = "it runs in the processes that the other tests start"]
fn child() {
    let (Ok(directory), Ok(seed), Ok(ticks)) = (env::var(DIRECTORY), env::var(SEED), env::var(TICKS)) else {
        return;
    };
    let (directory, ticks) = (PathBuf::from(directory), ticks.parse().unwrap());
    let seed = seed.parse().unwrap();
    let stories: Vec<_> = (0..GROUPS).map(|group| Story::new(seed, group, ticks)).collect();
    let time = Arc::new(SharedClock(AtomicI64::new(0)));
    let source = Arc::new(MemorySource::new(time.clone()));
    let clock = Arc::new(Following {
        file: time_file(&directory),
        market: Arc::clone(&source),
        stories,
        seen: Mutex::new(time),
    });
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let parts = parts(&directory, clock.clone(), source).await;
        let options = WorkerOptions::new(NonZeroUsize::MIN, "folio");
        let work = parts
            .queue
            .work(options, parts.jobs.handler(), std::future::pending().boxed());
        let dispatch = async {
            loop {
                // What fails, because others write at the same time, comes with a later pass.
                _ = parts.jobs.fire(clock.now()).await;
                _ = parts.jobs.pass(clock.now()).await;
                sleep(Duration::from_millis(15)).await;
            }
        };
        tokio::select! {
            ended = work => ended.unwrap(),
            () = dispatch => {}
        }
    });
}

fn set_prices(market: &MemorySource, paths: &[Story], tick: usize) {
    for (group, path) in paths.iter().enumerate() {
        let asset = asset(group);
        market.set_failure_of(asset.clone(), None);
        match path.said[tick] {
            Said::Price(price) => market.set_price(asset, Price::parse(price, Currency::USD).unwrap()),
            Said::Nonsense => market.set_price(asset, Price::parse("9500", Currency::USD).unwrap()),
            Said::Nothing => market.set_failure_of(asset, Some(Reason::NoData)),
        }
    }
}

/// A process, killed with SIGKILL when it is dropped.
struct Process(Child);

impl Process {
    fn start(directory: &Path, seed: u64, ticks: usize) -> Self {
        let mut command = Command::new(env::current_exe().unwrap());
        command
            .args(["child", "--exact", "--ignored", "--nocapture"])
            .env(DIRECTORY, directory)
            .env(SEED, seed.to_string())
            .env(TICKS, ticks.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        Self(command.spawn().unwrap())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

const UNFINISHED: [&str; 5] = ["ticks", "chunks", "outbox", "alerts", "source_alerts"];

/// What is unfinished, with versions, so that two looks differ when anything happened between.
async fn unfinished(store: &dyn Store) -> Vec<(String, u64)> {
    let mut found = Vec::new();
    for kind in UNFINISHED {
        let scan = Scan {
            open: true,
            limit: 5_000,
            ..Scan::default()
        };
        let rows = store.scan_records(RecordKind(kind), &scan).await.unwrap();
        found.extend(rows.into_iter().map(|row| (row.key, row.version)));
    }
    found
}

struct Run {
    directory: tempfile::TempDir,
    clock: Arc<SharedClock>,
    seed: u64,
    ticks: usize,
    store: Arc<dyn Store>,
    processes: Vec<Option<Process>>,
    killed: usize,
}

impl Run {
    fn set_time(&self, now: Timestamp) {
        self.clock.0.store(now.as_millisecond(), Ordering::SeqCst);
        set_time(self.directory.path(), now);
    }

    fn advance(&self, seconds: i64) {
        self.set_time(self.clock.now() + SignedDuration::from_secs(seconds));
    }

    fn start(&mut self) {
        for process in &mut self.processes {
            process.get_or_insert_with(|| Process::start(self.directory.path(), self.seed, self.ticks));
        }
    }

    fn kill(&mut self, which: usize) {
        self.killed += usize::from(self.processes[which].take().is_some());
    }

    /// Waits until everything of a tick is done. When nothing moves any more, time goes on: a little while
    /// all processes live, so that nobody's lease ends; and when one was killed, the others are killed too
    /// before it goes on by a minute.
    async fn finish(&mut self, tick: usize) {
        let key = format!("valuation:{:.0}", instant(tick));
        let (mut last, mut since) = (Vec::new(), Instant::now());
        let begun = Instant::now();
        loop {
            sleep(Duration::from_millis(8)).await;
            // In this order: a tick that comes between the two is not complete yet.
            let row = self.store.record(RecordKind("ticks"), &key).await.unwrap();
            let now = unfinished(&*self.store).await;
            let is_done = now.is_empty() && row.is_some_and(|row| row.body.contains("\"state\":\"complete\""));
            if is_done {
                return;
            }
            if now != last {
                (last, since) = (now, Instant::now());
            } else if since.elapsed() > Duration::from_millis(600) {
                if self.processes.iter().any(Option::is_none) {
                    (0..PROCESSES).for_each(|which| self.kill(which));
                    self.advance(61);
                    self.start();
                } else {
                    self.advance(2);
                }
                since = Instant::now();
            }
            assert!(
                begun.elapsed() < Duration::from_secs(60),
                "tick {tick} stands still: {last:?}"
            );
        }
    }
}

async fn check(portfolios: usize, ticks: usize, kills: usize) {
    let seed = SystemClock.now().as_millisecond().unsigned_abs() | 1;
    println!("seed {seed}, {portfolios} portfolios, {ticks} ticks, {kills} kills");
    let begun = Instant::now();
    let mut random = Random(seed);
    let paths: Vec<_> = (0..GROUPS).map(|group| Story::new(seed, group, ticks)).collect();
    let directory = tempfile::tempdir().unwrap();
    let clock = Arc::new(SharedClock(AtomicI64::new(at(support::START).as_millisecond())));
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

/// Compares what is in the store, and what was sent, with what the prices demand.
async fn verify(here: &Parts, run: &Run, paths: &[Story], owned: &[(PortfolioId, usize, bool)]) {
    let mut told: BTreeMap<PortfolioId, Vec<Notification>> = BTreeMap::new();
    let mut query = NotificationQuery::newest(owner(), 1_000);
    loop {
        let page = here.jobs.notifications(&query).await.unwrap();
        for record in &page.items {
            let portfolio = record.notification.portfolio_id.expect("no source failed as a whole");
            told.entry(portfolio).or_default().push(record.notification.clone());
            assert!(record.deliveries.iter().all(|delivery| delivery.delivered_at.is_some()));
            assert_eq!(record.deliveries.len(), 1);
        }
        let Some(last) = page.items.last().filter(|_| page.more) else {
            break;
        };
        query.after = Some((last.notification.created_at, last.notification.id));
    }
    let instants: Vec<_> = (0..run.ticks).map(instant).collect();
    let (mut values, mut degraded, mut snapshots) = (0, 0, 0);
    for (id, group, excludes) in owned {
        let path = &paths[*group];
        let told = told.remove(id).unwrap_or_default();
        let rules = here.tracker.alert_rules(&owner(), *id).await.unwrap();
        let rule = &rules.items[0].rule;
        let expected: BTreeMap<Uuid, Timestamp> = (1..)
            .zip(&path.crossings)
            .map(|(episode, tick)| (rule.event_id(episode), instant(*tick)))
            .collect();
        let (missing, value): (Vec<_>, Vec<_>) = told
            .iter()
            .partition(|notification| notification.kind == NotificationKind::DataDegraded);
        let found: BTreeMap<_, _> = value
            .iter()
            .map(|notification| (notification.id, notification.created_at))
            .collect();
        let surprise = value
            .iter()
            .find(|notification| !expected.contains_key(&notification.id));
        assert_eq!(
            found, expected,
            "group {group} of {id}: {surprise:?} of {:?}",
            path.said
        );
        assert_eq!(value.len(), CROSSINGS, "none twice");
        let mut at_ticks: Vec<_> = missing.iter().map(|notification| notification.created_at).collect();
        at_ticks.sort_unstable();
        let expected = path.degraded(*excludes);
        let surprise = missing
            .iter()
            .find(|notification| !expected.contains(&notification.created_at));
        assert_eq!(at_ticks, expected, "group {group}: {surprise:?}");
        let ids: BTreeSet<_> = missing.iter().map(|notification| notification.id).collect();
        assert_eq!(ids.len(), missing.len());
        values += value.len();
        degraded += missing.len();

        let mut query = SnapshotQuery::newest(*id, 500);
        let mut rows = Vec::new();
        loop {
            let page = here.store.valuations(&query).await.unwrap();
            rows.extend(page.items.iter().map(|row| row.as_of));
            let Some(last) = page.items.last().filter(|_| page.more) else {
                break;
            };
            query.before = Some(last.as_of);
        }
        rows.reverse();
        assert_eq!(rows, instants, "a snapshot of each tick, none twice");
        snapshots += rows.len();
    }
    assert!(told.is_empty(), "{told:?}");
    assert_eq!(values, CROSSINGS * owned.len());
    let health = here.jobs.health().await.unwrap();
    assert!(health.given_up.is_empty() && health.missed.is_empty(), "{health:?}");

    let sent = fs::read_to_string(run.directory.path().join("sent")).unwrap();
    let sent: Vec<_> = sent.lines().collect();
    let unique: BTreeSet<_> = sent.iter().collect();
    assert_eq!(unique.len(), values + degraded, "every id is delivered");
    let extras = sent.len() - unique.len();
    println!("{values} value alerts, {degraded} of missing data, {snapshots} snapshots, {extras} deliveries repeated");
    assert!(extras <= run.killed, "{extras} extras of {} kills", run.killed);
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
