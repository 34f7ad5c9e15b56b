//! Several processes on one database, connections that break in the middle of a write, and a server that dies.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use folio_core::store::{
    HeldAsset, Inserted, NewRecord, OpsStore, PortfolioStore, RecordKind, Row, SnapshotQuery, Table, ValuationStore,
};
use folio_core::{ErrorKind, OwnerId};
use folio_store_mongo::{MongoConfig, MongoStore};
use folio_testkit::{Fault, Mongod, Proxy};
use serde::{Deserialize, Serialize};

use crate::common::{clock, config, hours, id, open, portfolio, snapshot};

const KIND: RecordKind = RecordKind("test");

fn record(key: impl ToString, body: impl ToString) -> NewRecord {
    NewRecord {
        key: key.to_string(),
        due_at: None,
        expires_at: None,
        body: body.to_string(),
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Counter {
    count: u64,
}

impl Row for Counter {
    const KIND: RecordKind = KIND;

    fn key(&self) -> String {
        "counter".to_owned()
    }
}

/// Three processes add to one counter and to one portfolio, each by compare-and-set.
async fn processes_lose_no_update(server: &Mongod) {
    const PROCESSES: usize = 3;
    const EACH: u64 = 15;
    let first = open(server, "race").await;
    Table::new(&first).insert(&Counter { count: 0 }).await.unwrap();
    first.create_portfolio(&portfolio(1, 2)).await.unwrap();
    let mut tasks = Vec::new();
    for _ in 0..PROCESSES {
        let store = Arc::new(open(server, "race").await);
        let changes = store.clone();
        tasks.push(tokio::spawn(async move {
            for _ in 0..EACH {
                let add = |counter: &mut Counter| {
                    counter.count += 1;
                    Ok(true)
                };
                Table::<Counter>::new(&*changes).modify("counter", add).await.unwrap();
            }
        }));
        tasks.push(tokio::spawn(async move {
            let mut done = 0;
            while done < EACH {
                let mut read = store.portfolio(&OwnerId::default(), id(1)).await.unwrap();
                let expected = read.version;
                read.version += 1;
                match store.update_portfolio(&read, expected).await {
                    Ok(()) => done += 1,
                    Err(error) => assert_eq!(error.kind(), ErrorKind::PreconditionFailed, "{error:?}"),
                }
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    let wanted = PROCESSES as u64 * EACH;
    let counter = Table::<Counter>::new(&first).get("counter").await.unwrap().unwrap();
    assert_eq!((counter.count, counter.version()), (wanted, wanted + 1));
    let portfolio = first.portfolio(&OwnerId::default(), id(1)).await.unwrap();
    assert_eq!(portfolio.version, wanted + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_lose_no_update_on_a_replica_set() {
    processes_lose_no_update(&Mongod::replica_set().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_lose_no_update_on_a_standalone() {
    processes_lose_no_update(&Mongod::standalone().await).await;
}

/// The names of the collections as commands carry them.
const RECORDS: &str = "records\0";
const PORTFOLIOS: &str = "portfolios\0";
const SNAPSHOTS: &str = "portfoliovaluations\0";

/// Has the next command on a collection be carried out, its connection break, and the caller not be told.
fn lose_answer(proxy: &Proxy, collection: &'static str) {
    proxy.set(Fault::Unanswered(collection));
}

fn assert_lost(proxy: &Proxy) {
    assert_eq!(proxy.fault(), Fault::None, "the answer was lost");
}

/// A server on its own retries no write by itself, so the store has to find out what became of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_write_whose_answer_is_lost_is_known_to_be_made() {
    let server = Mongod::standalone().await;
    let proxy = Proxy::before(server.port()).await;
    let address = format!(
        "mongodb://127.0.0.1:{}/folio?serverSelectionTimeoutMS=5000",
        proxy.port()
    );
    let config = MongoConfig::from_url(&address).unwrap();
    let store = MongoStore::open(config, clock()).await.unwrap();
    let owner = OwnerId::default();

    let insert = record("a", "1");
    lose_answer(&proxy, RECORDS);
    assert!(
        store.insert_record(KIND, &insert).await.unwrap(),
        "the record is this caller's"
    );
    assert_lost(&proxy);
    assert!(
        !store.insert_record(KIND, &insert).await.unwrap(),
        "a second one is not"
    );

    let replace = record("a", "2");
    lose_answer(&proxy, RECORDS);
    assert!(
        store.replace_record(KIND, &replace, 1).await.unwrap(),
        "the replacement is this caller's"
    );
    assert_lost(&proxy);
    assert!(!store.replace_record(KIND, &replace, 1).await.unwrap());

    // Without holdings, so that the write that is lost is that of the portfolio and not that of what it holds.
    let mut one = portfolio(1, 0);
    lose_answer(&proxy, PORTFOLIOS);
    store.create_portfolio(&one).await.unwrap();
    assert_lost(&proxy);
    let error = store.create_portfolio(&one).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    one.version = 2;
    lose_answer(&proxy, PORTFOLIOS);
    store.update_portfolio(&one, 1).await.unwrap();
    assert_lost(&proxy);
    let error = store.update_portfolio(&one, 1).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PreconditionFailed);

    let snapshots: Vec<_> = (0..50).map(|hour| snapshot(&one, hours(hour))).collect();
    lose_answer(&proxy, SNAPSHOTS);
    let outcomes = store.insert_valuations(&snapshots).await.unwrap();
    assert_lost(&proxy);
    assert_eq!(
        outcomes,
        vec![Inserted::Duplicate; 50],
        "the second try finds what the first wrote"
    );

    lose_answer(&proxy, PORTFOLIOS);
    store.delete_portfolio(&owner, id(1)).await.unwrap();
    assert_lost(&proxy);
    let error = store.delete_portfolio(&owner, id(1)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

/// What a writer was told is kept.
#[derive(Default)]
struct Acknowledged {
    records: AtomicU64,
    replaced: AtomicU64,
    snapshots: AtomicU64,
}

/// Writes until told to stop. An unanswered write is tried again under the next number, so that what was
/// acknowledged are the numbers that are counted, and those between may be there or not.
async fn write(store: Arc<MongoStore>, stop: Arc<AtomicBool>, writer: u64) -> (Vec<u64>, Vec<u64>, u64) {
    let (mut records, mut snapshots, mut version) = (Vec::new(), Vec::new(), 0);
    let name = format!("counter-{writer}");
    let own = portfolio(100 + u128::from(writer), 3);
    let mut number = 0;
    while !stop.load(Ordering::SeqCst) {
        number += 1;
        if let Ok(true) = store
            .insert_record(KIND, &record(format!("{writer}-{number}"), number))
            .await
        {
            records.push(number);
        }
        let hour = hours(i64::try_from(number).unwrap());
        if store.insert_valuations(&[snapshot(&own, hour)]).await.is_ok() {
            snapshots.push(number);
        }
        let replaced = match version {
            0 => store.insert_record(KIND, &record(&name, 0)).await,
            version => store.replace_record(KIND, &record(&name, version), version).await,
        };
        match replaced {
            Ok(true) => version += 1,
            // One that was not acknowledged and is there all the same.
            Ok(false) => {
                let found = store.record(KIND, &name).await;
                version = found.ok().flatten().map_or(version, |found| found.version);
            }
            Err(error) => assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}"),
        }
    }
    (records, snapshots, version)
}

/// SIGKILL of the server in the middle of writes, again and again: what was acknowledged can be read.
async fn acknowledged_writes_survive(server: &mut Mongod, kills: usize) {
    const WRITERS: u64 = 6;
    let store = Arc::new(open(server, "folio").await);
    let stop = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| tokio::spawn(write(store.clone(), stop.clone(), writer)))
        .collect();
    let seed = 20_260_301;
    let mut random = fastrand::Rng::with_seed(seed);
    for _ in 0..kills {
        tokio::time::sleep(Duration::from_millis(random.u64(300..900))).await;
        server.kill();
        server.start_again().await;
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    stop.store(true, Ordering::SeqCst);
    let told = Acknowledged::default();
    let reader = open(server, "folio").await;
    for (writer, task) in (0..WRITERS).zip(writers) {
        let (records, snapshots, version) = task.await.unwrap();
        let keys: Vec<_> = records.iter().map(|number| format!("{writer}-{number}")).collect();
        let found = reader.records(KIND, &keys).await.unwrap();
        assert_eq!(found.len(), keys.len(), "acknowledged records of writer {writer}");
        let page = reader
            .valuations(&SnapshotQuery::newest(id(100 + u128::from(writer)), 100_000))
            .await
            .unwrap();
        let kept: std::collections::HashSet<_> = page.items.iter().map(|one| one.as_of).collect();
        assert_eq!(kept.len(), page.items.len(), "each instant once");
        for number in &snapshots {
            let hour = hours(i64::try_from(*number).unwrap());
            assert!(kept.contains(&hour), "snapshot {number} of writer {writer}");
        }
        let counter = reader
            .record(KIND, &format!("counter-{writer}"))
            .await
            .unwrap()
            .unwrap();
        assert!(counter.version >= version, "version {} of {version}", counter.version);
        told.records.fetch_add(records.len() as u64, Ordering::Relaxed);
        told.snapshots.fetch_add(snapshots.len() as u64, Ordering::Relaxed);
        told.replaced.fetch_add(version, Ordering::Relaxed);
    }
    println!(
        "seed {seed}, {kills} kills: {} records, {} snapshots, {} replacements acknowledged, none lost",
        told.records.load(Ordering::Relaxed),
        told.snapshots.load(Ordering::Relaxed),
        told.replaced.load(Ordering::Relaxed)
    );
    assert!(
        told.records.load(Ordering::Relaxed) > 20,
        "too few writes to show anything"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn acknowledged_writes_survive_the_server_of_a_replica_set() {
    acknowledged_writes_survive(&mut Mongod::replica_set().await, 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn acknowledged_writes_survive_a_standalone() {
    acknowledged_writes_survive(&mut Mongod::standalone().await, 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_of_one_process_spares_what_another_is_about_to_hold() {
    let server = Mongod::replica_set().await;
    let (writer, sweeper) = (open(&server, "folio").await, open(&server, "folio").await);
    let kept = portfolio(1, 3);
    writer.create_portfolio(&kept).await.unwrap();
    // What the writer remembers of the assets that it listed must not survive the sweep that removes them.
    for round in 0..3 {
        writer.delete_portfolio(&kept.owner, kept.id).await.unwrap();
        assert_eq!(sweeper.sweep_held_assets().await.unwrap(), 3, "round {round}");
        assert_eq!(sweeper.held_assets(None, 10).await.unwrap(), []);
        writer.create_portfolio(&kept).await.unwrap();
        assert_eq!(sweeper.held_assets(None, 10).await.unwrap(), HeldAsset::of(&kept));
        assert_eq!(sweeper.sweep_held_assets().await.unwrap(), 0);
    }
    let config = config(&server, "folio");
    assert_eq!(config.database(), "folio");
}
