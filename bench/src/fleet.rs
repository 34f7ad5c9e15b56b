//! The fleet: a worker on MongoDB and Redis, beside what the driver alone can write.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use folio_core::{Clock, PortfolioStore, SystemClock};
use folio_store_mongo::{MongoConfig, MongoStore};
use folio_testkit::{Mongod, RedisServer};
use futures::{StreamExt, TryStreamExt};
use mongodb::bson::{RawDocumentBuf, doc};
use mongodb::options::{Acknowledgment, ClientOptions, InsertManyOptions, WriteConcern};
use mongodb::{Client, Collection, Database, IndexModel};
use serde_json::json;

use crate::process::{Failure, Server};
use crate::report::Row;
use crate::runs::{client, json_of, median, sample};
use crate::vendor::Calls;

/// Documents of one call, for both: what folio writes at once.
const BATCH: usize = 250;
/// Calls in flight, for both: the chunks that one process works on at once.
const IN_FLIGHT: usize = 4;
/// Pairs of runs.
const PAIRS: usize = 7;

/// The servers of a fleet and how to reach them.
struct Fleet {
    mongo: Mongod,
    redis: RedisServer,
    data: tempfile::TempDir,
    upstream: SocketAddr,
}

impl Fleet {
    async fn start(upstream: SocketAddr) -> Result<Self, Failure> {
        Ok(Self {
            mongo: Mongod::replica_set().await,
            redis: RedisServer::start().await,
            data: tempfile::tempdir()?,
            upstream,
        })
    }

    async fn process(&self, database: &str, role: &str) -> Result<Server, Failure> {
        let (store, redis) = (self.mongo.url(database), self.redis.url());
        let extra = [
            ("FOLIO_STORE_URL", store.as_str()),
            ("FOLIO_CACHE_URL", redis.as_str()),
            ("FOLIO_QUEUE_URL", redis.as_str()),
            // Two rules of each portfolio are evaluated and none crosses: what is measured is valuing, not sending.
            ("FOLIO_ALERT_LOSS_PERCENT", "100"),
            ("FOLIO_ALERT_GAIN_PERCENT", "1000000"),
        ];
        Server::start_as(role, self.data.path(), self.upstream, &extra).await
    }

    async fn seed(&self, database: &str, portfolios: usize) -> Result<(), Failure> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let config = MongoConfig::from_url(&self.mongo.url(database))?;
        let store = MongoStore::open(config, Arc::clone(&clock)).await?;
        let store = &store;
        let now = clock.now();
        futures::stream::iter(0..portfolios)
            .map(|index| async move {
                store.create_portfolio(&sample(index, 200, now)?).await?;
                Ok::<_, Failure>(())
            })
            .buffer_unordered(32)
            .try_collect::<()>()
            .await?;
        // The tick is the present whole second; the portfolios have to be older than it.
        tokio::time::sleep(Duration::from_millis(1_200)).await;
        Ok(())
    }

    async fn database(&self, database: &str) -> Result<Database, Failure> {
        let options = ClientOptions::parse(self.mongo.url(database)).await?;
        Ok(Client::with_options(options)?.database(database))
    }
}

/// Has every portfolio valued, and says how long that took, from the request to the last snapshot.
async fn tick(api: &Server) -> Result<Duration, Failure> {
    let client = client()?;
    // A tick has a whole second of its own.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let started = Instant::now();
    let instant = |job: &serde_json::Value, name: &str| {
        let text = job[name].as_str().ok_or(format!("a job without {name}: {job}"))?;
        Ok::<jiff::Timestamp, Failure>(text.parse()?)
    };
    let body = json!({"type": "portfolio-valuation"});
    let job = json_of(client.post(api.url("/jobs")).json(&body).send().await?).await?;
    let id = job["id"].as_str().ok_or("a job has an id")?.to_owned();
    loop {
        // Asking costs the server time, so it says itself when it was done.
        tokio::time::sleep(Duration::from_millis(100)).await;
        let job = json_of(client.get(api.url(&format!("/jobs/{id}"))).send().await?).await?;
        match job["state"].as_str() {
            Some("succeeded") => {
                let took = instant(&job, "finished_at")?.duration_since(instant(&job, "created_at")?);
                return Ok(took.try_into()?);
            }
            Some("failed") => return Err(format!("the run failed: {job}").into()),
            _ if started.elapsed() > Duration::from_secs(900) => return Err("the run took 15 minutes".into()),
            _ => {}
        }
    }
}

/// What the driver alone needs for the newest `count` snapshots, with the same indexes and promises.
async fn raw(database: &Database, count: usize) -> Result<Duration, Failure> {
    let ours: Collection<RawDocumentBuf> = database.collection("portfoliovaluations");
    let newest = ours
        .find(doc! {})
        .sort(doc! { "$natural": -1 })
        .limit(count as i64)
        .await?;
    let documents: Vec<RawDocumentBuf> = newest.try_collect().await?;
    if documents.len() != count {
        return Err(format!("{} snapshots instead of {count}", documents.len()).into());
    }
    // It grows as folio's does: what is written once has to be kept, which costs the server something later.
    let bare: Collection<RawDocumentBuf> = database.collection("bare");
    let mut indexes: Vec<IndexModel> = ours.list_indexes().await?.try_collect().await?;
    indexes.retain(|index| index.keys != doc! { "_id": 1 });
    for index in indexes {
        bare.create_index(index).await?;
    }
    let concern = WriteConcern::builder()
        .w(Acknowledgment::Majority)
        .journal(true)
        .build();
    let options = InsertManyOptions::builder()
        .ordered(false)
        .write_concern(concern)
        .build();
    let (bare, options) = (&bare, &options);
    let started = Instant::now();
    futures::stream::iter(documents.chunks(BATCH))
        .map(|batch| async move { bare.insert_many(batch).with_options(options.clone()).await })
        .buffer_unordered(IN_FLIGHT)
        .try_collect::<Vec<_>>()
        .await?;
    Ok(started.elapsed())
}

/// Everything about a fleet, or one `part` of it: `throughput`, `calls` or `memory`.
pub(crate) async fn all(upstream: SocketAddr, calls: &Calls, part: Option<&str>) -> Result<Vec<Row>, Failure> {
    let fleet = Fleet::start(upstream).await?;
    let is_wanted = |name: &str| part.is_none_or(|part| part == name);
    let mut rows = Vec::new();
    if is_wanted("throughput") {
        eprintln!("10,000 portfolios on MongoDB beside the driver alone …");
        rows.push(throughput(&fleet).await?);
    }
    if is_wanted("calls") {
        eprintln!("upstream calls of one worker and of three …");
        rows.push(upstream_calls(&fleet, calls).await?);
    }
    if is_wanted("memory") {
        for portfolios in [1_000, 10_000, 100_000] {
            eprintln!("memory of a worker over {portfolios} portfolios …");
            rows.push(memory(&fleet, portfolios).await?);
        }
    }
    Ok(rows)
}

async fn throughput(fleet: &Fleet) -> Result<Row, Failure> {
    const PORTFOLIOS: usize = 10_000;
    fleet.seed("throughput", PORTFOLIOS).await?;
    let database = fleet.database("throughput").await?;
    let server = fleet.process("throughput", "all").await?;
    // The first tick begins every alert and fills the caches.
    tick(&server).await?;
    let (mut ratios, mut ours, mut bare) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..PAIRS {
        let folio = PORTFOLIOS as f64 / tick(&server).await?.as_secs_f64();
        let driver = PORTFOLIOS as f64 / raw(&database, PORTFOLIOS).await?.as_secs_f64();
        eprintln!("  {folio:.0} portfolios/s beside {driver:.0} documents/s");
        ratios.push(folio / driver);
        ours.push(folio);
        bare.push(driver);
    }
    server.stop().await?;
    let (ratio, ours, bare) = (median(&mut ratios), median(&mut ours), median(&mut bare));
    Ok(Row::new(
        format!("fleet: scheduled run, {PORTFOLIOS} portfolios × 20 holdings on MongoDB"),
        format!(
            "{ratio:.2} of unordered `insert_many` alone, median of {PAIRS} pairs ({ours:.0} portfolios/s from request to \
             last snapshot, {bare:.0} documents/s)"
        ),
        "≥ 0.7",
        ratio >= 0.7,
    ))
}

async fn upstream_calls(fleet: &Fleet, calls: &Calls) -> Result<Row, Failure> {
    let mut counts = Vec::new();
    for workers in [1, 3] {
        let database = format!("upstream{workers}");
        fleet.seed(&database, 1_000).await?;
        let api = fleet.process(&database, "api").await?;
        let mut running = Vec::new();
        for _ in 0..workers {
            running.push(fleet.process(&database, "worker").await?);
        }
        calls.take();
        tick(&api).await?;
        counts.push(calls.take()[0]);
        for process in running.into_iter().chain([api]) {
            process.stop().await?;
        }
    }
    Ok(Row::new(
        "fleet: upstream calls of a tick over 200 assets",
        format!("{} with one worker, {} with three", counts[0], counts[1]),
        "the same",
        counts[0] == counts[1],
    ))
}

async fn memory(fleet: &Fleet, portfolios: usize) -> Result<Row, Failure> {
    let database = format!("memory{portfolios}");
    fleet.seed(&database, portfolios).await?;
    let api = fleet.process(&database, "api").await?;
    let worker = fleet.process(&database, "worker").await?;
    tick(&api).await?;
    tick(&api).await?;
    let peak = worker.resident_mib()?.1;
    worker.stop().await?;
    api.stop().await?;
    fleet.database(&database).await?.drop().await?;
    Ok(Row::new(
        format!("fleet: worker over {portfolios} portfolios × 20 holdings: peak memory"),
        format!("{peak:.0} MiB"),
        "< 150 MiB",
        peak < 150.0,
    ))
}
